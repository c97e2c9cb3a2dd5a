import COpenSSL
package import Domain
import Wire

/// A root with its private key: issues certificates and lists of revoked ones, all signed
/// SM2-with-SM3 with the identity `1234567812345678` unless a template says otherwise.
package struct CertificateAuthority: Sendable {
    package let certificate: X509Certificate
    package let key: SigningKey

    /// Throws ``KeyRefusal``, or ``CertificateRefusal/notAnAuthority``.
    package init(certificate: X509Certificate, key: SigningKey) throws {
        guard certificate.isAuthority, key.suite == .sm2WithSM3 else {
            throw CertificateRefusal.notAnAuthority
        }
        guard key.publicKey.isSame(as: certificate.publicKey) else {
            throw KeyRefusal.doesNotMatchCertificate
        }
        self.certificate = certificate
        self.key = key
    }

    /// A new root that signs itself. `key` must be SM2.
    package static func root(
        _ subject: CertificateSubject, key: SigningKey, validity: Validity,
        distinguishingID: DistinguishingID = .standard
    ) throws -> CertificateAuthority {
        var template = CertificateTemplate(
            subject: subject, publicKey: key.publicKey, validity: validity)
        template.usage = .root
        template.isAuthority = true
        template.distinguishingID = distinguishingID
        return try CertificateAuthority(
            certificate: try make(template, issuer: nil, key: key), key: key)
    }

    /// A certificate with a random serial number of 127 bits.
    package func issue(_ template: CertificateTemplate) throws -> X509Certificate {
        try CertificateAuthority.make(template, issuer: certificate, key: key)
    }

    private static func make(
        _ template: CertificateTemplate, issuer: X509Certificate?, key: SigningKey
    ) throws -> X509Certificate {
        guard key.suite == .sm2WithSM3 else { throw CertificateRefusal.notAnAuthority }
        guard template.validity.notBefore < template.validity.notAfter else {
            throw CertificateRefusal.outsideProfile("it ends before it begins")
        }
        let x509 = try made(X509_new(), "make a certificate")
        defer { X509_free(x509) }
        let authority = try issuer.map { try parsed($0) }
        defer { X509_free(authority) }

        try succeed(X509_set_version(x509, 2), "set the version")
        try setRandomSerial(x509)
        let name = try makeName(template.subject)
        defer { X509_NAME_free(name) }
        try succeed(X509_set_subject_name(x509, name), "set the subject")
        try succeed(
            X509_set_issuer_name(x509, authority.map { X509_get_subject_name($0) } ?? name),
            "set the issuer")
        let validity = template.validity
        _ = try made(
            ASN1_TIME_set(X509_getm_notBefore(x509), validity.notBefore.seconds), "set a date")
        _ = try made(
            ASN1_TIME_set(X509_getm_notAfter(x509), validity.notAfter.seconds), "set a date")
        try template.publicKey.withPointer { try succeed(X509_set_pubkey(x509, $0), "set the key") }

        var extensions: [(CInt, String)] = [
            (
                NID_basic_constraints,
                template.isAuthority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"
            ),
            (NID_subject_key_identifier, "hash"),
        ]
        if !template.usage.isEmpty {
            let names = template.usage.names.joined(separator: ",")
            extensions.append((NID_key_usage, "critical,\(names)"))
        }
        if issuer != nil { extensions.append((NID_authority_key_identifier, "keyid:always")) }
        for (nid, value) in extensions {
            try succeed(
                gongji_add_extension(x509, authority ?? x509, nid, value), "add an extension")
        }
        let context = try key.signatureContext(template.distinguishingID)
        defer { EVP_MD_CTX_free(context) }
        guard X509_sign_ctx(x509, context) > 0 else { throw OpenSSLFailure("sign a certificate") }
        return try X509Certificate(der: try encoded("encode a certificate") { i2d_X509(x509, $0) })
    }

    /// A complete list of what this authority has revoked. `number` must grow.
    package func revocationList(
        number: UInt64, _ entries: [RevocationList.Entry], thisUpdate: Instant,
        nextUpdate: Instant, distinguishingID: DistinguishingID = .standard
    ) throws -> RevocationList {
        guard thisUpdate < nextUpdate else {
            throw CertificateRefusal.outsideProfile("nextUpdate is not after thisUpdate")
        }
        let list = try made(X509_CRL_new(), "make a revocation list")
        defer { X509_CRL_free(list) }
        let authority = try CertificateAuthority.parsed(certificate)
        defer { X509_free(authority) }
        try succeed(X509_CRL_set_version(list, 1), "set the version")
        try succeed(
            X509_CRL_set_issuer_name(list, X509_get_subject_name(authority)), "set the issuer")
        try CertificateAuthority.withTime(thisUpdate) { X509_CRL_set1_lastUpdate(list, $0) }
        try CertificateAuthority.withTime(nextUpdate) { X509_CRL_set1_nextUpdate(list, $0) }
        for entry in entries { try CertificateAuthority.add(entry, to: list) }
        try succeed(X509_CRL_sort(list), "sort a revocation list")
        try succeed(
            gongji_crl_add_extension(
                list, authority, NID_authority_key_identifier, "keyid:always"),
            "add an extension")
        try succeed(gongji_crl_set_number(list, number), "set the number of a list")
        let context = try key.signatureContext(distinguishingID)
        defer { EVP_MD_CTX_free(context) }
        guard X509_CRL_sign_ctx(list, context) > 0 else {
            throw OpenSSLFailure("sign a revocation list")
        }
        return try RevocationList(
            der: try encoded("encode a revocation list") { i2d_X509_CRL(list, $0) })
    }

    private static func add(_ entry: RevocationList.Entry, to list: OpaquePointer) throws {
        let revoked = try made(X509_REVOKED_new(), "add a revoked certificate")
        do {
            try withSerial(entry.serial) { X509_REVOKED_set_serialNumber(revoked, $0) }
            try withTime(entry.revokedAt) { X509_REVOKED_set_revocationDate(revoked, $0) }
            // RFC 5280 §5.3.1: no reason code rather than "unspecified".
            if entry.reason != .unspecified {
                try succeed(
                    gongji_set_revocation_reason(revoked, entry.reason.rawValue), "set a reason")
            }
            try succeed(X509_CRL_add0_revoked(list, revoked), "add a revoked certificate")
        } catch {
            X509_REVOKED_free(revoked)
            throw error
        }
    }

    private static func parsed(_ certificate: X509Certificate) throws -> OpaquePointer {
        let x509 = certificate.der.withUnsafeBufferPointer { octets in
            var cursor = octets.baseAddress
            return d2i_X509(nil, &cursor, octets.count)
        }
        return try made(x509, "read a certificate")
    }

    private static func makeName(_ subject: CertificateSubject) throws -> OpaquePointer {
        let name = try made(X509_NAME_new(), "make a name")
        let attributes: [(CInt, String)] = [
            (NID_countryName, "CN"), (NID_organizationName, subject.organization),
            (NID_commonName, subject.commonName),
            (NID_serialNumber, subject.province.description),
        ]
        for (nid, text) in attributes {
            let octets = Bytes(text.utf8)
            let status = X509_NAME_add_entry_by_NID(
                name, nid, MBSTRING_FLAG, octets, CInt(octets.count), -1, 0)
            guard status == 1 else {
                X509_NAME_free(name)
                ERR_clear_error()
                throw CertificateRefusal.outsideProfile(
                    "organization and common name are texts of 1 to 64 characters")
            }
        }
        return name
    }

    private static func setRandomSerial(_ x509: OpaquePointer) throws {
        var serial = Bytes(repeating: 0, count: 16)
        try succeed(RAND_bytes(&serial, CInt(serial.count)), "draw a serial number")
        // Positive, and always of the same length.
        serial[0] = serial[0] & 0x3f | 0x40
        try withSerial(serial) { X509_set_serialNumber(x509, $0) }
    }

    private static func withSerial(
        _ serial: Bytes, _ body: (UnsafeMutablePointer<ASN1_INTEGER>) -> CInt
    ) throws {
        let number = try made(BN_bin2bn(serial, CInt(serial.count), nil), "make a number")
        defer { BN_free(number) }
        let integer = try made(BN_to_ASN1_INTEGER(number, nil), "make a number")
        defer { ASN1_INTEGER_free(integer) }
        try succeed(body(integer), "set a serial number")
    }

    private static func withTime(
        _ instant: Instant, _ body: (UnsafeMutablePointer<ASN1_TIME>) -> CInt
    ) throws {
        let time = try made(ASN1_TIME_set(nil, instant.seconds), "make a date")
        defer { ASN1_TIME_free(time) }
        try succeed(body(time), "set a date")
    }
}
