import Domain
import Wire

@testable import Settlement

extension RelationStates {
    private static func end(_ stage: RelationStage, verified: Bool = true) -> Identifier? {
        stage.world.command(
            .endRelation(
                relation: stage.relation, over: .nationalApp,
                verified ? stage.world.verification : nil), at: stage.payer)
    }

    private static func change(
        _ stage: RelationStage, _ standing: Standing, _ insurance: Insurance = .employee
    ) -> Identifier? {
        stage.world.command(
            .changeInsurance(wallet: stage.giver, insurance: insurance, standing: standing),
            at: stage.payer)
    }

    private static func tell(
        _ stage: RelationStage, _ standing: Standing, from province: ProvinceCode? = nil
    ) -> Identifier? {
        stage.world.tell(
            .recipientChange(RecipientChange(relation: stage.relation, standing: standing)),
            from: province ?? stage.home, to: stage.payer)
        return nil
    }

    private static func wake(_ stage: RelationStage, days: Int64) -> Identifier? {
        stage.world.advance(days: days)
        return wake(stage)
    }

    private static func wake(_ stage: RelationStage) -> Identifier? {
        stage.world.run([.wake(stage.relation, .relation)], at: stage.payer)
        return nil
    }

    private static let unheld = alive + [.ended]
    private static let suspendedByViolation: [Column: Making] = [
        .suspended: Making(violation: true)
    ]
    private static let answeredWithConsent: [Column: Making] = [
        .answered: Making(consent: true, proof: false)
    ]

    static var ended: [Event] {
        [
            event("`EndRelation`, nothing held", in: [.none] + unheld) { end($0) },
            event(
                "`EndRelation`, something held", in: [.active, .suspended, .ending],
                Making(holds: 1)
            ) { end($0) },
            event("`EndRelation`, not verified as the rules ask") { end($0, verified: false) },
            event("the giver's insurance is interrupted", in: known) { change($0, .suspended) },
            event("the giver's insurance goes on", in: known) { change($0, .insured) },
            event(
                "the giver's insurance goes on, a violation stands",
                in: known.filter { $0 != .active }, also: suspendedByViolation
            ) { change($0, .insured) },
            event("the giver's insurance ended or moved", in: known) { change($0, .moved) },
            event(
                "the giver's insurance ended or moved, something held",
                in: [.active, .suspended, .ending], Making(holds: 1)
            ) { change($0, .ended) },
            event("the giver is no longer insured as an employee", in: known) {
                change($0, .insured, .resident)
            },
            event("a violation of the giver is recorded", in: known) { stage in
                stage.recordViolation()
                return nil
            },
            event(
                "a violation of the giver is taken back", in: known, also: suspendedByViolation
            ) { stage in
                stage.recordViolation(days: -1)
                return nil
            },
            event("`recipient_change`, ended or moved") { tell($0, .ended) },
            event("`recipient_change`, insured or interrupted") { stage in
                _ = tell(stage, .insured)
                return tell(stage, .suspended)
            },
            event("`recipient_change`, of another province") {
                tell($0, .moved, from: World.zhejiang)
            },
            event("wake, before its time", in: known, also: suspendedByViolation) { stage in
                stage.world.advance(milliseconds: 1)
                return wake(stage)
            },
            event("wake, its time", in: known, also: suspendedByViolation) { wake($0, days: 7) },
            event(
                "wake, its time, the consent ran out before the proof came", in: [],
                also: answeredWithConsent
            ) { wake($0, days: 3) },
            event(
                "wake, its time, the consent was given and the proof did not come", in: [],
                also: answeredWithConsent
            ) { stage in
                stage.world.consent(stage.relation, by: stage.recipient)
                stage.world.deliver()
                _ = wake(stage, days: 3)
                stage.world.waiting = []
                return wake(stage, days: 4)
            },
        ]
    }
}
