/// Why something was refused: the closed list of the protocol (`protocol/status.md`).
///
/// The number is stable for ever and stands on the wire. Checks are made in documented steps, and of
/// several reasons in one step the lowest number is the one that is told.
package enum Status: UInt32, Error, Sendable, CaseIterable {
    // Who asks, and with which id.
    case malformed = 1
    case notPermitted = 2
    case idReused = 3
    case alreadyDecided = 4
    case nodeStopped = 5
    case overloaded = 6
    case storageLow = 7
    case unknownProvince = 8

    // Amounts and forms.
    case amountNotPositive = 20
    case amountTooLarge = 21
    case categoryUnknown = 22
    case tooManySources = 23

    // People and relations.
    case walletUnknown = 40
    case walletExists = 41
    case giverNotEmployeeInsured = 42
    case recipientNotInsured = 43
    case kinshipNotAllowed = 44
    case commitmentMissing = 45
    case selfRelation = 46
    case relationUnknown = 48
    case relationEnded = 49
    case relationOfAnother = 50

    // Money.
    case insufficientBalance = 60
    case insufficientQuota = 61
    case premiumNotCovered = 62
    case premiumInPart = 63

    // The two phases.
    case planInvalid = 80
    case transactionUnknown = 81
    case notReservedYet = 82
    case finalAboveReserved = 83
    case votesMissing = 84
    case reservationExpired = 85
    case reservationCancelled = 86
    case participantTimeout = 87
    case alreadySettled = 88
    case notSettled = 89
    case alreadyReversed = 90
    /// Another request about the same transaction is under way.
    case inProgress = 91

    /// The word that stands in JSON and in logs.
    package var word: String {
        switch self {
        case .malformed: "malformed"
        case .notPermitted: "not_permitted"
        case .idReused: "id_reused"
        case .alreadyDecided: "already_decided"
        case .nodeStopped: "node_stopped"
        case .overloaded: "overloaded"
        case .storageLow: "storage_low"
        case .unknownProvince: "unknown_province"
        case .amountNotPositive: "amount_not_positive"
        case .amountTooLarge: "amount_too_large"
        case .categoryUnknown: "category_unknown"
        case .tooManySources: "too_many_sources"
        case .walletUnknown: "wallet_unknown"
        case .walletExists: "wallet_exists"
        case .giverNotEmployeeInsured: "giver_not_employee_insured"
        case .recipientNotInsured: "recipient_not_insured"
        case .kinshipNotAllowed: "kinship_not_allowed"
        case .commitmentMissing: "commitment_missing"
        case .selfRelation: "self_relation"
        case .relationUnknown: "relation_unknown"
        case .relationEnded: "relation_ended"
        case .relationOfAnother: "relation_of_another"
        case .insufficientBalance: "insufficient_balance"
        case .insufficientQuota: "insufficient_quota"
        case .premiumNotCovered: "premium_not_covered"
        case .premiumInPart: "premium_in_part"
        case .planInvalid: "plan_invalid"
        case .transactionUnknown: "transaction_unknown"
        case .notReservedYet: "not_reserved_yet"
        case .finalAboveReserved: "final_above_reserved"
        case .votesMissing: "votes_missing"
        case .reservationExpired: "reservation_expired"
        case .reservationCancelled: "reservation_cancelled"
        case .participantTimeout: "participant_timeout"
        case .alreadySettled: "already_settled"
        case .notSettled: "not_settled"
        case .alreadyReversed: "already_reversed"
        case .inProgress: "in_progress"
        }
    }

    /// Whether the same request under a new id can succeed without anyone changing anything else.
    /// Not for the refusals of the moment (5, 6, 7): they are not kept, and the same id serves.
    package var newIDCanHelp: Bool {
        switch self {
        case .alreadyDecided, .insufficientQuota,
            .premiumNotCovered, .notReservedYet, .votesMissing, .reservationExpired,
            .reservationCancelled, .participantTimeout, .inProgress:
            true
        case .malformed, .notPermitted, .idReused, .unknownProvince, .nodeStopped, .overloaded,
            .storageLow,
            .amountNotPositive, .amountTooLarge, .categoryUnknown, .tooManySources,
            .walletUnknown, .walletExists, .giverNotEmployeeInsured, .recipientNotInsured,
            .kinshipNotAllowed, .commitmentMissing, .selfRelation, .relationUnknown,
            .relationEnded, .relationOfAnother, .insufficientBalance,
            .premiumInPart, .planInvalid, .transactionUnknown, .finalAboveReserved,
            .alreadySettled, .notSettled, .alreadyReversed:
            false
        }
    }
}
