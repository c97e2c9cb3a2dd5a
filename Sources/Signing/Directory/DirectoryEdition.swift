package import Domain

/// Which directory a node has loaded. A node keeps this across restarts, so that nobody can make
/// it go back to an older one, nor take a revocation back with an older list in a newer directory.
package struct DirectoryEdition: Hashable, Sendable {
    package let version: UInt64
    /// SM3 over the octets of `directory.json`; nil if only the version is known.
    package let digest: Digest?
    /// The newest list of each root that was ever in force, in the order of their issuers.
    package let lists: [RevocationListEdition]

    package init(version: UInt64, digest: Digest? = nil, lists: [RevocationListEdition] = []) {
        self.version = version
        self.digest = digest
        self.lists = lists.sorted {
            $0.issuer.bytes.lexicographicallyPrecedes($1.issuer.bytes)
        }
    }

    /// This edition, after `before` was in force: what a root's list had reached is not forgotten with a
    /// directory that has none of it.
    package func following(_ before: DirectoryEdition) -> DirectoryEdition {
        let own = Set(lists.map(\.issuer))
        return DirectoryEdition(
            version: version, digest: digest,
            lists: lists + before.lists.filter { !own.contains($0.issuer) })
    }

    /// Why this edition is not taken after `before`; nil if it is.
    package func refusal(after before: DirectoryEdition) -> DirectoryRefusal? {
        guard version >= before.version else {
            return .older(found: version, current: before.version)
        }
        if version == before.version, let known = before.digest, let digest, known != digest {
            return .otherContent(version: version)
        }
        for list in lists {
            guard let known = before.lists.first(where: { $0.issuer == list.issuer }) else {
                continue
            }
            guard list.follows(known) else {
                return .revocationListGoesBack(found: list.number, current: known.number)
            }
        }
        return nil
    }
}

/// How far the lists of one root have come.
package struct RevocationListEdition: Hashable, Sendable {
    /// SM3 over the issuer's name in DER.
    package let issuer: Digest
    package let number: UInt64
    package let thisUpdate: Instant
    /// SM3 over the list in DER.
    package let digest: Digest

    package init(issuer: Digest, number: UInt64, thisUpdate: Instant, digest: Digest) {
        self.issuer = issuer
        self.number = number
        self.thisUpdate = thisUpdate
        self.digest = digest
    }

    /// The same list, or one with a greater number that was made no earlier.
    func follows(_ before: RevocationListEdition) -> Bool {
        if number == before.number { return digest == before.digest }
        return number > before.number && thisUpdate >= before.thisUpdate
    }
}

extension RevocationList {
    var edition: RevocationListEdition {
        RevocationListEdition(
            issuer: DigestAlgorithm.sm3.digest(issuer), number: number, thisUpdate: thisUpdate,
            digest: DigestAlgorithm.sm3.digest(der))
    }
}
