import Domain
import Wire

/// What comes of a decision when it is held against all that binds its primary
/// (`protocol/states.md`, What a decision must fit).
enum Judgement: Hashable {
    /// It is news, and may be applied.
    case fits
    /// It says what was learned before.
    case known
    /// Its primary signed something that it contradicts, or nothing that allows it.
    case contradicts(Evidence.Reason)
    /// Its dates are too far from what this node's clock says: one of the two clocks is wrong.
    case untimely
    /// It is about another plan, or there is nothing here that it could change.
    case ofAnother
    /// The books cannot take it.
    case notBookable

    /// Whether nothing is wrong with it.
    var isGood: Bool { self == .fits || self == .known }

    /// Why the message was refused.
    var word: String {
        switch self {
        case .contradicts(let reason): reason.word
        case .untimely: "untimely"
        case .fits, .known, .ofAnother: "contradicts_what_is_known"
        case .notBookable: "not_bookable"
        }
    }
}

/// What one node knows of a transaction when a decision on it comes.
struct Binding {
    /// What was learned from the primary before.
    enum Learned: Hashable {
        case released
        case settled(amounts: [Fen], date: BusinessDate, reversal: Reversal?)
    }

    struct Reversal: Hashable {
        /// Nil: this node did not keep it.
        let id: Identifier?
        let date: BusinessDate
    }

    /// What this node, as care, has asked the primary for.
    struct Asked: Hashable {
        /// One amount a draw; none if no commit was sent.
        let amounts: [Fen]
        let reversal: Identifier?
    }

    let plan: EncodedPlan
    /// By draw, in plan order; nil where this node has no vote.
    let held: [Fen?]
    let learned: Learned?
    /// Nil at a payer: it cannot know.
    let asked: Asked?
    /// Whether this node has refused to hold for the plan, so that there is no vote of it.
    let hasRefused: Bool

    /// Checks from the plan to what is known of the outcome; the first that fails is the reason. Clocks
    /// are not looked at.
    func judge(_ decision: Decision) -> Judgement {
        guard decision.planDigest == plan.digest else { return .ofAnother }
        switch decision.outcome {
        case .released:
            // A node that never had the plan may say so of any plan, and names the care that it was told.
            guard decision.primary == plan.plan.primary else { return .ofAnother }
            switch learned {
            case .settled: return .contradicts(.twoOutcomes)
            case .released: return .known
            case nil: return .fits
            }
        case .committed(let finals, let date):
            return judge(decision, finals, date, reversal: nil)
        case .reversed(let finals, let date, let reversal, let reversalDate):
            return judge(
                decision, finals, date, reversal: Reversal(id: reversal, date: reversalDate))
        }
    }

    private func judge(
        _ decision: Decision, _ finals: [FinalDraw], _ date: BusinessDate, reversal: Reversal?
    ) -> Judgement {
        let amounts = finals.map(\.amount)
        if let reason = fault(decision, finals) { return .contradicts(reason) }
        switch learned {
        case .released: return .contradicts(.twoOutcomes)
        case .settled(let before, let day, let undone):
            if amounts != before { return .contradicts(.twoAmounts) }
            if date != day { return .contradicts(.twoDates) }
            guard let reversal else { return .known }
            guard let undone else { break }
            let sameID = undone.id == nil || undone.id == reversal.id
            return sameID && undone.date == reversal.date ? .known : .contradicts(.twoReversals)
        case nil:
            if hasRefused { return .contradicts(.voteNotGiven) }
            if let asked, amounts != asked.amounts { return .contradicts(.amountNotAsked) }
        }
        if let asked, let reversal, reversal.id != asked.reversal {
            return .contradicts(.reversalNotAsked)
        }
        return .fits
    }

    /// What is wrong with a settlement by its plan, its votes and itself alone.
    private func fault(_ decision: Decision, _ finals: [FinalDraw]) -> Evidence.Reason? {
        let plan = plan.plan
        let amounts = finals.map(\.amount)
        guard decision.primary == plan.primary else { return .notThePrimary }
        guard decision.care == plan.care else { return .otherCare }
        guard decision.isConsistent else { return .datesDoNotFit }
        guard finals == plan.finals(amounts), amounts.count == plan.draws.count else {
            return .otherDraws
        }
        guard zip(amounts, plan.draws).allSatisfy({ $0 <= $1.limit }) else {
            return .amountAboveLimit
        }
        guard amounts.sum() <= plan.amount else { return .sumAboveBill }
        guard amounts.sum() > .zero else { return .nothingTaken }
        // rule N13
        guard !plan.category.isPremium || amounts.sum() == plan.amount else {
            return .premiumInPart
        }
        guard zip(amounts, held).allSatisfy({ amount, held in held.map { amount <= $0 } ?? true })
        else { return .amountAboveVote }
        return nil
    }
}

extension Binding {
    init(_ coordination: Coordination, _ plan: EncodedPlan, heldByDraw held: [Fen]) {
        let learned: Learned? =
            if let date = coordination.date {
                .settled(
                    amounts: coordination.finals, date: date,
                    reversal: coordination.reversalDate.map {
                        Reversal(id: coordination.reverseRequest, date: $0)
                    })
            } else if coordination.state == .released {
                // With a plan it is released by its primary's word only.
                .released
            } else {
                nil
            }
        // Of a refused commit: should the primary have committed just that, it is the outcome.
        let amounts =
            coordination.state == .reserved ? coordination.refusedFinals : coordination.finals
        self.init(
            plan: plan,
            held: coordination.votes.count == plan.plan.participants.count
                ? held : plan.plan.draws.map { _ in nil },
            learned: learned,
            asked: Asked(
                amounts: amounts,
                reversal: coordination.state == .reversing || coordination.state == .reversed
                    ? coordination.reverseRequest : nil),
            hasRefused: false)
    }

    init(_ participation: Participation, _ plan: EncodedPlan, at province: ProvinceCode) {
        let learned: Learned?
        switch participation.state {
        case .held: learned = nil
        case .released: learned = participation.held.isEmpty ? nil : .released
        case .committed, .reversed:
            learned = participation.date.map { date in
                .settled(
                    amounts: participation.finals, date: date,
                    reversal: participation.reversalDate.map {
                        Reversal(id: participation.reversal, date: $0)
                    })
            }
        }
        var own = participation.held[...]
        self.init(
            plan: plan,
            held: plan.plan.draws.map { $0.province == province ? own.popFirst() : nil },
            learned: learned, asked: nil,
            hasRefused: participation.state == .released && participation.held.isEmpty)
    }
}

extension Decision {
    /// Whether its business dates are those of the moment at which it was decided, the reversal not
    /// before the settlement.
    var isConsistent: Bool {
        switch outcome {
        case .released: true
        case .committed(_, let date): date == BusinessDate(at: decided)
        case .reversed(_, let date, _, let reversalDate):
            reversalDate == BusinessDate(at: decided) && date <= reversalDate
        }
    }
}
