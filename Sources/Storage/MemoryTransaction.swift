import Domain
import Ledger
import Settlement
import Wire

/// A write to a memory store: changes the rows in place and keeps how to undo each change.
final class MemoryTransaction: StoreTransaction, MemoryAnswering {
    private(set) var rows: MemoryRows
    private var undo: [(inout MemoryRows) -> Void] = []

    /// Takes the rows out of `rows`, so that they are changed in place; ``finish()`` or
    /// ``rollBack()`` gives them back.
    init(taking rows: inout MemoryRows) {
        self.rows = rows
        rows = MemoryRows()
    }

    func finish() -> MemoryRows {
        defer { rows = MemoryRows() }
        return rows
    }

    func rollBack() -> MemoryRows {
        while let step = undo.popLast() { step(&rows) }
        return finish()
    }

    func load(_ keys: RowKeys, into set: inout WorkingSet) throws {
        for key in keys.accounts { set.books.load(key, balance: rows.balances[key] ?? 0) }
        for key in keys.persons { set.persons.load(key, rows.persons[key]) }
        for key in keys.relations { set.relations.load(key, rows.relations[key]) }
        for key in keys.grants { set.grants.load(key, rows.grants[key]) }
        for key in keys.coordinations { set.coordinations.load(key, rows.coordinations[key]) }
        for key in keys.participations { set.participations.load(key, rows.participations[key]) }
        for key in keys.answers { set.answers.load(key, rows.answers[key]) }
        for key in keys.identities { set.identities.load(key, rows.identities[key]) }
        for key in keys.families { set.families.load(key, rows.families[key]) }
        for key in keys.documents { set.documents.load(key, rows.documents[key]) }
        for key in keys.withdrawals { set.withdrawals.load(key, rows.withdrawals[key]) }
        for key in keys.given where set.given[key] == nil {
            let living = (rows.given[key] ?? []).filter { rows.relations[$0]?.phase != .ended }
            set.given[key] = Array(living.sorted().prefix(Limits.relationsOfOneGiverMax + 1))
        }
    }

    func save(_ set: WorkingSet, at instant: Instant) throws {
        for key in set.persons.changed { replace(\.persons, key, with: set.persons[key]) }
        for key in set.relations.changed {
            let old = rows.relations[key]
            undo.append { $0.set(old, at: key) }
            rows.set(set.relations[key], at: key)
        }
        for key in set.grants.changed { replace(\.grants, key, with: set.grants[key]) }
        for key in set.coordinations.changed {
            let old = rows.coordinations[key]
            undo.append { $0.set(old, at: key) }
            rows.set(set.coordinations[key], at: key)
        }
        for key in set.participations.changed {
            let old = rows.participations[key]
            undo.append { $0.set(old, at: key) }
            rows.set(set.participations[key], at: key)
        }
        for key in set.answers.changed { replace(\.answers, key, with: set.answers[key]) }
        for key in set.identities.changed {
            replace(\.identities, key, with: set.identities[key])
        }
        for key in set.families.changed { replace(\.families, key, with: set.families[key]) }
        for key in set.documents.changed { replace(\.documents, key, with: set.documents[key]) }
        for key in set.withdrawals.changed {
            let old = rows.withdrawals[key]
            undo.append { $0.set(old, at: key) }
            rows.set(set.withdrawals[key], at: key)
        }
        for usage in set.usages {
            let old = rows.set(usage, at: usage.key)
            undo.append { $0.set(old, at: usage.key) }
        }
        for change in set.personChanges {
            guard change.number == UInt64(rows.personChanges[change.wallet]?.count ?? 0) + 1 else {
                throw StoreFailure.corrupt("a change of a person does not follow")
            }
            undo.append { $0.personChanges[change.wallet]?.removeLast() }
            rows.personChanges[change.wallet, default: []].append(change)
        }
        for account in set.books.changed {
            let balance = set.books.balance(account)
            replace(\.balances, account, with: balance == 0 ? nil : balance)
        }
        let count = set.books.postings.count
        if count > 0 { undo.append { $0.postings.removeLast(count) } }
        for posting in set.books.postings {
            rows.postings.append(
                KeptPosting(
                    number: Int64(rows.postings.count + 1), at: instant, posting: posting))
        }
    }

    func save(_ link: LinkRecord) throws { replace(\.links, link.peer, with: link) }

    func add(_ evidence: Evidence) throws -> Bool {
        guard !rows.evidence.contains(where: { $0.evidence.isAgain(evidence) }) else {
            return false
        }
        rows.evidence.append(
            KeptEvidence(number: Int64(rows.evidence.count + 1), evidence))
        undo.append { $0.evidence.removeLast() }
        return true
    }

    func append(_ entry: JournalEntry) throws {
        try entry.checkFollows(rows[entry.direction].last?.number)
        let direction = entry.direction
        undo.append { $0.removeLastEntry(direction) }
        rows.append(entry)
    }

    func appendOutbox(
        _ peer: ProvinceCode, first sequence: UInt64, _ frames: [Bytes]
    ) throws {
        guard !frames.isEmpty else { return }
        let old = rows.outbox[peer]
        let next = old.map { $0.first + UInt64($0.frames.count) }
        try StoreFailure.checkOutbox(peer, first: sequence, next: next)
        undo.append { $0.outbox[peer] = old }
        rows.outbox[peer, default: MemoryOutbox(first: sequence, frames: [])].frames += frames
    }

    func takeOutbox(_ peer: ProvinceCode, count: Int, bytes: Int) throws -> [Bytes] {
        guard let old = rows.outbox[peer], count > 0 else { return [] }
        var taken = 0
        var size = 0
        for frame in old.frames.prefix(count) {
            size += frame.count
            guard taken == 0 || size <= bytes else { break }
            taken += 1
        }
        undo.append { $0.outbox[peer] = old }
        rows.outbox[peer] =
            taken == old.frames.count
            ? nil
            : MemoryOutbox(
                first: old.first + UInt64(taken), frames: Array(old.frames.dropFirst(taken)))
        return Array(old.frames.prefix(taken))
    }

    func setNote(_ name: String, _ value: Bytes?) throws { replace(\.notes, name, with: value) }

    private func replace<Key: Hashable, Value>(
        _ table: WritableKeyPath<MemoryRows, [Key: Value]>, _ key: Key, with value: Value?
    ) {
        let old = rows[keyPath: table].updateOrRemove(value, at: key)
        undo.append { _ = $0[keyPath: table].updateOrRemove(old, at: key) }
    }
}

extension Dictionary {
    /// Puts `value` under `key`, or takes away what is there, and returns what was there.
    fileprivate mutating func updateOrRemove(_ value: Value?, at key: Key) -> Value? {
        guard let value else { return removeValue(forKey: key) }
        return updateValue(value, forKey: key)
    }
}
