import Domain
import Ledger
import Settlement
import Signing
import Storage
import Wire

/// What clients can read. Answered from what is durable; not kept.
enum Queries {
    /// Relations of one giver that one answer holds.
    static let relationsMax = 200

    static func answer(
        _ query: ServiceRequest.Query, _ caller: Caller, _ store: any StoreReading,
        _ edition: Trust.Edition
    ) throws -> ServiceReply.Body {
        switch query {
        case .wallet(let wallet): return .wallet(try view(of: wallet, store))
        case .relation(let id):
            guard let relation = try store.relation(id) else {
                return .refused(RefusalReason(.relationUnknown))
            }
            return .relation(try view(of: relation, store))
        case .transaction(let transaction):
            let coordination = try store.coordination(transaction)
            let participation = try store.participation(transaction)
            guard coordination != nil || participation != nil,
                caller.institutions == nil
                    || coordination.map({ caller.mayTouch($0.order.institution) }) == true
            else { return .refused(RefusalReason(.transactionUnknown)) }
            return .transaction(
                ServiceReply.TransactionView(
                    transaction, coordination: coordination, participation: participation))
        case .inDoubt(let limit):
            let views = try InDoubt.views(store, inDoubt: false, limit: limit + 1)
            return .inDoubt(Array(views.prefix(limit)), more: views.count > limit)
        case .usage(let question):
            if case .institution(let code) = question.subject, !caller.mayTouch(code) {
                return .refused(RefusalReason(.notPermitted))
            }
            // Elsewhere there are none of theirs, which must not look like none at all.
            switch question.subject {
            case .giver(let wallet), .recipient(let wallet):
                guard try store.person(wallet) != nil else {
                    return .refused(RefusalReason(.walletUnknown))
                }
            case .institution: break
            }
            do {
                let page = try store.usage(question)
                return .usage(
                    page.records.map { ServiceReply.UsageRecord($0) }, cursor: page.cursor)
            } catch is UsageCursorMalformed {
                return .refused(.form("cursor", "that of the page before, or none"))
            }
        case .withdrawal(let id):
            guard let withdrawal = try store.withdrawal(id) else {
                return .refused(RefusalReason(.withdrawalUnknown))
            }
            return .withdrawal(ServiceReply.WithdrawalView(withdrawal))
        case .withdrawals(let state, let after, let limit):
            let found = try store.withdrawals(in: state, after: after, limit: limit + 1)
            return .withdrawals(
                found.prefix(limit).map { ServiceReply.WithdrawalView($0) },
                more: found.count > limit)
        case .history(let wallet, let after, let limit):
            guard try store.person(wallet) != nil else {
                return .refused(RefusalReason(.walletUnknown))
            }
            let found = try store.personChanges(of: wallet, after: after, limit: limit + 1)
            return .history(
                found.prefix(limit).map { ServiceReply.PersonChangeView($0) },
                more: found.count > limit)
        case .command(let id):
            guard let answer = try store.answer(id) else {
                return .refused(RefusalReason(.transactionUnknown))
            }
            return .command(
                ServiceReply.CommandView(
                    request: id, by: ServiceReply.PrincipalView(answer.by), at: answer.at,
                    isAnswered: answer.reply != nil))
        case .family(let wallet):
            guard let person = try store.person(wallet) else {
                return .refused(RefusalReason(.walletUnknown))
            }
            return .family(try person.group.flatMap { try store.family($0)?.members } ?? [])
        case .evidence(let after, let limit):
            let found = try store.evidence(after: after, limit: limit + 1)
            return .evidence(
                found.prefix(limit).map { ServiceReply.EvidenceView($0) },
                more: found.count > limit)
        case .evidenceFile(let number):
            guard
                let kept = try store.evidence(after: number - 1, limit: 1).first,
                kept.number == number
            else { return .refused(RefusalReason(.malformed)) }
            return .evidenceFile(
                try EvidenceSearch(store, edition.directory).file(of: kept))
        case .certificate(let province):
            do throws(SealingRefusal) {
                return .certificate(
                    try edition.directory.sealingCertificate(of: province, at: Clock.now()).der)
            } catch { return .refused(RefusalReason(.unknownProvince)) }
        }
    }

    private static func view(
        of wallet: WalletID, _ store: any StoreReading
    ) throws -> ServiceReply.WalletView {
        let own = try store.person(wallet).map { person in
            ServiceReply.AccountView(
                person, balance: try store.balance(.personal(wallet)))
        }
        return ServiceReply.WalletView(
            wallet: wallet, own: own,
            received: try store.grants(wallet).map { ServiceReply.WalletView.Received($0) }
                .sorted { ($0.granted, $0.relation) < ($1.granted, $1.relation) },
            given: try store.relations(givenBy: wallet, limit: relationsMax).map {
                try view(of: $0, store)
            })
    }

    private static func view(
        of relation: Relation, _ store: any StoreReading
    ) throws -> ServiceReply.RelationView {
        ServiceReply.RelationView(
            relation, available: try store.balance(.available(relation: relation.id)),
            giverBalance: try store.balance(.personal(relation.giver)))
    }
}

extension ServiceReply.UsageRecord {
    init(_ usage: Usage) {
        self.init(
            transaction: usage.key.transaction, date: usage.key.date, insured: usage.insured,
            care: usage.care, institution: usage.institution, category: usage.category,
            amount: usage.amount, reversalDate: usage.reversalDate, other: usage.other)
    }
}

extension ServiceReply.PrincipalView {
    init(_ principal: Principal) {
        self.init(
            client: principal.client, person: principal.person, role: principal.role.word)
    }
}

extension ServiceReply.PersonChangeView {
    init(_ change: PersonChange) {
        self.init(
            number: change.number, kind: change.what, before: change.before, after: change.after,
            by: ServiceReply.PrincipalView(change.by), at: change.at, request: change.request)
    }
}
