package import Domain
package import Wire
import Settlement

/// Walks one direction of a journal from its first entry and checks every link of the evidence:
/// numbers, the hash chain, Merkle roots, signatures, and the order of each link's messages.
package enum JournalVerification {
    package struct Report: Sendable, Equatable {
        package let direction: JournalDirection
        /// Entries and their messages up to the end, or to the first that does not fit to those before it.
        package internal(set) var entries: UInt64 = 0
        package internal(set) var messages: UInt64 = 0
        /// How many of the messages are kept as digests only.
        package internal(set) var omitted: UInt64 = 0
        /// How many of them have a signature that is not accepted: no evidence, but those around them are.
        package internal(set) var refused: UInt64 = 0
        /// The first of these.
        package internal(set) var firstRefused: Break?
        /// The entry that does not fit to those before it, where the walk ended.
        package internal(set) var cut: Break?
        /// Chain value of the last of `entries`: written down elsewhere, it fixes all before it.
        package internal(set) var chain: Digest = .zero

        package struct Break: Sendable, Equatable {
            package let number: UInt64
            package let reason: String
        }

        /// The first entry that does not hold, and why; nil if all do.
        package var firstBreak: Break? { firstRefused ?? cut }

        /// What does not hold, in words.
        package var faults: [String] {
            let all = refused > 1 ? "; \(refused) entries have no signature that is accepted" : ""
            return [(firstRefused, all), (cut, "")].compactMap { found, more in
                found.map { "entry \($0.number): \($0.reason)\(more)" }
            }
        }
    }

    /// An entry can have a mebibyte.
    private static let entriesAtOnce = 64

    /// `visit` is called for every entry that holds, with its header.
    package static func run(
        _ store: any StoreReading, _ direction: JournalDirection, at node: ProvinceCode,
        network: String, verifier: any SignatureVerifying, sm3: any Hashing,
        visit: (JournalEntry, BatchHeader) throws -> Void = { _, _ in }
    ) throws -> Report {
        var walk = Walk(node: node, network: network, verifier: verifier, sm3: sm3)
        var report = Report(direction: direction)
        while true {
            let entries = try store.journal(
                direction, from: report.entries + 1, limit: entriesAtOnce)
            if entries.isEmpty { return report }
            var steps: [Walk.Step] = []
            var fault: Walk.Fault?
            for entry in entries {
                do throws(Walk.Fault) {
                    steps.append(try walk.step(to: entry))
                } catch {
                    fault = error
                    break
                }
            }
            // Nearly all of the time goes into these.
            let refusals = verifier.refusals(of: steps.map(\.claim))
            for (index, step) in steps.enumerated() {
                let entry = entries[index]
                report.entries = entry.number
                report.messages += UInt64(entry.frames.count)
                report.omitted += UInt64(entry.omitted.count)
                report.chain = entry.chain
                if let refusal = refusals[index] {
                    report.refused += 1
                    report.firstRefused =
                        report.firstRefused ?? .init(number: entry.number, reason: refusal.rawValue)
                } else {
                    try visit(entry, step.header)
                }
            }
            if let fault {
                report.cut = .init(number: report.entries + 1, reason: fault.reason)
                return report
            }
        }
    }

    /// What proves message `index` (from 0) of `entry` to a third party. Throws `unproven` for one whose
    /// octets were not kept.
    package static func receipt(
        of index: Int, in entry: JournalEntry, hashing: any Hashing
    ) throws(DecodingRefusal) -> Receipt {
        guard entry.omitted[index] == nil else { throw .unproven }
        let envelope = try BatchEnvelope(decoding: entry.envelope)
        return Receipt(
            of: index, envelope: entry.envelope, message: entry.frames[index],
            leaves: entry.leaves(hashing), hashing, header: envelope.header)
    }
}

extension JournalEntry {
    /// Whether the batch is that of `subtree`, by the chain: its messages are not hashed anew.
    package func holds(
        subtree: Digest, in store: any StoreReading, sm3: any Hashing
    ) throws -> Bool {
        let before = try store.journal(direction, from: number - 1, limit: 1).first
        let previous = number == 1 ? .zero : before?.chain ?? .zero
        return chain
            == JournalEntry.chain(after: previous, envelope: envelope, subtree: subtree, sm3: sm3)
    }

    /// What shows the signer of this batch, which has messages, that it has signed it.
    package func headerProof(_ hashing: any Hashing) throws(DecodingRefusal) -> HeaderProof {
        let header = try BatchEnvelope(decoding: envelope).header
        let leaves = [hashing.leaf(header)] + self.leaves(hashing)
        return HeaderProof(
            envelope: envelope, headerPath: Merkle.path(of: 0, in: leaves, hashing))
    }
}

/// A walk along one direction, and how far it came.
private struct Walk {
    let node: ProvinceCode
    let network: String
    let verifier: any SignatureVerifying
    let sm3: any Hashing
    private var number: UInt64 = 0
    private var chain: Digest = .zero
    private var links: [LinkKey: LinkHistory] = [:]

    init(
        node: ProvinceCode, network: String, verifier: any SignatureVerifying, sm3: any Hashing
    ) {
        self.node = node
        self.network = network
        self.verifier = verifier
        self.sm3 = sm3
    }

    /// An entry that fits to all before it; its signature is still to be checked.
    struct Step {
        let header: BatchHeader
        let claim: SignatureClaim
    }

    struct Fault: Error { let reason: String }

    private struct LinkKey: Hashable {
        let peer: ProvinceCode
        let epoch: Identifier
    }

    /// The end of one link, and the digests at the ends of its last batches: after a change of
    /// certificate, batches in flight are signed and kept a second time.
    private struct LinkHistory {
        var end: LinkPosition
        var recent: [LinkPosition] = []
    }

    mutating func step(to entry: JournalEntry) throws(Fault) -> Step {
        guard entry.number == number + 1 else {
            throw Fault(reason: "the entry with this number is missing")
        }
        guard let envelope = try? BatchEnvelope(decoding: entry.envelope),
            let header = try? BatchHeader(decoding: envelope.header)
        else { throw Fault(reason: "the envelope cannot be read") }
        guard let hashing = verifier.hashing(envelope.suite) else {
            throw Fault(reason: SignatureRefusal.suiteNotAllowed.rawValue)
        }
        let inbound = entry.direction == .inbound
        guard header.network == network, header.from == (inbound ? entry.peer : node),
            header.to == (inbound ? node : entry.peer), header.epoch == entry.epoch,
            header.firstSequence == entry.firstSequence, header.count == entry.frames.count
        else { throw Fault(reason: "the header does not belong to this entry") }
        let messages = entry.leaves(hashing)
        let subtree = Merkle.root([hashing.leaf(envelope.header)] + messages, hashing)
        guard
            entry.chain
                == JournalEntry.chain(
                    after: chain, envelope: entry.envelope, subtree: subtree, sm3: sm3)
        else { throw Fault(reason: "the hash chain is broken") }
        guard let root = envelope.root(subtree: subtree, hashing) else {
            throw Fault(reason: BatchRefusal.badPath.word)
        }
        try follow(
            LinkKey(peer: entry.peer, epoch: entry.epoch), begin: header.begin,
            end: header.begin.advanced(by: messages, hashing))
        number = entry.number
        chain = entry.chain
        // What was received counts at the time when it was received: a signer chooses its own time.
        return Step(
            header: header,
            claim: SignatureClaim(
                envelope.signature, over: BatchEnvelope.signedBytes(root: root),
                suite: envelope.suite, keyID: envelope.keyID, signer: header.from,
                at: inbound ? entry.at : header.time))
    }

    private mutating func follow(
        _ key: LinkKey, begin: LinkPosition, end: LinkPosition
    ) throws(Fault) {
        var history =
            links[key]
            ?? LinkHistory(end: LinkPosition(epoch: key.epoch, sequence: 0, digest: .zero))
        if end.sequence <= history.end.sequence {
            guard history.recent.contains(end) else {
                throw Fault(reason: "the messages of the link are not in order")
            }
            return
        }
        guard begin == history.end else {
            throw Fault(reason: "the messages of the link are not in order")
        }
        history.end = end
        history.recent.append(end)
        if history.recent.count > 2 * Limits.windowBatchesMax { history.recent.removeFirst() }
        links[key] = history
    }
}
