import Domain
import Foundation
import GRDB
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

@testable import StorageSQLite

@Suite("SQLite store: damage") struct SQLiteDamageTests {
    /// A closed store with some hundred pages.
    private func filled(_ folder: TemporaryFolder) throws -> String {
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        for round in 0..<4 as Range<UInt64> {
            try store.set((1...100).map { Samples.coordination(round * 100 + $0) })
            try store.set((1...100).map { Samples.participation(round * 100 + $0) })
            try store.set((1...30).map { Samples.relation(round * 100 + $0, giver: $0 % 9) })
            try store.set((1...30).map { Samples.withdrawal(round * 100 + $0) })
            try store.add(
                (1...200).map {
                    Samples.usage(.giver(Samples.wallet($0 % 9)), round * 1000 + $0)
                })
            try store.write {
                try $0.append(
                    Samples.entry(.inbound, round + 1, first: round * 300 + 1, count: 300))
            }
        }
        try store.close()
        return path
    }

    private func corruption(_ path: String, _ checking: SQLiteStore.Checking = .afterUncleanEnd)
        -> String?
    {
        do {
            _ = try SQLiteStore(path: path, key: Samples.storeKey, checking: checking)
            return nil
        } catch StoreFailure.corrupt(let what) {
            return what
        } catch {
            return "not corrupt: \(error)"
        }
    }

    @Test("refuses files that are no store, and leaves them as they are")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let text = folder.file("notes.txt")
        try Data(repeating: 0x61, count: 5000).write(to: URL(fileURLWithPath: text))
        #expect(
            corruption(text) == "the file is no SQLite database, or its header is damaged")
        #expect(try Data(contentsOf: URL(fileURLWithPath: text)).count == 5000)
        let other = folder.file("other.db")
        let queue = try DatabaseQueue(path: other)
        try queue.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: other))
        #expect(corruption(other) == "the file is a database, but no store of gongji")
        #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == before)
        #expect(throws: StoreFailure.self) {
            try SQLiteStore(readOnlyPath: other, key: Samples.storeKey)
        }
    }

    @Test("refuses a store that a newer gongji made, and leaves it as it is")
    func newer() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 999") }
        try queue.close()
        let expected = StoreFailure.newerSchema(found: 999, known: SQLiteSchema.version)
        #expect(throws: expected) { try SQLiteStore(path: path, key: Samples.storeKey) }
        #expect(throws: expected) { try SQLiteStore(readOnlyPath: path, key: Samples.storeKey) }
        #expect(expected.description.contains("newer gongji"))
    }

    @Test("refuses a file that ends too early", arguments: [1, 16, 99, 100, 4096, 8192, 40_960])
    func truncated(_ count: Int) throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        try Data.edit(path) { $0 = $0.prefix(count) }
        let what = try #require(corruption(path))
        #expect(!what.hasPrefix("not corrupt"), "\(what)")
    }

    @Test("refuses a damaged header", arguments: [0, 5, 15, 16, 18, 68, 71])
    func header(_ offset: Int) throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        try Data.edit(path) { $0[offset] ^= 0xff }
        let what = try #require(corruption(path))
        #expect(!what.hasPrefix("not corrupt"), "\(what)")
    }

    @Test("finds a damaged page when it is told to look, and after an unclean end by itself")
    func page() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let pages = try Data(contentsOf: URL(fileURLWithPath: path)).count / 4096
        #expect(pages > 100)
        var found = 0
        for page in stride(from: 1, to: pages, by: 7) {
            let copy = try folder.copy(path, to: "page-\(page).db")
            try Data.edit(copy) { data in
                for index in 0..<64 { data[page * 4096 + index] = 0xee }
            }
            if corruption(copy, .always) != nil { found += 1 }
            // A log that is left over, even an empty one of a header only, is an unclean end.
            try Data(repeating: 0, count: 32).write(to: URL(fileURLWithPath: copy + "-wal"))
            if corruption(copy) != nil { found += 1 }
        }
        // All but pages in the middle of a long body, where any octets are as good as others.
        #expect(found > 20)
    }

    /// Reads every row.
    private func walk(_ reading: any StoreReading) throws {
        try reading.forEachCoordination { _ in }
        try reading.forEachParticipation { _ in }
        try reading.forEachRelation { _ in }
        try reading.forEachAccount { _, _ in }
        try reading.forEachPosting { _ in }
        try reading.forEachAnswer { _, _ in }
        try reading.forEachGrants { _, _ in }
        try reading.forEachWithdrawal { _ in }
        try reading.forEachDocumentUse { _, _ in }
        try reading.forEachUsage { _ in }
        for state in WithdrawalState.allCases {
            _ = try reading.withdrawals(in: state, after: .zero, limit: 1000)
        }
        for number in 1...9 as ClosedRange<UInt64> {
            _ = try reading.usage(UsageQuestion(subject: .giver(Samples.wallet(number))))
            _ = try reading.usage(UsageQuestion(subject: .recipient(Samples.wallet(number))))
        }
        _ = try reading.transactionCounts()
        _ = try reading.open(inDoubt: false, limit: 1000)
        _ = try reading.due(at: Samples.now, limit: 1000)
        _ = try reading.links()
        for direction in JournalDirection.allCases {
            _ = try reading.journal(direction, from: 1, limit: 1000)
        }
    }

    @Test("a flipped octet anywhere is an error or goes unnoticed, and never a trap")
    func flipped() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        var random = SeededGenerator.printed("flipped octets of a file")
        for round in 0..<40 {
            let copy = try folder.copy(path, to: "flip-\(round).db")
            try Data.edit(copy) { data in
                for _ in 0..<8 {
                    data[Int.random(in: 0..<size, using: &random)] ^=
                        UInt8.random(in: 1...255, using: &random)
                }
            }
            do {
                let store = try SQLiteStore(path: copy, key: Samples.storeKey)
                try store.read(walk)
                try store.set([Samples.coordination(3, .settled), Samples.coordination(5000)])
            } catch {
                #expect(error is StoreFailure, "\(error)")
            }
        }
    }

    @Test("a body that is no record is damage, with the kind and the key of its row")
    func body() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(
                sql: #"UPDATE coordination SET body = x'0105' WHERE "transaction" = ?"#,
                arguments: [Data(Samples.id(7).bytes)])
        }
        try queue.close()
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        #expect(
            throws: StoreFailure.corrupt(
                "coordination \(Samples.id(7)) does not hold under the key of the store")
        ) {
            try store.read { _ = try $0.coordination(Samples.id(7)) }
        }
        // It answers nothing more; who looks into it may read what is whole.
        #expect(throws: StoreFailure.self) {
            try store.read { try $0.coordination(Samples.id(8)) }
        }
        try? store.close()
        let looking = try SQLiteStore(readOnlyPath: path, key: Samples.storeKey)
        #expect(try looking.read { try $0.coordination(Samples.id(8)) } != nil)
    }

    @Test("a usage record with a field that is none is damage, and never a trap")
    func usageFields() throws {
        let changes = [
            "age = -9223372036854775808", "age = 9223372036854775807", "category = 0",
            "category = 300", "amount = -1", "amount = 9223372036854775807", "insured = 1",
            "care = -1", "institution = ''", "institution = NULL", "reversal_date = 3000000000",
            "\"transaction\" = x'01'", "source = x''", "other = x'02'",
        ]
        for change in changes {
            let folder = try TemporaryFolder()
            let path = folder.file("store.db")
            let subject = UsageQuestion.Subject.giver(Samples.wallet(1))
            let writing = try SQLiteStore(path: path, key: Samples.storeKey)
            try writing.add([Samples.usage(subject, 1)])
            try writing.close()
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "UPDATE usage SET \(change)") }
            try queue.close()
            let store = try SQLiteStore(path: path, key: Samples.storeKey)
            var found: (any Error)?
            do { try store.read { try $0.forEachUsage { _ in } } } catch { found = error }
            if case StoreFailure.corrupt? = found {
            } else {
                Issue.record("\(change): \(String(describing: found))")
            }
            do {
                _ = try store.read { try $0.usage(UsageQuestion(subject: subject)) }
            } catch {
                #expect(error is StoreFailure, "\(change)")
            }
        }
        for subject in ["x''", "x'00'", "x'04aa'", "x'0101'", "x'0361'"] {
            let folder = try TemporaryFolder()
            let path = folder.file("store.db")
            let writing = try SQLiteStore(path: path, key: Samples.storeKey)
            try writing.add([Samples.usage(.giver(Samples.wallet(1)), 1)])
            try writing.close()
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "UPDATE usage SET subject = \(subject)") }
            try queue.close()
            let store = try SQLiteStore(path: path, key: Samples.storeKey)
            #expect(throws: StoreFailure.self) { try store.read { try $0.forEachUsage { _ in } } }
        }
    }
}
