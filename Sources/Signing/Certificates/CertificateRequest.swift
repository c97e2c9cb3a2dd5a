import COpenSSL
import Domain

/// A request for a certificate (PKCS #10), by which a province proves that it holds a key without
/// showing it. Only the key is taken from it; the root decides about names.
package struct CertificateRequest: Sendable {
    package let publicKey: PublicKey

    /// A PEM file as `openssl req -new` writes it. Throws ``FileRefusal``, ``KeyRefusal``,
    /// ``CertificateRefusal/notProven`` unless its own key signed it with the standard identity.
    package init(file path: String) throws {
        let text = try PublicFile.read(path, bytesMax: SigningLimits.certificateBytesMax)
        guard let block = PEMBlock.first(in: text), block.label == "CERTIFICATE REQUEST" else {
            throw CertificateRefusal.notPEM
        }
        defer { ERR_clear_error() }
        let parsed = block.der.withUnsafeBufferPointer { octets in
            var cursor = octets.baseAddress
            return d2i_X509_REQ(nil, &cursor, octets.count)
        }
        guard let request = parsed, let signedBytes = signedPart(of: block.der) else {
            X509_REQ_free(parsed)
            throw CertificateRefusal.malformed
        }
        defer { X509_REQ_free(request) }
        publicKey = try PublicKey(adopting: try made(X509_REQ_get_pubkey(request), "read a key"))
        var bits: UnsafePointer<ASN1_BIT_STRING>?
        X509_REQ_get0_signature(request, &bits, nil)
        guard publicKey.verifies(signatureOctets(bits), over: signedBytes) else {
            throw CertificateRefusal.notProven
        }
    }
}
