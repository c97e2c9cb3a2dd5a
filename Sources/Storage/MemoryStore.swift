import Domain
import Foundation
import Ledger
import Settlement
import Wire

/// A store that lives as long as its process, for tests and simulated nodes: a crash is then a
/// new store made from the last ``snapshot()``.
///
/// It gives the same answers in the same order as `SQLiteStore` (one conformance suite says so).
/// What was committed is "durable" at once. Safe to use from several threads; a reader sees the
/// moment at which it began.
package final class MemoryStore: Store, @unchecked Sendable {
    /// All that a store holds at one moment. A copy costs nothing until one side is written to.
    package struct Snapshot: Sendable {
        var rows = MemoryRows()
        package init() {}
    }

    private let lock = NSLock()
    /// Guarded by `lock`, as are the counters.
    private var rows: MemoryRows
    private var counted = StoreCounters()

    package init(_ snapshot: Snapshot = Snapshot()) { rows = snapshot.rows }

    /// What is durable at this moment.
    package func snapshot() -> Snapshot {
        lock.withLock {
            var snapshot = Snapshot()
            snapshot.rows = rows
            return snapshot
        }
    }

    package func write<Result>(
        _ body: (any StoreTransaction) throws -> Result
    ) throws -> Result {
        lock.lock()
        defer { lock.unlock() }
        let transaction = MemoryTransaction(taking: &rows)
        do {
            let result = try body(transaction)
            rows = transaction.finish()
            counted.commits += 1
            return result
        } catch {
            rows = transaction.rollBack()
            throw error
        }
    }

    package func read<Result>(_ body: (any StoreReading) throws -> Result) throws -> Result {
        try body(MemoryReading(rows: lock.withLock { rows }))
    }

    package var counters: StoreCounters { lock.withLock { counted } }
}

/// The rows of a memory store, and the answers that they give.
struct MemoryRows: Sendable {
    var balances: [Account: Int64] = [:]
    var persons: [WalletID: Person] = [:]
    var relations: [Identifier: Relation] = [:]
    var grants: [WalletID: [Grant]] = [:]
    var coordinations: [Identifier: Coordination] = [:]
    var participations: [Identifier: Participation] = [:]
    var answers: [Identifier: Answer] = [:]
    var identities: [Digest: WalletID] = [:]
    var families: [Identifier: Family] = [:]
    var documents: [Digest: DocumentUse] = [:]
    var withdrawals: [Identifier: Withdrawal] = [:]
    var evidence: [KeptEvidence] = []
    var personChanges: [WalletID: [PersonChange]] = [:]
    /// Of each subject, in the order in which they are listed.
    var usages: [UsageQuestion.Subject: [Usage]] = [:]
    var postings: [KeptPosting] = []
    var links: [ProvinceCode: LinkRecord] = [:]
    var inbound: [JournalEntry] = []
    var outbound: [JournalEntry] = []
    /// Places in ``inbound`` and ``outbound``, in order.
    var journalEnds: [MemoryJournalEnd: [Int]] = [:]
    var outbox: [ProvinceCode: MemoryOutbox] = [:]
    var notes: [String: Bytes] = [:]

    /// Ids of rows with a `wake`, so that looking for due ones does not walk all of them.
    var sleepingCoordinations: Set<Identifier> = []
    var sleepingParticipations: Set<Identifier> = []
    var sleepingRelations: Set<Identifier> = []
    /// Relations by giver.
    var given: [WalletID: Set<Identifier>] = [:]
    var withdrawalsByState: [WithdrawalState: Set<Identifier>] = [:]

    subscript(direction: JournalDirection) -> [JournalEntry] {
        get {
            switch direction {
            case .inbound: inbound
            case .outbound: outbound
            }
        }
        _modify {
            switch direction {
            case .inbound: yield &inbound
            case .outbound: yield &outbound
            }
        }
    }

    mutating func append(_ entry: JournalEntry) {
        if let end = MemoryJournalEnd(entry) {
            journalEnds[end, default: []].append(self[entry.direction].count)
        }
        self[entry.direction].append(entry)
    }

    mutating func removeLastEntry(_ direction: JournalDirection) {
        guard let end = MemoryJournalEnd(self[direction].removeLast()) else { return }
        journalEnds[end]?.removeLast()
        if journalEnds[end]?.isEmpty == true { journalEnds[end] = nil }
    }

    mutating func set(_ relation: Relation?, at id: Identifier) {
        if let old = relations[id] { given[old.giver]?.remove(id) }
        relations[id] = relation
        if let relation { given[relation.giver, default: []].insert(id) }
        if relation?.wake == nil {
            sleepingRelations.remove(id)
        } else {
            sleepingRelations.insert(id)
        }
    }

    mutating func set(_ withdrawal: Withdrawal?, at id: Identifier) {
        if let old = withdrawals[id] { withdrawalsByState[old.state]?.remove(id) }
        withdrawals[id] = withdrawal
        if let withdrawal { withdrawalsByState[withdrawal.state, default: []].insert(id) }
    }

    /// Puts `usage` under `key`, or takes away what is there, and returns what was there.
    @discardableResult
    mutating func set(_ usage: Usage?, at key: Usage.Key) -> Usage? {
        var list = usages.removeValue(forKey: key.subject) ?? []
        defer { if !list.isEmpty { usages[key.subject] = list } }
        let position = UsagePosition(key)
        let index = list.partitioningIndex { !(UsagePosition($0.key) < position) }
        let old = index < list.count && list[index].key == key ? list[index] : nil
        switch (old, usage) {
        case (nil, nil): break
        case (nil, let usage?): list.insert(usage, at: index)
        case (_?, nil): list.remove(at: index)
        case (_?, let usage?): list[index] = usage
        }
        return old
    }

    mutating func set(_ coordination: Coordination?, at id: Identifier) {
        coordinations[id] = coordination
        if coordination?.wake == nil {
            sleepingCoordinations.remove(id)
        } else {
            sleepingCoordinations.insert(id)
        }
    }

    mutating func set(_ participation: Participation?, at id: Identifier) {
        participations[id] = participation
        if participation?.wake == nil {
            sleepingParticipations.remove(id)
        } else {
            sleepingParticipations.insert(id)
        }
    }
}

extension Evidence {
    /// Whether of both only the first is kept.
    func isAgain(_ other: Evidence) -> Bool {
        accused == other.accused && subject == other.subject && reason == other.reason
    }
}

/// The last message of a journal entry.
struct MemoryJournalEnd: Hashable, Sendable {
    let direction: JournalDirection
    let peer: ProvinceCode
    let epoch: Identifier
    let last: UInt64

    init(direction: JournalDirection, peer: ProvinceCode, epoch: Identifier, last: UInt64) {
        self.direction = direction
        self.peer = peer
        self.epoch = epoch
        self.last = last
    }

    /// Nil for an entry without messages.
    init?(_ entry: JournalEntry) {
        guard !entry.frames.isEmpty else { return nil }
        self.init(
            direction: entry.direction, peer: entry.peer, epoch: entry.epoch,
            last: entry.firstSequence + UInt64(entry.frames.count) - 1)
    }
}

/// What waits for one peer; `first` is the number of the first frame.
struct MemoryOutbox: Sendable {
    var first: UInt64
    var frames: [Bytes]
}

extension Array {
    /// Where the elements begin that `belongs` to; none may stand before one that it does not.
    func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
