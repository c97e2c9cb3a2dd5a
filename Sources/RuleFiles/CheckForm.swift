package import RuleSets

/// How a check stands in a file: its word, its keys, and what it means.
package struct CheckForm: Sendable {
    package let word: String
    /// One sentence.
    package let meaning: String
    package let keys: [Key]
    let read: @Sendable (Fields) -> Check?

    init(
        _ word: String, _ meaning: String, _ keys: [Key] = [],
        _ read: @escaping @Sendable (Fields) -> Check?
    ) {
        self.word = word
        self.meaning = meaning
        self.keys = keys
        self.read = read
    }

    package static func named(_ word: String) -> CheckForm? { all.first { $0.word == word } }

    /// The word of a check.
    package static func word(of check: Check) -> String {
        switch check {
        case .giverInsurance: "giver_insurance"
        case .recipientInsurance: "recipient_insurance"
        case .recipientInRegion: "recipient_in_region"
        case .kinship: "kinship"
        case .commitment: "commitment"
        case .channels: "channels"
        case .joined: "joined"
        case .giversOfRecipient: "givers_of_recipient"
        case .oneWay: "one_way"
        case .giverNotSuspended: "giver_not_suspended"
        case .verification: "verification"
        case .consent: "consent"
        case .familyGroup: "family_group"
        case .noViolation: "no_violation"
        case .kinshipProof: "kinship_proof"
        case .agentIdentity: "agent_identity"
        case .endsWithInsurance: "ends_with_insurance"
        case .sharable: "sharable"
        case .quotaLimits: "quota_limits"
        case .notPassedOn: "not_passed_on"
        case .ownAccount: "own_account"
        case .drawOrder: "draw_order"
        case .categories: "categories"
        case .neverFor: "never_for"
        case .burdenOnly: "burden_only"
        case .premiumInFull: "premium_in_full"
        case .designated: "designated"
        case .places: "places"
        case .visits: "visits"
        case .apartFromPooling: "apart_from_pooling"
        case .nothingPooled: "nothing_pooled"
        case .familySchemeOnly: "family_scheme_only"
        case .ownCredential: "own_credential"
        case .relativesCard: "relatives_card"
        case .withdrawalReasons: "withdrawal_reasons"
        case .document: "document"
        case .issuerElsewhere: "issuer_elsewhere"
        case .wholeBalanceOnce: "whole_balance_once"
        case .resettlementRecord: "resettlement_record"
        case .review: "review"
        case .withdrawalCommitment: "withdrawal_commitment"
        case .payoutBanks: "payout_banks"
        }
    }
}
