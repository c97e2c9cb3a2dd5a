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
        let digits = secret.hexadecimalLine
        try digits.withUnsafeBytes { try SecretFile.create(secretFile, $0) }
        try PublicFile.replace(publicFile, Bytes("\(publicKey.hex)\n".utf8))
    }

    private static func secret(_ digits: UnsafeRawBufferPointer) throws -> SecretBytes {
        guard let secret = SecretBytes(hexadecimal: digits, count: DirectoryNode.curveKeyBytes)
        else { throw AuthorityRefusal.badCurveKey }
        return secret
    }
}
