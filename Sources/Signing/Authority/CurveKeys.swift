package import Domain

/// The CURVE keys of a node, as ZeroMQ made them: 32 octets each. This room only keeps them.
package struct CurveKeys: Sendable {
    package let secret: SecretBytes
    package let publicKey: Bytes

    /// Throws ``AuthorityRefusal/badCurveKey`` unless both are 64 hexadecimal digits.
    package init(secretHex: String, publicHex: String) throws {
        guard let publicKey = Bytes(hex: publicHex), publicKey.count == DirectoryNode.curveKeyBytes
        else { throw AuthorityRefusal.badCurveKey }
        var digits = secretHex
        secret = try digits.withUTF8 { try CurveKeys.secret(UnsafeRawBufferPointer($0)) }
        self.publicKey = publicKey
    }

    /// Reads the two files. Throws ``FileRefusal``, ``AuthorityRefusal/badCurveKey``.
    package init(secretFile: String, publicFile: String) throws {
        let text = try SecretFile.read(secretFile, bytesMax: 256)
        secret = try text.withUnsafeBytes { try CurveKeys.secret($0) }
        let digits = String(decoding: try PublicFile.read(publicFile, bytesMax: 256), as: UTF8.self)
        guard let publicKey = Bytes(hex: digits.filter { !$0.isWhitespace }),
            publicKey.count == DirectoryNode.curveKeyBytes
        else { throw AuthorityRefusal.badCurveKey }
        self.publicKey = publicKey
    }

    /// Writes both as hexadecimal, the secret one with mode 0600 and never over another.
    package func write(secretFile: String, publicFile: String) throws {
        let digits = secret.withUnsafeBytes { octets in
            SecretBytes(capacity: 2 * octets.count + 1) { buffer in
                for (index, octet) in octets.enumerated() {
                    buffer[2 * index] = CurveKeys.digit(octet >> 4)
                    buffer[2 * index + 1] = CurveKeys.digit(octet & 15)
                }
                buffer[2 * octets.count] = UInt8(ascii: "\n")
                return buffer.count
            }
        }
        try digits.withUnsafeBytes { try SecretFile.create(secretFile, $0) }
        try PublicFile.replace(publicFile, Bytes("\(publicKey.hex)\n".utf8))
    }

    /// Decodes without leaving the secret in memory that is not cleansed.
    private static func secret(_ digits: UnsafeRawBufferPointer) throws -> SecretBytes {
        let count = 2 * DirectoryNode.curveKeyBytes
        guard digits.count >= count,
            digits[count...].allSatisfy({ [0x0a, 0x0d, 0x20].contains($0) })
        else { throw AuthorityRefusal.badCurveKey }
        return try SecretBytes(capacity: DirectoryNode.curveKeyBytes) { buffer in
            for index in 0..<buffer.count {
                guard let high = value(digits[2 * index]), let low = value(digits[2 * index + 1])
                else { throw AuthorityRefusal.badCurveKey }
                buffer[index] = high << 4 | low
            }
            return buffer.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
