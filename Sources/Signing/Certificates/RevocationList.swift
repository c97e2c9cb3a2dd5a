import COpenSSL
package import Domain
import Wire

/// A list of revoked certificates (CRL, RFC 5280 §5), complete for its issuer.
package struct RevocationList: Sendable {
    package struct Entry: Hashable, Sendable {
        /// Big-endian without leading zeroes, as ``X509Certificate/serial``.
        package let serial: Bytes
        /// From this instant on nothing that the certificate signs is accepted.
        package let revokedAt: Instant
        package let reason: RevocationReason

        package init(serial: Bytes, revokedAt: Instant, reason: RevocationReason) {
            self.serial = serial
            self.revokedAt = revokedAt
            self.reason = reason
        }
    }

    package let der: Bytes
    /// Grows with every list of the issuer.
    package let number: UInt64
    package let thisUpdate: Instant
    /// By when the issuer will have made another list.
    package let nextUpdate: Instant
    /// In the order in which they stand in the list.
    package let entries: [Entry]

    let issuer: Bytes
    private let revokedAt: [Bytes: Instant]
    private let signedBytes: Bytes
    private let signature: Bytes
    private let isUnderstood: Bool

    /// Throws ``CertificateRefusal``.
    package init(der: Bytes) throws {
        guard der.count <= SigningLimits.revocationListBytesMax else {
            throw CertificateRefusal.tooLarge(bytesMax: SigningLimits.revocationListBytesMax)
        }
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { octets in
            var cursor = octets.baseAddress
            return d2i_X509_CRL(nil, &cursor, octets.count)
        }
        guard let list = parsed, let signedBytes = signedPart(of: der) else {
            X509_CRL_free(parsed)
            throw CertificateRefusal.malformed
        }
        defer { X509_CRL_free(list) }
        guard try encoded("encode a revocation list", { i2d_X509_CRL(list, $0) }) == der else {
            throw CertificateRefusal.notCanonical
        }
        var number: UInt64 = 0
        var thisUpdate: Int64 = 0
        var nextUpdate: Int64 = 0
        guard gongji_crl_number(list, &number) == 1,
            gongji_seconds(X509_CRL_get0_lastUpdate(list), &thisUpdate) == 1,
            gongji_seconds(X509_CRL_get0_nextUpdate(list), &nextUpdate) == 1
        else { throw CertificateRefusal.outsideProfile("no cRLNumber, or no nextUpdate") }
        self.der = der
        self.signedBytes = signedBytes
        self.number = number
        self.thisUpdate = Instant(seconds: thisUpdate)
        self.nextUpdate = Instant(seconds: nextUpdate)
        issuer = try nameOctets(X509_CRL_get_issuer(list))
        var bits: UnsafePointer<ASN1_BIT_STRING>?
        X509_CRL_get0_signature(list, &bits, nil)
        signature = signatureOctets(bits)
        isUnderstood =
            X509_CRL_get_version(list) == 1 && gongji_crl_is_sm2(list) == 1
            && gongji_crl_has_unknown_critical(list) == 0
        entries = try (0..<gongji_crl_count(list)).map { index in
            let entry = gongji_crl_entry(list, index)
            var seconds: Int64 = 0
            guard let serial = octets(X509_REVOKED_get0_serialNumber(entry)),
                gongji_seconds(X509_REVOKED_get0_revocationDate(entry), &seconds) == 1
            else { throw CertificateRefusal.malformed }
            let code = gongji_revocation_reason(entry)
            return Entry(
                serial: serial, revokedAt: Instant(seconds: seconds),
                reason: RevocationReason(rawValue: code) ?? .unspecified)
        }
        revokedAt = Dictionary(entries.map { ($0.serial, $0.revokedAt) }, uniquingKeysWith: min)
    }

    /// PEM or DER. Throws ``FileRefusal``, ``CertificateRefusal``.
    package init(file path: String) throws {
        let bytes = try PublicFile.read(path, bytesMax: 2 * SigningLimits.revocationListBytesMax)
        guard let block = PEMBlock.first(in: bytes) else {
            try self.init(der: bytes)
            return
        }
        guard block.label == "X509 CRL" else { throw CertificateRefusal.notPEM }
        try self.init(der: block.der)
    }

    package var pem: Bytes { PEMBlock(label: "X509 CRL", der: der).text }

    /// Nil if `root` made this list with SM2-with-SM3 and the standard identity.
    package func fault(against root: X509Certificate) -> ChainFault? {
        guard issuer == root.subject else { return .otherIssuer }
        guard isUnderstood else { return .notUnderstood }
        guard root.publicKey.suite == .sm2WithSM3 else { return .otherSignatureAlgorithm }
        return root.signatureFault(signature, over: signedBytes)
    }

    /// Since when the certificate with `serial`, of the same issuer, is revoked.
    package func revocation(of serial: Bytes) -> Instant? { revokedAt[serial] }
}
