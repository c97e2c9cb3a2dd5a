import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// What reviews found, each as a story of its own.
@Suite struct ReviewFindings {
    let world = World()
    let mother: WalletID

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0, number: "1")
    }

    private func relation() -> (relation: Identifier, giver: WalletID) {
        world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
    }

    // MARK: Usage

    @Test(
        "G15: a notice of what was never proposed writes no usage",
        arguments: RelationPhase.allCases)
    func forgedUsage(_ phase: RelationPhase) {
        let daughter = world.person(.employee, in: World.shandong, fen: 1000_00)
        let transaction = world.settle(daughter, fen: 100_00)
        let before = world.usage(.recipient(daughter), at: World.shandong)
        #expect(before.map(\.amount) == [Fen(100_00)!])
        let zhejiang = RegionCode(World.zhejiang)
        for relation in [daughter.value, world.newID()] {
            world.tell(
                .quotaNotice(
                    QuotaNotice(
                        relation: relation, wallet: daughter, available: .zero, phase: phase,
                        granted: world.now, version: 1, giver: world.newWallet(),
                        giverRegion: zhejiang, kinship: .child, priority: 0, consentUntil: nil,
                        status: nil,
                        uses: [
                            Use(
                                transaction: transaction, care: World.zhejiang,
                                institution: Book.institution(.medical, in: zhejiang),
                                category: .medicalCare, amount: Fen(1)!,
                                date: BusinessDate(at: world.now), reversalDate: nil)
                        ])), from: World.zhejiang, to: World.shandong)
        }
        #expect(world.usage(.recipient(daughter), at: World.shandong) == before)
        #expect(world.rejections.map(\.reason) == ["not_proposed", "not_proposed"])
        world.audit()
    }

    private func propose(
        _ relation: Identifier, asksAge: Bool = true, _ giver: WalletID? = nil,
        to recipient: WalletID? = nil
    ) -> Result<RelationAnswer.Facts, Status>? {
        world.waiting = []
        world.tell(
            .relationProposal(
                RelationProposal(
                    relation: relation, giver: giver ?? world.newWallet(),
                    giverRegion: RegionCode(World.guangdong), kinship: .child,
                    recipient: .wallet(recipient ?? mother), asksAge: asksAge, priority: 0)),
            from: World.guangdong, to: World.shandong)
        guard case .relationAnswer(let answer) = world.waiting.last?.message else { return nil }
        world.waiting = []
        return answer.result
    }

    @Test func theIdOfAWalletIsNoRelation() {
        #expect(propose(mother.value) == .failure(.malformed))
        #expect(world.grant(mother.value, of: mother) == nil)
        world.audit()
    }

    // MARK: What is told of a person

    @Test("W12: the age is told only if the rules that this side knows of ask for it")
    func age() throws {
        let asking: [Check] = [
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases)
        ]
        let books: [(RuleBook, Int?)] = [
            (Book.national([]), nil), (Book.book([]), nil), (Book.national(asking), 66),
            // Inside of Shandong it is asked; this giver is from Guangdong.
            (Book.book([(.national, []), (RegionCode(World.shandong), asking)]), nil),
            (Book.book([(.national, asking), (RegionCode(World.shandong), [])]), 66),
        ]
        for (book, expected) in books {
            world.rules = book
            let facts = try #require(try propose(world.newID())?.get())
            #expect(facts.age == expected)
            let unasked = try #require(try propose(world.newID(), asksAge: false)?.get())
            #expect(unasked.age == nil)
        }
        world.audit()
    }

    @Test func ofAnEndedRelationNothingIsToldAgain() {
        let son = relation()
        world.end(son.relation, at: World.guangdong)
        world.deliver()
        #expect(propose(son.relation, son.giver) == .failure(.relationEnded))
        #expect(world.grant(son.relation, of: mother)?.phase == .ended)
        world.audit()
    }

    // MARK: The recipient's word

    @Test(
        "N11: a recipient declines what is active, and the quota goes back",
        arguments: [false, true])
    func declined(_ isSuspended: Bool) {
        world.enforce([.giverNotSuspended])
        let son = relation()
        if isSuspended { world.change(son.giver, .suspended, at: World.guangdong) }
        world.deliver()
        let consent = world.consent(son.relation, by: mother, accepted: false, verified: false)
        #expect(world.reply(consent) == nil)
        world.deliver()
        guard case .wallet(let wallet) = world.reply(consent) else {
            Issue.record("not answered")
            return
        }
        #expect(
            wallet.received.map { UInt8($0.phase.rawValue) } == [RelationPhase.ended.rawValue])
        #expect(world.phase(son.relation) == .ended)
        #expect(
            world.relation(son.relation, at: World.guangdong)?.ended?.status == .consentDeclined)
        #expect(world.grant(son.relation, of: mother)?.status == .consentDeclined)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 1000_00)
        #expect(
            world.status(world.consent(son.relation, by: mother, accepted: false))
                == .relationEnded)
        world.audit()
    }

    @Test func aNoticeThatCrossesADeclineDoesNotAnswerIt() {
        let son = relation()
        #expect(world.setQuota(son.relation, 600_00, at: World.guangdong) == nil)
        let decline = world.consent(son.relation, by: mother, accepted: false, verified: false)
        world.deliver()
        guard case .wallet(let wallet) = world.reply(decline) else {
            Issue.record("not answered")
            return
        }
        #expect(
            wallet.received.map { UInt8($0.phase.rawValue) } == [RelationPhase.ended.rawValue])
        world.audit()
    }

    @Test("N11: what is held when the recipient declines ends by its own outcome")
    func declinedWithHoldsOpen() {
        let son = relation()
        let transactions = (0..<2).map { _ in world.reserve(mother, fen: 100_00) }
        world.deliver()
        world.consent(son.relation, by: mother, accepted: false)
        world.deliver()
        #expect(world.phase(son.relation) == .ending)
        #expect(world.grant(son.relation, of: mother)?.phase == .ending)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 800_00)
        world.audit()
        _ = world.commit(transactions[0], fen: 60_00)
        world.command(.settleCancel(transaction: transactions[1]), at: World.shanghai)
        world.deliver()
        #expect(transactions.map { world.coordination($0) } == [.settled, .released])
        #expect(world.phase(son.relation) == .ended)
        #expect(world.grant(son.relation, of: mother)?.status == .consentDeclined)
        #expect(world.balance(.personal(son.giver), at: World.guangdong) == 940_00)
        world.audit()
    }

    @Test func thereIsSomethingToAcceptOnlyWhileItIsAsked() {
        let son = relation()
        #expect(world.status(world.consent(son.relation, by: mother)) == .nothingAwaited)
        #expect(world.phase(son.relation) == .active)
        world.audit()
    }

    // MARK: One place within a city

    @Test("Z2: a giver elsewhere does not take a recipient's one place in Zibo")
    func onePlace() {
        let mother = world.person(.resident, in: World.shandong, fen: 0, region: Book.zibo)
        _ = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 100_00, quota: 100_00)
        let givers = (0..<2).map { _ in
            world.person(.employee, in: World.shandong, fen: 100_00, region: Book.zibo)
        }
        let relations = givers.map {
            world.bind($0, of: World.shandong, to: mother, of: World.shandong)
        }
        #expect(world.phase(relations[0], at: World.shandong) == .active)
        #expect(world.status(relations[1]) == .recipientHasGiver)
        world.audit()
    }

    @Test("Z4: whoever receives from elsewhere still gives in Zibo, who receives there does not")
    func oneWay() {
        func person(_ insurance: Insurance) -> WalletID {
            world.person(insurance, in: World.shandong, fen: 100_00, region: Book.zibo)
        }
        func bind(_ giver: WalletID, _ recipient: WalletID) -> Identifier {
            world.bind(giver, of: World.shandong, to: recipient, of: World.shandong)
        }
        let (daughter, child) = (person(.employee), person(.resident))
        _ = world.relation(
            in: World.guangdong, to: daughter, of: World.shandong, account: 100_00,
            quota: 100_00)
        #expect(world.phase(bind(daughter, child), at: World.shandong) == .active)
        let aunt = person(.employee)
        #expect(world.phase(bind(person(.employee), aunt), at: World.shandong) == .active)
        #expect(world.status(bind(aunt, person(.resident))) == .giverIsRecipient)
        world.audit()
    }

    // MARK: What is still to come

    /// Runs `body` with a clock that is `late` milliseconds ahead, as a client's may be.
    private func ahead<T>(_ late: Int64, _ body: () -> T) -> T {
        world.advance(milliseconds: late)
        defer { world.advance(milliseconds: -late) }
        return body()
    }

    @Test(
        "Z5: nobody was verified at a time that is still to come",
        arguments: [(Int64(0), nil), (Int64(1), Status.verificationInFuture)])
    func verifiedInTheFuture(_ beyond: Int64, _ expected: Status?) {
        world.enforce([
            .verification(VerificationMethod.allCases, withinDays: 30),
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases),
        ])
        let giver = world.person(.employee, in: World.guangdong, fen: 100_00)
        let late = Limits.clockSkewMillisecondsMax + beyond
        let order = ahead(late) { world.order(giver: giver, recipient: mother, of: World.shandong) }
        let verification = ahead(late) { world.verification }
        let create = world.command(.createRelation(order), at: World.guangdong)
        world.deliver()
        #expect(world.status(create) == expected)
        let relation =
            expected == nil
            ? create : world.bind(giver, of: World.guangdong, to: mother, of: World.shandong)
        #expect(world.phase(relation) == .awaitingConsent)
        let consent = world.command(
            .consent(relation: relation, wallet: mother, accepted: true, verification),
            at: World.shandong)
        world.deliver()
        #expect(world.status(consent) == expected)
        #expect(world.phase(relation) == (expected == nil ? .active : .awaitingConsent))
        #expect(
            world.refusal(
                .endRelation(relation: relation, over: .nationalApp, verification),
                at: World.guangdong) == expected)
        world.deliver()
        #expect((world.phase(relation) == .ended) == (expected == nil))
        world.audit()
    }

    @Test(arguments: [(Int64(0), nil), (Int64(1), Status.birthInFuture)])
    func nobodyIsInsuredBeforeTheirBirth(_ days: Int64, _ expected: Status?) {
        let id = world.newID()
        let born = ahead(days * 24 * 3_600_000) { BusinessDate(at: world.now) }
        let wallet = world.newWallet()
        world.command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: wallet, insurance: .resident, balance: 0, region: nil,
                    sealedIdentity: world.boxes.seal(
                        "2", born: born, to: World.shandong, context: id))),
            at: World.shandong, id: id)
        #expect(world.status(id) == expected)
        #expect((world.person(wallet, at: World.shandong) != nil) == (expected == nil))
        world.audit()
    }
}
