package import Domain
package import Wire

/// Where a node listens, and who it is to CURVE.
package struct NodeAddress: Hashable, Sendable {
    package let province: ProvinceCode
    package let endpoint: String
    package let curvePublicKey: Bytes

    package init(province: ProvinceCode, endpoint: String, curvePublicKey: Bytes) {
        self.province = province
        self.endpoint = endpoint
        self.curvePublicKey = curvePublicKey
    }
}

extension AuthorityFolder {
    /// A directory of `nodes`, each with every certificate this root has issued to it: those that
    /// overlap in a rotation, and old ones for the sake of evidence.
    package func draft(
        network: String, version: UInt64, suites: Set<Suite> = [.sm2WithSM3],
        nodes: [NodeAddress], now: Instant
    ) throws -> DirectoryDraft {
        let issued = Dictionary(grouping: try self.issued(), by: \.province)
        return DirectoryDraft(
            network: network, version: version, issuedAt: now, suites: suites,
            nodes: try nodes.map { node in
                guard let certificates = issued[node.province] else {
                    throw AuthorityRefusal.noCertificates(node.province)
                }
                return DirectoryNode(
                    province: node.province, endpoint: node.endpoint,
                    curvePublicKey: node.curvePublicKey, certificates: certificates)
            },
            revocationLists: [try revocationList()], operators: try operators())
    }

    /// Signs `draft`, verifies the result as a node would, and writes both files into `folder`. A
    /// reader that meets the files between the two writes finds a bad signature, and tries again.
    ///
    /// Throws ``DirectoryRefusal`` if nodes would refuse it, or if its version does not exceed that
    /// of the directory in `folder`.
    @discardableResult
    package func publish(
        _ draft: DirectoryDraft, to folder: String, otherRoots: [X509Certificate] = [], now: Instant
    ) throws -> DirectoryDocument {
        let files = try draft.signed(by: authority)
        let roots = [root] + otherRoots
        let document = try DirectoryDocument(
            bytes: files.directory, signature: files.signature, roots: roots,
            network: draft.network, current: nil, now: now)
        try PublicFile.makeFolder(folder)
        let path = "\(folder)/\(DirectoryDocument.fileName)"
        if PublicFile.exists(path) {
            let current = try DirectoryDocument.load(
                folder: folder, roots: roots, network: draft.network, current: nil, now: now)
            guard draft.version > current.version else {
                throw DirectoryRefusal.older(found: draft.version, current: current.version)
            }
        }
        try PublicFile.replace(path, files.directory)
        try PublicFile.replace(
            "\(folder)/\(DirectoryDocument.signatureFileName)", files.signature)
        return document
    }
}
