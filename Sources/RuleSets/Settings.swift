import Domain

/// What a set says that is no verdict. Of two rules with the same setting the first counts.
struct Settings: Hashable, Sendable {
    struct Consent: Hashable, Sendable {
        let fromAge: Int
        let withinDays: Int
        let verifiedBy: [VerificationMethod]
    }

    private(set) var drawOrder: DrawOrder?
    private(set) var ownAccount: Check.OwnAccount?
    private(set) var consent: Consent?
    private(set) var giversMax: Int?
    private(set) var suspendsWithInsurance = false
    private(set) var suspendsOnViolation = false
    private(set) var endsWithInsurance = false
    private(set) var keepsFamilyGroups = false
    private(set) var asksForKinshipProof = false
    private(set) var reviewed: [WithdrawalReason] = []
    private(set) var documented: [WithdrawalReason] = []

    init(_ rules: [Rule]) { for rule in rules { take(rule.check) } }

    private mutating func take(_ check: Check) {
        switch check {
        case .drawOrder(let order): drawOrder = drawOrder ?? order
        case .ownAccount(let when): ownAccount = ownAccount ?? when
        case .consent(let age, let days, let methods):
            consent =
                consent ?? Consent(fromAge: age, withinDays: days, verifiedBy: methods)
        case .giversOfRecipient(let most): giversMax = min(giversMax ?? most, most)
        case .oneWay: giversMax = min(giversMax ?? 1, 1)
        case .giverNotSuspended: suspendsWithInsurance = true
        case .noViolation: suspendsOnViolation = true
        case .endsWithInsurance: endsWithInsurance = true
        case .familyGroup: keepsFamilyGroups = true
        case .kinshipProof: asksForKinshipProof = true
        case .review(let reasons): reviewed.appendNew(reasons)
        case .document(let reasons): documented.appendNew(reasons)
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .commitment,
            .channels, .joined, .verification, .agentIdentity,
            .sharable, .quotaLimits, .notPassedOn, .categories, .neverFor, .burdenOnly,
            .premiumInFull, .designated, .places, .visits, .apartFromPooling, .nothingPooled,
            .familySchemeOnly, .ownCredential, .relativesCard, .withdrawalReasons,
            .issuerElsewhere, .wholeBalanceOnce, .resettlementRecord, .withdrawalCommitment,
            .payoutBanks:
            return
        }
    }
}

extension Array where Element: Equatable {
    /// Those that are not there yet, each once.
    mutating func appendNew(_ elements: some Sequence<Element>) {
        for element in elements where !contains(element) { append(element) }
    }
}
