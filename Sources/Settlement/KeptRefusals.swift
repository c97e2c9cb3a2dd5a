import Domain
import Wire

extension ServiceRequest.Command {
    /// Whether the command's refusal with `status`, given at once, is kept as its answer for ever
    /// (`docs/decisions/0008`).
    ///
    /// Nothing is kept of a request that changed nothing, as far as its id cannot do harm later: the octets
    /// alone decide, so that it never succeeds; or what it names can only be made afterwards, by who
    /// named it before, for nobody else knows the id; or what it asked for takes nothing by itself.
    func isKept(_ status: Status) -> Bool {
        if status == .notPermitted { return false }
        switch self {
        // A reservation takes nothing: what it would hold comes back by itself, and nobody commits what they
        // were refused.
        case .settleReserve: return false
        case .settleCommit:
            return ![.amountNotPositive, .amountTooLarge, .transactionUnknown].contains(status)
        // A late copy of a cancellation can end a reservation, which takes nothing.
        case .settleCancel, .settleReverse, .resolveInDoubt: return status != .transactionUnknown
        case .supplyProof, .endRelation, .consent: return status != .relationUnknown
        case .setQuota:
            return ![.amountNotPositive, .relationUnknown].contains(status)
        case .reviewWithdrawal, .returnPayout: return status != .withdrawalUnknown
        case .exportPayouts: return ![.malformed, .withdrawalUnknown].contains(status)
        case .resumeLink: return false
        // A wallet is named before it has an account, and by many: a deposit that was refused, and made again
        // under another id, must not come twice. Only the form can never become right.
        case .openAccount, .deposit, .changeInsurance, .recordViolation, .setCardAccount,
            .confirmCardAccount, .withdraw:
            return ![.malformed, .amountNotPositive].contains(status)
        // Its form has a date, which comes to pass.
        case .createRelation, .leaveFamily: return true
        }
    }
}
