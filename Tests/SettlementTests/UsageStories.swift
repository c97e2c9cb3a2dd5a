import Domain
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// Who sees which settled draws (rule G15).
@Suite struct UsageStories {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)
    let daughter: (relation: Identifier, giver: WalletID)
    let hospital = Book.institution(.medical, in: RegionCode(World.shanghai))

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 100_00)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
        world.advance(milliseconds: 10)
        daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.shandong, account: 800_00, quota: 300_00)
    }

    private func amounts(_ usages: [Usage]) -> [Identifier: Int64] {
        Dictionary(uniqueKeysWithValues: usages.map { ($0.key.source, $0.amount.value) })
    }

    private var received: [Usage] { world.usage(.recipient(mother), at: World.shandong) }
    private var given: [Usage] { world.usage(.giver(son.giver), at: World.guangdong) }
    private var owed: [Usage] { world.usage(.institution(hospital), at: World.shanghai) }

    @Test func eachSideHasTheDrawsThatAreItsOwn() {
        let transaction = world.settle(mother, fen: 650_00)
        #expect(amounts(given) == [son.relation: 500_00])
        #expect(given.first?.other == mother)
        #expect(
            amounts(world.usage(.giver(daughter.giver), at: World.zhejiang))
                == [daughter.relation: 50_00])
        let all = [
            mother.value: Int64(100_00), son.relation: 500_00, daughter.relation: 50_00,
        ]
        #expect(amounts(received) == all)
        #expect(received.first { $0.key.source == mother.value }?.other == nil)
        #expect(received.first { $0.key.source == son.relation }?.other == son.giver)
        #expect(amounts(owed) == all)
        for usage in given + received + owed {
            #expect(usage.key.transaction == transaction)
            #expect(usage.reversalDate == nil)
            #expect(usage.care == World.shanghai)
            #expect(usage.institution == hospital)
        }
        world.audit()
    }

    @Test func whatIsReversedIsKeptWithTheDayOfItsReversal() {
        let transaction = world.settle(mother, fen: 650_00)
        world.advance(days: 1)
        world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        let day = BusinessDate(at: world.now)
        for usages in [given, received, owed] {
            #expect(!usages.isEmpty)
            #expect(usages.allSatisfy { $0.reversalDate == day })
        }
        #expect(received.count == 3)
        world.audit()
    }

    @Test func aDrawThatCameToNothingIsNoUse() {
        let transaction = world.reserve(mother, fen: 650_00)
        world.deliver()
        _ = world.commit(transaction, fen: 80_00)
        world.deliver()
        #expect(amounts(received) == [mother.value: 80_00])
        #expect(given.isEmpty)
        #expect(amounts(owed) == [mother.value: 80_00])
        world.audit()
    }

    @Test func ownMoneyAloneIsTheRecipientsUse() {
        let mine = world.settle(mother, fen: 60_00)
        world.command(.settleReverse(transaction: mine), at: World.shanghai)
        world.deliver()
        #expect(received.map(\.reversalDate) == [BusinessDate(at: world.now)])
        #expect(received.first?.insured == World.shandong)
        world.audit()
    }

    @Test func aCommitAndItsReversalInOneRoundAreOneRecord() {
        let transaction = world.reserve(mother, fen: 300_00, withoutOwnAccount: true)
        world.deliver()
        _ = world.commit(transaction, fen: 300_00)
        world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        let both = world.waiting.filter { $0.to == World.guangdong }
        world.waiting = []
        world.run(
            both.map { .message($0.message, from: $0.from, batch: nil) }, at: World.guangdong)
        world.deliver()
        #expect(received.map(\.amount.value) == [300_00])
        #expect(received.first?.reversalDate != nil)
        #expect(given == given.filter { $0.reversalDate != nil })
        world.audit()
    }

    /// One notice tells of 256; what is more comes in further ones, and none is lost.
    @Test func manyUsesOfOneRelationInOneRoundAreAllTold() {
        let count = Limits.noticeUsesMax + 44
        world.setQuota(daughter.relation, 0, at: World.zhejiang)
        world.deliver()
        let transactions = (0..<count).map { _ in
            world.reserve(mother, fen: 1_00, withoutOwnAccount: true)
        }
        world.deliver()
        for transaction in transactions { _ = world.commit(transaction, fen: 1_00) }
        let commits = world.waiting
        world.waiting = []
        world.run(
            commits.map { .message($0.message, from: $0.from, batch: nil) }, at: World.guangdong)
        let notices = world.waiting.compactMap { waiting -> QuotaNotice? in
            if case .quotaNotice(let notice) = waiting.message { notice } else { nil }
        }
        #expect(notices.map(\.uses.count) == [256, 44])
        #expect(notices.map(\.version.self)[0] + 1 == notices.last?.version)
        world.deliver()
        #expect(received.count == count)
        #expect(given.count == count)
        #expect(
            world.grant(son.relation, of: mother)?.available.value == 500_00 - Int64(count) * 100)
        world.audit()
    }

    @Test func anEndedRelationStillTellsOfItsLastUses() {
        let transaction = world.reserve(mother, fen: 300_00, withoutOwnAccount: true)
        world.deliver()
        world.end(son.relation, at: World.guangdong)
        _ = world.commit(transaction, fen: 200_00)
        world.deliver()
        #expect(amounts(received) == [son.relation: 200_00])
        world.command(.settleReverse(transaction: transaction), at: World.shanghai)
        world.deliver()
        #expect(received.first?.reversalDate != nil)
        world.audit()
    }

    @Test func recordsAreFoundByInsuredProvinceCategoryAndYear() throws {
        world.settle(mother, fen: 650_00)
        world.advance(days: 153)
        world.settle(mother, fen: 20_00)
        func ask(
            _ insured: ProvinceCode? = nil, _ category: Category? = nil, _ year: Int? = nil
        ) throws -> Int {
            try world.store(World.shandong).read {
                try $0.usage(
                    UsageQuestion(
                        subject: .recipient(mother), insured: insured, category: category,
                        year: year))
            }.records.count
        }
        #expect(try ask() == 4)
        #expect(try ask(World.guangdong) == 1)
        #expect(try ask(World.zhejiang, .medicalCare, 2027) == 1)
        #expect(try ask(nil, .pharmacy) == 0)
        #expect(try ask(nil, nil, 2026) == 3)
        world.audit()
    }
}
