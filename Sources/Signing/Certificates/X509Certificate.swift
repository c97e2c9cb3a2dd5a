import COpenSSL
package import Domain

/// An X.509 certificate, read once; everything that is asked of it later is a plain value.
///
/// Profile: `certs/README.md`. That octets parse says nothing about trust; see
/// ``refusal(trusting:)`` and ``Verifier``.
package struct X509Certificate: Sendable {
    package let der: Bytes
    /// SM3 over `der`: the key id of the wire, and the fingerprint that people compare.
    package let keyID: Digest
    /// The serial number, big-endian without leading zeroes.
    package let serial: Bytes
    package let validity: Validity
    package let publicKey: PublicKey
    /// Nil if the certificate restricts nothing, which the profile does not allow.
    package let usage: KeyUsage?
    /// basicConstraints says that this is a certificate authority.
    package let isAuthority: Bool
    package let commonName: String?
    package let organization: String?
    /// From serialNumber (2.5.4.5) of the subject; nil unless it stands there once, and well formed.
    package let province: ProvinceCode?

    let subject: Bytes
    let issuer: Bytes
    let subjectKeyIdentifier: Bytes?
    let authorityKeyIdentifier: Bytes?
    /// SM2-with-SM3, inside the signed part and outside.
    let isSignedWithSM2: Bool
    /// Version 3 without a critical extension that this program does not know.
    let isUnderstood: Bool
    let profile: CertificateProfile
    let signedBytes: Bytes
    let signature: Bytes

    /// Throws ``CertificateRefusal``.
    package init(der: Bytes) throws {
        guard der.count <= SigningLimits.certificateBytesMax else {
            throw CertificateRefusal.tooLarge(bytesMax: SigningLimits.certificateBytesMax)
        }
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { octets in
            var cursor = octets.baseAddress
            return d2i_X509(nil, &cursor, octets.count)
        }
        guard let x509 = parsed, let signedBytes = signedPart(of: der) else {
            X509_free(parsed)
            throw CertificateRefusal.malformed
        }
        defer { X509_free(x509) }
        guard try encoded("encode a certificate", { i2d_X509(x509, $0) }) == der else {
            throw CertificateRefusal.notCanonical
        }
        self.der = der
        self.signedBytes = signedBytes
        keyID = DigestAlgorithm.sm3.digest(der)
        validity = try Validity(reading: x509)
        guard let key = X509_get_pubkey(x509) else { throw CertificateRefusal.unsupportedKey }
        do {
            publicKey = try PublicKey(adopting: key)
        } catch is KeyRefusal {
            throw CertificateRefusal.unsupportedKey
        }

        let flags = X509_get_extension_flags(x509)
        let ignored = UInt32(EXFLAG_CRITICAL | EXFLAG_INVALID)
        isUnderstood = X509_get_version(x509) == 2 && flags & ignored == 0
        profile = CertificateProfile(reading: x509)
        isAuthority = flags & UInt32(EXFLAG_CA) != 0
        usage =
            flags & UInt32(EXFLAG_KUSAGE) != 0
            ? KeyUsage(rawValue: X509_get_key_usage(x509)) : nil
        subjectKeyIdentifier = octets(X509_get0_subject_key_id(x509))
        authorityKeyIdentifier = octets(X509_get0_authority_key_id(x509))

        let name = X509_get_subject_name(x509)
        subject = try nameOctets(name)
        issuer = try nameOctets(X509_get_issuer_name(x509))
        commonName = attribute(NID_commonName, of: name)
        organization = attribute(NID_organizationName, of: name)
        province = attribute(NID_serialNumber, of: name).flatMap { ProvinceCode($0) }
        serial = octets(X509_get0_serialNumber(x509)) ?? []

        var bits: UnsafePointer<ASN1_BIT_STRING>?
        X509_get0_signature(&bits, nil, x509)
        signature = signatureOctets(bits)
        isSignedWithSM2 = gongji_certificate_is_sm2(x509) == 1
    }

    /// The first certificate in PEM text. Throws ``CertificateRefusal``.
    package init(pem: Bytes) throws {
        guard let block = PEMBlock.first(in: pem), block.label == "CERTIFICATE" else {
            throw CertificateRefusal.notPEM
        }
        try self.init(der: block.der)
    }

    /// A PEM file. Throws ``FileRefusal``, ``CertificateRefusal``.
    package init(file path: String) throws {
        try self.init(
            pem: try PublicFile.read(path, bytesMax: 4 * SigningLimits.certificateBytesMax))
    }

    package var pem: Bytes { PEMBlock(label: "CERTIFICATE", der: der).text }
}

extension X509Certificate: Hashable {
    package static func == (left: X509Certificate, right: X509Certificate) -> Bool {
        left.der == right.der
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(keyID) }
}

extension Validity {
    fileprivate init(reading x509: OpaquePointer) throws(CertificateRefusal) {
        var start: Int64 = 0
        var end: Int64 = 0
        guard gongji_seconds(X509_get0_notBefore(x509), &start) == 1,
            gongji_seconds(X509_get0_notAfter(x509), &end) == 1
        else { throw .malformed }
        self.init(from: Instant(seconds: start), to: Instant(seconds: end))
    }
}
