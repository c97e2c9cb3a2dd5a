import COpenSSL
package import Wire

/// What a certificate's key may do (RFC 5280 §4.2.1.3).
package struct KeyUsage: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let digitalSignature = KeyUsage(rawValue: UInt32(KU_DIGITAL_SIGNATURE))
    package static let keyCertSign = KeyUsage(rawValue: UInt32(KU_KEY_CERT_SIGN))
    package static let crlSign = KeyUsage(rawValue: UInt32(KU_CRL_SIGN))
    package static let keyEncipherment = KeyUsage(rawValue: UInt32(KU_KEY_ENCIPHERMENT))
    package static let dataEncipherment = KeyUsage(rawValue: UInt32(KU_DATA_ENCIPHERMENT))

    /// Signs certificates, lists of revoked ones, and the directory.
    package static let root: KeyUsage = [.digitalSignature, .keyCertSign, .crlSign]

    /// What the key of a province does: it signs, and if it can (``Suite/seals``), identity numbers
    /// are sealed to it.
    package static func province(_ suite: Suite) -> KeyUsage {
        suite.seals ? [.digitalSignature, .dataEncipherment] : .digitalSignature
    }

    /// The names in the order of the bits, as OpenSSL's configuration spells them.
    var names: [String] {
        let all: [(KeyUsage, String)] = [
            (.digitalSignature, "digitalSignature"), (.keyEncipherment, "keyEncipherment"),
            (.dataEncipherment, "dataEncipherment"), (.keyCertSign, "keyCertSign"),
            (.crlSign, "cRLSign"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}
