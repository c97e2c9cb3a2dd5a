import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// Which money may be shared, and how often (rules S1, G1, N9, and settings).
@Suite struct QuotaStories {
    private func pair(_ world: World, account: Int64) -> (giver: WalletID, relation: Identifier) {
        let giver = world.person(.employee, in: World.guangdong, fen: account)
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let relation = world.bind(giver, of: World.guangdong, to: mother, of: World.shandong)
        #expect(world.phase(relation) == .active)
        return (giver, relation)
    }

    private func limits(
        perDay: Int? = nil, raiseAtMost: Int64? = nil, closed: Check.Closed? = nil
    ) -> World {
        World(
            rules: Book.national([
                .quotaLimits(
                    .init(
                        perDay: perDay, raiseAtMost: raiseAtMost.flatMap { Fen($0) },
                        closed: closed))
            ]))
    }

    private func set(_ world: World, _ relation: Identifier, _ fen: Int64) -> Status? {
        let status = world.setQuota(relation, fen, at: World.guangdong)
        world.deliver()
        return status
    }

    @Test("S1: only what is above the threshold of the day is shared")
    func threshold() {
        let world = World(
            rules: Book.national([
                .sharable(
                    .above([
                        .init(
                            from: BusinessDate(year: 2026, month: 7, day: 1)!,
                            amount: Fen(40_00)!),
                        .init(
                            from: BusinessDate(year: 2026, month: 8, day: 2)!,
                            amount: Fen(70_00)!),
                    ]))
            ]))
        let (_, relation) = pair(world, account: 100_00)
        #expect(set(world, relation, 60_01) == .notSharable)
        #expect(set(world, relation, 20_00) == nil)
        world.advance(days: 1)
        #expect(set(world, relation, 30_01) == .notSharable)
        #expect(set(world, relation, 30_00) == nil)
        #expect(set(world, relation, 0) == nil)
        world.audit()
    }

    @Test("G1: this year's money is shared next year")
    func carriedOver() {
        let world = World(rules: Book.national([.sharable(.carriedOver)]))
        let (giver, relation) = pair(world, account: 100_00)
        world.command(.deposit(wallet: giver, amount: 50_00), at: World.guangdong)
        #expect(set(world, relation, 100_01) == .notSharable)
        #expect(set(world, relation, 60_00) == nil)
        #expect(set(world, relation, 100_01) == .notSharable)
        // What is taken back can be shared again.
        #expect(set(world, relation, 10_00) == nil)
        #expect(set(world, relation, 100_00) == nil)
        world.advance(days: 153)
        #expect(BusinessDate(at: world.now).description == "2027-01-01")
        #expect(set(world, relation, 150_01) == .notSharable)
        #expect(set(world, relation, 150_00) == nil)
        world.audit()
    }

    @Test("G1: a deposit after the year's turn is not what was carried over")
    func depositsAfterTheTurn() {
        let world = World(rules: Book.national([.sharable(.carriedOver)]))
        let (giver, relation) = pair(world, account: 0)
        world.command(.deposit(wallet: giver, amount: 50_00), at: World.guangdong)
        #expect(set(world, relation, 1) == .notSharable)
        world.advance(days: 153)
        world.command(.deposit(wallet: giver, amount: 10_00), at: World.guangdong)
        #expect(set(world, relation, 50_01) == .notSharable)
        #expect(set(world, relation, 50_00) == nil)
        world.audit()
    }

    @Test("G1: what was spent is not replaced by what comes in")
    func spentMoneyIsGone() {
        let world = World(rules: Book.national([.sharable(.carriedOver)]))
        let (giver, relation) = pair(world, account: 100_00)
        world.settle(giver, of: World.guangdong, fen: 70_00)
        world.command(.deposit(wallet: giver, amount: 70_00), at: World.guangdong)
        #expect(set(world, relation, 30_01) == .notSharable)
        #expect(set(world, relation, 30_00) == nil)
        world.audit()
    }

    @Test("G1 N11: what comes back from an ended relation can be shared anew")
    func whatComesBackWasCarriedOver() throws {
        let world = World(rules: Book.national([.sharable(.carriedOver)]))
        let (giver, relation) = pair(world, account: 100_00)
        #expect(set(world, relation, 100_00) == nil)
        let mother = try #require(world.relation(relation, at: World.guangdong)?.recipient)
        let settled = world.settle(mother, fen: 10_00)
        let lower = world.reserve(mother, fen: 20_00)
        let cancelled = world.reserve(mother, fen: 30_00)
        world.deliver()
        world.end(relation, at: World.guangdong)
        _ = world.commit(lower, fen: 5_00)
        world.command(.settleCancel(transaction: cancelled), at: World.shanghai)
        world.command(.settleReverse(transaction: settled), at: World.shanghai)
        world.deliver()
        #expect(world.balance(.personal(giver), at: World.guangdong) == 95_00)
        let next = world.bind(giver, of: World.guangdong, to: mother, of: World.shandong)
        #expect(set(world, next, 95_01) == .notSharable)
        #expect(set(world, next, 95_00) == nil)
        world.audit()
    }

    @Test func changesAreCountedByTheDay() {
        let world = limits(perDay: 2, raiseAtMost: 20_00)
        let (giver, relation) = pair(world, account: 100_00)
        #expect(set(world, relation, 20_01) == .quotaChangeTooLarge)
        #expect(set(world, relation, 20_00) == nil)
        #expect(set(world, relation, 10_00) == nil)
        #expect(set(world, relation, 11_00) == .quotaChangedTooOften)
        // Of one giver, not of one relation.
        let other = world.bind(
            giver, of: World.guangdong,
            to: world.person(.resident, in: World.zhejiang, fen: 0), of: World.zhejiang)
        #expect(set(world, other, 1) == .quotaChangedTooOften)
        world.advance(days: 1)
        #expect(set(world, other, 1) == nil)
        world.audit()
    }

    @Test func atNightNothingIsChanged() {
        let world = limits(closed: .init(from: 22 * 60, to: 6 * 60))
        let (_, relation) = pair(world, account: 100_00)
        let hour: Int64 = 3_600_000
        world.advance(milliseconds: 10 * hour - 1)
        #expect(set(world, relation, 1) == nil)
        world.advance(milliseconds: 1)
        #expect(set(world, relation, 2) == .quotaClosedHours)
        #expect(set(world, relation, 0) == .quotaClosedHours)
        world.advance(milliseconds: 8 * hour - 1)
        #expect(set(world, relation, 2) == .quotaClosedHours)
        world.advance(milliseconds: 1)
        #expect(set(world, relation, 2) == nil)
        world.audit()
    }

    @Test("N9: what was received is not given on; what is one's own is")
    func notPassedOn() {
        let world = World()
        let daughter = world.person(.employee, in: World.shandong, fen: 5_00)
        _ = world.relation(
            in: World.guangdong, to: daughter, of: World.shandong, account: 100_00, quota: 90_00)
        let child = world.person(.resident, in: World.zhejiang, fen: 0)
        let relation = world.bind(daughter, of: World.shandong, to: child, of: World.zhejiang)
        #expect(world.setQuota(relation, 5_01, at: World.shandong) == .quotaNotPassedOn)
        #expect(world.setQuota(relation, 5_00, at: World.shandong) == nil)
        #expect(world.setQuota(relation, 5_01, at: World.shandong) == .quotaNotPassedOn)
        world.deliver()
        world.audit()
    }

    @Test func oneAmountMoreThanIsThereIsRefusedAndNothingMoves() {
        let world = World()
        let (giver, relation) = pair(world, account: 100_00)
        #expect(set(world, relation, 100_01) == .insufficientBalance)
        #expect(set(world, relation, -1) == .amountNotPositive)
        #expect(set(world, relation, Fen.limit.value + 1) == .amountTooLarge)
        #expect(world.balance(.personal(giver), at: World.guangdong) == 100_00)
        #expect(
            world.setQuota(world.newID(), 1, at: World.guangdong) == .relationUnknown)
        world.audit()
    }
}
