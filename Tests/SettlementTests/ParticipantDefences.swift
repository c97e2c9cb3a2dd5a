import Domain
import Ledger
import RuleSets
import Signing
import Storage
import Testing
import Wire

@testable import Settlement

/// What a participant does with a coordinator, primary or peer that does not keep to the protocol.
@Suite struct ParticipantDefences {
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

    func plan(
        _ transaction: Identifier, draws: [Draw]? = nil, amount: Int64 = 600_00,
        mode: ReserveMode = .exact, category: Category = .medicalCare,
        care: ProvinceCode = World.shanghai, wallet: WalletID? = nil
    ) -> EncodedPlan {
        world.permit(
            Plan(
                transaction: transaction, care: care, wallet: wallet ?? mother,
                walletProvince: World.shandong, institution: InstitutionCode("H1")!,
                institutionKind: category.usualPlace, careRegion: RegionCode(care),
                category: category, bill: world.bill(wallet ?? mother, fen: amount)!,
                amount: Fen(amount)!, mode: mode,
                permission: .ofNobody(
                    draws ?? [
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(500_00)!),
                        Draw(
                            province: World.zhejiang, source: .quota(relation: daughter.relation),
                            limit: Fen(100_00)!),
                    ]), holdMilliseconds: 60_000))
    }

    func send(_ message: Message, from: ProvinceCode = World.shanghai, to: ProvinceCode) {
        world.run([.message(message, from: from, batch: nil)], at: to)
    }

    func answers(to province: ProvinceCode) -> [Message] {
        world.waiting.filter { $0.to == province }.map(\.message)
    }

    @Test func aPlanIsTakenOnlyFromItsCoordinator() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), from: World.zhejiang, to: World.guangdong)
        #expect(world.rejections.map(\.reason) == ["plan_of_another_coordinator"])
        #expect(world.participation(plan.plan.transaction, at: World.guangdong) == nil)
    }

    @Test func aSecondPlanWithTheSameIdIsRefusedAndChangesNothing() {
        let id = world.newID()
        send(.reserve(world.shown(plan(id))), to: World.guangdong)
        world.waiting = []
        let other = plan(id, amount: 600_00, category: .pharmacy)
        send(.reserve(world.shown(other)), to: World.guangdong)
        guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason.status == .idReused)
        #expect(world.participation(id, at: World.guangdong) == .held)
    }

    @Test func thePrimaryCommitsOnlyWithEveryVote() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.guangdong)
        world.waiting = []
        send(
            .commit(
                Commit(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    finals: [Fen(500_00)!, Fen(100_00)!], votes: [], ownVote: nil)),
            to: World.guangdong)
        guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
            Issue.record("committed without a vote")
            return
        }
        #expect(refusal.reason.status == .votesMissing)
        #expect(world.participation(plan.plan.transaction, at: World.guangdong) == .held)
    }

    @Test(arguments: [
        ("of another plan", 1), ("of another transaction", 2), ("above the draw", 3),
        ("below an exact draw", 4), ("of the wrong province", 5),
    ])
    func aVoteThatDoesNotFitIsNoVote(_ what: String, _ kind: Int) {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.guangdong)
        world.waiting = []
        let vote = Vote(
            transaction: kind == 2 ? world.newID() : plan.plan.transaction,
            planDigest: kind == 1 ? world.sm3.digest([7]) : plan.digest,
            participant: kind == 5 ? World.shandong : World.zhejiang,
            held: [Fen(kind == 3 ? 100_01 : kind == 4 ? 99_99 : 100_00)!], expires: nil)
        send(
            .commit(
                Commit(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    finals: [Fen(500_00)!, Fen(99_00)!],
                    votes: [ProvenVote(vote: vote, receipt: nil)], ownVote: nil)),
            to: World.guangdong)
        #expect(world.participation(plan.plan.transaction, at: World.guangdong) == .held)
        guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
            Issue.record("\(what): not refused")
            return
        }
        #expect(refusal.reason.status == .votesMissing)
    }

    @Test func finalsAboveWhatIsHeldAreRefused() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.guangdong)
        world.waiting = []
        let vote = Vote(
            transaction: plan.plan.transaction, planDigest: plan.digest,
            participant: World.zhejiang, held: [Fen(100_00)!], expires: nil)
        send(
            .commit(
                Commit(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    finals: [Fen(500_00)!, Fen(100_01)!],
                    votes: [ProvenVote(vote: vote, receipt: nil)], ownVote: nil)),
            to: World.guangdong)
        guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason.status == .finalAboveReserved)
        #expect(world.participation(plan.plan.transaction, at: World.guangdong) == .held)
    }

    @Test func aDecisionIsTakenOnlyFromThePrimaryOfThePlan() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.zhejiang)
        for liar in [World.shanghai, World.shandong] {
            send(
                .decision(
                    Decision(
                        transaction: plan.plan.transaction, planDigest: plan.digest,
                        care: World.shanghai, primary: liar, outcome: .released(.malformed),
                        decided: world.now)), from: liar, to: World.zhejiang)
            #expect(world.participation(plan.plan.transaction, at: World.zhejiang) == .held)
        }
        #expect(world.rejections.count == 2)
    }

    @Test func aCertificateAboveTheHoldIsNotApplied() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.zhejiang)
        send(
            .decision(
                Decision(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    care: World.shanghai, primary: World.guangdong,
                    outcome: .committed(
                        finals: plan.plan.finals([Fen(500_00)!, Fen(100_01)!]),
                        date: BusinessDate(at: world.now)), decided: world.now)),
            from: World.guangdong, to: World.zhejiang)
        #expect(world.participation(plan.plan.transaction, at: World.zhejiang) == .held)
        #expect(world.rejections.map(\.reason) == ["amount_above_limit"])
    }

    @Test func anOutcomeIsNeverChangedByALaterOne() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.zhejiang)
        let committed = Decision(
            transaction: plan.plan.transaction, planDigest: plan.digest, care: World.shanghai,
            primary: World.guangdong,
            outcome: .committed(
                finals: plan.plan.finals([Fen(500_00)!, Fen(90_00)!]),
                date: BusinessDate(at: world.now)), decided: world.now)
        send(.decision(committed), from: World.guangdong, to: World.zhejiang)
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 90_00)
        send(.decision(committed), from: World.guangdong, to: World.zhejiang)
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 90_00)
        #expect(world.rejections.isEmpty)
        send(
            .decision(
                Decision(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    care: World.shanghai, primary: World.guangdong,
                    outcome: .released(.reservationExpired), decided: world.now)),
            from: World.guangdong, to: World.zhejiang)
        #expect(world.participation(plan.plan.transaction, at: World.zhejiang) == .committed)
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 90_00)
    }

    @Test func anOutcomeThatComesBeforeTheReserveRefusesIt() {
        let plan = plan(world.newID())
        send(
            .decision(
                Decision(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    care: World.shanghai, primary: World.guangdong,
                    outcome: .released(.reservationCancelled), decided: world.now)),
            from: World.guangdong, to: World.zhejiang)
        world.waiting = []
        send(.reserve(world.shown(plan)), to: World.zhejiang)
        guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
            Issue.record("held after its release")
            return
        }
        #expect(refusal.reason.status == .reservationCancelled)
        #expect(
            world.balance(.available(relation: daughter.relation), at: World.zhejiang) == 300_00)
    }

    /// Of several reasons the one with the lowest number is told.
    @Test func refusalsComeInOrderOfPrecedence() {
        let stranger = world.newWallet()
        let cases: [(EncodedPlan, Status)] = [
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: ProvinceCode(650_000)!,
                            source: .quota(relation: son.relation), limit: Fen(1)!)
                    ], amount: 1), .unknownProvince
            ),
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(1)!)
                    ], amount: 2), .planInvalid
            ),
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: World.guangdong,
                            source: .quota(relation: daughter.relation), limit: Fen(501_00)!),
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(501_00)!),
                    ], amount: 1002_00), .relationUnknown
            ),
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(501_00)!)
                    ], amount: 501_00, wallet: stranger), .relationOfAnother
            ),
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(500_01)!)
                    ], amount: 500_01), .insufficientQuota
            ),
            (
                plan(
                    world.newID(),
                    draws: [
                        Draw(
                            province: World.guangdong, source: .quota(relation: son.relation),
                            limit: Fen(500_01)!)
                    ], amount: 500_01, category: .longTermCarePremium), .premiumNotCovered
            ),
        ]
        for (plan, expected) in cases {
            world.waiting = []
            send(.reserve(world.shown(plan)), to: World.guangdong)
            guard case .refusal(let refusal) = answers(to: World.shanghai).first else {
                Issue.record("\(expected) was not refused")
                continue
            }
            #expect(refusal.reason.status == expected)
            #expect(
                world.balance(.available(relation: son.relation), at: World.guangdong) == 500_00)
        }
    }

    @Test func aQuotaNoticeOfAnotherProvinceDoesNotOverwriteAGrant() throws {
        send(
            .quotaNotice(
                QuotaNotice(
                    relation: son.relation, wallet: mother, available: Fen(999_99)!,
                    phase: .active, granted: world.now, version: 99, giver: daughter.giver,
                    giverRegion: RegionCode(World.zhejiang), kinship: .child, priority: 0,
                    consentUntil: nil, status: nil, uses: [])), from: World.zhejiang,
            to: World.shandong)
        #expect(world.rejections.map(\.reason) == ["notice_of_another_province"])
        let grants = try world.store(World.shandong).read { try $0.grants(mother) }
        #expect(grants.first { $0.relation == son.relation }?.available.value == 500_00)
    }
}
