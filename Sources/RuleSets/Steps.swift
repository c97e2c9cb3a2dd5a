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
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .commitment, .channels,
            .joined, .giversOfRecipient, .oneWay, .verification, .consent, .familyGroup,
            .kinshipProof, .endsWithInsurance:
            .binding
        case .agentIdentity: [.binding, .withdrawal]
        case .kinship, .giverNotSuspended: [.binding, .use]
        case .noViolation: [.binding, .use, .withdrawal]
        case .sharable, .quotaLimits, .notPassedOn: .quota
        case .ownAccount, .drawOrder: []
        case .categories, .neverFor, .burdenOnly, .premiumInFull, .designated, .places,
            .apartFromPooling, .familySchemeOnly, .ownCredential, .relativesCard:
            .use
        case .withdrawalReasons, .document, .wholeBalanceOnce, .review, .withdrawalCommitment,
            .payoutBanks:
            .withdrawal
        }
    }
}
