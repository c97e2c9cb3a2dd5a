import Domain
import RuleSets
import Testing
import Wire

@testable import Settlement

/// A relation of Guangdong to a recipient of Shandong, brought into each of its states.
final class RelationStage {
    enum Column: Int, CaseIterable {
        case none, asked, answered, awaitingConsent, active, suspended, ending, ended

        var word: String {
            switch self {
            case .none: "none"
            case .asked: "proposed (asked)"
            case .answered: "proposed (answered)"
            case .awaitingConsent: "awaiting_consent"
            case .active: "active"
            case .suspended: "suspended"
            case .ending: "ending"
            case .ended: "ended"
            }
        }
    }

    /// What an event needs to find.
    struct Making {
        /// The recipient is grown up, and must consent.
        var consent = false
        var proof = true
        /// Of an ended one: that it was answered before.
        var answered = true
        /// Suspended for a violation, not for the giver's insurance.
        var violation = false
        var holds = 0
        var settled = false
        var recipientViolation = false
        var recipientUnknown = false
    }

    static let rules = Book.national([
        .recipientInsurance([.employee, .resident]), .commitment,
        .verification([.face], withinDays: 30),
        .consent(
            fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases), .kinshipProof,
        .giverNotSuspended, .noViolation,
        .endsWithInsurance,
    ])

    let world = World(rules: RelationStage.rules)
    let payer = World.guangdong
    let home = World.shandong
    let giver: WalletID
    let recipient: WalletID
    let other: WalletID
    private(set) var relation: Identifier
    private(set) var holds: [Identifier] = []
    private(set) var settled: Identifier?
    private(set) var answer: Message?
    private let column: Column

    init(_ column: Column, _ making: Making) {
        self.column = column
        giver = world.person(.employee, in: World.guangdong, fen: 1000_00)
        let born =
            making.consent ? World.birthdayOfAdults : World.birthdayOfChildren
        recipient =
            making.recipientUnknown
            ? world.newWallet()
            : world.person(.resident, in: World.shandong, fen: 0, number: "1", born: born)
        other = world.person(
            .resident, in: World.shandong, fen: 0, number: "2", born: World.birthdayOfChildren)
        relation = world.newID()
        if making.recipientViolation {
            world.command(
                .recordViolation(
                    wallet: recipient, reason: "x", until: BusinessDate(at: world.now)),
                at: home)
        }
        guard column != .none else { return }
        make(making)
        #expect(label == column.word)
    }

    private func make(_ making: Making) {
        create(proof: making.proof)
        world.deliver(without: "relation_answer")
        answer = world.waiting.first?.message
        world.waiting = []
        if column == .ended && !making.answered {
            world.end(relation, at: payer)
            world.deliver()
        }
        guard column != .asked, making.answered else { return }
        if let answer { world.tell(answer, from: home, to: payer) }
        world.deliver()
        guard column != .answered, column != .awaitingConsent else { return }
        if making.consent {
            world.consent(relation, by: recipient)
            world.deliver()
        }
        world.setQuota(relation, 500_00, at: payer)
        world.deliver()
        if making.settled { settled = world.settle(recipient, fen: 50_00) }
        let openHolds = column == .ending ? max(1, making.holds) : making.holds
        for _ in 0..<openHolds {
            holds.append(world.reserve(recipient, fen: 100_00))
            world.deliver()
        }
        if column == .suspended {
            if making.violation {
                recordViolation()
            } else {
                world.change(giver, .suspended, at: payer)
            }
        }
        if column == .ending || column == .ended { world.end(relation, at: payer) }
        world.deliver()
    }

    func create(proof: Bool, kinship: Kinship = .child) {
        relation = world.command(
            .createRelation(
                world.order(
                    giver: giver, recipient: recipient, of: home, kinship: kinship,
                    proof: proof)), at: payer)
    }

    func recordViolation(days: Int32 = 2) {
        let until = BusinessDate(
            daysSince1970: BusinessDate(at: world.now).daysSince1970 + days)
        world.command(
            .recordViolation(wallet: giver, reason: "x", until: until), at: payer)
    }

    /// Where it is, as a column.
    var label: String {
        guard let kept = world.relation(relation, at: payer) else { return "none" }
        guard kept.phase == .proposed else { return kept.phase.word }
        return kept.recipientRegion == nil ? Column.asked.word : Column.answered.word
    }

    /// What `event` comes to here. It returns the id of its request, if it is one.
    func watch(_ event: (RelationStage) -> Identifier?) -> Set<String> {
        let probe = StatesProbe(world, at: payer)
        let before = world.relation(relation, at: payer)
        let labelBefore = label
        let request = event(self)
        let after = world.relation(relation, at: payer)
        var state: String?
        if label != labelBefore {
            state = "**→ \(label)**"
            if before?.ended != after?.ended, let reason = after?.ended {
                state? += " (\(reason.status.rawValue))"
            }
        }
        var parts = probe.parts(state: state, request: request, earlier: relation)
        let isNewProof = before != nil && before?.kinshipProof != after?.kinshipProof
        let isNewConsent = before?.consent != after?.consent
        if state == nil, isNewProof || isNewConsent {
            parts.remove("–")
            parts.insert("kept")
        }
        return parts
    }
}
