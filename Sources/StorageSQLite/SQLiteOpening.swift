import Foundation
import GRDB
import Storage

/// Finds out what a file is before anything is changed in it, then opens it.
struct SQLiteOpening {
    let path: String
    let cacheBytes: Int
    let checking: SQLiteStore.Checking

    private static let readerCacheBytes = 4 * 1024 * 1024
    private static let readersMax = 4
    private static let busySeconds = 5.0
    private static let headerBytes = 100

    func open() throws -> DatabasePool {
        let isNew = try checkHeader() == .empty
        let endedUncleanly = try !isNew && size(of: path + "-wal") > 0
        return try StoreFailure.translating {
            if isNew { try create() }
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction { database in
                try refuseForeign(database, mayBeEmpty: isNew)
                let size = try size(of: path)
                if checking == .always || endedUncleanly && size < SQLiteStore.checkedBytesMax {
                    try check(database)
                }
                try migrate(database)
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            return pool
        }
    }

    func openReadOnly() throws -> DatabasePool {
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
        guard let file = FileHandle(forReadingAtPath: path) else {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw StoreFailure.other("the file cannot be read")
            }
            return .empty
        }
        defer { try? file.close() }
        let header = try file.read(upToCount: SQLiteOpening.headerBytes) ?? Data()
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
        let (version, id) = (number(header[60..<64]), number(header[68..<72]))
        guard id == SQLiteSchema.applicationID else {
            throw StoreFailure.corrupt("the file is a database, but no store of gongji")
        }
        guard version <= SQLiteSchema.version else {
            throw StoreFailure.newerSchema(found: Int(version), known: SQLiteSchema.version)
        }
        return .store
    }

    private func number(_ octets: Data) -> Int32 { octets.reduce(0) { $0 << 8 | Int32($1) } }

    private func size(of path: String) throws -> Int64 {
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Makes the file with its application id in it, while it still has a rollback journal.
    private func create() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
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
