import Domain
import Wire

@testable import Settlement

extension RelationStates {
    // MARK: The answer

    private static func unanswered(_ change: (inout Making) -> Void) -> [Column: Making] {
        var making = Making()
        change(&making)
        var ended = making
        ended.answered = false
        return [.none: Making(), .asked: making, .ended: ended]
    }

    private static func first(
        _ title: String, _ change: (inout Making) -> Void = { _ in }
    ) -> Event {
        Event(title: title, columns: unanswered(change)) { stage in
            let message =
                stage.answer
                ?? .relationAnswer(
                    RelationAnswer(relation: stage.relation, result: .success(facts(stage))))
            stage.world.tell(message, from: stage.home, to: stage.payer)
            return nil
        }
    }

    static func facts(
        _ stage: RelationStage, wallet: WalletID? = nil, region: RegionCode? = nil
    ) -> RelationAnswer.Facts {
        RelationAnswer.Facts(
            wallet: wallet ?? stage.recipient, insurance: .resident, standing: .insured,
            region: region ?? RegionCode(stage.home), violation: false, age: 6, givers: 0,
            gives: false)
    }

    static var answers: [Event] {
        [
            first("`relation_answer`, all well"),
            first("`relation_answer`, proof missing") { $0.proof = false },
            first("`relation_answer`, consent needed") { $0.consent = true },
            first("`relation_answer`, a violation recorded") { $0.recipientViolation = true },
            first("`relation_answer`, nobody of that name") { $0.recipientUnknown = true },
            Event(
                title: "`relation_answer`, of another person or region",
                columns: unanswered { _ in }
            ) { stage in
                let lies = [
                    facts(stage, wallet: stage.other),
                    facts(stage, region: RegionCode(World.zhejiang)),
                ]
                for lie in lies {
                    stage.world.tell(
                        .relationAnswer(
                            RelationAnswer(relation: stage.relation, result: .success(lie))),
                        from: stage.home, to: stage.payer)
                }
                return nil
            },
            event("`relation_answer`, of a province that was not asked") { stage in
                stage.world.tell(
                    .relationAnswer(
                        RelationAnswer(relation: stage.relation, result: .success(facts(stage)))),
                    from: World.zhejiang, to: stage.payer)
                return nil
            },
            event(
                "`relation_answer`, a second",
                in: [.answered, .awaitingConsent, .active, .suspended, .ending, .ended]
            ) { stage in
                stage.world.tell(
                    .relationAnswer(
                        RelationAnswer(relation: stage.relation, result: .success(facts(stage)))),
                    from: stage.home, to: stage.payer)
                return nil
            },
        ]
    }

    // MARK: Proposal, proof, consent

    private static func withConsent(_ column: Column) -> Making {
        Making(consent: true, proof: column != .answered)
    }

    private static let consentAwaited: [Column: Making] = [
        .answered: withConsent(.answered), .awaitingConsent: withConsent(.awaitingConsent),
    ]

    private static func consent(
        _ stage: RelationStage, accepted: Bool = true, verified: Bool = true,
        from province: ProvinceCode? = nil
    ) -> Identifier? {
        stage.world.tell(
            .relationConsent(
                RelationConsent(
                    relation: stage.relation, accepted: accepted,
                    verification: verified ? stage.world.verification : nil)),
            from: province ?? stage.home, to: stage.payer)
        return nil
    }

    private static func supply(_ stage: RelationStage) -> Identifier? {
        stage.world.command(
            .supplyProof(relation: stage.relation, proof: stage.world.digest(9)),
            at: stage.payer)
    }

    static var made: [Event] {
        [
            event("`CreateRelation`", in: [.none]) { stage in
                stage.create(proof: true)
                return stage.relation
            },
            event("`CreateRelation` of a kinship that the rules do not allow", in: [.none]) {
                stage in
                stage.create(proof: true, kinship: .sibling)
                return stage.relation
            },
            Event(
                title: "`SupplyProof`, no consent missing",
                columns: [
                    .none: Making(), .asked: Making(proof: false), .answered: Making(proof: false),
                ], happens: supply),
            event(
                "`SupplyProof`, consent missing", in: [],
                also: [.answered: withConsent(.answered)], happens: supply),
            event(
                "`SupplyProof`, again",
                in: [.asked, .awaitingConsent, .active, .suspended, .ending, .ended],
                happens: supply),
            event("`relation_consent`, accepted", in: [], also: consentAwaited) { consent($0) },
            event(
                "`relation_consent`, accepted, the giver's insurance interrupted", in: [],
                also: consentAwaited
            ) { stage in
                stage.world.change(stage.giver, .suspended, at: stage.payer)
                return consent(stage)
            },
            event(
                "`relation_consent`, accepted without verification", in: [], also: consentAwaited
            ) { consent($0, verified: false) },
            event("`relation_consent`, declined", in: [], also: consentAwaited) {
                consent($0, accepted: false)
            },
            event("`relation_consent`, declined after all", in: [.active, .suspended]) {
                consent($0, accepted: false, verified: false)
            },
            event("`relation_consent`, too late", in: [], also: consentAwaited) { stage in
                stage.world.advance(days: 3)
                return consent(stage)
            },
            event(
                "`relation_consent` that nobody waits for",
                in: [.none, .asked, .answered, .active, .suspended, .ending, .ended]
            ) { consent($0) },
            event("`relation_consent`, of another province") {
                consent($0, from: World.zhejiang)
            },
        ]
    }
}
