package import Domain
import Foundation
package import Wire

/// A directory before the root signs it.
package struct DirectoryDraft: Sendable {
    package var network: String
    package var version: UInt64
    package var issuedAt: Instant
    package var suites: Set<Suite>
    package var nodes: [DirectoryNode]
    package var revocationLists: [RevocationList]
    /// See ``DirectoryDocument/operators``.
    package var operators: [X509Certificate]

    package init(
        network: String, version: UInt64, issuedAt: Instant, suites: Set<Suite>,
        nodes: [DirectoryNode], revocationLists: [RevocationList],
        operators: [X509Certificate] = []
    ) {
        self.network = network
        self.version = version
        self.issuedAt = issuedAt
        self.suites = suites
        self.nodes = nodes
        self.revocationLists = revocationLists
        self.operators = operators
    }

    /// The octets of `directory.json`: sorted keys, nodes by province.
    package func encoded() throws -> Bytes {
        let document = DirectoryJSON(
            network: network, version: version, issuedAt: issuedAt.description,
            suites: suites.sorted { $0.rawValue < $1.rawValue }.map(\.name),
            nodes: nodes.sorted { $0.province < $1.province }.map { node in
                DirectoryJSON.Node(
                    province: node.province.description, endpoint: node.endpoint,
                    curvePublicKey: node.curvePublicKey.hex,
                    certificates: node.certificates.map { Data($0.der).base64EncodedString() })
            },
            revocationLists: revocationLists.map { Data($0.der).base64EncodedString() },
            operators: operators.isEmpty
                ? nil : operators.map { Data($0.der).base64EncodedString() })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Bytes(try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    /// The two files: the octets, and the authority's SM2 signature over them (DER).
    package func signed(
        by authority: CertificateAuthority
    ) throws -> (directory: Bytes, signature: Bytes) {
        let directory = try encoded()
        return (directory, try authority.key.sign(directory))
    }
}
