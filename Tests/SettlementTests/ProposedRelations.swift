import Domain
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// How a relation begins: who is asked, and what is told of whom.
@Suite struct ProposedRelations {
    let world = World()
    let giver: WalletID

    init() { giver = world.person(.employee, in: World.guangdong, fen: 1000_00) }

    @Test func aRecipientOfAnotherProvinceIsAskedAboutAndThenTheRelationIsActive() throws {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let relation = world.command(
            .createRelation(world.order(giver: giver, recipient: mother, of: World.shandong)),
            at: World.guangdong)
        #expect(world.reply(relation) == nil)
        #expect(world.phase(relation) == .proposed)
        #expect(world.setQuota(relation, 1, at: World.guangdong) == .relationNotActive)
        world.deliver()
        guard case .relation(let state) = world.reply(relation) else {
            Issue.record("not told: \(String(describing: world.reply(relation)))")
            return
        }
        #expect(state.phase == .active)
        #expect(WalletID(try #require(Identifier(state.recipient))) == mother)
        #expect(world.grant(relation, of: mother)?.phase == .active)
        #expect(world.grant(relation, of: mother)?.giver == giver)
        world.audit()
    }

    @Test func aRecipientIsFoundByASealedIdentityNumber() {
        let mother = world.person(.resident, in: World.shandong, fen: 0, number: "371001")
        let relation = world.bind(
            giver, of: World.guangdong, toNumber: "371001", of: World.shandong)
        #expect(world.relation(relation, at: World.guangdong)?.recipient == nil)
        world.deliver()
        #expect(world.relation(relation, at: World.guangdong)?.recipient == mother)
        #expect(world.phase(relation) == .active)
        world.setQuota(relation, 100_00, at: World.guangdong)
        world.deliver()
        world.settle(mother, fen: 60_00)
        world.audit()
    }

    @Test func aBoxOpensOnlyWhereAndForWhatItWasSealed() {
        _ = world.person(.resident, in: World.shandong, fen: 0, number: "371001")
        _ = world.person(.resident, in: World.zhejiang, fen: 0, number: "371001")
        let elsewhere = world.bind(
            giver, of: World.guangdong, toNumber: "371001", of: World.zhejiang,
            sealedTo: World.shandong)
        let forAnother = world.bind(
            giver, of: World.guangdong, toNumber: "371001", of: World.shandong,
            context: world.newID())
        let unknown = world.bind(
            giver, of: World.guangdong, toNumber: "000000", of: World.shandong)
        world.deliver()
        // Why nobody was found is not told.
        #expect(world.status(elsewhere) == .recipientNotInsured)
        #expect(world.status(forAnother) == .recipientNotInsured)
        #expect(world.status(unknown) == .recipientNotInsured)
        for relation in [elsewhere, forAnother, unknown] {
            #expect(world.phase(relation) == .ended)
        }
        #expect(world.rejections.isEmpty)
        #expect(world.waiting.isEmpty)
        world.audit()
    }

    @Test func aSealedNumberOfTheGiverIsNoRecipient() {
        let other = world.person(.employee, in: World.guangdong, fen: 1, number: "440001")
        let relation = world.bind(
            other, of: World.guangdong, toNumber: "440001", of: World.guangdong)
        world.deliver()
        #expect(world.status(relation) == .selfRelation)
        world.audit()
    }

    @Test func aNumberIsRegisteredOnce() {
        _ = world.person(.employee, in: World.guangdong, fen: 1, number: "440001")
        let id = world.newID()
        let box = world.boxes.seal(
            "440001", born: World.birthdayOfAdults, to: World.guangdong, context: id)
        world.command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: world.newWallet(), insurance: .resident, balance: 0,
                    sealedIdentity: box)), at: World.guangdong, id: id)
        #expect(world.status(id) == .walletExists)
        world.audit()
    }

    @Test func whatTheRulesRefuseAtHomeNobodyElsewhereIsAskedAbout() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let refused = world.refusal(
            .createRelation(
                world.order(
                    giver: giver, recipient: mother, of: World.shandong, kinship: .parentInLaw)),
            at: World.guangdong)
        #expect(refused == .kinshipNotAllowed)
        #expect(world.waiting.isEmpty)
        world.audit()
    }

    @Test func nobodyIsToldOfARelationToSomebodyWhoIsNotThere() throws {
        let nobody = world.newWallet()
        let relation = world.bind(giver, of: World.guangdong, to: nobody, of: World.shandong)
        #expect(world.status(relation) == .recipientNotInsured)
        let grants = try world.store(World.shandong).read { try $0.grants(nobody) }
        #expect(grants.isEmpty)
        world.audit()
    }

    @Test func whatEndedWhileItWasAskedAboutIsToldWhenTheAnswerComes() {
        let mother = world.person(.resident, in: World.shandong, fen: 0, number: "371001")
        let relation = world.bind(
            giver, of: World.guangdong, toNumber: "371001", of: World.shandong)
        world.deliver(without: "relation_answer")
        #expect(world.grant(relation, of: mother)?.phase == .proposed)
        world.end(relation, at: World.guangdong)
        #expect(world.status(relation) == .relationEnded)
        world.deliver()
        #expect(world.phase(relation) == .ended)
        #expect(world.grant(relation, of: mother)?.phase == .ended)
        world.audit()
    }

    @Test func aProvinceThatDoesNotAnswerForAWeekEndsTheProposal() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let relation = world.command(
            .createRelation(world.order(giver: giver, recipient: mother, of: World.shandong)),
            at: World.guangdong)
        world.deliver(without: "relation_proposal")
        world.advance(days: 7)
        world.wake()
        #expect(world.status(relation) == .participantTimeout)
        world.deliver()
        #expect(world.grant(relation, of: mother)?.phase == .ended)
        world.audit()
    }

    // MARK: One city

    private func resident(of region: RegionCode) -> WalletID {
        world.person(
            .resident,
            in: region.province == World.shandong
                ? World.shandong : World.liaoning, fen: 0, region: region)
    }

    @Test("Z2: of two givers who race for a recipient the first that is heard has them")
    func theFirstProposalHeardWins() {
        let mother = resident(of: Book.zibo)
        let givers = (0..<2).map { _ in
            world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        }
        let ids = givers.map { _ in world.newID() }
        // Both in one batch of one node.
        world.run(
            zip(givers, ids).map { giver, id in
                let command = ServiceRequest.Command.createRelation(
                    world.order(giver: giver, recipient: mother, of: World.shandong))
                return World.input(command, id: id, digest: world.digest(of: command))
            }, at: World.shandong)
        #expect(world.status(ids[0]) == nil)
        #expect(world.phase(ids[0], at: World.shandong) == .active)
        #expect(world.status(ids[1]) == .recipientHasGiver)
        #expect(world.relation(ids[1], at: World.shandong)?.ended?.grounds?.rule.text == "Z2")
        world.audit()
    }

    @Test("Z4: who gives is no recipient, and who receives no giver, each with its own reason")
    func oneWay() {
        let mother = resident(of: Book.zibo)
        let son = world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        let aunt = world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        let first = world.bind(son, of: World.shandong, to: mother, of: World.shandong)
        #expect(world.phase(first, at: World.shandong) == .active)
        let toGiver = world.bind(aunt, of: World.shandong, to: son, of: World.shandong)
        #expect(world.status(toGiver) == .recipientIsGiver)
        let sister = world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        let second = world.bind(aunt, of: World.shandong, to: sister, of: World.shandong)
        #expect(world.phase(second, at: World.shandong) == .active)
        let fromRecipient = world.bind(
            sister, of: World.shandong, to: resident(of: Book.zibo), of: World.shandong)
        #expect(world.status(fromRecipient) == .giverIsRecipient)
        world.audit()
    }

    @Test(
        "Z4: what ended is over at once, whether in one batch or in two", arguments: [true, false])
    func endedGiversMayReceive(_ inOneBatch: Bool) {
        let mother = resident(of: Book.zibo)
        let son = world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        let aunt = world.person(.employee, in: World.shandong, fen: 10_00, region: Book.zibo)
        let first = world.bind(son, of: World.shandong, to: mother, of: World.shandong)
        let second = world.newID()
        let commands: [(ServiceRequest.Command, Identifier)] = [
            (
                .endRelation(relation: first, over: .nationalApp, world.verification),
                world.newID()
            ),
            (
                .createRelation(world.order(giver: aunt, recipient: son, of: World.shandong)),
                second
            ),
        ]
        let inputs = commands.map { World.input($0, id: $1, digest: world.digest(of: $0)) }
        if inOneBatch {
            world.run(inputs, at: World.shandong)
        } else {
            for input in inputs { world.run([input], at: World.shandong) }
        }
        #expect(world.status(second) == nil)
        #expect(world.phase(second, at: World.shandong) == .active)
        world.audit()
    }
}
