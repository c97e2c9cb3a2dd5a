import Domain
import Settlement
import Storage
import Wire

/// How much of what a node refuses its journal keeps whole, of each peer and hour
/// (``Limits/refusedBytesPerHourMax``): a peer that sends nothing but rubbish must not fill a disk.
///
/// What lies beyond is kept as a digest. Votes, refusals, decisions and certificates have a budget of their own, so
/// that rubbish does not take the room of what a lie may be proven with; and what evidence points to is
/// always kept.
struct RefusalBudget {
    private struct Spent {
        var hour: Int64
        var rubbish = 0
        var statements = 0
        var isOver = false
    }

    private var spent: [ProvinceCode: Spent] = [:]
    /// Peers that have gone beyond it, once an hour.
    private var overdrawn: [ProvinceCode] = []

    /// Who has gone beyond it since this was asked last.
    mutating func takeOverdrawn() -> [ProvinceCode] {
        defer { overdrawn = [] }
        return overdrawn
    }

    private static let hourMilliseconds: Int64 = 3_600_000

    /// Whether `octets` more of `peer` are kept whole.
    mutating func takes(_ octets: Int, isStatement: Bool, of peer: ProvinceCode, at now: Instant)
        -> Bool
    {
        let hour = now.milliseconds / RefusalBudget.hourMilliseconds
        var spent = spent[peer] ?? Spent(hour: hour)
        if spent.hour != hour { spent = Spent(hour: hour) }
        let part = isStatement ? \Spent.statements : \Spent.rubbish
        let isWithin = spent[keyPath: part] + octets <= Limits.refusedBytesPerHourMax
        if isWithin {
            spent[keyPath: part] += octets
        } else if !spent.isOver {
            spent.isOver = true
            overdrawn.append(peer)
        }
        self.spent[peer] = spent
        return isWithin
    }

    /// `entry` as it is kept, of `batch`, of which the messages at `refused` were.
    mutating func kept(
        _ entry: JournalEntry, of batch: InboundBatch, refused: Set<Int>, evidence: Set<Int>,
        at now: Instant
    ) -> JournalEntry {
        var leaves: [Int: Digest] = [:]
        for index in refused.sorted() where !evidence.contains(index) {
            // Shorter than its digest, nothing is won.
            let octets = batch.frames[index].count
            guard octets > Digest.zero.bytes.count else { continue }
            let isStatement = RefusalBudget.isStatement(batch.messages[index])
            if !takes(octets, isStatement: isStatement, of: entry.peer, at: now) {
                leaves[index] = batch.leaf(of: index)
            }
        }
        return leaves.isEmpty ? entry : entry.omitting(leaves)
    }

    private static func isStatement(_ message: Result<Message, DecodingRefusal>) -> Bool {
        switch message {
        case .success(.vote), .success(.refusal), .success(.decision), .success(.certificate): true
        case .success, .failure: false
        }
    }
}
