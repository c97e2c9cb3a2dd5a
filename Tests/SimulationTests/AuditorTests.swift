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

@Suite("The auditor") struct AuditorTests {
    private let stage: AuditorStage
    private let family: AuditorStage.Family

    private static let care = AuditorStage.care
    private static let payer = AuditorStage.payer
    private static let walletProvince = AuditorStage.walletProvince

    init() throws {
        stage = try AuditorStage()
        family = try stage.family()
    }

    private var found: String? { stage.auditor.failure?.description }

    private func settle(fen: Int64 = 9_000, final: Int64? = nil) throws -> Identifier {
        let transaction = try stage.reserve(family.recipient, fen: fen)
        try stage.commit(transaction, fen: final ?? fen)
        return transaction
    }

    /// What is planted is found, and named.
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

    // MARK: Honest

    @Test("finds nothing where all is as it should be")
    func honest() throws {
        _ = try settle(final: 8_500)
        let reversed = try settle(fen: 2_000)
        try stage.reverse(reversed)
        let cancelled = try stage.reserve(family.recipient, fen: 700)
        try stage.cancel(cancelled)
        try stage.commit(cancelled, fen: 700)
        try stage.reverse(cancelled)
        let expired = try stage.reserve(family.recipient, fen: 800)
        try stage.pass(milliseconds: 61_000)
        try stage.commit(expired, fen: 800)
        let aboveAll = try stage.reserve(family.recipient, fen: 10_000_000)
        try stage.commit(aboveAll, fen: 1)
        let upTo = try stage.reserve(family.recipient, fen: 10_000_000, mode: .upTo)
        try stage.commit(upTo, fen: 10_000_001)
        try stage.commit(upTo, fen: 20_000)
        try stage.commit(upTo, fen: 20_000)
        try stage.deposit(family.giver, fen: 500)
        try stage.deposit(family.giver, fen: 0)
        try stage.setQuota(family.relation, 10)
        try stage.withdraw(family.giver, for: family.recipient, fen: 500, document: 1)
        try stage.withdraw(family.giver, for: family.recipient, fen: 500, document: 1)
        #expect(found == nil)
        try stage.end()
        #expect(found == nil)
    }

    @Test("holds at every moment, in the middle of everything")
    func everyMoment() throws {
        func look() throws {
            try stage.auditor.lookAround(
                stage.all, network: AuditorStage.network, verifier: StageVerifier())
        }
        let transaction = try stage.reserve(family.recipient, fen: 9_000, delivers: false)
        try stage.deliver { (try? look()) != nil && found == nil }
        try stage.commit(transaction, fen: 8_000, delivers: false)
        try stage.deliver { (try? look()) != nil && found == nil }
        #expect(found == nil)
    }

    @Test("takes up what became durable and was not reported")
    func unreported() throws {
        let transaction = try stage.reserve(family.recipient, fen: 9_000)
        stage.isReported = { $0 != Self.payer }
        try stage.commit(transaction, fen: 9_000, delivers: false)
        try stage.deliver { stage.unreportedCount == 0 }
        stage.isReported = { _ in true }
        stage.auditor.started(Self.payer, store: stage.stores[Self.payer]!)
        try stage.deliver()
        try stage.end()
        #expect(found == nil)
    }

    @Test("a round that was not reported is missed by the next")
    func missed() throws {
        let transaction = try stage.reserve(family.recipient, fen: 9_000)
        stage.isReported = { $0 != Self.payer }
        try stage.commit(transaction, fen: 9_000, delivers: false)
        try stage.deliver { stage.unreportedCount == 0 }
        stage.isReported = { _ in true }
        try stage.deliver()
        expectFound("M3", "held at its primary")
    }

    @Test("a store that lost something is noticed when a node starts from it")
    func lostRows() throws {
        let old = MemoryStore(stage.stores[Self.payer]!.snapshot())
        try stage.deposit(family.giver, fen: 500)
        stage.auditor.started(Self.payer, store: old)
        expectFound("M8", "gone")
    }

    // MARK: Planted, in the books

    /// Reports a round with these postings more, on accounts that are said to have enough.
    private func plant(
        at province: ProvinceCode, _ postings: [Posting], having: Int64? = nil
    ) throws {
        let store = stage.stores[province]!
        stage.falsify = { place, engine in
            guard place == province else { return false }
            var books = Books()
            let before = engine.rows.books
            for posting in before.postings + postings {
                for account in [posting.debit, posting.credit] where !books.isLoaded(account) {
                    let kept = (try? store.read { try $0.balance(account) }) ?? 0
                    books.load(account, balance: having ?? kept)
                }
            }
            try? books.post(postings)
            engine.rows.books = books
            return true
        }
        // A round that moves nothing by itself.
        try stage.ask(
            .changeInsurance(
                .with {
                    $0.wallet = Data(
                        (province == Self.payer ? family.giver : family.recipient).value.bytes)
                    $0.insurance = .employee
                    $0.standing = .insured
                }), at: province)
    }

    private func posting(
        _ step: PostingStep, _ debit: Account, _ credit: Account, _ fen: Int64,
        cause: Identifier? = nil
    ) -> Posting {
        Posting(
            cause: cause ?? stage.newID(), step: step, debit: debit, credit: credit,
            amount: Fen(fen)!)
    }

    @Test("M5: a quota that nobody asked for")
    func unaskedQuota() throws {
        try plant(
            at: Self.payer,
            [
                posting(
                    .setQuota, .personal(family.giver), .available(relation: family.relation), 10)
            ], having: 1_000)
        expectFound("M5", "set_quota")
        #expect(stage.auditor.failure?.kind == .safety)
    }

    @Test("M1: a balance that is not what was durable and was posted")
    func foreignBalance() throws {
        let store = stage.stores[Self.payer]!
        let giver = family.giver
        stage.falsify = { place, engine in
            guard place == Self.payer else { return false }
            var books = Books()
            for account in [Account.fund, .personal(giver)] {
                let kept = (try? store.read { try $0.balance(account) }) ?? 0
                books.load(account, balance: kept)
            }
            try? books.post(engine.rows.books.postings)
            engine.rows.books = books
            return true
        }
        // The store has the deposit already, so what is reported has it twice.
        try stage.deposit(giver, fen: 77)
        expectFound("M1", "by its postings")
    }

    @Test("M1: money from an account to itself")
    func sameAccount() throws {
        try plant(
            at: Self.payer,
            [posting(.withdraw, .personal(family.giver), .personal(family.giver), 10)])
        expectFound("M1")
    }

    @Test("M2: an account below zero")
    func belowZero() throws {
        let id = stage.newID()
        try stage.ask(
            .setQuota(
                .with {
                    $0.relation = Data(family.relation.bytes)
                    $0.availableFen = 9_100_000
                }), at: Self.payer, id: id)
        #expect(found == nil)
        let store = stage.stores[Self.payer]!
        let other = stage.newID()
        stage.falsify = { place, engine in
            guard place == Self.payer else { return false }
            var books = Books()
            let own = Account.personal(self.family.giver)
            let quota = Account.available(relation: self.family.relation)
            books.load(own, balance: 90_000_000)
            books.load(quota, balance: (try? store.read { try $0.balance(quota) }) ?? 0)
            try? books.post([self.posting(.setQuota, own, quota, 9_000_000, cause: other)])
            engine.rows.books = books
            return true
        }
        try stage.ask(
            .setQuota(
                .with {
                    $0.relation = Data(family.relation.bytes)
                    $0.availableFen = 9_100_000
                }), at: Self.payer, id: other)
        expectFound("M2", "personal")
    }

    @Test("M4: a deposit that is done again")
    func depositTwice() throws {
        let id = try stage.deposit(family.giver, fen: 500)
        try plant(
            at: Self.payer, [posting(.deposit, .fund, .personal(family.giver), 500, cause: id)])
        expectFound("M4", "done before")
    }

    @Test("M8: a deposit that was told and not made")
    func lostDeposit() throws {
        stage.falsify = { _, engine in
            engine.rows.books = Books()
            return true
        }
        try stage.deposit(family.giver, fen: 500)
        expectFound("M8", "does not fit")
    }

    @Test("M5: held money of which no record says anything")
    func strayHold() throws {
        let id = stage.newID()
        try plant(
            at: Self.payer,
            [
                posting(
                    .reserve, .available(relation: family.relation),
                    .held(transaction: id, source: family.relation), 10, cause: id)
            ])
        expectFound("M5", "reserve")
    }

    @Test("M4: less is released than was held")
    func tooLittleReleased() throws {
        let transaction = try stage.reserve(family.recipient, fen: 9_000)
        stage.falsify = { place, engine in
            guard place == Self.payer, engine.rows.participations.changed == [transaction] else {
                return false
            }
            let row = engine.rows.participations[transaction]!
            var books = Books()
            for posting in engine.rows.books.postings where posting.step != .release {
                books.load(posting.debit, balance: row.held[0].value)
                books.load(posting.credit, balance: 0)
                try? books.post([posting])
            }
            engine.rows.books = books
            return true
        }
        try stage.commit(transaction, fen: 5_000)
        expectFound("M4", "too little")
    }

    @Test("M5: a quota that goes to somebody else than its giver")
    func quotaElsewhere() throws {
        let stranger = try stage.open(1, fen: 0, at: Self.payer)
        try plant(
            at: Self.payer,
            [
                posting(
                    .lowerQuota, .available(relation: family.relation), .personal(stranger), 10)
            ])
        expectFound("M5", "lower_quota")
    }

    @Test("M5: a quota that is passed on to another")
    func quotaPassedOn() throws {
        try plant(
            at: Self.payer,
            [
                posting(
                    .setQuota, .available(relation: family.relation),
                    .available(relation: stage.newID()), 10)
            ])
        expectFound("M5", "set_quota")
    }
}
