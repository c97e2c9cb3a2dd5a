import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct SealingTests {
    private let network: TestNetwork
    private let shandong: CertifiedKey
    private let opener: IdentityOpener
    private let identity: IdentityNumber
    private let relation = Identifier(at: TestNetwork.start, random: (7, 8))

    init() throws {
        network = try TestNetwork()
        shandong = try network.certified()
        opener = try IdentityOpener(shandong.key)
        identity = try IdentityNumber("11010519491231002X")
    }

    private func sealed() throws -> Bytes {
        try IdentitySealing.seal(identity, context: relation, to: shandong.certificate)
    }

    @Test("what is sealed opens, and no two boxes are the same")
    func roundTrip() throws {
        var boxes: Set<Bytes> = []
        for _ in 0..<300 {
            let box = try sealed()
            #expect(box.count <= 143 && box.count <= SigningLimits.sealedIdentityBytesMax)
            #expect(try opener.open(box, context: relation) == identity)
            boxes.insert(box)
        }
        #expect(boxes.count == 300)
    }

    @Test("a box with any bit changed does not open, and nobody is told why")
    func flippedBits() throws {
        let box = try sealed()
        for bit in 0..<(8 * box.count) {
            var damaged = box
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SealingRefusal.cannotBeOpened, "bit \(bit)") {
                try opener.open(damaged, context: relation)
            }
        }
    }

    @Test("a box of another length does not open")
    func lengths() throws {
        let box = try sealed()
        for count in 0..<box.count {
            #expect(throws: SealingRefusal.cannotBeOpened) {
                try opener.open(Bytes(box.prefix(count)), context: relation)
            }
        }
        for count in [1, 113, 200, 1_000_000] {
            #expect(throws: SealingRefusal.cannotBeOpened) {
                try opener.open(box + Bytes(repeating: 0, count: count), context: relation)
            }
        }
    }

    @Test("a box opens neither in another request nor with another key")
    func elsewhere() throws {
        let box = try sealed()
        let other = Identifier(high: relation.high, low: relation.low ^ 1)
        #expect(throws: SealingRefusal.cannotBeOpened) { try opener.open(box, context: other) }
        #expect(throws: SealingRefusal.cannotBeOpened) { try opener.open(box, context: .zero) }
        let stranger = try IdentityOpener(try .generate(.sm2WithSM3))
        #expect(throws: SealingRefusal.cannotBeOpened) { try stranger.open(box, context: relation) }
        _ = try opener.open(box, context: relation)
    }

    @Test("an opener tries all its keys, and needs one that opens")
    func severalKeys() throws {
        let keys = [
            try SigningKey.generate(.ed25519WithSHA256), try .generate(.sm2WithSM3), shandong.key,
        ]
        #expect(try IdentityOpener(keys).open(sealed(), context: relation) == identity)
        for unfit in [[], [keys[0]]] {
            #expect(throws: SealingRefusal.suiteCannotSeal(.ed25519WithSHA256)) {
                try IdentityOpener(unfit)
            }
        }
        #expect(throws: SealingRefusal.suiteCannotSeal(.ed25519WithSHA256)) {
            try IdentityOpener(keys[0])
        }
    }

    @Test("nothing is sealed to Ed25519, without dataEncipherment, or to an authority")
    func unfitCertificates() throws {
        let ed25519 = try network.certified(TestNetwork.shandong, .ed25519WithSHA256).certificate
        #expect(ed25519.usage == .digitalSignature && !ed25519.maySeal)
        #expect(throws: SealingRefusal.suiteCannotSeal(.ed25519WithSHA256)) {
            try IdentitySealing.seal(identity, context: relation, to: ed25519)
        }
        let pretender = try network.certified(TestNetwork.shandong, .ed25519WithSHA256) {
            $0.usage = [.digitalSignature, .dataEncipherment]
        }.certificate
        #expect(throws: SealingRefusal.suiteCannotSeal(.ed25519WithSHA256)) {
            try IdentitySealing.seal(identity, context: relation, to: pretender)
        }
        let unfit = [
            try network.certified { $0.usage = .digitalSignature }.certificate,
            try network.certified { $0.usage = [.digitalSignature, .keyEncipherment] }.certificate,
            try network.certified { $0.usage = [] }.certificate,
            network.root,
        ]
        for certificate in unfit {
            #expect(throws: SealingRefusal.notForSealing(keyID: certificate.keyID)) {
                try IdentitySealing.seal(identity, context: relation, to: certificate)
            }
        }
        let words = SealingRefusal.notForSealing(keyID: unfit[0].keyID).description
        #expect(words.contains("dataEncipherment") && words.contains("\(unfit[0].keyID)"))
    }

    @Test("a certificate from before sealing signs as before")
    func oldCertificate() throws {
        let old = try network.certified { $0.usage = .digitalSignature }
        #expect(old.certificate.maySignBatches && !old.certificate.maySeal)
        let message = Bytes("batch".utf8)
        for (key, name) in [(old, "old"), (shandong, "new")] {
            let verifier = Verifier(
                suites: [.sm2WithSM3],
                certificates: [(TestNetwork.shandong, key.certificate)], roots: [network.root],
                revocationLists: [])
            let refusal = verifier.refusal(
                of: try key.sign(message), over: message, suite: key.suite, keyID: key.keyID,
                signer: TestNetwork.shandong, at: TestNetwork.at(day: 1))
            #expect(refusal == nil, "\(name)")
        }
    }

    @Test("openssl opens what we seal, and we open what openssl seals")
    func commandInterchange() throws {
        let folder = try TemporaryFolder()
        let key = folder.file("test.key")
        try shandong.key.write(to: key)
        let box = try folder.write("box", try sealed())
        let opened = try OpenSSLCommand.run(
            "pkeyutl", "-decrypt", "-inkey", key, "-in", box, "-out", folder.file("plain"))
        #expect(opened.status == 0, "\(opened.output)")
        let plaintext = try PublicFile.read(folder.file("plain"), bytesMax: 100)
        #expect(plaintext == relation.bytes + Bytes("11010519491231002X".utf8))

        let certificate = try folder.write("node.pem", shandong.certificate.pem)
        for (text, opens) in [
            ("110101199003070038", true), ("110101199003070039", false),
            ("11010519491231002x", false), ("11010119900307003", false),
            ("1101011990030700380", false), ("", false),
        ] {
            let plain = try folder.write("plain", relation.bytes + Bytes(text.utf8))
            let made = try OpenSSLCommand.run(
                "pkeyutl", "-encrypt", "-certin", "-inkey", certificate, "-in", plain, "-out", box)
            try #require(made.status == 0, "\(made.output)")
            let theirs = try PublicFile.read(box, bytesMax: 300)
            if opens {
                let found = try opener.open(theirs, context: relation)
                #expect(found == (try IdentityNumber(text)))
            } else {
                #expect(throws: SealingRefusal.cannotBeOpened) {
                    try opener.open(theirs, context: relation)
                }
            }
        }
    }

    @Test("threads open with one key")
    func threads() async throws {
        let box = try sealed()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        (try? opener.open(box, context: relation)) == identity
                    }
                }
            }
            for await same in group { #expect(same) }
        }
    }

    // MARK: The directory

    @Test("the directory names the newest certificate that holds and can be sealed to")
    func fromDirectory() throws {
        let plain = try network.certified(from: 5) { $0.usage = .digitalSignature }.certificate
        let next = try network.certified(from: 15, to: 745).certificate
        let ed25519 = try network.certified(TestNetwork.sichuan, .ed25519WithSHA256).certificate
        func directory(_ lists: [RevocationList]) throws -> DirectoryDocument {
            var draft = try network.draft([shandong.certificate, next, plain], [ed25519])
            draft.revocationLists = lists
            let bytes = try draft.encoded()
            return try DirectoryDocument(
                bytes: bytes, signature: try network.authority.key.sign(bytes),
                roots: [network.root], network: nil, current: nil, now: TestNetwork.at(day: 10))
        }
        let document = try directory([try network.list()])
        for (day, expected) in [
            (1, shandong.certificate), (14, shandong.certificate), (16, next), (740, next),
        ] as [(Int64, X509Certificate)] {
            let found = try document.sealingCertificate(
                of: TestNetwork.shandong, at: TestNetwork.at(day: day))
            #expect(found == expected, "day \(day)")
        }
        for (province, day) in [
            (TestNetwork.shandong, -1), (TestNetwork.shandong, 746), (TestNetwork.sichuan, 1),
            (.national, 1),
        ] as [(ProvinceCode, Int64)] {
            #expect(throws: SealingRefusal.noCertificate(province)) {
                try document.sealingCertificate(of: province, at: TestNetwork.at(day: day))
            }
        }
        let revoked = try directory([
            try network.list([
                RevocationList.Entry(
                    serial: next.serial, revokedAt: TestNetwork.at(day: 9), reason: .keyCompromise)
            ])
        ])
        #expect(
            try revoked.sealingCertificate(of: TestNetwork.shandong, at: TestNetwork.at(day: 16))
                == shandong.certificate)
    }

    // MARK: The vectors of the protocol

    private struct Vectors: Decodable {
        struct Box: Decodable {
            let about: String
            let context: String
            let identity: String?
            let sealed: String
        }
        let private_key: String
        let opened: [Box]
        let refused: [Box]
    }

    @Test("the boxes of protocol/vectors/sealing.json open, or do not, as it says")
    func vectors() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let vectors = try JSONDecoder().decode(
            Vectors.self,
            from: Data(contentsOf: root.appendingPathComponent("protocol/vectors/sealing.json")))
        let folder = try TemporaryFolder()
        // PKCS #8 of an SM2 key, whose number is its last field.
        let head = "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420"
        let der = try folder.write("key.der", try #require(Bytes(hex: head + vectors.private_key)))
        let made = try OpenSSLCommand.run(
            "pkey", "-inform", "DER", "-in", der, "-out", folder.file("test.key"))
        try #require(made.status == 0, "\(made.output)")
        try folder.setMode("test.key", 0o600)
        let opener = try IdentityOpener(try SigningKey(file: folder.file("test.key")))
        #expect(vectors.opened.count >= 3 && vectors.refused.count >= 20)
        for box in vectors.opened {
            let found = try opener.open(
                try #require(Bytes(hex: box.sealed)), context: try #require(Identifier(box.context))
            )
            #expect(found == (try IdentityNumber(try #require(box.identity))), "\(box.about)")
        }
        for box in vectors.refused {
            let octets = try #require(Bytes(hex: box.sealed))
            let context = try #require(Identifier(box.context))
            #expect(throws: SealingRefusal.cannotBeOpened, "\(box.about)") {
                try opener.open(octets, context: context)
            }
        }
    }
}
