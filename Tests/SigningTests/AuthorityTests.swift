import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct AuthorityTests {
    private let folder: TemporaryFolder
    private let authority: AuthorityFolder
    private let node: NodeFolder
    private let curveKeys: CurveKeys
    private let now = TestNetwork.start
    private let shandong = TestNetwork.shandong

    init() throws {
        folder = try TemporaryFolder()
        node = NodeFolder(folder.file("node-370000"))
        authority = try AuthorityFolder.create(
            folder.file("authority"), organization: "Gongji test", commonName: "Gongji root 1",
            now: now)
        curveKeys = try CurveKeys(
            secretHex: String(repeating: "11", count: 32),
            publicHex: String(repeating: "22", count: 32))
    }

    private func publish(version: UInt64, at instant: Instant) throws -> DirectoryDocument {
        let draft = try authority.draft(
            network: "gongji-test-1", version: version,
            nodes: [
                NodeAddress(
                    province: shandong, endpoint: "tcp://127.0.0.1:7370",
                    curvePublicKey: curveKeys.publicKey)
            ], now: instant)
        return try authority.publish(draft, to: folder.file("directory"), now: instant)
    }

    private func report(at instant: Instant) -> CheckReport {
        CredentialCheck(
            province: shandong, folder: node, rootFile: authority.certificateFile,
            directoryFolder: folder.file("directory"), network: "gongji-test-1"
        ).report(now: instant)
    }

    @Test("a root is made once, opens again, and openssl accepts what it issues")
    func create() throws {
        let again = try AuthorityFolder(authority.path)
        #expect(again.root == authority.root)
        #expect(again.root.validity.daysLeft(at: now) == 7305)
        #expect(try again.revocationList().number == 1)
        #expect(throws: FileRefusal.exists(path: "\(authority.path)/root.key")) {
            try AuthorityFolder.create(
                authority.path, organization: "o", commonName: "c", now: now)
        }
        let certificate = try authority.issue(to: shandong, into: node, now: now)
        #expect(certificate.validity.daysLeft(at: now) == 730)
        let verified = try OpenSSLCommand.run(
            "verify", "-attime", String(now.milliseconds / 1000), "-vfyopt",
            "distid:1234567812345678", "-CAfile", authority.certificateFile,
            node.certificateFile())
        #expect(verified.status == 0, "\(verified.output)")
        #expect(throws: FileRefusal.exists(path: node.keyFile())) {
            try authority.issue(to: shandong, into: node, now: now)
        }
    }

    @Test("a certificate does not outlive its root")
    func outlives() throws {
        var lifetimes = Lifetimes()
        lifetimes.provinceDays = 7400
        #expect(throws: AuthorityRefusal.outlivesRoot(root: authority.root.validity.notAfter)) {
            try authority.issue(to: shandong, into: node, now: now, lifetimes: lifetimes)
        }
    }

    @Test("issue, publish, check: all is well")
    func allWell() throws {
        let certificate = try authority.issue(
            to: shandong, into: node, curveKeys: curveKeys, now: now)
        let document = try publish(version: 1, at: now)
        #expect(document.node(shandong)?.certificates == [certificate])
        let report = report(at: now)
        #expect(report.isOK, "\(report.failures)")
        let met = Set(report.findings.map(\.subject))
        #expect(met == Set(CheckFinding.Subject.allCases))
        #expect(throws: DirectoryRefusal.older(found: 1, current: 1)) {
            try publish(version: 1, at: now)
        }
    }

    @Test("an issued folder has an identity key, and keeps the one that it had")
    func identityKey() throws {
        _ = try authority.issue(to: shandong, into: node, curveKeys: curveKeys, now: now)
        let number = try IdentityNumber("110101199003070038")
        let index = try node.identityKey().index(of: number)
        _ = try authority.rotate(shandong, into: node, now: now)
        try node.activateNext()
        #expect(try node.identityKey().index(of: number) == index)

        let clean = NodeFolder(folder.file("clean"))
        try FileManager.default.createDirectory(
            atPath: clean.path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: node.identityKeyFile, toPath: clean.identityKeyFile)
        _ = try authority.issue(to: shandong, into: clean, now: now)
        #expect(try clean.identityKey().index(of: number) == index)
        let other = NodeFolder(folder.file("other"))
        _ = try authority.issue(to: TestNetwork.sichuan, into: other, now: now)
        #expect(try other.identityKey().index(of: number) != index)
    }

    @Test("a node opens what was sealed to its next, its present and its previous certificate")
    func openingInRotation() throws {
        let number = try IdentityNumber("110101199003070038")
        let relation = Identifier(at: now, random: (1, 2))
        let old = try authority.issue(to: shandong, into: node, now: now)
        func seal(_ certificate: X509Certificate) throws -> Bytes {
            try IdentitySealing.seal(number, context: relation, to: certificate)
        }
        #expect(try node.identityOpener().open(seal(old), context: relation) == number)
        let new = try authority.rotate(shandong, into: node, now: now)
        for certificate in [old, new] {
            #expect(try node.identityOpener().open(seal(certificate), context: relation) == number)
        }
        try node.activateNext()
        for certificate in [old, new] {
            #expect(try node.identityOpener().open(seal(certificate), context: relation) == number)
        }
        try FileManager.default.removeItem(atPath: node.keyFile(.previous))
        #expect(throws: SealingRefusal.cannotBeOpened) {
            try node.identityOpener().open(seal(old), context: relation)
        }
        let ed25519 = NodeFolder(folder.file("ed25519"))
        _ = try authority.issue(
            to: TestNetwork.sichuan, suite: .ed25519WithSHA256, into: ed25519, now: now)
        #expect(throws: SealingRefusal.suiteCannotSeal(.ed25519WithSHA256)) {
            try ed25519.identityOpener()
        }
    }

    @Test("a rotation: both are in the directory, then the new pair takes over")
    func rotation() throws {
        let old = try authority.issue(to: shandong, into: node, curveKeys: curveKeys, now: now)
        let oldKey = try node.certifiedKey()
        #expect(throws: AuthorityRefusal.nothingToActivate(path: node.keyFile(.next))) {
            try node.activateNext()
        }
        let later = TestNetwork.at(day: 700)
        let new = try authority.rotate(shandong, into: node, now: later)
        #expect(throws: AuthorityRefusal.rotationPending(path: node.keyFile(.next))) {
            try authority.rotate(shandong, into: node, now: later)
        }
        #expect(try node.certifiedKey().certificate == old)
        _ = try authority.renewRevocationList(now: later)
        let document = try publish(version: 2, at: later)
        #expect(Set(document.node(shandong)?.certificates ?? []) == [old, new])
        let verifier = Verifier(document)
        try node.activateNext()
        let newKey = try node.certifiedKey()
        #expect(newKey.certificate == new)
        #expect(try node.certifiedKey(.previous).certificate == old)
        #expect(!PublicFile.exists(node.keyFile(.next)))
        let message = Bytes("evidence".utf8)
        for (key, day, expected) in [
            (oldKey, 1, nil), (oldKey, 701, nil), (newKey, 701, nil), (newKey, 1, .notYetValid),
            (oldKey, 731, .expired), (newKey, 1400, nil),
        ] as [(CertifiedKey, Int64, SignatureRefusal?)] {
            #expect(
                verifier.refusal(
                    of: try key.sign(message), over: message, suite: key.suite, keyID: key.keyID,
                    signer: shandong, at: TestNetwork.at(day: day)) == expected)
        }
        #expect(report(at: later).isOK, "\(report(at: later).failures)")
    }

    @Test("an interrupted activation ends when it is called again", arguments: 1...3)
    func interruptedActivation(moves: Int) throws {
        _ = try authority.issue(to: shandong, into: node, now: now)
        let new = try authority.rotate(shandong, into: node, now: now)
        let steps = [
            (node.keyFile(.signing), node.keyFile(.previous)),
            (node.certificateFile(.signing), node.certificateFile(.previous)),
            (node.certificateFile(.next), node.certificateFile(.signing)),
        ]
        for (source, destination) in steps.prefix(moves) {
            try FileManager.default.moveItem(atPath: source, toPath: destination)
        }
        try node.activateNext()
        #expect(try node.certifiedKey().certificate == new)
        _ = try node.certifiedKey(.previous)
    }

    @Test("a revocation is entered once, grows the list's number, and reaches the verifier")
    func revocation() throws {
        let certificate = try authority.issue(
            to: shandong, into: node, curveKeys: curveKeys, now: now)
        let key = try node.certifiedKey()
        let later = TestNetwork.at(day: 20)
        let stolen = TestNetwork.at(day: 19)
        #expect(throws: AuthorityRefusal.revocationInFuture(TestNetwork.at(day: 21))) {
            try authority.revoke(
                certificate.keyID, reason: .keyCompromise, revokedAt: TestNetwork.at(day: 21),
                now: later)
        }
        let list = try authority.revoke(
            certificate.keyID, reason: .keyCompromise, revokedAt: stolen, now: later)
        #expect(list.number == 2)
        #expect(throws: AuthorityRefusal.alreadyRevoked(certificate.keyID, at: stolen)) {
            try authority.revoke(
                certificate.keyID, reason: .superseded, revokedAt: later, now: later)
        }
        #expect(throws: AuthorityRefusal.noSuchCertificate(.zero)) {
            try authority.revoke(.zero, reason: .superseded, revokedAt: later, now: later)
        }
        let renewed = try authority.renewRevocationList(now: later)
        #expect(renewed.number == 3 && renewed.entries == list.entries)
        let verifier = Verifier(try publish(version: 2, at: later))
        let message = Bytes("m".utf8)
        for (day, expected) in [(18, nil), (19, .revoked), (20, .revoked)]
            as [(Int64, SignatureRefusal?)]
        {
            #expect(
                verifier.refusal(
                    of: try key.sign(message), over: message, suite: key.suite, keyID: key.keyID,
                    signer: shandong, at: TestNetwork.at(day: day)) == expected)
        }
        let failures = report(at: later).failures
        #expect(failures.map(\.subject) == [.revocation])
    }

    @Test("the check names what is wrong, and what to do")
    func check() throws {
        _ = try authority.issue(to: shandong, into: node, curveKeys: curveKeys, now: now)
        _ = try publish(version: 1, at: now)
        func failures(at instant: Instant = now) -> [CheckFinding.Subject] {
            report(at: instant).failures.map(\.subject)
        }
        #expect(failures(at: TestNetwork.at(day: 31)) == [.revocationList])
        #expect(failures(at: TestNetwork.at(day: 720)) == [.dates, .revocationList])
        #expect(failures(at: TestNetwork.at(day: 731)) == [.dates, .revocationList])
        #expect(report(at: TestNetwork.at(day: 720)).failures[0].daysLeft == 10)

        chmod(node.keyFile(), 0o644)
        #expect(failures() == [.fileMode, .keyMatch])
        chmod(node.keyFile(), 0o600)

        chmod(node.identityKeyFile, 0o640)
        #expect(failures() == [.fileMode, .identityKey])
        chmod(node.identityKeyFile, 0o600)

        chmod(node.storeKeyFile, 0o604)
        #expect(failures() == [.fileMode, .storeKey])
        chmod(node.storeKeyFile, 0o600)

        let present = try Data(contentsOf: URL(fileURLWithPath: node.certificateFile()))
        let before = try authority.authority.issue(
            template(usage: .digitalSignature, key: node.certifiedKey().key))
        try PublicFile.replace(node.certificateFile(), before.pem)
        #expect(failures() == [.directory])
        let usage = report(at: now).findings.first { $0.subject == .keyUsage }
        #expect(usage?.reason.contains("cannot be sealed") == true)
        try PublicFile.replace(node.certificateFile(), Bytes(present))

        let elsewhere = CredentialCheck(
            province: TestNetwork.sichuan, folder: node, rootFile: authority.certificateFile,
            directoryFolder: folder.file("directory"))
        #expect(elsewhere.report(now: now).failures.map(\.subject) == [.province, .directory])

        let certificate = try Data(contentsOf: URL(fileURLWithPath: node.certificateFile()))
        let wrong = try authority.authority.issue(wrongDistid())
        try PublicFile.replace(node.certificateFile(), wrong.pem)
        #expect(failures() == [.keyMatch, .distinguishingID, .directory])
        try PublicFile.replace(node.certificateFile(), Bytes(certificate))
        #expect(failures().isEmpty)

        try FileManager.default.removeItem(atPath: node.path)
        let failed = report(at: now).failures
        #expect(failed.count == 9)
        #expect(failed.allSatisfy { $0.advice?.isEmpty == false })
    }

    @Test("a province may bring its own key in a request")
    func request() throws {
        let key = folder.file("own.key")
        let path = folder.file("own.csr")
        _ = try OpenSSLCommand.run("genpkey", "-algorithm", "SM2", "-out", key)
        chmod(key, 0o600)
        let made = try OpenSSLCommand.run(
            "req", "-new", "-key", key, "-sm3", "-sigopt", "distid:1234567812345678", "-subj",
            "/CN=510000", "-out", path)
        try #require(made.status == 0, "\(made.output)")
        let certificate = try authority.issue(
            to: TestNetwork.sichuan, request: try CertificateRequest(file: path), now: now)
        _ = try CertifiedKey(key: try SigningKey(file: key), certificate: certificate)
        #expect(try authority.issued() == [certificate])
    }

    private func template(usage: KeyUsage, key: SigningKey) -> CertificateTemplate {
        var template = CertificateTemplate(
            subject: CertificateSubject(
                province: shandong, organization: "Gongji test", commonName: "node"),
            publicKey: key.publicKey, validity: Validity(from: now, days: 100))
        template.usage = usage
        return template
    }

    private func wrongDistid() throws -> CertificateTemplate {
        var template = CertificateTemplate(
            subject: CertificateSubject(
                province: shandong, organization: "Gongji test", commonName: "node"),
            publicKey: try SigningKey.generate(.sm2WithSM3).publicKey,
            validity: Validity(from: now, days: 100))
        template.distinguishingID = .empty
        return template
    }
}
