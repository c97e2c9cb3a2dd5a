package import Domain
package import Wire

/// A private key with the certificate that was issued for it: what a node signs its batches with.
package struct CertifiedKey: BatchSigning {
    package let key: SigningKey
    package let certificate: X509Certificate

    package var suite: Suite { key.suite }
    package var keyID: Digest { certificate.keyID }

    /// Throws ``KeyRefusal/doesNotMatchCertificate`` if the two do not belong together.
    package init(key: SigningKey, certificate: X509Certificate) throws(KeyRefusal) {
        guard key.publicKey.isSame(as: certificate.publicKey) else {
            throw .doesNotMatchCertificate
        }
        self.key = key
        self.certificate = certificate
    }

    /// Loads both from PEM files; the private key's must be readable by its owner only.
    package init(keyFile: String, certificateFile: String) throws {
        try self.init(
            key: try SigningKey(file: keyFile),
            certificate: try X509Certificate(file: certificateFile))
    }

    package func sign(_ bytes: Bytes) throws -> Bytes { try key.sign(bytes) }
}
