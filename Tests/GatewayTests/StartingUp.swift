import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Testing
import Wire

/// A node that must not start says why, and ends with code 1.
@Suite(.serialized) struct StartingUp {
    private let network: ProvinceNetwork
    private let node: TestNode

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong, ProvinceNetwork.shanghai])
        node = network[ProvinceNetwork.shandong]
        try network.publish()
    }

    private func expectRefusal(_ node: TestNode, _ words: String...) throws {
        let end = try node.startInVain()
        #expect(end.exit == .code(1), "\(end.words)")
        for word in words { #expect(end.words.contains(word), "\(end.words)") }
    }

    private func setMode(_ mode: Int, _ name: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(node.folder)/\(name)")
    }

    @Test("Another identity key than the one of its store stops it")
    func otherIdentityKey() throws {
        try node.start()
        #expect(try node.stop() == .code(0))
        let kept = "\(node.folder)/identity.key"
        let aside = kept + ".aside"
        try FileManager.default.moveItem(atPath: kept, toPath: aside)
        try IdentityKey.generate().write(to: kept)
        try expectRefusal(node, "identity_key", "put that one back")
        try FileManager.default.removeItem(atPath: kept)
        try FileManager.default.moveItem(atPath: aside, toPath: kept)
        try node.start()
    }

    @Test("A secret that others can read stops it", arguments: ["signing.key", "curve.key"])
    func openSecret(_ name: String) throws {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            try setMode(mode, name)
            try expectRefusal(node, name, "0\(String(mode, radix: 8))", "chmod 600")
        }
        try setMode(0o600, name)
        try node.start()
    }

    @Test func theStoreOfAnotherProvinceStopsIt() throws {
        try node.start()
        #expect(try node.stop() == .code(0))
        let other = network[ProvinceNetwork.shanghai]
        try copyStore(node.storePath, to: other.storePath)
        try expectRefusal(other, "store_key", "put that one back")
        try FileManager.default.removeItem(atPath: "\(other.folder)/store.key")
        try FileManager.default.copyItem(
            atPath: "\(node.folder)/store.key", toPath: "\(other.folder)/store.key")
        try expectRefusal(other, "store", "belongs to", "370000")
    }

    @Test func aStoreThatAnotherNodeHasOpenStopsIt() throws {
        try node.start()
        let twin = try TestNode(folder: node.folder, node.configuration)
        twin.configuration.listen = "tcp://127.0.0.1:\(try freePort())"
        twin.configuration.service = "ipc://twin.service.ipc"
        twin.configuration.status = "ipc://twin.status.ipc"
        twin.configuration.events = "ipc://twin.events.ipc"
        try expectRefusal(twin, "store", "another process")
        // The first one has not noticed.
        _ = try node.desk().person(fen: 1)
    }

    @Test func whatIsNoStoreStopsIt() throws {
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: node.storePath))
        try setMode(0o600, node.configuration.store)
        try expectRefusal(node, "store", "no SQLite database")
    }

    @Test func aDirectoryThatDoesNotNameItStopsIt() throws {
        try network.publish(without: [ProvinceNetwork.shandong])
        try expectRefusal(node, "does not name province 370000")
    }

    @Test func aDirectoryWithABadSignatureStopsIt() throws {
        var files = try network.draft().signed(by: network.authority.authority)
        files.signature[12] ^= 1
        try network.force(files.directory, files.signature)
        try expectRefusal(node, "not a signature of a trusted root")
    }

    @Test func aKeyThatTheDirectoryDoesNotHoldStopsIt() throws {
        let folder = NodeFolder(node.folder)
        _ = try network.authority.rotate(node.province, into: folder, now: Clock.now())
        try folder.activateNext()
        try expectRefusal(node, "does not hold this node's signing certificate")
    }

    @Test func aKeyWithTheCertificateOfAnotherStopsIt() throws {
        let other = NodeFolder(network[ProvinceNetwork.shanghai].folder)
        node.configuration.signingCertificate = other.certificateFile()
        try expectRefusal(node, "certificate")
    }

    @Test func aConfigurationThatIsNoneStopsIt() throws {
        node.configuration.province = "123"
        try expectRefusal(node, "123", "GB/T 2260")
    }

    @Test func anAddressThatIsTakenStopsIt() throws {
        try node.start()
        let other = network[ProvinceNetwork.shanghai]
        other.configuration.listen = node.configuration.listen
        try expectRefusal(other, node.configuration.listen)
    }

    @Test func aStoreThatOthersReachStopsIt() throws {
        try node.start()
        #expect(try node.stop() == .code(0))
        try setMode(0o644, node.configuration.store)
        try expectRefusal(node, node.configuration.store, "0644", "chmod 600")
        try setMode(0o600, node.configuration.store)
        // Behind a link, in a folder into which all may put files.
        let open = try ShortFolder()
        #expect(chmod(open.path, 0o1777) == 0)
        let moved = "\(open.path)/store"
        for suffix in ["", "-mark"]
        where FileManager.default.fileExists(atPath: node.storePath + suffix) {
            try FileManager.default.moveItem(
                atPath: node.storePath + suffix, toPath: moved + suffix)
        }
        try FileManager.default.createSymbolicLink(
            atPath: node.storePath, withDestinationPath: moved)
        try expectRefusal(node, open.path, "01777")
        #expect(chmod(open.path, 0o700) == 0)
    }

    @Test func aConfigurationThatOthersChangeStopsIt() throws {
        try node.start()
        #expect(try node.stop() == .code(0))
        try setMode(0o666, "../../pki/root.pem")
        try expectRefusal(node, "root.pem", "0666", "chmod go-w")
        try setMode(0o644, "../../pki/root.pem")
    }

    @Test func anOlderListOfRevokedCertificatesThanTheLastOneStopsIt() throws {
        let authority = network.authority.authority
        func list(_ number: UInt64) throws -> RevocationList {
            try authority.revocationList(
                number: number, [], thisUpdate: network.now,
                nextUpdate: network.now.advanced(byMilliseconds: 86_400_000))
        }
        network.revocationList = try list(90)
        try network.publish()
        try node.start()
        network.revocationList = try list(89)
        try network.publish()
        // While it runs the directory that has the newer list stays in force.
        try eventually("the refusal") {
            try node.status().directory.lastReloadFailure?.contains("takes revocations back")
                == true
        }
        #expect(try node.stop() == .code(0))
        try expectRefusal(node, "number 89", "number 90")
    }

    @Test func anOlderDirectoryThanTheLastOneStopsIt() throws {
        let old = (try network.draft().signed(by: network.authority.authority))
        try network.publish()
        try node.start()
        #expect(try node.status().directory.version == 2)
        #expect(try node.stop() == .code(0))
        try network.force(old.directory, old.signature)
        try expectRefusal(node, "version 1 is older than version 2")
    }

    @Test func aNodeEndsWithoutFaultWhenItIsToldTo() throws {
        for signal in [SIGTERM, SIGINT] {
            try node.start()
            node.signal(signal)
            #expect(try node.process?.waitForExit() == .code(0))
        }
    }

    @Test func itsFilesAreItsOwn() throws {
        try node.start()
        for name in [
            node.configuration.store, node.configuration.store + "-wal", "service.ipc",
            "status.ipc", "events.ipc",
        ] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: "\(node.folder)/\(name)")
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
            #expect(mode & 0o077 == 0, "\(name) has mode \(String(mode, radix: 8))")
        }
    }
}
