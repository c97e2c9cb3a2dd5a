import Domain
import Foundation
import GRDB
import Ledger
import Settlement
import Signing
import Storage
import Testing
import Wire

@testable import StorageSQLite

/// What somebody with the disk can do: every change keeps the checksums of pages right, as these
/// writes go through the same layer.
@Suite("SQLite store: seals") struct SealedStoreTests {
    private static let key = Samples.storeKey

    /// A closed store with two rows of each kind.
    private func filled(_ folder: TemporaryFolder) throws -> String {
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: SealedStoreTests.key)
        let ids = [Samples.id(1), Samples.id(2)]
        let wallets = [Samples.wallet(1), Samples.wallet(2)]
        let digests = [Samples.digest("1"), Samples.digest("2")]
        try store.write { transaction in
            try transaction.change { keys in
                keys.persons = Set(wallets)
                keys.relations = Set(ids)
                keys.grants = Set(wallets)
                keys.coordinations = Set(ids)
                keys.participations = Set(ids)
                keys.answers = Set(ids)
                keys.identities = Set(digests)
                keys.families = Set(ids)
                keys.documents = Set(digests)
                keys.withdrawals = Set(ids)
                keys.accounts = Set(
                    [.fund] + wallets.map(Account.personal) + ids.map(Account.available))
            } _: { rows in
                for (index, id) in ids.enumerated() {
                    let number = UInt64(index + 1)
                    let wallet = wallets[index]
                    rows.persons[wallet] = Samples.fullPerson(number)
                    rows.relations[id] = Samples.relation(number, giver: number)
                    rows.grants[wallet] = [Samples.grant(number)]
                    rows.coordinations[id] = Samples.coordination(number)
                    rows.participations[id] = Samples.participation(number)
                    rows.answers[id] = Samples.answer(reply: [UInt8(number)])
                    rows.identities[digests[index]] = wallet
                    rows.families[id] = Family(members: [wallet])
                    rows.documents[digests[index]] = Samples.documentUse(number)
                    rows.withdrawals[id] = Samples.withdrawal(number)
                    try rows.books.post([
                        Posting(
                            cause: id, step: .deposit, debit: .fund, credit: .personal(wallet),
                            amount: Samples.fen(1000 * Int64(number))),
                        Posting(
                            cause: id, step: .setQuota, debit: .personal(wallet),
                            credit: .available(relation: id),
                            amount: Samples.fen(100 * Int64(number))),
                    ])
                }
            }
            for number in 1...2 as ClosedRange<UInt64> {
                for direction in JournalDirection.allCases {
                    try transaction.append(
                        Samples.entry(direction, number, first: number * 3 - 2, count: 3))
                }
                _ = try transaction.add(Samples.evidence(number))
                try transaction.setNote("note-\(number)", [UInt8(number)])
            }
            for peer in [Samples.shandong, Samples.zhejiang] {
                try transaction.save(Samples.link(peer))
                try transaction.appendOutbox(peer, first: 5, [[1, 2, 3], [4, 5, 6]])
            }
        }
        try store.add(
            (1...2).map { Samples.usage(.giver(Samples.wallet(1)), $0, fen: Int64($0)) })
        try store.close()
        return path
    }

    private func edit(_ path: String, _ sql: String) throws -> Int {
        let queue = try DatabaseQueue(path: path)
        let changes = try queue.writeWithoutTransaction { database in
            try database.execute(sql: sql)
            return database.changesCount
        }
        try queue.close()
        return changes
    }

    /// What a check finds in the file at `path`.
    private func faults(_ path: String) throws -> [String] {
        let store = try SQLiteStore(readOnlyPath: path, key: SealedStoreTests.key)
        defer { try? store.close() }
        final class Words { var all: [String] = [] }
        let words = Words()
        try store.examine({ words.all.append($0) }) { _ = try $0.examineRows { _, _ in } }
        return words.all
    }

    @Test("a store as it was written holds")
    func holds() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        #expect(try faults(path).isEmpty)
        let store = try SQLiteStore(path: path, key: SealedStoreTests.key)
        #expect(try store.read { try $0.person(Samples.wallet(1)) } == Samples.fullPerson(1))
        try store.write { _ = try $0.takeOutbox(Samples.shandong, count: 1, bytes: 100) }
        try store.write { try $0.setNote("note-1", nil) }
        try store.write { transaction in
            try transaction.change({ $0.persons = [Samples.wallet(1)] }) {
                $0.persons[Samples.wallet(1)] = nil
            }
        }
        try store.close()
        #expect(try faults(path).isEmpty)
    }

    /// The columns of each table by which a row is known, and what it says.
    static let tables: [(table: String, key: String, value: String)] = [
        ("account", "key", "seal"), ("person", "wallet", "body"), ("relation", "id", "body"),
        ("relation", "id", "available_seal"), ("grants", "wallet", "body"),
        ("coordination", "\"transaction\"", "body"),
        ("participation", "\"transaction\"", "body"), ("answer", "id", "body"),
        ("identity", "\"index\"", "body"), ("family", "id", "body"),
        ("document", "digest", "body"), ("withdrawal", "id", "body"),
        ("evidence", "number", "body"), ("link", "peer", "body"),
        ("outbox", "peer * 1000 + sequence", "frame"), ("note", "name", "value"),
        ("usage", "\"transaction\"", "seal"), ("journal_inbound", "number", "envelope"),
        ("journal_outbound", "number", "chain"), ("posting", "number", "chain"),
    ]

    @Test("a bit of any row, and the octets of another row of its table", arguments: tables)
    func changed(_ table: String, _ key: String, _ value: String) throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let first = "(SELECT min(\(key)) FROM \(table))"
        let last = "(SELECT max(\(key)) FROM \(table))"
        let bit = try folder.copy(path, to: "bit.db")
        let end = "length(\(value))"
        let flipped =
            "CASE hex(substr(\(value), \(end), 1)) WHEN '00' THEN x'01' ELSE x'00' END"
        #expect(
            try edit(
                bit,
                """
                UPDATE \(table) SET \(value) =
                    CAST(substr(\(value), 1, \(end) - 1) || \(flipped) AS BLOB)
                WHERE \(key) = \(first)
                """) == 1)
        #expect(!(try faults(bit)).isEmpty, "a bit of \(value) of \(table)")
        let swapped = try folder.copy(path, to: "swapped.db")
        #expect(
            try edit(
                swapped,
                """
                UPDATE \(table) SET \(value) =
                    (SELECT \(value) FROM \(table) WHERE \(key) = \(last))
                WHERE \(key) = \(first)
                """) == 1)
        #expect(!(try faults(swapped)).isEmpty, "\(value) of another row of \(table)")
    }

    @Test("a row that was taken away is missed", arguments: tables)
    func deleted(_ table: String, _ key: String, _ value: String) throws {
        // Records of usage are checked against transactions, by the audit.
        guard table != "usage" else { return }
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        for which in ["min", "max"] {
            let copy = try folder.copy(path, to: "\(which).db")
            #expect(
                try edit(
                    copy,
                    "DELETE FROM \(table) WHERE \(key) = (SELECT \(which)(\(key)) FROM \(table))")
                    == 1)
            #expect(!(try faults(copy)).isEmpty, "the \(which) of \(table)")
        }
    }

    @Test("a row as it once was holds by itself, and is found by the sum of all")
    func replayed() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let old = try folder.copy(path, to: "old.db")
        let store = try SQLiteStore(path: path, key: SealedStoreTests.key)
        try store.write { transaction in
            try transaction.change {
                $0.persons = [Samples.wallet(1)]
                $0.withdrawals = [Samples.id(1)]
                $0.accounts = [.fund, .personal(Samples.wallet(1))]
            } _: { rows in
                rows.persons[Samples.wallet(1)]?.violation = nil
                rows.withdrawals[Samples.id(1)]?.state = .paid
                try rows.books.post([
                    Posting(
                        cause: Samples.id(9), step: .deposit, debit: .fund,
                        credit: .personal(Samples.wallet(1)), amount: Samples.fen(7))
                ])
            }
        }
        try store.close()
        #expect(try faults(path).isEmpty)
        for (number, sql) in [
            "UPDATE person SET body = (SELECT body FROM old.person o WHERE o.wallet = person.wallet)",
            """
            UPDATE withdrawal SET (state, body) =
                (SELECT state, body FROM old.withdrawal o WHERE o.id = withdrawal.id)
            """,
            """
            UPDATE account SET (balance, seal) =
                (SELECT balance, seal FROM old.account o WHERE o.key = account.key)
            """,
        ].enumerated() {
            let copy = try folder.copy(path, to: "replayed-\(number).db")
            _ = try edit(copy, "ATTACH '\(old)' AS old; \(sql); DETACH old")
            let found = try faults(copy)
            #expect(found.count == 1, "\(found)")
            #expect(found.first?.contains("as they once were") == true, "\(found)")
        }
    }

    @Test("columns that are to find a row say what the row says")
    func columns() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        for (number, change) in [
            "coordination SET wake = NULL", "coordination SET live = NULL",
            "coordination SET state = 5", "coordination SET amount = amount + 1",
            "coordination SET business_date = NULL", "coordination SET created = 1",
            "participation SET wake = wake + 1", "participation SET care = 330000",
            "participation SET amount = 1", "relation SET giver = x'00'",
            "relation SET giver = recipient", "relation SET recipient = NULL",
            "relation SET phase = 6", "relation SET wake = NULL", "relation SET open_holds = 0",
            "withdrawal SET state = 3", "withdrawal SET amount = 1",
            "withdrawal SET wallet = id", "withdrawal SET created = 0",
            "evidence SET accused = 440000", "evidence SET at = 0",
        ].enumerated() {
            let copy = try folder.copy(path, to: "column-\(number).db")
            #expect(try edit(copy, "UPDATE \(change)") > 0)
            #expect(!(try faults(copy)).isEmpty, "\(change)")
        }
        for change in [
            "tally SET count = count + 1 WHERE part = 1", "tally SET count = 1 WHERE part = 3",
        ] {
            let copy = try folder.copy(path, to: "tally-\(change.hashValue).db")
            #expect(try edit(copy, "UPDATE \(change)") > 0)
            #expect(!(try faults(copy)).isEmpty, "\(change)")
        }
    }

    @Test(
        "a row that does not hold is refused when it is loaded, and the store then answers nothing")
    func refusedWhenLoaded() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let wallet = Samples.wallet(1)
        let account = "account personal:\(wallet) does not hold under the key of the store"
        _ = try edit(
            path,
            "UPDATE account SET balance = balance + 100000000 WHERE substr(key, 1, 1) = x'02'")
        let store = try SQLiteStore(path: path, key: SealedStoreTests.key)
        #expect(throws: StoreFailure.corrupt(account)) {
            try store.read { try $0.balance(.personal(wallet)) }
        }
        #expect(throws: StoreFailure.corrupt(account)) { try store.write { _ = try $0.links() } }
    }

    @Test(
        "what was added behind the last posting or journal entry, or taken away there, is refused")
    func ends() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        for (number, sql) in [
            """
            INSERT INTO posting (at, cause, step, debit, credit, amount, chain)
            SELECT at, cause, step, debit, credit, 100000000, chain FROM posting LIMIT 1
            """,
            "DELETE FROM posting WHERE number = (SELECT max(number) FROM posting)",
            "DELETE FROM journal_inbound WHERE number = 2",
            "DELETE FROM journal_outbound WHERE number = 2",
            "DELETE FROM tally WHERE part = 3", "DELETE FROM tally WHERE part = 4",
            "UPDATE tally SET count = 1 WHERE part = 3",
            "CREATE TRIGGER more AFTER INSERT ON posting BEGIN DELETE FROM note; END",
            "DROP INDEX relation_wake", "CREATE TABLE other (x)",
        ].enumerated() {
            let copy = try folder.copy(path, to: "end-\(number).db")
            _ = try edit(copy, sql)
            do {
                _ = try SQLiteStore(path: copy, key: SealedStoreTests.key)
                Issue.record("opened after \(sql)")
            } catch let failure as StoreFailure {
                guard case .corrupt = failure else { throw failure }
            }
        }
    }

    @Test("another key is named as such, and changes nothing")
    func otherKey() throws {
        let folder = try TemporaryFolder()
        let path = try filled(folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let other = try StoreKey.generate()
        #expect(throws: StoreFailure.otherKey) { try SQLiteStore(path: path, key: other) }
        #expect(throws: StoreFailure.otherKey) { try SQLiteStore(readOnlyPath: path, key: other) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(StoreFailure.otherKey.description.contains("put that one back"))
    }

    @Test("card numbers, days of birth and reasons stand in no file, neither in use nor after")
    func atRest() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: SealedStoreTests.key)
        let first = Samples.fullPerson(1)
        var second = first
        second.cardAccount = Person.CardAccount(
            bank: "CMB", number: "6225880199999999", since: Samples.now, setBy: "S-1")
        second.violation = nil
        let card = Bytes("6225880100000000".utf8)
        for person in [first, second] {
            try store.write { transaction in
                try transaction.change {
                    $0.persons = [person.wallet]
                    $0.answers = [Samples.id(1)]
                    $0.withdrawals = [Samples.id(1)]
                } _: { rows in
                    rows.persons[person.wallet] = person
                    // As a payout that was exported.
                    rows.answers[Samples.id(1)] = Samples.answer(reply: [9, 9] + card)
                    rows.withdrawals[Samples.id(1)] = Samples.withdrawal(1)
                }
            }
        }
        var born = ByteWriter()
        born.date(try #require(first.born))
        // Two octets alone stand anywhere: with what is written before and after them in its record.
        let record = first.encoded()
        let place = try #require(record.firstRange(of: born.bytes)?.lowerBound)
        let around = Bytes(record[(place - 4)..<(place + born.bytes.count + 4)])
        let secrets = [
            card, Bytes("6225880199999999".utf8), Bytes("倒卖药品".utf8),
            Bytes("account closed".utf8), Bytes("审核 0004".utf8), around,
        ]
        #expect(record.firstRange(of: card) != nil && record.firstRange(of: around) != nil)
        func look() throws {
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
                let octets = try Data(contentsOf: URL(fileURLWithPath: path + suffix))
                for secret in secrets {
                    #expect(octets.range(of: Data(secret)) == nil, "\(suffix) has \(secret)")
                }
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count > 4096)
        try look()
        try store.close()
        try look()
    }
}
