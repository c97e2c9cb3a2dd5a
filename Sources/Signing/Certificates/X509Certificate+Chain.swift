import Domain
import Wire

/// Why a certificate does not hang from a trusted root. Dates and revocation are not looked at.
package enum ChainFault: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case notUnderstood
    case otherExtension
    case basicConstraints
    case usageNotCritical
    case nameCharacters
    case lifetime
    case noProvince
    case otherIssuer
    case otherAuthorityKey
    case otherSignatureAlgorithm
    /// Signed by the root's key, but with another SM2 identity than `1234567812345678`.
    case otherDistinguishingID
    case badSignature

    package var description: String {
        switch self {
        case .notUnderstood:
            "it is not X.509 version 3, or has a critical extension outside the profile"
        case .otherExtension:
            "it has an extension outside the profile, such as extendedKeyUsage or nameConstraints"
        case .basicConstraints:
            "basicConstraints is missing, not critical, or has a path length that its place in the "
                + "chain does not have"
        case .usageNotCritical:
            "keyUsage is missing or not critical"
        case .nameCharacters:
            "a name in it has control characters, such as a line end"
        case .lifetime:
            "it holds longer than the profile allows: a root 20 years, a node 2 years"
        case .noProvince:
            "serialNumber (2.5.4.5) of its subject is not one province code of GB/T 2260"
        case .otherIssuer:
            "its issuer is none of the trusted roots"
        case .otherAuthorityKey:
            "its authorityKeyIdentifier names another key than the root's"
        case .otherSignatureAlgorithm:
            "it is not signed with SM2-with-SM3 (1.2.156.10197.1.501)"
        case .otherDistinguishingID:
            "the root signed it without the identity 1234567812345678: issue it again with distid"
        case .badSignature:
            "its signature was not made by the root's key"
        }
    }
}

extension X509Certificate {
    /// The root among `roots` that issued this certificate, or why there is none.
    package func issuer(among roots: [X509Certificate]) -> Result<X509Certificate, ChainFault> {
        var fault = ChainFault.otherIssuer
        for root in roots where root.subject == issuer {
            guard let found = self.fault(against: root) else { return .success(root) }
            fault = found
        }
        return .failure(fault)
    }

    /// Nil if `root`, whose name this certificate bears as its issuer, signed it.
    private func fault(against root: X509Certificate) -> ChainFault? {
        guard isUnderstood else { return .notUnderstood }
        if let fault = profile.fault { return fault }
        // An authority's are looked at where it would be used as one; here none has a path.
        guard isAuthority || profile.pathLength == nil else { return .basicConstraints }
        guard validity.isWithin(days: Lifetimes.provinceDaysMax) else { return .lifetime }
        guard province != nil else { return .noProvince }
        guard isSignedWithSM2, root.publicKey.suite == .sm2WithSM3 else {
            return .otherSignatureAlgorithm
        }
        guard let authorityKeyIdentifier, authorityKeyIdentifier == root.subjectKeyIdentifier
        else { return .otherAuthorityKey }
        return root.signatureFault(signature, over: signedBytes)
    }

    /// Nil if this certificate's key made `signature` with the standard identity.
    func signatureFault(_ signature: Bytes, over bytes: Bytes) -> ChainFault? {
        if publicKey.verifies(signature, over: bytes) { return nil }
        return publicKey.verifies(signature, over: bytes, id: .empty)
            ? .otherDistinguishingID : .badSignature
    }

    /// Nil if this certificate can be a root: an SM2 authority that signed itself, that may sign
    /// certificates, lists and the directory. Whether to trust it, its owner decides.
    package var faultAsRoot: String? {
        guard isUnderstood else { return ChainFault.notUnderstood.description }
        if let fault = profile.fault { return fault.description }
        guard isAuthority else { return "basicConstraints does not say CA:TRUE" }
        guard profile.pathLength == 0 else { return ChainFault.basicConstraints.description }
        guard validity.isWithin(days: Lifetimes.rootDaysMax) else {
            return ChainFault.lifetime.description
        }
        guard let usage, usage.isSuperset(of: .root) else {
            return "keyUsage lacks digitalSignature, keyCertSign or cRLSign"
        }
        guard subjectKeyIdentifier != nil else { return "it has no subjectKeyIdentifier" }
        guard subject == issuer, isSignedWithSM2, publicKey.suite == .sm2WithSM3 else {
            return "it is not signed by itself with SM2-with-SM3"
        }
        return signatureFault(signature, over: signedBytes)?.description
    }

    /// Whether the key may sign batches, and nothing that only a root may.
    package var maySignBatches: Bool {
        guard let usage, !isAuthority else { return false }
        return usage.contains(.digitalSignature)
            && usage.isDisjoint(with: [.keyCertSign, .crlSign])
    }

    /// Whether identity numbers may be sealed to the key: dataEncipherment, an SM2 key, and no
    /// authority. Certificates that were issued before sealing lack it, and sign all the same.
    package var maySeal: Bool {
        guard let usage, !isAuthority else { return false }
        return usage.contains(.dataEncipherment) && publicKey.suite.seals
    }
}
