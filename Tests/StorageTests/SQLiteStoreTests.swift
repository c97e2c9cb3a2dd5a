import Domain
import Foundation
import GRDB
import Ledger
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

@testable import StorageSQLite

@Suite("SQLite store") struct SQLiteStoreTests {
    /// One settlement's worth of rows, told apart by `number`.
    private func write(_ number: UInt64, to store: any Store) throws {
        try store.write { (transaction) throws in
            try transaction.change {
                $0.coordinations = [Samples.id(number)]
                $0.participations = [Samples.id(number)]
                $0.answers = [Samples.id(number)]
                $0.accounts = [.fund, .personal(Samples.wallet(number))]
            } _: { rows in
                rows.coordinations[Samples.id(number)] = Samples.coordination(number)
                rows.participations[Samples.id(number)] = Samples.participation(number)
                rows.answers[Samples.id(number)] = Samples.answer(.zero, reply: [1])
                try rows.books.post([
                    Posting(
                        cause: Samples.id(number), step: .deposit, debit: .fund,
                        credit: .personal(Samples.wallet(number)), amount: Samples.fen(100))
                ])
            }
            try transaction.append(Samples.entry(.inbound, number, first: number, count: 1))
            try transaction.save(Samples.link(Samples.shandong))
        }
    }

    @Test("has after a restart what it had before")
    func reopened() throws {
        let folder = try TemporaryFolder()
        var store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        for number in 1...20 as ClosedRange<UInt64> { try write(number, to: store) }
        let before = try store.read(Contents.init)
        try store.close()
        store = try SQLiteStore(
            path: folder.file("store.db"), key: Samples.storeKey, checking: .always)
        #expect(try store.read(Contents.init) == before)
        try write(21, to: store)
        #expect(try store.read { try $0.transactionCounts().participant } == ["held": 21])
    }

    @Test("answers nothing after it was closed")
    func closed() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        try store.close()
        try store.close()
        #expect(throws: StoreFailure.other("the store was closed")) { try store.read { _ in } }
        #expect(throws: StoreFailure.other("the store was closed")) { try store.write { _ in } }
    }

    @Test("after a crash has exactly what was committed, wherever the log was cut off")
    func crash() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        var states: [Contents] = [try store.read(Contents.init)]
        for number in 1...6 as ClosedRange<UInt64> {
            try write(number, to: store)
            states.append(try store.read(Contents.init))
            let copy = try folder.copy(path, to: "copy-\(number).db")
            #expect(
                try SQLiteStore(path: copy, key: Samples.storeKey).read(Contents.init)
                    == states.last)
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        var random = SeededGenerator.printed("crash")
        var seen = 0
        for round in 0..<40 {
            let copy = try folder.copy(path, to: "cut-\(round).db")
            let count = Int.random(in: 0...log.count, using: &random)
            try log.prefix(count).write(to: URL(fileURLWithPath: copy + "-wal"))
            // The schema itself may be in the part that is lost.
            let contents = try SQLiteStore(path: copy, key: Samples.storeKey).read(Contents.init)
            let index = try #require(states.firstIndex(of: contents), "\(count) octets of log")
            seen = max(seen, index)
        }
        #expect(seen > 0)
    }

    @Test("a torn end of the log is not taken for a commit")
    func torn() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        try write(1, to: store)
        let before = try store.read(Contents.init)
        let length = try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count
        try write(2, to: store)
        let copy = try folder.copy(path, to: "copy.db")
        try Data.edit(copy + "-wal") { log in
            for index in log.index(log.startIndex, offsetBy: length + 100)..<log.endIndex {
                log[index] = 0
            }
        }
        #expect(try SQLiteStore(path: copy, key: Samples.storeKey).read(Contents.init) == before)
    }

    @Test("is opened for writing once, and for reading at any time")
    func locked() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        #expect(throws: StoreFailure.self) {
            try SQLiteStore(readOnlyPath: path, key: Samples.storeKey)
        }
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        #expect(throws: StoreFailure.locked) { try SQLiteStore(path: path, key: Samples.storeKey) }
        let reader = try SQLiteStore(readOnlyPath: path, key: Samples.storeKey)
        try write(1, to: store)
        #expect(try reader.read { try $0.balance(.fund) } == 100)
        #expect(throws: StoreFailure.other("opened for reading only")) {
            try reader.write { try $0.setNote("n", [1]) }
        }
        try store.close()
        #expect(try reader.read { try $0.balance(.fund) } == 100)
        try write(2, to: SQLiteStore(path: path, key: Samples.storeKey))
        #expect(try reader.read { try $0.balance(.fund) } == 200)
    }

    @Test("gives the right to write back when it goes away")
    func unlocked() throws {
        let folder = try TemporaryFolder()
        for number in 1...3 as ClosedRange<UInt64> {
            try write(number, to: SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey))
        }
        let store = try SQLiteStore(readOnlyPath: folder.file("store.db"), key: Samples.storeKey)
        #expect(try store.read { try $0.balance(.fund) } == 300)
    }

    @Test("records each step of its schema, with what it was for")
    func migrations() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        _ = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        let queue = try DatabaseQueue(path: folder.file("store.db"))
        try queue.read { database in
            let steps = try Row.fetchAll(database, sql: "SELECT number, note FROM migration")
            #expect(steps.map { $0["number"] as Int } == SQLiteSchema.migrations.map(\.number))
            #expect(steps.map { $0["note"] as String } == SQLiteSchema.migrations.map(\.note))
            let id = try Int32.fetchOne(database, sql: "PRAGMA application_id")
            #expect(id == SQLiteSchema.applicationID)
        }
        #expect(SQLiteSchema.migrations.map(\.number) == Array(1...SQLiteSchema.version))
    }

    @Test("flushes the disk for every commit that wrote something, and counts it")
    func durability() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        let mode = try store.pool.writeWithoutTransaction {
            try Int.fetchOne($0, sql: "PRAGMA synchronous")
        }
        #expect(mode == 2, "FULL")
        #expect(store.counters == StoreCounters())
        for number in 1...5 as ClosedRange<UInt64> {
            try write(number, to: store)
            #expect(store.counters.commits == number)
            #expect(store.counters.fsyncs >= number)
        }
        let before = store.counters.fsyncs
        try store.write { _ in }
        #expect(store.counters.fsyncs == before, "nothing was written")
    }

    @Test("does not let its log grow without bound")
    func logIsBounded() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        let note = Bytes(repeating: 1, count: 400_000)
        var most = 0
        for number in 0..<200 {
            try store.write { try $0.setNote("\(number % 7)", note) }
            most = max(most, store.logPages)
        }
        // 200 writes of 98 pages would be 19 600.
        #expect(most < WriteAheadLog.checkpointPages + 200)
        #expect(store.counters.fsyncs > 200)
    }

    @Test("says that the disk is full, and keeps what it had")
    func full() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: Samples.storeKey, bytesMax: 400_000)
        try write(1, to: store)
        let before = try store.read(Contents.init)
        #expect(throws: StoreFailure.full) {
            try store.write { (transaction) throws in
                try transaction.setNote("small", [1])
                try transaction.setNote("large", Bytes(repeating: 1, count: 1_000_000))
            }
        }
        #expect(try store.read(Contents.init) == before)
        #expect(store.counters.commits == 1)
        // What fits is taken again.
        try write(2, to: store)
        #expect(try store.read { try $0.balance(.fund) } == 200)
    }

    @Test("writes account keys as they are named")
    func accountKeys() {
        let accounts: [Account] = [
            .fund, .payout, .personal(Samples.wallet(7)), .available(relation: Samples.id(8)),
            .held(transaction: Samples.id(9), source: Samples.id(10)),
            .payable(Samples.shandong), .receivable(Samples.zhejiang),
            .institution(InstitutionCode(String(repeating: "Z", count: 32))!),
        ]
        for account in accounts {
            let written = withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { buffer in
                Bytes(buffer.prefix(account.writeKey(into: buffer)))
            }
            #expect(written == account.key, "\(account)")
        }
    }

    @Test("writes the words of every phase, state and category as they are named")
    func viewWords() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        try store.set(
            RelationPhase.allCases.map { Samples.bareRelation(UInt64($0.rawValue), $0) })
        try store.set(
            WithdrawalState.allCases.map { Samples.bareWithdrawal(UInt64($0.rawValue), $0) })
        try store.add(
            Category.allCases.map {
                Samples.usage(.recipient(Samples.wallet(1)), UInt64($0.rawValue), $0)
            })
        try store.change({ $0.accounts = [.fund, .payout] }) { rows in
            for step in PostingStep.allCases {
                try rows.books.post([
                    Posting(
                        cause: Samples.id(1), step: step, debit: .fund, credit: .payout,
                        amount: Samples.fen(1))
                ])
            }
        }
        let queue = try DatabaseQueue(path: folder.file("store.db"))
        try queue.read { (database) throws in
            func words(_ column: String, _ view: String) throws -> [String] {
                try String.fetchAll(database, sql: "SELECT \(column) FROM \(view)")
            }
            #expect(try words("phase", "readable_relation") == RelationPhase.allCases.map(\.word))
            #expect(
                try words("state", "readable_withdrawal") == WithdrawalState.allCases.map(\.word))
            #expect(try words("category", "readable_usage") == Category.allCases.map(\.word))
            #expect(try words("step", "readable_posting") == PostingStep.allCases.map(\.word))
        }
    }

    @Test("finds pages of usage, relations that are due, and withdrawals by their indexes")
    func plans() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        try store.close()
        let queue = try DatabaseQueue(path: folder.file("store.db"))
        try queue.read { (database) throws in
            func plan(_ sql: String) throws -> String {
                let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments([])
                return try Row.fetchAll(statement).map { $0["detail"] as String }
                    .joined(separator: "; ")
            }
            #expect(
                try plan(SQLiteSession.usagePage)
                    == "SEARCH usage USING PRIMARY KEY "
                    + "(subject=? AND (age,transaction,source)>(?,?,?) AND age<?)")
            #expect(
                try plan(SQLiteQuery.dueRelations.sql)
                    == "SEARCH relation USING COVERING INDEX relation_wake (wake<?)")
            #expect(
                try plan(SQLiteQuery.updateRelation.sql)
                    == "SEARCH relation USING PRIMARY KEY (id=?)")
            #expect(
                try plan(SQLiteQuery.given.sql)
                    == "SEARCH relation USING INDEX relation_giver (giver=?)")
            #expect(
                try plan(SQLiteSession.withdrawalsByState)
                    == "SEARCH withdrawal USING INDEX withdrawal_state (state=? AND id>?)")
        }
    }

    @Test("shows auditors words, days and yuan")
    func views() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey)
        try write(1, to: store)
        try store.change({
            $0.relations = [Samples.id(11), Samples.id(12)]
            $0.withdrawals = [Samples.id(13)]
            $0.persons = [Samples.wallet(14)]
            $0.accounts = [.fund, .available(relation: Samples.id(11)), .payable(Samples.shanghai)]
        }) { rows in
            rows.relations[Samples.id(11)] = Samples.relation(11)
            rows.relations[Samples.id(12)] = Samples.bareRelation(12)
            rows.withdrawals[Samples.id(13)] = Samples.withdrawal(13)
            rows.persons[Samples.wallet(14)] = Samples.fullPerson(14)
            rows.usages = [
                Samples.usage(.giver(Samples.wallet(1)), 21),
                Samples.usage(
                    .institution(Samples.institution), 21, .wellness, reversed: Samples.day,
                    other: nil),
            ]
            try rows.books.post([
                Posting(
                    cause: Samples.id(5), step: .setQuota, debit: .fund,
                    credit: .available(relation: Samples.id(11)), amount: Samples.fen(12_345)),
                Posting(
                    cause: Samples.id(5), step: .commit, debit: .fund,
                    credit: .payable(Samples.shanghai), amount: Samples.fen(1)),
            ])
        }
        let queue = try DatabaseQueue(path: folder.file("store.db"))
        func lines(_ view: String) throws -> [String] {
            try queue.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM \(view)").map { row in
                    row.databaseValues.map { "\($0.storage.value ?? "-")" }.joined(separator: " ")
                }
            }
        }
        let id = Samples.id(1).description
        #expect(
            try lines("readable_posting") == [
                "1 2026-05-29T04:26:40.000+08:00 \(id) deposit fund personal:\(id) 1.00",
                "2 2026-05-29T04:26:40.000+08:00 \(Samples.id(5)) set_quota fund "
                    + "available:\(Samples.id(11)) 123.45",
                "3 2026-05-29T04:26:40.000+08:00 \(Samples.id(5)) commit fund payable:310000 0.01",
            ])
        #expect(
            try lines("readable_account").sorted() == [
                "available:\(Samples.id(11)) 123.45", "fund 124.46", "payable:310000 0.01",
                "personal:\(id) 1.00",
            ])
        #expect(
            try lines("readable_coordination") == [
                "\(id) committing 2026-05-29T04:26:40.000+08:00 2026-05-27 "
                    + "2026-05-29T04:26:40.000+08:00 10.01"
            ])
        #expect(
            try lines("readable_participation") == [
                "\(id) held 310000 2026-05-27 2026-05-29T04:26:40.000+08:00 10.00"
            ])
        #expect(
            try lines("readable_relation") == [
                "\(Samples.id(11)) \(id) \(Samples.id(2)) ending 3 "
                    + "2026-05-29T04:26:40.000+08:00 123.45",
                "\(Samples.id(12)) \(id) - proposed 0 - 0.00",
            ])
        #expect(
            try lines("readable_withdrawal") == [
                "\(Samples.id(13)) \(id) handed_over 2026-05-29T04:26:40.000+08:00 380.00"
            ])
        let used = "2026-05-27 \(Samples.id(21)) \(Samples.id(900)) 370000 310000 H31000000001"
        #expect(
            try lines("readable_usage") == [
                "giver:\(id) \(used) pharmacy 1.00 - \(Samples.id(2))",
                "institution:H31000000001 \(used) wellness 1.00 2026-05-27 -",
            ])
        let names = try queue.read { database in
            try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        }
        for name in names {
            let text = try lines(name).joined(separator: "\n")
            #expect(!text.contains("6225880100000000"), "\(name) shows a card account")
        }
        #expect(
            try lines("readable_journal").first?.hasPrefix("inbound 1 370000 \(Samples.id(5)) 1 1 ")
                == true)
    }
}
