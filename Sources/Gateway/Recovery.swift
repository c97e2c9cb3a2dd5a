import Domain
import Settlement
import Signing
import Storage
import Wire

/// What a node finds in its store when it starts.
struct Recovery {
    let links: [ProvinceCode: Link]
    let inbound: JournalHead
    let outbound: JournalHead
    let halt: Halt?
    let coordinator: [String: Int]
    let participant: [String: Int]

    /// Reads the store, begins links to new peers, and signs what is in flight anew if it was signed
    /// with another certificate than the present one.
    init(
        _ store: any Store, _ directory: DirectoryDocument, province: ProvinceCode,
        signer: CertifiedKey
    ) throws {
        try Recovery.claim(store, directory.network, province)
        try DirectoryMemory.claim(directory.edition, store)
        var links: [ProvinceCode: Link] = [:]
        var outbound = JournalHead(number: 0, chain: .zero)
        let inbound: JournalHead
        (links, outbound, inbound) = try store.read { reading in
            var links: [ProvinceCode: Link] = [:]
            for record in try reading.links() {
                links[record.peer] = Link(
                    record, inFlight: try Recovery.inFlight(record, reading),
                    outboxCount: try reading.outboxCount(record.peer))
            }
            return (
                links, try Recovery.head(.outbound, reading), try Recovery.head(.inbound, reading)
            )
        }
        for node in directory.nodes where node.province != province {
            if links[node.province] == nil {
                links[node.province] = Link(
                    peer: node.province, epoch: Clock.newIdentifier())
            }
        }
        try Recovery.signAnew(
            &links, &outbound, store, directory.network, province, signer)
        self.links = links
        self.outbound = outbound
        self.inbound = inbound
        halt = try Recovery.halt(store, directory)
        (coordinator, participant) = try store.read { try $0.transactionCounts() }
    }

    /// A store belongs to one province of one network for ever.
    private static func claim(
        _ store: any Store, _ network: String, _ province: ProvinceCode
    ) throws {
        let owner = Array("\(network) \(province)".utf8)
        let found = try store.read { try $0.note("owner") }
        guard let found else {
            try store.write { try $0.setNote("owner", owner) }
            return
        }
        guard found == owner else {
            throw NodeFailure.storeOfAnother(String(decoding: found, as: UTF8.self))
        }
    }

    /// A halt stands until the newest store is put back, or until the peer that claimed it is no
    /// longer in the directory.
    private static func halt(
        _ store: any Store, _ directory: DirectoryDocument
    ) throws -> Halt? {
        guard let kept = try store.read({ try $0.note(Halt.note) }), let halt = Halt(kept) else {
            return nil
        }
        if directory.node(halt.claimedBy) != nil { return halt }
        try store.write { try $0.setNote(Halt.note, nil) }
        return nil
    }

    private static func head(
        _ direction: JournalDirection, _ reading: any StoreReading
    ) throws -> JournalHead {
        guard let last = try reading.lastJournalEntry(direction) else {
            return JournalHead(number: 0, chain: .zero)
        }
        return JournalHead(number: last.number, chain: last.chain)
    }

    /// Batches that the peer has not acknowledged. Of one that was signed twice, the later.
    private static func inFlight(
        _ record: LinkRecord, _ reading: any StoreReading
    ) throws -> [Link.SentBatch] {
        var batches: [UInt64: Link.SentBatch] = [:]
        let entries = try reading.unacknowledged(
            record.peer, epoch: record.sent.epoch, above: record.acknowledged)
        for entry in entries {
            let envelope = try BatchEnvelope(decoding: entry.envelope)
            let header = try BatchHeader(decoding: envelope.header)
            var end = LinkPosition(
                epoch: header.epoch, sequence: header.firstSequence - 1,
                digest: header.linkDigest)
            for frame in entry.frames {
                end = end.advanced(
                    by: envelope.suite.hashing.leaf(frame), envelope.suite.hashing)
            }
            batches[end.sequence] = Link.SentBatch(
                end: end, envelope: entry.envelope, frames: entry.frames)
        }
        return batches.keys.sorted().compactMap { batches[$0] }
    }

    /// After a rotation, what waits was signed with a certificate that may soon not be accepted, and
    /// after a wrong clock it is dated so that no peer takes it: the same messages in the same
    /// batches get a signature of the present certificate and time.
    private static func signAnew(
        _ links: inout [ProvinceCode: Link], _ journal: inout JournalHead, _ store: any Store,
        _ network: String, _ province: ProvinceCode, _ signer: CertifiedKey
    ) throws {
        let sm3 = SM3Hashing()
        for peer in links.keys.sorted() {
            guard let link = links[peer] else { continue }
            var renewed: [Link.SentBatch] = []
            var entries: [JournalEntry] = []
            for batch in link.inFlight {
                let envelope = try BatchEnvelope(decoding: batch.envelope)
                let before = try BatchHeader(decoding: envelope.header)
                let isFuture =
                    before.time.milliseconds(since: Clock.now())
                    > Limits.clockSkewMillisecondsMax / 2
                let isPast = before.time < signer.certificate.validity.notBefore
                if envelope.keyID == signer.keyID && !isFuture && !isPast {
                    renewed.append(batch)
                    continue
                }
                guard envelope.suite == signer.suite else {
                    throw NodeFailure.suiteChangedWithMessagesInFlight(peer)
                }
                let header = link.header(
                    network: network, from: province, count: batch.frames.count,
                    after: LinkPosition(
                        epoch: before.epoch, sequence: before.firstSequence - 1,
                        digest: before.linkDigest),
                    sentSequence: link.record.sent.sequence, now: Clock.now())
                for signed in try Flush.sign(
                    [FlushPart(header: header, frames: batch.frames)], signer,
                    signer.suite.hashing)
                {
                    renewed.append(
                        Link.SentBatch(
                            end: signed.end, envelope: signed.envelope, frames: signed.frames))
                    entries.append(
                        journal.next(
                            .outbound, peer: peer, header: signed.header, at: Clock.now(),
                            envelope: signed.envelope, frames: signed.frames,
                            subtree: signed.subtree, sm3: sm3))
                }
            }
            guard !entries.isEmpty else { continue }
            try store.write { transaction in
                for entry in entries { try transaction.append(entry) }
            }
            links[peer] = Link(
                link.record, inFlight: renewed, outboxCount: link.outboxCount)
        }
    }
}
