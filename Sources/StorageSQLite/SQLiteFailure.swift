import GRDB
import GRDBSQLite
import Storage

extension StoreFailure {
    /// `SQLITE_IOERR_DATA`: a page does not fit its checksum.
    static let dataMismatch: Int32 = SQLITE_IOERR | 32 << 8

    /// What an SQLite result code (extended or not) means for a store. Messages of SQLite hold no
    /// bound values, so they are safe to log.
    init(sqlite code: Int32, message: String) {
        if code == StoreFailure.dataMismatch {
            let page = PageChecksums.lastMismatch
            self = .corrupt("page \(page) of the file does not fit its checksum")
            return
        }
        switch code & 0xff {
        case SQLITE_FULL: self = .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt("\(message) (SQLite \(code))")
        case SQLITE_BUSY, SQLITE_LOCKED: self = .locked
        default: self = .other("\(message) (SQLite \(code))")
        }
    }

    init(_ error: DatabaseError) {
        self.init(
            sqlite: error.extendedResultCode.rawValue,
            message: error.message ?? "no message")
    }

    /// Runs `body`; errors of GRDB become failures of the store.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreFailure(error)
        }
    }
}
