import COpenSSL
package import Domain

/// The secret by which a wallet province knows its own permissions again (`protocol/messages.md`, Permission).
///
/// Derived from a key that the node has anyway, so it is the same after a start and stands in no store. When
/// that key is replaced, permissions that are under way are void; each lives for a minute.
package struct PermissionKey: Sendable {
    private let secret: SecretBytes

    /// `nodeSecret` is the secret CURVE key of the node.
    package init(nodeSecret: Bytes) throws {
        secret = try SecretBytes(capacity: Digest.size) { buffer in
            try nodeSecret.withUnsafeBytes { key in
                try mac(key, PermissionKey.label, into: buffer)
            }
            return Digest.size
        }
    }

    private static let label = Bytes("gongji permission seal 1".utf8)

    /// HMAC (RFC 2104) with SM3 of the digest of a permission's terms.
    package func seal(_ terms: Digest) throws -> Digest {
        try Digest { output in
            try secret.withUnsafeBytes { key in try mac(key, terms.bytes, into: output) }
        }
    }
}

private func mac(
    _ key: UnsafeRawBufferPointer, _ data: Bytes, into output: UnsafeMutableRawBufferPointer
) throws {
    var count = 0
    let done =
        EVP_Q_mac(
            nil, "HMAC", nil, "SM3", nil, key.baseAddress, key.count, data, data.count,
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count, &count) != nil
        && count == Digest.size
    guard done else { throw OpenSSLFailure("make a seal") }
}

extension PermissionKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "permission key (hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
