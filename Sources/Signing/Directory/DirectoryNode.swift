package import Domain

/// What the directory says about one node.
package struct DirectoryNode: Hashable, Sendable {
    package let province: ProvinceCode
    /// Where it listens: `tcp://host:port`.
    package let endpoint: String
    /// Its CURVE public key: 32 octets, by which ZAP lets it in.
    package let curvePublicKey: Bytes
    /// Those that may sign for it. More than one while a rotation overlaps; expired and revoked
    /// ones stay as long as evidence that they signed must verify.
    package let certificates: [X509Certificate]

    package init(
        province: ProvinceCode, endpoint: String, curvePublicKey: Bytes,
        certificates: [X509Certificate]
    ) {
        self.province = province
        self.endpoint = endpoint
        self.curvePublicKey = curvePublicKey
        self.certificates = certificates
    }

    static let curveKeyBytes = 32

    /// `tcp://`, a host (a name, an address, or an IPv6 address in brackets), and a port.
    static func isEndpoint(_ text: String) -> Bool {
        guard text.hasPrefix("tcp://"), text.utf8.count <= 256 else { return false }
        let rest = text.dropFirst(6)
        guard let colon = rest.lastIndex(of: ":") else { return false }
        let host = rest[..<colon]
        let port = rest[rest.index(after: colon)...]
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), port.utf8.count <= 5,
            let number = UInt32(port), (1...65535).contains(number)
        else { return false }
        if host.hasPrefix("[") {
            return host.hasSuffix("]") && host.count > 2
                && host.dropFirst().dropLast().allSatisfy {
                    $0.isHexDigit || $0 == ":" || $0 == "."
                }
        }
        return !host.isEmpty
            && host.utf8.allSatisfy { octet in
                let character = Character(Unicode.Scalar(octet))
                return character.isASCII
                    && (character.isLetter || character.isNumber || character == "-"
                        || character == "." || character == "_")
            }
    }
}
