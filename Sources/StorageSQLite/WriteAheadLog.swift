import GRDB
import GRDBSQLite
import Glibc
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
    /// The index of the log; -1 if it was not opened.
    private var index: Int32 = -1
    private var pagesAtCheckpoint = 0
    private var nextTruncation = WriteAheadLog.truncatePages
    private let lastPages = Atomic(0)
    private let flushes = Atomic<UInt64>(0)

    /// Pages in the log after the last commit.
    var pages: Int { lastPages.load(ordering: .relaxed) }
    var fsyncs: UInt64 { flushes.load(ordering: .relaxed) }

    /// Takes the room now that the index of the log beside the store at `path` will need, unless
    /// readers make the log grow past twice ``truncatePages``. SQLite extends it within a commit, after
    /// the log was written: on a full disk nobody could say whether that commit had happened.
    ///
    /// To be called while the store is open: SQLite empties the index when it opens it alone. The
    /// descriptor stays open as long as this object, which outlives the connections: to close it
    /// would give back the locks that SQLite has on the file (`fcntl(2)`).
    func reserveIndex(of path: String) {
        index = open(path + "-shm", O_RDWR | O_CLOEXEC)
        guard index >= 0 else { return }
        // 32 KiB for each 4,096 pages (sqlite.org/walformat.html), the first of them a little less.
        let bytes = (2 * WriteAheadLog.truncatePages / 4096 + 1) * 32_768
        posix_fallocate(index, 0, off_t(bytes))
    }

    deinit {
        if index >= 0 { close(index) }
    }

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

    /// Copies all of the log into the file, waiting for readers as long as the busy timeout, and
    /// leaves it empty. If that fails, the log stays, and nothing is lost.
    func empty() {
        guard let connection else { return }
        sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }
}
