import Foundation
import GRDB
import GRDBSQLite
import Storage

/// Finds out what a file is before anything is changed in it, then opens it.
struct SQLiteOpening {
    let path: String
    let key: any StoreKeying
    let cacheBytes: Int
    let checking: SQLiteStore.Checking

    private static let readerCacheBytes = 4 * 1024 * 1024
    private static let readersMax = 4
    private static let busySeconds = 5.0
    private static let headerBytes = 100

    /// - Parameter mark: what stands beside the file, if anything does.
    /// - Returns: the store, and its head.
    func open(_ mark: CommitMark.Content?) throws -> (pool: DatabasePool, head: StoreHead) {
        try PageChecksums.install()
        let isNew = try checkHeader() == .empty
        return try StoreFailure.translating {
            let head = isNew ? StoreHead() : try inspect(mark)
            try refuseOlder(head.commits, mark)
            if isNew { try create() }
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction { database in
                try refuseForeign(database, mayBeEmpty: isNew)
                try migrate(database)
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            return (pool, head)
        }
    }

    /// Looks into the file before anything is written to it or to the log: a connection that may
    /// write would copy what is left of a damaged log into the file, and remove the log.
    private func inspect(_ mark: CommitMark.Content?) throws -> StoreHead {
        let endedUncleanly = try size(of: path + "-wal") > 0
        var configuration = configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let head = try queue.read { database in
            try refuseForeign(database, mayBeEmpty: false)
            let isSmall = try size(of: path) < SQLiteStore.checkedBytesMax
            if checking == .always || mark?.isSuspect == true || endedUncleanly && isSmall {
                try check(database)
            }
            // Its making was interrupted, before anything was kept in it.
            guard try schemaVersion(database) > 0 else { return StoreHead() }
            try StoreSchema.check(database)
            return try SQLiteSession(database, key.makeSealing()).checkedHead(key)
        }
        try queue.close()
        return head
    }

    /// A log that was cut off looks like one that ends earlier, and a file that is gone like a new
    /// one: both would be served as they are.
    private func refuseOlder(_ commits: UInt64, _ mark: CommitMark.Content?) throws {
        guard let mark, mark.commits > commits else { return }
        throw StoreFailure.corrupt(
            "it has \(commits) commits, but \(mark.commits) were made in it; put the newest store back "
                + "with the files beside it. If there is none, and it is known what is missing, "
                + "remove the file that ends in \(CommitMark.suffix)")
    }

    /// Has SQLite leave room for the checksum in each page that it makes from now on.
    private func reserve(_ database: Database) throws {
        var bytes = Int32(PageChecksums.reservedBytes)
        let code = sqlite3_file_control(
            database.sqliteConnection, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes)
        guard code == SQLITE_OK else { throw SQLiteVFSFailure(code: code) }
    }

    func openReadOnly() throws -> DatabasePool {
        try PageChecksums.install()
        guard try checkHeader() == .store else {
            throw StoreFailure.other("there is no store at this path")
        }
        return try StoreFailure.translating {
            var configuration = configuration()
            configuration.readonly = true
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.read { database in
                try refuseForeign(database, mayBeEmpty: false)
                let version = try schemaVersion(database)
                guard version == SQLiteSchema.version else {
                    throw StoreFailure.other(
                        "schema \(version) is older than \(SQLiteSchema.version): "
                            + "open the store for writing once")
                }
                if checking == .always { try check(database) }
                try SQLiteSession(database, key.makeSealing()).checkKey(key)
            }
            return pool
        }
    }

    private func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "gongji.store"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(SQLiteOpening.busySeconds)
        configuration.maximumReaderCount = SQLiteOpening.readersMax
        configuration.prepareDatabase { [cacheBytes] database in
            let bytes =
                database.configuration.readonly
                ? min(cacheBytes, SQLiteOpening.readerCacheBytes) : cacheBytes
            // A negative cache_size is in KiB. Damaged cells are noticed as pages are read.
            try database.execute(
                sql: """
                    PRAGMA cache_size = -\(max(1, bytes / 1024));
                    PRAGMA cell_size_check = ON;
                    PRAGMA secure_delete = OFF;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    """)
        }
        return configuration
    }

    private enum Header { case empty, store }

    /// Looks at the first octets of the file, before SQLite does: what is not a store is refused
    /// without a change. The application id stands there from the first write on.
    private func checkHeader() throws -> Header {
        let header = try header()
        if header.isEmpty { return .empty }
        guard header.count == SQLiteOpening.headerBytes else {
            throw StoreFailure.corrupt("the file ends within its header")
        }
        guard header.prefix(16).elementsEqual("SQLite format 3\0".utf8) else {
            throw StoreFailure.corrupt("the file is no SQLite database, or its header is damaged")
        }
        // Versions of the file format that SQLite can write and read: 1 and 2. It would take a
        // damaged one for a file that it must not write to.
        guard (1...2).contains(header[18]), (1...2).contains(header[19]) else {
            throw StoreFailure.corrupt("the header of the file is damaged")
        }
        guard header[16] == UInt8(PageChecksums.pageBytes >> 8), header[17] == 0 else {
            throw StoreFailure.corrupt("the header of the file is damaged")
        }
        let (version, id) = (number(header[60..<64]), number(header[68..<72]))
        guard id == SQLiteSchema.applicationID else {
            throw StoreFailure.corrupt("the file is a database, but no store of gongji")
        }
        guard version <= SQLiteSchema.version else {
            throw StoreFailure.newerSchema(found: Int(version), known: SQLiteSchema.version)
        }
        // Without room for them any change would be served, as if they were still to be added.
        guard header.withUnsafeBytes({ PageChecksums.areIn(header: $0) }) else {
            throw StoreFailure.corrupt("its pages have no checksums")
        }
        return .store
    }

    /// The first octets of the file; none if it does not exist.
    private func header() throws -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw StoreFailure.other("the file cannot be read")
            }
            return Data()
        }
        defer { try? file.close() }
        return try file.read(upToCount: SQLiteOpening.headerBytes) ?? Data()
    }

    private func number(_ octets: Data) -> Int32 { octets.reduce(0) { $0 << 8 | Int32($1) } }

    private func size(of path: String) throws -> Int64 {
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Makes the file with its application id and its checksums, while it still has a rollback
    /// journal.
    private func create() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            try reserve(database)
            try database.execute(
                sql: "PRAGMA application_id = \(SQLiteSchema.applicationID)")
        }
        try queue.close()
    }

    private func schemaVersion(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private func refuseForeign(_ database: Database, mayBeEmpty: Bool) throws {
        let id = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try schemaVersion(database)
        guard id == SQLiteSchema.applicationID || id == 0 && mayBeEmpty else {
            throw StoreFailure.corrupt("the file is a database, but no store of gongji")
        }
        guard version <= SQLiteSchema.version else {
            throw StoreFailure.newerSchema(found: version, known: SQLiteSchema.version)
        }
    }

    private func check(_ database: Database) throws {
        let found = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
        guard found == ["ok"] else {
            throw StoreFailure.corrupt(found.joined(separator: "; "))
        }
    }

    /// Brings the schema up to date: each step in a transaction of its own, with its note.
    private func migrate(_ database: Database) throws {
        let version = try schemaVersion(database)
        for migration in SQLiteSchema.migrations where migration.number > version {
            try database.inTransaction(.immediate) {
                try database.execute(sql: migration.sql)
                if migration.number == 1 {
                    try SQLiteSession(database, key.makeSealing()).writeFirstHead(key)
                }
                try database.execute(
                    sql: """
                        INSERT INTO migration (number, note, applied)
                        VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
                        """,
                    arguments: [migration.number, migration.note])
                try database.execute(sql: "PRAGMA user_version = \(migration.number)")
                return .commit
            }
        }
    }
}
