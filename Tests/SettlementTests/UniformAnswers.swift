import Domain
import Storage
import Testing
import Wire

@testable import Settlement

/// What a province that tries numbers and wallets is told: the same of whoever it may hear nothing of.
@Suite struct UniformAnswers {
    private let world = World()
    private let payer = World.guangdong
    private let home = World.shandong

    private func propose(
        _ name: RecipientName, relation: Identifier? = nil, from payer: ProvinceCode? = nil
    ) -> RelationAnswer? {
        let from = payer ?? self.payer
        world.waiting = []
        world.tell(
            .relationProposal(
                RelationProposal(
                    relation: relation ?? world.newID(), giver: world.newWallet(),
                    giverRegion: RegionCode(from), kinship: .child, recipient: name,
                    asksAge: true, priority: 0, commitment: world.commitment)), from: from, to: home
        )
        guard case .relationAnswer(let answer) = world.waiting.last?.message else { return nil }
        return answer
    }

    private func box(_ number: String, for relation: Identifier, to province: ProvinceCode? = nil)
        -> RecipientName
    {
        .sealed(
            world.boxes.seal(
                number, born: World.birthdayOfAdults, to: province ?? home, context: relation))
    }

    /// Each has a name for one proposal.
    private func nobodies() -> [(String, Identifier, RecipientName)] {
        let gone = world.person(.resident, in: home, fen: 0, number: "371009")
        world.change(gone, .ended, .resident, at: home)
        let moved = world.person(.resident, in: home, fen: 0, number: "371010")
        world.change(moved, .moved, .resident, at: home)
        let mother = world.person(.resident, in: home, fen: 0, number: "371001")
        let known = world.relation(
            in: World.zhejiang, to: mother, of: home, account: 10_00, quota: 10_00)
        world.deliver()
        let ids = (0..<9).map { _ in world.newID() }
        return [
            ("a number of nobody", ids[0], box("000000", for: ids[0])),
            ("a wallet of nobody", ids[1], .wallet(world.newWallet())),
            ("octets that are no box", ids[2], .sealed([1, 2, 3])),
            ("a box for another relation", ids[3], box("371001", for: ids[4])),
            ("a box for another province", ids[5], box("371001", for: ids[5], to: payer)),
            ("insurance ended, by number", ids[6], box("371009", for: ids[6])),
            ("insurance ended, by wallet", ids[7], .wallet(gone)),
            ("moved away", ids[8], box("371010", for: ids[8])),
            ("the id of the wallet", mother.value, box("371001", for: mother.value)),
            ("a relation of another", known.relation, box("371001", for: known.relation)),
        ]
    }

    @Test func whoeverNothingMayBeToldOfIsNobody() throws {
        for (what, relation, name) in nobodies() {
            let answer = try #require(propose(name, relation: relation), "\(what)")
            #expect(answer.result == .failure(.recipientNotInsured), "\(what)")
            let octets = Message.relationAnswer(answer).encoded()
            let like = Message.relationAnswer(
                RelationAnswer(relation: relation, result: .failure(.recipientNotInsured))
            ).encoded()
            #expect(octets == like, "\(what)")
        }
        world.audit()
    }

    /// So that the answer takes as long: the store is asked the same number of times for as many rows.
    @Test func whoeverIsNotThereIsLookedUpAllTheSame() throws {
        let relation = world.newID()
        _ = world.person(.resident, in: home, fen: 0, number: "371002")
        let found = try lookUps(box("371002", for: relation), relation)
        #expect(found.count >= 2)
        for (what, relation, name) in nobodies() {
            guard case .sealed = name else { continue }
            #expect(try lookUps(name, relation) == found, "\(what)")
        }
    }

    /// How many rows of each kind the store is asked for, in each of its turns.
    private func lookUps(_ name: RecipientName, _ relation: Identifier) throws -> [[Int]] {
        var turns: [[Int]] = []
        var engine = Engine(
            environment: Environment(
                province: home, provinces: Set(world.provinces), sm3: world.sm3,
                rules: world.rules, register: Book.register,
                identities: world.boxes.opener(of: home), seals: WorldSeals(province: home),
                holdEnds: HoldEndCheck(
                    network: "test", verifier: NationalOperators(sm3: world.sm3)),
                controls: world.controls),
            now: world.now)
        let proposal = RelationProposal(
            relation: relation, giver: world.newWallet(), giverRegion: RegionCode(payer),
            kinship: .child, recipient: name, asksAge: true, priority: 0,
            commitment: world.commitment)
        try world.store(home).write { transaction in
            try engine.run([
                .message(.relationProposal(proposal), from: payer, batch: nil)
            ]) { keys, rows in
                turns.append([
                    keys.identities.count, keys.persons.count, keys.grants.count, keys.given.count,
                ])
                try transaction.load(keys, into: &rows)
            }
        }
        return turns
    }

    @Test func whoNamesNobodyHearsNothingOfDocuments() throws {
        let mother = world.person(.resident, in: home, fen: 0)
        let document = world.digest(50)
        func claim(_ wallet: WalletID) -> Status? {
            world.waiting = []
            world.tell(
                .documentClaim(
                    DocumentClaim(withdrawal: world.newID(), wallet: wallet, document: document)),
                from: World.zhejiang, to: home)
            guard case .documentAnswer(let answer) = world.waiting.last?.message else { return nil }
            return answer.status
        }
        #expect(claim(mother) == nil)
        #expect(claim(mother) == .documentUsed)
        #expect(claim(world.newWallet()) == .recipientUnknown)
    }

    // MARK: Beyond the limits

    @Test func whoAskedTooOftenHearsTheSameOfEverybody() throws {
        let mother = world.person(.resident, in: home, fen: 5_00)
        for wallet in [mother, world.newWallet()] {
            world.waiting = []
            let id = world.newID()
            let questions: [PeerQuestion] = [
                .proposal(
                    RelationProposal(
                        relation: id, giver: wallet, giverRegion: RegionCode(payer),
                        kinship: .child, recipient: .wallet(wallet), asksAge: true, priority: 0,
                        commitment: world.commitment)),
                .walletQuery(
                    WalletQuery(
                        transaction: id, wallet: wallet, careRegion: RegionCode(payer),
                        institution: InstitutionCode("H37000000001")!, category: .medicalCare,
                        amount: Fen(1)!, mode: .exact, billDigest: .zero, credential: nil,
                        withoutOwnAccount: false)),
                .documentClaim(
                    DocumentClaim(withdrawal: id, wallet: wallet, document: world.digest(1))),
            ]
            world.run(questions.map { .askedTooOften($0, from: payer) }, at: home)
            #expect(
                world.waiting.map(\.message) == [
                    .relationAnswer(
                        RelationAnswer(relation: id, result: .failure(.askedTooOften))),
                    .walletReply(
                        WalletReply(
                            transaction: id, result: .failure(RefusalReason(.askedTooOften)))),
                    .documentAnswer(
                        DocumentAnswer(
                            withdrawal: id, document: world.digest(1), status: .askedTooOften)),
                ])
            #expect(world.waiting.allSatisfy { $0.to == payer })
            #expect(try world.store(home).read { try $0.grants(wallet) }.isEmpty)
        }
    }

    @Test func whatWasAskedTooOftenEndsAndMayBeAskedAgain() {
        let giver = world.person(.employee, in: payer, fen: 100_00)
        let mother = world.person(.resident, in: home, fen: 0)
        let relation = world.bind(giver, of: payer, to: mother, of: home)
        #expect(world.phase(relation) != nil)
        let refused = world.newID()
        world.command(
            .createRelation(world.order(giver: giver, recipient: mother, of: home)), at: payer,
            id: refused)
        world.waiting = []
        world.tell(
            .relationAnswer(RelationAnswer(relation: refused, result: .failure(.askedTooOften))),
            from: home, to: payer)
        #expect(world.status(refused) == .askedTooOften)
        #expect(world.phase(refused) == .ended)
        let care = World.shanghai
        let transaction = world.reserve(mother, fen: 1_00, at: care)
        world.waiting = []
        world.tell(
            .walletReply(
                WalletReply(
                    transaction: transaction, result: .failure(RefusalReason(.askedTooOften)))),
            from: home, to: care)
        #expect(world.status(transaction) == .askedTooOften)
    }
}
