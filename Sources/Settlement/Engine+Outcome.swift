import Domain
import Ledger
import Wire

/// How a decision is learnt by everyone but the primary, and what it does to the money held here.
extension Engine {
    mutating func learn(_ decision: Decision, from: ProvinceCode, proof: Proof) {
        var concerned = false
        var agreed = true
        if decision.primary != province {
            switch participate(decision) {
            case .fits: concerned = true
            case .contradicts:
                concerned = true
                agreed = false
            case .notConcerned: break
            }
        }
        if rows.coordinations[decision.transaction] != nil {
            concerned = true
            agreed = coordinate(decision, proof: proof) && agreed
        }
        if !concerned { reject(.decision(decision), from, "not_of_this_transaction") }
        if !agreed { reject(.decision(decision), from, "contradicts_what_is_known") }
    }

    private enum Agreement { case fits, contradicts, notConcerned }

    private mutating func participate(_ decision: Decision) -> Agreement {
        guard decision.isConsistent, !isFromTheFuture(decision) else { return .contradicts }
        guard var participation = rows.participations[decision.transaction] else {
            guard decision.care != province else { return .notConcerned }
            // The outcome came before the `Reserve`: remember it, so that the `Reserve` is refused.
            guard case .released(let status) = decision.outcome else { return .contradicts }
            rows.participations[decision.transaction] = .tombstone(
                decision.transaction, care: decision.care, primary: decision.primary,
                decision.planDigest, status, created: now, decided: decision.decided)
            return .fits
        }
        guard participation.primary == decision.primary,
            participation.planDigest == decision.planDigest
        else { return .contradicts }
        participation.decided = decision.decided
        switch (participation.state, decision.outcome) {
        case (.held, .released(let status)):
            participation.reason = RefusalReason(status)
            return letGo(&participation) ? .fits : .contradicts
        case (.held, .committed(let finals, let date)):
            participation.date = date
            return settle(&participation, finals) ? .fits : .contradicts
        case (.held, .reversed(let finals, let date, let reversal, let reversalDate)):
            participation.date = date
            guard settle(&participation, finals), let plan = participation.plan else {
                return .contradicts
            }
            participation.reversal = reversal
            participation.reversalDate = reversalDate
            return undo(&participation, plan.plan) ? .fits : .contradicts
        case (.committed, .reversed(_, let date, let reversal, let reversalDate)):
            guard date == participation.date, let plan = participation.plan else {
                return .contradicts
            }
            participation.reversal = reversal
            participation.reversalDate = reversalDate
            return undo(&participation, plan.plan) ? .fits : .contradicts
        case (.committed, .committed(_, let date)): return agree(date == participation.date)
        case (.reversed, .committed(_, let date)): return agree(date == participation.date)
        case (.reversed, .reversed(_, let date, let reversal, _)):
            return agree(date == participation.date && reversal == participation.reversal)
        case (.released, .released): return .fits
        case (.committed, .released), (.reversed, .released), (.released, .committed),
            (.released, .reversed):
            return .contradicts
        }
    }

    /// A primary whose clock is far ahead would put money into a business day that is not yet.
    func isFromTheFuture(_ decision: Decision) -> Bool {
        decision.decided.milliseconds(since: now) > Limits.clockSkewMillisecondsMax
    }

    /// Nor may it be put into a day that is over, and perhaps cleared. A `created` that is still to come was
    /// written by a clock that has been set right since, and says nothing.
    func isFromBefore(_ created: Instant, _ decision: Decision) -> Bool {
        min(created, now).milliseconds(since: decision.decided) > Limits.decidedEarlyMillisecondsMax
    }

    private func agree(_ holds: Bool) -> Agreement { holds ? .fits : .contradicts }

    // MARK: Money

    /// Commits with what a certificate names, if it fits the plan and what is held here.
    mutating func settle(
        _ participation: inout Participation, _ finals: [FinalDraw]
    ) -> Bool {
        guard let plan = participation.plan?.plan,
            finals == plan.finals(finals.map(\.amount))
        else { return false }
        let own = finals.filter { $0.province == province }.map(\.amount)
        guard own.count == participation.held.count,
            zip(own, participation.held).allSatisfy({ $0 <= $1 })
        else { return false }
        return settle(&participation, plan, finals.map(\.amount))
    }

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
            guard case .quota(let id) = draw.source, var relation = rows.relations[id] else {
                continue
            }
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
