/// The keys and certificates of one node, in a folder that only it may write.
///
///     signing.key   private key, mode 0600      signing.pem   its certificate
///     next.*        the pair that a rotation will bring into use
///     previous.*    the pair that the last rotation has replaced
///     curve.key     CURVE secret key, mode 0600, hexadecimal      curve.pub   the public one
///     identity.key  secret of the index of persons, mode 0600, hexadecimal
///     store.key     secret under which the store is sealed, mode 0600, hexadecimal
package struct NodeFolder: Sendable {
    package enum Slot: String, Sendable { case signing, next, previous }

    package let path: String
    package init(_ path: String) { self.path = path }

    package func keyFile(_ slot: Slot = .signing) -> String { "\(path)/\(slot.rawValue).key" }
    package func certificateFile(_ slot: Slot = .signing) -> String {
        "\(path)/\(slot.rawValue).pem"
    }
    package var curveSecretFile: String { "\(path)/curve.key" }
    package var curvePublicFile: String { "\(path)/curve.pub" }
    package var identityKeyFile: String { "\(path)/identity.key" }

    package var storeKeyFile: String { "\(path)/store.key" }

    /// What the node signs its batches with. Throws ``FileRefusal``, ``KeyRefusal``,
    /// ``CertificateRefusal``.
    package func certifiedKey(_ slot: Slot = .signing) throws -> CertifiedKey {
        try CertifiedKey(keyFile: keyFile(slot), certificateFile: certificateFile(slot))
    }

    package func curveKeys() throws -> CurveKeys {
        try CurveKeys(secretFile: curveSecretFile, publicFile: curvePublicFile)
    }

    /// Throws ``FileRefusal``, ``AuthorityRefusal/badIdentityKey``.
    package func identityKey() throws -> IdentityKey { try IdentityKey(file: identityKeyFile) }

    /// Throws ``FileRefusal``, ``AuthorityRefusal/badStoreKey``.
    package func storeKey() throws -> StoreKey { try StoreKey(file: storeKeyFile) }

    /// Opens what is sealed to this node, before, while and after a rotation: with the keys `next`
    /// and `previous` too if they are there. Throws ``FileRefusal``, ``KeyRefusal``,
    /// ``SealingRefusal/suiteCannotSeal(_:)``.
    package func identityOpener() throws -> IdentityOpener {
        var keys = [try SigningKey(file: keyFile())]
        for slot in [Slot.next, .previous] where PublicFile.exists(keyFile(slot)) {
            keys.append(try SigningKey(file: keyFile(slot)))
        }
        return try IdentityOpener(keys)
    }

    /// Makes the pair `next` the one in use, and keeps the old one as `previous`. Do this once every
    /// node has loaded a directory with the new certificate. If it is interrupted, call it again.
    package func activateNext() throws {
        guard PublicFile.exists(keyFile(.next)) else {
            throw AuthorityRefusal.nothingToActivate(path: keyFile(.next))
        }
        if PublicFile.exists(certificateFile(.next)) {
            // Both are still whole: refuse a pair that does not belong together before any move.
            _ = try certifiedKey(.next)
            try moveIfThere(keyFile(.signing), to: keyFile(.previous))
            try moveIfThere(certificateFile(.signing), to: certificateFile(.previous))
            try PublicFile.move(certificateFile(.next), to: certificateFile(.signing))
        }
        // Last, so that its absence means that all is done.
        try PublicFile.move(keyFile(.next), to: keyFile(.signing))
    }

    private func moveIfThere(_ source: String, to destination: String) throws {
        if PublicFile.exists(source) { try PublicFile.move(source, to: destination) }
    }
}
