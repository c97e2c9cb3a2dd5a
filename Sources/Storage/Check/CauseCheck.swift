import Domain
import Ledger
import Settlement
import Wire

/// Looks for what caused each posting: a client's request that was answered, or a transaction with
/// its row and the signed message that asked for it in the journal.
///
/// Memory is bounded: of many transactions only a share is looked for at a time, and the journal is
/// read once for each share.
struct CauseCheck {
    let store: any StoreReading
    let province: ProvinceCode
    let sm3: any Hashing
    /// Whether it is told too that a transaction or a withdrawal has no row, which an audit finds
    /// otherwise.
    var tellsMissingRows = true
    /// Transactions whose messages are remembered at a time, at the most.
    var transactionsMax = 2_000_000
    private static let entriesAtOnce = 64

    /// What the journal has of a transaction from others.
    private struct Messages: OptionSet {
        let rawValue: UInt8
        static let reserve = Messages(rawValue: 1)
        static let commit = Messages(rawValue: 2)
        static let reverse = Messages(rawValue: 4)
        static let decision = Messages(rawValue: 8)
    }

    /// Calls `found` for each posting that nothing caused.
    func run(_ found: (String) -> Void) throws {
        var postings = 0
        try store.forEachPosting { _ in postings += 1 }
        let shares = 1 + postings / transactionsMax
        for share in 0..<shares {
            func isIn(_ id: Identifier) -> Bool { id.low % UInt64(shares) == UInt64(share) }
            let messages = try messages(isIn)
            try store.forEachPosting { entry in
                guard isIn(entry.posting.cause) else { return }
                if let missing = try missing(entry.posting, messages) {
                    found(
                        "posting \(entry.number), \(entry.posting.step.word) of "
                            + "\(entry.posting.amount.value) fen to \(entry.posting.credit), by "
                            + "\(entry.posting.cause): \(missing)")
                }
            }
        }
    }

    private func messages(_ isIn: (Identifier) -> Bool) throws -> [Identifier: Messages] {
        var found: [Identifier: Messages] = [:]
        var next: UInt64 = 1
        while true {
            let entries = try store.journal(.inbound, from: next, limit: CauseCheck.entriesAtOnce)
            guard let last = entries.last else { return found }
            next = last.number + 1
            for frame in entries.lazy.flatMap(\.frames) {
                guard let message = try? Message(decoding: frame, hashing: sm3),
                    let transaction = message.transaction, isIn(transaction)
                else { continue }
                switch message {
                case .reserve: found[transaction, default: []].insert(.reserve)
                case .commit: found[transaction, default: []].insert(.commit)
                case .reverse: found[transaction, default: []].insert(.reverse)
                case .decision, .certificate: found[transaction, default: []].insert(.decision)
                default: break
                }
            }
        }
    }

    /// What is not there, in words; nil if the posting has its cause.
    private func missing(
        _ posting: Posting, _ messages: [Identifier: Messages]
    ) throws -> String? {
        let cause = posting.cause
        switch posting.step {
        case .deposit, .setQuota, .lowerQuota:
            return try isAnswered(cause) ? nil : "there is no answered request with this id"
        case .withdraw, .payoutReturned:
            return try store.withdrawal(cause) == nil ? noRow("withdrawal") : nil
        case .claim, .claimReversal:
            guard let coordination = try store.coordination(cause) else {
                return noRow("transaction")
            }
            guard try isAnswered(cause) else { return "no client asked for the transaction" }
            guard let primary = coordination.plan?.plan.primary, primary != province else {
                return nil
            }
            return messages[cause, default: []].contains(.decision)
                ? nil : "the journal has no decision of \(primary)"
        case .reserve, .commit, .release, .reversal:
            if case .held(_, let source) = posting.step == .reserve
                ? posting.credit : posting.debit,
                try store.withdrawal(cause)?.wallet.value == source
            {
                return nil
            }
            guard let participation = try store.participation(cause) else {
                return noRow("transaction")
            }
            return try missing(posting.step, participation, messages[cause, default: []])
        }
    }

    private func missing(
        _ step: PostingStep, _ participation: Participation, _ messages: Messages
    ) throws -> String? {
        let care = participation.care
        if care == province {
            return try isAnswered(participation.transaction)
                ? nil : "no client asked for the transaction"
        }
        guard messages.contains(.reserve) else { return "the journal has no reserve of \(care)" }
        switch step {
        case .commit where messages.isDisjoint(with: [.commit, .decision]):
            return "the journal has neither a commit of \(care) nor a decision"
        case .reversal where messages.isDisjoint(with: [.reverse, .decision]):
            return "the journal has neither a reverse of \(care) nor a decision"
        default: return nil
        }
    }

    private func noRow(_ what: String) -> String? {
        tellsMissingRows ? "there is no such \(what)" : nil
    }

    private func isAnswered(_ request: Identifier) throws -> Bool {
        try store.answer(request) != nil
    }
}
