/// Why a key was not accepted. The description is safe to log.
package enum KeyRefusal: Error, Equatable, CustomStringConvertible {
    /// Not PEM, damaged, or encrypted with a pass phrase.
    case unreadable
    case unsupportedAlgorithm
    /// The certificate was made for another key.
    case doesNotMatchCertificate

    package var description: String {
        switch self {
        case .unreadable:
            "the key cannot be read: it must be one unencrypted key in PEM (PKCS#8)"
        case .unsupportedAlgorithm:
            "the key is neither SM2 (1.2.156.10197.1.301) nor Ed25519"
        case .doesNotMatchCertificate:
            "the private key and the certificate do not belong together: "
                + "use the pair of files that was issued together"
        }
    }
}
