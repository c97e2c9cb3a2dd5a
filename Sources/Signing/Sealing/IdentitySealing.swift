import COpenSSL
package import Domain
import Wire

/// Seals identity numbers for one province: `protocol/sealing.md`.
package enum IdentitySealing {
    /// The context's id, then the number.
    static let plaintextBytes = Identifier.size + IdentityNumber.size

    /// SM2 encryption (GM/T 0003.4) to the key of `certificate`, in the DER of GM/T 0009 §7.2. Each
    /// call gives other octets. They open with the same `context` only: the id of the request that
    /// they travel in.
    ///
    /// Whether the certificate holds, is not asked here: take it from
    /// ``DirectoryDocument/sealingCertificate(of:at:)``. Throws ``SealingRefusal``,
    /// ``OpenSSLFailure``.
    package static func seal(
        _ identity: IdentityNumber, context: Identifier, to certificate: X509Certificate
    ) throws -> Bytes {
        guard certificate.publicKey.suite.seals else {
            throw SealingRefusal.suiteCannotSeal(certificate.publicKey.suite)
        }
        guard certificate.maySeal else {
            throw SealingRefusal.notForSealing(keyID: certificate.keyID)
        }
        let plaintext = identity.withUnsafeBytes { number in
            SecretBytes(capacity: plaintextBytes) { buffer in
                context.withUnsafeBytes { buffer.copyMemory(from: $0) }
                UnsafeMutableRawBufferPointer(rebasing: buffer[Identifier.size...])
                    .copyMemory(from: number)
                return buffer.count
            }
        }
        return try certificate.publicKey.withPointer { key in
            try plaintext.withUnsafeBytes { try encrypt($0, to: key) }
        }
    }

    private static func encrypt(
        _ plaintext: UnsafeRawBufferPointer, to key: OpaquePointer
    ) throws(OpenSSLFailure) -> Bytes {
        let context = try made(
            EVP_PKEY_CTX_new_from_pkey(nil, key, nil), "prepare to seal")
        defer { EVP_PKEY_CTX_free(context) }
        try succeed(EVP_PKEY_encrypt_init(context), "prepare to seal")
        let octets = plaintext.bindMemory(to: UInt8.self).baseAddress
        var room = 0
        try succeed(
            EVP_PKEY_encrypt(context, nil, &room, octets, plaintext.count), "prepare to seal")
        var status: CInt = 0
        let box = Bytes(unsafeUninitializedCapacity: room) { buffer, count in
            var length = room
            status = EVP_PKEY_encrypt(
                context, buffer.baseAddress, &length, octets, plaintext.count)
            count = status == 1 ? length : 0
        }
        try succeed(status, "seal")
        return box
    }
}
