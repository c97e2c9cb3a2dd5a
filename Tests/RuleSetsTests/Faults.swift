import Domain
import RuleSets
import Testing

/// What a combination of rules cannot mean.
@Suite struct Faults {
    /// A set without faults, to which each case adds.
    static let sound = FiveSets.national.with([
        rule("N12", .categories([.medicalCare])), rule("G10", .ownCredential),
        rule("W9", .withdrawalReasons([.premium])),
    ])

    @Test(arguments: FiveSets.all) func theFiveSetsHaveNone(_ set: RuleSet) {
        #expect(set.faults == [])
    }

    @Test func neitherHasASetWithoutRules() { #expect(Self.sound.with([]).faults == []) }

    static func joined(_ number: UInt32, _ channels: [Channel]) -> Check.Joined {
        Check.Joined(region: region(number), since: day(2026, 1, 1), channels: channels)
    }

    static func limits(_ perDay: Int?, _ most: Fen?, _ closed: Check.Closed?) -> Check {
        .quotaLimits(Check.QuotaLimits(perDay: perDay, raiseAtMost: most, closed: closed))
    }

    static func consent(_ age: Int, _ days: Int) -> Check {
        .consent(fromAge: age, withinDays: days, verifiedBy: [.face])
    }

    static func threshold(_ year: Int) -> Check.Threshold {
        Check.Threshold(from: day(year, 7, 1), amount: fen(1))
    }

    static func card(until: BusinessDate?, _ kinships: [Kinship]) -> Check {
        .relativesCard(
            Check.RelativesCard(
                until: until, kinships: kinships, note: true, pharmacyRecordFrom: nil))
    }

    static let wrong: [(Check, String)] = [
        (.giverInsurance([]), "one kind of insurance or more"),
        (.recipientInsurance([]), "one kind of insurance or more"),
        (.kinship([]), "one kinship or more"),
        (.channels([]), "one channel or more"),
        (.joined([]), "one region or more"),
        (.joined([joined(370000, [])]), "each region has a channel or more"),
        (
            .joined([joined(370000, [.nationalApp]), joined(370000, [.cityPlatform])]),
            "each region stands once"
        ),
        (.giversOfRecipient(atMost: 0), "a recipient has at least one giver"),
        (.verification([], withinDays: 1), "one method of verification or more"),
        (.verification([.face], withinDays: 0), "a verification counts for 1 to 365 days"),
        (.verification([.face], withinDays: 366), "a verification counts for 1 to 365 days"),
        (consent(-1, 30), "the age of consent is 0 to 150 years"),
        (consent(151, 30), "the age of consent is 0 to 150 years"),
        (consent(16, 0), "consent is given within 1 to 365 days"),
        (consent(16, 366), "consent is given within 1 to 365 days"),
        (
            .consent(fromAge: 16, withinDays: 30, verifiedBy: []),
            "one method of verification or more"
        ),
        (.visits([]), "one type of visit or more"),
        (.issuerElsewhere([]), "one reason or more"),
        (.resettlementRecord([]), "one reason or more"),
        (.withdrawalCommitment([]), "one reason or more"),
        (.sharable(.above([])), "one threshold or more"),
        (
            .sharable(.above([threshold(2013), threshold(2012)])),
            "each threshold is from a later day than the one before"
        ),
        (
            .sharable(.above([threshold(2012), threshold(2012)])),
            "each threshold is from a later day than the one before"
        ),
        (limits(nil, nil, nil), "one limit or more"),
        (limits(0, nil, nil), "one change a day or more"),
        (limits(nil, .zero, nil), "a raise of 1 fen or more"),
        (
            limits(nil, nil, Check.Closed(from: 1320, to: 1440)),
            "closed hours are from 00:00 to 23:59"
        ),
        (
            limits(nil, nil, Check.Closed(from: -1, to: 360)),
            "closed hours are from 00:00 to 23:59"
        ),
        (
            limits(nil, nil, Check.Closed(from: 360, to: 360)),
            "closed hours begin and end at different times"
        ),
        (.neverFor([]), "one category or more"),
        (.places([]), "one category or more"),
        (
            .places([Check.Place(category: .pharmacy, kinds: [])]),
            "each category has a kind of institution or more"
        ),
        (
            .places([
                Check.Place(category: .pharmacy, kinds: [.pharmacy]),
                Check.Place(category: .pharmacy, kinds: [.medical]),
            ]),
            "each category stands once"
        ),
        (card(until: nil, []), "one kinship or more"),
        (
            card(until: day(2026, 6, 8), [.spouse]),
            "the card of a relative serves until a day on which the set is in force"
        ),
        (.document([]), "one reason or more"),
        (.wholeBalanceOnce([]), "one reason or more"),
        (.review([]), "one reason or more"),
        (.payoutBanks([]), "one outlet or more"),
        (
            .payoutBanks([Check.Outlet(bank: "工行", name: "", address: "", phone: "")]),
            "the code of a bank is of A-Z and 0-9"
        ),
        (.drawOrder(.balanceDescending), "the order by balance is for sets within one province"),
    ]

    @Test(arguments: wrong) func aCheckThatMeansNothing(_ check: Check, _ allowed: String) {
        let set = Self.sound.with(Self.sound.rules + [rule("LOCAL", check)])
        #expect(set.faults == [RuleSetFault(rule: 3, allowed: allowed)])
    }

    static let right: [Check] = [
        .giversOfRecipient(atMost: 1), consent(0, 1), consent(150, 365),
        limits(1, fen(1), nil),
        limits(nil, nil, Check.Closed(from: 1439, to: 0)),
        .sharable(.above([threshold(2012), threshold(2013)])),
        card(until: day(2026, 6, 9), [.spouse]), .drawOrder(.giverPriority),
        .neverFor([.medicalCare]),
    ]

    @Test(arguments: right) func aCheckAtTheLimit(_ check: Check) {
        #expect(Self.sound.with(Self.sound.rules + [rule("LOCAL", check)]).faults == [])
    }

    /// Two that are different, and what is said of the second.
    static let repeated: [(Check, Check, String)] = [
        (.drawOrder(.giverPriority), .drawOrder(.oldestGrantFirst), "in which order quotas pay"),
        (.ownAccount(.first), .ownAccount(.onlyWhenEmpty), "when the own account pays"),
        (.kinship([.spouse]), .kinship([.child]), "which kinships there are"),
        (.channels([.nationalApp]), .channels([.cityPlatform]), "which channels there are"),
        (
            .giversOfRecipient(atMost: 1), .giversOfRecipient(atMost: 2),
            "how many givers a recipient has"
        ),
        (
            consent(16, 1), consent(18, 1),
            "who consents"
        ),
        (
            .sharable(.above([threshold(2012)])), .sharable(.above([threshold(2013)])),
            "above what may be shared"
        ),
        (limits(1, nil, nil), limits(2, nil, nil), "how quotas change"),
        (
            card(until: nil, [.spouse]), card(until: nil, [.child]),
            "when the card of a relative serves"
        ),
    ]

    @Test(arguments: repeated)
    func aSecondCheckThatSaysOtherwise(_ first: Check, _ second: Check, _ kind: String) {
        let set = Self.sound.with(Self.sound.rules + [rule("A", first), rule("B", second)])
        #expect(
            set.faults == [RuleSetFault(rule: 4, allowed: "one rule of a set says \(kind)")])
    }

    @Test func aSecondListOfCategoriesOrReasons() {
        let rules = [
            rule("A", .categories([.pharmacy])), rule("B", .withdrawalReasons([.other])),
        ]
        #expect(
            Self.sound.with(Self.sound.rules + rules).faults == [
                RuleSetFault(rule: 3, allowed: "one rule of a set says what is paid"),
                RuleSetFault(
                    rule: 4,
                    allowed: "one rule of a set says for which reasons money is withdrawn"),
            ])
    }

    @Test func whatAddsUpMayStandTwice() {
        let rules = [
            rule("A", .document([.premium])), rule("B", .document([.visit])),
            rule("C", .neverFor([.wellness])), rule("D", .neverFor([.bodybuilding])),
            rule("E", .places([Check.Place(category: .pharmacy, kinds: [.pharmacy])])),
            rule("F", .places([Check.Place(category: .medicalCare, kinds: [.medical])])),
            rule("G", .sharable(.carriedOver)),
            rule("H", .sharable(.above([Self.threshold(2012)]))),
        ]
        #expect(Self.sound.with(Self.sound.rules + rules).faults == [])
        let third = rule("I", .places([Check.Place(category: .pharmacy, kinds: [.medical])]))
        #expect(
            Self.sound.with(Self.sound.rules + rules + [third]).faults == [
                RuleSetFault(
                    rule: 11, allowed: "one rule of a set says where a category is paid")
            ])
    }

    @Test func anIdStandsOnce() {
        let set = Self.sound.with(Self.sound.rules + [rule("N12", .commitment)])
        #expect(
            set.faults == [
                RuleSetFault(
                    rule: 3,
                    allowed: "an id stands once in a set; a second rule has one of its own")
            ])
        #expect(set.faults[0].description.hasPrefix("rule number 4: an id stands once"))
    }

    @Test func whatIsNotNamedIsSaid() {
        let use = Self.sound.with([rule("A", .commitment), rule("B", .burdenOnly)])
        #expect(
            use.faults == [
                RuleSetFault(
                    rule: 1,
                    allowed: "a set with a rule on uses also says which categories are paid")
            ])
        let open = Self.sound.with([rule("A", .categories([.pharmacy]))])
        #expect(
            open.faults == [
                RuleSetFault(
                    rule: 0,
                    allowed: "a set with categories also says whose credential or card counts")
            ])
        let paid = Self.sound.with([
            rule("A", .commitment), rule("B", .withdrawalCommitment([.premium])),
        ])
        #expect(
            paid.faults == [
                RuleSetFault(
                    rule: 1,
                    allowed: "a set with a rule on withdrawals also says for which reasons")
            ])
        #expect(Self.sound.with([rule("A", .kinship([.spouse]))]).faults == [])
    }

    @Test func theHeadHasItsLimits() {
        let many = Self.sound.rules + (0..<198).map { rule("R\($0)", .commitment) }
        func set(_ regions: [RegionCode], until: BusinessDate?, _ rules: [Rule]) -> RuleSet {
            RuleSet(
                name: "a", title: "A", regions: regions, from: day(2026, 6, 9), until: until,
                rules: rules)
        }
        let last = set([.national], until: day(2026, 6, 9), Array(many.prefix(200)))
        #expect(last.faults == [])
        let wrong = set([], until: day(2026, 6, 8), many)
        #expect(
            wrong.faults.map(\.allowed) == [
                "a set is for one region or more", "until is the day of from or a later one",
                "a set has at most 200 rules",
            ])
        #expect(wrong.faults.allSatisfy { $0.rule == nil })
        let twice = set([region(370300), region(370300)], until: nil, [])
        #expect(twice.faults.map(\.allowed) == ["each region stands once"])
    }

    @Test func theOrderByBalanceStaysInAProvince() {
        let rules = Self.sound.rules + [rule("S4", .drawOrder(.balanceDescending))]
        func faults(_ regions: [UInt32]) -> Int {
            RuleSet(
                name: "a", title: "A", regions: regions.map { region($0) }, from: day(2012, 1, 1),
                until: nil, rules: rules
            ).faults.count
        }
        #expect(faults([440300]) == 0)
        #expect(faults([440300, 440000, 440100]) == 0)
        #expect(faults([440300, 370300]) == 1)
        #expect(faults([100000]) == 1)
    }
}
