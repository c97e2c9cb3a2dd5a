package import Domain
import Foundation

/// Frame 0 of a batch: the header as signed, its subtree's place in the tree of the flush, and the
/// signature over the root of that tree.
package struct BatchEnvelope: Hashable, Sendable {
    package let header: Bytes
    package let treeIndex: Int
    package let treeSize: Int
    package let treePath: [Digest]
    package let suite: Suite
    package let keyID: Digest
    package let signature: Bytes
    /// Only in a batch without messages, and not part of what is signed: it proves itself.
    package let proof: HeaderProof?

    package init(
        header: Bytes, treeIndex: Int, treeSize: Int, treePath: [Digest], suite: Suite,
        keyID: Digest, signature: Bytes, proof: HeaderProof? = nil
    ) {
        self.header = header
        self.treeIndex = treeIndex
        self.treeSize = treeSize
        self.treePath = treePath
        self.suite = suite
        self.keyID = keyID
        self.signature = signature
        self.proof = proof
    }

    /// What is signed: the ASCII text `gongji batch 1` with two octets of zero after it, so that a
    /// signature of a batch can be no signature of anything else, and the root.
    package static func signedBytes(root: Digest) -> Bytes {
        Array("gongji batch 1\0\0".utf8) + root.bytes
    }

    package func encoded() -> Bytes {
        var proto = Gongji_V1_BatchEnvelope()
        proto.header = Data(header)
        proto.treeIndex = UInt32(treeIndex)
        proto.treeSize = UInt32(treeSize)
        proto.treePath = treePath.map(\.data)
        proto.suite = UInt32(suite.rawValue)
        proto.keyID = keyID.data
        proto.signature = Data(signature)
        if let proof { proto.proof = proof.proto }
        return serialize(proto)
    }

    package init(decoding bytes: Bytes) throws(DecodingRefusal) {
        let proto = try parse(bytes, as: Gongji_V1_BatchEnvelope.self)
        guard let suite = Suite(rawValue: UInt8(clamping: proto.suite)),
            (1...UInt32(Limits.flushBatchesMax)).contains(proto.treeSize),
            proto.treeIndex < proto.treeSize, proto.signature.count <= 128
        else { throw .badField }
        self.init(
            header: Bytes(proto.header), treeIndex: Int(proto.treeIndex),
            treeSize: Int(proto.treeSize), treePath: try digests(proto.treePath), suite: suite,
            keyID: try Digest(field: proto.keyID), signature: Bytes(proto.signature),
            proof: proto.hasProof ? try HeaderProof(proto.proof) : nil)
    }

    /// The root of the flush, given the root of the subtree; nil if the path does not fit.
    package func root(subtree: Digest, _ hashing: any Hashing) -> Digest? {
        Merkle.root(
            from: hashing.leaf(subtree.bytes), at: treeIndex, of: treeSize, path: treePath,
            hashing)
    }
}

func digests(_ fields: [Data]) throws(DecodingRefusal) -> [Digest] {
    guard fields.count <= 32 else { throw .badField }
    var digests: [Digest] = []
    for field in fields { digests.append(try Digest(field: field)) }
    return digests
}
