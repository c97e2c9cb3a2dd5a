import GRDB
import GRDBSQLite
import Synchronization

/// When the write-ahead log is copied into the file, and how often the disk was told to flush.
///
/// After ``checkpointPages`` new pages the log is copied without waiting for anyone. Then the next
/// commit writes over it from its head, unless a reader still needs it. A log that grew past
/// ``truncatePages`` because readers always did is emptied by force, waiting for them at most as
/// long as the connection's busy timeout; if that is not enough, once more at each doubling.
final class WriteAheadLog: @unchecked Sendable {
    static let checkpointPages = 4096
    static let truncatePages = 65_536

    /// Used on the writer's queue only, where the hook runs too.
    private var connection: OpaquePointer?
    private var pagesAtCheckpoint = 0
    private var nextTruncation = WriteAheadLog.truncatePages
    private let lastPages = Atomic(0)
    private let flushes = Atomic<UInt64>(0)

    /// Pages in the log after the last commit.
    var pages: Int { lastPages.load(ordering: .relaxed) }
    var fsyncs: UInt64 { flushes.load(ordering: .relaxed) }

    /// Takes the place of SQLite's own checkpoints on the connection of `database`, which must not
    /// outlive this object.
    func attach(to database: Database) {
        connection = database.sqliteConnection
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                if let context {
                    Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                        .committed(Int(pages))
                }
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ pages: Int) {
        let began = pages <= lastPages.exchange(pages, ordering: .relaxed)
        if began {
            pagesAtCheckpoint = 0
            nextTruncation = WriteAheadLog.truncatePages
        }
        flushes.add(began ? 2 : 1, ordering: .relaxed)
    }

    /// Copies the log into the file if it has grown enough. A failure is not told: what was
    /// committed stays in the log, and the next attempt comes with the next pages.
    func checkpointIfDue() {
        let pages = pages
        guard let connection, pages - pagesAtCheckpoint >= WriteAheadLog.checkpointPages else {
            return
        }
        pagesAtCheckpoint = pages
        let force = pages >= nextTruncation
        if force { nextTruncation = 2 * pages }
        let mode = force ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        if sqlite3_wal_checkpoint_v2(connection, "main", mode, nil, nil) == SQLITE_OK {
            flushes.add(2, ordering: .relaxed)
        }
    }
}
