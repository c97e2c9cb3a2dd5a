/// The steps at which a check has a say; at the others it says that it was not asked.
struct Steps: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let binding = Steps(rawValue: 1)
    static let quota = Steps(rawValue: 2)
    static let use = Steps(rawValue: 4)
    static let withdrawal = Steps(rawValue: 8)
}

extension Check {
    /// Empty for what is a setting alone.
    var steps: Steps {
        switch self {
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .channels, .joined,
            .giversOfRecipient, .oneWay, .consent, .familyGroup, .endsWithInsurance:
            .binding
        case .agentIdentity: [.binding, .withdrawal]
        case .commitment, .verification, .kinshipProof, .giverNotSuspended: [.binding, .use]
        case .kinship: [.binding, .use, .withdrawal]
        case .noViolation: [.binding, .use, .withdrawal]
        case .sharable, .quotaLimits, .notPassedOn: .quota
        case .ownAccount, .drawOrder: []
        case .categories, .neverFor, .burdenOnly, .premiumInFull, .designated, .places, .visits,
            .apartFromPooling, .nothingPooled, .familySchemeOnly, .ownCredential, .relativesCard:
            .use
        case .withdrawalReasons, .document, .issuerElsewhere, .wholeBalanceOnce,
            .resettlementRecord, .review, .withdrawalCommitment, .payoutBanks:
            .withdrawal
        }
    }
}
