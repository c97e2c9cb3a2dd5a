import Domain
import Foundation
import Ledger
import Simulation
import Storage
import SwiftProtobuf
import Testing
import Wire

@testable import Rounds
@testable import Settlement

/// Contradictions between provinces, and between what is and what clients are told.
@Suite("The auditor, between provinces") struct AuditorOutcomeTests {
    private let stage: AuditorStage
    private let family: AuditorStage.Family
    private let transaction: Identifier

    private static let care = AuditorStage.care
    private static let payer = AuditorStage.payer
    private static let walletProvince = AuditorStage.walletProvince

    /// The own account holds 1,000 fen in the wallet province, the primary 8,000.
    init() throws {
        stage = try AuditorStage()
        family = try stage.family()
        transaction = try stage.reserve(family.recipient, fen: 9_000)
        #expect(stage.auditor.failure == nil)
    }

    private func expectFound(
        _ invariant: String, _ words: String = "", _ location: SourceLocation = #_sourceLocation
    ) {
        guard let failure = stage.auditor.failure else {
            Issue.record("nothing was found", sourceLocation: location)
            return
        }
        #expect(failure.invariant == invariant, "\(failure)", sourceLocation: location)
        #expect(
            failure.sentence.contains(words) || words.isEmpty, "\(failure)",
            sourceLocation: location)
    }

    private func falsify(
        _ province: ProvinceCode, _ state: Participation.State,
        _ change: @escaping (inout Participation) -> Void
    ) {
        let id = transaction
        stage.falsify = { place, engine in
            guard place == province, engine.rows.participations.changed.contains(id),
                var row = engine.rows.participations[id], row.state == state
            else { return false }
            change(&row)
            engine.rows.participations[id] = row
            return true
        }
    }

    private func falsify(
        _ state: Coordination.State, _ change: @escaping (inout Coordination) -> Void
    ) {
        let id = transaction
        stage.falsify = { place, engine in
            guard place == Self.care, engine.rows.coordinations.changed.contains(id),
                var row = engine.rows.coordinations[id], row.state == state
            else { return false }
            change(&row)
            engine.rows.coordinations[id] = row
            return true
        }
    }

    // MARK: M3

    @Test("M3: a participant is settled before its primary")
    func aheadOfPrimary() throws {
        falsify(Self.payer, .committed) { row in
            row.state = .held
            row.finals = []
            row.date = nil
            row.decided = nil
        }
        stage.falsifyRelations(at: Self.payer)
        stage.falsifyBooks { _ in [] }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M3", "held at its primary 370000")
    }

    @Test("M3: released at one, settled at the other")
    func twoOutcomes() throws {
        falsify(Self.walletProvince, .committed) { row in
            row.state = .released
            row.date = nil
            row.finals = []
        }
        stage.falsifyBooks { postings in
            postings.map {
                Posting(
                    cause: $0.cause, step: .release, debit: $0.debit,
                    credit: .personal(family.recipient), amount: $0.amount)
            }
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M3", "released at 330000, committed at its primary 370000")
    }

    @Test("M3: the primary settles what nobody asked it to")
    func unasked() throws {
        falsify(.committing) { $0.state = .reserved }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M3", "committed at its primary 370000, reserved at 310000")
    }

    @Test("M3: what was released is not settled")
    func releasedThenSettled() throws {
        try stage.cancel(transaction)
        let id = transaction
        stage.falsify = { place, engine in
            guard place == Self.care else { return false }
            var row = engine.rows.coordinations[id]!
            row.state = .settled
            engine.rows.coordinations[id] = row
            return true
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M3", "was released and is settled")
    }

    // MARK: M6

    @Test("M6: more is held than was asked for")
    func holdsTooMuch() throws {
        stage.falsify = { place, engine in
            guard place == Self.payer, let id = engine.rows.participations.changed.first else {
                return false
            }
            engine.rows.participations[id]!.held = [Fen(9_999)!]
            return true
        }
        _ = try stage.reserve(family.recipient, fen: 3_000)
        expectFound("M6", "9999")
    }

    @Test("M6: more is taken than was held")
    func takesTooMuch() throws {
        falsify(Self.payer, .committed) { $0.finals[1] = Fen(8_001)! }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M6", "8001")
    }

    @Test("M6: care claims something else than was settled")
    func claimsOtherAmounts() throws {
        let other = [Fen(999)!, Fen(8_001)!]
        falsify(.settled) { $0.finals = other }
        stage.falsifyBooks { postings in
            zip(postings, other).map {
                Posting(
                    cause: $0.cause, step: $0.step, debit: $0.debit, credit: $0.credit, amount: $1)
            }
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M6", "claims 999+8001 fen")
    }

    @Test("M4: care claims more than its record says")
    func claimsTooMuch() throws {
        falsify(.settled) { _ in }
        stage.falsifyBooks { postings in
            postings.map {
                Posting(
                    cause: $0.cause, step: $0.step, debit: $0.debit, credit: $0.credit,
                    amount: $0.amount + Fen(1)!)
            }
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M4", "too much")
    }

    // MARK: M7

    @Test("M7: a day that is not that of the primary's clock")
    func wrongDay() throws {
        falsify(Self.payer, .committed) { $0.date = $0.date?.next }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M7", "370000 settles")
    }

    @Test("M7: another day at the secondary")
    func otherDay() throws {
        falsify(Self.walletProvince, .committed) { $0.date = $0.date?.next }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M7", "at 330000")
    }

    @Test("M7: another day at care")
    func otherDayAtCare() throws {
        falsify(.settled) { $0.date = $0.date?.next }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M7", "at 310000")
    }

    @Test("M7: another day of reversal at the secondary")
    func otherDayOfReversal() throws {
        try stage.commit(transaction, fen: 9_000)
        #expect(stage.auditor.failure == nil)
        falsify(Self.walletProvince, .reversed) { $0.reversalDate = $0.reversalDate?.next }
        try stage.reverse(transaction)
        expectFound("M7", "reversed on")
    }

    @Test("a hold that ends before its time")
    func endsTooEarly() throws {
        let id = transaction
        stage.falsify = { place, engine in
            guard place == Self.payer, engine.rows.participations.changed.contains(id) else {
                return false
            }
            engine.rows.participations[id]!.reason = RefusalReason(.reservationExpired)
            return true
        }
        try stage.cancel(transaction)
        expectFound("expiry")
    }

    @Test("a hold that lasts otherwise than its plan says")
    func lastsOtherwise() throws {
        stage.falsify = { place, engine in
            guard place == Self.payer, let id = engine.rows.participations.changed.first,
                let row = engine.rows.participations[id], row.state == .held,
                let expires = row.expires
            else { return false }
            engine.rows.participations[id] = Participation(
                transaction: id, state: .held, care: row.care, primary: row.primary,
                planDigest: row.planDigest, plan: row.plan, held: row.held, finals: [],
                date: nil, reversal: nil, reversalDate: nil, reason: nil, created: row.created,
                decided: nil, expires: expires.advanced(byMilliseconds: -1), wake: row.wake,
                inquireEveryMilliseconds: row.inquireEveryMilliseconds)
            return true
        }
        _ = try stage.reserve(family.recipient, fen: 500)
        expectFound("expiry", "lasts until")
    }

    @Test("the end of a hold is told as the primary has it, and decides to the moment")
    func endOfHold() throws {
        let row = try #require(
            try stage.stores[Self.payer]!.read { try $0.participation(transaction) })
        let expires = try #require(row.expires)
        let plan = try #require(row.plan?.plan)
        #expect(expires.milliseconds(since: stage.now) > plan.holdMilliseconds - 100)
        let reply = try Gongji_V1_ServiceReply(
            serializedBytes: try #require(stage.replies[transaction]))
        #expect(reply.reservation.expiresMs == expires.milliseconds)

        let late = try stage.reserve(family.recipient, fen: 100)
        try stage.pass(milliseconds: expires.milliseconds(since: stage.now) - 50)
        try stage.commit(transaction, fen: 9_000)
        #expect(
            try stage.stores[Self.care]!.read { try $0.coordination(transaction)?.state }
                == .settled)
        try stage.pass(milliseconds: plan.holdMilliseconds)
        try stage.commit(late, fen: 100)
        #expect(
            try stage.stores[Self.care]!.read { try $0.coordination(late)?.state } == .released)
        #expect(stage.auditor.failure == nil)
    }

    // MARK: M8

    @Test("M8: two answers of one request")
    func twoAnswers() throws {
        let request = try stage.commit(transaction, fen: 9_000)
        stage.forge = { reply in
            reply.settlement.finalFen = 8_999
            return true
        }
        try stage.commitAgain(request, transaction, fen: 9_000)
        expectFound("M8", "something else than before")
    }

    @Test("M8: told to be settled, and not durable")
    func toldTooEarly() throws {
        stage.forge = { reply in
            reply.settlement = .with {
                $0.outcome = .committed
                $0.finalFen = 700
            }
            return true
        }
        try stage.ask(
            .settleCommit(
                .with {
                    $0.transaction = Data(stage.newID().bytes)
                    $0.finalFen = 700
                }), at: Self.care)
        expectFound("M8", "what is not durable")
    }

    @Test("M8: an answer that changes in the store")
    func answerChanges() throws {
        let request = try stage.commit(transaction, fen: 9_000)
        #expect(stage.auditor.failure == nil)
        stage.falsify = { place, engine in
            guard place == Self.care else { return false }
            engine.rows.answers[request]!.reply = [1, 2, 3]
            return true
        }
        try stage.commitAgain(request, transaction, fen: 9_000)
        expectFound("M8", "another one than before")
    }

    @Test("M8: nobody asked that")
    func nobodyAsked() throws {
        try stage.ask(
            .deposit(
                .with {
                    $0.wallet = Data(family.giver.value.bytes)
                    $0.amountFen = 10
                }), at: Self.payer, isSeen: false)
        expectFound("M8", "never asked")
    }

    @Test("M6: told other amounts than were settled")
    func toldOtherAmounts() throws {
        stage.falsifyAnswer { reply in
            guard case .settlement = reply.body else { return false }
            reply.settlement.finalFen = 9_001
            reply.settlement.draws[1].amountFen += 1
            return true
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M6", "asked for 9000")
    }

    @Test("M6: told that more is reserved than was asked for")
    func toldTooMuchReserved() throws {
        stage.falsifyAnswer { reply in
            guard case .reservation = reply.body else { return false }
            reply.reservation.draws[0].amountFen += 1
            reply.reservation.reservedFen += 1
            return true
        }
        _ = try stage.reserve(family.recipient, fen: 3_000)
        expectFound("M6", "told to be reserved")
    }

    @Test("M7: told another day")
    func toldOtherDay() throws {
        stage.falsifyAnswer { reply in
            guard case .settlement = reply.body else { return false }
            reply.settlement.businessDate += 1
            return true
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M7", "told to be of")
    }

    @Test(
        "refused with what cannot be",
        arguments: [
            Status.finalAboveReserved, .alreadySettled, .reservationExpired, .notReservedYet,
            .transactionUnknown, .alreadyReversed, .overloaded, .walletUnknown,
        ])
    func impossibleRefusal(_ status: Status) throws {
        stage.falsifyAnswer { reply in
            guard case .settlement = reply.body else { return false }
            reply.refused = .with { $0.status = status.rawValue }
            return true
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("refusal", status.word)
    }

    // MARK: The end

    @Test("a question that was never answered is found at the end")
    func neverAnswered() throws {
        stage.falsify = { place, engine in
            guard place == Self.care, let id = engine.effects.answers.first?.request else {
                return false
            }
            engine.rows.answers[id]!.reply = nil
            return true
        }
        try stage.commit(transaction, fen: 9_000)
        expectFound("M8", "not durable")
    }

    @Test("what is still held at the end is found")
    func stillHeld() throws {
        try stage.auditor.end(
            stage.all, network: AuditorStage.network, verifier: StageVerifier())
        expectFound("open", "reserved")
        #expect(stage.auditor.failure?.kind == .liveness)
    }

    @Test("what was said and not heard at the end is found")
    func neverHeard() throws {
        try stage.cancel(transaction)
        try stage.pass(milliseconds: 70_000)
        try stage.ask(
            .setQuota(
                .with {
                    $0.relation = Data(family.relation.bytes)
                    $0.availableFen = 50_000
                }), at: Self.payer, delivers: false)
        try stage.auditor.end(
            stage.all, network: AuditorStage.network, verifier: StageVerifier())
        expectFound("link", "370000 to 330000")
        #expect(stage.auditor.failure?.kind == .liveness)
    }

    @Test("of a coordinator that lies only the honest are judged")
    func liar() throws {
        let stage = try AuditorStage(honest: [Self.walletProvince, Self.payer])
        let family = try stage.family()
        let transaction = try stage.reserve(family.recipient, fen: 9_000)
        try stage.commit(transaction, fen: 8_000)
        let other = try stage.reserve(family.recipient, fen: 9_000)
        try stage.commit(other, fen: 8_000)
        try stage.reverse(other)
        try stage.end()
        #expect(stage.auditor.failure == nil, "\(stage.auditor.failure?.description ?? "")")
    }
}

extension AuditorStage {
    /// The same octets again.
    func commitAgain(_ request: Identifier, _ transaction: Identifier, fen: Int64) throws {
        try ask(
            .settleCommit(
                .with {
                    $0.transaction = Data(transaction.bytes)
                    $0.finalFen = fen
                }), at: AuditorStage.care, id: request)
    }

    /// Changes an answer before the auditor sees it become durable, and before it is told.
    func falsifyAnswer(_ change: @escaping (inout Gongji_V1_ServiceReply) -> Bool) {
        falsify = { _, engine in
            for (index, answer) in engine.effects.answers.enumerated() {
                guard var reply = try? Gongji_V1_ServiceReply(serializedBytes: answer.reply),
                    change(&reply), let octets: Bytes = try? reply.serializedBytes()
                else { continue }
                engine.effects.answers[index].reply = octets
                engine.rows.answers[answer.request]!.reply = octets
                return true
            }
            return false
        }
    }

    /// Changes the postings of the round that is falsified already, and the balances with them.
    func falsifyBooks(_ change: @escaping ([Posting]) -> [Posting]) {
        let before = falsify
        falsify = { place, engine in
            guard before?(place, &engine) == true else { return false }
            let kept = engine.rows.books
            var first: [Account: Int64] = [:]
            for account in kept.changed { first[account] = kept.balance(account) }
            for posting in kept.postings {
                let fen = posting.amount.value
                first[posting.debit]! -= posting.debit.isDebitNormal ? fen : -fen
                first[posting.credit]! += posting.credit.isDebitNormal ? fen : -fen
            }
            let postings = change(kept.postings)
            var books = Books()
            for posting in postings {
                for account in [posting.debit, posting.credit] {
                    let known = try? self.stores[place]!.read { try $0.balance(account) }
                    books.load(account, balance: first[account] ?? known ?? 0)
                }
            }
            try? books.post(postings)
            engine.rows.books = books
            return true
        }
    }

    /// Of the round that is falsified already, the relations stay as they were.
    func falsifyRelations(at province: ProvinceCode) {
        let before = falsify
        falsify = { place, engine in
            guard place == province, before?(place, &engine) == true else { return false }
            for id in engine.rows.relations.changed {
                engine.rows.relations[id] = engine.rows.relations.original(id)
            }
            return true
        }
    }
}
