import Domain
import RuleFiles
import RuleSets
import Testing

@Suite struct DeployedRuleSets {
    let folder: RuleFolder

    init() throws { folder = try RuleFolder.load(folder: Repository.ruleSets) }

    func check(_ set: String, _ id: String) throws -> Check {
        let loaded = try #require(folder.loaded(set))
        let id = try #require(RuleID(id))
        return try #require(loaded.set.rules.first { $0.id == id }).check
    }

    func day(_ year: Int, _ month: Int, _ day: Int) throws -> BusinessDate {
        let days = (-20_000...40_000).lazy.map { BusinessDate(daysSince1970: $0) }
        return try #require(days.first { $0.civil == (year, month, day) })
    }

    @Test func allFiveLoadInTheOrderOfTheirNames() {
        #expect(
            folder.sets.map(\.set.name) == [
                "guide-2024", "national-2026", "shenzhen-2012", "weihai-2020", "zibo-2021",
            ])
        #expect(folder.book.sets == folder.sets.map(\.set))
        for loaded in folder.sets {
            #expect(loaded.file == loaded.set.name + ".yaml")
            #expect(loaded.set.faults.isEmpty)
            #expect(!loaded.source.isEmpty)
        }
    }

    @Test func everyRuleIsFoundInTheLineThatIsToldOfIt() throws {
        for loaded in folder.sets {
            let lines = loaded.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(loaded.lines.count == loaded.set.rules.count)
            for rule in loaded.set.rules {
                let line = try #require(loaded.lines[rule.id])
                #expect(lines[line - 1] == "  - id: \(rule.id)", "\(loaded.file):\(line)")
            }
        }
    }

    @Test func everyRuleIsOneOfTheListOfRules() throws {
        let list = try Repository.text("docs/rules.md")
        for loaded in folder.sets {
            for rule in loaded.set.rules {
                let id = rule.id.text.split(separator: "-")[0]
                #expect(list.contains(" \(id) "), "\(loaded.file): \(rule.id)")
            }
        }
    }

    @Test func theRegionsAreGovernedByTheirSets() throws {
        let now = try day(2026, 8, 1)
        func name(_ places: [UInt32], _ date: BusinessDate) -> String? {
            folder.book.set(for: places.compactMap { RegionCode($0) }, on: date)?.name
        }
        #expect(name([371_000, 371_000], now) == "weihai-2020")
        #expect(name([370_300], now) == "zibo-2021")
        #expect(name([440_300], now) == "shenzhen-2012")
        #expect(name([650_100], now) == "guide-2024")
        #expect(name([210_900], now) == "guide-2024")
        #expect(name([370_300, 371_000], now) == "national-2026")
        #expect(name([310_000, 440_300], now) == "national-2026")
        #expect(name([310_000], try day(2026, 6, 8)) == nil)
        #expect(name([310_000], try day(2026, 6, 9)) == "national-2026")
    }

    @Test func thresholdsAreExact() throws {
        #expect(
            try check("shenzhen-2012", "S1")
                == .sharable(
                    .above([
                        Check.Threshold(
                            from: day(2011, 7, 1), amount: #require(Fen(420_500))),
                        Check.Threshold(
                            from: day(2012, 7, 1), amount: #require(Fen(459_500))),
                    ])))
        #expect(try check("guide-2024", "G1") == .sharable(.carriedOver))
    }

    @Test func theCardOfARelativeIsAsEachCityHasIt() throws {
        #expect(
            try check("weihai-2020", "W5")
                == .relativesCard(
                    Check.RelativesCard(
                        until: nil, kinships: [.spouse, .child, .parent, .parentInLaw],
                        note: false, pharmacyRecordFrom: Fen(50_000))))
        #expect(
            try check("shenzhen-2012", "S8")
                == .relativesCard(
                    Check.RelativesCard(
                        until: day(2012, 6, 30), kinships: [.spouse, .parent, .child],
                        note: true, pharmacyRecordFrom: nil)))
    }

    @Test func everyProvinceTakesPartSinceTheSameDay() throws {
        guard case .joined(let rows) = try check("national-2026", "G9") else {
            Issue.record("G9 is not about taking part")
            return
        }
        #expect(rows.count == 32)
        #expect(rows.map(\.region) == rows.map(\.region).sorted())
        #expect(rows.last?.region == RegionCode(660_000))
        let since = try day(2026, 7, 1)
        #expect(rows.allSatisfy { $0.since == since })
        #expect(
            rows.allSatisfy {
                $0.channels == [.nationalApp, .provincialPlatform, .agencyWindow]
                    && RegionCode($0.region.province) == $0.region
            })
    }

    @Test func somePlainValuesAreAsTheDocumentsSay() throws {
        #expect(try check("zibo-2021", "Z2") == .giversOfRecipient(atMost: 1))
        #expect(try check("zibo-2021", "Z6") == .ownAccount(.first))
        #expect(try check("shenzhen-2012", "S5") == .ownAccount(.onlyWhenEmpty))
        #expect(try check("shenzhen-2012", "S4") == .drawOrder(.balanceDescending))
        #expect(try check("national-2026", "N7") == .drawOrder(.oldestGrantFirst))
        #expect(
            try check("guide-2024", "G11")
                == .consent(
                    fromAge: 16, withinDays: 30, verifiedBy: [.face]))
        #expect(
            try check("guide-2024", "G8")
                == .neverFor([
                    .cosmeticMedicine, .plasticSurgery, .weightLoss, .bodybuilding,
                    .healthCheckup,
                ]))
        guard case .payoutBanks(let outlets) = try check("weihai-2020", "W11") else {
            Issue.record("W11 is not about banks")
            return
        }
        #expect(outlets.count == 13)
        #expect(outlets.allSatisfy { $0.bank == "ICBC" })
        #expect(outlets[6].name == "张村支行")
        #expect(outlets[6].phone == "5786578; 5786199")
    }
}
