import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct DirectoryTests {
    private let network: TestNetwork
    private let shandong: CertifiedKey
    private let sichuan: CertifiedKey
    private let now = TestNetwork.at(day: 11)

    init() throws {
        network = try TestNetwork()
        shandong = try network.certified()
        sichuan = try network.certified(TestNetwork.sichuan, .ed25519WithSHA256)
    }

    private func draft() throws -> DirectoryDraft {
        try network.draft([shandong.certificate], [sichuan.certificate])
    }

    private func load(
        _ bytes: Bytes, signature: Bytes? = nil, roots: [X509Certificate]? = nil,
        network expected: String? = "gongji-test-1", current: DirectoryEdition? = nil,
        now: Instant? = nil
    ) throws -> DirectoryDocument {
        try DirectoryDocument(
            bytes: bytes, signature: try signature ?? network.authority.key.sign(bytes),
            roots: roots ?? [network.root], network: expected, current: current,
            now: now ?? self.now)
    }

    @Test("a directory comes back as it was drafted")
    func roundTrip() throws {
        let draft = try draft()
        let files = try draft.signed(by: network.authority)
        let document = try load(files.directory, signature: files.signature)
        #expect(document.network == draft.network)
        #expect(document.version == 3)
        #expect(document.issuedAt == draft.issuedAt)
        #expect(document.suites == draft.suites)
        #expect(document.nodes == draft.nodes)
        #expect(document.revocationLists.map(\.der) == draft.revocationLists.map(\.der))
        #expect(document.node(TestNetwork.sichuan)?.certificates == [sichuan.certificate])
        #expect(document.revocationListsDue == TestNetwork.at(day: 40))

        let verifier = Verifier(document)
        let message = Bytes("m".utf8)
        #expect(
            verifier.refusal(
                of: try sichuan.sign(message), over: message, suite: sichuan.suite,
                keyID: sichuan.keyID, signer: TestNetwork.sichuan, at: now) == nil)
    }

    @Test("a changed octet anywhere, in any field, is a bad signature")
    func tampering() throws {
        let files = try draft().signed(by: network.authority)
        let text = String(decoding: files.directory, as: UTF8.self)
        for (field, replacement) in [
            ("gongji-test-1", "gongji-test-2"), ("\"version\" : 3", "\"version\" : 4"),
            ("+08:00", "+09:00"), ("\"sm2-sm3\"", "\"sm3-sm2\""), ("370000", "380000"),
            ("10.37.0.1", "10.37.0.2"), ("0101", "0102"), ("\"MII", "\"MIJ"), ("\n", "\n\n"),
        ] {
            #expect(text.contains(field), "\(field)")
            let changed = text.replacingOccurrences(of: field, with: replacement)
            #expect(throws: DirectoryRefusal.badSignature, "\(field)") {
                try load(Bytes(changed.utf8), signature: files.signature)
            }
        }
        for index in stride(from: 0, to: files.directory.count, by: 37) {
            var damaged = files.directory
            damaged[index] ^= 0x20
            #expect(throws: DirectoryRefusal.badSignature) {
                try load(damaged, signature: files.signature)
            }
        }
        #expect(throws: DirectoryRefusal.badSignature) { try load(files.directory, signature: []) }
        let node = try shandong.sign(files.directory)
        #expect(throws: DirectoryRefusal.badSignature) {
            try load(files.directory, signature: node)
        }
        let otherDistid = try network.authority.key.sign(files.directory, id: .empty)
        #expect(throws: DirectoryRefusal.badSignature) {
            try load(files.directory, signature: otherDistid)
        }
    }

    @Test("what the root should not have signed is refused, each with its sentence")
    func badContent() throws {
        let stranger = try TestNetwork("another root")
        let foreign = try stranger.certified().certificate
        let unfit = try network.certified { $0.usage = .keyEncipherment }.certificate
        let wrongDistid = try network.certified { $0.distinguishingID = .empty }.certificate
        let cases: [(String, (inout DirectoryDraft) throws -> Void)] = [
            ("network is not", { $0.network = "" }),
            ("version is not above zero", { $0.version = 0 }),
            ("in the future", { $0.issuedAt = TestNetwork.at(day: 12) }),
            ("before 1970", { $0.issuedAt = Instant(milliseconds: -1) }),
            ("no suite is allowed", { $0.suites = [] }),
            ("no nodes", { $0.nodes = [] }),
            ("twice", { $0.nodes[1] = $0.nodes[0] }),
            ("tcp://host:port", { $0.nodes[0] = node($0.nodes[0], endpoint: "ipc:///tmp/x") }),
            ("tcp://host:port", { $0.nodes[0] = node($0.nodes[0], endpoint: "tcp://*:1") }),
            ("tcp://host:port", { $0.nodes[0] = node($0.nodes[0], endpoint: "tcp://a:70000") }),
            ("64 hexadecimal", { $0.nodes[0] = node($0.nodes[0], curve: [1]) }),
            (
                "same curve_public_key",
                { $0.nodes[0] = node($0.nodes[0], curve: $0.nodes[1].curvePublicKey) }
            ),
            ("between 1 and", { $0.nodes[0] = node($0.nodes[0], certificates: []) }),
            (
                "issued to 510000",
                { $0.nodes[0] = node($0.nodes[0], certificates: [sichuan.certificate]) }
            ),
            (
                "none of the trusted roots",
                { $0.nodes[0] = node($0.nodes[0], certificates: [foreign]) }
            ),
            ("keyUsage", { $0.nodes[0] = node($0.nodes[0], certificates: [unfit]) }),
            ("with distid", { $0.nodes[0] = node($0.nodes[0], certificates: [wrongDistid]) }),
            (
                "it stands there twice",
                {
                    let one = $0.nodes[0].certificates[0]
                    $0.nodes[0] = node($0.nodes[0], certificates: [one, one])
                }
            ),
            ("no revocation list", { $0.revocationLists = [] }),
            ("none of the trusted roots", { $0.revocationLists = [try stranger.list()] }),
            ("with distid", { $0.revocationLists = [try network.list(id: .empty)] }),
            ("a second list", { $0.revocationLists.append(try network.list(number: 2)) }),
        ]
        for (sentence, change) in cases {
            var draft = try draft()
            try change(&draft)
            let error = #expect(throws: DirectoryRefusal.self, "\(sentence)") {
                try load(try draft.encoded(), network: nil)
            }
            let text = error?.description ?? ""
            #expect(text.contains(sentence), "\(text)")
        }
    }

    @Test("a document of another form is refused, even if it is signed")
    func badForm() throws {
        let good = String(decoding: try draft().encoded(), as: UTF8.self)
        for (field, replacement, sentence) in [
            ("{", "[", "not JSON"), ("\"network\"", "\"net\"", "network is missing"),
            ("\"version\" : 3", "\"version\" : -3", ""), ("\"sm2-sm3\"", "\"rsa\"", "suite rsa"),
            ("\"version\" : 3", "\"version\" : \"3\"", "version has the wrong type"),
            ("T", " ", ""), ("\"370000\"", "\"370100\"", "GB/T 2260"),
            ("\"MII", "\"*II", "not X.509"),
        ] {
            let changed = Bytes(good.replacingOccurrences(of: field, with: replacement).utf8)
            let error = #expect(throws: DirectoryRefusal.self, "\(replacement)") {
                try load(changed)
            }
            #expect(sentence.isEmpty || error!.description.contains(sentence), "\(error!)")
        }
        let large = Bytes(repeating: 0x20, count: SigningLimits.directoryBytesMax + 1)
        #expect(throws: DirectoryRefusal.tooLarge) { try load(large, signature: []) }
    }

    @Test("an older version and a second story of one version are refused")
    func versions() throws {
        let bytes = try draft().encoded()
        let edition = try load(bytes).edition
        #expect(try load(bytes, current: edition).edition == edition)
        #expect(try load(bytes, current: DirectoryEdition(version: 2)).version == 3)
        #expect(try load(bytes, current: DirectoryEdition(version: 3)).version == 3)
        #expect(throws: DirectoryRefusal.older(found: 3, current: 4)) {
            try load(bytes, current: DirectoryEdition(version: 4))
        }
        var other = try draft()
        other.suites = [.sm2WithSM3]
        #expect(throws: DirectoryRefusal.otherContent(version: 3)) {
            try load(try other.encoded(), current: edition)
        }
    }

    @Test("another network's directory is refused")
    func otherNetwork() throws {
        let bytes = try draft().encoded()
        #expect(
            throws: DirectoryRefusal.otherNetwork(
                found: "gongji-test-1", expected: "gongji-prod")
        ) {
            try load(bytes, network: "gongji-prod")
        }
    }

    @Test("roots must be given, be fit, and hold now")
    func roots() throws {
        let bytes = try draft().encoded()
        #expect(throws: DirectoryRefusal.noRoot) { try load(bytes, roots: []) }
        #expect(throws: DirectoryRefusal.self) {
            try load(bytes, roots: [shandong.certificate])
        }
        #expect(throws: DirectoryRefusal.self) { try load(bytes, now: TestNetwork.at(day: 9000)) }
        let other = try TestNetwork("another root").root
        #expect(throws: DirectoryRefusal.badSignature) { try load(bytes, roots: [other]) }
        #expect(try load(bytes, roots: [other, network.root]).version == 3)
    }

    @Test("a late revocation list does not stop the network")
    func lateList() throws {
        let document = try load(try draft().encoded(), now: TestNetwork.at(day: 100))
        #expect(document.revocationListsDue! < TestNetwork.at(day: 100))
    }

    @Test("openssl verifies the signature of the directory from the two files")
    func command() throws {
        let folder = try TemporaryFolder()
        let files = try draft().signed(by: network.authority)
        let path = try folder.write("directory.json", files.directory)
        let signature = try folder.write("directory.json.sig", files.signature)
        let key = try folder.write("root.pub", network.root.publicKey.pem)
        let result = try OpenSSLCommand.run(
            "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-digest", "sm3", "-pkeyopt",
            "distid:1234567812345678", "-in", path, "-sigfile", signature)
        #expect(result.status == 0, "\(result.output)")
        let document = try DirectoryDocument.load(
            folder: folder.path, roots: [network.root], network: nil, current: nil, now: now)
        #expect(document.version == 3)
    }

    private func node(
        _ node: DirectoryNode, endpoint: String? = nil, curve: Bytes? = nil,
        certificates: [X509Certificate]? = nil
    ) -> DirectoryNode {
        DirectoryNode(
            province: node.province, endpoint: endpoint ?? node.endpoint,
            curvePublicKey: curve ?? node.curvePublicKey,
            certificates: certificates ?? node.certificates)
    }
}
