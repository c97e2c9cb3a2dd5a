import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// A primary, or a payer, that signs what does not fit to the plan, to the votes or to what it signed before:
/// nothing of it is applied, and the two statements are kept (`protocol/states.md`, What a decision must fit).
@Suite struct LyingPrimaries {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)
    let daughter: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
        daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.shandong, account: 1000_00, quota: 300_00)
    }

    /// Held by the primary, 500.00, and by the secondary, 100.00; the client commits 550.00, and what the
    /// primary decides is held back.
    private func undecided() throws -> (id: Identifier, said: Decision) {
        let id = world.reserve(mother, fen: 600_00)
        world.deliverProven()
        _ = world.commit(id, fen: 550_00)
        world.deliverProven { if case .decision = $0.message { true } else { false } }
        var said: Decision?
        for waiting in world.waiting {
            if case .decision(let decision) = waiting.message { said = decision }
        }
        world.waiting = []
        let decision = try #require(said)
        #expect(decision.primary == World.guangdong)
        return (id, decision)
    }

    private func tell(_ decision: Decision, to province: ProvinceCode) {
        world.tellProven(.decision(decision), from: World.guangdong, to: province)
    }

    private func found(_ province: ProvinceCode = World.guangdong) -> [Evidence.Reason] {
        #expect(world.evidence.allSatisfy { $0.accused == province })
        return world.evidence.map(\.reason)
    }

    enum Lie: String, CaseIterable {
        case care, draws, missingDraw, limit, otherPayer, nothing, asked, date, reversal

        /// What is found at care, and at a secondary; nil: it cannot know, and takes it.
        var expected: (care: Evidence.Reason, secondary: Evidence.Reason?) {
            switch self {
            case .care: (.otherCare, .otherCare)
            case .draws, .missingDraw: (.otherDraws, .otherDraws)
            case .limit, .otherPayer: (.amountAboveLimit, .amountAboveLimit)
            case .nothing: (.nothingTaken, .nothingTaken)
            case .asked: (.amountNotAsked, nil)
            case .date: (.datesDoNotFit, .datesDoNotFit)
            case .reversal: (.reversalNotAsked, nil)
            }
        }
    }

    private func told(_ lie: Lie, instead said: Decision) throws -> Decision {
        guard case .committed(let finals, let date) = said.outcome else {
            throw DecodingRefusal.badField
        }
        func amounts(_ fen: Int64...) -> Decision.Outcome {
            .committed(
                finals: zip(finals, fen).map { final, fen in
                    FinalDraw(
                        province: final.province, source: final.source, amount: Fen(fen)!)
                }, date: date)
        }
        let outcome: Decision.Outcome =
            switch lie {
            case .care: said.outcome
            case .draws: .committed(finals: finals.reversed(), date: date)
            case .missingDraw: .committed(finals: Array(finals.prefix(1)), date: date)
            case .limit: amounts(450_00, 100_01)
            case .otherPayer: amounts(501_000_00, 50_00)
            case .nothing: amounts(0, 0)
            case .asked: amounts(500_00, 60_00)
            case .date:
                .committed(
                    finals: finals, date: BusinessDate(daysSince1970: date.daysSince1970 - 1))
            case .reversal:
                .reversed(
                    finals: finals, date: date, reversal: world.newID(), reversalDate: date)
            }
        return Decision(
            transaction: said.transaction, planDigest: said.planDigest,
            care: lie == .care ? World.liaoning : said.care, primary: said.primary,
            outcome: outcome, decided: said.decided)
    }

    @Test(arguments: Lie.allCases)
    func careAppliesNothingThatDoesNotFit(_ lie: Lie) throws {
        let (id, said) = try undecided()
        tell(try told(lie, instead: said), to: World.shanghai)
        #expect(world.coordination(id) == .committing)
        #expect(world.balance(.receivable(World.guangdong), at: World.shanghai) == 0)
        #expect(found() == [lie.expected.care])
        #expect(world.rejections.map(\.reason) == [lie.expected.care.word])
        // The truth is taken when it is told after all.
        tell(said, to: World.shanghai)
        #expect(world.coordination(id) == .settled)
        #expect(world.evidence.count == 1)
    }

    @Test(arguments: Lie.allCases)
    func aPayerAppliesNothingThatDoesNotFit(_ lie: Lie) throws {
        let (id, said) = try undecided()
        tell(try told(lie, instead: said), to: World.zhejiang)
        if let reason = lie.expected.secondary {
            #expect(world.participation(id, at: World.zhejiang) == .held)
            #expect(found() == [reason])
            #expect(world.rejections.map(\.reason) == [reason.word])
        } else {
            #expect(world.participation(id, at: World.zhejiang) != .held)
            #expect(world.evidence.isEmpty)
        }
    }

    /// What it told care comes to the payer as a certificate: both are signed.
    @Test func twoStoriesOfOnePrimaryMeetAtThePayer() throws {
        let (id, said) = try undecided()
        tell(try told(.asked, instead: said), to: World.zhejiang)
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 60_00)
        tell(said, to: World.shanghai)
        world.deliverProven()
        #expect(found() == [.twoAmounts])
        #expect(world.rejections.map(\.reason) == ["two_amounts"])
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 60_00)
        #expect(world.coordination(id) == .settled)
    }

    enum Second: String, CaseIterable {
        case released, amount, date, reversedWithOtherAmount, reversedOfOtherDate
    }

    @Test(arguments: Second.allCases, [World.shanghai, World.zhejiang])
    func aSecondOutcomeChangesNothing(_ second: Second, _ province: ProvinceCode) throws {
        let (_, said) = try undecided()
        tell(said, to: province)
        guard case .committed(let finals, let date) = said.outcome else { return }
        let before = BusinessDate(daysSince1970: date.daysSince1970 - 1)
        let others = finals.map {
            FinalDraw(province: $0.province, source: $0.source, amount: Fen(1_00)!)
        }
        let earlier = Instant(milliseconds: said.decided.milliseconds - 86_400_000)
        let (outcome, reason): (Decision.Outcome, Evidence.Reason) =
            switch second {
            case .released: (.released(.reservationExpired), .twoOutcomes)
            case .amount: (.committed(finals: others, date: date), .twoAmounts)
            case .date: (.committed(finals: finals, date: before), .twoDates)
            case .reversedWithOtherAmount:
                (
                    .reversed(
                        finals: others, date: date, reversal: world.newID(), reversalDate: date),
                    .twoAmounts
                )
            case .reversedOfOtherDate:
                (
                    .reversed(
                        finals: finals, date: before, reversal: world.newID(),
                        reversalDate: date), .twoDates
                )
            }
        tell(
            Decision(
                transaction: said.transaction, planDigest: said.planDigest, care: said.care,
                primary: said.primary, outcome: outcome,
                decided: second == .date ? earlier : said.decided), to: province)
        #expect(found() == [reason])
        #expect(
            world.balance(
                province == World.shanghai
                    ? .receivable(World.zhejiang) : .payable(World.shanghai), at: province)
                == 50_00)
    }

    @Test(arguments: [World.shanghai, World.zhejiang])
    func aReversalHasOneIdAndOneDay(_ province: ProvinceCode) throws {
        let (id, said) = try undecided()
        tell(said, to: province)
        guard case .committed(let finals, let date) = said.outcome else { return }
        let reverse = world.command(.settleReverse(transaction: id), at: World.shanghai)
        world.waiting = []
        func reversed(_ reversal: Identifier) -> Decision {
            Decision(
                transaction: said.transaction, planDigest: said.planDigest, care: said.care,
                primary: said.primary,
                outcome: .reversed(
                    finals: finals, date: date, reversal: reversal, reversalDate: date),
                decided: said.decided)
        }
        if province == World.shanghai {
            tell(reversed(world.newID()), to: province)
            #expect(found() == [.reversalNotAsked])
            #expect(world.coordination(id) == .reversing)
            world.evidence = []
        }
        tell(reversed(reverse), to: province)
        tell(reversed(reverse), to: province)
        #expect(world.evidence.isEmpty)
        tell(reversed(world.newID()), to: province)
        #expect(found() == [.twoReversals])
    }

    @Test func whoSignsAsThePrimaryOfAnothersPlanIsNamed() throws {
        let (id, said) = try undecided()
        for outcome in [said.outcome, .released(.malformed)] {
            world.tellProven(
                .decision(
                    Decision(
                        transaction: id, planDigest: said.planDigest, care: said.care,
                        primary: World.shandong, outcome: outcome, decided: said.decided)),
                from: World.shandong, to: World.zhejiang)
        }
        // Whoever is asked in error may say that it releases what it is not the primary of.
        #expect(found(World.shandong) == [.notThePrimary])
        #expect(world.participation(id, at: World.zhejiang) == .held)
    }

    @Test func aCommitWithoutTheVoteOfThisPayerIsNamed() throws {
        let other = world.relation(
            in: World.liaoning, to: mother, of: World.shandong, account: 50_00, quota: 50_00)
        #expect(other.relation != son.relation)
        let id = world.reserve(mother, fen: 600_00)
        world.deliver { if case .reserve = $0.message { true } else { false } }
        let plan = try #require(
            try world.store(World.shanghai).read { try $0.coordination(id)?.plan })
        // The giver takes the quota back before the `Reserve` comes.
        world.command(.setQuota(relation: daughter.relation, available: 0), at: World.zhejiang)
        world.deliverProven { $0.to == World.guangdong }
        #expect(world.participation(id, at: World.zhejiang) == .released)
        world.tellProven(
            .decision(
                Decision(
                    transaction: id, planDigest: plan.digest, care: World.shanghai,
                    primary: World.guangdong,
                    outcome: .committed(
                        finals: plan.plan.finals(plan.plan.draws.map(\.limit)),
                        date: BusinessDate(at: world.now)), decided: world.now)),
            from: World.guangdong, to: World.zhejiang)
        #expect(found() == [.voteNotGiven])
        #expect(world.participation(id, at: World.zhejiang) == .released)
    }

    @Test func aTombstoneTakesNoCommit() throws {
        let (id, said) = try undecided()
        let released = Decision(
            transaction: id, planDigest: said.planDigest, care: said.care, primary: said.primary,
            outcome: .released(.alreadyDecided), decided: said.decided)
        tell(released, to: World.liaoning)
        tell(released, to: World.liaoning)
        #expect(world.evidence.isEmpty)
        tell(said, to: World.liaoning)
        #expect(found() == [.twoOutcomes])
    }

    // MARK: Refused and committed

    /// The client commits 550.00; the primary refuses, and what it decided is not sent yet.
    private func refused() throws -> (id: Identifier, commit: Identifier, said: Decision) {
        let id = world.reserve(mother, fen: 600_00)
        world.deliverProven()
        let commit = world.commit(id, fen: 550_00)
        world.deliverProven { if case .decision = $0.message { true } else { false } }
        let decisions = world.waiting
        world.waiting = []
        let said = try #require(
            decisions.lazy.compactMap { waiting -> Decision? in
                if case .decision(let decision) = waiting.message { decision } else { nil }
            }.first)
        world.tellProven(
            .refusal(
                Refusal(
                    transaction: id, planDigest: said.planDigest, participant: World.guangdong,
                    reason: RefusalReason(.votesMissing))), from: World.guangdong,
            to: World.shanghai)
        #expect(world.coordination(id) == .reserved)
        #expect(world.status(commit) == .votesMissing)
        #expect(world.evidence.isEmpty)
        return (id, commit, said)
    }

    @Test func aPrimaryThatRefusesAndThenCommitsIsTakenAtItsDecision() throws {
        let (id, commit, said) = try refused()
        tell(said, to: World.shanghai)
        #expect(world.coordination(id) == .settled)
        #expect(found() == [.refusedAndCommitted])
        #expect(world.balance(.receivable(World.guangdong), at: World.shanghai) == 500_00)
        #expect(world.balance(.receivable(World.zhejiang), at: World.shanghai) == 50_00)
        // What a client was told stays; the next commit says how it is.
        #expect(world.status(commit) == .votesMissing)
        #expect(
            world.refusal(.settleCommit(transaction: id, final: 550_00), at: World.shanghai)
                == .alreadySettled)
        world.deliverProven()
        #expect(world.participation(id, at: World.zhejiang) == .committed)
        world.audit()
        let reverse = world.command(.settleReverse(transaction: id), at: World.shanghai)
        world.deliverProven()
        #expect(world.coordination(id) == .reversed)
        #expect(world.status(reverse) == nil)
        world.audit()
    }

    @Test func aDecisionForAnotherCommitThanTheRefusedIsNotTaken() throws {
        let (id, _, said) = try refused()
        tell(try told(.asked, instead: said), to: World.shanghai)
        #expect(world.coordination(id) == .reserved)
        #expect(found() == [.amountNotAsked])
        // The next commit takes the place of the refused one.
        world.evidence = []
        _ = world.commit(id, fen: 540_00)
        world.waiting = []
        tell(said, to: World.shanghai)
        #expect(world.coordination(id) == .committing)
        #expect(found() == [.amountNotAsked])
    }

    @Test func aRefusalIsRememberedWhileTheCommitIsBeingReversed() throws {
        for isReversed in [false, true] {
            world.evidence = []
            let id = world.reserve(mother, fen: 100_00)
            world.deliverProven()
            let commit = world.commit(id, fen: 100_00)
            let reverse = world.command(.settleReverse(transaction: id), at: World.shanghai)
            world.deliverProven { if case .decision = $0.message { true } else { false } }
            let decisions = world.waiting.compactMap { waiting -> Decision? in
                guard waiting.to == World.shanghai, case .decision(let decision) = waiting.message
                else { return nil }
                return decision
            }
            world.waiting = []
            let said = try #require(isReversed ? decisions.last : decisions.first)
            world.tellProven(
                .refusal(
                    Refusal(
                        transaction: id, planDigest: said.planDigest, participant: said.primary,
                        reason: RefusalReason(.votesMissing))), from: said.primary,
                to: World.shanghai)
            #expect(world.coordination(id) == .reversing)
            #expect(world.evidence.isEmpty)
            world.tellProven(.decision(said), from: said.primary, to: World.shanghai)
            #expect(found() == [.refusedAndCommitted])
            #expect(world.coordination(id) == (isReversed ? .reversed : .reversing))
            #expect(world.status(commit) == nil)
            if isReversed { #expect(world.status(reverse) == nil) }
        }
    }

    @Test func aRefusedCommitIsForgottenWithTheReservation() throws {
        let (id, _, said) = try refused()
        world.command(.settleCancel(transaction: id), at: World.shanghai)
        world.waiting = []
        tell(said, to: World.shanghai)
        #expect(world.coordination(id) == .releasing)
        #expect(found() == [.amountNotAsked])
    }

    // MARK: Votes

    @Test(arguments: [World.guangdong, World.zhejiang])
    func aPayerThatVotesOtherwiseOrDeniesIsNamed(_ payer: ProvinceCode) throws {
        let id = world.reserve(mother, fen: 600_00)
        world.deliverProven { if case .vote = $0.message { true } else { false } }
        let votes = world.waiting
        world.waiting = []
        var said: Vote?
        for waiting in votes where waiting.from == payer {
            if case .vote(let vote) = waiting.message { said = vote }
        }
        let vote = try #require(said)
        func tell(_ vote: Vote) {
            world.tellProven(.vote(vote), from: payer, to: World.shanghai)
        }
        func saying(_ held: [Fen], _ expires: Instant?) -> Vote {
            Vote(
                transaction: id, planDigest: vote.planDigest, participant: payer, held: held,
                expires: expires)
        }
        let more = vote.held.map { Fen($0.value + 1)! }
        tell(saying(more, vote.expires))
        #expect(found(payer) == [.voteUnfit])
        tell(vote)
        tell(vote)
        #expect(world.evidence.count == 1)
        tell(saying(vote.held, world.now))
        #expect(found(payer) == [.voteUnfit, .twoVotes])
        world.tellProven(
            .refusal(
                Refusal(
                    transaction: id, planDigest: vote.planDigest, participant: payer,
                    reason: RefusalReason(.insufficientQuota))), from: payer, to: World.shanghai)
        #expect(found(payer) == [.voteUnfit, .twoVotes, .votedAndRefused])
        #expect(world.coordination(id) == .releasing)
    }

    @Test func anHonestPrimaryThatRefusesACommitIsNotAccused() throws {
        let id = world.reserve(mother, fen: 600_00)
        world.deliverProven()
        _ = world.commit(id, fen: 600_00)
        // The vote of the secondary is lost on the way.
        let sent = world.waiting
        world.waiting = []
        for waiting in sent {
            guard case .commit(let commit) = waiting.message else { continue }
            world.tellProven(
                .commit(
                    Commit(
                        transaction: id, planDigest: commit.planDigest, finals: commit.finals,
                        votes: [], ownVote: nil)), from: World.shanghai, to: World.guangdong)
        }
        world.deliverProven()
        #expect(world.coordination(id) == .reserved)
        _ = world.commit(id, fen: 600_00)
        world.deliverProven()
        #expect(world.coordination(id) == .settled)
        #expect(world.evidence.isEmpty)
        world.audit()
    }

    /// A payer has no other measure of a day that is over than when it began to hold.
    @Test(arguments: [(Int64(360_000), true), (Int64(176_400_000), false)])
    func aDecisionOfADayThatIsOverIsNotBookedByAPayer(_ early: Int64, _ isTaken: Bool) throws {
        let (id, said) = try undecided()
        guard case .committed(let finals, _) = said.outcome else { return }
        let decided = world.now.advanced(byMilliseconds: -early)
        for outcome in [
            Decision.Outcome.committed(finals: finals, date: BusinessDate(at: decided)),
            .reversed(
                finals: finals, date: BusinessDate(at: decided), reversal: world.newID(),
                reversalDate: BusinessDate(at: world.now)),
        ] {
            let isReversal = if case .reversed = outcome { true } else { false }
            tell(
                Decision(
                    transaction: id, planDigest: said.planDigest, care: said.care,
                    primary: said.primary, outcome: outcome,
                    decided: isReversal ? world.now : decided), to: World.zhejiang)
            #expect((world.participation(id, at: World.zhejiang) == .held) == !isTaken)
        }
        // A wrong clock is no lie.
        #expect(world.evidence.isEmpty)
        #expect(world.rejections.map(\.reason) == (isTaken ? [] : ["untimely", "untimely"]))
    }
}
