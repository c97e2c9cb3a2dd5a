package import Domain

/// Why a batch is not taken. The word stands in `status` and in logs, with a count.
package enum BatchRefusal: Error, Hashable, Sendable {
    /// Over a limit of ``Limits``.
    case oversize
    case malformed
    case otherVersion
    case otherNetwork
    /// The header names another sender than the CURVE key belongs to.
    case wrongSender
    /// The header names another receiver than this node.
    case wrongReceiver
    /// Dated too far ahead of this node's clock.
    case fromTheFuture
    /// The audit path does not fit the tree.
    case badPath
    case signature(SignatureRefusal)

    package var word: String {
        switch self {
        case .oversize: "oversize"
        case .malformed: "malformed"
        case .otherVersion: "other_version"
        case .otherNetwork: "other_network"
        case .wrongSender: "wrong_sender"
        case .wrongReceiver: "wrong_receiver"
        case .fromTheFuture: "from_the_future"
        case .badPath: "bad_path"
        case .signature(let refusal): refusal.rawValue
        }
    }
}

/// A batch that was received and found good: signed by the peer whose CURVE key it came with.
package final class InboundBatch: Sendable {
    package let header: BatchHeader
    package let envelope: Bytes
    package let frames: [Bytes]
    /// One a message: its value, or why it has none. A refused message is acknowledged all the same.
    package let messages: [Result<Message, DecodingRefusal>]
    /// What this node has said, by its own signature, if the batch came with a proof of it that holds.
    package let proven: ProvenHeader?
    /// When its signature was checked, by the clock of whoever did: what the journal says, for a
    /// certificate may end before the batch is worked on.
    package let checked: Instant
    /// The position of the link after the last message.
    package let end: LinkPosition
    package let subtree: Digest
    package var bytesCount: Int { frames.reduce(envelope.count) { $0 + $1.count } }
    private let leaves: [Digest]
    private let hashing: any Hashing

    /// Checks `received`, all frames of one ZeroMQ message from the authenticated `peer`.
    ///
    /// `sm3` digests plans; the tree is hashed by the batch's suite. A certificate must have been
    /// valid when the batch was signed and must be valid now.
    package init(
        received: [Bytes], from peer: ProvinceCode, at node: ProvinceCode, network: String,
        now: Instant, sm3: any Hashing, verifier: any SignatureVerifying
    ) throws(BatchRefusal) {
        guard let first = received.first else { throw .malformed }
        guard first.count <= Limits.envelopeBytesMax + Limits.proofBytesMax,
            received.count <= Limits.batchMessagesMax + 1,
            received.allSatisfy({ $0.count <= Limits.messageBytesMax }),
            received.reduce(0, { $0 + $1.count }) <= Limits.batchBytesMax
        else { throw .oversize }
        let envelope: BatchEnvelope
        let header: BatchHeader
        do throws(DecodingRefusal) {
            envelope = try BatchEnvelope(decoding: first)
            header = try BatchHeader(decoding: envelope.header)
        } catch {
            throw .malformed
        }
        guard envelope.proof != nil || first.count <= Limits.envelopeBytesMax else {
            throw .oversize
        }
        guard header.version == BatchHeader.version else { throw .otherVersion }
        guard header.network == network else { throw .otherNetwork }
        guard header.from == peer else { throw .wrongSender }
        guard header.to == node else { throw .wrongReceiver }
        // What is kept and shown to others is never more than was signed.
        guard header.count == received.count - 1, header.count == 0 || envelope.proof == nil else {
            throw .malformed
        }
        guard header.time.milliseconds(since: now) <= Limits.clockSkewMillisecondsMax else {
            throw .fromTheFuture
        }
        guard let hashing = verifier.hashing(envelope.suite) else {
            throw .signature(.suiteNotAllowed)
        }
        let leaves = [hashing.leaf(envelope.header)] + received.dropFirst().map(hashing.leaf)
        let subtree = Merkle.root(leaves, hashing)
        guard let root = envelope.root(subtree: subtree, hashing) else { throw .badPath }
        let signed = BatchEnvelope.signedBytes(root: root)
        for instant in [header.time, now] {
            if let refusal = verifier.refusal(
                of: envelope.signature, over: signed, suite: envelope.suite,
                keyID: envelope.keyID, signer: peer, at: instant)
            {
                throw .signature(refusal)
            }
        }
        self.header = header
        proven = envelope.proof?.header(from: node, to: peer, network: network, verifier)
        checked = now
        self.envelope = first
        self.leaves = leaves
        self.hashing = hashing
        self.subtree = subtree
        end = header.begin.advanced(by: leaves.dropFirst(), hashing)
        frames = Array(received.dropFirst())
        var holdEnds = 0
        messages = frames.map { frame in
            do throws(DecodingRefusal) {
                return .success(
                    try InboundBatch.message(
                        frame, network: network, now: now, sm3, verifier, &holdEnds))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Decodes a frame, and checks the receipts that it may hold: only what is proven comes out.
    /// Whoever signed a receipt chose its time, so its certificate must hold now as well.
    private static func message(
        _ frame: Bytes, network: String, now: Instant, _ sm3: any Hashing,
        _ verifier: any SignatureVerifying, _ holdEnds: inout Int
    ) throws(DecodingRefusal) -> Message {
        let message = try Message(decoding: frame, hashing: sm3)
        switch message {
        case .commit(let commit):
            // Without a vote that no longer holds the primary answers that a vote is missing.
            return .commit(
                Commit(
                    transaction: commit.transaction, planDigest: commit.planDigest,
                    finals: commit.finals,
                    votes: commit.votes.filter { proven in
                        let header = try? proven.receipt?.verify(
                            network: network, at: now, verifier)
                        return header?.from == proven.vote.participant
                    }, ownVote: commit.ownVote))
        case .certificate(let certificate):
            guard
                let header = try? certificate.receipt.verify(
                    network: network, at: now, verifier),
                header.from == certificate.decision.primary
            else { throw .unproven }
        case .reserve(let reserve):
            // Without a permission that is proven the payer answers that it is missing.
            guard let proven = reserve.permission else { break }
            let header = try? proven.receipt?.verify(network: network, at: now, verifier)
            let plan = reserve.plan.plan
            guard header?.from == plan.walletProvince, header?.to == plan.care else {
                return .reserve(Reserve(reserve.plan))
            }
        case .holdEnd(let certificate):
            holdEnds += 1
            guard holdEnds <= Limits.holdEndsOfBatchMax,
                HoldEndCheck(network: network, verifier: verifier).refusal(
                    of: certificate, at: now) == nil
            else { throw .unproven }
        case .vote, .decision, .walletReply:
            guard frame.count <= Limits.provenMessageBytesMax else { throw .tooLong }
        case .walletQuery, .refusal, .release, .inquire, .reverse,
            .quotaNotice, .relationProposal, .relationAnswer, .relationConsent, .recipientChange,
            .documentClaim, .documentAnswer, .documentRelease:
            break
        }
        return message
    }

    /// What stands in the tree of the batch for the message at `index` (from 0).
    package func leaf(of index: Int) -> Digest { leaves[index + 1] }

    /// What proves the message at `index` (from 0) to a third party.
    package func receipt(of index: Int) -> Receipt {
        Receipt(
            envelope: envelope, message: frames[index], leafIndex: index + 1,
            leafCount: leaves.count, leafPath: Merkle.path(of: index + 1, in: leaves, hashing),
            headerPath: Merkle.path(of: 0, in: leaves, hashing))
    }
}
