import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// Relations that rest, resume and end by what happens to people (rules Z3, W7, N14, N11).
@Suite struct SuspendedRelations {
    let world = World(
        rules: Book.national([.giverNotSuspended, .noViolation, .endsWithInsurance]))
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
    }

    private var quota: Int64 {
        world.balance(.available(relation: son.relation), at: World.guangdong)
    }

    private var account: Int64 { world.balance(.personal(son.giver), at: World.guangdong) }

    @Test("Z3: an interrupted insurance rests the relation and leaves the quota")
    func suspendedAndResumed() {
        world.change(son.giver, .suspended, at: World.guangdong)
        // The wallet does not know yet.
        let transaction = world.reserve(mother, fen: 100_00)
        world.deliver(without: "quota_notice")
        #expect(world.status(transaction) == .relationSuspended)
        world.deliver()
        #expect(world.grant(son.relation, of: mother)?.phase == .suspended)
        let second = world.reserve(mother, fen: 100_00)
        world.deliver()
        #expect(world.status(second) == .insufficientQuota)
        #expect(quota == 500_00)
        #expect(world.setQuota(son.relation, 600_00, at: World.guangdong) == .relationSuspended)
        #expect(world.setQuota(son.relation, 400_00, at: World.guangdong) == nil)
        let other = world.bind(son.giver, of: World.guangdong, to: mother, of: World.shandong)
        #expect(world.status(other) == .giverSuspended)
        world.change(son.giver, .insured, at: World.guangdong)
        world.deliver()
        world.settle(mother, fen: 400_00)
        #expect(quota == 0)
        world.audit()
    }

    @Test func aHoldOfARelationThatIsSuspendedEndsByItsOwnOutcome() {
        let transaction = world.reserve(mother, fen: 300_00)
        world.deliver()
        world.change(son.giver, .suspended, at: World.guangdong)
        _ = world.commit(transaction, fen: 200_00)
        world.deliver()
        #expect(world.coordination(transaction) == .settled)
        #expect(world.phase(son.relation) == .suspended)
        #expect(quota == 300_00)
        world.audit()
    }

    @Test("W7: a violation rests the relation until the day after its last, by itself")
    func violations() {
        let today = BusinessDate(at: world.now)
        world.command(
            .recordViolation(wallet: son.giver, reason: "x", until: today.next),
            at: World.guangdong)
        world.deliver()
        #expect(world.phase(son.relation) == .suspended)
        world.advance(days: 1)
        world.wake()
        #expect(world.phase(son.relation) == .suspended)
        world.advance(milliseconds: today.next.next.start.milliseconds(since: world.now) - 1)
        world.wake()
        #expect(world.phase(son.relation) == .suspended)
        world.advance(milliseconds: 1)
        world.wake()
        world.deliver()
        #expect(world.phase(son.relation) == .active)
        #expect(world.grant(son.relation, of: mother)?.phase == .active)
        #expect(
            world.refusal(
                .recordViolation(wallet: son.giver, reason: "", until: today), at: World.guangdong)
                == .malformed)
        world.audit()
    }

    @Test func aViolationThatIsOverDoesNotResumeWhatTheInsuranceRests() {
        world.command(
            .recordViolation(
                wallet: son.giver, reason: "x", until: BusinessDate(at: world.now)),
            at: World.guangdong)
        world.change(son.giver, .suspended, at: World.guangdong)
        world.advance(days: 1)
        world.wake()
        #expect(world.phase(son.relation) == .suspended)
        #expect(world.relation(son.relation, at: World.guangdong)?.wake == nil)
        world.change(son.giver, .insured, at: World.guangdong)
        #expect(world.phase(son.relation) == .active)
        world.audit()
    }

    @Test(
        "N14: the relation ends with the giver's insurance, and the quota goes back",
        arguments: [
            (Insurance.employee, Standing.ended), (.employee, .moved), (.resident, .insured),
        ])
    func giversInsuranceEnds(_ insurance: Insurance, _ standing: Standing) {
        world.change(son.giver, standing, insurance, at: World.guangdong)
        world.deliver()
        #expect(world.phase(son.relation) == .ended)
        #expect(account == 1000_00)
        #expect(world.grant(son.relation, of: mother)?.status == .insuranceChanged)
        world.audit()
    }

    @Test(
        "N14: the relation ends with the recipient's insurance, as the payer hears",
        arguments: [Standing.ended, .moved])
    func recipientsInsuranceEnds(_ standing: Standing) {
        world.change(mother, standing, .resident, at: World.shandong)
        #expect(world.phase(son.relation) == .active)
        world.deliver()
        #expect(world.phase(son.relation) == .ended)
        #expect(account == 1000_00)
        let transaction = world.reserve(mother, fen: 1_00)
        world.deliver()
        #expect(world.status(transaction) == .recipientNotInsured)
        world.audit()
    }

    @Test(
        "N11: what is held when a relation ends, resting or not, ends by its own outcome",
        arguments: [false, true], ["commit", "cancel"])
    func endsWithAHoldOpen(_ isSuspended: Bool, _ outcome: String) {
        let transaction = world.reserve(mother, fen: 300_00)
        world.deliver()
        if isSuspended { world.change(son.giver, .suspended, at: World.guangdong) }
        #expect(world.end(son.relation, at: World.guangdong) == nil)
        world.deliver()
        #expect(world.phase(son.relation) == .ending)
        #expect(world.grant(son.relation, of: mother)?.phase == .ending)
        #expect(account == 700_00)
        world.audit()
        if outcome == "commit" {
            _ = world.commit(transaction, fen: 250_00)
        } else {
            world.command(.settleCancel(transaction: transaction), at: World.shanghai)
        }
        world.deliver()
        #expect(world.phase(son.relation) == .ended)
        #expect(world.grant(son.relation, of: mother)?.phase == .ended)
        #expect(account == (outcome == "commit" ? 750_00 : 1000_00))
        world.audit()
    }

    @Test("Z9: a relation is ended by a giver who was verified")
    func endingNeedsVerification() {
        let giver = world.person(.employee, in: World.shandong, fen: 1_00, region: Book.zibo)
        let child = world.person(.resident, in: World.shandong, fen: 0, region: Book.zibo)
        world.rules = Book.deployed
        let relation = world.bind(giver, of: World.shandong, to: child, of: World.shandong)
        #expect(
            world.refusal(
                .endRelation(relation: relation, over: .cityPlatform, nil), at: World.shandong)
                == .verificationMissing)
        #expect(
            world.refusal(
                .endRelation(relation: relation, over: nil, world.verification),
                at: World.shandong) == .malformed)
        #expect(world.end(relation, at: World.shandong) == nil)
        world.audit()
    }
}
