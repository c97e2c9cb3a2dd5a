import Domain
import Ledger
import Wire

/// Which rows an input needs. Keys that follow from rows which are not loaded yet come in the next
/// call, so the caller asks until nothing is missing.
extension Engine {
    func require(_ input: Input, _ keys: inout RowKeys) {
        switch input {
        case .message(let message, _, _): require(message, &keys)
        case .command(let command, let id, _, _):
            need(answer: id, &keys)
            require(command, id: id, &keys)
        case .wake(let transaction, .coordination): requireCoordination(transaction, &keys)
        case .wake(let transaction, .participation): requireParticipation(transaction, &keys)
        }
    }

    private func require(_ message: Message, _ keys: inout RowKeys) {
        switch message {
        case .walletQuery(let query):
            need(person: query.wallet, &keys)
            need(grants: query.wallet, &keys)
            need(.personal(query.wallet), &keys)
        case .walletReply(let reply): requireCoordination(reply.transaction, &keys)
        case .vote(let vote): requireCoordination(vote.transaction, &keys)
        case .refusal(let refusal): requireCoordination(refusal.transaction, &keys)
        case .reserve(let plan):
            requireParticipation(plan.plan.transaction, &keys)
            requireDraws(of: plan.plan, &keys)
        case .commit(let commit): requireParticipation(commit.transaction, &keys)
        case .release(let release): requireParticipation(release.transaction, &keys)
        case .reverse(let reverse): requireParticipation(reverse.transaction, &keys)
        case .inquire(let inquire):
            requireParticipation(inquire.transaction, &keys)
            requireCoordination(inquire.transaction, &keys)
        case .decision(let decision): require(decision, &keys)
        case .certificate(let certificate): require(certificate.decision, &keys)
        case .quotaNotice(let notice): need(grants: notice.wallet, &keys)
        }
    }

    private func require(_ decision: Decision, _ keys: inout RowKeys) {
        requireCoordination(decision.transaction, &keys)
        if decision.primary != province { requireParticipation(decision.transaction, &keys) }
    }

    private func require(
        _ command: ServiceRequest.Command, id: Identifier, _ keys: inout RowKeys
    ) {
        switch command {
        case .openAccount(let wallet, _, _), .deposit(let wallet, _):
            need(person: wallet, &keys)
            need(.personal(wallet), &keys)
            need(.fund, &keys)
        case .withdraw(let wallet, _):
            need(person: wallet, &keys)
            need(.personal(wallet), &keys)
            need(.payout, &keys)
        case .createRelation(let order):
            need(person: order.giver, &keys)
            requireRelation(id, &keys)
            need(.personal(order.giver), &keys)
        case .endRelation(let relation, _), .setQuota(let relation, _):
            requireRelation(relation, &keys)
        case .settleReserve:
            requireCoordination(id, &keys)
        case .settleCommit(let transaction, _), .settleCancel(let transaction),
            .settleReverse(let transaction):
            requireCoordination(transaction, &keys)
        case .resolveInDoubt(let transaction):
            requireCoordination(transaction, &keys)
            requireParticipation(transaction, &keys)
        }
    }

    private func requireCoordination(_ transaction: Identifier, _ keys: inout RowKeys) {
        guard rows.coordinations.isLoaded(transaction) else {
            keys.coordinations.insert(transaction)
            return
        }
        guard let coordination = rows.coordinations[transaction] else { return }
        need(answer: transaction, &keys)
        if let request = coordination.commitRequest { need(answer: request, &keys) }
        if let request = coordination.reverseRequest { need(answer: request, &keys) }
        if let plan = coordination.plan?.plan {
            need(.institution(plan.institution), &keys)
            for draw in plan.draws { need(.receivable(draw.province), &keys) }
        }
    }

    private func requireParticipation(_ transaction: Identifier, _ keys: inout RowKeys) {
        guard rows.participations.isLoaded(transaction) else {
            keys.participations.insert(transaction)
            return
        }
        guard let plan = rows.participations[transaction]?.plan?.plan else { return }
        requireDraws(of: plan, &keys)
    }

    private func requireDraws(of plan: Plan, _ keys: inout RowKeys) {
        need(.payable(plan.care), &keys)
        for draw in plan.draws where draw.province == province {
            switch draw.source {
            case .quota(let relation):
                requireRelation(relation, &keys)
                need(.held(transaction: plan.transaction, source: relation), &keys)
            case .ownAccount:
                need(person: plan.wallet, &keys)
                need(.personal(plan.wallet), &keys)
                need(.held(transaction: plan.transaction, source: plan.wallet.value), &keys)
            }
        }
    }

    private func requireRelation(_ relation: Identifier, _ keys: inout RowKeys) {
        need(.available(relation: relation), &keys)
        guard rows.relations.isLoaded(relation) else {
            keys.relations.insert(relation)
            return
        }
        if let giver = rows.relations[relation]?.giver { need(.personal(giver), &keys) }
    }

    private func need(_ account: Account, _ keys: inout RowKeys) {
        if !rows.books.isLoaded(account) { keys.accounts.insert(account) }
    }

    private func need(person wallet: WalletID, _ keys: inout RowKeys) {
        if !rows.persons.isLoaded(wallet) { keys.persons.insert(wallet) }
    }

    private func need(grants wallet: WalletID, _ keys: inout RowKeys) {
        if !rows.grants.isLoaded(wallet) { keys.grants.insert(wallet) }
    }

    private func need(answer id: Identifier, _ keys: inout RowKeys) {
        if !rows.answers.isLoaded(id) { keys.answers.insert(id) }
    }
}
