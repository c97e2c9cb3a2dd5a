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
            .withdraw(wallet: wallet, amount: amount),
            .settleCommit(transaction: world.newID(), final: amount),
        ] {
            #expect(world.status(world.command(command, at: World.guangdong)) == status)
        }
        #expect(world.status(world.reserve(wallet, fen: amount)) == status)
        #expect(world.balance(.personal(wallet), at: World.guangdong) == 100)
    }

    @Test("N3 N4 N6: who can make a relation")
    func relationsAreRefusedInOrder() {
        let giver = world.person(.employee, in: World.guangdong, fen: 100)
        let resident = world.person(.resident, in: World.guangdong, fen: 0)
        let mother = world.newWallet()
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
                    giver: resident, recipient: mother, of: World.shandong, kinship: nil),
                .giverNotEmployeeInsured
            ),
            (
                world.order(
                    giver: giver, recipient: mother, of: World.shandong, kinship: nil,
                    commitment: false), .kinshipNotAllowed
            ),
            (
                world.order(
                    giver: giver, recipient: giver, of: World.guangdong, commitment: false),
                .commitmentMissing
            ),
            (
                world.order(giver: giver, recipient: giver, of: World.guangdong),
                .selfRelation
            ),
        ]
        for (order, expected) in cases {
            #expect(
                world.status(world.command(.createRelation(order), at: World.guangdong))
                    == expected)
        }
    }

    @Test("N2 N8: what is set as quota the giver can no longer use")
    func quotaIsTakenFromTheGiver() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 100_00, quota: 60_00)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 40_00)
        let withdraw = ServiceRequest.Command.withdraw(wallet: son.giver, amount: 40_01)
        #expect(
            world.status(world.command(withdraw, at: World.guangdong)) == .insufficientBalance)
        let raise = ServiceRequest.Command.setQuota(relation: son.relation, available: 100_01)
        #expect(
            world.status(world.command(raise, at: World.guangdong)) == .insufficientBalance)
        world.command(.setQuota(relation: son.relation, available: 10_00), at: World.guangdong)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 90_00)
    }

    @Test("N9: received quota cannot be passed on")
    func receivedQuotaIsNotTheRecipientsToGive() {
        let daughter = world.person(.employee, in: World.shandong, fen: 5_00)
        _ = world.relation(
            in: World.guangdong, to: daughter, of: World.shandong, account: 100_00, quota: 100_00)
        let child = world.newWallet()
        let relation = world.command(
            .createRelation(
                world.order(giver: daughter, recipient: child, of: World.zhejiang)),
            at: World.shandong)
        let set = world.command(
            .setQuota(relation: relation, available: 5_01), at: World.shandong)
        #expect(world.status(set) == .insufficientBalance)
        let withdraw = world.command(
            .withdraw(wallet: daughter, amount: 5_01), at: World.shandong)
        #expect(world.status(withdraw) == .insufficientBalance)
    }

    @Test("N7: many recipients of one giver, many givers of one recipient")
    func manyToMany() throws {
        let giver = world.person(.employee, in: World.guangdong, fen: 100_00)
        for _ in 0..<3 {
            let recipient = world.newWallet()
            let relation = world.command(
                .createRelation(
                    world.order(giver: giver, recipient: recipient, of: World.shandong)),
                at: World.guangdong)
            #expect(world.status(relation) == nil)
        }
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        for province in [World.guangdong, World.zhejiang, World.shanghai] {
            _ = world.relation(
                in: province, to: mother, of: World.shandong, account: 10_00, quota: 10_00)
        }
        let grants = try world.store(World.shandong).read { try $0.grants(mother) }
        #expect(grants.count == 3)
    }

    @Test func anEndedRelationTakesNothingMore() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 100_00, quota: 60_00)
        world.command(
            .endRelation(relation: son.relation, over: .nationalApp), at: World.guangdong)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 100_00)
        for command in [
            ServiceRequest.Command.endRelation(relation: son.relation, over: .nationalApp),
            .setQuota(relation: son.relation, available: 1),
        ] {
            #expect(world.status(world.command(command, at: World.guangdong)) == .relationEnded)
        }
        // The wallet does not know yet; the payer province refuses all the same.
        let transaction = world.reserve(mother, fen: 10_00)
        world.deliver { if case .quotaNotice = $0.message { true } else { false } }
        #expect(world.status(transaction) == .relationEnded)
    }
}
