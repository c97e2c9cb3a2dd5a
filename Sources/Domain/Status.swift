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
    case provinceNotJoined = 9
    case askedTooOften = 10

    // Dates and papers that cannot be.
    case birthInFuture = 12
    case commitmentInFuture = 13
    case verificationInFuture = 14
    case verificationTooOld = 15
    case issuerNotElsewhere = 16
    case issuerHasCode = 17
    case resettlementRecordMissing = 18
    case visitNotAllowed = 19

    // Amounts and forms.
    case amountNotPositive = 20
    case amountTooLarge = 21
    case categoryUnknown = 22
    case tooManySources = 23
    case billIncomplete = 24
    case aboveBurden = 25
    case categoryNotAllowed = 26
    case pooledScheme = 27
    case notForPooling = 28
    case institutionNotDesignated = 29
    case institutionOfAnotherKind = 30
    case impersonation = 31
    case relativesCardNotAllowed = 32
    case identityRecordMissing = 33
    case cardNoteMissing = 34

    // People and relations.
    case walletUnknown = 40
    case walletExists = 41
    case giverNotEmployeeInsured = 42
    case recipientNotInsured = 43
    case kinshipNotAllowed = 44
    case commitmentMissing = 45
    case selfRelation = 46
    case kinshipProofMissing = 47
    case relationUnknown = 48
    case relationEnded = 49
    case relationOfAnother = 50
    case giverSuspended = 51
    case recipientHasGiver = 52
    case recipientIsGiver = 53
    case giverIsRecipient = 54
    case verificationMissing = 55
    case consentDeclined = 57
    case consentExpired = 58
    case violationRecorded = 59

    // Money.
    case insufficientBalance = 60
    case insufficientQuota = 61
    case premiumNotCovered = 62
    case premiumInPart = 63
    case notSharable = 64
    case quotaChangeTooLarge = 65
    case quotaChangedTooOften = 66
    case quotaClosedHours = 67
    case quotaNotPassedOn = 68
    case ownAccountFirst = 69
    case permissionMissing = 70
    case permissionLimit = 71

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
    /// Two operators of the national node ended the holds, because the primary was silent.
    case endedByNationalNode = 92

    // People and relations, by the rule sets.
    case recipientNotInRegion = 100
    case channelNotAllowed = 101
    case agentIdentityMissing = 102
    case identityUnreadable = 103
    case relationNotActive = 104
    case relationSuspended = 105
    case insuranceChanged = 106
    case familyGroupOfAnother = 107
    case nothingAwaited = 108
    case tooManyRelations = 109
    case recipientUnknown = 110

    // Withdrawals.
    case withdrawalReasonNotAllowed = 120
    case documentMissing = 121
    case documentUsed = 122
    case amountNotOfDocument = 123
    case handlerMissing = 124
    case reviewerIsHandler = 125
    case withdrawalUnknown = 126
    case withdrawalNotOpen = 127
    case bankNotListed = 128
    case cardAccountMissing = 129
    case notWholeBalance = 130
    case resettledBefore = 131
    case withdrawalDeclined = 132
    case depositAboveLimit = 133
    case cardAccountTooNew = 134
    case secondPersonMissing = 135

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
        case .birthInFuture: "birth_in_future"
        case .commitmentInFuture: "commitment_in_future"
        case .verificationInFuture: "verification_in_future"
        case .verificationTooOld: "verification_too_old"
        case .issuerNotElsewhere: "issuer_not_elsewhere"
        case .issuerHasCode: "issuer_has_code"
        case .resettlementRecordMissing: "resettlement_record_missing"
        case .visitNotAllowed: "visit_not_allowed"
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
        case .endedByNationalNode: "ended_by_national_node"
        case .provinceNotJoined: "province_not_joined"
        case .askedTooOften: "asked_too_often"
        case .billIncomplete: "bill_incomplete"
        case .aboveBurden: "above_burden"
        case .categoryNotAllowed: "category_not_allowed"
        case .pooledScheme: "pooled_scheme"
        case .notForPooling: "not_for_pooling"
        case .institutionNotDesignated: "institution_not_designated"
        case .institutionOfAnotherKind: "institution_of_another_kind"
        case .impersonation: "impersonation"
        case .relativesCardNotAllowed: "relatives_card_not_allowed"
        case .identityRecordMissing: "identity_record_missing"
        case .cardNoteMissing: "card_note_missing"
        case .kinshipProofMissing: "kinship_proof_missing"
        case .giverSuspended: "giver_suspended"
        case .recipientHasGiver: "recipient_has_giver"
        case .recipientIsGiver: "recipient_is_giver"
        case .giverIsRecipient: "giver_is_recipient"
        case .verificationMissing: "verification_missing"
        case .consentDeclined: "consent_declined"
        case .consentExpired: "consent_expired"
        case .violationRecorded: "violation_recorded"
        case .notSharable: "not_sharable"
        case .quotaChangeTooLarge: "quota_change_too_large"
        case .quotaChangedTooOften: "quota_changed_too_often"
        case .quotaClosedHours: "quota_closed_hours"
        case .quotaNotPassedOn: "quota_not_passed_on"
        case .ownAccountFirst: "own_account_first"
        case .permissionMissing: "permission_missing"
        case .permissionLimit: "permission_limit"
        case .recipientNotInRegion: "recipient_not_in_region"
        case .channelNotAllowed: "channel_not_allowed"
        case .agentIdentityMissing: "agent_identity_missing"
        case .identityUnreadable: "identity_unreadable"
        case .relationNotActive: "relation_not_active"
        case .relationSuspended: "relation_suspended"
        case .insuranceChanged: "insurance_changed"
        case .familyGroupOfAnother: "family_group_of_another"
        case .nothingAwaited: "nothing_awaited"
        case .tooManyRelations: "too_many_relations"
        case .recipientUnknown: "recipient_unknown"
        case .withdrawalReasonNotAllowed: "withdrawal_reason_not_allowed"
        case .documentMissing: "document_missing"
        case .documentUsed: "document_used"
        case .amountNotOfDocument: "amount_not_of_document"
        case .handlerMissing: "handler_missing"
        case .reviewerIsHandler: "reviewer_is_handler"
        case .withdrawalUnknown: "withdrawal_unknown"
        case .withdrawalNotOpen: "withdrawal_not_open"
        case .bankNotListed: "bank_not_listed"
        case .cardAccountMissing: "card_account_missing"
        case .notWholeBalance: "not_whole_balance"
        case .resettledBefore: "resettled_before"
        case .withdrawalDeclined: "withdrawal_declined"
        case .depositAboveLimit: "deposit_above_limit"
        case .cardAccountTooNew: "card_account_too_new"
        case .secondPersonMissing: "second_person_missing"
        }
    }

    /// Whether the same request under a new id can succeed later: at once, or when what is waited for
    /// has come.
    /// Not for the refusals of the moment (5, 6, 7): they are not kept, and the same id serves.
    package var newIDCanHelp: Bool {
        switch self {
        case .alreadyDecided, .insufficientQuota,
            .premiumNotCovered, .notReservedYet, .votesMissing, .reservationExpired,
            .reservationCancelled, .participantTimeout, .inProgress, .endedByNationalNode,
            .giverSuspended,
            .consentExpired, .violationRecorded, .quotaChangedTooOften,
            .quotaClosedHours, .ownAccountFirst, .permissionMissing, .permissionLimit,
            .identityUnreadable, .relationNotActive,
            .relationSuspended, .askedTooOften, .depositAboveLimit, .cardAccountTooNew,
            .secondPersonMissing:
            true
        case .malformed, .notPermitted, .idReused, .unknownProvince, .nodeStopped, .overloaded,
            .storageLow, .birthInFuture, .commitmentInFuture, .verificationInFuture,
            .verificationTooOld, .issuerNotElsewhere, .issuerHasCode,
            .resettlementRecordMissing, .visitNotAllowed,
            .amountNotPositive, .amountTooLarge, .categoryUnknown, .tooManySources,
            .walletUnknown, .walletExists, .giverNotEmployeeInsured, .recipientNotInsured,
            .kinshipNotAllowed, .commitmentMissing, .selfRelation, .relationUnknown,
            .relationEnded, .relationOfAnother, .insufficientBalance,
            .premiumInPart, .planInvalid, .transactionUnknown, .finalAboveReserved,
            .alreadySettled, .notSettled, .alreadyReversed, .provinceNotJoined, .billIncomplete,
            .aboveBurden, .categoryNotAllowed, .pooledScheme, .notForPooling,
            .institutionNotDesignated, .institutionOfAnotherKind, .impersonation,
            .relativesCardNotAllowed, .identityRecordMissing, .cardNoteMissing,
            .kinshipProofMissing, .recipientHasGiver, .recipientIsGiver, .giverIsRecipient,
            .verificationMissing, .consentDeclined, .notSharable, .quotaChangeTooLarge,
            .quotaNotPassedOn, .recipientNotInRegion, .channelNotAllowed, .agentIdentityMissing,
            .insuranceChanged, .familyGroupOfAnother, .nothingAwaited, .tooManyRelations,
            .recipientUnknown, .withdrawalReasonNotAllowed, .documentMissing, .documentUsed,
            .amountNotOfDocument, .handlerMissing, .reviewerIsHandler, .withdrawalUnknown,
            .withdrawalNotOpen, .bankNotListed, .cardAccountMissing, .notWholeBalance,
            .resettledBefore,
            .withdrawalDeclined:
            false
        }
    }
}
