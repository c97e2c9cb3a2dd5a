import Domain
import Settlement
import Signing

/// Seals the permissions that this node gives as a wallet province.
struct NodeSeals: PermissionSealing {
    private let key: PermissionKey

    init(curveSecret: Bytes) throws { key = try PermissionKey(nodeSecret: curveSecret) }

    func seal(_ terms: Digest) -> Digest {
        do { return try key.seal(terms) } catch {
            // It needs nothing but a little memory.
            preconditionFailure("no seal can be made: \(error)")
        }
    }
}
