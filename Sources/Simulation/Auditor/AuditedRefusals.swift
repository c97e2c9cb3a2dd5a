import Domain
import Wire

/// What may be told to whom (`protocol/service.md`, `protocol/status.md`).
enum AuditedRefusals {
    /// These are not kept, so they are never the one answer of a request. A malformed request can be
    /// kept or not.
    static let ofTheMoment: Set<Status> = [
        .notPermitted, .idReused, .nodeStopped, .overloaded, .storageLow,
    ]

    /// What a rule set can say of a bill or a person.
    private static let rules: Set<Status> = [
        .provinceNotJoined, .billIncomplete, .aboveBurden, .categoryNotAllowed, .pooledScheme,
        .notForPooling, .institutionNotDesignated, .institutionOfAnotherKind, .impersonation,
        .relativesCardNotAllowed, .identityRecordMissing, .cardNoteMissing, .kinshipNotAllowed,
        .premiumInPart, .giverSuspended, .violationRecorded, .insuranceChanged,
    ]

    private static let ofReserve: Set<Status> = rules.union([
        .malformed, .alreadyDecided, .unknownProvince, .amountNotPositive, .amountTooLarge,
        .categoryUnknown, .tooManySources, .walletUnknown, .recipientNotInsured, .relationUnknown,
        .relationEnded, .relationOfAnother, .insufficientBalance, .insufficientQuota,
        .premiumNotCovered, .ownAccountFirst, .permissionMissing, .permissionLimit, .planInvalid,
        .reservationExpired,
        .reservationCancelled, .participantTimeout, .relationNotActive, .relationSuspended,
    ])

    /// With what a command can be refused so that nothing is kept of it.
    static func isUnkept(_ status: Status, of command: ServiceRequest.Command) -> Bool {
        switch status {
        case .transactionUnknown:
            switch command {
            case .settleCommit, .settleCancel, .settleReverse, .resolveInDoubt: true
            default: false
            }
        case .relationUnknown:
            switch command {
            case .supplyProof, .endRelation, .consent, .setQuota: true
            default: false
            }
        case .withdrawalUnknown:
            switch command {
            case .reviewWithdrawal, .exportPayouts, .returnPayout: true
            default: false
            }
        case .amountNotPositive, .amountTooLarge:
            switch command {
            case .settleReserve, .settleCommit: true
            case .openAccount, .deposit, .withdraw, .setQuota: status == .amountNotPositive
            default: false
            }
        case .unknownProvince, .provinceNotJoined, .categoryUnknown, .billIncomplete,
            .institutionNotDesignated, .premiumInPart:
            switch command {
            case .settleReserve: true
            case .resumeLink: status == .unknownProvince
            default: false
            }
        default: false
        }
    }

    /// Nil: not looked at.
    static func statuses(of command: ServiceRequest.Command) -> Set<Status>? {
        switch command {
        case .openAccount:
            [
                .malformed, .amountNotPositive, .amountTooLarge, .walletExists,
                .identityUnreadable, .depositAboveLimit,
            ]
        case .deposit:
            [.amountNotPositive, .amountTooLarge, .walletUnknown, .depositAboveLimit]
        case .changeInsurance, .recordViolation, .setCardAccount: [.malformed, .walletUnknown]
        case .confirmCardAccount:
            [.malformed, .walletUnknown, .cardAccountMissing, .secondPersonMissing]
        case .leaveFamily: [.walletUnknown]
        case .supplyProof: [.relationUnknown, .relationEnded, .nothingAwaited]
        case .endRelation:
            [.malformed, .relationUnknown, .relationEnded, .verificationMissing]
        case .setQuota:
            [
                .provinceNotJoined, .amountNotPositive, .amountTooLarge, .relationUnknown,
                .relationEnded, .relationNotActive, .relationSuspended, .insufficientBalance,
                .notSharable, .quotaChangeTooLarge, .quotaChangedTooOften, .quotaClosedHours,
                .quotaNotPassedOn, .walletUnknown,
            ]
        case .reviewWithdrawal:
            [.withdrawalUnknown, .withdrawalNotOpen, .reviewerIsHandler]
        case .exportPayouts:
            [
                .malformed, .withdrawalUnknown, .withdrawalNotOpen, .cardAccountMissing,
                .violationRecorded, .bankNotListed, .provinceNotJoined, .cardAccountTooNew,
                .secondPersonMissing,
            ]
        case .returnPayout: [.withdrawalUnknown, .withdrawalNotOpen]
        case .settleReserve: ofReserve
        case .settleCommit:
            // Or whatever the reservation was refused with.
            ofReserve.union([
                .transactionUnknown, .notReservedYet, .finalAboveReserved, .votesMissing,
                .alreadySettled, .alreadyReversed, .inProgress,
            ])
        case .settleCancel: [.transactionUnknown, .alreadySettled, .alreadyReversed, .inProgress]
        case .settleReverse: [.transactionUnknown, .notSettled, .alreadyReversed, .inProgress]
        case .resolveInDoubt: [.transactionUnknown]
        case .resumeLink: [.unknownProvince]
        case .withdraw, .createRelation, .consent: nil
        }
    }
}

extension ServiceRequest.Command {
    /// For sentences.
    var name: String {
        let words = String(describing: self)
        return String(words.prefix { $0 != "(" })
    }
}
