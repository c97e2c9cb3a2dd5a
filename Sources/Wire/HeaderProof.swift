package import Domain
import Foundation

/// What proves to the signer of a batch with messages that it has signed it: frame 0 of the batch, and
/// the way from its header to what was signed. The messages themselves are not needed.
///
/// Whoever says that a node remembers less than it has said must show this (`docs/decisions/0021`).
package struct HeaderProof: Hashable, Sendable {
    package let envelope: Bytes
    /// The audit path of the header, leaf 0, in the subtree of the batch.
    package let headerPath: [Digest]

    package init(envelope: Bytes, headerPath: [Digest]) {
        self.envelope = envelope
        self.headerPath = headerPath
    }

    /// The header that `node` of `network` signed in a batch with messages for `peer`; nil if this proves
    /// no such thing. The date does not matter, nor what became of the certificate since: the question is
    /// what was said once. A certificate that the directory has no more proves nothing.
    package func header(
        from node: ProvinceCode, to peer: ProvinceCode, network: String,
        _ verifier: any SignatureVerifying
    ) -> ProvenHeader? {
        guard let envelope = try? BatchEnvelope(decoding: envelope), envelope.proof == nil,
            let header = try? BatchHeader(decoding: envelope.header),
            header.version == BatchHeader.version, header.network == network,
            header.from == node, header.to == peer, header.count > 0,
            let hashing = verifier.hashing(envelope.suite),
            let subtree = Merkle.root(
                from: hashing.leaf(envelope.header), at: 0, of: header.count + 1,
                path: headerPath, hashing),
            let root = envelope.root(subtree: subtree, hashing)
        else { return nil }
        let claim = SignatureClaim(
            envelope.signature, over: BatchEnvelope.signedBytes(root: root), suite: envelope.suite,
            keyID: envelope.keyID, signer: node, at: header.time)
        guard verifier.isMade(claim) else { return nil }
        return ProvenHeader(header: header, subtree: subtree)
    }

    var proto: Gongji_V1_HeaderProof {
        var proto = Gongji_V1_HeaderProof()
        proto.envelope = Data(envelope)
        proto.headerPath = headerPath.map(\.data)
        return proto
    }

    init(_ proto: Gongji_V1_HeaderProof) throws(DecodingRefusal) {
        guard (1...Limits.envelopeBytesMax).contains(proto.envelope.count),
            proto.headerPath.count <= Limits.headerPathMax
        else { throw .badField }
        self.init(
            envelope: Bytes(proto.envelope), headerPath: try digests(proto.headerPath))
    }
}

/// A header of a batch with messages that its signer cannot deny.
package struct ProvenHeader: Hashable, Sendable {
    package let header: BatchHeader
    /// The root of the subtree of the batch: it stands for the header and all messages. Frame 0 does not,
    /// for its octets can be changed by anyone so that it still verifies.
    package let subtree: Digest

    package init(header: BatchHeader, subtree: Digest) {
        self.header = header
        self.subtree = subtree
    }

    /// The number of the last message of the batch.
    package var last: UInt64 { header.firstSequence + UInt64(header.count) - 1 }
}
