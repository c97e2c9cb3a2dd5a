import COpenSSL
package import Domain
package import Wire

/// A public key, SM2 or Ed25519. Verifies from several threads at once.
package final class PublicKey: @unchecked Sendable {
    // An EVP_PKEY is only read after it is made.
    private let key: OpaquePointer
    package let suite: Suite
    /// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    package let der: Bytes
    private let standard: SignatureContext

    /// The key in a SubjectPublicKeyInfo. Throws ``KeyRefusal``, ``OpenSSLFailure``.
    package convenience init(der: Bytes) throws {
        let key = der.withUnsafeBufferPointer { octets -> OpaquePointer? in
            var cursor = octets.baseAddress
            let key = d2i_PUBKEY(nil, &cursor, octets.count)
            guard cursor == octets.baseAddress.map({ $0 + octets.count }) else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let key else {
            ERR_clear_error()
            throw KeyRefusal.unreadable
        }
        try self.init(adopting: key)
    }

    /// The key in `BEGIN PUBLIC KEY` text, as `openssl pkey -pubout` writes it.
    package convenience init(pem: Bytes) throws {
        guard let block = PEMBlock.first(in: pem), block.label == "PUBLIC KEY" else {
            throw KeyRefusal.unreadable
        }
        try self.init(der: block.der)
    }

    /// Takes over `key`, and frees it whatever happens.
    init(adopting key: OpaquePointer) throws {
        do {
            suite = try Suite(of: key)
            der = try encoded("encode a public key") { i2d_PUBKEY(key, $0) }
            standard = try SignatureContext(key: key, suite: suite, use: .verify, id: .standard)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    package var pem: Bytes { PEMBlock(label: "PUBLIC KEY", der: der).text }

    /// Whether `signature` was made over `bytes` with the private half of this key and `id`.
    package func verifies(
        _ signature: Bytes, over bytes: Bytes, id: DistinguishingID = .standard
    ) -> Bool {
        if id == .standard || suite != .sm2WithSM3 {
            return standard.verifies(signature, over: bytes)
        }
        let other = try? SignatureContext(key: key, suite: suite, use: .verify, id: id)
        return other?.verifies(signature, over: bytes) ?? false
    }

    /// Whether both stand for the same point, however it is encoded.
    package func isSame(as other: PublicKey) -> Bool { EVP_PKEY_eq(key, other.key) == 1 }

    /// The key, for an OpenSSL function that only reads it.
    func withPointer<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try body(key)
    }
}

extension Suite {
    /// The suite that a key of OpenSSL signs in.
    init(of key: OpaquePointer) throws(KeyRefusal) {
        guard let suite = Suite.allCases.first(where: { EVP_PKEY_is_a(key, $0.keyType) == 1 })
        else { throw .unsupportedAlgorithm }
        self = suite
    }
}
