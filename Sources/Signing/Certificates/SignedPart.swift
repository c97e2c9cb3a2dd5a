import COpenSSL
import Domain

/// The octets of a DER structure that its signature covers, as they stand: never encoded again.
func signedPart(of der: Bytes) -> Bytes? {
    var offset = 0
    let count = gongji_signed_part(der, der.count, &offset)
    guard count > 0, offset + count <= der.count else { return nil }
    return Bytes(der[offset..<offset + count])
}

/// The octets of an ASN.1 string or number.
func octets(_ string: UnsafePointer<ASN1_STRING>?) -> Bytes? {
    guard let string, let start = ASN1_STRING_get0_data(string) else { return nil }
    return Bytes(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
}

/// The octets of a signature's BIT STRING; none unless it is made of whole octets.
func signatureOctets(_ bits: UnsafePointer<ASN1_BIT_STRING>?) -> Bytes {
    // The low three flag bits count the unused bits of the last octet (asn1.h).
    guard let bits, bits.pointee.flags & 0x07 == 0 else { return [] }
    return octets(bits) ?? []
}

/// DER of a name; two names are the same here only octet by octet.
func nameOctets(_ name: OpaquePointer?) throws(OpenSSLFailure) -> Bytes {
    try encoded("encode a name") { i2d_X509_NAME(name, $0) }
}

/// The text of the attribute `nid` of a name, nil unless it stands there exactly once.
func attribute(_ nid: CInt, of name: OpaquePointer?) -> String? {
    let index = X509_NAME_get_index_by_NID(name, nid, -1)
    guard index >= 0, X509_NAME_get_index_by_NID(name, nid, index) < 0 else { return nil }
    let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index))
    var text: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&text, value)
    guard count >= 0, let text else {
        ERR_clear_error()
        return nil
    }
    defer { CRYPTO_free(text, #file, #line) }
    return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
}
