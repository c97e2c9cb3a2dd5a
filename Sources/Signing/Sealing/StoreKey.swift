import COpenSSL
package import Domain
package import Storage

/// The secret under which the rows of a node's store are sealed. It stands beside the node's other
/// keys, never in the store.
///
/// Without it the store cannot be read; who has it and the store can change both. It is kept as long
/// as the store and its backups, apart from them.
package struct StoreKey: Sendable {
    package static let size = 32

    private let secret: SecretBytes

    private init(_ secret: SecretBytes) { self.secret = secret }

    /// A new key from OpenSSL's generator for secrets.
    package static func generate() throws -> StoreKey {
        StoreKey(
            try SecretBytes(capacity: size) { buffer in
                try succeed(
                    RAND_priv_bytes(
                        buffer.bindMemory(to: UInt8.self).baseAddress, CInt(buffer.count)),
                    "draw a store key")
                return buffer.count
            })
    }

    /// Reads 64 hexadecimal digits. Throws ``FileRefusal`` if someone else may read or replace the
    /// file, ``AuthorityRefusal/badStoreKey``.
    package init(file path: String) throws {
        let text = try SecretFile.read(path, bytesMax: 256)
        let read = text.withUnsafeBytes { SecretBytes(hexadecimal: $0, count: StoreKey.size) }
        guard let read else { throw AuthorityRefusal.badStoreKey }
        secret = read
    }

    /// Writes hexadecimal to a new file of mode 0600. Throws ``FileRefusal/exists(path:)`` rather
    /// than write over a key.
    package func write(to path: String) throws {
        try secret.hexadecimalLine.withUnsafeBytes { try SecretFile.create(path, $0) }
    }

    /// HMAC-SHA-256 of `label` under the key: a key of its own for each use.
    func derived(_ label: StaticString) -> SecretBytes {
        SecretBytes(capacity: StoreKey.size) { output in
            let done = secret.withUnsafeBytes { key in
                var count = 0
                return EVP_Q_mac(
                    nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count,
                    label.utf8Start, label.utf8CodeUnitCount,
                    output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count, &count)
                    != nil && count == StoreKey.size
            }
            precondition(done, "OpenSSL's default provider has no HMAC-SHA-256")
            return StoreKey.size
        }
    }
}

extension StoreKey: StoreKeying {
    package var check: Bytes {
        derived("gongji store 1: which key").withUnsafeBytes { Bytes($0.prefix(16)) }
    }

    package func makeSealing() -> any RowSealing { RowSeals(self) }
}

extension StoreKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "store key (hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
