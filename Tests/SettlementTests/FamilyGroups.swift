import Domain
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// Family groups (rule G12) in a city whose rules have them.
@Suite struct FamilyGroups {
    let world = World()
    let father: WalletID
    let mother: WalletID

    init() {
        father = world.person(
            .employee, in: World.liaoning, fen: 100_00, region: Book.fuxin, number: "1")
        mother = world.person(
            .employee, in: World.liaoning, fen: 100_00, region: Book.fuxin, number: "2")
    }

    private func bind(_ giver: WalletID, _ recipient: WalletID) -> Identifier {
        world.bind(giver, of: World.liaoning, to: recipient, of: World.liaoning)
    }

    private func agree(_ relation: Identifier, _ wallet: WalletID) {
        world.consent(relation, by: wallet, at: World.liaoning)
        #expect(world.phase(relation, at: World.liaoning) == .active)
    }

    private func members(_ wallet: WalletID) -> [WalletID] {
        guard let group = world.person(wallet, at: World.liaoning)?.group else { return [] }
        return (try? world.store(World.liaoning).read { try $0.family(group) })?.members ?? []
    }

    @Test func aRelationBringsBothIntoOneGroup() {
        let relation = bind(father, mother)
        #expect(world.phase(relation, at: World.liaoning) == .awaitingConsent)
        #expect(members(father).isEmpty)
        agree(relation, mother)
        #expect(members(father) == [father, mother])
        #expect(members(mother) == [father, mother])
        world.audit()
    }

    @Test func membersBindEachOtherWithoutFurtherConsent() {
        agree(bind(father, mother), mother)
        let back = bind(mother, father)
        #expect(world.phase(back, at: World.liaoning) == .active)
        let son = world.person(
            .employee, in: World.liaoning, fen: 0, region: Book.fuxin, number: "3")
        agree(bind(mother, son), son)
        #expect(members(father) == [father, mother, son])
        #expect(world.phase(bind(father, son), at: World.liaoning) == .active)
        world.audit()
    }

    @Test func membersOfTwoGroupsAreNotBound() {
        agree(bind(father, mother), mother)
        let people = (3...4).map { number in
            world.person(
                .employee, in: World.liaoning, fen: 0, region: Book.fuxin, number: "\(number)")
        }
        agree(bind(people[0], people[1]), people[1])
        #expect(world.status(bind(father, people[0])) == .familyGroupOfAnother)
        // Whoever left is free.
        world.command(.leaveFamily(people[0]), at: World.liaoning)
        agree(bind(father, people[0]), people[0])
        #expect(members(people[0]) == [father, mother, people[0]])
        #expect(members(people[1]) == [people[1]])
        world.audit()
    }

    @Test func whoLeavesKeepsTheRelations() throws {
        let relation = bind(father, mother)
        agree(relation, mother)
        let group = try #require(world.person(father, at: World.liaoning)?.group)
        let left = world.command(.leaveFamily(mother), at: World.liaoning)
        guard case .family(let family) = world.reply(left) else {
            Issue.record("not told")
            return
        }
        #expect(family.members.count == 1)
        #expect(members(mother).isEmpty)
        #expect(world.phase(relation, at: World.liaoning) == .active)
        world.command(.leaveFamily(father), at: World.liaoning)
        #expect(try world.store(World.liaoning).read { try $0.family(group) } == nil)
        #expect(
            world.refusal(.leaveFamily(world.newWallet()), at: World.liaoning) == .walletUnknown)
        // Bound again, they are asked again.
        #expect(world.phase(bind(mother, father), at: World.liaoning) == .awaitingConsent)
        world.audit()
    }

    @Test("G11: within a group a child of another province is asked for nothing, and joins none")
    func groupsStayInOneProvince() {
        let child = world.person(.resident, in: World.shandong, fen: 0)
        let relation = world.bind(father, of: World.liaoning, to: child, of: World.shandong)
        #expect(world.phase(relation, at: World.liaoning) == .active)
        #expect(members(father).isEmpty)
        world.audit()
    }
}
