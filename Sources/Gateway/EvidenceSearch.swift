import Domain
import Settlement
import Signing
import Storage
import Wire

/// Finds the signed statements that evidence is about, in the journal of a node.
struct EvidenceSearch {
    /// Statements of one file. What is about one transaction is less, unless somebody repeats themselves.
    static let statementsMax = 24
    private static let pageEntries = 64

    private let store: any StoreReading
    private let directory: DirectoryDocument

    init(_ store: any StoreReading, _ directory: DirectoryDocument) {
        self.store = store
        self.directory = directory
    }

    func file(of kept: KeptEvidence) throws -> ServiceReply.EvidenceFile {
        let evidence = kept.evidence
        let subject = evidence.subject
        let coordination = try store.coordination(subject)
        let participation = try store.participation(subject)
        var receipts: [Receipt] = []
        var statements: [ServiceReply.EvidenceFile.Statement] = []
        for statement in [evidence.statement, evidence.earlier].compactMap(\.self) {
            switch statement {
            case .octets(let octets):
                statements.append(.init(.octets(octets), certificate: nil))
            case .received(let number, let index):
                let entry = try store.journal(.inbound, from: number, limit: 1).first
                guard let entry, entry.number == number, index < entry.frames.count,
                    let receipt = receipt(of: index, in: entry)
                else { continue }
                receipts.append(signed(receipt))
            }
        }
        // What was said of it before, by anyone whose word counts: it began when this node first knew of it.
        let began = [coordination?.created, participation?.created].compactMap(\.self).min()
        if let began {
            for direction in JournalDirection.allCases {
                try collect(direction, about: evidence, since: began, into: &receipts)
            }
        }
        statements += receipts.prefix(EvidenceSearch.statementsMax).map { receipt in
            .init(.message(receipt), certificate: certificate(of: receipt))
        }
        let plan = coordination?.plan ?? participation?.plan
        return ServiceReply.EvidenceFile(
            ServiceReply.EvidenceView(kept), plan: plan?.bytes, statements: statements,
            roots: directory.roots.map(\.der))
    }

    /// Of what came in: votes, refusals and decisions. Of what went out: what this node asked the accused
    /// for, and what it refused.
    private func collect(
        _ direction: JournalDirection, about evidence: Evidence, since began: Instant,
        into receipts: inout [Receipt]
    ) throws {
        var next = try first(direction, since: began)
        while receipts.count < EvidenceSearch.statementsMax {
            let entries = try store.journal(
                direction, from: next, limit: EvidenceSearch.pageEntries)
            for entry in entries {
                guard entry.at <= evidence.at else { return }
                for (index, frame) in entry.frames.enumerated() {
                    guard let message = try? Message(decoding: frame, hashing: SM3Hashing()),
                        message.transaction == evidence.subject,
                        isStatement(message, direction), let found = receipt(of: index, in: entry)
                    else { continue }
                    let receipt = signed(found)
                    if !receipts.contains(where: { $0.message == receipt.message }) {
                        receipts.append(receipt)
                    }
                }
            }
            guard let last = entries.last, entries.count == EvidenceSearch.pageEntries else {
                return
            }
            next = last.number + 1
        }
    }

    private func isStatement(_ message: Message, _ direction: JournalDirection) -> Bool {
        switch (direction, message) {
        case (.inbound, .vote), (.inbound, .refusal), (.inbound, .decision),
            (.inbound, .certificate), (.inbound, .holdEnd), (.outbound, .holdEnd),
            (.outbound, .commit), (.outbound, .reverse),
            (.outbound, .refusal):
            true
        default: false
        }
    }

    /// The first entry that is not older than `instant`, by halving: they are in the order of time.
    private func first(_ direction: JournalDirection, since instant: Instant) throws -> UInt64 {
        // A clock that was set back leaves some out of order.
        let from = instant.advanced(byMilliseconds: -Limits.clockSkewMillisecondsMax)
        var low: UInt64 = 1
        var high = (try store.lastJournalEntry(direction)?.number ?? 0) + 1
        while low < high {
            let middle = low + (high - low) / 2
            let entry = try store.journal(direction, from: middle, limit: 1).first
            if let entry, entry.at < from { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Of a certificate the receipt inside: it is its primary's statement, whoever passed it on.
    private func signed(_ receipt: Receipt) -> Receipt {
        guard
            case .certificate(let certificate)? = try? Message(
                decoding: receipt.message, hashing: SM3Hashing())
        else { return receipt }
        return certificate.receipt
    }

    private func receipt(of index: Int, in entry: JournalEntry) -> Receipt? {
        guard let envelope = try? BatchEnvelope(decoding: entry.envelope) else { return nil }
        return try? JournalVerification.receipt(
            of: index, in: entry, hashing: envelope.suite.hashing)
    }

    private func certificate(of receipt: Receipt) -> Bytes? {
        guard let envelope = try? BatchEnvelope(decoding: receipt.envelope) else { return nil }
        return directory.nodes.lazy.flatMap(\.certificates)
            .first { $0.keyID == envelope.keyID }?.der
    }
}

extension ServiceReply.EvidenceView {
    init(_ kept: KeptEvidence) {
        self.init(
            number: kept.number, accused: kept.evidence.accused, subject: kept.evidence.subject,
            reason: kept.evidence.reason.word, at: kept.evidence.at)
    }
}
