import COpenSSL
package import Domain
package import Wire

/// A private key, SM2 or Ed25519. OpenSSL cleanses its memory when the last reference goes.
/// Signs from several threads at once.
package final class SigningKey: @unchecked Sendable {
    // An EVP_PKEY is only read after it is made.
    private let key: OpaquePointer
    package let publicKey: PublicKey
    private let standard: SignatureContext

    package var suite: Suite { publicKey.suite }

    /// Takes over `key`, and frees it whatever happens.
    private init(adopting key: OpaquePointer) throws {
        do {
            publicKey = try PublicKey(
                der: try encoded("encode a public key") { i2d_PUBKEY(key, $0) })
            standard = try SignatureContext(
                key: key, suite: publicKey.suite, use: .sign, id: .standard)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A new key from OpenSSL's random generator.
    package static func generate(_ suite: Suite) throws -> SigningKey {
        let context = try made(
            EVP_PKEY_CTX_new_from_name(nil, suite.keyType, nil), "prepare to make a key")
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        try succeed(EVP_PKEY_keygen_init(context), "prepare to make a key")
        try succeed(EVP_PKEY_generate(context, &key), "make a key")
        return try SigningKey(adopting: try made(key, "make a key"))
    }

    /// The key in a PEM file.
    ///
    /// Throws ``FileRefusal`` if someone else may read or replace the file (see
    /// ``SecretFile/read(_:bytesMax:)``), ``KeyRefusal`` if no usable key is in it.
    package convenience init(file path: String) throws {
        let secret = try SecretFile.read(path, bytesMax: SigningLimits.keyFileBytesMax)
        try self.init(secret)
    }

    private convenience init(_ secret: SecretBytes) throws {
        let key = try secret.withUnsafeBytes { octets in
            let bio = try made(
                BIO_new_mem_buf(octets.baseAddress, CInt(octets.count)), "read a key")
            defer { BIO_free(bio) }
            return gongji_read_private_key(bio)
        }
        guard let key else {
            ERR_clear_error()
            throw KeyRefusal.unreadable
        }
        try self.init(adopting: key)
    }

    /// Writes the key as PEM (PKCS#8, not encrypted) to a new file of mode 0600.
    /// Throws ``FileRefusal/exists(path:)`` rather than write over a key.
    package func write(to path: String) throws {
        let bio = try made(BIO_new(BIO_s_secmem()), "encode a key")
        defer { BIO_free(bio) }
        try succeed(gongji_write_private_key(bio, key), "encode a key")
        var octets: UnsafeMutablePointer<CChar>?
        let count = gongji_bio_octets(bio, &octets)
        try SecretFile.create(path, UnsafeRawBufferPointer(start: octets, count: count))
    }

    /// SM2: DER of (r, s), GM/T 0009 §7.3, over SM3 of ZA and `bytes`. Ed25519: 64 octets, RFC 8032.
    package func sign(_ bytes: Bytes) throws(OpenSSLFailure) -> Bytes {
        try standard.sign(bytes)
    }

    /// The same with another SM2 identity. Nothing in the network verifies such a signature.
    package func sign(_ bytes: Bytes, id: DistinguishingID) throws(OpenSSLFailure) -> Bytes {
        try context(id).sign(bytes)
    }

    /// A signature context for an OpenSSL function that signs a structure; the caller frees it.
    func signatureContext(_ id: DistinguishingID) throws(OpenSSLFailure) -> OpaquePointer {
        try SignatureContext.prepare(key: key, suite: suite, use: .sign, id: id)
    }

    /// The key, for an OpenSSL function that only reads it.
    func withPointer<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try body(key)
    }

    private func context(_ id: DistinguishingID) throws(OpenSSLFailure) -> SignatureContext {
        if id == .standard { return standard }
        return try SignatureContext(key: key, suite: suite, use: .sign, id: id)
    }
}
