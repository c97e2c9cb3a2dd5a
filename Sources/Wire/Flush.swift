package import Domain

/// A batch as it is sent: frame 0 and the message frames, signed once and never encoded again.
package struct OutboundBatch: Hashable, Sendable {
    package let peer: ProvinceCode
    package let header: BatchHeader
    package let envelope: Bytes
    package let frames: [Bytes]
    /// The position of the link after the last message.
    package let end: LinkPosition
    /// The root of the peer's subtree: what the journal chains.
    package let subtree: Digest

    package var bytesCount: Int { frames.reduce(envelope.count) { $0 + $1.count } }
}

/// One batch of a flush, before it is signed.
package struct FlushPart: Sendable {
    package let header: BatchHeader
    package let frames: [Bytes]
    /// Goes with a batch without messages only.
    package let proof: HeaderProof?

    package init(header: BatchHeader, frames: [Bytes], proof: HeaderProof? = nil) {
        self.header = header
        self.frames = frames
        self.proof = proof
    }
}

/// Everything that a node sends in one flush is one Merkle tree with one signature: a subtree a
/// peer (the header is leaf 0, the messages follow), and a tree over the roots of the subtrees.
package enum Flush {
    /// Signs `parts`, at most ``Limits/flushBatchesMax`` of them. Throws if the signer fails.
    package static func sign(
        _ parts: [FlushPart], _ signer: any BatchSigning, _ hashing: any Hashing
    ) throws -> [OutboundBatch] {
        guard !parts.isEmpty else { return [] }
        precondition(parts.count <= Limits.flushBatchesMax, "too many batches in one flush")
        var headers: [Bytes] = []
        var subtrees: [Digest] = []
        var ends: [LinkPosition] = []
        for part in parts {
            precondition(part.header.count == part.frames.count, "a header with a wrong count")
            precondition(part.proof == nil || part.frames.isEmpty, "a proof beside messages")
            let header = part.header.encoded()
            let messages = part.frames.map(hashing.leaf)
            headers.append(header)
            subtrees.append(Merkle.root([hashing.leaf(header)] + messages, hashing))
            ends.append(part.header.begin.advanced(by: messages, hashing))
        }
        let tree = subtrees.map { hashing.leaf($0.bytes) }
        let signature = try signer.sign(
            BatchEnvelope.signedBytes(root: Merkle.root(tree, hashing)))
        return parts.indices.map { index in
            let envelope = BatchEnvelope(
                header: headers[index], treeIndex: index, treeSize: tree.count,
                treePath: Merkle.path(of: index, in: tree, hashing), suite: signer.suite,
                keyID: signer.keyID, signature: signature, proof: parts[index].proof)
            return OutboundBatch(
                peer: parts[index].header.to, header: parts[index].header,
                envelope: envelope.encoded(), frames: parts[index].frames, end: ends[index],
                subtree: subtrees[index])
        }
    }
}
