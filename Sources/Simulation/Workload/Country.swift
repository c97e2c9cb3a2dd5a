package import Domain
package import RuleSets
package import Settlement

/// The country that simulated nodes live in: its provinces, its rules and its institutions.
package enum Country {
    /// The codes of GB/T 2260. First come those with rules of their own and 660000, so that small
    /// networks have them too.
    package static let codes: [ProvinceCode] = [
        310_000, 370_000, 440_000, 660_000, 330_000, 210_000, 110_000, 510_000, 120_000, 130_000,
        140_000, 150_000, 220_000, 230_000, 320_000, 340_000, 350_000, 360_000, 410_000, 420_000,
        430_000, 450_000, 460_000, 500_000, 520_000, 530_000, 540_000, 610_000, 620_000, 630_000,
        640_000, 650_000,
    ].map { (number: UInt32) -> ProvinceCode in
        guard let code = ProvinceCode(number) else { preconditionFailure("\(number)") }
        return code
    }

    /// The first `count` of ``codes``.
    package static func provinces(_ count: Int) -> [ProvinceCode] {
        precondition((2...codes.count).contains(count), "2 to \(codes.count) provinces")
        return Array(codes.prefix(count))
    }

    /// A card that nobody has confirmed is paid to a minute after it was set.
    package static let controls = Controls(cardCoolingOffMilliseconds: 60_000)

    /// Each connection to a node is that of another person.
    package static func principal(_ connection: UInt64) -> Principal {
        Principal(
            client: Principal.localClient, person: "S-\(connection)", role: .local)
    }

    /// A national set, and two provinces that go by their own where all is theirs.
    package static let rules: RuleBook = {
        do throws(RuleBook.Overlap) {
            return try RuleBook([
                set("national", of: .national, common + acrossProvinces),
                set("own-first", of: province(370_000), common + ownAccountFirst),
                set("own-empty", of: province(440_000), common + ownAccountEmpty),
            ])
        } catch {
            preconditionFailure("two sets for \(error.region)")
        }
    }()

    /// The banks that pay withdrawals out.
    static let banks = ["ICBC", "CCB"]

    private static let common: [(String, Check)] = [
        ("N3-A", .giverInsurance([.employee])),
        ("N3-B", .recipientInsurance([.employee, .resident])),
        (
            "N4",
            .kinship([
                .spouse, .parent, .child, .sibling, .paternalGrandparent, .maternalGrandparent,
                .sonsChild, .daughtersChild,
            ])
        ),
        ("N5", .channels([.nationalApp, .provincialPlatform, .agencyWindow])),
        ("N6", .commitment),
        ("N9", .notPassedOn),
        (
            "N10-A",
            .categories([
                .medicalCare, .pharmacy, .residentInsurancePremium, .longTermCarePremium,
            ])
        ),
        ("N10-B", .burdenOnly),
        ("N13", .premiumInFull),
        (
            "N12",
            .places([
                Check.Place(category: .medicalCare, kinds: [.medical]),
                Check.Place(category: .pharmacy, kinds: [.medical, .pharmacy]),
                Check.Place(category: .residentInsurancePremium, kinds: [.collector]),
                Check.Place(category: .longTermCarePremium, kinds: [.collector]),
            ])
        ),
        ("N14", .endsWithInsurance),
        ("Z2", .giversOfRecipient(atMost: 6)),
        ("Z3", .giverNotSuspended),
        ("Z8", .designated),
        ("Z9", .verification([.face, .realName, .inPerson], withinDays: 30)),
        ("S1", .sharable(.above([Check.Threshold(from: since, amount: fen(100_00))]))),
        ("G7", .neverFor([.publicHealth, .sportAndFitness, .wellness])),
        ("G10", .ownCredential),
        (
            "G11",
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: [.face, .realName, .inPerson])
        ),
        ("G12", .familyGroup),
        ("G16", .apartFromPooling),
        ("G17", .familySchemeOnly),
        ("G18", .kinshipProof),
        (
            "LOCAL-1",
            .quotaLimits(
                Check.QuotaLimits(
                    perDay: 200, raiseAtMost: fen(3000_00),
                    closed: Check.Closed(from: 3 * 60, to: 3 * 60 + 10)))
        ),
        ("W4", .document([.premium, .visit])),
        ("W6-A", .wholeBalanceOnce([.resettlement])),
        ("W6-B", .review([.visit, .resettlement])),
        ("W7", .noViolation),
        ("W9-A", .withdrawalReasons(WithdrawalReason.allCases)),
        ("W9-B", .withdrawalCommitment(WithdrawalReason.allCases)),
        ("W10", .agentIdentity),
        (
            "W11",
            .payoutBanks(
                banks.map { Check.Outlet(bank: $0, name: $0, address: "", phone: "") })
        ),
    ]

    private static let acrossProvinces: [(String, Check)] = [("S4", .drawOrder(.giverPriority))]
    private static let ownAccountFirst: [(String, Check)] = [("Z6", .ownAccount(.first))]
    private static let ownAccountEmpty: [(String, Check)] = [
        ("S5", .ownAccount(.onlyWhenEmpty)), ("S4", .drawOrder(.balanceDescending)),
    ]

    private static let since = BusinessDate(daysSince1970: 18_262)

    private static func set(
        _ name: String, of region: RegionCode, _ checks: [(id: String, check: Check)]
    ) -> RuleSet {
        let rules = checks.map { id, check in
            guard let id = RuleID(id) else { preconditionFailure("no id of a rule: \(id)") }
            return Rule(id: id, check: check)
        }
        return RuleSet(
            name: "simulated-\(name)", title: "", regions: [region], from: since, until: nil,
            rules: rules)
    }

    private static func province(_ number: UInt32) -> RegionCode {
        guard let region = RegionCode(number) else { preconditionFailure("\(number)") }
        return region
    }

    private static func fen(_ value: Int64) -> Fen {
        guard let fen = Fen(value) else { preconditionFailure("\(value)") }
        return fen
    }

    // MARK: Institutions

    /// A hospital, a pharmacy and a collecting agency.
    package static func register(of province: ProvinceCode) -> InstitutionRegister {
        let kinds: [InstitutionKind] = [.medical, .pharmacy, .collector]
        let entries = kinds.map { kind in
            InstitutionRegister.Entry(
                code: institution(kind, in: province), kind: kind, region: RegionCode(province),
                name: "", from: since, until: nil)
        }
        do throws(InstitutionRegister.Overlap) { return try InstitutionRegister(entries) } catch {
            preconditionFailure("entries \(error.first) and \(error.second)")
        }
    }

    /// The code of the one institution of this kind; there is no insurer in any register.
    package static func institution(
        _ kind: InstitutionKind, in province: ProvinceCode
    ) -> InstitutionCode {
        let letter =
            switch kind {
            case .medical: "H"
            case .pharmacy: "P"
            case .collector: "C"
            case .insurer: "I"
            }
        guard let code = InstitutionCode("\(letter)\(province)00001") else {
            preconditionFailure("no code in \(province)")
        }
        return code
    }
}
