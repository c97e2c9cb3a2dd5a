/// What an authority puts into a certificate. The defaults are the profile for a province.
package struct CertificateTemplate: Sendable {
    package var subject: CertificateSubject
    package var publicKey: PublicKey
    package var validity: Validity
    package var usage: KeyUsage
    package var isAuthority = false
    /// Another one than the standard makes a certificate that nobody in the network accepts.
    package var distinguishingID: DistinguishingID = .standard

    package init(subject: CertificateSubject, publicKey: PublicKey, validity: Validity) {
        self.subject = subject
        self.publicKey = publicKey
        self.validity = validity
        usage = .province(publicKey.suite)
    }
}
