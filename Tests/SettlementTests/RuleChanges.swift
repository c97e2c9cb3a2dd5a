import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// Rules that come into force, or go, while something is under way; and two sets of rules for what
/// one person gives.
@Suite struct RuleChanges {
    static let strict: [Check] = [.giverNotSuspended, .noViolation, .endsWithInsurance]

    let world = World(rules: Book.national([]))
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
    }

    private func violation(until: BusinessDate) {
        world.command(
            .recordViolation(wallet: son.giver, reason: "x", until: until), at: World.guangdong)
    }

    // MARK: Withdrawals

    @Test(
        "W6: what needed review when it was asked for needs it still",
        arguments: [nil, []] as [[Check]?])
    func reviewIsOwedByTheRulesOfTheDayOfTheForm(_ next: [Check]?) {
        world.rules = Book.deployed
        let giver = world.person(
            .employee, in: World.shandong, fen: 100_00, region: Book.weihai)
        let father = world.person(.resident, in: World.zhejiang, fen: 0)
        world.command(
            .setCardAccount(wallet: giver, bank: "ICBC", account: "6222"), at: World.shandong)
        let id = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: giver, amount: 100_00, reason: .resettlement,
                    document: .init(
                        digest: world.digest(9), amount: 100_00, user: father,
                        userProvince: World.zhejiang),
                    userKinship: .parent, commitmentDigest: world.digest(1),
                    resettlement: .init(
                        record: world.digest(4), filed: BusinessDate(at: world.now)))),
            at: World.shandong)
        #expect(world.withdrawal(id)?.state == .claiming)
        world.enforce(next)
        world.deliver()
        #expect(world.withdrawal(id)?.state == .awaitingReview)
        #expect(world.balance(.payout, at: World.shandong) == 0)
        func review(by reviewer: String) -> Status? {
            world.refusal(
                .reviewWithdrawal(id, approved: true), at: World.shandong, by: reviewer)
        }
        #expect(review(by: "H1") == .reviewerIsHandler)
        #expect(review(by: "R1") == nil)
        #expect(world.withdrawal(id)?.state == .approved)
        world.audit()
    }

    // MARK: Givers

    @Test(
        "Z3 W7 N14: a hold looks at the giver as the rules of the day say",
        arguments: [
            ("suspended", Status.relationSuspended), ("recorded", .relationSuspended),
            ("moved", .insuranceChanged),
        ])
    func rulesThatComeAfterTheGiverChanged(_ change: String, _ expected: Status) {
        switch change {
        case "suspended": world.change(son.giver, .suspended, at: World.guangdong)
        case "recorded": violation(until: BusinessDate(at: world.now))
        default: world.change(son.giver, .moved, at: World.guangdong)
        }
        world.deliver()
        #expect(world.phase(son.relation) == .active)
        world.settle(mother, fen: 100_00)
        world.enforce(Self.strict)
        let refused = world.reserve(mother, fen: 100_00)
        world.deliver()
        #expect(world.status(refused) == expected)
        #expect(
            world.balance(.available(relation: son.relation), at: World.guangdong) == 400_00)
        world.audit()
    }

    @Test("N14: who moved while no set was in force gives nothing when one is again")
    func movedInAGap() {
        world.enforce(nil)
        world.change(son.giver, .moved, at: World.guangdong)
        world.deliver()
        world.enforce(Self.strict)
        let transaction = world.reserve(mother, fen: 100_00)
        world.deliver()
        #expect(world.status(transaction) == .insuranceChanged)
        world.audit()
    }

    @Test(
        "Z3 W7: nothing resumes for want of rules",
        arguments: ["the same again", "insured again", "a violation that is over"])
    func nothingResumesInAGap(_ event: String) {
        world.enforce(Self.strict)
        let isViolation = event == "a violation that is over"
        if isViolation {
            violation(until: BusinessDate(at: world.now))
        } else {
            world.change(son.giver, .suspended, at: World.guangdong)
        }
        world.deliver()
        #expect(world.phase(son.relation) == .suspended)
        world.enforce(nil)
        switch event {
        case "the same again": world.change(son.giver, .suspended, at: World.guangdong)
        case "insured again": world.change(son.giver, .insured, at: World.guangdong)
        default: world.advance(days: 1)
        }
        world.wake()
        world.deliver()
        #expect(world.phase(son.relation) == .suspended)
        #expect(world.grant(son.relation, of: mother)?.phase == .suspended)
        world.enforce(Self.strict)
        if event == "insured again" { world.change(son.giver, .insured, at: World.guangdong) }
        world.advance(days: 1)
        world.wake()
        world.deliver()
        let isStill = event == "the same again"
        #expect(world.phase(son.relation) == (isStill ? .suspended : .active))
        world.audit()
    }

    @Test("G11: what was waited for is kept for want of rules, and nothing becomes active")
    func consentInAGap() {
        world.enforce([
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases)
        ])
        let relation = world.bind(
            son.giver, of: World.guangdong, to: mother, of: World.shandong)
        #expect(world.phase(relation) == .awaitingConsent)
        world.enforce(nil)
        world.consent(relation, by: mother)
        world.deliver()
        #expect(world.phase(relation) == .awaitingConsent)
        #expect(world.relation(relation, at: World.guangdong)?.consent != nil)
        world.audit()
    }

    // MARK: Quotas

    @Test(
        "G1: this year's money does not become carried over on the way through other rules",
        arguments: ["lowered", "ended"])
    func moneyOfThisYear(_ way: String) {
        world.rules = Book.deployed
        let giver = world.person(.employee, in: World.liaoning, fen: 0, region: Book.fuxin)
        world.command(.deposit(wallet: giver, amount: 100_00), at: World.liaoning)
        let child = world.person(
            .resident, in: World.liaoning, fen: 0, region: Book.fuxin, number: "1",
            born: World.birthdayOfChildren)
        let far = world.bind(giver, of: World.liaoning, to: mother, of: World.shandong)
        let near = world.bind(giver, of: World.liaoning, to: child, of: World.liaoning)
        for relation in [far, near] {
            #expect(world.phase(relation, at: World.liaoning) == .active)
        }
        func set(_ relation: Identifier, _ fen: Int64) -> Status? {
            let status = world.setQuota(relation, fen, at: World.liaoning)
            world.deliver()
            return status
        }
        #expect(set(near, 1) == .notSharable)
        #expect(set(far, 100_00) == nil)
        if way == "ended" {
            world.end(far, at: World.liaoning)
            world.deliver()
        } else {
            #expect(set(far, 40_00) == nil)
            #expect(set(far, 0) == nil)
        }
        #expect(world.balance(.personal(giver), at: World.liaoning) == 100_00)
        #expect(set(near, 1) == .notSharable)
        world.advance(days: 153)
        #expect(set(near, 100_00) == nil)
        world.audit()
    }

    @Test("G1: of money of both years, what other rules let share is this year's last")
    func moneyOfBothYears() {
        world.rules = Book.deployed
        let giver = world.person(.employee, in: World.liaoning, fen: 30_00, region: Book.fuxin)
        world.command(.deposit(wallet: giver, amount: 70_00), at: World.liaoning)
        let child = world.person(
            .resident, in: World.liaoning, fen: 0, region: Book.fuxin, number: "1",
            born: World.birthdayOfChildren)
        let far = world.bind(giver, of: World.liaoning, to: mother, of: World.shandong)
        let near = world.bind(giver, of: World.liaoning, to: child, of: World.liaoning)
        func set(_ relation: Identifier, _ fen: Int64) -> Status? {
            world.setQuota(relation, fen, at: World.liaoning)
        }
        #expect(set(far, 80_00) == nil)
        #expect(set(near, 1) == .notSharable)
        #expect(set(far, 0) == nil)
        #expect(set(near, 30_01) == .notSharable)
        #expect(set(near, 30_00) == nil)
        world.deliver()
        world.audit()
    }

    @Test func aQuotaIsLoweredWithoutAnyRulesAndNotRaised() {
        world.enforce(nil)
        #expect(world.setQuota(son.relation, 200_00, at: World.guangdong) == nil)
        #expect(
            world.setQuota(son.relation, 200_01, at: World.guangdong) == .provinceNotJoined)
        #expect(world.setQuota(son.relation, 0, at: World.guangdong) == nil)
        world.deliver()
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 1000_00)
        #expect(world.grant(son.relation, of: mother)?.available == .zero)
        world.audit()
    }

    @Test func whatIsSoAlreadyCountsAsNoChange() {
        world.advance(days: 1)
        world.enforce([.quotaLimits(.init(perDay: 1, raiseAtMost: nil, closed: nil))])
        func set(_ fen: Int64) -> Status? {
            world.setQuota(son.relation, fen, at: World.guangdong)
        }
        #expect(set(500_00) == nil)
        #expect(set(400_00) == nil)
        #expect(set(400_00) == nil)
        #expect(set(401_00) == .quotaChangedTooOften)
        world.deliver()
        #expect(world.grant(son.relation, of: mother)?.available == Fen(400_00))
        world.audit()
    }
}
