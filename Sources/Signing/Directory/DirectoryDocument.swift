package import Domain
package import Wire

/// The signed directory of the network: who takes part, where, and with which keys.
///
/// `directory.json` is signed as it stands, octet by octet, by a root; `directory.json.sig` is that
/// signature (DER). A value of this type has been verified in every part.
package struct DirectoryDocument: Sendable {
    package static let fileName = "directory.json"
    package static let signatureFileName = "directory.json.sig"

    package let network: String
    package let edition: DirectoryEdition
    package let issuedAt: Instant
    package let suites: Set<Suite>
    /// Sorted by province.
    package let nodes: [DirectoryNode]
    package let revocationLists: [RevocationList]
    /// Of those who may sign for the national node, two at a time; not of any node.
    package let operators: [X509Certificate]
    /// Those that the caller trusts, not something that the directory says.
    package let roots: [X509Certificate]

    package var version: UInt64 { edition.version }

    package func node(_ province: ProvinceCode) -> DirectoryNode? {
        nodes.first { $0.province == province }
    }

    /// When the first revocation list falls due, of those whose root lives that long. Past it the
    /// directory still loads, for a whole country must not stand still because one file is late;
    /// the status must say so.
    package var revocationListsDue: Instant? {
        revocationLists
            .filter { list in
                roots.contains {
                    $0.subject == list.issuer && $0.validity.contains(list.nextUpdate)
                }
            }
            .map(\.nextUpdate).min()
    }

    /// Loads the two files from `folder`.
    ///
    /// - Parameters:
    ///   - roots: the trusted root certificates; the configuration names them.
    ///   - network: the network that this node belongs to; nil takes any.
    ///   - current: what is loaded already. An older version is refused, another directory of the
    ///     same version, and a list of revoked certificates that is older than one that was in force.
    ///   - now: this node's clock.
    package static func load(
        folder: String, roots: [X509Certificate], network: String?, current: DirectoryEdition?,
        now: Instant
    ) throws(DirectoryRefusal) -> DirectoryDocument {
        let bytes: Bytes
        let signature: Bytes
        do {
            bytes = try PublicFile.read(
                "\(folder)/\(fileName)", bytesMax: SigningLimits.directoryBytesMax)
            signature = try PublicFile.read("\(folder)/\(signatureFileName)", bytesMax: 1024)
        } catch FileRefusal.tooLarge {
            throw .tooLarge
        } catch {
            throw .unreadable(String(describing: error))
        }
        return try DirectoryDocument(
            bytes: bytes, signature: signature, roots: roots, network: network, current: current,
            now: now)
    }

    /// As ``load(folder:roots:network:current:now:)``, from octets. The signature is checked before
    /// anything is read out of `bytes`.
    package init(
        bytes: Bytes, signature: Bytes, roots: [X509Certificate], network: String?,
        current: DirectoryEdition?, now: Instant
    ) throws(DirectoryRefusal) {
        guard bytes.count <= SigningLimits.directoryBytesMax else { throw .tooLarge }
        try DirectoryDocument.check(roots: roots, at: now)
        let signers = roots.filter { $0.validity.contains(now) }
        guard signers.contains(where: { $0.publicKey.verifies(signature, over: bytes) }) else {
            throw .badSignature
        }
        let document = try DirectoryJSON(reading: bytes)
        let named = DirectoryEdition(
            version: document.version, digest: DigestAlgorithm.sm3.digest(bytes))
        let issuedAt = try document.issuedAtInstant()
        try DirectoryDocument.check(named, of: document.network, network, current)
        guard issuedAt <= now.advanced(byMilliseconds: SigningLimits.clockSkewMillisecondsMax)
        else { throw .issuedInFuture(issuedAt) }

        self.network = document.network
        self.issuedAt = issuedAt
        self.roots = roots
        suites = try document.suiteSet()
        revocationLists = try document.verifiedRevocationLists(roots: roots, now: now)
        let found = DirectoryEdition(
            version: named.version, digest: named.digest, lists: revocationLists.map(\.edition))
        if let current, let refusal = found.refusal(after: current) { throw refusal }
        edition = current.map { found.following($0) } ?? found
        nodes = try document.verifiedNodes(roots: roots)
        operators = try document.verifiedOperators(roots: roots, beside: nodes)
        try DirectoryDocument.check(
            nodes.flatMap(\.certificates) + operators, have: revocationLists, of: roots)
    }

    private static func check(
        roots: [X509Certificate], at now: Instant
    ) throws(DirectoryRefusal) {
        guard !roots.isEmpty else { throw .noRoot }
        for root in roots {
            let name = root.commonName ?? root.keyID.description
            if let reason = root.faultAsRoot {
                throw .unusableRoot(name: name, reason: reason)
            }
        }
        // A root that has expired stays configured for the sake of old evidence.
        guard roots.contains(where: { $0.validity.contains(now) }) else {
            throw .unusableRoot(
                name: roots[0].commonName ?? roots[0].keyID.description,
                reason: "it holds from \(roots[0].validity.notBefore) to "
                    + "\(roots[0].validity.notAfter); check this node's clock, or get the new root")
        }
    }

    private static func check(
        _ edition: DirectoryEdition, of network: String, _ expected: String?,
        _ current: DirectoryEdition?
    ) throws(DirectoryRefusal) {
        if let expected, network != expected {
            throw .otherNetwork(found: network, expected: expected)
        }
        if let current, let refusal = edition.refusal(after: current) { throw refusal }
    }

    /// Every root that issued a certificate of the directory has a list in it.
    private static func check(
        _ certificates: [X509Certificate], have lists: [RevocationList],
        of roots: [X509Certificate]
    ) throws(DirectoryRefusal) {
        for certificate in certificates {
            guard case .success(let root) = certificate.issuer(among: roots) else { continue }
            guard lists.contains(where: { $0.issuer == root.subject }) else {
                throw .noRevocationList(root: root.commonName ?? root.keyID.description)
            }
        }
    }
}
