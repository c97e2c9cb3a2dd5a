package import Domain
import Foundation

/// One message of a batch with all that a third party needs to check who sent it, to whom and
/// when: the envelope, the message, and the audit paths of the message and of the header.
package struct Receipt: Hashable, Sendable {
    package let envelope: Bytes
    package let message: Bytes
    package let leafIndex: Int
    package let leafCount: Int
    package let leafPath: [Digest]
    package let headerPath: [Digest]

    package init(
        envelope: Bytes, message: Bytes, leafIndex: Int, leafCount: Int, leafPath: [Digest],
        headerPath: [Digest]
    ) {
        self.envelope = envelope
        self.message = message
        self.leafIndex = leafIndex
        self.leafCount = leafCount
        self.leafPath = leafPath
        self.headerPath = headerPath
    }

    /// The receipt of the message at `index` (from 0) of a batch with this frame 0, which holds `header`, and
    /// these leaves of its messages.
    package init(
        of index: Int, envelope: Bytes, message: Bytes, leaves messages: [Digest],
        _ hashing: any Hashing, header: Bytes
    ) {
        let leaves = [hashing.leaf(header)] + messages
        self.init(
            envelope: envelope, message: message, leafIndex: index + 1,
            leafCount: leaves.count, leafPath: Merkle.path(of: index + 1, in: leaves, hashing),
            headerPath: Merkle.path(of: 0, in: leaves, hashing))
    }

    /// Checks the receipt as a third party would; with `now`, the certificate must hold now too, not
    /// only at the time that the signer wrote. Returns the header, which says who sent the
    /// message; throws why the receipt proves nothing. That the message is what the reader wants
    /// to have proven is for the reader to see.
    package func verify(
        network: String, at now: Instant? = nil, _ verifier: any SignatureVerifying
    ) throws(BatchRefusal) -> BatchHeader {
        let envelope: BatchEnvelope
        let header: BatchHeader
        do throws(DecodingRefusal) {
            envelope = try BatchEnvelope(decoding: self.envelope)
            header = try BatchHeader(decoding: envelope.header)
        } catch {
            throw .malformed
        }
        guard envelope.proof == nil else { throw .malformed }
        guard header.version == BatchHeader.version else { throw .otherVersion }
        guard header.network == network else { throw .otherNetwork }
        guard let hashing = verifier.hashing(envelope.suite) else {
            throw .signature(.suiteNotAllowed)
        }
        guard leafIndex > 0, leafCount == header.count + 1,
            let subtree = Merkle.root(
                from: hashing.leaf(message), at: leafIndex, of: leafCount, path: leafPath,
                hashing),
            subtree
                == Merkle.root(
                    from: hashing.leaf(envelope.header), at: 0, of: leafCount, path: headerPath,
                    hashing),
            let root = envelope.root(subtree: subtree, hashing)
        else { throw .badPath }
        for instant in [header.time] + (now.map { [$0] } ?? []) {
            if let refusal = verifier.refusal(
                of: envelope.signature, over: BatchEnvelope.signedBytes(root: root),
                suite: envelope.suite, keyID: envelope.keyID, signer: header.from, at: instant)
            {
                throw .signature(refusal)
            }
        }
        return header
    }

    package func encoded() -> Bytes { serialize(proto) }

    package init(decoding bytes: Bytes) throws(DecodingRefusal) {
        try self.init(try parse(bytes, as: Gongji_V1_Receipt.self))
    }

    var proto: Gongji_V1_Receipt {
        var proto = Gongji_V1_Receipt()
        proto.envelope = Data(envelope)
        proto.message = Data(message)
        proto.leafIndex = UInt32(leafIndex)
        proto.leafCount = UInt32(leafCount)
        proto.leafPath = leafPath.map(\.data)
        proto.headerPath = headerPath.map(\.data)
        return proto
    }

    package init(_ proto: Gongji_V1_Receipt) throws(DecodingRefusal) {
        guard proto.leafCount <= UInt32(Limits.batchMessagesMax) + 1,
            proto.leafIndex < proto.leafCount
        else { throw .badField }
        self.init(
            envelope: Bytes(proto.envelope), message: Bytes(proto.message),
            leafIndex: Int(proto.leafIndex), leafCount: Int(proto.leafCount),
            leafPath: try digests(proto.leafPath), headerPath: try digests(proto.headerPath))
    }
}
