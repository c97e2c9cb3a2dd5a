import Domain
import Ledger
import Settlement
import Testing
import Wire

@testable import Storage

/// Balances from postings, and postings from their causes: on books that the engine made, with one
/// thing planted at a time.
@Suite("Balances and causes") struct BooksCheckTests {
    private let world = JournaledWorld()
    private let settled: Identifier
    private let withdrawal: Identifier
    private static let payer = JournaledWorld.payer
    private static let care = JournaledWorld.care

    init() throws {
        let family = try world.family()
        settled = try world.settle(family.recipient, fen: 20_000, final: 15_000)
        let reversed = try world.settle(family.recipient, fen: 3_000)
        try world.command(.settleReverse(transaction: reversed), at: Self.care)
        try world.deliver()
        withdrawal = try world.withdraw(
            family.giver, for: family.recipient, fen: 500, document: "premium")
    }

    private func causes(
        _ province: ProvinceCode, atOnce: Int = 1000,
        _ change: (inout MemoryRows) -> Void = { _ in }
    ) throws -> [String] {
        var rows = world.rows(province)
        change(&rows)
        var found: [String] = []
        try CauseCheck(
            store: MemoryReading(rows: rows), province: province, sm3: Samples.hashing,
            transactionsMax: atOnce
        ).run { found.append($0) }
        return found
    }

    private func balances(
        _ province: ProvinceCode = payer, atOnce: Int = 1000,
        _ change: (inout MemoryRows) -> Void = { _ in }
    ) throws -> [String] {
        var rows = world.rows(province)
        change(&rows)
        var found: [String] = []
        let accounts = try BalanceCheck(
            store: MemoryReading(rows: rows), accountsMax: atOnce
        ).run { found.append($0) }
        #expect(accounts == rows.balances.count)
        return found
    }

    @Test("what the engine made has its causes, however little is looked at at a time")
    func holds() throws {
        for province in JournaledWorld.provinces {
            for atOnce in [1, 3, 1000] {
                #expect(try causes(province, atOnce: atOnce).isEmpty)
                #expect(try balances(province, atOnce: atOnce).isEmpty)
            }
        }
    }

    @Test("a deposit or a quota without a request that was answered is named")
    func requests() throws {
        for step in [PostingStep.deposit, .setQuota] {
            let posting = try #require(
                world.rows(Self.payer).postings.first { $0.posting.step == step })
            let found = try causes(Self.payer) { $0.answers[posting.posting.cause] = nil }
            #expect(
                found.contains {
                    $0.hasPrefix("posting \(posting.number), \(step.word) of")
                        && $0.hasSuffix("there is no answered request with this id")
                }, "\(found)")
        }
    }

    @Test("a transaction or withdrawal without its row is named")
    func rows() throws {
        #expect(
            try causes(Self.payer) { $0.participations[settled] = nil }
                .filter { $0.hasSuffix("there is no such transaction") }.count == 3)
        #expect(
            try causes(Self.care) { $0.coordinations[settled] = nil }
                .contains { $0.hasSuffix("there is no such transaction") })
        #expect(
            try causes(Self.payer) { $0.withdrawals[withdrawal] = nil }
                .contains { $0.contains("reserve") && $0.contains("\(withdrawal)") })
    }

    @Test("a transaction that nobody asked for in a signed message is named")
    func messages() throws {
        let atPayer = try causes(Self.payer) { $0.inbound = [] }
        #expect(atPayer.contains { $0.hasSuffix("the journal has no reserve of \(Self.care)") })
        let atCare = try causes(Self.care) { $0.inbound = [] }
        #expect(atCare.contains { $0.hasSuffix("the journal has no decision of \(Self.payer)") })
        #expect(
            try causes(Self.care) { $0.answers[settled] = nil }
                .contains { $0.hasSuffix("no client asked for the transaction") })
        let commits = try causes(Self.payer) { rows in
            rows.inbound = rows.inbound.filter { entry in
                !entry.frames.contains { frame in
                    guard let message = try? Message(decoding: frame, hashing: Samples.hashing)
                    else { return false }
                    return message.name == "commit" || message.name == "reverse"
                }
            }
            // Numbers without a gap, as the walk expects them.
            rows.inbound = rows.inbound.enumerated().map { index, entry in
                JournalEntry(
                    direction: .inbound, number: UInt64(index + 1), peer: entry.peer,
                    epoch: entry.epoch, firstSequence: entry.firstSequence, at: entry.at,
                    envelope: entry.envelope, frames: entry.frames, chain: entry.chain)
            }
        }
        #expect(
            commits.contains { $0.hasSuffix("neither a commit of \(Self.care) nor a decision") })
        #expect(
            commits.contains { $0.hasSuffix("neither a reverse of \(Self.care) nor a decision") })
    }

    @Test("the audit says so too")
    func audit() throws {
        let deposit = try #require(
            world.rows(Self.payer).postings.first { $0.posting.step == .deposit })
        let report = try world.audit(Self.payer) { $0.answers[deposit.posting.cause] = nil }
        #expect(report.broken == ["M8"], "\(report.words)")
        #expect(report.words.count == 1)
    }

    @Test(
        "a balance that is not the sum of its postings is named, and an account that is not there")
    func sums() throws {
        for atOnce in [1, 1000] {
            #expect(
                try balances(atOnce: atOnce) { $0.balances[.fund]! += 100_000_000 }.first?
                    .hasPrefix("fund has ") == true)
            let missing = try balances(atOnce: atOnce) { $0.balances[.fund] = nil }
            #expect(missing.first?.hasPrefix("fund is not there") == true, "\(missing)")
            let more = try balances(atOnce: atOnce) {
                $0.balances[.personal(Samples.wallet(77))] = 5
            }
            #expect(more == ["personal:\(Samples.wallet(77)) has 5 fen, its postings make 0"])
            #expect(try balances(atOnce: atOnce) { $0.postings.removeLast() }.count == 2)
        }
    }
}
