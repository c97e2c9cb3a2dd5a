import Domain
import Foundation
import Storage
import StorageSQLite
import Wire

/// Whether a damaged copy of a store would be served. The copy is opened here, where nothing can come
/// of it, as a node that served it would tell its peers.
enum StoreTrial: Equatable {
    case refused(String)
    /// It opens, and reading it finds the damage.
    case refusedWhenRead(String)
    /// What was damaged is not needed: every row is as in the true store.
    case harmless
    case served

    init(damaged: String, true whole: String) throws {
        let found: Int
        do {
            let store = try SQLiteStore(path: damaged)
            defer { try? store.close() }
            do { found = try store.read { try StoreTrial.digest($0) } } catch {
                self = .refusedWhenRead("\(error)")
                return
            }
        } catch let failure as StoreFailure {
            self = .refused("\(failure)")
            return
        }
        let store = try SQLiteStore(readOnlyPath: whole)
        defer { try? store.close() }
        self = try store.read { try StoreTrial.digest($0) } == found ? .harmless : .served
    }

    /// Over all that a settlement leaves in a store; good within this process only.
    private static func digest(_ store: any StoreReading) throws -> Int {
        var hasher = Hasher()
        try store.forEachPosting { hasher.combine($0) }
        try store.forEachAccount { account, balance in
            hasher.combine(account)
            hasher.combine(balance)
        }
        try store.forEachCoordination { hasher.combine($0) }
        try store.forEachParticipation { hasher.combine($0) }
        try store.forEachRelation { hasher.combine($0) }
        try store.forEachAnswer { id, answer in
            hasher.combine(id)
            hasher.combine(answer)
        }
        for link in try store.links() { hasher.combine(link) }
        for direction in JournalDirection.allCases {
            let last = try store.lastJournalEntry(direction)
            hasher.combine(last?.number)
            hasher.combine(last?.chain)
        }
        return hasher.finalize()
    }
}
