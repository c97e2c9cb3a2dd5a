import COpenSSL
import Domain
import Wire

/// An EVP_MD_CTX that stands ready to sign or to verify with one key. Each signature works on a
/// copy of it, which saves fetching the algorithm and setting the identity again.
final class SignatureContext: @unchecked Sendable {
    // After init only read: EVP_MD_CTX_copy_ex takes its source as const.
    private let prepared: OpaquePointer
    private let suite: Suite

    enum Use { case sign, verify }

    init(
        key: OpaquePointer, suite: Suite, use: Use, id: DistinguishingID
    ) throws(OpenSSLFailure) {
        self.suite = suite
        prepared = try SignatureContext.prepare(key: key, suite: suite, use: use, id: id)
    }

    /// A context from the ground up; the caller frees it with `EVP_MD_CTX_free`.
    ///
    /// `X509_sign_ctx` needs one of these: it asks for the algorithm identifier, and in a copy of
    /// an SM2 context of OpenSSL 3.0 that one points into the original, which may be gone.
    static func prepare(
        key: OpaquePointer, suite: Suite, use: Use, id: DistinguishingID
    ) throws(OpenSSLFailure) -> OpaquePointer {
        let context = try made(EVP_MD_CTX_new(), "make a signature context")
        var keyContext: OpaquePointer?
        let digest = suite.signatureDigest
        do {
            switch use {
            case .sign:
                try succeed(
                    EVP_DigestSignInit_ex(context, &keyContext, digest, nil, nil, key, nil),
                    "prepare to sign")
            case .verify:
                try succeed(
                    EVP_DigestVerifyInit_ex(context, &keyContext, digest, nil, nil, key, nil),
                    "prepare to verify")
            }
            if suite == .sm2WithSM3 {
                try succeed(
                    EVP_PKEY_CTX_set1_id(keyContext, id.bytes, CInt(id.bytes.count)),
                    "set the SM2 identity")
            }
        } catch {
            EVP_MD_CTX_free(context)
            throw error
        }
        return context
    }

    deinit { EVP_MD_CTX_free(prepared) }

    /// A context of its own for one signature; the caller frees it with `EVP_MD_CTX_free`.
    private func copy() throws(OpenSSLFailure) -> OpaquePointer {
        let context = try made(EVP_MD_CTX_new(), "make a signature context")
        guard EVP_MD_CTX_copy_ex(context, prepared) == 1 else {
            EVP_MD_CTX_free(context)
            throw OpenSSLFailure("copy a signature context")
        }
        return context
    }

    func sign(_ bytes: Bytes) throws(OpenSSLFailure) -> Bytes {
        let context = try copy()
        defer { EVP_MD_CTX_free(context) }
        var status: CInt = 0
        let signature = Bytes(unsafeUninitializedCapacity: suite.signatureBytesMax) { room, count in
            var length = suite.signatureBytesMax
            status = EVP_DigestSign(context, room.baseAddress, &length, bytes, bytes.count)
            count = status == 1 ? length : 0
        }
        try succeed(status, "sign")
        return signature
    }

    /// False as well if OpenSSL fails: what cannot be verified is not verified.
    func verifies(_ signature: Bytes, over bytes: Bytes) -> Bool {
        guard !signature.isEmpty, signature.count <= suite.signatureBytesMax,
            let context = try? copy()
        else { return false }
        defer { EVP_MD_CTX_free(context) }
        let status = EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count)
        if status != 1 { ERR_clear_error() }
        return status == 1
    }
}
