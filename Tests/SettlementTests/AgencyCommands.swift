import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// Accounts, relations and quotas.
@Suite struct AgencyCommands {
    let world = World()

    @Test(arguments: [
        (Int64(0), Status.amountNotPositive), (-1, .amountNotPositive),
        (.min, .amountNotPositive), (Fen.limit.value + 1, .amountTooLarge),
        (.max, .amountTooLarge),
    ])
    func amountsOutOfRangeAreRefused(_ amount: Int64, _ status: Status) {
        let wallet = world.person(.employee, in: World.guangdong, fen: 100)
        for command in [
            ServiceRequest.Command.deposit(wallet: wallet, amount: amount),
            .withdraw(
                ServiceRequest.WithdrawalOrder(wallet: wallet, amount: amount, reason: .other)),
            .settleCommit(transaction: world.newID(), final: amount),
        ] {
            #expect(world.status(world.command(command, at: World.guangdong)) == status)
        }
        #expect(world.status(world.reserve(wallet, fen: amount)) == status)
        #expect(world.balance(.personal(wallet), at: World.guangdong) == 100)
        world.audit()
    }

    @Test("N3 N4 N6: who can make a relation")
    func relationsAreRefusedInOrder() {
        let giver = world.person(.employee, in: World.guangdong, fen: 100)
        let resident = world.person(.resident, in: World.guangdong, fen: 0)
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let cases: [(ServiceRequest.RelationOrder, Status)] = [
            (
                world.order(
                    giver: world.newWallet(), recipient: mother, of: ProvinceCode(650_000),
                    over: nil), .malformed
            ),
            (
                world.order(
                    giver: world.newWallet(), recipient: mother, of: ProvinceCode(650_000)),
                .unknownProvince
            ),
            (
                world.order(
                    giver: world.newWallet(), recipient: mother, of: World.shandong),
                .walletUnknown
            ),
            (
                world.order(
                    giver: resident, recipient: resident, of: World.guangdong, kinship: nil),
                .kinshipNotAllowed
            ),
            (
                world.order(giver: giver, recipient: giver, of: World.guangdong),
                .selfRelation
            ),
            (
                world.order(
                    giver: resident, recipient: mother, of: World.shandong,
                    kinship: .parentInLaw, commitment: false), .giverNotEmployeeInsured
            ),
            (
                world.order(
                    giver: giver, recipient: mother, of: World.shandong,
                    kinship: .parentInLaw, commitment: false), .kinshipNotAllowed
            ),
            (
                world.order(
                    giver: giver, recipient: mother, of: World.shandong, commitment: false,
                    over: .cityPlatform), .commitmentMissing
            ),
            (
                world.order(
                    giver: giver, recipient: mother, of: World.shandong, over: .cityPlatform),
                .channelNotAllowed
            ),
        ]
        for (order, expected) in cases {
            #expect(
                world.status(world.command(.createRelation(order), at: World.guangdong))
                    == expected)
        }
        world.audit()
    }

    @Test("N2 N8: what is set as quota the giver can no longer use")
    func quotaIsTakenFromTheGiver() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.shandong, to: mother, of: World.shandong, account: 100_00, quota: 60_00,
            region: Book.weihai)
        #expect(world.balance(.personal(son.giver), at: World.shandong) == 40_00)
        world.command(
            .setCardAccount(wallet: son.giver, bank: "ICBC", account: "6222"),
            at: World.shandong)
        let withdraw = ServiceRequest.Command.withdraw(
            ServiceRequest.WithdrawalOrder(
                wallet: son.giver, amount: 40_01, reason: .other,
                commitmentDigest: world.digest(1)))
        #expect(world.refusal(withdraw, at: World.shandong) == .insufficientBalance)
        #expect(world.setQuota(son.relation, 100_01, at: World.shandong) == .insufficientBalance)
        #expect(world.setQuota(son.relation, 10_00, at: World.shandong) == nil)
        #expect(world.balance(.personal(son.giver), at: World.shandong) == 90_00)
        world.audit()
    }

    @Test("N9: received quota cannot be passed on")
    func receivedQuotaIsNotTheRecipientsToGive() {
        let daughter = world.person(.employee, in: World.shandong, fen: 5_00)
        _ = world.relation(
            in: World.guangdong, to: daughter, of: World.shandong, account: 100_00, quota: 100_00)
        let child = world.person(.resident, in: World.zhejiang, fen: 0)
        let relation = world.bind(
            daughter, of: World.shandong, to: child, of: World.zhejiang)
        #expect(world.phase(relation, at: World.shandong) == .active)
        #expect(world.setQuota(relation, 5_01, at: World.shandong) == .quotaNotPassedOn)
        #expect(world.setQuota(relation, 5_00, at: World.shandong) == nil)
        world.deliver()
        #expect(world.balance(.personal(daughter), at: World.shandong) == 0)
        world.audit()
    }

    @Test("N7: many recipients of one giver, many givers of one recipient")
    func manyToMany() throws {
        let giver = world.person(.employee, in: World.guangdong, fen: 100_00)
        for _ in 0..<3 {
            let recipient = world.person(.resident, in: World.shandong, fen: 0)
            let relation = world.bind(
                giver, of: World.guangdong, to: recipient, of: World.shandong)
            #expect(world.phase(relation) == .active)
        }
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        for province in [World.guangdong, World.zhejiang, World.shanghai] {
            _ = world.relation(
                in: province, to: mother, of: World.shandong, account: 10_00, quota: 10_00)
        }
        let grants = try world.store(World.shandong).read { try $0.grants(mother) }
        #expect(grants.count == 3)
        world.audit()
    }

    @Test func anEndedRelationTakesNothingMore() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 100_00, quota: 60_00)
        world.end(son.relation, at: World.guangdong)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 100_00)
        for command in [
            ServiceRequest.Command.endRelation(
                relation: son.relation, over: .nationalApp, world.verification),
            .setQuota(relation: son.relation, available: 1),
        ] {
            #expect(world.status(world.command(command, at: World.guangdong)) == .relationEnded)
        }
        // The wallet does not know yet; the payer province refuses all the same.
        let transaction = world.reserve(mother, fen: 10_00)
        world.deliver { if case .quotaNotice = $0.message { true } else { false } }
        #expect(world.status(transaction) == .relationEnded)
        world.audit()
    }
}
