package import Domain
import Wire

extension DirectoryDocument {
    /// The certificate to which to seal for `province` at `instant`: of those that hold and may be
    /// sealed to, the one that begins last. In a rotation that is the next one, whose key the
    /// province has had since before the directory named it.
    ///
    /// Throws ``SealingRefusal/noCertificate(_:)``.
    package func sealingCertificate(
        of province: ProvinceCode, at instant: Instant
    ) throws(SealingRefusal) -> X509Certificate {
        let fit = (node(province)?.certificates ?? []).filter { certificate in
            let verdict = CertificateVerdict(
                certificate, of: province, roots: roots, revocationLists: revocationLists)
            let suite = certificate.publicKey.suite
            return certificate.maySeal && suites.contains(suite)
                && verdict.refusal(signer: province, suite: suite, at: instant) == nil
        }
        guard let newest = fit.max(by: { $0.validity.notBefore < $1.validity.notBefore }) else {
            throw .noCertificate(province)
        }
        return newest
    }
}
