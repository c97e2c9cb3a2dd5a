import Domain
import Foundation
import Signing
import Wire

/// A root with certificates for three provinces, made anew for each run.
struct TestNetwork {
    static let name = "gongji-vectors-1"
    static let shanghai = ProvinceCode(310_000)!
    static let zhejiang = ProvinceCode(330_000)!
    static let shandong = ProvinceCode(370_000)!
    static let guangdong = ProvinceCode(440_000)!
    /// 2026-05-29 in Shanghai.
    static let now = Instant(milliseconds: 1_780_000_000_000)
    static let day: Int64 = 86_400_000

    let suite: Wire.Suite
    let authority: CertificateAuthority
    var root: X509Certificate { authority.certificate }

    init(_ suite: Wire.Suite = .sm2WithSM3, commonName: String = "vector root") throws {
        self.suite = suite
        authority = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: "Gongji vectors", commonName: commonName),
            key: try .generate(.sm2WithSM3),
            validity: Validity(from: TestNetwork.at(day: -1000), days: 36_500))
    }

    static func at(day: Int64) -> Instant {
        now.advanced(byMilliseconds: day * TestNetwork.day)
    }

    func certified(
        _ province: ProvinceCode = shanghai, from: Int64 = -10, to: Int64 = 700,
        _ change: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> CertifiedKey {
        let key = try SigningKey.generate(suite)
        var template = CertificateTemplate(
            subject: CertificateSubject(
                province: province, organization: "Gongji vectors", commonName: "node \(province)"),
            publicKey: key.publicKey,
            validity: Validity(from: TestNetwork.at(day: from), to: TestNetwork.at(day: to)))
        change(&template)
        return try CertifiedKey(key: key, certificate: try authority.issue(template))
    }

    func verifier(
        _ keys: [CertifiedKey], of province: ProvinceCode = shanghai,
        suites: Set<Wire.Suite> = Set(Wire.Suite.allCases),
        revoked: [(CertifiedKey, Instant)] = []
    ) throws -> Verifier {
        Verifier(
            suites: suites, certificates: keys.map { (province, $0.certificate) }, roots: [root],
            revocationLists: [try revocationList(revoked)])
    }

    func revocationList(_ revoked: [(CertifiedKey, Instant)]) throws -> RevocationList {
        try authority.revocationList(
            number: 1,
            revoked.map {
                RevocationList.Entry(
                    serial: $0.0.certificate.serial, revokedAt: $0.1, reason: .keyCompromise)
            }, thisUpdate: TestNetwork.at(day: -1), nextUpdate: TestNetwork.at(day: 29))
    }
}

/// A signed batch from Shanghai to Shandong, with all that is needed to change one thing about it.
struct BatchMaker {
    var network = TestNetwork.name
    var version: UInt32 = BatchHeader.version
    var from = TestNetwork.shanghai
    var to = TestNetwork.shandong
    var time = TestNetwork.now
    var messages: [Wire.Message] = [Samples.walletQuery, Samples.release]
    var count: Int?

    var header: BatchHeader {
        var header = BatchHeader(
            network: network, from: from, to: to, epoch: Samples.id(0xe0),
            firstSequence: 7, count: count ?? messages.count,
            ack: LinkPosition(
                epoch: Samples.id(0xe1), sequence: 41, digest: Samples.digest("ack")),
            time: time, linkDigest: Samples.digest("link"),
            sentSequence: 6 + UInt64(messages.count))
        header.version = version
        return header
    }

    /// Frame 0 and the message frames, signed; also where the header tells another count.
    func frames(_ signer: CertifiedKey) throws -> [Bytes] {
        let hashing = signer.suite.hashing
        let header = header.encoded()
        let frames = messages.map { $0.encoded() }
        let subtree = Merkle.root(([header] + frames).map { hashing.leaf($0) }, hashing)
        let root = Merkle.root([hashing.leaf(subtree.bytes)], hashing)
        let envelope = BatchEnvelope(
            header: header, treeIndex: 0, treeSize: 1, treePath: [], suite: signer.suite,
            keyID: signer.keyID,
            signature: try signer.sign(BatchEnvelope.signedBytes(root: root)))
        return [envelope.encoded()] + frames
    }

    /// What shows the sender that it has signed this batch.
    func proof(_ signer: CertifiedKey) throws -> HeaderProof {
        let frames = try frames(signer)
        let hashing = signer.suite.hashing
        let header = try BatchEnvelope(decoding: frames[0]).header
        let leaves = [hashing.leaf(header)] + frames.dropFirst().map { hashing.leaf($0) }
        return HeaderProof(
            envelope: frames[0], headerPath: Merkle.path(of: 0, in: leaves, hashing))
    }

    func flushPart() -> FlushPart {
        FlushPart(header: header, frames: messages.map { $0.encoded() })
    }
}

/// What a receiver in Shandong makes of `frames` from `peer`; the refusal, or nil if it is taken.
func refusal(
    of frames: [Bytes], from peer: ProvinceCode = TestNetwork.shanghai,
    at node: ProvinceCode = TestNetwork.shandong, network: String = TestNetwork.name,
    now: Instant = TestNetwork.now, _ verifier: any SignatureVerifying
) -> BatchRefusal? {
    do throws(BatchRefusal) {
        _ = try InboundBatch(
            received: frames, from: peer, at: node, network: network, now: now, sm3: SM3Hashing(),
            verifier: verifier)
        return nil
    } catch {
        return error
    }
}
