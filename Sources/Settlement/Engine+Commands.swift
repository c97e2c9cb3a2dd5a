import Domain
import Ledger
import Wire

/// Commands of clients: one answer per request id, for ever (design §3).
extension Engine {
    /// What a command comes to at once.
    enum CommandResult {
        case done(ServiceReply.Body)
        case refused(Status)
        /// The answer comes later, by ``complete(_:_:)``.
        case waits
    }

    mutating func handle(
        _ command: ServiceRequest.Command, id: Identifier, digest: Digest, caller: Caller
    ) {
        let connection = caller.connection
        if let answer = rows.answers[id] {
            if answer.requestDigest != digest {
                effects.refusals.append(.idReused)
                effects.replies.append(
                    (connection, ServiceReply(id: id, body: .refused(.idReused)).encoded()))
            } else if let reply = answer.reply {
                effects.replies.append((connection, reply))
            } else {
                effects.waiting.append((connection, id))
            }
            return
        }
        rows.answers[id] = Answer(requestDigest: digest, reply: nil)
        effects.waiting.append((connection, id))
        switch execute(command, id: id, caller) {
        case .done(let body): complete(id, body)
        case .refused(let status): complete(id, .refused(status))
        case .waits: break
        }
    }

    private mutating func execute(
        _ command: ServiceRequest.Command, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        switch command {
        case .openAccount(let wallet, let insurance, let balance):
            openAccount(wallet, insurance, balance, id: id)
        case .deposit(let wallet, let amount): deposit(wallet, amount, id: id)
        case .withdraw(let wallet, let amount): withdraw(wallet, amount, id: id)
        case .createRelation(let order): createRelation(order, id: id)
        case .endRelation(let relation, let channel): endRelation(relation, channel, id: id)
        case .setQuota(let relation, let available): setQuota(relation, available, id: id)
        case .settleReserve(let order): beginSettlement(order, id: id, caller)
        case .settleCommit(let transaction, let final):
            commitSettlement(transaction, final, id: id, caller)
        case .settleCancel(let transaction): cancelSettlement(transaction, caller)
        case .settleReverse(let transaction): reverseSettlement(transaction, id: id, caller)
        case .resolveInDoubt(let transaction): resolveInDoubt(transaction)
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
