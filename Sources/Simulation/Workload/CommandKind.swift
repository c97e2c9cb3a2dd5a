package import Wire

/// The commands of the service socket. Raw values are their names in `protocol/service.md`.
package enum CommandKind: String, Sendable, CaseIterable, Comparable {
    case openAccount = "OpenAccount"
    case deposit = "Deposit"
    case changeInsurance = "ChangeInsurance"
    case recordViolation = "RecordViolation"
    case setCardAccount = "SetCardAccount"
    case confirmCardAccount = "ConfirmCardAccount"
    case withdraw = "Withdraw"
    case reviewWithdrawal = "ReviewWithdrawal"
    case exportPayouts = "ExportPayouts"
    case returnPayout = "ReturnPayout"
    case createRelation = "CreateRelation"
    case supplyProof = "SupplyProof"
    case consent = "Consent"
    case endRelation = "EndRelation"
    case setQuota = "SetQuota"
    case leaveFamily = "LeaveFamily"
    case settleReserve = "SettleReserve"
    case settleCommit = "SettleCommit"
    case settleCancel = "SettleCancel"
    case settleReverse = "SettleReverse"
    case resolveInDoubt = "ResolveInDoubt"
    case resumeLink = "ResumeLink"

    /// Nil for a query.
    package init?(_ body: Gongji_V1_ServiceRequest.OneOf_Body) {
        switch body {
        case .openAccount: self = .openAccount
        case .deposit: self = .deposit
        case .changeInsurance: self = .changeInsurance
        case .recordViolation: self = .recordViolation
        case .setCardAccount: self = .setCardAccount
        case .confirmCardAccount: self = .confirmCardAccount
        case .withdraw: self = .withdraw
        case .reviewWithdrawal: self = .reviewWithdrawal
        case .exportPayouts: self = .exportPayouts
        case .returnPayout: self = .returnPayout
        case .createRelation: self = .createRelation
        case .supplyProof: self = .supplyProof
        case .consent: self = .consent
        case .endRelation: self = .endRelation
        case .setQuota: self = .setQuota
        case .leaveFamily: self = .leaveFamily
        case .settleReserve: self = .settleReserve
        case .settleCommit: self = .settleCommit
        case .settleCancel: self = .settleCancel
        case .settleReverse: self = .settleReverse
        case .resolveInDoubt: self = .resolveInDoubt
        case .resumeLink: self = .resumeLink
        case .showWallet, .showRelation, .showTransaction, .listInDoubt, .listUsage,
            .listWithdrawals, .showFamily, .showWithdrawal, .showCertificate, .listEvidence,
            .showEvidence, .showHistory, .showCommand:
            return nil
        }
    }

    package static func < (left: CommandKind, right: CommandKind) -> Bool {
        left.rawValue < right.rawValue
    }
}
