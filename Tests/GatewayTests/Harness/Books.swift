import Domain
import Ledger
import Settlement
import Storage

/// Everything in a node's store that money hangs on, to compare before and after.
struct Books: Equatable {
    var accounts: [Account: Int64] = [:]
    var postings = 0
    var relations: [Identifier: Relation] = [:]
    var coordinations: [Identifier: Coordination.State] = [:]
    var participations: [Identifier: Participation.State] = [:]
    var answers = 0
    var inboundBatches: UInt64 = 0

    init(_ store: any StoreReading) throws {
        try store.forEachAccount { accounts[$0] = $1 }
        try store.forEachPosting { _ in postings += 1 }
        try store.forEachRelation { relations[$0.id] = $0 }
        try store.forEachCoordination { coordinations[$0.transaction] = $0.state }
        try store.forEachParticipation { participations[$0.transaction] = $0.state }
        try store.forEachAnswer { _, _ in answers += 1 }
        inboundBatches = try store.lastJournalEntry(.inbound)?.number ?? 0
    }

    func balance(_ account: Account) -> Int64 { accounts[account] ?? 0 }

    /// The sum over all quotas and holds.
    var held: Int64 {
        accounts.reduce(0) { sum, entry in
            if case .held = entry.key { sum + entry.value } else { sum }
        }
    }

    /// What is wrong with this node's books by themselves (design §2, M1 and M2).
    var faults: [String] {
        var faults: [String] = []
        var sum: Int64 = 0
        for (account, balance) in accounts {
            if balance < 0 { faults.append("\(account) is below zero") }
            sum += account.isDebitNormal ? balance : -balance
        }
        if sum != 0 { faults.append("debits and credits differ by \(sum)") }
        return faults
    }
}

/// What is wrong between the books of several nodes that have nothing in flight (M3, M6).
func faults(between books: [ProvinceCode: Books]) -> [String] {
    var faults: [String] = []
    for (province, own) in books {
        faults += own.faults.map { "\(province): \($0)" }
        for (other, theirs) in books where other != province {
            let owed = own.balance(.payable(other))
            let expected = theirs.balance(.receivable(province))
            if owed != expected {
                faults.append("\(province) owes \(other) \(owed), who expects \(expected)")
            }
        }
        for (transaction, state) in own.participations where state == .held {
            faults.append("\(province) still holds money of \(transaction)")
        }
        for (transaction, state) in own.coordinations {
            for (other, theirs) in books {
                guard let part = theirs.participations[transaction] else { continue }
                let agrees =
                    switch state {
                    case .settled: part == .committed
                    case .reversed: part == .reversed
                    case .released: part == .released
                    case .askingWallet, .reserving, .reserved, .committing, .reversing,
                        .releasing:
                        false
                    }
                if !agrees {
                    faults.append(
                        "\(transaction) is \(state.word) at \(province), \(part.word) at \(other)")
                }
            }
        }
    }
    return faults
}

extension ProvinceNetwork {
    func books() throws -> [ProvinceCode: Books] { try nodes.mapValues { try $0.books() } }

    /// Waits until nothing is in flight or in doubt, and expects the books to agree.
    func waitUntilBooksAgree(within milliseconds: Int = 10_000) throws {
        var found: [String] = []
        try eventually(
            "books that agree", within: milliseconds, seen: { found.joined(separator: "\n") }
        ) {
            found = faults(between: try books())
            return found.isEmpty
        }
    }
}
