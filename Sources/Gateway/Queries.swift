import Domain
import Ledger
import Settlement
import Storage
import Wire

/// What clients can read. Answered from what is durable; not kept.
enum Queries {
    /// Relations of one giver that one answer holds.
    static let relationsMax = 200

    static func answer(
        _ query: ServiceRequest.Query, _ caller: Caller, _ store: any StoreReading
    ) throws -> ServiceReply.Body {
        switch query {
        case .wallet(let wallet): return .wallet(try view(of: wallet, store))
        case .relation(let id):
            guard let relation = try store.relation(id) else { return .refused(.relationUnknown) }
            return .relation(try view(of: relation, store))
        case .transaction(let transaction):
            let coordination = try store.coordination(transaction)
            let participation = try store.participation(transaction)
            guard coordination != nil || participation != nil,
                caller.institutions == nil
                    || coordination.map({ caller.mayTouch($0.order.institution) }) == true
            else { return .refused(.transactionUnknown) }
            return .transaction(
                ServiceReply.TransactionView(
                    transaction, coordination: coordination, participation: participation))
        case .inDoubt(let limit):
            let views = try InDoubt.views(store, inDoubt: false, limit: limit + 1)
            return .inDoubt(Array(views.prefix(limit)), more: views.count > limit)
        }
    }

    private static func view(
        of wallet: WalletID, _ store: any StoreReading
    ) throws -> ServiceReply.WalletView {
        let own = try store.person(wallet).map { person in
            ServiceReply.AccountView(
                wallet: wallet, insurance: person.insurance,
                balance: try store.balance(.personal(wallet)))
        }
        return ServiceReply.WalletView(
            wallet: wallet, own: own,
            received: try store.grants(wallet).map { grant in
                ServiceReply.WalletView.Received(
                    relation: grant.relation, province: grant.payer, available: grant.available,
                    active: grant.active, granted: grant.granted)
            }.sorted { ($0.granted, $0.relation) < ($1.granted, $1.relation) },
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
