import Domain
import GRDB
import GRDBSQLite
import Ledger
import Storage
import Wire

/// A statement that is bound and stepped without GRDB's layer of arguments and rows, which takes
/// four times as long for such short statements (one balance: 1.44 µs against 0.35 µs).
///
/// Small values are copied to memory of the statement and bound where they stand; long octet
/// strings must outlive ``run()`` or ``step()``, which the closure forms see to. Parameters count
/// from 1, columns from 0.
final class PreparedStatement {
    /// Keeps the handle alive.
    private let statement: Statement
    private let handle: OpaquePointer
    private let scratch: UnsafeMutableRawPointer

    /// Room for each parameter in `scratch`: the longest account key, in whole words.
    private static let slotBytes = 40

    init(_ statement: Statement) {
        self.statement = statement
        handle = statement.sqliteStatement
        let slots = Int(sqlite3_bind_parameter_count(handle)) + 1
        scratch = .allocate(byteCount: slots * PreparedStatement.slotBytes, alignment: 8)
    }

    deinit { scratch.deallocate() }

    private func slot(_ index: Int32) -> UnsafeMutableRawPointer {
        scratch + Int(index) * PreparedStatement.slotBytes
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> StoreFailure {
        let connection = sqlite3_db_handle(handle)
        return StoreFailure(
            sqlite: sqlite3_extended_errcode(connection) & 0xff == code & 0xff
                ? sqlite3_extended_errcode(connection) : code,
            message: String(cString: sqlite3_errmsg(connection)))
    }

    func bind(_ index: Int32, _ value: Int64) throws {
        try check(sqlite3_bind_int64(handle, index, value))
    }

    func bind(_ index: Int32, _ value: Int64?) throws {
        if let value {
            try bind(index, value)
        } else {
            try check(sqlite3_bind_null(handle, index))
        }
    }

    func bind(_ index: Int32, _ value: Identifier) throws {
        let slot = slot(index)
        slot.storeBytes(of: value.high.bigEndian, as: UInt64.self)
        slot.storeBytes(of: value.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        try check(sqlite3_bind_blob(handle, index, slot, 16, nil))
    }

    func bind(_ index: Int32, _ value: Identifier?) throws {
        if let value {
            try bind(index, value)
        } else {
            try check(sqlite3_bind_null(handle, index))
        }
    }

    func bindNull(_ index: Int32) throws { try check(sqlite3_bind_null(handle, index)) }

    /// No octets: before all others, in the order of SQLite.
    func bindEmpty(_ index: Int32) throws {
        try check(sqlite3_bind_zeroblob(handle, index, 0))
    }

    func bind(_ index: Int32, _ code: InstitutionCode) throws {
        let slot = slot(index)
        let count = copy(code, to: slot)
        try check(
            sqlite3_bind_text(
                handle, index, slot.assumingMemoryBound(to: CChar.self), Int32(count), nil))
    }

    /// Binds ``UsageQuestion/Subject/key``.
    func bind(_ index: Int32, _ subject: UsageQuestion.Subject) throws {
        let slot = slot(index)
        slot.storeBytes(of: subject.side.rawValue, as: UInt8.self)
        let count: Int
        switch subject {
        case .giver(let wallet), .recipient(let wallet):
            wallet.value.withUnsafeBytes {
                (slot + 1).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
            count = Identifier.size
        case .institution(let code): count = copy(code, to: slot + 1)
        }
        try check(sqlite3_bind_blob(handle, index, slot, Int32(1 + count), nil))
    }

    /// At most 32 octets.
    private func copy(_ code: InstitutionCode, to memory: UnsafeMutableRawPointer) -> Int {
        var count = 0
        for byte in code.text.utf8 {
            memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
            count += 1
        }
        return count
    }

    func bind(_ index: Int32, _ account: Account) throws {
        let slot = slot(index)
        let count = account.writeKey(
            into: UnsafeMutableRawBufferPointer(
                start: slot, count: PreparedStatement.slotBytes))
        try check(sqlite3_bind_blob(handle, index, slot, Int32(count), nil))
    }

    func bind(_ index: Int32, _ digest: Digest) throws {
        let slot = slot(index)
        digest.withUnsafeBytes { slot.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        try check(sqlite3_bind_blob(handle, index, slot, Int32(Digest.size), nil))
    }

    /// The 16 octets of a tag.
    func bind(_ index: Int32, tag: UInt128) throws {
        let slot = slot(index)
        slot.storeBytes(of: tag.bigEndian, as: UInt128.self)
        try check(sqlite3_bind_blob(handle, index, slot, Int32(RowMark.tagBytes), nil))
    }

    /// Copied by SQLite: for statements that are not on the hot path.
    func bind(_ index: Int32, _ text: String) throws {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        try check(sqlite3_bind_text(handle, index, text, -1, transient))
    }

    /// Runs `body` with `bytes` bound to `index`.
    func with<Result>(
        _ index: Int32, _ bytes: Bytes, _ body: () throws -> Result
    ) throws -> Result {
        try bytes.withUnsafeBytes { buffer in
            // A null pointer would bind NULL; an empty array may have one.
            let start = buffer.baseAddress ?? UnsafeRawPointer(scratch)
            try check(sqlite3_bind_blob64(handle, index, start, UInt64(buffer.count), nil))
            return try body()
        }
    }

    /// Goes to the next row; false after the last. ``reset()`` must follow.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let failure = failure(code)
            sqlite3_reset(handle)
            throw failure
        }
    }

    func reset() { sqlite3_reset(handle) }

    /// Runs a statement that gives no rows.
    func run() throws {
        _ = try step()
        sqlite3_reset(handle)
    }

    /// Rows that the last ``run()`` of the connection inserted, updated or deleted.
    var changedRows: Int32 { sqlite3_changes(sqlite3_db_handle(handle)) }

    /// What `body` makes of the one row there is, or nil without one.
    func one<Result>(_ body: (PreparedStatement) throws -> Result) throws -> Result? {
        guard try step() else {
            reset()
            return nil
        }
        defer { reset() }
        return try body(self)
    }

    /// Calls `body` with each row.
    func forEach(_ body: (PreparedStatement) throws -> Void) throws {
        defer { reset() }
        while try step() { try body(self) }
    }
}

extension PreparedStatement {
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func integerIfAny(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The octets of a column, valid until the next step or reset.
    func octets(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: sqlite3_column_blob(handle, column),
            count: Int(sqlite3_column_bytes(handle, column)))
    }

    func bytes(_ column: Int32) -> Bytes { Bytes(octets(column)) }

    /// Nil if there are not the 16 octets of one.
    func tag(_ column: Int32) -> UInt128? {
        let octets = octets(column)
        guard octets.count == RowMark.tagBytes else { return nil }
        return UInt128(bigEndian: octets.loadUnaligned(as: UInt128.self))
    }

    func identifier(_ column: Int32) throws -> Identifier {
        let octets = octets(column)
        guard octets.count == Identifier.size else {
            throw StoreFailure.corrupt("an id of \(octets.count) octets")
        }
        return Identifier(unchecked: octets)
    }

    /// Nil where there is none.
    func identifierIfAny(_ column: Int32) throws -> Identifier? {
        isNull(column) ? nil : try identifier(column)
    }

    func digest(_ column: Int32) throws -> Digest {
        guard let digest = Digest(octets(column)) else {
            throw StoreFailure.corrupt("a digest of \(octets(column).count) octets")
        }
        return digest
    }

    func account(_ column: Int32) throws -> Account {
        do {
            return try Account(key: bytes(column))
        } catch {
            throw StoreFailure.corrupt("\(bytes(column).hex) is no account")
        }
    }

    func province(_ column: Int32) throws -> ProvinceCode {
        guard let code = ProvinceCode(UInt32(clamping: integer(column))) else {
            throw StoreFailure.corrupt("\(integer(column)) is no province")
        }
        return code
    }
}
