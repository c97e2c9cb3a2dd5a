import COpenSSL
package import Domain
import Wire

/// Opens identity numbers that were sealed to this node. Works from several threads at once.
package struct IdentityOpener: Sendable {
    private let keys: [SigningKey]

    /// Throws ``SealingRefusal/suiteCannotSeal(_:)`` if nothing can be sealed to the key.
    package init(_ key: SigningKey) throws(SealingRefusal) { try self.init([key]) }

    /// Tries `keys` in their order: those of a rotation, say. Keys that only sign are left out;
    /// throws ``SealingRefusal/suiteCannotSeal(_:)`` if no other is there.
    package init(_ keys: [SigningKey]) throws(SealingRefusal) {
        self.keys = keys.filter(\.suite.seals)
        if self.keys.isEmpty { throw .suiteCannotSeal(.ed25519WithSHA256) }
    }

    /// The number in `box`. `context` is the id of the request that the box came in.
    ///
    /// Throws ``SealingRefusal/cannotBeOpened`` whatever the reason.
    package func open(
        _ box: Bytes, context: Identifier
    ) throws(SealingRefusal) -> IdentityNumber {
        guard SealedForm.holds(box) else { throw .cannotBeOpened }
        for key in keys {
            if let identity = IdentityOpener.open(box, context, with: key) { return identity }
        }
        throw .cannotBeOpened
    }

    private static func open(
        _ box: Bytes, _ context: Identifier, with key: SigningKey
    ) -> IdentityNumber? {
        defer { ERR_clear_error() }
        return key.withPointer { pointer in
            guard let decryption = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return nil }
            defer { EVP_PKEY_CTX_free(decryption) }
            guard EVP_PKEY_decrypt_init(decryption) == 1 else { return nil }
            // As much room as OpenSSL could want: it asks for no more than there is in the box.
            let plaintext = SecretBytes(capacity: box.count) { buffer in
                var count = buffer.count
                let octets = buffer.bindMemory(to: UInt8.self).baseAddress
                return EVP_PKEY_decrypt(decryption, octets, &count, box, box.count) == 1 ? count : 0
            }
            return plaintext.withUnsafeBytes { octets in
                guard octets.count == IdentitySealing.plaintextBytes,
                    octets.prefix(Identifier.size).elementsEqual(context.bytes)
                else { return nil }
                return try? IdentityNumber(
                    octets: UnsafeRawBufferPointer(rebasing: octets.dropFirst(Identifier.size)))
            }
        }
    }
}
