import Domain
import Foundation
import Gateway
import Glibc
import Ledger
import Testing
import Wire

/// A node whose store is older than what its peers have had from it (design §4).
@Suite(.serialized) struct RestoredBackup {
    private static let restored = ProvinceNetwork.shanghai
    private static let peer = ProvinceNetwork.shandong
    private static let third = ProvinceNetwork.guangdong

    @Test func aNodeWithAnOldStoreStandsStillAndOnlyItsOwnLinksWithIt() throws {
        let network = try ProvinceNetwork(nodes: [
            RestoredBackup.restored, RestoredBackup.peer, RestoredBackup.third,
        ])
        try network.start()
        let restored = network[RestoredBackup.restored]
        let peer = network[RestoredBackup.peer]
        let third = network[RestoredBackup.third]
        let mother = try peer.desk().person(fen: 10_000)
        func settle(at node: TestNode, fen: Int64) throws {
            let desk = try node.desk()
            let reserved = try desk.done(.reserve(mother, of: peer.province, fen: fen))
            try desk.done(.commit(reserved, fen: fen))
        }
        try settle(at: restored, fen: 100)

        #expect(try restored.stop() == .code(0))
        try copyStore(restored.storePath, to: restored.storePath + ".old")
        try restored.start()
        try network.waitUntilConnected()
        for _ in 0..<3 { try settle(at: restored, fen: 100) }
        #expect(try restored.stop() == .code(0))
        try copyStore(restored.storePath, to: restored.storePath + ".new")

        try copyStore(restored.storePath + ".old", to: restored.storePath)
        try restored.start(waiting: false)
        try restored.waitFor(state: "stopped")
        let halt = try #require(try restored.status().halt)
        #expect(halt.contains(peer.province.description))
        #expect(
            try restored.desk().refusal(.reserve(mother, of: peer.province, fen: 1)) == .nodeStopped
        )
        #expect(Status.nodeStopped.rawValue == 5)
        let before = try restored.books()

        // What is there can still be read.
        #expect(try restored.desk().refusal(.showWallet(mother)) == nil)
        #expect(try restored.status().refusals.clients["node_stopped", default: 0] == 1)

        try eventually(
            "the peer to notice",
            seen: { "\(String(describing: try? peer.peer(restored.province)))" }
        ) {
            try peer.peer(restored.province).standstill != nil
        }
        #expect(try peer.peer(restored.province).standstill?.state == "peer_store_is_older")
        #expect(try peer.status().state == "running")
        #expect(try peer.peer(third.province).standstill == nil)
        for _ in 0..<3 { try settle(at: third, fen: 50) }
        #expect(try restored.books() == before)

        // A node that stands still does not burn the processor.
        let used = try restored.status().process.cpuSeconds
        pause(milliseconds: 1500)
        #expect(try restored.status().process.cpuSeconds - used < 0.15)

        // It stands still after a restart too.
        restored.kill()
        try restored.start(waiting: false)
        try restored.waitFor(state: "stopped")
        #expect(
            try restored.desk().refusal(.reserve(mother, of: peer.province, fen: 1)) == .nodeStopped
        )

        // The newest store is put back, and all goes on.
        restored.kill()
        try copyStore(restored.storePath + ".new", to: restored.storePath)
        try restored.start()
        try eventually("the link to run again") {
            try peer.peer(restored.province).standstill == nil
        }
        try settle(at: restored, fen: 100)
        try network.waitUntilBooksAgree()
        #expect(
            try restored.books().balance(.receivable(peer.province)) == 500)
    }
}
