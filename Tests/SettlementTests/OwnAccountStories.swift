import Domain
import Ledger
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// The own account and several givers inside one city (rules Z6, S5, S4), and across provinces.
@Suite struct OwnAccountStories {
    let world = World()

    private func draws(_ transaction: Identifier) -> [Int64] {
        guard case .reservation(let reservation) = world.reply(transaction) else { return [] }
        return reservation.draws.map(\.amountFen)
    }

    private func zibo(own: Int64, quota: Int64) -> (mother: WalletID, son: Identifier) {
        let mother = world.person(.resident, in: World.shandong, fen: own, region: Book.zibo)
        let son = world.relation(
            in: World.shandong, to: mother, of: World.shandong, account: 1000_00, quota: quota,
            region: Book.zibo)
        return (mother, son.relation)
    }

    @Test("Z6: the own account is used up first, whatever the client asks for")
    func ownAccountFirst() {
        let (mother, son) = zibo(own: 30_00, quota: 100_00)
        let transaction = world.reserve(
            mother, fen: 50_00, withoutOwnAccount: true, at: World.shandong, region: Book.zibo)
        #expect(draws(transaction) == [30_00, 20_00])
        _ = world.commit(transaction, fen: 50_00, at: World.shandong)
        #expect(world.balance(.personal(mother), at: World.shandong) == 0)
        #expect(world.balance(.available(relation: son), at: World.shandong) == 80_00)
        // Elsewhere the national rules hold, which say nothing of it.
        world.command(.deposit(wallet: mother, amount: 30_00), at: World.shandong)
        let elsewhere = world.reserve(mother, fen: 50_00, withoutOwnAccount: true)
        world.deliver()
        #expect(draws(elsewhere) == [50_00])
        world.audit()
    }

    private func plan(
        _ wallet: WalletID, of province: ProvinceCode, draws: [Draw], in region: RegionCode,
        fen: Int64
    ) -> EncodedPlan {
        world.permit(
            Plan(
                transaction: world.newID(), care: province, wallet: wallet,
                walletProvince: province, institution: Book.institution(.medical, in: region),
                institutionKind: .medical, careRegion: region, category: .medicalCare,
                bill: world.bill(wallet, fen: fen)!, amount: Fen(fen)!, mode: .exact,
                permission: .ofNobody(draws), holdMilliseconds: 60_000))
    }

    private func outcome(_ plan: EncodedPlan, at province: ProvinceCode) -> RefusalReason? {
        world.tell(.reserve(Reserve(plan)), from: province, to: province)
        return try? world.store(province).read {
            try $0.participation(plan.plan.transaction)?.reason
        }
    }

    @Test("Z6: a coordinator that leaves the own account out is refused")
    func cheatingCoordinator() {
        let (mother, son) = zibo(own: 30_00, quota: 100_00)
        func quota(_ fen: Int64) -> Draw {
            Draw(province: World.shandong, source: .quota(relation: son), limit: Fen(fen)!)
        }
        func own(_ fen: Int64) -> Draw {
            Draw(province: World.shandong, source: .ownAccount, limit: Fen(fen)!)
        }
        let cases: [([Draw], Status?)] = [
            ([quota(50_00)], .ownAccountFirst),
            ([own(29_99), quota(20_01)], .ownAccountFirst),
            ([own(30_00), quota(20_00)], nil),
        ]
        for (draws, expected) in cases {
            let reason = outcome(
                plan(mother, of: World.shandong, draws: draws, in: Book.zibo, fen: 50_00),
                at: World.shandong)
            #expect(reason?.status == expected)
            #expect(expected == nil || reason?.grounds?.rule.text == "Z6")
        }
        world.audit()
    }

    @Test("Z6: a fen of a giver elsewhere does not buy the way around the own account")
    func cheatingWithAForeignGiver() {
        let (mother, son) = zibo(own: 30_00, quota: 100_00)
        let daughter = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 10_00, quota: 10_00)
        let reason = outcome(
            plan(
                mother, of: World.shandong,
                draws: [
                    Draw(
                        province: World.shandong, source: .quota(relation: son),
                        limit: Fen(49_99)!),
                    Draw(
                        province: World.guangdong,
                        source: .quota(relation: daughter.relation), limit: Fen(1)!),
                ], in: Book.zibo, fen: 50_00), at: World.shandong)
        #expect(reason?.status == .ownAccountFirst)
        world.audit()
    }

    // MARK: Shenzhen

    private func shenzhen(own: Int64) -> WalletID {
        world.person(.resident, in: World.guangdong, fen: own, region: Book.shenzhen)
    }

    private func giver(of wallet: WalletID, account: Int64, quota: Int64) -> Identifier {
        let giver = world.person(
            .employee, in: World.guangdong, fen: account + quota, region: Book.shenzhen)
        let relation = world.newID()
        let order = ServiceRequest.RelationOrder(
            giver: giver, recipient: .wallet(wallet), recipientProvince: World.guangdong,
            kinship: .child, commitmentDigest: nil, commitmentDate: BusinessDate(at: world.now),
            over: .cityPlatform)
        world.command(.createRelation(order), at: World.guangdong, id: relation)
        #expect(world.setQuota(relation, quota, at: World.guangdong) == nil)
        return relation
    }

    @Test("S5: quota is used only when the own account is empty")
    func onlyWhenEmpty() {
        let mother = shenzhen(own: 10_00)
        let son = giver(of: mother, account: 9000_00, quota: 100_00)
        let transaction = world.reserve(
            mother, of: World.guangdong, fen: 50_00, at: World.guangdong, region: Book.shenzhen)
        #expect(world.status(transaction) == .insufficientQuota)
        let direct = plan(
            mother, of: World.guangdong,
            draws: [
                Draw(province: World.guangdong, source: .ownAccount, limit: Fen(10_00)!),
                Draw(
                    province: World.guangdong, source: .quota(relation: son),
                    limit: Fen(40_00)!),
            ], in: Book.shenzhen, fen: 50_00)
        let reason = outcome(direct, at: World.guangdong)
        #expect(reason?.status == .ownAccountFirst)
        #expect(reason?.grounds?.rule.text == "S5")
        world.settle(
            mother, of: World.guangdong, fen: 10_00, at: World.guangdong, region: Book.shenzhen)
        world.settle(
            mother, of: World.guangdong, fen: 50_00, at: World.guangdong, region: Book.shenzhen)
        #expect(world.balance(.available(relation: son), at: World.guangdong) == 50_00)
        world.audit()
    }

    @Test("S5: a giver elsewhere pays besides the own account, one of the city does not")
    func onlyWhenEmptyWithAForeignGiver() {
        let mother = shenzhen(own: 10_00)
        let son = giver(of: mother, account: 9000_00, quota: 100_00)
        world.advance(milliseconds: 10)
        let daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.guangdong, account: 90_00, quota: 90_00)
        let transaction = world.reserve(
            mother, of: World.guangdong, fen: 60_00, at: World.guangdong, region: Book.shenzhen)
        world.deliver()
        #expect(draws(transaction) == [10_00, 50_00])
        #expect(world.balance(.available(relation: son), at: World.guangdong) == 100_00)
        #expect(
            world.balance(.available(relation: daughter.relation), at: World.zhejiang) == 40_00)
        world.audit()
    }

    @Test("S4: the giver with the largest balance pays first, of equal ones the lower relation")
    func balanceDescending() throws {
        let mother = shenzhen(own: 0)
        let relations = [5000_00, 7000_00, 7000_00].map {
            giver(of: mother, account: $0, quota: 100_00)
        }
        let transaction = world.reserve(
            mother, of: World.guangdong, fen: 250_00, at: World.guangdong, region: Book.shenzhen)
        let plan = try #require(
            try world.store(World.guangdong).read { try $0.coordination(transaction)?.plan })
        #expect(
            plan.plan.draws.map(\.source) == [
                .quota(relation: relations[1]), .quota(relation: relations[2]),
                .quota(relation: relations[0]),
            ])
        #expect(draws(transaction) == [100_00, 100_00, 50_00])
        world.audit()
    }

    @Test(arguments: [DrawOrder.oldestGrantFirst, .giverPriority])
    func otherOrders(_ order: DrawOrder) throws {
        world.rules = Book.national([.drawOrder(order)])
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let relations = [UInt8(2), 1, 3].map { priority in
            world.advance(milliseconds: 10)
            return world.relation(
                in: World.zhejiang, to: mother, of: World.shandong, account: 10_00, quota: 10_00,
                priority: priority
            ).relation
        }
        let transaction = world.reserve(mother, fen: 30_00)
        world.deliver()
        let plan = try #require(
            try world.store(World.shanghai).read { try $0.coordination(transaction)?.plan })
        let expected =
            order == .giverPriority ? [1, 0, 2].map { relations[$0] } : relations
        #expect(plan.plan.draws.map(\.source) == expected.map { .quota(relation: $0) })
        world.audit()
    }
}
