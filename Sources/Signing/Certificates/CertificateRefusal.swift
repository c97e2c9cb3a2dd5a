/// Why a certificate, a request or a list of revoked certificates was not accepted or not made.
/// The description is safe to log.
package enum CertificateRefusal: Error, Equatable, CustomStringConvertible {
    case notPEM
    case malformed
    case tooLarge(bytesMax: Int)
    /// The octets are not the one DER encoding of what they say.
    case notCanonical
    case unsupportedKey
    /// A name or a validity that the profile does not allow.
    case outsideProfile(String)
    /// The authority's certificate cannot sign what was asked.
    case notAnAuthority
    /// A request whose signature its own key did not make.
    case notProven

    package var description: String {
        switch self {
        case .notPEM:
            "no such block in the PEM text"
        case .malformed:
            "the octets are not X.509 in DER"
        case .tooLarge(let bytesMax):
            "larger than \(bytesMax) octets"
        case .notCanonical:
            "not canonical DER: issue it again with a tool that keeps to X.690"
        case .unsupportedKey:
            "its key is neither SM2 (1.2.156.10197.1.301) nor Ed25519"
        case .outsideProfile(let reason):
            "outside the certificate profile: \(reason)"
        case .notAnAuthority:
            "the signing certificate is not an SM2 authority (basicConstraints CA, keyCertSign)"
        case .notProven:
            "the request is not signed with its own key and the identity 1234567812345678"
        }
    }
}
