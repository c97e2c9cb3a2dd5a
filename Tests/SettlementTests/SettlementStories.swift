import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// The two phases from reserve to reversal, over one to three payer provinces.
@Suite struct SettlementStories {
    /// A mother of Shandong with 100 yuan of her own, a son in Guangdong with a quota of 500, a
    /// daughter in Zhejiang with 300.
    struct Family {
        let world = World()
        let mother: WalletID
        let son: (relation: Identifier, giver: WalletID)
        let daughter: (relation: Identifier, giver: WalletID)

        init() {
            mother = world.person(.resident, in: World.shandong, fen: 100_00)
            son = world.relation(
                in: World.guangdong, to: mother, of: World.shandong, account: 1000_00,
                quota: 500_00)
            world.advance(milliseconds: 10)
            daughter = world.relation(
                in: World.zhejiang, to: mother, of: World.shandong, account: 800_00,
                quota: 300_00)
        }
    }

    @Test func threeProvincesSettleLowerThanReservedAndTheRestGoesBack() throws {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver()
        guard case .reservation(let reservation) = world.reply(transaction) else {
            Issue.record("no reservation: \(String(describing: world.reply(transaction)))")
            return
        }
        #expect(reservation.reservedFen == 700_00)
        #expect(reservation.draws.map(\.amountFen) == [100_00, 500_00, 100_00])
        #expect(world.balance(.personal(family.mother), at: World.shandong) == 0)
        #expect(
            world.balance(.available(relation: family.son.relation), at: World.guangdong) == 0)

        let commit = world.commit(transaction, fen: 650_00)
        world.deliver()
        guard case .settlement(let settlement) = world.reply(commit) else {
            Issue.record("not settled: \(String(describing: world.reply(commit)))")
            return
        }
        #expect(settlement.outcome == .committed)
        #expect(settlement.finalFen == 650_00)
        #expect(settlement.primary == World.guangdong.number)
        #expect(world.balance(.payable(World.shanghai), at: World.guangdong) == 500_00)
        #expect(world.balance(.payable(World.shanghai), at: World.zhejiang) == 50_00)
        #expect(world.balance(.payable(World.shanghai), at: World.shandong) == 100_00)
        #expect(
            world.balance(.available(relation: family.daughter.relation), at: World.zhejiang)
                == 250_00)
        for province in [World.guangdong, World.zhejiang, World.shandong] {
            #expect(
                world.balance(.receivable(province), at: World.shanghai)
                    == world.balance(.payable(World.shanghai), at: province))
            #expect(world.participation(transaction, at: province) == .committed)
        }
        #expect(world.coordination(transaction) == .settled)
        #expect(world.rejections.isEmpty)
        #expect(world.waiting.isEmpty)
        world.audit()
    }

    @Test func theWalletProvinceKnowsWhatIsLeft() throws {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 400_00, withoutOwnAccount: true)
        world.deliver()
        _ = world.commit(transaction, fen: 400_00)
        world.deliver()
        let grants = try world.store(World.shandong).read { try $0.grants(family.mother) }
        #expect(
            grants.first { $0.relation == family.son.relation }?.available.value == 100_00)
        world.audit()
    }

    @Test func upToHoldsWhatThereIs() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 2000_00, mode: .upTo)
        world.deliver()
        guard case .reservation(let reservation) = world.reply(transaction) else {
            Issue.record("no reservation")
            return
        }
        #expect(reservation.reservedFen == 900_00)
        let refused = world.commit(transaction, fen: 900_01)
        #expect(world.status(refused) == .finalAboveReserved)
        let commit = world.commit(transaction, fen: 900_00)
        world.deliver()
        #expect(world.status(commit) == nil)
        #expect(world.coordination(transaction) == .settled)
        world.audit()
    }

    @Test("N13: a premium is paid from quota in full or not at all")
    func premiums() {
        let family = Family()
        let world = family.world
        let paid = world.reserve(
            family.mother, fen: 400_00, category: .residentInsurancePremium)
        world.deliver()
        #expect(world.status(world.commit(paid, fen: 399_99)) == .premiumInPart)
        let commit = world.commit(paid, fen: 400_00)
        world.deliver()
        #expect(world.status(commit) == nil)
        #expect(world.coordination(paid) == .settled)
        // Her own 100 yuan stay hers: 400 quota are left, 401 do not do.
        #expect(world.balance(.personal(family.mother), at: World.shandong) == 100_00)
        let short = world.reserve(
            family.mother, fen: 401_00, category: .longTermCarePremium)
        world.deliver()
        #expect(world.status(short) == .premiumNotCovered)
        let inPart = world.reserve(
            family.mother, fen: 100_00, category: .longTermCarePremium, mode: .upTo)
        #expect(world.status(inPart) == .premiumInPart)
        world.audit()
    }

    @Test func aRefusalOfOneReleasesAll() throws {
        let family = Family()
        let world = family.world
        // Spend the daughter's quota behind the wallet's back: its notice is still on the way.
        world.command(
            .setQuota(relation: family.daughter.relation, available: 10_00), at: World.zhejiang)
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver { if case .quotaNotice = $0.message { true } else { false } }
        #expect(world.status(transaction) == .insufficientQuota)
        world.deliver()
        for province in [World.guangdong, World.zhejiang, World.shandong] {
            #expect(world.participation(transaction, at: province) == .released)
        }
        #expect(world.coordination(transaction) == .released)
        #expect(
            world.balance(.available(relation: family.son.relation), at: World.guangdong)
                == 500_00)
        #expect(world.balance(.personal(family.mother), at: World.shandong) == 100_00)
        world.audit()
    }

    @Test func theHoldOfThePrimaryEndsByItselfAndFreesTheOthers() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00, hold: 5000)
        world.deliver()
        world.advance(milliseconds: 5000)
        let late = world.commit(transaction, fen: 700_00)
        world.deliver()
        #expect(world.status(late) == .reservationExpired)
        #expect(world.coordination(transaction) == .released)
        #expect(world.participation(transaction, at: World.zhejiang) == .released)
        #expect(world.balance(.personal(family.mother), at: World.shandong) == 100_00)
        world.audit()
    }

    @Test func theHoldOfASecondaryNeverEndsByItself() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00, hold: 5000)
        world.deliver()
        let commit = world.commit(transaction, fen: 700_00)
        // The primary commits; nobody hears of it for a day.
        world.deliver { if case .decision = $0.message { true } else { false } }
        world.waiting = []
        world.advance(milliseconds: 24 * 3_600_000)
        world.wake()
        #expect(world.participation(transaction, at: World.zhejiang) == .held)
        #expect(world.reply(commit) == nil)
        // It asks the primary and learns.
        world.deliver()
        #expect(world.participation(transaction, at: World.zhejiang) == .committed)
        #expect(world.participation(transaction, at: World.shandong) == .committed)
        #expect(world.status(commit) == nil)
        #expect(world.coordination(transaction) == .settled)
        world.audit()
    }

    @Test func aPrimaryThatIsAskedFirstWritesATombstoneAndRefusesTheLateReserve() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00, hold: 5000)
        // Guangdong, the primary, gets nothing; the coordinator is silent from here on.
        world.deliver {
            $0.to == World.guangdong || $0.to == World.shanghai && $0.from != World.shandong
        }
        let late = world.waiting.first { if case .reserve = $0.message { true } else { false } }
        world.waiting = []
        #expect(world.participation(transaction, at: World.zhejiang) == .held)
        world.advance(milliseconds: 60_000)
        world.run([.wake(transaction, .participation)], at: World.zhejiang)
        world.deliver { $0.to == World.shanghai }
        #expect(world.participation(transaction, at: World.guangdong) == .released)
        #expect(world.participation(transaction, at: World.zhejiang) == .released)
        if let late { world.waiting.append(late) }
        world.deliver()
        #expect(world.participation(transaction, at: World.guangdong) == .released)
        #expect(
            world.balance(.available(relation: family.son.relation), at: World.guangdong)
                == 500_00)
        #expect(world.coordination(transaction) == .released)
        world.audit()
    }

    @Test func aCoordinatorThatHearsNothingGivesUpAndSaysSo() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver { $0.to == World.zhejiang }
        #expect(world.reply(transaction) == nil)
        world.advance(milliseconds: Limits.voteWaitMilliseconds)
        world.wake()
        #expect(world.status(transaction) == .participantTimeout)
        world.deliver()
        #expect(world.coordination(transaction) == .released)
        #expect(world.participation(transaction, at: World.zhejiang) == .released)
        #expect(world.participation(transaction, at: World.guangdong) == .released)
        world.audit()
    }

    @Test("N11: what is held when a relation ends goes back to the giver by its own outcome")
    func relationEndsWithAHoldOpen() throws {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 400_00, withoutOwnAccount: true)
        world.deliver()
        world.end(family.son.relation, at: World.guangdong)
        #expect(world.balance(.personal(family.son.giver), at: World.guangdong) == 600_00)
        var relation = try world.store(World.guangdong).read {
            try $0.relation(family.son.relation)
        }
        #expect(relation?.phase == .ending)
        _ = world.commit(transaction, fen: 300_00)
        world.deliver()
        #expect(world.coordination(transaction) == .settled)
        #expect(world.balance(.personal(family.son.giver), at: World.guangdong) == 700_00)
        relation = try world.store(World.guangdong).read {
            try $0.relation(family.son.relation)
        }
        #expect(relation?.phase == .ended)
        // A refund of it goes to the giver too, for the quota is no more.
        world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        #expect(world.balance(.personal(family.son.giver), at: World.guangdong) == 1000_00)
        let next = world.reserve(family.mother, fen: 400_00, withoutOwnAccount: true)
        world.deliver()
        #expect(world.status(next) == .insufficientQuota)
        world.audit()
    }

    /// The primary's clock is set back over midnight between the settlement and its reversal: nobody took
    /// a reversal of a day before the settlement, so it stood at the primary alone, for ever.
    @Test func aReversalIsNeverOfADayBeforeItsSettlement() {
        let family = Family()
        let world = family.world
        // 2026-08-02T00:00:30+08:00.
        world.now = Instant(milliseconds: 1_785_600_030_000)
        let transaction = world.settle(family.mother, fen: 650_00)
        world.advance(milliseconds: -120_000)
        let reverse = world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        #expect(world.status(reverse) == nil)
        for province in [World.guangdong, World.zhejiang, World.shandong] {
            #expect(world.participation(transaction, at: province) == .reversed)
            #expect(world.balance(.receivable(province), at: World.shanghai) == 0)
        }
        world.audit()
    }

    /// A clock that was days ahead is set right while money is reserved: to its own coordinator the
    /// primary's decision looked like one from before the request, for ever.
    @Test(arguments: [true, false])
    func aClockThatWasFarAheadLeavesNothingInDoubt(commits: Bool) {
        let world = World()
        let wallet = world.person(.employee, in: World.shandong, fen: 1000_00)
        world.advance(days: 2)
        let transaction = world.reserve(wallet, fen: 400_00, at: World.shandong)
        world.deliver()
        #expect(world.status(transaction) == nil)
        world.advance(days: -2)
        let end =
            commits
            ? world.commit(transaction, fen: 400_00, at: World.shandong)
            : world.command(.settleCancel(transaction: transaction), at: World.shandong)
        world.deliver()
        #expect(world.rejections.isEmpty)
        #expect(world.status(end) == nil && world.reply(end) != nil)
        #expect(
            world.participation(transaction, at: World.shandong)
                == (commits ? .committed : .released))
        #expect(
            world.balance(.personal(wallet), at: World.shandong) == (commits ? 600_00 : 1000_00))
        world.audit()
    }

    @Test func everyReversalHasOneOutcome() {
        let family = Family()
        let world = family.world
        // Unknown.
        #expect(
            world.status(
                world.command(.settleReverse(transaction: world.newID()), at: World.shanghai))
                == .transactionUnknown)
        // Before the commit.
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver()
        #expect(
            world.status(
                world.command(.settleReverse(transaction: transaction), at: World.shanghai))
                == .notSettled)
        // During it: the commit first, then the reversal.
        let commit = world.commit(transaction, fen: 650_00)
        let reverse = world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.advance(milliseconds: 100)
        world.deliver()
        #expect(world.status(commit) == nil)
        guard case .settlement(let settled) = world.reply(commit),
            case .settlement(let reversed) = world.reply(reverse)
        else {
            Issue.record("no outcome")
            return
        }
        #expect(settled.outcome == .committed)
        #expect(reversed.outcome == .reversed)
        for province in [World.guangdong, World.zhejiang, World.shandong] {
            #expect(world.participation(transaction, at: province) == .reversed)
            #expect(world.balance(.payable(World.shanghai), at: province) == 0)
            #expect(world.balance(.receivable(province), at: World.shanghai) == 0)
        }
        #expect(
            world.balance(.available(relation: family.son.relation), at: World.guangdong)
                == 500_00)
        // Again, under another id, and again under the same.
        #expect(
            world.status(
                world.command(.settleReverse(transaction: transaction), at: World.shanghai))
                == .alreadyReversed)
        let first = world.replies[reverse]?.last
        world.command(
            .settleReverse(transaction: transaction), at: World.shanghai, id: reverse)
        #expect(world.replies[reverse]?.last == first)
        #expect(world.replies[reverse]?.count == 2)
        world.audit()
    }

    @Test func aReversalAcrossMidnightHasItsOwnBusinessDate() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver()
        _ = world.commit(transaction, fen: 700_00)
        world.deliver()
        world.advance(milliseconds: 24 * 3_600_000)
        let reverse = world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        guard case .settlement(let reversed) = world.reply(reverse) else {
            Issue.record("no outcome")
            return
        }
        #expect(reversed.reversalDate == reversed.businessDate + 1)
        world.audit()
    }

    @Test func aCancelledReservationTakesNothingAndStaysCancelled() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00)
        world.deliver()
        let cancel = world.command(.settleCancel(transaction: transaction), at: World.shanghai)
        world.deliver()
        guard case .settlement(let released) = world.reply(cancel) else {
            Issue.record("not cancelled")
            return
        }
        #expect(released.outcome == .released)
        #expect(world.status(world.commit(transaction, fen: 1)) == .reservationCancelled)
        #expect(world.coordination(transaction) == .released)
        #expect(world.balance(.personal(family.mother), at: World.shandong) == 100_00)
        world.audit()
    }

    @Test func theSameRequestGetsTheSameOctets() {
        let family = Family()
        let world = family.world
        let transaction = world.reserve(family.mother, fen: 700_00)
        // Asked again before there is an answer: one transaction, one answer.
        _ = world.reserve(family.mother, fen: 700_00, id: transaction)
        world.deliver()
        let first = world.replies[transaction]?.last
        _ = world.reserve(family.mother, fen: 700_00, id: transaction)
        #expect(first != nil)
        #expect(world.replies[transaction]?.last == first)
        _ = world.reserve(family.mother, fen: 700_01, id: transaction)
        #expect(world.status(transaction) == .idReused)
        let commit = world.commit(transaction, fen: 700_00)
        world.deliver()
        let settled = world.replies[commit]?.last
        _ = world.commit(transaction, fen: 700_00, id: commit)
        #expect(world.replies[commit]?.last == settled)
        #expect(world.balance(.payable(World.shanghai), at: World.guangdong) == 500_00)
        world.audit()
    }

    @Test func careWalletAndPayerInOneProvinceNeedNoWire() {
        let world = World()
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.shandong, to: mother, of: World.shandong, account: 50_00, quota: 40_00)
        let transaction = world.reserve(mother, fen: 30_00, at: World.shandong)
        let commit = world.commit(transaction, fen: 30_00, at: World.shandong)
        #expect(world.waiting.isEmpty)
        #expect(world.status(commit) == nil)
        #expect(world.coordination(transaction, at: World.shandong) == .settled)
        #expect(world.balance(.payable(World.shandong), at: World.shandong) == 30_00)
        #expect(world.balance(.available(relation: son.relation), at: World.shandong) == 10_00)
        world.audit()
    }
}
