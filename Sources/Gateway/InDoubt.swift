import Domain
import Settlement
import Storage
import Wire

/// Transactions whose outcome is still to come, as a store has them.
enum InDoubt {
    /// Open transactions, or those in doubt, oldest first, at most `limit` of each part; both parts of
    /// one transaction are one view.
    static func views(
        _ store: any StoreReading, inDoubt: Bool, limit: Int
    ) throws -> [ServiceReply.TransactionView] {
        let open = try store.open(inDoubt: inDoubt, limit: limit)
        var participations: [Identifier: Participation] = [:]
        for participation in open.participations {
            participations[participation.transaction] = participation
        }
        var views = open.coordinations.map { coordination in
            ServiceReply.TransactionView(
                coordination.transaction, coordination: coordination,
                participation: participations.removeValue(forKey: coordination.transaction))
        }
        for participation in open.participations
        where participations[participation.transaction] != nil {
            views.append(
                ServiceReply.TransactionView(
                    participation.transaction, coordination: nil, participation: participation))
        }
        if inDoubt { views.removeAll { !$0.inDoubt } }
        return views.sorted { $0.transaction < $1.transaction }
    }
}
