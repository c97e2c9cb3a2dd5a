import Domain
import Settlement
import Wire

/// Who a client is, and what it may ask.
struct ClientRights: Sendable {
    let principal: Principal
    /// Of role `institution`: its own; nil for others.
    let institutions: Set<InstitutionCode>?

    /// Whoever can reach the `ipc://` socket: the rights of its file decide who that is. `user` is the
    /// one that the kernel names; nil if it names none.
    static func local(user: String?) -> ClientRights {
        ClientRights(principal: .local(user: user), institutions: nil)
    }

    /// What a role may ask (design §7), as far as the kind tells.
    func allows(_ kind: RequestKind) -> Bool {
        let role = principal.role
        switch kind {
        case .showTransaction, .listUsage: return true
        case .showWallet, .showRelation, .listInDoubt, .listWithdrawals, .showFamily,
            .showWithdrawal, .showCertificate, .showHistory, .showCommand:
            return role != .institution
        case .openAccount, .deposit, .changeInsurance, .recordViolation, .setCardAccount,
            .confirmCardAccount, .withdraw, .reviewWithdrawal, .exportPayouts, .returnPayout,
            .createRelation,
            .supplyProof, .consent, .endRelation, .setQuota, .leaveFamily:
            return role == .agency || role == .local
        case .settleReserve, .settleCommit, .settleCancel, .settleReverse:
            return role == .institution || role == .local
        case .listEvidence, .showEvidence:
            return role == .operator || role == .auditor || role == .local
        case .resolveInDoubt, .resumeLink: return role == .operator || role == .local
        }
    }

    /// What only the form tells: an institution reads usage of institutions only. Whether it is its own
    /// is for the answer.
    func allows(_ body: ServiceRequest.Body) -> Bool {
        guard principal.role == .institution, case .query(.usage(let question)) = body else {
            return true
        }
        if case .institution = question.subject { return true }
        return false
    }
}
