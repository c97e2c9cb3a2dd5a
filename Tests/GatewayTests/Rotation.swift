import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Storage
import Testing
import Wire
import ZeroMQ

/// Keys, certificates and the directory change while nodes run.
@Suite(.serialized) struct Rotation {
    private static let care = ProvinceNetwork.shanghai
    private static let wallet = ProvinceNetwork.shandong

    private let network: ProvinceNetwork
    private let care: TestNode
    private let wallet: TestNode
    private let mother: WalletID

    init() throws {
        network = try ProvinceNetwork(nodes: [Rotation.care, Rotation.wallet])
        try network.start()
        care = network[Rotation.care]
        wallet = network[Rotation.wallet]
        mother = try wallet.desk().person(fen: 100_000)
    }

    private func settle(at node: TestNode? = nil, fen: Int64 = 100) throws {
        let desk = try (node ?? care).desk()
        let reserved = try desk.done(.reserve(mother, of: wallet.province, fen: fen))
        try desk.done(.commit(reserved, fen: fen))
    }

    private func waitUntilLoaded(_ version: UInt64, _ nodes: [TestNode]) throws {
        for node in nodes {
            try eventually("directory \(version) at \(node.province)", seen: { node.lastWords }) {
                try node.status().directory.version == version
            }
        }
    }

    private func publish(without absent: Set<ProvinceCode> = []) throws {
        try network.publish(without: absent)
        try waitUntilLoaded(
            network.version, network.nodes.values.filter { !absent.contains($0.province) })
    }

    @Test func aKeyIsReplacedWithoutLosingAMessageOrItsEvidence() throws {
        try settle()
        let folder = NodeFolder(care.folder)
        let old = try folder.certifiedKey().keyID
        _ = try network.authority.rotate(care.province, into: folder, now: Clock.now())
        try publish()

        // Something is in flight when the key changes.
        wallet.kill()
        let reserve = Gongji_V1_ServiceRequest.reserve(mother, of: wallet.province, fen: 700)
        try care.desk().send(reserve)
        try eventually("a message in flight") {
            try care.peer(wallet.province).inFlightMessages > 0
        }
        care.kill()
        try folder.activateNext()
        let new = try folder.certifiedKey().keyID
        #expect(new != old)
        try care.start(waiting: false)
        try wallet.start(waiting: false)
        try network.waitUntilConnected()
        let desk = try care.desk()
        #expect(try desk.ask(reserve).isReservation)
        #expect(try desk.ask(.commit(reserve.identifier, fen: 700)).isSettled)
        try network.waitUntilBooksAgree()

        // Now the old one is revoked; what it signed before stays evidence.
        pause(milliseconds: 1100)
        _ = try network.authority.revoke(
            old, reason: .superseded, revokedAt: Clock.now(), now: Clock.now())
        try publish()
        try settle()
        let directory = try DirectoryDocument.load(
            folder: network.path, roots: [network.authority.root], network: network.name,
            current: nil, now: Clock.now())
        for node in [care, wallet] {
            for direction in JournalDirection.allCases {
                var signers: Set<Digest> = []
                let report = try node.read { store in
                    try JournalVerification.run(
                        store, direction, at: node.province, network: network.name,
                        verifier: Verifier(directory), sm3: SM3Hashing()
                    ) { entry, _ in
                        signers.insert(try BatchEnvelope(decoding: entry.envelope).keyID)
                    }
                }
                #expect(report.firstBreak == nil, "\(node.province) \(direction.word)")
                #expect(report.entries > 0)
                let isCares = (node === care) == (direction == .outbound)
                #expect(signers.contains(old) == isCares)
                #expect(signers.contains(new) == isCares)
            }
        }
    }

    @Test func aNodeWhoseCertificateIsRevokedWhileItRunsStandsStillAndSaysSo() throws {
        try settle()
        let folder = NodeFolder(care.folder)
        _ = try network.authority.revoke(
            try folder.certifiedKey().keyID, reason: .keyCompromise, revokedAt: Clock.now(),
            now: Clock.now())
        _ = try network.authority.rotate(care.province, into: folder, now: Clock.now())
        try publish()
        let before = try wallet.books()
        let received = try wallet.received(from: care.province)
        let reserve = Gongji_V1_ServiceRequest.reserve(mother, of: wallet.province, fen: 40)
        try eventually("the node that stands still") {
            try care.status().state == "stopped"
        }
        #expect(try care.status().halt?.contains("certificate_revoked") == true)
        #expect(try care.desk().refusal(reserve) == .nodeStopped)
        pause(milliseconds: 1200)
        #expect(try wallet.received(from: care.province) == received)
        #expect(try wallet.books() == before)

        // With its new key it says the same again, and is heard.
        care.kill()
        try folder.activateNext()
        try care.start()
        #expect(try care.desk().ask(reserve).isReservation)
    }

    @Test func aProvinceThatJoinsIsConnectedWithoutARestart() throws {
        let processes = [care, wallet].map { $0.process?.pid }
        let third = try network.add(node: ProvinceNetwork.guangdong)
        #expect(
            try care.desk().refusal(.reserve(mother, of: third.province, fen: 1))
                == .unknownProvince)
        try network.publish()
        try third.start()
        try waitUntilLoaded(network.version, [care, wallet])
        try network.waitUntilConnected()
        try settle(at: third)
        try settle()
        #expect([care, wallet].map { $0.process?.pid } == processes)

        // And leaves again: it is not heard any more, and holds on to what it knew.
        try network.publish(without: [third.province])
        try waitUntilLoaded(network.version, [care, wallet])
        let received = try wallet.received(from: third.province)
        try third.desk().send(.reserve(mother, of: wallet.province, fen: 1))
        try eventually("the refusal", seen: { wallet.lastWords }) {
            try isTurnedOut(of: wallet)
        }
        #expect(try wallet.received(from: third.province) == received)
        try eventually("the one that left to see it") {
            try third.status().directory.lastReloadFailure?.contains("440000") == true
        }
        #expect(try third.status().directory.version == network.version - 1)
        try settle()
    }

    @Test func aCurveKeyThatWasReplacedIsNotHeardOnItsOldConnection() throws {
        let member = try network.add(member: ProvinceNetwork.sichuan)
        try publish()
        let thief = try HostilePeer(member, in: network, against: wallet)
        try thief.isAnswered()
        let before = try wallet.books()
        network.replaceAddress(
            of: member.address.province, curvePublicKey: try CurveKeyPair.generate().publicKey)
        try publish()
        try thief.send(try thief.forge())
        try eventually("the refusal") { try isTurnedOut(of: wallet) }
        #expect(try wallet.books() == before)
        let again = try HostilePeer(
            try network.add(member: ProvinceNetwork.guizhou), in: network, against: wallet,
            curve: try HostilePeer.curveKeys(of: member))
        #expect(try !again.connects(within: 1200))
        #expect(try wallet.status().refusals.last.last?.reason == "unknown_curve_key")
    }

    /// An old connection of a key that has left says nothing any more, and ends within a second or two.
    private func isTurnedOut(of node: TestNode) throws -> Bool {
        try node.status().connections["peers"]?.refused["key_left", default: 0] ?? 0 > 0
    }

    @Test func aHangUpSignalLoadsTheDirectoryAndEndsNothing() throws {
        let pid = care.process?.pid
        for _ in 0..<25 {
            care.signal(SIGHUP)
            usleep(5000)
        }
        try network.publish()
        care.signal(SIGHUP)
        try waitUntilLoaded(2, [care, wallet])
        #expect(care.process?.hasEnded == false)
        #expect(care.process?.pid == pid)
        #expect(try care.status().directory.lastReloadFailure == nil)
        try settle()
    }

    // MARK: What is not loaded

    @Test func aDirectoryThatIsNotRightLeavesTheOldOneInForce() throws {
        let authority = network.authority.authority
        let first = try network.draft().signed(by: authority)
        try publish()
        let root = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: "Gongji test",
                commonName: "\(network.name) root"),
            key: .generate(.sm2WithSM3), validity: Validity(from: Clock.now(), days: 30))

        func files(_ change: (inout DirectoryDraft) throws -> Void) throws -> (Bytes, Bytes) {
            var draft = try network.draft()
            draft.version = 9
            try change(&draft)
            let files = try draft.signed(by: authority)
            return (files.directory, files.signature)
        }
        func withCertificate(_ certificate: X509Certificate) throws -> (Bytes, Bytes) {
            try files { draft in
                draft.nodes = draft.nodes.map { node in
                    DirectoryNode(
                        province: node.province, endpoint: node.endpoint,
                        curvePublicKey: node.curvePublicKey,
                        certificates: node.certificates
                            + (node.province == care.province ? [certificate] : []))
                }
            }
        }
        func certificate(
            by issuer: CertificateAuthority, of province: ProvinceCode = Rotation.care,
            _ change: (inout CertificateTemplate) -> Void = { _ in }
        ) throws -> X509Certificate {
            var template = CertificateTemplate(
                subject: CertificateSubject(
                    province: province, organization: "Gongji test", commonName: "node"),
                publicKey: try SigningKey.generate(.sm2WithSM3).publicKey,
                validity: Validity(from: Clock.now(), days: 2))
            change(&template)
            return try issuer.issue(template)
        }
        let good = try files { _ in }
        var flipped = good
        flipped.1[12] ^= 1
        var altered = good
        altered.0[altered.0.count / 2] ^= 1
        let foreign = try network.draft().signed(by: root)
        let cases: [(name: String, files: (Bytes, Bytes), says: String)] = [
            (
                "an older version", (first.directory, first.signature),
                "version 1 is older than version 2"
            ),
            ("other content of the version", try files { $0.version = 2 }, "version 2 differs"),
            ("a bad signature", flipped, "not a signature of a trusted root"),
            ("a bit flipped", altered, "not a signature of a trusted root"),
            (
                "the signature of another root", (foreign.directory, foreign.signature),
                "not a signature"
            ),
            ("another network", try files { $0.network = "another" }, "network another"),
            (
                "an issue in the future",
                try files { $0.issuedAt = $0.issuedAt.advanced(byMilliseconds: 86_400_000) },
                "in the future"
            ),
            (
                "a certificate of another root", try withCertificate(try certificate(by: root)),
                "certificate"
            ),
            (
                "a certificate with another distid",
                try withCertificate(
                    try certificate(by: authority) { $0.distinguishingID = .empty }),
                "without the identity 1234567812345678"
            ),
            (
                "a certificate of another province",
                try withCertificate(try certificate(by: authority, of: Rotation.wallet)),
                "issued to 370000"
            ),
            (
                "a certificate that may sign certificates",
                try withCertificate(try certificate(by: authority) { $0.usage = .root }), "keyUsage"
            ),
            ("no revocation list", try files { $0.revocationLists = [] }, "no revocation list"),
            (
                "not this node", try files { $0.nodes.removeAll { $0.province == Rotation.care } },
                "does not name province"
            ),
            ("nothing", (Bytes(), Bytes()), "not a signature"),
        ]
        for (name, files, says) in cases {
            try network.force(files.0, files.1)
            care.signal(SIGHUP)
            var shown: String?
            try eventually("the refusal of \(name)", seen: { shown ?? "" }) {
                shown = try care.status().directory.lastReloadFailure
                return shown?.contains(says) == true
            }
            #expect(try care.status().directory.version == 2, "\(name)")
        }
        try settle()
        try network.force(good.0, good.1)
        try waitUntilLoaded(9, [care])
        #expect(try care.status().directory.lastReloadFailure == nil)
        try settle()
    }
}
