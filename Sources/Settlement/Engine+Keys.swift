import Domain
import Ledger
import RuleSets
import Wire

/// Which rows an input needs. Keys that follow from rows which are not loaded yet come in the next
/// call, so the caller asks until nothing is missing.
extension Engine {
    func require(_ input: Input, _ keys: inout RowKeys) {
        switch input {
        case .message(let message, _, _): require(message, &keys)
        case .askedTooOften: break
        case .command(let command, let id, _, _):
            need(answer: id, &keys)
            require(command, id: id, &keys)
        case .wake(let transaction, .coordination): requireCoordination(transaction, &keys)
        case .wake(let transaction, .participation): requireParticipation(transaction, &keys)
        case .wake(let relation, .relation): requireLife(relation, &keys)
        }
    }

    private func require(_ message: Message, _ keys: inout RowKeys) {
        switch message {
        case .walletQuery(let query):
            need(person: query.wallet, &keys)
            need(grants: query.wallet, &keys)
            need(.personal(query.wallet), &keys)
            requireGiverBalances(query, &keys)
        case .walletReply(let reply): requireCoordination(reply.transaction, &keys)
        case .vote(let vote): requireCoordination(vote.transaction, &keys)
        case .refusal(let refusal): requireCoordination(refusal.transaction, &keys)
        case .reserve(let reserve):
            requireParticipation(reserve.plan.plan.transaction, &keys)
            requireDraws(of: reserve.plan.plan, &keys)
        case .commit(let commit): requireParticipation(commit.transaction, &keys)
        case .release(let release): requireParticipation(release.transaction, &keys)
        case .reverse(let reverse): requireParticipation(reverse.transaction, &keys)
        case .inquire(let inquire):
            requireParticipation(inquire.transaction, &keys)
            requireCoordination(inquire.transaction, &keys)
        case .decision(let decision): require(decision, &keys)
        case .certificate(let certificate): require(certificate.decision, &keys)
        case .quotaNotice(let notice):
            need(grants: notice.wallet, &keys)
            guard rows.grants.isLoaded(notice.wallet) else { return }
            let known = rows.grants[notice.wallet]?.first { $0.relation == notice.relation }
            if let request = known?.consentRequest { need(answer: request, &keys) }
        case .relationProposal(let proposal):
            let names = names(in: proposal)
            if let index = names.index {
                need(identity: index, &keys)
                guard rows.identities.isLoaded(index) else { return }
            }
            need(person: names.wallet, &keys)
            need(grants: names.wallet, &keys)
            need(given: names.wallet, &keys)
        case .relationAnswer(let answer):
            requireLife(answer.relation, &keys)
            if case .success(let facts) = answer.result {
                requireFamily(facts.wallet, answer.relation, &keys)
            }
        case .relationConsent(let consent): requireLife(consent.relation, &keys)
        case .recipientChange(let change): requireLife(change.relation, &keys)
        case .documentClaim(let claim):
            need(person: claim.wallet, &keys)
            need(document: claim.document, &keys)
        case .documentAnswer(let answer): requireWithdrawal(answer.withdrawal, &keys)
        case .documentRelease(let release): need(document: release.document, &keys)
        case .holdEnd(let certificate):
            requireCoordination(certificate.holdEnd.transaction, &keys)
            requireParticipation(certificate.holdEnd.transaction, &keys)
        }
    }

    /// What an event in the life of a relation can touch, besides its money.
    private func requireLife(_ id: Identifier, _ keys: inout RowKeys) {
        requireRelation(id, &keys)
        need(answer: id, &keys)
        guard rows.relations.isLoaded(id), let relation = rows.relations[id] else { return }
        need(person: relation.giver, &keys)
        need(grants: relation.giver, &keys)
        requireFamily(relation.giver, id, &keys)
        if let recipient = relation.recipient, relation.recipientProvince == province {
            requireFamily(recipient, id, &keys)
        }
    }

    /// A person with the group they are in, and that which `relation` may found.
    private func requireFamily(
        _ wallet: WalletID, _ relation: Identifier, _ keys: inout RowKeys
    ) {
        need(person: wallet, &keys)
        need(family: relation, &keys)
        if rows.persons.isLoaded(wallet), let group = rows.persons[wallet]?.group {
            need(family: group, &keys)
        }
    }

    private func requireWithdrawal(_ id: Identifier, _ keys: inout RowKeys) {
        need(answer: id, &keys)
        need(.payout, &keys)
        guard rows.withdrawals.isLoaded(id) else {
            keys.withdrawals.insert(id)
            return
        }
        guard let withdrawal = rows.withdrawals[id] else { return }
        if let document = withdrawal.document { need(document: document.digest, &keys) }
        let wallet = withdrawal.wallet
        need(person: wallet, &keys)
        need(.personal(wallet), &keys)
        need(.held(transaction: id, source: wallet.value), &keys)
    }

    /// Rule S4: where the draw order asks for them, the balances of the givers of this province.
    private func requireGiverBalances(_ query: WalletQuery, _ keys: inout RowKeys) {
        guard rows.persons.isLoaded(query.wallet), let person = rows.persons[query.wallet],
            rows.grants.isLoaded(query.wallet)
        else { return }
        let usable = usableGrants(query.wallet)
        guard
            settlementRules(person, query.careRegion, usable)?.drawOrder == .balanceDescending
        else { return }
        for grant in usable where grant.payer == province { need(.personal(grant.giver), &keys) }
    }

    private func require(_ decision: Decision, _ keys: inout RowKeys) {
        requireCoordination(decision.transaction, &keys)
        if decision.primary != province { requireParticipation(decision.transaction, &keys) }
    }

    private func require(
        _ command: ServiceRequest.Command, id: Identifier, _ keys: inout RowKeys
    ) {
        switch command {
        case .openAccount(let order):
            need(person: order.wallet, &keys)
            need(.personal(order.wallet), &keys)
            need(.fund, &keys)
            if let box = order.sealedIdentity,
                let opened = environment.identities.open(box, context: id)
            {
                need(identity: opened.index, &keys)
            }
        case .deposit(let wallet, _):
            need(person: wallet, &keys)
            need(.personal(wallet), &keys)
            need(.fund, &keys)
        case .setCardAccount(let wallet, _, _), .confirmCardAccount(let wallet, _, _):
            need(person: wallet, &keys)
            need(.personal(wallet), &keys)
        case .changeInsurance(let wallet, _, _), .recordViolation(let wallet, _, _):
            need(person: wallet, &keys)
            need(grants: wallet, &keys)
            need(.personal(wallet), &keys)
            need(given: wallet, &keys)
            for relation in rows.given[wallet] ?? [] { requireLife(relation, &keys) }
        case .leaveFamily(let wallet): requireFamily(wallet, id, &keys)
        case .withdraw(let order):
            need(person: order.wallet, &keys)
            need(.personal(order.wallet), &keys)
            need(.held(transaction: id, source: order.wallet.value), &keys)
            if let document = order.document { need(document: document.digest, &keys) }
            if order.reason == .resettlement {
                need(given: order.wallet, &keys)
                for relation in rows.given[order.wallet] ?? [] { requireRelation(relation, &keys) }
            }
            requireWithdrawal(id, &keys)
        case .reviewWithdrawal(let withdrawal, _), .returnPayout(let withdrawal, _, _):
            requireWithdrawal(withdrawal, &keys)
        case .exportPayouts(let withdrawals):
            for withdrawal in withdrawals { requireWithdrawal(withdrawal, &keys) }
        case .createRelation(let order):
            need(person: order.giver, &keys)
            need(given: order.giver, &keys)
            need(grants: order.giver, &keys)
            if order.recipientProvince == province, case .wallet(let wallet) = order.recipient {
                need(person: wallet, &keys)
            }
            requireRelation(id, &keys)
            need(.personal(order.giver), &keys)
        case .consent(_, let wallet, _, _):
            need(grants: wallet, &keys)
            need(person: wallet, &keys)
        case .endRelation(let relation, _, _), .supplyProof(let relation, _),
            .setQuota(let relation, _):
            requireLife(relation, &keys)
        case .settleReserve(let order):
            requireCoordination(id, &keys)
            if order.walletProvince == province { need(person: order.wallet, &keys) }
        case .settleCommit(let transaction, _), .settleCancel(let transaction),
            .settleReverse(let transaction):
            requireCoordination(transaction, &keys)
        case .resolveInDoubt(let transaction, _):
            requireCoordination(transaction, &keys)
            requireParticipation(transaction, &keys)
        case .resumeLink: break
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
        if plan.walletProvince == province {
            need(person: plan.wallet, &keys)
            need(.personal(plan.wallet), &keys)
        }
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
        guard let kept = rows.relations[relation] else { return }
        need(.personal(kept.giver), &keys)
        need(person: kept.giver, &keys)
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

    private func need(given wallet: WalletID, _ keys: inout RowKeys) {
        if rows.given[wallet] == nil { keys.given.insert(wallet) }
    }

    private func need(identity index: Digest, _ keys: inout RowKeys) {
        if !rows.identities.isLoaded(index) { keys.identities.insert(index) }
    }

    private func need(family id: Identifier, _ keys: inout RowKeys) {
        if !rows.families.isLoaded(id) { keys.families.insert(id) }
    }

    private func need(document digest: Digest, _ keys: inout RowKeys) {
        if !rows.documents.isLoaded(digest) { keys.documents.insert(digest) }
    }

    private func need(answer id: Identifier, _ keys: inout RowKeys) {
        if !rows.answers.isLoaded(id) { keys.answers.insert(id) }
    }
}
