import Domain
import RuleSets
import Testing
import Wire

@testable import Settlement

/// Proof of kinship and the recipient's consent (rules G18, G11), across two provinces.
@Suite struct ConsentStories {
    let world = World(
        rules: Book.national([
            .consent(
                fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases), .kinshipProof,
            .giverNotSuspended,
        ]))
    let giver: WalletID
    let mother: WalletID

    init() {
        giver = world.person(.employee, in: World.guangdong, fen: 1000_00)
        mother = world.person(.resident, in: World.shandong, fen: 0, number: "1")
    }

    private func bind(proof: Bool) -> Identifier {
        world.bind(giver, of: World.guangdong, to: mother, of: World.shandong, proof: proof)
    }

    private func supply(_ relation: Identifier) -> Status? {
        world.refusal(
            .supplyProof(relation: relation, proof: world.digest(4)), at: World.guangdong)
    }

    /// What the recipient's client was shown.
    private func shown(_ consent: Identifier) -> RelationPhase? {
        guard case .wallet(let wallet) = world.reply(consent) else { return nil }
        return wallet.received.first.flatMap { received in
            RelationPhase.allCases.first { $0.rawValue == UInt8(received.phase.rawValue) }
        }
    }

    @Test func whoIsAskedAndAgreesIsBound() {
        let relation = bind(proof: true)
        #expect(world.phase(relation) == .awaitingConsent)
        #expect(world.grant(relation, of: mother)?.consentUntil != nil)
        let consent = world.consent(relation, by: mother)
        #expect(world.reply(consent) == nil)
        world.deliver()
        #expect(shown(consent) == .active)
        #expect(world.phase(relation) == .active)
        #expect(world.relation(relation, at: World.guangdong)?.consent != nil)
        #expect(world.grant(relation, of: mother)?.consentUntil == nil)
        world.audit()
    }

    @Test func aVerificationThatIsStillToComeGivesNoConsent() {
        let relation = bind(proof: true)
        world.deliver()
        func consent(at: Instant) {
            world.tell(
                .relationConsent(
                    RelationConsent(
                        relation: relation, accepted: true,
                        verification: Verification(
                            method: .face, at: at, reference: world.digest(1)))),
                from: World.shandong, to: World.guangdong)
        }
        let latest = world.now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax)
        for at in [
            latest.advanced(byMilliseconds: 1),
            Instant(milliseconds: Limits.instantMillisecondsMax),
        ] {
            consent(at: at)
            #expect(world.phase(relation) == .awaitingConsent)
        }
        #expect(
            world.rejections.map(\.reason)
                == Array(
                    repeating: "verification_from_the_future", count: 2))
        consent(at: latest)
        #expect(world.phase(relation) == .active)
    }

    @Test("G11: under sixteen nobody is asked")
    func childrenAreBoundAtOnce() {
        let child = world.person(
            .resident, in: World.shandong, fen: 0, number: "2", born: World.birthdayOfChildren)
        let relation = world.bind(giver, of: World.guangdong, to: child, of: World.shandong)
        #expect(world.phase(relation) == .active)
        world.audit()
    }

    @Test("W12: without a rule on age nobody tells the age")
    func ageIsToldOnlyWhereItIsAsked() {
        for (rules, age) in [(world.rules, 16), (Book.deployed, nil)] {
            world.rules = rules
            world.command(
                .createRelation(world.order(giver: giver, recipient: mother, of: World.shandong)),
                at: World.guangdong)
            world.deliver(without: "relation_answer")
            guard case .relationAnswer(let answer) = world.waiting.first?.message,
                case .success(let facts) = answer.result
            else {
                Issue.record("no answer")
                return
            }
            #expect(facts.age == age)
            world.waiting = []
        }
        world.audit()
    }

    @Test func whoDeclinesIsNotBound() {
        let relation = bind(proof: true)
        let consent = world.consent(relation, by: mother, accepted: false)
        world.deliver()
        #expect(shown(consent) == .ended)
        #expect(world.phase(relation) == .ended)
        #expect(world.relation(relation, at: World.guangdong)?.ended?.status == .consentDeclined)
        #expect(world.status(world.consent(relation, by: mother)) == .relationEnded)
        world.audit()
    }

    @Test func consentThatComesTooLateIsToldSo() {
        let relation = bind(proof: true)
        let consent = world.consent(relation, by: mother)
        world.advance(days: 3)
        world.deliver()
        #expect(world.status(consent) == .consentExpired)
        #expect(world.phase(relation) == .ended)
        world.audit()
    }

    @Test func whoIsNotHeardOfInTimeIsNotBound() {
        let relation = bind(proof: true)
        world.advance(days: 3)
        world.wake()
        world.deliver()
        #expect(world.relation(relation, at: World.guangdong)?.ended?.status == .consentExpired)
        #expect(world.grant(relation, of: mother)?.status == .consentExpired)
        #expect(world.status(world.consent(relation, by: mother)) == .relationEnded)
        world.audit()
    }

    @Test func consentIsGivenOnce() {
        let relation = bind(proof: true)
        let first = world.consent(relation, by: mother)
        let second = world.consent(relation, by: mother, accepted: false)
        #expect(world.status(second) == .inProgress)
        world.deliver()
        #expect(shown(first) == .active)
        #expect(world.status(world.consent(relation, by: mother)) == .nothingAwaited)
        world.audit()
    }

    @Test func consentWithoutVerificationIsNone() {
        let relation = bind(proof: true)
        #expect(
            world.status(world.consent(relation, by: mother, verified: false))
                == .verificationMissing)
        #expect(world.waiting.isEmpty)
        // To decline needs none.
        world.consent(relation, by: mother, accepted: false, verified: false)
        world.deliver()
        #expect(world.phase(relation) == .ended)
        world.audit()
    }

    @Test func proofFirstAndConsentThen() {
        let relation = bind(proof: false)
        #expect(world.phase(relation) == .proposed)
        #expect(supply(relation) == nil)
        world.deliver()
        #expect(world.phase(relation) == .awaitingConsent)
        world.consent(relation, by: mother)
        world.deliver()
        #expect(world.phase(relation) == .active)
        world.audit()
    }

    @Test func consentFirstAndProofThen() {
        let relation = bind(proof: false)
        let consent = world.consent(relation, by: mother)
        world.deliver()
        #expect(shown(consent) == .proposed)
        #expect(world.phase(relation) == .proposed)
        // What was given does not run out.
        world.advance(days: 4)
        world.wake()
        #expect(world.phase(relation) == .proposed)
        #expect(supply(relation) == nil)
        world.deliver()
        #expect(world.phase(relation) == .active)
        #expect(supply(relation) == .nothingAwaited)
        world.audit()
    }

    @Test("G18: a proof that does not come in a week ends the proposal")
    func noProof() {
        let relation = bind(proof: false)
        world.consent(relation, by: mother)
        world.deliver()
        world.advance(days: 7)
        world.wake()
        #expect(
            world.relation(relation, at: World.guangdong)?.ended?.status == .kinshipProofMissing)
        #expect(supply(relation) == .relationEnded)
        world.audit()
    }

    @Test func aNoticeThatCrossesTheConsentDoesNotAnswerIt() {
        let relation = bind(proof: false)
        #expect(supply(relation) == nil)
        // The recipient agrees before their province hears that the proof is there.
        let consent = world.consent(relation, by: mother)
        world.deliver(without: "relation_consent")
        #expect(world.grant(relation, of: mother)?.phase == .awaitingConsent)
        #expect(world.reply(consent) == nil)
        #expect(world.status(world.consent(relation, by: mother)) == .inProgress)
        world.deliver()
        #expect(shown(consent) == .active)
        world.audit()
    }

    @Test func aGiverWhoseInsuranceIsInterruptedMeanwhileGivesNothingYet() {
        let relation = bind(proof: true)
        world.change(giver, .suspended, at: World.guangdong)
        world.consent(relation, by: mother)
        world.deliver()
        #expect(world.phase(relation) == .suspended)
        world.change(giver, .insured, at: World.guangdong)
        #expect(world.phase(relation) == .active)
        world.audit()
    }
}
