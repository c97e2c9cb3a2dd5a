package import Domain
import Settlement
package import Storage
import Wire

/// What a node finds in its store when it starts.
package struct Recovery {
    let links: [ProvinceCode: Link]
    /// Those of the directory; who has left it is not heard any more.
    let peers: Set<ProvinceCode>
    let inbound: JournalHead
    let outbound: JournalHead
    package let halt: Halt?
    let budget: PeerBudget
    /// Transactions by state.
    package let coordinator: [String: Int]
    package let participant: [String: Int]

    /// Reads the store, and begins links to those of `members` that are new. `newEpoch` gives an id that
    /// was never given.
    ///
    /// Throws ``StationFailure`` and ``StoreFailure``.
    package init(
        _ store: any Store, network: String, province: ProvinceCode,
        members: some Collection<ProvinceCode>, signer: any StationSigning,
        newEpoch: () -> Identifier
    ) throws {
        try Recovery.claim(store, network, province)
        var links: [ProvinceCode: Link]
        (links, outbound, inbound) = try store.read { reading in
            var links: [ProvinceCode: Link] = [:]
            for record in try reading.links() {
                links[record.peer] = Link(
                    record, inFlight: try Recovery.inFlight(record, reading, signer),
                    outboxCount: try reading.outboxCount(record.peer))
            }
            return (
                links, try Recovery.head(.outbound, reading), try Recovery.head(.inbound, reading)
            )
        }
        for member in members where member != province && links[member] == nil {
            links[member] = Link(peer: member, epoch: newEpoch())
        }
        self.links = links
        peers = Set(members).subtracting([province])
        halt = try Recovery.halt(store, members)
        budget = PeerBudget(note: try store.read { try $0.note(PeerBudget.note) })
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
            throw StationFailure.storeOfAnother(String(decoding: found, as: UTF8.self))
        }
    }

    /// A halt stands until the newest store is put back, or until the peer that claimed it is no
    /// longer in the directory.
    private static func halt(
        _ store: any Store, _ members: some Collection<ProvinceCode>
    ) throws -> Halt? {
        guard let kept = try store.read({ try $0.note(Halt.note) }), let halt = Halt(kept) else {
            return nil
        }
        if members.contains(halt.claimedBy) { return halt }
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
        _ record: LinkRecord, _ reading: any StoreReading, _ signer: any StationSigning
    ) throws -> [Link.SentBatch] {
        var batches: [UInt64: Link.SentBatch] = [:]
        let entries = try reading.unacknowledged(
            record.peer, epoch: record.sent.epoch, above: record.acknowledged)
        for entry in entries {
            let envelope = try BatchEnvelope(decoding: entry.envelope)
            guard envelope.suite == signer.suite else {
                throw StationFailure.suiteChangedWithMessagesInFlight(record.peer)
            }
            let header = try BatchHeader(decoding: envelope.header)
            let end = header.begin.advanced(
                by: entry.frames.map(signer.hashing.leaf), signer.hashing)
            batches[end.sequence] = Link.SentBatch(
                end: end, envelope: entry.envelope, frames: entry.frames)
        }
        return batches.keys.sorted().compactMap { batches[$0] }
    }
}

/// Why a station cannot begin on its store. The description says what to do, and is safe to log.
package enum StationFailure: Error, Equatable, CustomStringConvertible {
    case storeOfAnother(String)
    case suiteChangedWithMessagesInFlight(ProvinceCode)

    package var description: String {
        switch self {
        case .storeOfAnother(let owner):
            "the store belongs to \(owner); give this node its own file"
        case .suiteChangedWithMessagesInFlight(let peer):
            "messages to \(peer) wait that were signed with the other suite; start with the old key, "
                + "let them be acknowledged, then change the suite"
        }
    }
}
