import Domain
import Rounds
import Wire

/// A simulated certificate with its key: whoever has the secret can sign, and the verifier knows all
/// secrets.
struct Credential: Sendable {
    let keyID: Digest
    let province: ProvinceCode
    let validFrom: Instant
    let validUntil: Instant
    fileprivate let secret: UInt64

    init(of province: ProvinceCode, from: Instant, until: Instant, _ chance: inout Chance) {
        self.province = province
        validFrom = from
        validUntil = until
        secret = chance.next()
        var mix = Mix(seed: 7)
        mix.absorb(secret)
        keyID = mix.digest
    }

    fileprivate func signature(over bytes: Bytes) -> Bytes {
        var mix = Mix(seed: secret)
        bytes.withUnsafeBytes { mix.absorb($0) }
        return mix.digest.bytes
    }
}

extension Credential: StationSigning {
    var suite: Suite { .ed25519WithSHA256 }
    var hashing: any Hashing { QuickHashing() }
    func sign(_ bytes: Bytes) -> Bytes { signature(over: bytes) }
}

/// One edition of the directory: who takes part, with which certificates.
final class Edition: SignatureVerifying {
    let version: Int
    /// In ascending order.
    let members: [ProvinceCode]
    private let certificates: [Digest: Credential]
    private let revoked: [Digest: Instant]

    private init(
        version: Int, members: [ProvinceCode], certificates: [Digest: Credential],
        revoked: [Digest: Instant]
    ) {
        self.version = version
        self.members = members
        self.certificates = certificates
        self.revoked = revoked
    }

    convenience init(first members: [ProvinceCode], _ credentials: [Credential]) {
        self.init(
            version: 1, members: members,
            certificates: Dictionary(uniqueKeysWithValues: credentials.map { ($0.keyID, $0) }),
            revoked: [:])
    }

    /// The next edition, with a new certificate, a new member, a certificate revoked.
    func next(
        adding credential: Credential? = nil, member: ProvinceCode? = nil,
        revoking keyID: Digest? = nil, at now: Instant
    ) -> Edition {
        var certificates = certificates
        if let credential { certificates[credential.keyID] = credential }
        var revoked = revoked
        if let keyID { revoked[keyID] = now }
        return Edition(
            version: version + 1, members: (members + [member].compactMap { $0 }).sorted(),
            certificates: certificates, revoked: revoked)
    }

    func holds(_ credential: Credential) -> Bool { certificates[credential.keyID] != nil }

    func hashing(_ suite: Suite) -> (any Hashing)? {
        suite == .ed25519WithSHA256 ? QuickHashing() : nil
    }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        guard suite == .ed25519WithSHA256 else { return .suiteNotAllowed }
        if let refusal = refusal(ofCertificate: keyID, signer: signer, at: instant) {
            return refusal
        }
        return certificates[keyID]?.signature(over: bytes) == signature ? nil : .badSignature
    }

    func isMade(_ claim: SignatureClaim) -> Bool {
        guard claim.suite == .ed25519WithSHA256, let credential = certificates[claim.keyID],
            credential.province == claim.signer
        else { return false }
        return credential.signature(over: claim.bytes) == claim.signature
    }

    func refusal(
        ofCertificate keyID: Digest, signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        guard let credential = certificates[keyID] else { return .unknownCertificate }
        guard credential.province == signer else { return .wrongProvince }
        guard instant >= credential.validFrom else { return .notYetValid }
        guard instant <= credential.validUntil else { return .expired }
        if let since = revoked[keyID], instant >= since { return .revoked }
        return nil
    }
}
