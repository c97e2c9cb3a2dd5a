import Domain
import RuleSets

/// Random questions and rule sets, near the boundaries: mostly good, so that both outcomes are frequent.
struct Chance {
    var generator: SeededGenerator

    mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &generator) == 0 }
    mutating func coin() -> Bool { one(in: 2) }
    mutating func pick<T>(_ list: [T]) -> T { list.randomElement(using: &generator)! }
    mutating func any<T: CaseIterable>(_ type: T.Type) -> T { pick(Array(type.allCases)) }

    /// `good`, but once in five anything of the list.
    mutating func mostly<T>(_ good: T, _ list: [T]) -> T { one(in: 5) ? pick(list) : good }

    /// Some of all cases, one or more, in any order.
    mutating func some<T: CaseIterable>(_ type: T.Type) -> [T] {
        let all = Array(type.allCases).shuffled(using: &generator)
        return Array(all.prefix(.random(in: 1...all.count, using: &generator)))
    }

    /// Most of all cases.
    mutating func most<T: CaseIterable>(_ type: T.Type) -> [T] {
        let all = Array(type.allCases).shuffled(using: &generator)
        return Array(all.prefix(max(1, all.count - .random(in: 0...2, using: &generator))))
    }

    mutating func amount() -> Fen {
        fen(pick([0, 1, 49_999, 50_000, 50_001, 99_999, 100_000, 100_001]))
    }

    mutating func date() -> BusinessDate { pick(Chance.dates) }

    static let dates = [-1, 0, 1, 2].map {
        BusinessDate(daysSince1970: day(2026, 7, 1).daysSince1970 + $0)
    }
    static let minutes = [0, 1, 359, 360, 361, 1319, 1320, 1321, 1439]
    static let regions = [
        370000, 370300, 370303, 370304, 371000, 440000, 440300, 440305, 100000,
    ].map { region($0) }

    // MARK: Rule sets

    /// Mostly rules that speak at this step.
    mutating func set(for step: Step) -> RuleSet {
        var checks: [Check] = []
        for _ in 0..<pick([0, 1, 1, 2, 2, 3, 4, 6, 9]) {
            checks.append(check(for: one(in: 6) ? any(Step.self) : step))
        }
        if step == .use && !one(in: 8) { checks.append(.categories(most(Category.self))) }
        if step == .use && coin() { checks.append(.ownCredential) }
        if step == .withdrawal && !one(in: 6) {
            checks.append(.withdrawalReasons(most(WithdrawalReason.self)))
        }
        checks.shuffle(using: &generator)
        let rules = checks.enumerated().map { rule("R\($0.offset)", $0.element) }
        return RuleSet(
            name: "chance", title: "chance", regions: [region(370_300), region(440_300)],
            from: FiveSets.national.from, until: nil, rules: rules)
    }

    enum Step: CaseIterable { case binding, quota, use, withdrawal, setting }

    mutating func check(for step: Step) -> Check {
        switch step {
        case .binding: bindingCheck()
        case .quota: quotaCheck()
        case .use: useCheck()
        case .withdrawal: withdrawalCheck()
        case .setting:
            pick([
                .ownAccount(any(Check.OwnAccount.self)), .drawOrder(any(DrawOrder.self)),
            ])
        }
    }

    private mutating func bindingCheck() -> Check {
        pick([
            .giverInsurance(some(Insurance.self)), .recipientInsurance(some(Insurance.self)),
            .recipientInRegion, .kinship(most(Kinship.self)), .commitment,
            .channels(most(Channel.self)), .joined(joined()), .joined(joined()),
            .giversOfRecipient(atMost: pick([1, 2, 3])), .oneWay, .oneWay, .giverNotSuspended,
            .verification(most(VerificationMethod.self), withinDays: pick([1, 30])),
            .consent(
                fromAge: pick([0, 16, 150]), withinDays: 30,
                verifiedBy: most(VerificationMethod.self)), .familyGroup, .noViolation,
            .kinshipProof, .agentIdentity, .endsWithInsurance,
        ])
    }

    private mutating func joined() -> [Check.Joined] {
        var entries: [Check.Joined] = []
        for region in Chance.regions where !one(in: 4) {
            entries.append(
                Check.Joined(region: region, since: date(), channels: most(Channel.self)))
        }
        return entries
    }

    private mutating func quotaCheck() -> Check {
        let limits = Check.QuotaLimits(
            perDay: coin() ? nil : pick([1, 2, 3]), raiseAtMost: coin() ? nil : amount(),
            closed: coin()
                ? nil
                : Check.Closed(from: pick([0, 360, 1320, 1439]), to: pick([1, 361, 1321])))
        return pick([
            .sharable(.carriedOver),
            .sharable(
                .above(
                    Chance.dates.dropLast().filter { _ in coin() }.map {
                        Check.Threshold(from: $0, amount: amount())
                    })),
            .quotaLimits(limits), .quotaLimits(limits), .notPassedOn,
        ])
    }

    private mutating func useCheck() -> Check {
        pick([
            .categories(most(Category.self)), .neverFor([any(Category.self)]), .burdenOnly,
            .premiumInFull, .premiumInFull, .designated,
            .places([
                Check.Place(category: .medicalCare, kinds: some(InstitutionKind.self)),
                Check.Place(category: .pharmacy, kinds: some(InstitutionKind.self)),
            ]),
            .visits(most(VisitType.self)), .apartFromPooling, .nothingPooled, .familySchemeOnly,
            .commitment, .kinshipProof,
            .verification(most(VerificationMethod.self), withinDays: 30),
            .ownCredential, .relativesCard(card()),
            .relativesCard(card()), .kinship(most(Kinship.self)), .giverNotSuspended, .noViolation,
        ])
    }

    private mutating func card() -> Check.RelativesCard {
        Check.RelativesCard(
            until: coin() ? nil : date(), kinships: most(Kinship.self), note: coin(),
            pharmacyRecordFrom: coin() ? nil : amount())
    }

    private mutating func withdrawalCheck() -> Check {
        pick([
            .withdrawalReasons(most(WithdrawalReason.self)),
            .document(some(WithdrawalReason.self)),
            .wholeBalanceOnce(some(WithdrawalReason.self)), .review(some(WithdrawalReason.self)),
            .withdrawalCommitment(some(WithdrawalReason.self)),
            .issuerElsewhere(some(WithdrawalReason.self)),
            .resettlementRecord(some(WithdrawalReason.self)), .kinship(most(Kinship.self)),
            .payoutBanks([outlet("ICBC"), outlet("ABC")]), .payoutBanks([outlet("CCB")]),
            .noViolation, .agentIdentity,
        ])
    }

    private func outlet(_ bank: String) -> Check.Outlet {
        Check.Outlet(bank: bank, name: "Harbour", address: "1 Harbour", phone: "5200000")
    }
}
