import Domain
import Settlement
import Storage
import Wire

/// New signatures for what is in flight when a node starts.
///
/// After a rotation it was signed with a certificate that may soon not be accepted, and after a wrong
/// clock it is dated so that no peer takes it. The same messages in the same batches get a signature of the
/// present certificate and time, which the journal keeps beside the old one.
struct Renewal {
    let network: String
    let province: ProvinceCode
    let signer: any StationSigning
    let sm3: any Hashing
    let now: Instant

    /// Throws ``StoreFailure``, and what the signer throws; `links` and `journal` then are as they were.
    func sign(
        _ links: inout [ProvinceCode: Link], _ journal: inout JournalHead, in store: any Store
    ) throws {
        var head = journal
        var entries: [JournalEntry] = []
        var renewed: [ProvinceCode: [Link.SentBatch]] = [:]
        for (peer, link) in links.sorted(by: { $0.key < $1.key }) {
            let before = entries.count
            let batches = try link.inFlight.map { try sign($0, of: link, &head, &entries) }
            if entries.count > before { renewed[peer] = batches }
        }
        guard !entries.isEmpty else { return }
        try store.write { transaction in
            for entry in entries { try transaction.append(entry) }
        }
        journal = head
        for (peer, batches) in renewed { links[peer]?.signedAnew(batches) }
    }

    private func sign(
        _ batch: Link.SentBatch, of link: Link, _ head: inout JournalHead,
        _ entries: inout [JournalEntry]
    ) throws -> Link.SentBatch {
        let envelope = try BatchEnvelope(decoding: batch.envelope)
        let before = try BatchHeader(decoding: envelope.header)
        let isFuture =
            before.time.milliseconds(since: now) > Limits.clockSkewMillisecondsMax / 2
        let isPast = before.time < signer.validFrom
        guard envelope.keyID != signer.keyID || isFuture || isPast else { return batch }
        let header = link.header(
            network: network, from: province, count: batch.frames.count,
            after: before.begin, sentSequence: link.record.sent.sequence, now: now)
        let part = FlushPart(header: header, frames: batch.frames)
        guard let signed = try Flush.sign([part], signer, signer.hashing).first else {
            return batch
        }
        entries.append(
            head.next(
                .outbound, peer: link.record.peer, header: signed.header, at: now,
                envelope: signed.envelope, frames: signed.frames, subtree: signed.subtree,
                sm3: sm3))
        return Link.SentBatch(end: signed.end, envelope: signed.envelope, frames: signed.frames)
    }
}
