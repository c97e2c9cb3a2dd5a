import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// What comes of inputs does not depend on how they share a round of the node.
@Suite struct SharedRounds {
    /// Runs the commands at one node, together or one after the other, and delivers at the end.
    private func run(
        _ commands: [ServiceRequest.Command], _ isTogether: Bool, in world: World,
        at province: ProvinceCode
    ) -> [Identifier] {
        let ids = commands.map { _ in world.newID() }
        let inputs = zip(commands, ids).map { command, id in
            World.input(command, id: id, digest: world.digest(of: command))
        }
        if isTogether {
            world.run(inputs, at: province)
        } else {
            for input in inputs { world.run([input], at: province) }
        }
        world.deliver()
        return ids
    }

    @Test(
        "Z2: a relation that is refused leaves the one place to the next",
        arguments: [true, false])
    func refusedAndValid(_ isTogether: Bool) {
        let world = World()
        let mother = world.person(.resident, in: World.shandong, fen: 0, region: Book.zibo)
        let commands = [Kinship.sibling, .parent].map { kinship in
            ServiceRequest.Command.createRelation(
                world.order(
                    giver: world.person(
                        .employee, in: World.shandong, fen: 1000_00, region: Book.zibo),
                    recipient: mother, of: World.shandong, kinship: kinship))
        }
        let ids = run(commands, isTogether, in: world, at: World.shandong)
        #expect(ids.map { world.status($0) } == [.kinshipNotAllowed, nil])
        #expect(
            ids.map { world.grant($0, of: mother)?.phase } == [.ended, .active])
        world.audit()
    }

    @Test("a quota that was just set is there to be held", arguments: [true, false])
    func setAndHeld(_ isTogether: Bool) {
        let world = World()
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let son = world.relation(
            in: World.shandong, to: mother, of: World.shandong, account: 1000_00, quota: 0)
        let commands: [ServiceRequest.Command] = [
            .setQuota(relation: son.relation, available: 100_00),
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: mother, walletProvince: World.shandong,
                    institution: Book.institution(.medical, in: RegionCode(World.shandong)),
                    category: .medicalCare, amount: 50_00, mode: .exact,
                    holdMilliseconds: 60_000, withoutOwnAccount: false,
                    bill: world.bill(mother, fen: 50_00))),
        ]
        let ids = run(commands, isTogether, in: world, at: World.shandong)
        #expect(ids.map { world.status($0) } == [nil, nil])
        #expect(world.coordination(ids[1], at: World.shandong) == .reserved)
        #expect(
            world.balance(.available(relation: son.relation), at: World.shandong) == 50_00)
        world.audit()
    }

    @Test("N7: what has ended makes room for the next relation", arguments: [true, false])
    func endedAndMade(_ isTogether: Bool) {
        let world = World(rules: Book.national([]))
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let givers = (0...Limits.grantsOfOnePayerMax).map { _ in
            world.person(.employee, in: World.guangdong, fen: 100)
        }
        let relations = givers.dropLast().map {
            world.bind($0, of: World.guangdong, to: mother, of: World.shandong)
        }
        #expect(relations.allSatisfy { world.phase($0) == .active })
        let order = world.order(
            giver: givers[Limits.grantsOfOnePayerMax], recipient: mother, of: World.shandong)
        let commands: [ServiceRequest.Command] = [
            .endRelation(relation: relations[0], over: .nationalApp, world.verification),
            .createRelation(order),
        ]
        let ids = run(commands, isTogether, in: world, at: World.guangdong)
        #expect(ids.map { world.status($0) } == [nil, nil])
        #expect(world.phase(ids[1]) == .active)
        world.audit()
    }
}
