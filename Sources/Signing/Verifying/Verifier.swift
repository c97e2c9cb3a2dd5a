import Dispatch
package import Domain
package import Wire

/// Checks signatures against one edition of the directory. It never changes: when the directory
/// does, make another and let go of this one.
///
/// Chain, usage and province of every certificate are judged once, here. Dates and revocation are
/// judged for the instant of each call, so that old evidence verifies at the time it was made:
/// until the end of its certificate's validity, and before a revocation took effect. An instant
/// that the signer chose proves nothing about a revoked certificate: judge live messages by this
/// node's own clock, and evidence by the instant at which its receiver checked it, which its journal has.
package final class Verifier: SignatureVerifying {
    private let suites: Set<Suite>
    private let verdicts: [Digest: CertificateVerdict]
    /// Of the operators of the national node: they sign no batch, and no node signs in their place.
    private let operators: [Digest: CertificateVerdict]
    private let cache: VerificationCache

    /// All that a directory, which was verified when it was loaded, says.
    package convenience init(_ directory: DirectoryDocument) {
        self.init(
            suites: directory.suites,
            certificates: directory.nodes.flatMap { node in
                node.certificates.map { (node.province, $0) }
            },
            operators: directory.operators, roots: directory.roots,
            revocationLists: directory.revocationLists)
    }

    /// `roots` are trusted as they are. A list that none of them made revokes nothing; loading a
    /// directory refuses such a list.
    package init(
        suites: Set<Suite>, certificates: [(ProvinceCode, X509Certificate)],
        operators: [X509Certificate] = [], roots: [X509Certificate],
        revocationLists: [RevocationList],
        cacheEntries: Int = SigningLimits.verificationCacheEntries
    ) {
        self.suites = suites
        verdicts = Dictionary(
            certificates.map { province, certificate in
                (
                    certificate.keyID,
                    CertificateVerdict(
                        certificate, of: province, roots: roots, revocationLists: revocationLists)
                )
            }, uniquingKeysWith: { first, _ in first })
        self.operators = Dictionary(
            operators.map { certificate in
                (
                    certificate.keyID,
                    CertificateVerdict(
                        certificate, of: .national, roots: roots, revocationLists: revocationLists)
                )
            }, uniquingKeysWith: { first, _ in first })
        cache = VerificationCache(capacity: cacheEntries)
    }

    package func hashing(_ suite: Suite) -> (any Hashing)? {
        suites.contains(suite) ? suite.hashing : nil
    }

    /// A certificate whose key is of another suite than `suite` is refused as `wrongUsage`.
    package func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        if let refusal = refusal(ofCertificate: keyID, suite: suite, signer: signer, at: instant) {
            return refusal
        }
        guard let verdict = verdicts[keyID] else { return .unknownCertificate }
        return isGood(signature, over: bytes, suite, keyID, verdict) ? nil : .badSignature
    }

    private func isGood(
        _ signature: Bytes, over bytes: Bytes, _ suite: Suite, _ keyID: Digest,
        _ verdict: CertificateVerdict
    ) -> Bool {
        guard !signature.isEmpty, signature.count <= suite.signatureBytesMax else { return false }
        let key = VerificationCache.Key(keyID: keyID, signature: signature, bytes: bytes)
        if cache.contains(key) { return true }
        guard verdict.certificate.publicKey.verifies(signature, over: bytes) else { return false }
        cache.insert(key)
        return true
    }

    /// A certificate that has ended or was revoked is one all the same; one that no root issued, or that
    /// may not sign, is none.
    package func isMade(_ claim: SignatureClaim) -> Bool {
        guard let verdict = verdicts[claim.keyID],
            verdict.refusalWhenever(signer: claim.signer, suite: claim.suite) == nil
        else { return false }
        return isGood(claim.signature, over: claim.bytes, claim.suite, claim.keyID, verdict)
    }

    package func nationalOperator(
        _ claim: SignatureClaim
    ) -> Result<NationalOperator, SignatureRefusal> {
        guard suites.contains(claim.suite) else { return .failure(.suiteNotAllowed) }
        guard let verdict = operators[claim.keyID] else { return .failure(.unknownCertificate) }
        if let refusal = verdict.refusal(
            signer: claim.signer, suite: claim.suite, at: claim.instant)
        {
            return .failure(refusal)
        }
        let certificate = verdict.certificate
        guard let name = certificate.commonName else { return .failure(.wrongUsage) }
        guard isGood(claim.signature, over: claim.bytes, claim.suite, claim.keyID, verdict) else {
            return .failure(.badSignature)
        }
        return .success(NationalOperator(name: name, publicKey: certificate.publicKey.der))
    }

    package func refusals(of claims: [SignatureClaim]) -> [SignatureRefusal?] {
        [SignatureRefusal?](unsafeUninitializedCapacity: claims.count) { slots, count in
            // Each iteration has a slot of its own.
            nonisolated(unsafe) let slots = slots
            DispatchQueue.concurrentPerform(iterations: claims.count) { index in
                slots.initializeElement(at: index, to: refusal(of: claims[index]))
            }
            count = claims.count
        }
    }

    /// Why nothing is accepted that is signed with the certificate `keyID` at `instant`; nil if it is.
    package func refusal(
        ofCertificate keyID: Digest, suite: Suite, signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        guard suites.contains(suite) else { return .suiteNotAllowed }
        guard let verdict = verdicts[keyID] else { return .unknownCertificate }
        return verdict.refusal(signer: signer, suite: suite, at: instant)
    }

    /// How many good signatures are remembered.
    package var cachedSignatures: Int { cache.count }
}
