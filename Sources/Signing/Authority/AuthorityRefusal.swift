package import Domain

/// Why an authority did not do what was asked. Safe to log.
package enum AuthorityRefusal: Error, Equatable, CustomStringConvertible {
    case noSuchCertificate(Digest)
    case alreadyRevoked(Digest, at: Instant)
    case revocationInFuture(Instant)
    case outlivesRoot(root: Instant)
    case noCertificates(ProvinceCode)
    case rotationPending(path: String)
    case nothingToActivate(path: String)
    case badCurveKey
    case badIdentityKey
    case badStoreKey

    package var description: String {
        switch self {
        case .noSuchCertificate(let keyID):
            "this authority has issued no certificate \(keyID)"
        case .alreadyRevoked(let keyID, let instant):
            "certificate \(keyID) is revoked since \(instant) already"
        case .revocationInFuture(let instant):
            "a revocation cannot take effect in the future (\(instant)): revoke when it is time"
        case .outlivesRoot(let end):
            "the root holds until \(end) only: ask for fewer days, or make a new root"
        case .noCertificates(let province):
            "this authority has issued no certificate to \(province): issue one first"
        case .rotationPending(let path):
            "\(path) is there already: activate the rotation that has begun, or move it away"
        case .nothingToActivate(let path):
            "\(path) is not there: begin a rotation first"
        case .badCurveKey:
            "a CURVE key is 64 hexadecimal digits (32 octets)"
        case .badIdentityKey:
            "an identity key is 64 hexadecimal digits (32 octets)"
        case .badStoreKey:
            "a store key is 64 hexadecimal digits (32 octets)"
        }
    }
}
