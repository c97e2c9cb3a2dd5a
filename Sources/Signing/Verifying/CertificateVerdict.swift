import Domain
import Wire

/// What can be said of a certificate before anybody asks: all but the instant and the signature.
struct CertificateVerdict: Sendable {
    let certificate: X509Certificate
    /// The province whose certificate the directory says it is.
    let province: ProvinceCode
    /// The root that issued it, or why none did.
    let issuer: Result<X509Certificate, ChainFault>
    let revokedAt: Instant?

    init(
        _ certificate: X509Certificate, of province: ProvinceCode, roots: [X509Certificate],
        revocationLists: [RevocationList]
    ) {
        self.certificate = certificate
        self.province = province
        let issuer = certificate.issuer(among: roots)
        self.issuer = issuer
        if case .success(let root) = issuer {
            revokedAt =
                revocationLists
                .filter { $0.fault(against: root) == nil }
                .compactMap { $0.revocation(of: certificate.serial) }
                .min()
        } else {
            revokedAt = nil
        }
    }

    /// Why nothing that it signed is evidence, whatever the instant; nil if it may be.
    func refusalWhenever(signer: ProvinceCode, suite: Suite) -> SignatureRefusal? {
        guard signer == province, certificate.province == province else { return .wrongProvince }
        guard case .success = issuer else { return .wrongChain }
        guard certificate.maySignBatches, certificate.publicKey.suite == suite else {
            return .wrongUsage
        }
        return nil
    }

    /// The first reason not to accept this certificate, in the order of ``SignatureRefusal``.
    func refusal(
        signer: ProvinceCode, suite: Suite, at instant: Instant
    ) -> SignatureRefusal? {
        guard signer == province, certificate.province == province else { return .wrongProvince }
        guard case .success(let root) = issuer else { return .wrongChain }
        if instant < certificate.validity.notBefore || instant < root.validity.notBefore {
            return .notYetValid
        }
        if instant > certificate.validity.notAfter || instant > root.validity.notAfter {
            return .expired
        }
        if let revokedAt, instant >= revokedAt { return .revoked }
        guard certificate.maySignBatches, certificate.publicKey.suite == suite else {
            return .wrongUsage
        }
        return nil
    }
}
