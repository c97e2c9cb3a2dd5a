import Domain
import Foundation
import GRDB
import Signing
import Storage
import StorageSQLite
import Testing
import Wire

/// Somebody with the disk of a node that stands still rewrites its store, with all checksums of
/// pages as they must be.
@Suite(.serialized) struct RewrittenStore {
    private static let million = 100_000_000
    private let network: ProvinceNetwork
    private let node: TestNode
    private let giver: WalletID

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong, ProvinceNetwork.shanghai])
        node = network[ProvinceNetwork.shandong]
        try network.start()
        giver = try node.desk().person(fen: 10_000)
        #expect(try node.stop() == .code(0))
        // It brings the layer with the checksums into this process.
        #expect(try check().holds)
    }

    /// What `gongji store check` finds.
    private func check() throws -> StoreCheckReport {
        let directory = try #require(network.directory)
        let store = try SQLiteStore(readOnlyPath: node.storePath, key: node.storeKey())
        defer { try? store.close() }
        return try StoreCheck(
            of: node.province, sm3: SM3Hashing(),
            signers: StoreCheck.Signers(network: network.name, verifier: Verifier(directory))
        ).run(store)
    }

    private func rewrite(_ statements: String...) throws {
        let queue = try DatabaseQueue(path: node.storePath)
        try queue.writeWithoutTransaction { database in
            for sql in statements { try database.execute(sql: sql) }
        }
        try queue.close()
    }

    private var account: String { "x'02\(giver)'" }

    private func words(_ report: StoreCheckReport, _ part: StoreCheckReport.Part) -> [String] {
        report.faults.filter { $0.part == part }.map(\.words)
    }

    @Test("A million yuan and its posting: the node does not start, and the check names both")
    func million() throws {
        try rewrite(
            "UPDATE account SET balance = balance + \(RewrittenStore.million) WHERE key = \(account)",
            "UPDATE account SET balance = balance + \(RewrittenStore.million) WHERE key = x'01'",
            """
            INSERT INTO posting (at, cause, step, debit, credit, amount, chain)
            SELECT at, randomblob(16), step, debit, credit, \(RewrittenStore.million), chain
            FROM posting WHERE step = 1
            """)
        let report = try check()
        #expect(words(report, .rows).contains { $0.contains("account personal:\(giver)") })
        #expect(words(report, .rows).contains { $0.contains("posting 2 does not hold") })
        #expect(words(report, .balances).isEmpty, "the sums were made to agree")
        let causes = words(report, .causes)
        #expect(causes.count == 1, "\(causes)")
        #expect(
            causes.first?.hasPrefix("posting 2, deposit of \(RewrittenStore.million) fen") == true
                && causes.first?.hasSuffix("there is no answered request with this id") == true)
        let end = try node.startInVain()
        #expect(end.exit == .code(1))
        #expect(end.words.contains("the last posting is 2, and the head of the store says 1"))
    }

    @Test(
        "A million yuan without a posting: the row is refused when it is loaded, and the node ends")
    func withoutPosting() throws {
        try rewrite(
            "UPDATE account SET balance = balance + \(RewrittenStore.million) WHERE key = \(account)"
        )
        let report = try check()
        #expect(words(report, .rows).contains { $0.contains("account personal:\(giver)") })
        #expect(
            words(report, .balances) == [
                "personal:\(giver) has \(10_000 + RewrittenStore.million) fen, its postings make 10000"
            ])
        try node.start()
        _ = try? node.desk().ask(.deposit(giver, fen: 1))
        #expect(try node.process?.waitForExit() == .code(1))
        #expect(node.log.contains("does not hold under the key of the store"), "\(node.lastWords)")
        #expect(!node.log.contains(String(RewrittenStore.million)), "no content in the log")
    }

    @Test("Another store key, none, or one that others can read: the node does not start")
    func key() throws {
        let file = "\(node.folder)/store.key"
        let aside = file + ".aside"
        try FileManager.default.moveItem(atPath: file, toPath: aside)
        #expect(try node.startInVain().exit == .code(1))
        try StoreKey.generate().write(to: file)
        let end = try node.startInVain()
        #expect(end.exit == .code(1))
        #expect(end.words.contains("store_key") && end.words.contains("put that one back"))
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: aside, toPath: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        let open = try node.startInVain()
        #expect(open.exit == .code(1))
        #expect(open.words.contains("chmod 600"), "\(open.words)")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        try node.start()
    }
}
