import Domain

/// The one form that a sealed identity number may have: SM2Cipher of GM/T 0009 §7.2 in DER.
///
///     SEQUENCE { INTEGER x, INTEGER y, OCTET STRING C3 (32), OCTET STRING C2 (34) }
///
/// OpenSSL 3.0 also takes BER, numbers with a sign or leading zeroes, and octets after the end; one
/// sealed number would then have many forms.
enum SealedForm {
    /// The field prime of sm2p256v1 (GB/T 32918.5).
    private static let prime: Bytes =
        [0xff, 0xff, 0xff, 0xfe] + Bytes(repeating: 0xff, count: 16)
        + [0, 0, 0, 0] + Bytes(repeating: 0xff, count: 8)

    static func holds(_ box: Bytes) -> Bool {
        guard box.count <= SigningLimits.sealedIdentityBytesMax else { return false }
        var outside = box[...]
        guard var inside = element(0x30, &outside), outside.isEmpty,
            let x = element(0x02, &inside), let y = element(0x02, &inside),
            let digest = element(0x04, &inside), let encrypted = element(0x04, &inside)
        else { return false }
        return inside.isEmpty && isCoordinate(x) && isCoordinate(y)
            && digest.count == Digest.size && encrypted.count == IdentitySealing.plaintextBytes
    }

    /// Takes one element with a length in its shortest form off the front.
    private static func element(
        _ tag: UInt8, _ rest: inout ArraySlice<UInt8>
    ) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, var length = rest.popFirst().map(Int.init) else { return nil }
        if length == 0x81 {
            guard let long = rest.popFirst(), long >= 0x80 else { return nil }
            length = Int(long)
        } else if length > 0x7f {
            return nil
        }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    /// An unsigned number below the prime, in as few octets as it takes.
    private static func isCoordinate(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let first = octets.first, first < 0x80 else { return false }
        if first == 0, octets.count > 1 {
            guard octets[octets.startIndex + 1] >= 0x80 else { return false }
        }
        let digits = octets.drop { $0 == 0 }
        return digits.count < prime.count
            || digits.count == prime.count && digits.lexicographicallyPrecedes(prime)
    }
}
