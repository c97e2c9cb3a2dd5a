import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// What a coordinator and a primary say while a decision is on its way (`protocol/states.md`).
@Suite struct CoordinatorAnswers {
    let family = SettlementStories.Family()
    var world: World { family.world }

    private func reserved() -> Identifier {
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver()
        return transaction
    }

    private func planned(_ transaction: Identifier) -> EncodedPlan? {
        try? world.store(World.shanghai).read { try $0.coordination(transaction)?.plan }
    }

    @Test func aCommitOnItsWayIsNotCancelled() {
        let transaction = reserved()
        _ = world.commit(transaction, fen: 700_00)
        #expect(
            world.refusal(.settleCancel(transaction: transaction), at: World.shanghai)
                == .inProgress)
        world.deliver()
        #expect(world.coordination(transaction) == .settled)
        world.audit()
    }

    @Test func whatThePrimarySaysTwiceIsClaimedOnce() {
        let transaction = reserved()
        _ = world.commit(transaction, fen: 700_00)
        world.command(
            .resolveInDoubt(transaction: transaction, certificate: nil), at: World.shanghai)
        world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        #expect(world.coordination(transaction) == .reversed)
        #expect(world.balance(.receivable(World.guangdong), at: World.shanghai) == 0)
        world.audit()
    }

    @Test func aDecisionIsTakenFromItsPrimaryOnly() throws {
        let transaction = reserved()
        let plan = try #require(planned(transaction))
        let secondary = try #require(plan.plan.participants.first { $0 != plan.plan.primary })
        let decision = Decision(
            transaction: transaction, planDigest: plan.digest, care: World.shanghai,
            primary: plan.plan.primary, outcome: .released(.reservationExpired),
            decided: world.now)
        world.tell(.decision(decision), from: World.shanghai, to: secondary)
        #expect(world.rejections.map(\.reason) == ["decision_not_of_its_primary"])
        #expect(world.participation(transaction, at: secondary) == .held)
    }

    @Test func aPrimaryThatIsAskedHoldsOnUntilItsTime() throws {
        let transaction = reserved()
        let plan = try #require(planned(transaction))
        let question = Message.inquire(
            Inquire(
                transaction: transaction, planDigest: plan.digest, care: World.shanghai,
                primary: plan.plan.primary))
        world.tell(question, from: World.shanghai, to: plan.plan.primary)
        #expect(world.participation(transaction, at: plan.plan.primary) == .held)
        #expect(world.waiting.isEmpty)
    }

    @Test func aReversalIsNotDatedBeforeItsSettlement() {
        // Noon; to a second past midnight, and back by two.
        world.advance(milliseconds: 12 * 3_600_000 + 1_000 - 50_000)
        let late = world.reserve(family.mother, fen: 100_00)
        world.deliver()
        world.advance(milliseconds: 50_000)
        _ = world.commit(late, fen: 100_00)
        world.deliver()
        world.advance(milliseconds: -2_000)
        let reverse = world.command(.settleReverse(transaction: late), at: World.shanghai)
        world.deliver()
        guard case .settlement(let reversed) = world.reply(reverse) else {
            Issue.record("no outcome")
            return
        }
        #expect(reversed.reversalDate == reversed.businessDate)
        world.audit()
    }

    @Test func aSecondaryLetsGoOfNothingForItsCoordinator() throws {
        let transaction = reserved()
        let plan = try #require(planned(transaction))
        let secondary = try #require(plan.plan.participants.first { $0 != plan.plan.primary })
        let release = Message.release(Release(transaction: transaction, planDigest: plan.digest))
        world.tell(release, from: World.shanghai, to: secondary)
        #expect(world.participation(transaction, at: secondary) == .held)
    }

    @Test func aSecondReversalGivesNothingBack() throws {
        let first = world.settle(family.mother, fen: 300_00)
        world.settle(family.mother, fen: 200_00)
        let plan = try #require(planned(first))
        world.command(.settleReverse(transaction: first), at: World.shanghai)
        world.deliver()
        let again = Reverse(
            transaction: first, planDigest: plan.digest, reversal: world.newID())
        world.tell(.reverse(again), from: World.shanghai, to: plan.plan.primary)
        #expect(plan.plan.primary == World.guangdong)
        #expect(
            world.balance(.available(relation: family.son.relation), at: World.guangdong)
                == 300_00)
        world.deliver()
        world.audit()
    }
}
