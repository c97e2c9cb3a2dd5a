package import Domain
import Foundation

/// Leaf 0 of a batch: who says how much to whom, and up to where the other side was heard.
package struct BatchHeader: Hashable, Sendable {
    /// The major version of the protocol that this code speaks.
    package static let version: UInt32 = 1

    package var version: UInt32 = BatchHeader.version
    package var network: String
    package var from: ProvinceCode
    package var to: ProvinceCode
    package var epoch: Identifier
    /// Sequence number of the first message; without messages, of the next one.
    package var firstSequence: UInt64
    package var count: Int
    /// Nil as long as nothing was received from the other side.
    package var ack: LinkPosition?
    package var time: Instant
    /// Link digest before the first message of the batch.
    package var linkDigest: Digest
    /// The last message that the sender has put into any batch of this link.
    package var sentSequence: UInt64

    package init(
        network: String, from: ProvinceCode, to: ProvinceCode, epoch: Identifier,
        firstSequence: UInt64, count: Int, ack: LinkPosition?, time: Instant,
        linkDigest: Digest, sentSequence: UInt64
    ) {
        self.network = network
        self.from = from
        self.to = to
        self.epoch = epoch
        self.firstSequence = firstSequence
        self.count = count
        self.ack = ack
        self.time = time
        self.linkDigest = linkDigest
        self.sentSequence = sentSequence
    }
}

/// How far one direction of a link has come: the last message, and the digest over all of them.
package struct LinkPosition: Hashable, Sendable {
    package var epoch: Identifier
    package var sequence: UInt64
    package var digest: Digest

    package init(epoch: Identifier, sequence: UInt64, digest: Digest) {
        self.epoch = epoch
        self.sequence = sequence
        self.digest = digest
    }

    /// The position after one more message, whose leaf digest is `leaf`: the link digest is the
    /// inner node (RFC 6962 §2.1) of the digest so far and the leaf.
    package func advanced(by leaf: Digest, _ hashing: any Hashing) -> LinkPosition {
        LinkPosition(
            epoch: epoch, sequence: sequence + 1, digest: hashing.node(digest, leaf))
    }

    /// The position after the messages whose leaf digests are `leaves`.
    package func advanced(
        by leaves: some Sequence<Digest>, _ hashing: any Hashing
    ) -> LinkPosition {
        leaves.reduce(self) { $0.advanced(by: $1, hashing) }
    }
}

extension BatchHeader {
    /// Where the link stood before the first message of the batch, whose number is at least 1.
    package var begin: LinkPosition {
        LinkPosition(epoch: epoch, sequence: firstSequence - 1, digest: linkDigest)
    }

    package func encoded() -> Bytes {
        var proto = Gongji_V1_BatchHeader()
        proto.version = version
        proto.network = network
        proto.from = from.number
        proto.to = to.number
        proto.epoch = epoch.data
        proto.firstSequence = firstSequence
        proto.count = UInt32(count)
        if let ack {
            proto.ackEpoch = ack.epoch.data
            proto.ackSequence = ack.sequence
            proto.ackDigest = ack.digest.data
        }
        proto.timeMs = time.milliseconds
        proto.linkDigest = linkDigest.data
        proto.sentSequence = sentSequence
        return serialize(proto)
    }

    package init(decoding bytes: Bytes) throws(DecodingRefusal) {
        let proto = try parse(bytes, as: Gongji_V1_BatchHeader.self)
        guard proto.count <= UInt32(Limits.batchMessagesMax), proto.firstSequence >= 1,
            proto.firstSequence < 1 << 62
        else { throw .badField }
        var ack: LinkPosition?
        if !proto.ackEpoch.isEmpty {
            ack = LinkPosition(
                epoch: try Identifier(field: proto.ackEpoch), sequence: proto.ackSequence,
                digest: try Digest(field: proto.ackDigest))
        }
        self.init(
            network: proto.network,
            from: try ProvinceCode(field: proto.from), to: try ProvinceCode(field: proto.to),
            epoch: try Identifier(field: proto.epoch), firstSequence: proto.firstSequence,
            count: Int(proto.count), ack: ack, time: try Instant(field: proto.timeMs),
            linkDigest: try Digest(field: proto.linkDigest),
            sentSequence: proto.sentSequence)
        version = proto.version
    }
}
