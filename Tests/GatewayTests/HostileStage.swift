import Domain
import Gateway
import Signing
import Testing
import Wire

/// One node that many tests attack, a province that attacks it with all the certificates that one
/// can have, and one whose name is abused. For a serialized suite.
final class HostileStage: @unchecked Sendable {
    @TaskLocal static var current: HostileStage!

    let network: ProvinceNetwork
    let node: TestNode
    let attacker: HostilePeer
    let abused: ProvinceNetwork.Member
    let certificates: Certificates

    /// Of the attacker, all in the directory unless it says otherwise.
    struct Certificates {
        let expired: CertifiedKey
        let notYetValid: CertifiedKey
        let revoked: CertifiedKey
        let revokedAt: Instant
        let otherSuite: CertifiedKey
        /// Not in the directory, which would not be accepted with them.
        let wrongChain: CertifiedKey
        let wrongDistinguishingID: CertifiedKey
    }

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        node = network[ProvinceNetwork.shandong]
        abused = try network.add(member: ProvinceNetwork.guangdong)
        let member = try network.add(member: ProvinceNetwork.sichuan)
        try network.add(member: ProvinceNetwork.guizhou)
        let province = member.address.province
        let authority = network.authority.authority
        let now = Clock.now()
        let day: Int64 = 86_400_000
        func certified(
            _ suite: Suite = .sm2WithSM3, from: Int64 = -1, to: Int64 = 1,
            by issuer: CertificateAuthority? = nil, id: DistinguishingID = .standard
        ) throws -> CertifiedKey {
            let key = try SigningKey.generate(suite)
            var template = CertificateTemplate(
                subject: CertificateSubject(
                    province: province, organization: "Gongji test",
                    commonName: "node \(province)"),
                publicKey: key.publicKey,
                validity: Validity(
                    from: now.advanced(byMilliseconds: from * day),
                    to: now.advanced(byMilliseconds: to * day)))
            template.distinguishingID = id
            return try CertifiedKey(
                key: key, certificate: try (issuer ?? authority).issue(template))
        }
        // Bears the name of the true root.
        let impostor = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: "Gongji test",
                commonName: "\(network.name) root"),
            key: .generate(.sm2WithSM3), validity: Validity(from: now, days: 30))
        certificates = Certificates(
            expired: try certified(from: -20, to: -2),
            notYetValid: try certified(from: 2, to: 20), revoked: try certified(from: -20),
            revokedAt: now.advanced(byMilliseconds: -2 * day),
            otherSuite: try certified(.ed25519WithSHA256),
            wrongChain: try certified(by: impostor),
            wrongDistinguishingID: try certified(id: .empty))
        network.otherCertificates[province] = [
            certificates.expired, certificates.notYetValid, certificates.revoked,
            certificates.otherSuite,
        ].map(\.certificate)
        network.revocationList = try authority.revocationList(
            number: 2,
            [
                RevocationList.Entry(
                    serial: certificates.revoked.certificate.serial,
                    revokedAt: certificates.revokedAt, reason: .keyCompromise)
            ], thisUpdate: now, nextUpdate: now.advanced(byMilliseconds: 30 * day))
        try network.start()
        attacker = try HostilePeer(member, in: network, against: node)
        try attacker.isAnswered()
    }

    // MARK: What must be so after an attack

    /// Does `attack`, and expects the node to count `reason` among the refusals at `counter`
    /// `times` times, to name it among the last ones, and to have changed nothing.
    func expectRefusal(
        _ reason: String, at counter: KeyPath<StatusDocument.Refusals, [String: Int]>,
        times: Int = 1, sourceLocation: SourceLocation = #_sourceLocation,
        _ attack: () throws -> Void
    ) throws {
        let before = (refusals: try node.status().refusals, books: try node.books())
        let received = try node.received(from: attacker.province)
        try attack()
        let count = { (refusals: StatusDocument.Refusals) in
            refusals[keyPath: counter][reason, default: 0]
        }
        let wanted = count(before.refusals) + times
        var found = before.refusals
        try eventually(
            "refusal \(reason)",
            seen: { "\(found[keyPath: counter]), \(self.node.lastWords)" }
        ) {
            found = try node.status().refusals
            return count(found) >= wanted
        }
        #expect(count(found) == wanted, sourceLocation: sourceLocation)
        #expect(found.last.last?.reason == reason, sourceLocation: sourceLocation)
        // The status shows links ten times a second.
        pause(milliseconds: 110)
        #expect(
            try node.received(from: attacker.province) == received,
            sourceLocation: sourceLocation)
        #expect(try node.books() == before.books, sourceLocation: sourceLocation)
    }

    /// Says a good message as the attacker, and expects it to be taken and answered.
    func expectGoodMessageToWork(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try attacker.isAnswered()
        try eventually("the last message to be durable") {
            try node.received(from: attacker.province) == attacker.sent.sequence
        }
    }
}

/// Gives all tests of a suite one ``HostileStage``, and ends it after the last, failed or not.
struct OnHostileStage: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: () async throws -> Void
    ) async throws {
        let stage = try HostileStage()
        defer { stage.network.end() }
        try await HostileStage.$current.withValue(stage) { try await function() }
    }
}

extension Trait where Self == OnHostileStage {
    static var onHostileStage: Self { Self() }
}
