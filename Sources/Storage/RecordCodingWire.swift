package import Domain
import Wire

// Parts of records that came over the wire.

extension ByteWriter {
    mutating func plan(_ plan: EncodedPlan) {
        digest(plan.digest)
        octets(plan.bytes)
    }

    mutating func position(_ position: LinkPosition) {
        identifier(position.epoch)
        number(position.sequence)
        digest(position.digest)
    }

    mutating func receipt(_ receipt: Receipt) {
        octets(receipt.envelope)
        octets(receipt.message)
        count(receipt.leafIndex)
        count(receipt.leafCount)
        digests(receipt.leafPath)
        digests(receipt.headerPath)
    }

    /// A vote in the record of `transaction` with the plan digest `plan`: neither is written again.
    mutating func vote(_ proven: ProvenVote, transaction: Identifier, plan: Digest?) {
        let vote = proven.vote
        var flags = FieldFlags()
        flags.set(0, vote.transaction != transaction)
        flags.set(1, vote.planDigest != plan)
        flags.set(2, vote.expires != nil)
        flags.set(3, proven.receipt != nil)
        number(flags.bits)
        if flags[0] { identifier(vote.transaction) }
        if flags[1] { digest(vote.planDigest) }
        province(vote.participant)
        fens(vote.held)
        if let expires = vote.expires { instant(expires) }
        if let receipt = proven.receipt { self.receipt(receipt) }
    }

    /// The message frames of a batch, and the leaves of those that are omitted, by their places.
    package mutating func frames(_ frames: [Bytes], omitted: [Int: Digest]) {
        octet(1)
        count(frames.count)
        for frame in frames { octets(frame) }
        count(omitted.count)
        for (place, leaf) in omitted.sorted(by: { $0.key < $1.key }) {
            count(place)
            digest(leaf)
        }
    }
}

extension ByteReader {
    mutating func plan() throws(RecordDamage) -> EncodedPlan {
        let digest = try self.digest()
        let bytes = try octets()
        guard let plan = try? EncodedPlan(kept: bytes, digest: digest) else { throw .field }
        return plan
    }

    mutating func linkPosition() throws(RecordDamage) -> LinkPosition {
        let epoch = try identifier()
        let sequence = try number()
        return LinkPosition(epoch: epoch, sequence: sequence, digest: try digest())
    }

    mutating func receipt() throws(RecordDamage) -> Receipt {
        let envelope = try octets()
        let message = try octets()
        guard let leafIndex = Int(exactly: try number()),
            let leafCount = Int(exactly: try number())
        else { throw .field }
        let leafPath = try digests()
        return Receipt(
            envelope: envelope, message: message, leafIndex: leafIndex, leafCount: leafCount,
            leafPath: leafPath, headerPath: try digests())
    }

    mutating func vote(
        transaction: Identifier, plan: Digest?
    ) throws(RecordDamage) -> ProvenVote {
        let flags = try FieldFlags(&self)
        try flags.limit(4)
        let ownTransaction = flags[0] ? try identifier() : transaction
        guard let planDigest = flags[1] ? try digest() : plan else { throw .field }
        let participant = try province()
        let held = try fens()
        let expires = flags[2] ? try instant() : nil
        return ProvenVote(
            vote: Vote(
                transaction: ownTransaction, planDigest: planDigest, participant: participant,
                held: held, expires: expires),
            receipt: flags[3] ? try receipt() : nil)
    }

    package mutating func frames() throws(RecordDamage) -> (
        frames: [Bytes], omitted: [Int: Digest]
    ) {
        try version(1)
        let count = try self.count()
        var frames: [Bytes] = []
        frames.reserveCapacity(count)
        for _ in 0..<count { frames.append(try octets()) }
        var omitted: [Int: Digest] = [:]
        for _ in 0..<(try self.count()) {
            guard let place = Int(exactly: try number()), frames.indices.contains(place),
                frames[place].isEmpty
            else { throw .field }
            omitted[place] = try digest()
        }
        try finish()
        return (frames, omitted)
    }
}
