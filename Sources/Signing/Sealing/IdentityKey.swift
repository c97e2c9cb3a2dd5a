import COpenSSL
package import Domain

/// A node's own secret, by which its store finds a person by identity number without holding any.
///
/// Whoever has the key and the store can try all numbers: it is worth as much as the numbers
/// themselves. It never changes, for the indexes in the store cannot be made anew without them.
package struct IdentityKey: Sendable {
    package static let size = 32

    private let secret: SecretBytes

    private init(_ secret: SecretBytes) { self.secret = secret }

    /// A new key from OpenSSL's generator for secrets.
    package static func generate() throws -> IdentityKey {
        IdentityKey(
            try SecretBytes(capacity: size) { buffer in
                try succeed(
                    RAND_priv_bytes(
                        buffer.bindMemory(to: UInt8.self).baseAddress, CInt(buffer.count)),
                    "draw an identity key")
                return buffer.count
            })
    }

    /// Reads 64 hexadecimal digits. Throws ``FileRefusal`` if someone else may read or replace the
    /// file, ``AuthorityRefusal/badIdentityKey``.
    package init(file path: String) throws {
        let text = try SecretFile.read(path, bytesMax: 256)
        let read = text.withUnsafeBytes {
            SecretBytes(hexadecimal: $0, count: IdentityKey.size)
        }
        guard let read else { throw AuthorityRefusal.badIdentityKey }
        secret = read
    }

    /// Writes hexadecimal to a new file of mode 0600. Throws ``FileRefusal/exists(path:)`` rather
    /// than write over a key.
    package func write(to path: String) throws {
        try secret.hexadecimalLine.withUnsafeBytes { try SecretFile.create(path, $0) }
    }

    /// HMAC (RFC 2104) with SM3 of the 18 characters. Always the same for the same key and number.
    package func index(of identity: IdentityNumber) throws(OpenSSLFailure) -> Digest {
        try Digest { (output) throws(OpenSSLFailure) in
            let done = secret.withUnsafeBytes { key in
                identity.withUnsafeBytes { number in
                    var count = 0
                    return EVP_Q_mac(
                        nil, "HMAC", nil, "SM3", nil, key.baseAddress, key.count,
                        number.baseAddress?.assumingMemoryBound(to: UInt8.self), number.count,
                        output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count,
                        &count) != nil && count == Digest.size
                }
            }
            guard done else { throw OpenSSLFailure("make an index") }
        }
    }
}

extension IdentityKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "identity key (hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
