import Domain
import Foundation
import Gateway
import Glibc
import Ledger
import Testing
import Wire

/// A node whose store was damaged while it was down says so and ends; with the true store it goes on.
@Suite(.serialized) struct DamagedStore {
    private let network: ProvinceNetwork
    private let node: TestNode
    private let peer: TestNode
    private let mother: WalletID

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong, ProvinceNetwork.shanghai])
        node = network[ProvinceNetwork.shanghai]
        peer = network[ProvinceNetwork.shandong]
        try network.start()
        mother = try peer.desk().person(fen: 10_000)
    }

    private func settle(_ fen: Int64) throws {
        let desk = try node.desk()
        let reserved = try desk.done(.reserve(mother, of: peer.province, fen: fen))
        try desk.done(.commit(reserved, fen: fen))
    }

    /// Kills the node, damages its store, expects it to refuse it with `words`, puts the true store
    /// back and settles with it.
    private func expectRefusal(_ words: String..., damage: (String) throws -> Void) throws {
        try settle(100)
        node.kill()
        let kept = node.storePath + ".kept"
        try copyStore(node.storePath, to: kept)
        try damage(node.storePath)
        let end = try node.startInVain()
        #expect(end.exit == .code(1), "\(end.words)")
        for word in ["the store is damaged, and is not served"] + words {
            #expect(end.words.contains(word), "\(end.words)")
        }
        try copyStore(kept, to: node.storePath)
        try node.start()
        try network.waitUntilConnected()
        try settle(100)
        try network.waitUntilBooksAgree()
    }

    private func edit(_ path: String, _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        change(&data)
        try data.write(to: URL(fileURLWithPath: path))
    }

    @Test func aLogThatLostItsEndIsRefused() throws {
        let words = ["were made in it", "put the newest store back", "-mark"]
        for share in [1, 3, 5] {
            try expectRefusal(words[0], words[1], words[2]) { path in
                try edit(path + "-wal") { $0 = $0.prefix($0.count * share / 6) }
            }
        }
        try expectRefusal(words[0]) { path in
            try FileManager.default.removeItem(atPath: path + "-wal")
        }
    }

    @Test func anOctetThatChangedInTheLogIsRefused() throws {
        try expectRefusal("were made in it") { path in
            // In the page of the second frame.
            try edit(path + "-wal") { $0[32 + 4120 + 24 + 700] ^= 1 }
        }
    }

    @Test func aFileThatWasCutOffOrChangedIsRefused() throws {
        // A clean end brings everything into the file.
        func restart() throws {
            #expect(try node.stop() == .code(0))
            try node.start()
            try network.waitUntilConnected()
        }
        try restart()
        try expectRefusal { path in try edit(path) { $0 = $0.prefix($0.count / 2) } }
        try restart()
        try expectRefusal { path in
            try edit(path) { data in
                for page in stride(from: 1, to: data.count / 4096, by: 1) {
                    data[page * 4096 + 4000] ^= 0x20
                }
            }
        }
    }

    /// What only money lost, with nothing sent: no peer could know.
    @Test func anOlderCopyOfTheStoreAloneIsRefused() throws {
        #expect(try node.stop() == .code(0))
        let old = try Data(contentsOf: URL(fileURLWithPath: node.storePath))
        try node.start()
        try network.waitUntilConnected()
        _ = try node.desk().person(fen: 700)
        #expect(try node.stop() == .code(0))
        let new = try Data(contentsOf: URL(fileURLWithPath: node.storePath))
        try old.write(to: URL(fileURLWithPath: node.storePath))
        let end = try node.startInVain()
        #expect(end.exit == .code(1))
        #expect(end.words.contains("were made in it"), "\(end.words)")
        try new.write(to: URL(fileURLWithPath: node.storePath))
        try node.start()
    }
}
