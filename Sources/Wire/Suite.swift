package import Domain

/// A pair of signature and digest algorithms. The directory says which are allowed.
package enum Suite: UInt8, Sendable, CaseIterable {
    /// SM2 signature (GB/T 32918.2, DER, distid `1234567812345678`) with SM3 (GB/T 32905).
    case sm2WithSM3 = 1
    /// Ed25519 (RFC 8032) with SHA-256.
    case ed25519WithSHA256 = 2
}

/// The digest function of a suite. Implemented by `Signing`, which has the C library.
package protocol Hashing: Sendable {
    /// Digest of `bytes`.
    func digest(_ bytes: Bytes) -> Digest
    /// RFC 6962 §2.1 leaf: digest of the octet 0x00 and `data`.
    func leaf(_ data: Bytes) -> Digest
    /// RFC 6962 §2.1 inner node: digest of the octet 0x01, `left` and `right`.
    func node(_ left: Digest, _ right: Digest) -> Digest
}

/// What a node signs its batches with: its private key and the certificate that goes with it.
package protocol BatchSigning: Sendable {
    var suite: Suite { get }
    /// SM3 digest of the DER certificate, whatever the suite.
    var keyID: Digest { get }
    /// Signature over `bytes`. Throws if the C library fails.
    func sign(_ bytes: Bytes) throws -> Bytes
}

/// Who checks signatures: knows the certificates of the directory, the root and the lists of
/// revoked certificates. Safe to call from several threads at once.
package protocol SignatureVerifying: Sendable {
    /// The digest function of `suite`, or nil if the directory does not allow the suite.
    func hashing(_ suite: Suite) -> (any Hashing)?
    /// Nil if `signature` is a signature of `signer` over `bytes` made with the certificate
    /// `keyID`, and that certificate was valid at `instant`; else why not.
    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal?
    /// Whether the signature of `claim` is good and its certificate is one that the directory has of its
    /// signer, whatever its instant: evidence of what was once said does not end with a certificate.
    func isMade(_ claim: SignatureClaim) -> Bool
    /// Whoever made the signature of `claim`, if it is one of the operators of the national node whose
    /// certificates the directory lists apart from those of nodes; else why it is not.
    func nationalOperator(
        _ claim: SignatureClaim
    ) -> Result<NationalOperator, SignatureRefusal>
    /// ``refusal(of:over:suite:keyID:signer:at:)`` of several, in their order. A verifier whose checks are slow makes them on all
    /// processors at once.
    func refusals(of claims: [SignatureClaim]) -> [SignatureRefusal?]
}

extension SignatureVerifying {
    /// Of a network without operators.
    package func nationalOperator(
        _ claim: SignatureClaim
    ) -> Result<NationalOperator, SignatureRefusal> { .failure(.unknownCertificate) }

    package func refusals(of claims: [SignatureClaim]) -> [SignatureRefusal?] {
        claims.map { refusal(of: $0) }
    }

    package func refusal(of claim: SignatureClaim) -> SignatureRefusal? {
        refusal(
            of: claim.signature, over: claim.bytes, suite: claim.suite, keyID: claim.keyID,
            signer: claim.signer, at: claim.instant)
    }
}

/// A signature, and what is to be asked of it: see ``SignatureVerifying``.
package struct SignatureClaim: Sendable {
    package let signature: Bytes
    package let bytes: Bytes
    package let suite: Suite
    package let keyID: Digest
    package let signer: ProvinceCode
    package let instant: Instant

    package init(
        _ signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest, signer: ProvinceCode,
        at instant: Instant
    ) {
        self.signature = signature
        self.bytes = bytes
        self.suite = suite
        self.keyID = keyID
        self.signer = signer
        self.instant = instant
    }
}

/// Why a signature was not accepted. Raw values stand in `status` and in logs.
package enum SignatureRefusal: String, Error, Sendable, CaseIterable {
    case suiteNotAllowed = "suite_not_allowed"
    case unknownCertificate = "unknown_certificate"
    /// The certificate belongs to another province than the one that speaks.
    case wrongProvince = "certificate_wrong_province"
    case wrongChain = "certificate_wrong_chain"
    case notYetValid = "certificate_not_yet_valid"
    case expired = "certificate_expired"
    case revoked = "certificate_revoked"
    /// The certificate may not sign (key usage).
    case wrongUsage = "certificate_wrong_usage"
    case badSignature = "bad_signature"
}
