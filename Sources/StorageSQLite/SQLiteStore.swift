import Domain
import GRDB
package import Storage

/// A store in one SQLite file, by GRDB: the default.
///
/// - One process writes (``WriterLock``), one transaction at a time; `read` uses connections of its
///   own and sees a consistent moment without waiting. Other processes may open the file with
///   ``init(readOnlyPath:cacheBytes:)`` at any time.
/// - Durability: write-ahead log with `synchronous = FULL`; a commit returns after the log was
///   flushed to disk.
/// - Damage: pages that do not fit their checksum are an error (``PageChecksums``), and a store that
///   has lost commits is not opened (``CommitMark``).
/// - Memory: the page caches are bounded (``writerCacheBytesDefault`` for the writer, a small one
///   for each of a few readers), whatever the size of the file.
/// - The log is copied into the file every ``WriteAheadLog/checkpointPages`` pages. A reader that
///   stays open keeps the log from shrinking for as long; see ``WriteAheadLog``.
/// - After ``StoreFailure/outcomeUnknown(_:)`` the store answers nothing more: close it, open it
///   anew and read.
///
/// `counters.fsyncs` counts what this process asked of the disk since the store was opened: one for
/// each commit that wrote something, one more where the log began anew at its head, and two for
/// each checkpoint that copied something (log, then file). Flushes while opening and closing are
/// not counted.
package final class SQLiteStore: Store, @unchecked Sendable {
    package static let writerCacheBytesDefault = 64 * 1024 * 1024

    /// When to read the whole file for damage before it is served (`PRAGMA quick_check`).
    package enum Checking: Sendable {
        /// After an unclean end, if the file is smaller than ``checkedBytesMax``.
        case afterUncleanEnd
        /// Always: takes some seconds a GiB.
        case always
    }

    /// Above this size (some seconds, if the file is in the system's cache) an unclean end alone does
    /// not lead to a check of the whole file: pages are checked as they are read.
    package static let checkedBytesMax: Int64 = 1024 * 1024 * 1024

    let pool: DatabasePool
    let key: any StoreKeying
    /// Those of reading sessions that ended, for the next ones.
    private let sealings = Guarded<[any RowSealing]>([])
    private let lock: WriterLock?
    private let writeAheadLog = WriteAheadLog()
    private let counted = Guarded(StoreCounters())
    /// Only in use on the writer's queue.
    private var session: SQLiteSession?
    /// As of the last commit; in use on the writer's queue.
    private var head = StoreHead()
    /// Nil if opened for reading only.
    private let mark: CommitMark?
    private let failed = Guarded<StoreFailure?>(nil)

    /// Opens the store at `path` for writing; makes it, or brings its schema up to date, as needed.
    ///
    /// `bytesMax` bounds the file (not the log beside it), nil does not; what does not fit fails
    /// with ``StoreFailure/full``. Throws ``StoreFailure/locked`` if it is open for writing
    /// elsewhere, ``StoreFailure/corrupt(_:)`` if it is damaged or another program's,
    /// ``StoreFailure/newerSchema(found:known:)`` if a newer gongji made it,
    /// ``StoreFailure/otherKey`` if it is sealed under another key than `key`; in these cases the
    /// file is left as it was.
    package init(
        path: String, key: any StoreKeying, cacheBytes: Int = SQLiteStore.writerCacheBytesDefault,
        bytesMax: Int64? = nil, checking: Checking = .afterUncleanEnd
    ) throws {
        let lock = try WriterLock(path: path + ".lock")
        self.lock = lock
        let found = CommitMark.read(of: path)
        self.key = key
        (pool, head) = try SQLiteOpening(
            path: path, key: key, cacheBytes: cacheBytes, checking: checking
        ).open(found)
        mark = try CommitMark(of: path, CommitMark.Content(commits: head.commits))
        try pool.writeWithoutTransaction { [writeAheadLog] database in
            try StoreFailure.translating {
                if let bytesMax {
                    let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                    let pages = max(1, bytesMax / pageSize)
                    _ = try Int64.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
                }
            }
            writeAheadLog.attach(to: database)
            writeAheadLog.reserveIndex(of: path)
            session = SQLiteSession(database, key.makeSealing(), .keeping)
        }
    }

    /// Opens the store at `readOnlyPath` for reading, while a node may be writing to it. The
    /// process must be allowed to write to the folder (SQLite keeps its shared memory there).
    package init(
        readOnlyPath path: String, key: any StoreKeying, cacheBytes: Int = 16 * 1024 * 1024
    ) throws {
        lock = nil
        mark = nil
        self.key = key
        pool = try SQLiteOpening(
            path: path, key: key, cacheBytes: cacheBytes, checking: .afterUncleanEnd
        ).openReadOnly()
    }

    deinit { try? close() }

    /// Ends all use of the file, with the whole log copied into it unless a reader or damage hinders
    /// that, and gives the right to write to it back. Calls that come later
    /// throw. Throws if a reader is still at work; then the lock stays until the store goes away.
    package func close() throws {
        let isSound = failed.withLock { $0 == nil }
        pool.writeWithoutTransaction { _ in
            session = nil
            // SQLite does it when the last connection goes, but that is a reader's, which may not.
            if mark != nil && isSound { writeAheadLog.empty() }
        }
        failed.withLock { $0 = $0 ?? .other("the store was closed") }
        try StoreFailure.translating { try pool.close() }
        lock?.release()
    }

    package var counters: StoreCounters {
        counted.withLock { counters in
            var counters = counters
            counters.fsyncs = writeAheadLog.fsyncs
            return counters
        }
    }

    /// Pages in the write-ahead log after the last commit: 4 KiB each.
    package var logPages: Int { writeAheadLog.pages }

    package func read<Result>(_ body: (any StoreReading) throws -> Result) throws -> Result {
        if let failure = failed.withLock({ $0 }) { throw failure }
        return try noticingDamage {
            try StoreFailure.translating {
                try pool.read { database in
                    let sealing = sealings.withLock { $0.popLast() } ?? key.makeSealing()
                    defer { sealings.withLock { $0.append(sealing) } }
                    return try body(SQLiteSession(database, sealing))
                }
            }
        }
    }

    /// A store that damage was found in answers nothing more, and all of it is looked at before it
    /// is served again. One that is open for reading only goes on: it is looked into.
    private func noticingDamage<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as StoreFailure {
            if case .corrupt = failure, let mark {
                failed.withLock { $0 = $0 ?? failure }
                mark.suspect()
            }
            throw failure
        }
    }

    package func write<Result>(
        _ body: (any StoreTransaction) throws -> Result
    ) throws -> Result {
        try pool.writeWithoutTransaction { database in
            if let failure = failed.withLock({ $0 }) { throw failure }
            guard let session else { throw StoreFailure.other("opened for reading only") }
            session.states.clear()
            session.weights.clear()
            session.head = head
            let changes = database.totalChangesCount
            let result: Result
            var isChange = false
            try StoreFailure.translating { try database.beginTransaction(.immediate) }
            do {
                result = try noticingDamage {
                    try StoreFailure.translating {
                        let result = try body(session)
                        try session.writeTally()
                        isChange = try session.writeCommit(since: changes)
                        return result
                    }
                }
            } catch {
                try rollBack(database, after: error)
                throw error
            }
            try commit(database)
            if isChange {
                head = session.head
                mark?.made(head.commits)
            }
            counted.withLock { $0.commits += 1 }
            writeAheadLog.checkpointIfDue()
            return result
        }
    }

    /// Undoes what the transaction did. If even that fails, the state of the connection is not
    /// known, and the store answers nothing more.
    private func rollBack(_ database: Database, after error: any Error) throws {
        do {
            try database.rollback()
        } catch {
            throw stop("rollback: \(error)")
        }
    }

    private func commit(_ database: Database) throws {
        do {
            try database.commit()
        } catch let error as DatabaseError {
            // A full disk is noticed before the commit frame stands in the log, which is the last
            // thing written; after any other error it may stand there, and count after a restart.
            guard error.resultCode == .SQLITE_FULL, (try? database.rollback()) != nil else {
                try? database.rollback()
                throw stop("commit: \(StoreFailure(error))")
            }
            throw StoreFailure.full
        }
    }

    private func stop(_ why: String) -> StoreFailure {
        let failure = StoreFailure.outcomeUnknown(why)
        failed.withLock { $0 = failure }
        return failure
    }
}
