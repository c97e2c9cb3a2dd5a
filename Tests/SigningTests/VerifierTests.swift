import Domain
import Signing
import Testing
import Wire

@Suite struct VerifierTests {
    private let network: TestNetwork
    private let bytes = Bytes("header of a batch".utf8)

    init() throws { network = try TestNetwork() }

    private func verifier(
        _ keys: [(ProvinceCode, CertifiedKey)], suites: Set<Wire.Suite> = Set(Wire.Suite.allCases),
        revoked: [(CertifiedKey, Instant)] = [], cacheEntries: Int = 64
    ) throws -> Verifier {
        Verifier(
            suites: suites, certificates: keys.map { ($0.0, $0.1.certificate) },
            roots: [network.root],
            revocationLists: [
                try network.list(
                    revoked.map {
                        RevocationList.Entry(
                            serial: $0.0.certificate.serial, revokedAt: $0.1, reason: .keyCompromise
                        )
                    })
            ], cacheEntries: cacheEntries)
    }

    private func refusal(
        _ verifier: Verifier, _ key: CertifiedKey, day: Int64 = 10,
        signer: ProvinceCode = TestNetwork.shandong, signature: Bytes? = nil,
        suite: Wire.Suite? = nil
    ) throws -> SignatureRefusal? {
        verifier.refusal(
            of: try signature ?? key.sign(bytes), over: bytes, suite: suite ?? key.suite,
            keyID: key.keyID, signer: signer, at: TestNetwork.at(day: day))
    }

    @Test(
        "a signature with a certificate of the directory is accepted",
        arguments: Wire.Suite.allCases)
    func accepted(suite: Wire.Suite) throws {
        let key = try network.certified(TestNetwork.shandong, suite)
        let verifier = try verifier([(TestNetwork.shandong, key)])
        #expect(try refusal(verifier, key) == nil)
        #expect(verifier.hashing(suite)?.digest([]) == suite.hashing.digest([]))
    }

    /// Each row has its own fault and all the faults of later rows that can go with it, so the
    /// answer shows the precedence as well.
    @Test("refusals, in their order")
    func refusals() throws {
        let shandong = TestNetwork.shandong
        let nobody = try TestNetwork("unknown root").authority
        func everythingWrong(_ template: inout CertificateTemplate) {
            template.usage = .keyEncipherment
        }
        let early = try network.certified(from: 20, to: 30, everythingWrong)
        let late = try network.certified(from: 0, to: 5, everythingWrong)
        let unfit = try network.certified(shandong, .sm2WithSM3, everythingWrong)
        let authority = try network.certified { $0.isAuthority = true }
        let crlSigner = try network.certified { $0.usage = [.digitalSignature, .crlSign] }
        let otherDistid = try network.certified(from: 20, to: 30) {
            $0.distinguishingID = .empty
            everythingWrong(&$0)
        }
        let lostKey = try SigningKey.generate(.sm2WithSM3)
        let strangerCertificate = try nobody.issue(network.template(shandong, lostKey, from: 20))
        let stranger = try CertifiedKey(key: lostKey, certificate: strangerCertificate)
        let good = try network.certified()
        let sichuan = try network.certified(TestNetwork.sichuan)
        let ed25519 = try network.certified(shandong, .ed25519WithSHA256)
        let unknown = try network.certified()
        let all: [(ProvinceCode, CertifiedKey)] =
            [early, late, unfit, authority, crlSigner, otherDistid, stranger, good, ed25519]
            .map { (shandong, $0) } + [(TestNetwork.sichuan, sichuan)]
        let instant = TestNetwork.at(day: 5)
        let verifier = try verifier(
            all, suites: [.sm2WithSM3],
            revoked: [(early, instant), (late, instant), (unfit, instant)])
        let otherDirectory = try self.verifier(all)
        let usage = try self.verifier(all)
        let bad = Bytes([1, 2, 3])

        let table: [(String, SignatureRefusal?, SignatureRefusal?)] = [
            (
                "a suite that the directory does not allow", .suiteNotAllowed,
                try refusal(verifier, unknown, signature: bad, suite: .ed25519WithSHA256)
            ),
            (
                "a certificate that is not in the directory", .unknownCertificate,
                try refusal(verifier, unknown, signer: TestNetwork.sichuan, signature: bad)
            ),
            (
                "a certificate of another province", .wrongProvince,
                try refusal(verifier, stranger, signer: TestNetwork.sichuan, signature: bad)
            ),
            (
                "a good signature of another province", .wrongProvince,
                try refusal(verifier, sichuan, signer: shandong)
            ),
            (
                "a certificate of another root", .wrongChain,
                try refusal(verifier, stranger, signature: bad)
            ),
            (
                "a certificate signed with another identity", .wrongChain,
                try refusal(verifier, otherDistid, signature: bad)
            ),
            (
                "before the certificate begins", .notYetValid,
                try refusal(verifier, early, signature: bad)
            ),
            (
                "after the certificate has ended", .expired,
                try refusal(verifier, late, signature: bad)
            ),
            ("a revoked certificate", .revoked, try refusal(verifier, unfit, signature: bad)),
            (
                "a certificate that may not sign", .wrongUsage,
                try refusal(usage, unfit, signature: bad)
            ),
            ("an authority's certificate", .wrongUsage, try refusal(verifier, authority)),
            ("a certificate that may sign lists", .wrongUsage, try refusal(verifier, crlSigner)),
            (
                "a suite that is not the certificate's", .wrongUsage,
                try refusal(otherDirectory, ed25519, suite: .sm2WithSM3)
            ),
            ("no signature", .badSignature, try refusal(verifier, good, signature: [])),
            ("a damaged signature", .badSignature, try refusal(verifier, good, signature: bad)),
            (
                "another identity than the standard's", .badSignature,
                try refusal(verifier, good, signature: good.key.sign(bytes, id: .empty))
            ),
            (
                "another certificate's signature", .badSignature,
                try refusal(verifier, good, signature: sichuan.sign(bytes))
            ),
            ("nothing wrong", nil, try refusal(verifier, good)),
        ]
        for (name, expected, found) in table { #expect(found == expected, "\(name)") }
        let met = Set(table.compactMap(\.1))
        #expect(met == Set(SignatureRefusal.allCases))
    }

    @Test("the certificate's subject decides about the province, whatever the directory says")
    func misfiled() throws {
        let key = try network.certified(TestNetwork.sichuan)
        let verifier = try verifier([(TestNetwork.shandong, key)])
        #expect(try refusal(verifier, key, signer: TestNetwork.shandong) == .wrongProvince)
        #expect(try refusal(verifier, key, signer: TestNetwork.sichuan) == .wrongProvince)
    }

    @Test("validity includes both its ends")
    func ends() throws {
        let key = try network.certified(from: 1, to: 2)
        let verifier = try verifier([(TestNetwork.shandong, key)])
        let signature = try key.sign(bytes)
        for (offset, day, expected) in [
            (-1, 1, SignatureRefusal.notYetValid), (0, 1, nil), (0, 2, nil), (1, 2, .expired),
        ] as [(Int64, Int64, SignatureRefusal?)] {
            let found = verifier.refusal(
                of: signature, over: bytes, suite: .sm2WithSM3, keyID: key.keyID,
                signer: TestNetwork.shandong,
                at: TestNetwork.at(day: day).advanced(byMilliseconds: offset))
            #expect(found == expected)
        }
    }

    @Test("an end of the root is the end of what it issued")
    func rootEnds() throws {
        // The root ends on day 6305.
        let key = try network.certified(from: 6000, to: 6700)
        let verifier = try verifier([(TestNetwork.shandong, key)])
        #expect(try refusal(verifier, key, day: 6300) == nil)
        #expect(try refusal(verifier, key, day: 6400) == .expired)
    }

    @Test("what was signed before a revocation stays good evidence, cached or not")
    func revocation() throws {
        let key = try network.certified()
        let verifier = try verifier(
            [(TestNetwork.shandong, key)], revoked: [(key, TestNetwork.at(day: 7))])
        let signature = try key.sign(bytes)
        for _ in 0..<2 {
            #expect(try refusal(verifier, key, day: 6, signature: signature) == nil)
            #expect(try refusal(verifier, key, day: 7, signature: signature) == .revoked)
            #expect(try refusal(verifier, key, day: 400, signature: signature) == .revoked)
        }
    }

    @Test("a list that the root did not make revokes nothing")
    func foreignList() throws {
        let key = try network.certified()
        let impostor = try TestNetwork()
        let entry = RevocationList.Entry(
            serial: key.certificate.serial, revokedAt: TestNetwork.at(day: 1),
            reason: .keyCompromise)
        let verifier = Verifier(
            suites: [.sm2WithSM3], certificates: [(TestNetwork.shandong, key.certificate)],
            roots: [network.root], revocationLists: [try impostor.list([entry])])
        #expect(try refusal(verifier, key) == nil)
    }

    @Test("in a rotation both certificates sign, and old evidence verifies at its time")
    func rotation() throws {
        let old = try network.certified(from: 0, to: 30)
        let new = try network.certified(from: 20, to: 750)
        let verifier = try verifier([(TestNetwork.shandong, old), (TestNetwork.shandong, new)])
        #expect(try refusal(verifier, old, day: 10) == nil)
        #expect(try refusal(verifier, new, day: 10) == .notYetValid)
        #expect(try refusal(verifier, old, day: 25) == nil)
        #expect(try refusal(verifier, new, day: 25) == nil)
        #expect(try refusal(verifier, old, day: 31) == .expired)
        #expect(try refusal(verifier, new, day: 31) == nil)
        #expect(try refusal(verifier, old, day: 10) == nil)
    }

    @Test("the cache remembers good signatures only, and stays within its bound")
    func cache() throws {
        let key = try network.certified(TestNetwork.shandong, .ed25519WithSHA256)
        let verifier = try verifier([(TestNetwork.shandong, key)], cacheEntries: 4)
        for count in 0..<40 {
            let content = Bytes(repeating: 9, count: count)
            let signature = try key.sign(content)
            for repetition in 0..<3 {
                #expect(
                    verifier.refusal(
                        of: signature, over: content, suite: key.suite, keyID: key.keyID,
                        signer: TestNetwork.shandong, at: TestNetwork.at(day: 1)) == nil,
                    "\(count), \(repetition)")
            }
            #expect(
                verifier.refusal(
                    of: signature, over: content + [0], suite: key.suite, keyID: key.keyID,
                    signer: TestNetwork.shandong, at: TestNetwork.at(day: 1)) == .badSignature)
            #expect(verifier.cachedSignatures == min(4, count + 1))
        }
    }

    @Test("several threads verify at once, good and bad, SM2 and Ed25519")
    func concurrency() async throws {
        let keys = [
            try network.certified(),
            try network.certified(TestNetwork.shandong, .ed25519WithSHA256),
        ]
        let verifier = try verifier(keys.map { (TestNetwork.shandong, $0) }, cacheEntries: 8)
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let key = keys[task % 2]
                    var wrong = 0
                    for round in 0..<40 {
                        let content = Bytes("\(task) \(round % 10)".utf8)
                        let signature = try key.sign(content)
                        for (over, expected) in [
                            (content, nil), (content + [1], SignatureRefusal.badSignature),
                        ] {
                            let found = verifier.refusal(
                                of: signature, over: over, suite: key.suite, keyID: key.keyID,
                                signer: TestNetwork.shandong, at: TestNetwork.at(day: 1))
                            if found != expected { wrong += 1 }
                        }
                    }
                    return wrong
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test("several are judged in their order, each as alone")
    func several() throws {
        let key = try network.certified()
        let verifier = try verifier([(TestNetwork.shandong, key)], cacheEntries: 8)
        let claims = try (0..<40).map { number in
            let content = Bytes("\(number)".utf8)
            return SignatureClaim(
                try key.sign(content), over: number.isMultiple(of: 3) ? content + [1] : content,
                suite: key.suite, keyID: key.keyID, signer: TestNetwork.shandong,
                at: TestNetwork.at(day: number.isMultiple(of: 7) ? 10_000 : 1))
        }
        let refusals = verifier.refusals(of: claims)
        #expect(refusals == claims.map { verifier.refusal(of: $0) })
        #expect(refusals[1] == nil && refusals[3] == .badSignature && refusals[7] == .expired)
        #expect(verifier.refusals(of: []) == [])
    }
}
