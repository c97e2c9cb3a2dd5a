import Domain
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// What a province says of relations and documents that are none of its business.
@Suite struct LyingProvinces {
    let world = World(
        rules: Book.national([
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases),
            .endsWithInsurance,
        ]))
    let giver: WalletID
    let mother: WalletID
    let relation: Identifier

    init() {
        giver = world.person(.employee, in: World.guangdong, fen: 1000_00)
        mother = world.person(.resident, in: World.shandong, fen: 0, number: "1")
        relation = world.command(
            .createRelation(world.order(giver: giver, recipient: mother, of: World.shandong)),
            at: World.guangdong)
    }

    private func facts(
        _ wallet: WalletID? = nil, region: RegionCode? = nil
    ) -> Message {
        .relationAnswer(
            RelationAnswer(
                relation: relation,
                result: .success(
                    .init(
                        wallet: wallet ?? mother, insurance: .resident, standing: .insured,
                        region: region ?? RegionCode(World.shandong), violation: false, age: 9,
                        givers: 0, gives: false))))
    }

    private var reasons: [String] { world.rejections.map(\.reason) }

    @Test func onlyTheProvinceThatWasAskedAnswers() {
        world.tell(facts(), from: World.zhejiang, to: World.guangdong)
        world.tell(
            .relationAnswer(RelationAnswer(relation: relation, result: .failure(.malformed))),
            from: World.zhejiang, to: World.guangdong)
        #expect(reasons == ["not_asked", "not_asked"])
        #expect(world.phase(relation) == .proposed)
        world.deliver()
        #expect(world.phase(relation) == .awaitingConsent)
        world.audit()
    }

    @Test func theAnswerIsAboutThePersonWhoWasNamedAndThereWhereTheyAre() {
        world.tell(facts(world.newWallet()), from: World.shandong, to: World.guangdong)
        world.tell(
            facts(region: RegionCode(World.guangdong)), from: World.shandong, to: World.guangdong)
        #expect(reasons == ["answer_of_another_person", "answer_of_another_person"])
        #expect(world.phase(relation) == .proposed)
        world.deliver()
        world.tell(facts(), from: World.shandong, to: World.guangdong)
        #expect(reasons.last == "not_asked")
        #expect(world.phase(relation) == .awaitingConsent)
        world.audit()
    }

    @Test func aStrangerCannotConsent() {
        world.deliver()
        let consent = Message.relationConsent(
            RelationConsent(
                relation: relation, accepted: true, verification: world.verification))
        world.tell(consent, from: World.zhejiang, to: World.guangdong)
        #expect(reasons == ["not_asked"])
        #expect(world.phase(relation) == .awaitingConsent)
        let stranger = world.person(.resident, in: World.shandong, fen: 0)
        #expect(world.status(world.consent(relation, by: stranger)) == .relationUnknown)
        #expect(
            world.status(world.consent(relation, by: mother, at: World.zhejiang))
                == .relationUnknown)
        world.audit()
    }

    @Test func aConsentBeforeTheAnswerIsNone() {
        world.tell(
            .relationConsent(
                RelationConsent(
                    relation: relation, accepted: true, verification: world.verification)),
            from: World.shandong, to: World.guangdong)
        #expect(reasons == ["not_asked"])
        world.deliver()
        #expect(world.phase(relation) == .awaitingConsent)
        world.audit()
    }

    @Test func aConsentWithoutVerificationChangesNothing() {
        world.deliver()
        world.tell(
            .relationConsent(
                RelationConsent(relation: relation, accepted: true, verification: nil)),
            from: World.shandong, to: World.guangdong)
        #expect(reasons == ["consent_without_verification"])
        #expect(world.phase(relation) == .awaitingConsent)
        world.audit()
    }

    @Test func onlyTheRecipientsProvinceSaysThatTheirInsuranceEnded() {
        world.deliver()
        world.consent(relation, by: mother)
        world.deliver()
        world.setQuota(relation, 500_00, at: World.guangdong)
        world.tell(
            .recipientChange(RecipientChange(relation: relation, standing: .ended)),
            from: World.zhejiang, to: World.guangdong)
        #expect(reasons == ["not_of_this_relation"])
        #expect(world.phase(relation) == .active)
        world.deliver()
        world.audit()
    }

    @Test func aGiverOfAnotherProvinceIsNobodysToPropose() {
        world.waiting = []
        world.tell(
            .relationProposal(
                RelationProposal(
                    relation: world.newID(), giver: giver,
                    giverRegion: RegionCode(World.guangdong), kinship: .child,
                    recipient: .wallet(mother), asksAge: true, priority: 0)),
            from: World.zhejiang, to: World.shandong)
        guard case .relationAnswer(let answer) = world.waiting.first?.message else {
            Issue.record("no answer")
            return
        }
        #expect(answer.result == .failure(.malformed))
        world.audit()
    }

    @Test func theIdOfARelationIsItsPayers() {
        world.deliver()
        world.tell(
            .relationProposal(
                RelationProposal(
                    relation: relation, giver: giver, giverRegion: RegionCode(World.zhejiang),
                    kinship: .child, recipient: .wallet(mother), asksAge: true, priority: 0)),
            from: World.zhejiang, to: World.shandong)
        guard case .relationAnswer(let answer) = world.waiting.last?.message else {
            Issue.record("no answer")
            return
        }
        #expect(answer.result == .failure(.relationOfAnother))
        #expect(world.grant(relation, of: mother)?.payer == World.guangdong)
        world.audit()
    }

    @Test func aNoticeOfAnotherProvinceEndsNothing() {
        world.deliver()
        world.tell(
            .quotaNotice(
                QuotaNotice(
                    relation: relation, wallet: mother, available: .zero, phase: .ended,
                    granted: world.now, version: 99, giver: giver,
                    giverRegion: RegionCode(World.guangdong), kinship: .child, priority: 0,
                    consentUntil: nil, status: nil, uses: [])), from: World.zhejiang,
            to: World.shandong)
        #expect(reasons == ["notice_of_another_province"])
        #expect(world.grant(relation, of: mother)?.phase == .awaitingConsent)
        world.audit()
    }

    @Test func onePayersProposalsForOnePersonAreLimited() throws {
        for _ in 0..<40 {
            world.tell(
                .relationProposal(
                    RelationProposal(
                        relation: world.newID(), giver: world.newWallet(),
                        giverRegion: RegionCode(World.zhejiang), kinship: .child,
                        recipient: .wallet(mother), asksAge: false, priority: 0)),
                from: World.zhejiang, to: World.shandong)
        }
        let answers = world.waiting.compactMap { waiting -> RelationAnswer? in
            if case .relationAnswer(let answer) = waiting.message { answer } else { nil }
        }
        #expect(
            answers.filter { $0.result == .failure(.tooManyRelations) }.count
                == 40 - Limits.grantsOfOnePayerMax)
        world.deliver()
        #expect(world.phase(relation) == .awaitingConsent)
        world.audit()
    }

    @Test func aDocumentAnswerThatWasNotAskedForDecidesNothing() {
        world.rules = WithdrawalStates.rules
        world.command(
            .setCardAccount(wallet: giver, bank: "ICBC", account: "1"), at: World.guangdong)
        let id = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: giver, amount: 5_00, reason: .premium,
                    document: .init(
                        digest: world.digest(9), amount: 5_00, user: mother,
                        userProvince: World.shandong), userKinship: .parent,
                    commitmentDigest: world.digest(1))),
            at: World.guangdong)
        for (province, document) in [(World.zhejiang, UInt8(9)), (World.shandong, 8)] {
            world.tell(
                .documentAnswer(
                    DocumentAnswer(
                        withdrawal: id, document: world.digest(document), status: nil)),
                from: province, to: World.guangdong)
        }
        #expect(reasons == ["not_asked", "not_asked"])
        #expect(world.withdrawal(id, at: World.guangdong)?.state == .claiming)
        world.deliver()
        #expect(world.withdrawal(id, at: World.guangdong)?.state == .approved)
        // Nor does anyone else give the document back.
        for (province, withdrawal) in [
            (World.zhejiang, id), (World.guangdong, world.newID()),
        ] {
            world.tell(
                .documentRelease(
                    DocumentRelease(withdrawal: withdrawal, document: world.digest(9))),
                from: province, to: World.shandong)
        }
        #expect(reasons.suffix(2).allSatisfy { $0 == "not_claimed_by_this_withdrawal" })
        world.audit()
    }
}
