import Domain
import Signing
import Testing
import Wire

/// Operators of the national node: who they are to nodes, and what two of them sign together.
@Suite struct OperatorTests {
    let now = TestNetwork.start
    let folder: TemporaryFolder
    let authority: AuthorityFolder
    let zhang: CertifiedKey
    let li: CertifiedKey
    let node: CertifiedKey
    let directory: DirectoryDocument

    init() throws {
        // Locals first: a function within needs all of `self`.
        let folder = try TemporaryFolder()
        let now = TestNetwork.start
        let authority = try AuthorityFolder.create(
            folder.file("pki"), organization: "Test", commonName: "root", now: now)
        func person(_ name: String) throws -> CertifiedKey {
            let own = NodeFolder(folder.file(name))
            _ = try authority.issueOperator(name, into: own, now: now)
            return try own.certifiedKey()
        }
        self.folder = folder
        self.authority = authority
        zhang = try person("zhang")
        li = try person("li")
        let province = ProvinceCode(370_000)!
        let own = NodeFolder(folder.file("node"))
        _ = try authority.issue(to: province, into: own, now: now)
        node = try own.certifiedKey()
        directory = try authority.publish(
            try authority.draft(
                network: "cn-test", version: 1,
                nodes: [
                    NodeAddress(
                        province: province, endpoint: "tcp://127.0.0.1:5570",
                        curvePublicKey: Bytes(repeating: 7, count: 32))
                ], now: now), to: folder.file("directory"), now: now)
    }

    func certificate(_ signers: [CertifiedKey], network: String = "cn-test") throws
        -> HoldEndCertificate
    {
        var certificate = HoldEndCertificate(
            HoldEnd(
                network: network, transaction: .zero, planDigest: .zero,
                care: ProvinceCode(310_000)!, primary: ProvinceCode(440_000)!, issued: now,
                reason: "gone"))
        for signer in signers { certificate = try certificate.signed(by: signer) }
        return try HoldEndCertificate(decoding: certificate.encoded())
    }

    func refusal(
        _ certificate: HoldEndCertificate, at instant: Instant? = nil,
        by directory: DirectoryDocument? = nil
    ) -> HoldEndRefusal? {
        HoldEndCheck(network: "cn-test", verifier: Verifier(directory ?? self.directory))
            .refusal(of: certificate, at: instant ?? now)
    }

    @Test func theDirectoryListsThemApartFromNodes() throws {
        #expect(
            Set(directory.operators.map(\.keyID)) == Set([zhang, li].map(\.certificate.keyID)))
        #expect(directory.nodes.flatMap(\.certificates).map(\.keyID) == [node.certificate.keyID])
        #expect(zhang.certificate.province == .national)
        #expect(zhang.certificate.commonName == "operator zhang")
    }

    @Test func twoOfThemSignTogether() throws {
        #expect(refusal(try certificate([zhang, li])) == nil)
        #expect(refusal(try certificate([li, zhang])) == nil)
    }

    @Test func oneIsNotEnoughAndANodeIsNone() throws {
        #expect(refusal(try certificate([])) == .operatorsMissing)
        #expect(refusal(try certificate([zhang])) == .operatorsMissing)
        #expect(refusal(try certificate([zhang, zhang])) == .operatorsMissing)
        #expect(refusal(try certificate([zhang, node])) == .signature(.unknownCertificate))
        #expect(refusal(try certificate([zhang, li], network: "cn-1")) == .otherNetwork)
    }

    @Test func aSignatureIsOfTheVeryOctets() throws {
        let good = try certificate([zhang, li])
        var octets = good.octets
        octets[octets.count - 1] ^= 1
        let changed = try HoldEndCertificate(octets: octets, signatures: good.signatures)
        #expect(refusal(changed) == .signature(.badSignature))
        // A signature as of a batch is none.
        let asBatch = OperatorSignature(
            suite: .sm2WithSM3, keyID: li.keyID, signature: try li.sign(good.octets))
        let mixed = try HoldEndCertificate(
            octets: good.octets, signatures: [good.signatures[0], asBatch])
        #expect(refusal(mixed) == .signature(.badSignature))
    }

    @Test func aRevokedOperatorSignsNothingAnyMore() throws {
        let good = try certificate([zhang, li])
        _ = try authority.revoke(
            li.keyID, reason: .keyCompromise, revokedAt: now, now: now)
        let next = try authority.publish(
            try authority.draft(
                network: "cn-test", version: 2,
                nodes: directory.nodes.map {
                    NodeAddress(
                        province: $0.province, endpoint: $0.endpoint,
                        curvePublicKey: $0.curvePublicKey)
                }, now: now), to: folder.file("directory"), now: now)
        #expect(refusal(good, by: next) == .signature(.revoked))
    }

    @Test func anExpiredOneNeither() throws {
        let good = try certificate([zhang, li])
        let later = now.advanced(byMilliseconds: 3 * 366 * 86_400_000)
        #expect(refusal(good, at: later) == .signature(.expired))
    }

    @Test func anOperatorSignsNoBatch() throws {
        let verifier = Verifier(directory)
        let bytes = Bytes("anything".utf8)
        #expect(
            verifier.refusal(
                of: try zhang.sign(bytes), over: bytes, suite: .sm2WithSM3, keyID: zhang.keyID,
                signer: .national, at: now) == .unknownCertificate)
    }

    @Test func namesAreSimple() {
        #expect(AuthorityFolder.isOperatorName("zhang-2"))
        for name in ["", "Zhang", "../x", "zhang li", String(repeating: "a", count: 41)] {
            #expect(!AuthorityFolder.isOperatorName(name))
        }
    }
}
