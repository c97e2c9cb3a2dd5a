import Domain
import Settlement
import Storage
import Wire

/// Puts outgoing messages into signed, journaled batches, or into the outbox where a window is
/// full. Works on copies of the links inside one store transaction: the caller keeps the result
/// only when the transaction is durable.
struct Outbox {
    let network: String
    let province: ProvinceCode
    let signer: any StationSigning
    let sm3: any Hashing
    let now: Instant

    var links: Links
    /// The head of the outbound journal.
    var journal: JournalHead
    private(set) var batches: [OutboundBatch] = []
    private(set) var signatures = 0

    init(
        network: String, province: ProvinceCode, signer: any StationSigning, sm3: any Hashing,
        now: Instant, links: Links, journal: JournalHead
    ) {
        self.network = network
        self.province = province
        self.signer = signer
        self.sm3 = sm3
        self.now = now
        self.links = links
        self.journal = journal
    }

    /// Whether messages wait that could go now.
    static func isReady(_ links: [ProvinceCode: Link]) -> Bool {
        links.values.contains { $0.outboxCount > 0 && $0.windowIsOpen }
    }

    /// What an operator has ordered of a link.
    mutating func carryOut(_ order: LinkOrder) {
        switch order {
        case .resume(let peer):
            let time = now
            links[peer]?.resume(time)
        }
    }

    /// `outgoing`: frames for each peer, in order.
    mutating func send(
        _ outgoing: [ProvinceCode: [Bytes]], _ transaction: any StoreTransaction
    ) throws {
        var pending: [ProvinceCode: ArraySlice<Bytes>] = [:]
        for peer in outgoing.keys.sorted() {
            guard let frames = outgoing[peer], let link = links[peer] else { continue }
            let atOnce = link.takesAtOnce
            let first = links[peer]?.assign(frames.count, toOutbox: !atOnce) ?? 0
            if atOnce {
                pending[peer] = frames[...]
            } else {
                try transaction.appendOutbox(peer, first: first, frames)
            }
        }
        while try flush(&pending, transaction) {}
        // The window closed before all were placed.
        for peer in pending.keys.sorted() {
            guard let rest = pending[peer], !rest.isEmpty, var link = links[peer] else { continue }
            try transaction.appendOutbox(
                peer, first: link.record.assigned - UInt64(rest.count) + 1, Array(rest))
            link.tookFromOutbox(-rest.count)
            links[peer] = link
        }
    }

    /// One signature: at most one batch a peer. False if there was nothing to sign.
    private mutating func flush(
        _ pending: inout [ProvinceCode: ArraySlice<Bytes>], _ transaction: any StoreTransaction
    ) throws -> Bool {
        var parts: [FlushPart] = []
        var hasMessages = false
        for peer in links.peers where parts.count < Limits.flushBatchesMax {
            guard let link = links[peer], link.divergence == nil else { continue }
            var frames: [Bytes] = []
            if link.windowIsOpen, let waiting = pending[peer], !waiting.isEmpty {
                frames = Array(waiting.prefix(Outbox.count(fittingInOneBatch: waiting)))
                pending[peer] = waiting.dropFirst(frames.count)
            } else if link.windowIsOpen, link.outboxCount > 0 {
                frames = try transaction.takeOutbox(
                    peer, count: Limits.batchMessagesMax, bytes: Outbox.frameBytesMax)
                links[peer]?.tookFromOutbox(frames.count)
            }
            // What is owed a proof is said by itself.
            guard !frames.isEmpty || link.wantsAck && !link.owesProof else { continue }
            hasMessages = hasMessages || !frames.isEmpty
            let position = link.record.sent
            parts.append(
                FlushPart(
                    header: link.header(
                        network: network, from: province, count: frames.count, after: position,
                        sentSequence: position.sequence + UInt64(frames.count), now: now),
                    frames: frames))
        }
        guard hasMessages else { return false }
        signatures += 1
        for batch in try Flush.sign(parts, signer, signer.hashing) {
            if !batch.frames.isEmpty {
                let entry = journal.next(
                    .outbound, peer: batch.peer, header: batch.header, at: now,
                    envelope: batch.envelope, frames: batch.frames, subtree: batch.subtree,
                    sm3: sm3)
                try transaction.append(entry)
                let time = now
                links[batch.peer]?.sent(
                    Link.SentBatch(
                        end: batch.end, envelope: batch.envelope, frames: batch.frames), now: time)
            } else {
                let time = now
                links[batch.peer]?.spoke(time)
            }
            batches.append(batch)
        }
        return true
    }

    /// Room for messages in a batch; the rest is for the header.
    static let frameBytesMax = Limits.batchBytesMax - Limits.messageBytesMax

    private static func count(fittingInOneBatch frames: ArraySlice<Bytes>) -> Int {
        var bytes = 0
        var count = 0
        for frame in frames.prefix(Limits.batchMessagesMax) {
            bytes += frame.count
            if count > 0 && bytes > frameBytesMax { break }
            count += 1
        }
        return count
    }
}

/// Links as they will be once a round is durable: those before it, and over them what it changed.
struct Links {
    private let before: [ProvinceCode: Link]
    private(set) var changed: [ProvinceCode: Link]
    /// In ascending order.
    let peers: [ProvinceCode]

    init(_ before: [ProvinceCode: Link], peers: [ProvinceCode], changed: [ProvinceCode: Link]) {
        self.before = before
        self.peers = peers
        self.changed = changed
    }

    subscript(peer: ProvinceCode) -> Link? {
        get { changed[peer] ?? before[peer] }
        set { changed[peer] = newValue }
    }
}

/// The end of one direction of the journal.
struct JournalHead {
    var number: UInt64
    var chain: Digest

    mutating func next(
        _ direction: JournalDirection, peer: ProvinceCode, header: BatchHeader, at: Instant,
        envelope: Bytes, frames: [Bytes], subtree: Digest, sm3: any Hashing
    ) -> JournalEntry {
        number += 1
        chain = JournalEntry.chain(
            after: chain, envelope: envelope, subtree: subtree, sm3: sm3)
        return JournalEntry(
            direction: direction, number: number, peer: peer, epoch: header.epoch,
            firstSequence: header.firstSequence, at: at, envelope: envelope, frames: frames,
            chain: chain)
    }
}
