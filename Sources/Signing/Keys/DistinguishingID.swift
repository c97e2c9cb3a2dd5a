package import Domain

/// The identity that SM2 mixes into what is signed (GM/T 0003.2 §5.5: ENTL ‖ ID in ZA).
///
/// Signer and verifier must use the same one, or no signature verifies. Ed25519 has none.
package struct DistinguishingID: Hashable, Sendable {
    package let bytes: Bytes

    /// The default of GM/T 0009 §10, used for every signature of the network: `1234567812345678`.
    package static let standard = DistinguishingID("1234567812345678")
    /// What OpenSSL 3.0 uses if it is told nothing. Here to recognise certificates made that way.
    package static let empty = DistinguishingID("")

    package init(_ text: String) { bytes = Bytes(text.utf8) }
}
