import Domain
import Ledger
import Wire

/// Commands of clients: one answer per request id, for ever (design §3).
extension Engine {
    /// What a command comes to at once.
    enum CommandResult {
        case done(ServiceReply.Body)
        case refused(RefusalReason)
        /// The answer comes later, by ``complete(_:_:)``.
        case waits

        static func refused(_ status: Status) -> CommandResult {
            .refused(RefusalReason(status))
        }
    }

    mutating func handle(
        _ command: ServiceRequest.Command, id: Identifier, digest: Digest, caller: Caller
    ) {
        let connection = caller.connection
        if let answer = rows.answers[id] {
            // An answer belongs to who asked: whoever has seen the octets of another's request learns
            // nothing by repeating them.
            if answer.requestDigest != digest || answer.by.client != caller.principal.client {
                refuse(id, RefusalReason(.idReused), to: connection)
            } else if let reply = answer.reply {
                effects.replies.append((connection, reply))
            } else {
                effects.waiting.append((connection, id))
            }
            return
        }
        let result = execute(command, id: id, caller)
        if case .refused(let reason) = result, !command.isKept(reason.status) {
            refuse(id, reason, to: connection)
            return
        }
        rows.answers[id] = Answer(
            requestDigest: digest, by: caller.principal, at: now, reply: nil)
        effects.waiting.append((connection, id))
        switch result {
        case .done(let body): complete(id, body)
        case .refused(let reason): complete(id, .refused(reason))
        case .waits: break
        }
    }

    /// A refusal of which nothing is kept.
    private mutating func refuse(_ id: Identifier, _ reason: RefusalReason, to connection: UInt64) {
        effects.refusals.append(reason.status)
        effects.replies.append(
            (connection, ServiceReply(id: id, body: .refused(reason)).encoded()))
    }

    private mutating func execute(
        _ command: ServiceRequest.Command, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        switch command {
        case .openAccount(let order): openAccount(order, id: id, caller)
        case .deposit(let wallet, let amount): deposit(wallet, amount, id: id)
        case .changeInsurance(let wallet, let insurance, let standing):
            changeInsurance(wallet, insurance, standing, id: id, caller)
        case .recordViolation(let wallet, let reason, let until):
            recordViolation(wallet, reason, until, id: id, caller)
        case .setCardAccount(let wallet, let bank, let account):
            setCardAccount(wallet, bank, account, id: id, caller)
        case .confirmCardAccount(let wallet, let bank, let account):
            confirmCardAccount(wallet, bank, account, id: id, caller)
        case .withdraw(let order): withdraw(order, id: id, caller)
        case .reviewWithdrawal(let withdrawal, let approved):
            reviewWithdrawal(withdrawal, approved, caller)
        case .exportPayouts(let withdrawals): exportPayouts(withdrawals, id: id, caller)
        case .returnPayout(let withdrawal, let paid, let reason):
            returnPayout(withdrawal, paid, reason, id: id)
        case .createRelation(let order): createRelation(order, id: id)
        case .supplyProof(let relation, let proof): supplyProof(relation, proof)
        case .consent(let relation, let wallet, let accepted, let verification):
            consent(relation, wallet, accepted, verification, id: id)
        case .endRelation(let relation, let channel, let verification):
            endRelation(relation, channel, verification, id: id)
        case .setQuota(let relation, let available): setQuota(relation, available, id: id)
        case .leaveFamily(let wallet): leaveFamily(wallet)
        case .settleReserve(let order): beginSettlement(order, id: id, caller)
        case .settleCommit(let transaction, let final):
            commitSettlement(transaction, final, id: id, caller)
        case .settleCancel(let transaction): cancelSettlement(transaction, caller)
        case .settleReverse(let transaction): reverseSettlement(transaction, id: id, caller)
        case .resolveInDoubt(let transaction, let certificate):
            resolveInDoubt(transaction, certificate)
        case .resumeLink(let peer): resumeLink(peer)
        }
    }

    /// The amount, or why it is none.
    func amount(_ value: Int64, zeroAllowed: Bool = false) -> Result<Fen, Status> {
        guard value > 0 || (zeroAllowed && value == 0) else {
            return .failure(.amountNotPositive)
        }
        guard let fen = Fen(value) else { return .failure(.amountTooLarge) }
        return .success(fen)
    }
}
