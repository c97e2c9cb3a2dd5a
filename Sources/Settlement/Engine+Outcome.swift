import Domain
import Ledger
import Wire

/// How a decision is learnt by everyone but the primary, and what it does to the money held here.
extension Engine {
    /// `source` is the message that it came in.
    mutating func learn(
        _ decision: Decision, from: ProvinceCode, proof: Proof, _ source: ProofSource?
    ) {
        var judgements: [Judgement] = []
        // A node that coordinates too asks its coordinator first: what that never asked for, it does not pay.
        let asked = rows.coordinations[decision.transaction].flatMap { coordination in
            coordination.plan.map { plan in
                Binding(
                    coordination, plan, heldByDraw: heldByDraw(plan.plan, coordination.votes)
                ).judge(decision)
            }
        }
        if decision.primary != province {
            if asked?.isGood != false {
                if let judgement = participate(decision) { judgements.append(judgement) }
            } else if let judgement = judgementOfPayer(decision), !judgement.isGood {
                judgements.append(judgement)
            }
        }
        if rows.coordinations[decision.transaction] != nil {
            judgements.append(coordinate(decision, proof: proof, source))
        }
        if judgements.isEmpty { reject(.decision(decision), from, "not_of_this_transaction") }
        for case .contradicts(let reason) in judgements {
            let isEnded = reason == .twoOutcomes && wasEnded(decision.transaction)
            accuse(
                decision.primary, decision.transaction, isEnded ? .committedAndEnded : reason,
                source)
        }
        if let wrong = judgements.first(where: { !$0.isGood }) {
            reject(.decision(decision), from, wrong.word)
        }
    }

    /// What this node says to it as a payer, without doing anything.
    private func judgementOfPayer(_ decision: Decision) -> Judgement? {
        guard let participation = rows.participations[decision.transaction],
            let plan = participation.plan
        else { return nil }
        return Binding(participation, plan, at: province).judge(decision)
    }

    /// Nil if it is of no concern to this node as a payer.
    private mutating func participate(_ decision: Decision) -> Judgement? {
        guard var participation = rows.participations[decision.transaction] else {
            // Of what this node coordinates itself, its coordinator knows.
            guard decision.care != province, rows.coordinations[decision.transaction] == nil else {
                return nil
            }
            // The outcome came before the `Reserve`: remember it, so that the `Reserve` is refused.
            guard case .released(let status) = decision.outcome else { return .ofAnother }
            rows.participations[decision.transaction] = .tombstone(
                decision.transaction, care: decision.care, primary: decision.primary,
                decision.planDigest, status, created: now, decided: decision.decided)
            return .fits
        }
        guard let plan = participation.plan else { return judge(decision, participation) }
        let judgement = Binding(participation, plan, at: province).judge(decision)
        guard judgement == .fits else { return judgement }
        guard !isUntimely(decision, since: participation.created) else { return .untimely }
        participation.decided = decision.decided
        let isBooked: Bool
        switch decision.outcome {
        case .released(let status):
            // Refused here before: nothing is held.
            guard participation.state == .held else { return .known }
            participation.reason = RefusalReason(status)
            isBooked = letGo(&participation)
        case .committed(let finals, let date):
            participation.date = date
            isBooked = settle(&participation, plan.plan, finals.map(\.amount))
        case .reversed(let finals, let date, let reversal, let reversalDate):
            if participation.state == .held {
                participation.date = date
                guard settle(&participation, plan.plan, finals.map(\.amount)) else {
                    return .notBookable
                }
            }
            participation.reversal = reversal
            participation.reversalDate = reversalDate
            isBooked = undo(&participation, plan.plan)
        }
        return isBooked ? .fits : .notBookable
    }

    /// Of a transaction of which only the primary's release is known.
    private func judge(_ decision: Decision, _ tombstone: Participation) -> Judgement {
        guard tombstone.primary == decision.primary, tombstone.planDigest == decision.planDigest
        else { return .ofAnother }
        guard case .released = decision.outcome else { return .contradicts(.twoOutcomes) }
        return .known
    }

    /// Keeps that `accused` signed what cannot be true; `source` is where it stands. What this node tells
    /// itself is in no journal.
    mutating func accuse(
        _ accused: ProvinceCode, _ transaction: Identifier, _ reason: Evidence.Reason,
        _ source: ProofSource?
    ) {
        guard accused != province, let source else { return }
        effects.evidence.append(
            Evidence(
                accused: accused, subject: transaction, reason: reason, at: now,
                statement: .received(entry: source.entry, message: source.index)))
    }

    /// Whether the day of a settlement is one that this node's clock does not allow: it is still to come, or
    /// was over, and perhaps cleared, before the transaction began here. A `created` that is still to come
    /// was written by a clock that has been set right since, and says nothing. A release has no day.
    func isUntimely(_ decision: Decision, since created: Instant) -> Bool {
        let earliest = min(created, now).advanced(
            byMilliseconds: -Limits.decidedEarlyMillisecondsMax)
        let latest = now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax)
        switch decision.outcome {
        case .released: return false
        case .committed: return decision.decided > latest || decision.decided < earliest
        case .reversed(_, let date, _, _):
            return decision.decided > latest || date < BusinessDate(at: earliest)
        }
    }

    // MARK: Money

    /// Held money becomes payable to the care province; the rest goes back.
    mutating func settle(
        _ participation: inout Participation, _ plan: Plan, _ finals: [Fen]
    ) -> Bool {
        var postings: [Posting] = []
        var rests: [(draw: Draw, rest: Fen)] = []
        var next = 0
        for (draw, final) in zip(plan.draws, finals) where draw.province == province {
            let held = participation.held[next]
            next += 1
            let account = heldAccount(plan, draw)
            postings.append(
                Posting(
                    cause: plan.transaction, step: .commit, debit: account,
                    credit: .payable(plan.care), amount: final))
            postings.append(
                Posting(
                    cause: plan.transaction, step: .release, debit: account,
                    credit: home(plan, draw), amount: held - final))
            rests.append((draw, held - final))
        }
        guard post(postings) else { return false }
        for (draw, rest) in rests { cameBack(draw, rest) }
        participation.state = .committed
        participation.finals = finals
        participation.wake = nil
        keep(participation)
        recordUse(participation, plan)
        endHolds(plan)
        return true
    }

    mutating func letGo(_ participation: inout Participation) -> Bool {
        guard let plan = participation.plan?.plan else {
            preconditionFailure("money is held without a plan: \(participation.transaction)")
        }
        let own = plan.draws.filter { $0.province == province }
        let postings = zip(own, participation.held).map { draw, held in
            Posting(
                cause: plan.transaction, step: .release, debit: heldAccount(plan, draw),
                credit: home(plan, draw), amount: held)
        }
        guard post(postings) else { return false }
        for (draw, held) in zip(own, participation.held) { cameBack(draw, held) }
        participation.state = .released
        participation.wake = nil
        keep(participation)
        endHolds(plan)
        return true
    }

    mutating func undo(_ participation: inout Participation, _ plan: Plan) -> Bool {
        let own = zip(plan.draws, participation.finals).filter { $0.0.province == province }
        let postings = own.map { draw, final in
            Posting(
                cause: plan.transaction, step: .reversal, debit: .payable(plan.care),
                credit: home(plan, draw), amount: final)
        }
        guard post(postings) else { return false }
        for (draw, final) in own { cameBack(draw, final) }
        participation.state = .reversed
        keep(participation)
        recordUse(participation, plan)
        for draw in plan.draws where draw.province == province {
            if case .quota(let relation) = draw.source { notice(relation) }
        }
        return true
    }

    mutating func keep(_ participation: Participation) {
        rows.participations[participation.transaction] = participation
    }

    /// Rule N11: a relation that was ended while money was held ends with its last hold.
    mutating func endHolds(_ plan: Plan) {
        for draw in plan.draws where draw.province == province {
            guard case .quota(let id) = draw.source else {
                rows.persons[plan.wallet]?.ownHolds -= 1
                continue
            }
            guard var relation = rows.relations[id] else { continue }
            relation.openHolds -= 1
            if relation.phase == .ending && relation.openHolds == 0 { relation.phase = .ended }
            rows.relations[id] = relation
            notice(id)
        }
    }

    /// Rules N11 G1: what came back to the giver of an ended relation can be shared anew.
    private mutating func cameBack(_ draw: Draw, _ amount: Fen) {
        guard case .quota(let id) = draw.source, let relation = rows.relations[id],
            !relation.phase.isAlive
        else { return }
        returnCarriedOver(relation.giver, amount.value)
    }

    func heldAccount(_ plan: Plan, _ draw: Draw) -> Account {
        switch draw.source {
        case .quota(let relation): .held(transaction: plan.transaction, source: relation)
        case .ownAccount: .held(transaction: plan.transaction, source: plan.wallet.value)
        }
    }

    /// Where money of a draw goes back to: the quota, or the giver's account if the relation has
    /// ended; the recipient's own account.
    func home(_ plan: Plan, _ draw: Draw) -> Account {
        switch draw.source {
        case .ownAccount: return .personal(plan.wallet)
        case .quota(let id):
            guard let relation = rows.relations[id], !relation.phase.isAlive else {
                return .available(relation: id)
            }
            return .personal(relation.giver)
        }
    }
}
