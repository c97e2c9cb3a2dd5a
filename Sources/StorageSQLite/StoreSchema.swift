import GRDB
import Storage

/// Whether a store has the tables, indexes and views that gongji makes, and nothing else: a trigger
/// would act within its transactions.
enum StoreSchema {
    private struct Item: Hashable {
        let type: String
        let name: String
        let sql: String?
    }

    static func check(_ database: Database) throws {
        let made = try DatabaseQueue()
        let expected = try made.writeWithoutTransaction { empty in
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            for migration in SQLiteSchema.migrations where migration.number <= version {
                try empty.execute(sql: migration.sql)
            }
            return try items(empty)
        }
        try made.close()
        if let other = try items(database).symmetricDifference(expected).map(\.name).min() {
            throw StoreFailure.corrupt("\(other) is not in the schema as gongji made it")
        }
    }

    private static func items(_ database: Database) throws -> Set<Item> {
        let rows = try Row.fetchAll(database, sql: "SELECT type, name, sql FROM sqlite_schema")
        return Set(rows.map { Item(type: $0["type"], name: $0["name"], sql: $0["sql"]) })
    }
}
