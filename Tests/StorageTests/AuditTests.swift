import Domain
import Ledger
import Settlement
import Testing
import Wire

@testable import Storage

@Suite("Audit") struct AuditTests {
    private let world: JournaledWorld
    /// Settled over two provinces, less than was held; settled and reversed; cancelled.
    private let settled: Identifier
    private let reversed: Identifier
    private let released: Identifier
    private let family: (recipient: WalletID, giver: WalletID, relation: Identifier)

    init() throws {
        world = JournaledWorld()
        family = try world.family()
        settled = try world.settle(family.recipient, fen: 9_000, final: 8_500)
        reversed = try world.settle(family.recipient, fen: 2_000)
        try world.command(.settleReverse(transaction: reversed), at: JournaledWorld.care)
        try world.deliver()
        released = try world.reserve(family.recipient, fen: 700)
        try world.deliver()
        try world.command(.settleCancel(transaction: released), at: JournaledWorld.care)
        try world.deliver()
    }

    private static let care = JournaledWorld.care
    private static let wallet = JournaledWorld.walletProvince
    private static let payer = JournaledWorld.payer

    @Test("finds nothing where there is nothing")
    func holds() throws {
        let report = try world.audit()
        #expect(report.words.isEmpty)
        #expect(report.holds)
        #expect(world.rejections.isEmpty)
        #expect(report.m3.numbers.contains { $0.name == "transactions" && $0.value == 3 })
        #expect(!report.m3.numbers.contains { $0.name == "in_flight" })
        #expect(report.m8.numbers.contains { $0.name == "told_settled" && $0.value == 2 })
    }

    @Test("holds at every moment of a settlement, its reversal and a cancellation")
    func everyMoment() throws {
        func watch(_ moment: String) throws {
            repeat {
                let report = try world.audit()
                #expect(report.words.isEmpty, "\(moment)")
            } while try world.deliverOne()
        }
        let next = try world.reserve(family.recipient, fen: 5_000)
        try watch("reserve")
        try world.command(.settleCommit(transaction: next, final: 4_000), at: Self.care)
        try watch("commit")
        try world.command(.settleReverse(transaction: next), at: Self.care)
        try watch("reverse")
        let other = try world.reserve(family.recipient, fen: 5_000)
        try watch("reserve again")
        try world.command(.settleCancel(transaction: other), at: Self.care)
        try watch("cancel")
    }

    /// One withdrawal that was paid, one that the bank returned, one that the reviewer declined.
    private func withdrawals() throws {
        for (document, approved, paid) in [
            ("paid", true, true), ("returned", true, false), ("declined", false, false),
        ] {
            let id = try world.withdraw(
                family.giver, for: family.recipient, fen: 500, document: document)
            try world.command(
                .reviewWithdrawal(id, approved: approved), at: Self.payer, by: "0004")
            guard approved else { continue }
            try world.command(.exportPayouts([id]), at: Self.payer, by: "0004")
            try world.command(.returnPayout(id, paid: paid, reason: ""), at: Self.payer)
        }
    }

    @Test("holds at every moment of withdrawals")
    func withdrawalMoments() throws {
        try withdrawals()
        let found = world.rows(Self.payer).withdrawals.values.map(\.state)
        #expect(Set(found) == [.paid, .returned, .refused])
        #expect(try world.audit().words.isEmpty)
        _ = try world.withdraw(family.giver, for: family.recipient, fen: 500, document: "new")
        #expect(try world.audit().words.isEmpty)
        // The document serves once, whoever shows it.
        let again = try world.withdraw(
            family.giver, for: family.recipient, fen: 500, document: "paid")
        #expect(world.rows(Self.payer).withdrawals[again] == nil)
        #expect(try world.audit().words.isEmpty)
    }

    @Test("usage is recorded on the side of everyone")
    func usage() throws {
        func sides(_ province: ProvinceCode) -> [UsageSide: Int] {
            world.rows(province).usages.reduce(into: [:]) { sides, entry in
                sides[entry.key.side, default: 0] += entry.value.count
            }
        }
        #expect(sides(Self.payer) == [.giver: 2])
        #expect(sides(Self.care)[.institution] == sides(Self.wallet)[.recipient])
        #expect(sides(Self.wallet)[.recipient]! > 2)
    }

    @Test("holds when the giver's province is the care province, and after the relation ended")
    func careTakesPart() throws {
        let local = try world.family(payer: Self.care, own: 0)
        let first = try world.settle(local.recipient, fen: 300)
        try world.command(
            .endRelation(relation: local.relation, over: .nationalApp, nil), at: Self.care)
        try world.command(.settleReverse(transaction: first), at: Self.care)
        try world.deliver()
        #expect(try world.audit().words.isEmpty)
        #expect(world.rows(Self.care).balances[.personal(local.giver)] == 300_000)
    }

    // MARK: Planted violations

    private func planted(
        at province: ProvinceCode, _ change: (inout MemoryRows) -> Void
    ) throws -> [String] {
        let report = try world.audit(province, change)
        for invariant in report.invariants where !invariant.holds {
            #expect(!invariant.violations.isEmpty)
        }
        return report.broken
    }

    @Test("M1: a balance that its postings do not give, and a posting that is gone")
    func m1() throws {
        #expect(
            try planted(at: Self.payer) { $0.balances[.personal(family.giver)]! += 1 }
                .contains("M1"))
        #expect(
            try planted(at: Self.payer) { $0.balances[.personal(family.giver)] = nil }
                .contains("M1"))
        #expect(try planted(at: Self.payer) { $0.postings.remove(at: 2) }.contains("M1"))
        #expect(
            try planted(at: Self.payer) {
                $0.balances[.personal(family.giver)]! -= 7
                $0.balances[.personal(Samples.wallet(99))] = 7
            }.contains("M1"))
    }

    @Test("M2: a balance below zero")
    func m2() throws {
        #expect(
            try planted(at: Self.payer) { $0.balances[.personal(family.giver)] = -1 }
                .contains("M2"))
    }

    @Test(
        "M3: an outcome that another side has otherwise",
        arguments: [Participation.State.released, .reversed])
    func m3(_ state: Participation.State) throws {
        #expect(
            try planted(at: Self.wallet) { $0.participations[settled]!.state = state }
                .contains("M3"))
        #expect(
            try planted(at: Self.payer) { $0.participations[settled]!.state = state }
                .contains("M3"))
    }

    @Test("M3: a coordinator that says otherwise than its participants")
    func m3Care() throws {
        #expect(
            try planted(at: Self.care) { $0.coordinations[settled]!.state = .released }
                .contains("M3"))
        #expect(
            try planted(at: Self.care) { $0.coordinations[settled]!.state = .reserved }
                .contains("M3"))
        #expect(
            try planted(at: Self.care) { $0.coordinations[released]!.state = .settled }
                .contains("M3"))
        #expect(try planted(at: Self.payer) { $0.participations[settled] = nil }.contains("M3"))
    }

    /// The primary of the other story knows nothing of it, and told who asked that it is released.
    @Test("M3: a coordinator that lies can tell another story under the same id")
    func m3OtherStory() throws {
        let told = try #require(world.rows(Self.payer).participations[settled])
        func released(_ plan: Digest, primary: ProvinceCode) -> Participation {
            Participation(
                transaction: settled, state: .released, care: told.care, primary: primary,
                planDigest: plan, plan: nil, held: [], finals: [], date: nil, reversal: nil,
                reversalDate: nil, reason: nil, created: told.created, decided: told.decided,
                expires: nil, wake: nil, inquireEveryMilliseconds: 0)
        }
        for (row, broken) in [
            (released(told.planDigest, primary: told.primary), ["M3"]),
            (released(Samples.digest("another plan"), primary: told.primary), []),
            (released(told.planDigest, primary: Self.care), []),
        ] {
            #expect(
                try planted(at: Self.care) { $0.participations[settled] = row } == broken)
        }
    }

    @Test("M6: amounts that the plan does not allow, though care and payer agree")
    func m6BeyondThePlan() throws {
        for amounts in [[Int64.max / 4], [0], [1, 1], []] {
            let finals = amounts.map { Fen(min($0, Fen.limit.value))! }
            #expect(
                try planted(at: Self.care) { $0.coordinations[settled]!.finals = finals }
                    .contains("M6"))
            #expect(
                try planted(at: Self.payer) { $0.participations[settled]!.finals = finals }
                    .contains("M6"))
        }
    }

    @Test("M4: a posting that was made twice", arguments: PostingStep.allCases)
    func m4(_ step: PostingStep) throws {
        try world.command(.deposit(wallet: family.giver, amount: 5), at: Self.payer)
        try withdrawals()
        try world.command(.setQuota(relation: family.relation, available: 9), at: Self.payer)
        try world.deliver()
        let province = step == .claim || step == .claimReversal ? Self.care : Self.payer
        let found = try planted(at: province) { rows in
            let posting = rows.postings.last { $0.posting.step == step }!.posting
            rows.postings.append(
                KeptPosting(
                    number: Int64(rows.postings.count + 1), at: Samples.now, posting: posting))
            let amount = posting.amount.value
            rows.balances[posting.debit, default: 0] +=
                posting.debit.isDebitNormal ? amount : -amount
            rows.balances[posting.credit, default: 0] +=
                posting.credit.isDebitNormal ? -amount : amount
        }
        #expect(found.contains("M4"), "\(step.word): \(found)")
        #expect(!found.contains("M1"), "\(step.word): \(found)")
    }

    @Test("M4: money moved for a transaction that nobody knows, and none for one that settled")
    func m4Unknown() throws {
        #expect(
            try planted(at: Self.payer) { rows in
                rows.postings.append(
                    KeptPosting(
                        number: Int64(rows.postings.count + 1), at: Samples.now,
                        posting: Posting(
                            cause: Samples.id(77), step: .reserve,
                            debit: .available(relation: family.relation),
                            credit: .held(transaction: Samples.id(77), source: family.relation),
                            amount: Samples.fen(1))))
            }.contains("M4"))
        #expect(
            try planted(at: Self.care) { rows in
                rows.postings.removeAll { $0.posting.cause == settled }
            }.contains("M4"))
    }

    @Test("M5: every way into or out of a quota but those of the rules")
    func m5() throws {
        let quota = Account.available(relation: family.relation)
        let held = Account.held(transaction: settled, source: family.relation)
        let routes: [(PostingStep, Account, Account)] = [
            (.withdraw, quota, .payout),
            (.withdraw, held, .payout),
            (.lowerQuota, quota, .personal(family.recipient)),
            (.setQuota, .personal(family.recipient), quota),
            (.setQuota, quota, .available(relation: Samples.id(5))),
            (.reserve, quota, .held(transaction: settled, source: Samples.id(5))),
            (.reserve, quota, .held(transaction: released, source: family.relation)),
            (.commit, quota, .payable(Self.care)),
            (.commit, held, .personal(family.giver)),
            (.release, held, .available(relation: Samples.id(5))),
            (.release, held, .personal(Samples.wallet(5))),
            (.deposit, .fund, quota),
            (.reversal, .payable(Self.care), .payout),
        ]
        for (step, debit, credit) in routes {
            let found = try planted(at: Self.payer) { rows in
                rows.postings.append(
                    KeptPosting(
                        number: Int64(rows.postings.count + 1), at: Samples.now,
                        posting: Posting(
                            cause: settled, step: step, debit: debit, credit: credit,
                            amount: Samples.fen(1))))
            }
            #expect(found.contains("M5"), "\(step.word) from \(debit) to \(credit)")
        }
    }

    @Test("M5: a reversal that gives the money to a stranger")
    func m5Reversal() throws {
        for stranger in [
            Account.personal(Samples.wallet(5)), .available(relation: Samples.id(5)),
        ] {
            let found = try planted(at: Self.payer) { rows in
                let index = rows.postings.lastIndex { $0.posting.step == .reversal }!
                let kept = rows.postings[index]
                rows.postings[index] = KeptPosting(
                    number: kept.number, at: kept.at,
                    posting: Posting(
                        cause: kept.posting.cause, step: .reversal, debit: kept.posting.debit,
                        credit: stranger, amount: kept.posting.amount))
                rows.balances[kept.posting.credit]! -= kept.posting.amount.value
                rows.balances[stranger, default: 0] += kept.posting.amount.value
            }
            #expect(found.contains("M5"), "\(stranger): \(found)")
        }
    }

    @Test("M5: open holds that no transaction has, and a quota of a relation that ended")
    func m5Relations() throws {
        #expect(
            try planted(at: Self.payer) { $0.relations[family.relation]!.openHolds = 1 }
                .contains("M5"))
        #expect(
            try planted(at: Self.payer) { $0.relations[family.relation]!.phase = .ended }
                .contains("M5"))
    }

    @Test("M6: a payer that owes what the care province does not claim, and the other way round")
    func m6() throws {
        #expect(
            try planted(at: Self.payer) { $0.balances[.payable(Self.care)]! += 5 }.contains("M6"))
        #expect(
            try planted(at: Self.care) { $0.balances[.receivable(Self.payer)]! -= 5 }
                .contains("M6"))
        #expect(
            try planted(at: Self.care) { rows in
                rows.coordinations[settled]!.finals = rows.coordinations[settled]!.finals.reversed()
            }.contains("M6"))
    }

    /// The usage record of the transaction says the other day, or none.
    @Test("M7: a business day that one side has otherwise, or not at all, or too early")
    func m7() throws {
        let other = BusinessDate(daysSince1970: 1)
        #expect(
            try planted(at: Self.wallet) { $0.participations[settled]!.date = other } == [
                "M3", "M7",
            ])
        #expect(
            try planted(at: Self.care) { $0.coordinations[settled]!.date = other } == ["M3", "M7"])
        #expect(
            try planted(at: Self.payer) { $0.participations[reversed]!.reversalDate = other }
                == ["M3", "M7"])
        #expect(
            try planted(at: Self.payer) { $0.participations[settled]!.date = nil } == ["M3", "M7"])
        #expect(
            try planted(at: Self.care) { $0.coordinations[settled]!.date = nil }.contains("M7"))
        #expect(
            try planted(at: Self.payer) { $0.participations[released]!.date = other }
                .contains("M7"))
    }

    @Test("M8: what a client was told is not so")
    func m8Told() throws {
        let told = ServiceReply(
            id: Samples.id(1),
            body: .settled(
                transaction: released, date: BusinessDate(at: world.now), primary: Self.payer,
                draws: [])
        ).encoded()
        let answer = Samples.answer(.zero, reply: told)
        #expect(
            try planted(at: Self.care) { $0.answers[Samples.id(1)] = answer } == ["M8"])
        #expect(
            try planted(at: Self.care) { $0.coordinations[settled] = nil }.contains("M8"))
    }

    @Test("M8: the certificate is not in the journal, or the journal is not whole")
    func m8Journal() throws {
        #expect(
            try planted(at: Self.care) { $0.inbound.removeLast($0.inbound.count / 2) } == ["M8"])
        #expect(try planted(at: Self.care) { $0.inbound.remove(at: 1) } == ["M8"])
        #expect(try planted(at: Self.payer) { $0.outbound.remove(at: 0) } == ["M8"])
        #expect(
            try planted(at: Self.wallet) { rows in
                let entry = rows.inbound[1]
                var frames = entry.frames
                frames[0][0] ^= 1
                rows.inbound[1] = entry.with(frames: frames)
            } == ["M8"])
    }

    @Test("names as many violations as there is room for, and counts all")
    func bounded() throws {
        let report = try world.audit(Self.payer) { rows in
            for number in 0..<100 as Range<UInt64> {
                rows.balances[.personal(Samples.wallet(number))] = -1
            }
        }
        #expect(report.m2.violations.count == AuditReport.Invariant.toldUsually)
        #expect(report.m2.violationCount == 100)
    }
}

extension JournalEntry {
    /// The entry with something else in it, and the chain as it was.
    func with(
        number: UInt64? = nil, peer: ProvinceCode? = nil, firstSequence: UInt64? = nil,
        at: Instant? = nil, envelope: Bytes? = nil, frames: [Bytes]? = nil, chain: Digest? = nil
    ) -> JournalEntry {
        JournalEntry(
            direction: direction, number: number ?? self.number, peer: peer ?? self.peer,
            epoch: epoch, firstSequence: firstSequence ?? self.firstSequence, at: at ?? self.at,
            envelope: envelope ?? self.envelope, frames: frames ?? self.frames, omitted: omitted,
            chain: chain ?? self.chain)
    }
}
