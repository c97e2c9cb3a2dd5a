package import Domain

/// Why a directory was not accepted: what is wrong, and what to do. Safe to log.
package enum DirectoryRefusal: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case tooLarge
    case noRoot
    case unusableRoot(name: String, reason: String)
    case badSignature
    case malformed(String)
    case otherNetwork(found: String, expected: String)
    case older(found: UInt64, current: UInt64)
    /// Two directories of one version: the authority has signed two stories.
    case otherContent(version: UInt64)
    /// Numbers of the lists of one root.
    case revocationListGoesBack(found: UInt64, current: UInt64)
    case issuedInFuture(Instant)
    case unknownSuite(String)
    case badNode(name: String, reason: String)
    case badCertificate(province: ProvinceCode, index: Int, reason: String)
    case badRevocationList(index: Int, reason: String)
    case noRevocationList(root: String)

    package var description: String {
        switch self {
        case .unreadable(let reason):
            "the directory cannot be read: \(reason)"
        case .tooLarge:
            "the directory is larger than \(SigningLimits.directoryBytesMax) octets: "
                + "take certificates out of it that no evidence needs any more"
        case .noRoot:
            "no root certificate is configured: get root.pem from the national centre and compare "
                + "its fingerprint by another channel"
        case .unusableRoot(let name, let reason):
            "root certificate \(name) cannot be trusted now: \(reason)"
        case .badSignature:
            "directory.json.sig is not a signature of a trusted root over directory.json: fetch "
                + "both files again, together, and check that root.pem is the network's"
        case .malformed(let reason):
            "directory.json does not have the form of a directory: \(reason); "
                + "the national centre must sign a correct one"
        case .otherNetwork(let found, let expected):
            "this is the directory of network \(found), and this node belongs to \(expected): "
                + "fetch the right one"
        case .older(let found, let current):
            "version \(found) is older than version \(current), which this node has loaded already: "
                + "fetch the newest one"
        case .otherContent(let version):
            "version \(version) differs from the directory of the same version that this node has "
                + "loaded already: the national centre must issue a higher version"
        case .revocationListGoesBack(let found, let current):
            "its list of revoked certificates has number \(found), and this node has had number "
                + "\(current) of that root in force: an older list, or another one of that number, takes "
                + "revocations back; the national centre must sign a directory with the newest list"
        case .issuedInFuture(let instant):
            "it was issued at \(instant), which is in the future: set this node's clock"
        case .unknownSuite(let name):
            "suite \(name) is unknown here: update this program"
        case .badNode(let name, let reason):
            "node \(name): \(reason); the national centre must sign a correct directory"
        case .badCertificate(let province, let index, let reason):
            "certificate \(index) of node \(province): \(reason); "
                + "the national centre must issue another or take it out"
        case .badRevocationList(let index, let reason):
            "revocation list \(index): \(reason); the national centre must sign a correct one"
        case .noRevocationList(let root):
            "no revocation list of root \(root), which issued certificates of this directory: "
                + "the national centre must add it, even if it is empty"
        }
    }
}
