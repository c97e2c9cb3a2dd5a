import Domain
import GRDB
import Ledger
import Settlement
import Storage

/// What rows are found by.
protocol BoundKey: RowKey {
    func bind(to statement: PreparedStatement, _ index: Int32) throws
}

extension Identifier: BoundKey {
    func bind(to statement: PreparedStatement, _ index: Int32) throws {
        try statement.bind(index, self)
    }
}

extension WalletID: BoundKey {
    func bind(to statement: PreparedStatement, _ index: Int32) throws {
        try statement.bind(index, value)
    }
}

extension Digest: BoundKey {
    func bind(to statement: PreparedStatement, _ index: Int32) throws {
        try statement.bind(index, self)
    }
}

extension ProvinceCode: BoundKey {
    func bind(to statement: PreparedStatement, _ index: Int32) throws {
        try statement.bind(index, Int64(number))
    }
}

/// The one place through which every row goes: opened when it is read, sealed when it is written,
/// weighed when it changes.
extension SQLiteSession {
    /// The row `name` is written with `weight`, or taken away (0). `read` reads it, if this
    /// transaction has not.
    func change(_ name: RowName, to weight: UInt128, _ read: () throws -> Void) throws {
        if weights[name] == nil { try read() }
        head.sum &+= weight &- (weights[name] ?? 0)
        weights.wrote(name, weight)
    }

    // MARK: Rows with a body

    /// The record that stands sealed in `octets`. Throws ``StoreFailure/corrupt(_:)`` if it does not
    /// hold.
    func opened<Record: KeptRecord>(
        _ octets: UnsafeRawBufferPointer, _ key: Record.Key, as _: Record.Type = Record.self
    ) throws -> Record {
        let row = try opened(RowName(Record.table, key), octets) { "\(Record.kind) \(key)" }
        return try Record(key: key, decoding: row)
    }

    /// The octets that stand sealed in `octets`, until the next row is opened.
    func opened(
        _ name: RowName, _ octets: UnsafeRawBufferPointer, _ words: () -> String
    ) throws -> UnsafeRawBufferPointer {
        let room = scratch.room(octets.count)
        room.copyMemory(from: octets)
        guard let mark = sealing.open(name, room) else {
            throw SQLiteSession.doesNotHold(words())
        }
        weights.read(name, mark.weight)
        return UnsafeRawBufferPointer(rebasing: room[RowMark.tagBytes...])
    }

    /// The record in column 0 of the row of `query` under `key`.
    func record<Record: KeptRecord>(
        _ query: SQLiteQuery, _ key: Record.Key, as _: Record.Type = Record.self
    ) throws -> Record? where Record.Key: BoundKey {
        let statement = try statement(query)
        try key.bind(to: statement, 1)
        if let found = try statement.one({ try opened($0.octets(0), key, as: Record.self) }) {
            return found
        }
        weights.read(RowName(Record.table, key), 0)
        return nil
    }

    /// The sealed octets of `record`, in ``writer``.
    func sealed(_ name: RowName, _ encode: (inout ByteWriter) -> Void) -> RowMark {
        writer.clear()
        writer.wide(0)
        encode(&writer)
        return writer.withUnsafeMutableBytes { sealing.seal(name, $0) }
    }

    // MARK: Rows of columns

    func mark(_ name: RowName, balance: Int64) -> RowMark {
        withUnsafeBytes(of: balance.bigEndian) { sealing.mark(name, $0) }
    }

    /// The balance in `column`, whose tag stands in the next one.
    func balance(_ row: PreparedStatement, _ column: Int32, of account: Account) throws -> Int64 {
        let balance = row.integer(column)
        let name = RowName(account)
        // The row is that of a relation that has no such account.
        if balance == 0, row.isNull(column + 1), case .available = account {
            weights.read(name, 0)
            return 0
        }
        let mark = mark(name, balance: balance)
        if row.tag(column + 1) == mark.tag {
            weights.read(name, mark.weight)
        } else {
            try refuse("account \(account)")
        }
        return balance
    }

    /// The place of `posting` in the chain, after one whose place is `chain`.
    func chain(_ entry: KeptPosting, after chain: UInt128) -> UInt128 {
        let posting = entry.posting
        writer.clear()
        writer.wide(chain)
        writer.instant(entry.at)
        writer.identifier(posting.cause)
        writer.octet(posting.step.rawValue)
        writer.account(posting.debit)
        writer.account(posting.credit)
        writer.fen(posting.amount)
        return writer.withUnsafeMutableBytes {
            sealing.mark(
                RowName(.posting, entry.number), UnsafeRawBufferPointer($0)
            ).tag
        }
    }

    func tag(_ usage: Usage) -> UInt128 {
        writer.clear()
        writer.usage(usage)
        return writer.withUnsafeMutableBytes {
            sealing.mark(RowName(.usage), UnsafeRawBufferPointer($0)).tag
        }
    }

    func tag(_ entry: JournalEntry) -> UInt128 {
        writer.clear()
        writer.province(entry.peer)
        writer.identifier(entry.epoch)
        writer.number(entry.firstSequence)
        writer.instant(entry.at)
        writer.digest(entry.chain)
        writer.octets(entry.envelope)
        writer.frames(entry.frames, omitted: entry.omitted)
        return writer.withUnsafeMutableBytes {
            sealing.mark(
                RowName(entry.direction.rowTable, Int64(clamping: entry.number)),
                UnsafeRawBufferPointer($0)
            ).tag
        }
    }

    // MARK: Damage

    static func doesNotHold(_ what: String) -> StoreFailure {
        .corrupt("\(what) does not hold under the key of the store")
    }

    /// Throws, or tells it to a check, which goes on.
    func refuse(_ what: String) throws {
        let failure = SQLiteSession.doesNotHold(what)
        if !tell(failure) { throw failure }
    }

    /// What `body` makes of a row; nil if that is damaged and a check goes on.
    func tolerating<Result>(_ body: () throws -> Result) throws -> Result? {
        do {
            return try body()
        } catch let failure as StoreFailure {
            guard case .corrupt = failure, tell(failure) else { throw failure }
            return nil
        }
    }
}

/// Memory for one row at a time.
final class RowScratch {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

    deinit { memory.deallocate() }

    /// Room for `count` octets; what was there before is gone.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: 2 * count, alignment: 16)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }
}
