import Domain
import Foundation
import Ledger
import Settlement
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

    init(damaged: String, true whole: String, key: any StoreKeying) throws {
        let found: Int
        do {
            let store = try SQLiteStore(path: damaged, key: key)
            defer { try? store.close() }
            do { found = try store.read { try StoreTrial.digest($0) } } catch {
                self = .refusedWhenRead("\(error)")
                return
            }
        } catch let failure as StoreFailure {
            self = .refused("\(failure)")
            return
        }
        let store = try SQLiteStore(readOnlyPath: whole, key: key)
        defer { try? store.close() }
        self = try store.read { try StoreTrial.digest($0) } == found ? .harmless : .served
    }

    /// Entries of a journal that are read at once.
    private static let journalPage = 256

    /// Over every row that can be walked, the persons by the wallets that these rows name. Messages in
    /// the outbox are only counted; notes, identities and families are left out. Good within this
    /// process only.
    private static func digest(_ store: any StoreReading) throws -> Int {
        var hasher = Hasher()
        var wallets: Set<WalletID> = []
        try store.forEachPosting { hasher.combine($0) }
        try store.forEachAccount { account, balance in
            hasher.combine(account)
            hasher.combine(balance)
            if case .personal(let wallet) = account { wallets.insert(wallet) }
        }
        try store.forEachCoordination { hasher.combine($0) }
        try store.forEachParticipation { hasher.combine($0) }
        try store.forEachRelation { relation in
            hasher.combine(relation)
            wallets.insert(relation.giver)
            if let recipient = relation.recipient { wallets.insert(recipient) }
        }
        try store.forEachAnswer { id, answer in
            hasher.combine(id)
            hasher.combine(answer)
        }
        try store.forEachGrants { wallet, grants in
            hasher.combine(wallet)
            hasher.combine(grants)
            wallets.insert(wallet)
        }
        try store.forEachWithdrawal { hasher.combine($0) }
        try store.forEachDocumentUse { document, use in
            hasher.combine(document)
            hasher.combine(use)
        }
        try store.forEachUsage { hasher.combine($0) }
        try store.forEachPersonChange { hasher.combine($0) }
        for wallet in wallets.sorted() { hasher.combine(try store.person(wallet)) }
        for link in try store.links() {
            hasher.combine(link)
            hasher.combine(try store.outboxCount(link.peer))
        }
        for direction in JournalDirection.allCases {
            try forEachEntry(store, direction) { entry in
                hasher.combine(entry.number)
                hasher.combine(entry.peer)
                hasher.combine(entry.epoch)
                hasher.combine(entry.firstSequence)
                hasher.combine(entry.at)
                hasher.combine(entry.chain)
                hasher.combine(entry.omitted)
                // Octet by octet, as an array is hashed, would take long.
                for octets in [entry.envelope] + entry.frames {
                    hasher.combine(octets.count)
                    octets.withUnsafeBytes { hasher.combine(bytes: $0) }
                }
            }
        }
        return hasher.finalize()
    }

    private static func forEachEntry(
        _ store: any StoreReading, _ direction: JournalDirection,
        _ body: (JournalEntry) -> Void
    ) throws {
        var next: UInt64 = 1
        var page: [JournalEntry]
        repeat {
            page = try store.journal(direction, from: next, limit: journalPage)
            page.forEach(body)
            next = (page.last?.number ?? 0) + 1
        } while page.count == journalPage
    }
}
