import Domain
import Ledger
import Wire

/// A participant's side of the two phases (`protocol/states.md`, Participant). The primary is the
/// participant that decides; a secondary holds until it learns what was decided.
extension Engine {
    // MARK: Reserve

    mutating func reserve(_ encoded: EncodedPlan, from: ProvinceCode) {
        let plan = encoded.plan
        guard plan.care == from else {
            reject(.reserve(encoded), from, "plan_of_another_coordinator")
            return
        }
        if let before = rows.participations[plan.transaction] {
            repeatVote(before, encoded)
            return
        }
        let isPrimary = plan.primary == province
        let expires = isPrimary ? now.advanced(byMilliseconds: plan.holdMilliseconds) : nil
        var participation = Participation(
            transaction: plan.transaction, state: .held, care: plan.care, primary: plan.primary,
            planDigest: encoded.digest, plan: encoded, held: [], finals: [], date: nil,
            reversal: nil, reversalDate: nil, status: nil, decided: nil, expires: expires,
            wake: nil, inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
        switch hold(plan) {
        case .failure(let status):
            participation.state = .released
            participation.status = status
            participation.decided = now
            rows.participations[plan.transaction] = participation
            refuse(plan.transaction, encoded.digest, status, to: from)
            // A primary that refuses has decided; the others need not wait for the coordinator.
            if isPrimary { announce(participation) }
        case .success(let held):
            let wake =
                expires
                ?? now.advanced(
                    byMilliseconds: plan.holdMilliseconds + Limits.inquireAfterMilliseconds)
            participation = Participation(
                transaction: plan.transaction, state: .held, care: plan.care,
                primary: plan.primary, planDigest: encoded.digest, plan: encoded, held: held,
                finals: [], date: nil, reversal: nil, reversalDate: nil, status: nil,
                decided: nil, expires: expires, wake: wake,
                inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
            rows.participations[plan.transaction] = participation
            send(.vote(vote(of: participation)), to: from)
        }
    }

    /// The same `Reserve` again gets the first answer again; another plan with the id is refused.
    private mutating func repeatVote(_ before: Participation, _ encoded: EncodedPlan) {
        guard before.planDigest == encoded.digest, before.care == encoded.plan.care else {
            refuse(
                encoded.plan.transaction, encoded.digest, .idReused, to: encoded.plan.care)
            return
        }
        if before.state == .released && before.held.isEmpty {
            refuse(
                encoded.plan.transaction, encoded.digest, before.status ?? .alreadyDecided,
                to: encoded.plan.care)
        } else {
            send(.vote(vote(of: before)), to: encoded.plan.care)
        }
    }

    private func vote(of participation: Participation) -> Vote {
        Vote(
            transaction: participation.transaction, planDigest: participation.planDigest,
            participant: province, held: participation.held, expires: participation.expires)
    }

    private mutating func refuse(
        _ transaction: Identifier, _ planDigest: Digest, _ status: Status, to care: ProvinceCode
    ) {
        send(
            .refusal(
                Refusal(
                    transaction: transaction, planDigest: planDigest, participant: province,
                    status: status)), to: care)
    }

    /// Sets the money of this province's draws aside; of several reasons against it the one with
    /// the lowest number.
    private mutating func hold(_ plan: Plan) -> Result<[Fen], Status> {
        let own = plan.draws.filter { $0.province == province }
        guard environment.provinces.contains(plan.walletProvince),
            plan.participants.allSatisfy(environment.provinces.contains)
        else { return .failure(.unknownProvince) }
        guard plan.isWellFormed, !own.isEmpty else { return .failure(.planInvalid) }
        var held: [Fen] = []
        var postings: [Posting] = []
        var refusals: [Status] = []
        for draw in own {
            let account: Account
            let source: Identifier
            let shortage: Status
            switch draw.source {
            case .quota(let id):
                guard let relation = rows.relations[id] else {
                    refusals.append(.relationUnknown)
                    continue
                }
                guard relation.phase == .active else {
                    refusals.append(.relationEnded)
                    continue
                }
                guard relation.recipient == plan.wallet,
                    relation.recipientProvince == plan.walletProvince
                else {
                    refusals.append(.relationOfAnother)
                    continue
                }
                account = .available(relation: id)
                source = id
                shortage = plan.category.isPremium ? .premiumNotCovered : .insufficientQuota
            case .ownAccount:
                guard rows.persons[plan.wallet] != nil else {
                    refusals.append(.walletUnknown)
                    continue
                }
                account = .personal(plan.wallet)
                source = plan.wallet.value
                shortage = .insufficientBalance
            }
            let balance = clamped(rows.books.balance(account))
            if plan.mode == .exact && balance < draw.limit {
                refusals.append(shortage)
                continue
            }
            let amount = min(balance, draw.limit)
            held.append(amount)
            postings.append(
                Posting(
                    cause: plan.transaction, step: .reserve, debit: account,
                    credit: .held(transaction: plan.transaction, source: source),
                    amount: amount))
        }
        if let status = refusals.min(by: { $0.rawValue < $1.rawValue }) {
            return .failure(status)
        }
        guard post(postings) else { return .failure(.insufficientQuota) }
        for draw in own {
            if case .quota(let id) = draw.source { rows.relations[id]?.openHolds += 1 }
        }
        return .success(held)
    }

    // MARK: Decide (primary)

    mutating func decide(_ commit: Commit, from: ProvinceCode) {
        guard var participation = rows.participations[commit.transaction] else {
            buryUnknown(commit.transaction, commit.planDigest, care: from, to: from)
            return
        }
        guard isBound(participation, commit.planDigest) else {
            deny(commit.transaction, commit.planDigest, care: from, to: from)
            return
        }
        guard participation.care == from || participation.state != .held else {
            reject(.commit(commit), from, "commit_not_of_its_coordinator")
            return
        }
        guard participation.care == from, let plan = participation.plan else {
            tell(participation, to: from)
            return
        }
        guard participation.state == .held else {
            tell(participation, to: from)
            return
        }
        if let expires = participation.expires, expires <= now {
            release(&participation, .reservationExpired)
            return
        }
        guard let votes = allVotes(commit, plan, own: participation, from: from) else {
            refuse(commit.transaction, commit.planDigest, .votesMissing, to: from)
            return
        }
        let held = heldByDraw(plan.plan, votes)
        guard commit.finals.count == held.count,
            zip(commit.finals, held).allSatisfy({ $0 <= $1 }), commit.finals.sum() > .zero
        else {
            refuse(commit.transaction, commit.planDigest, .finalAboveReserved, to: from)
            return
        }
        // rule N13
        guard !plan.plan.category.isPremium || commit.finals.sum() == plan.plan.amount else {
            refuse(commit.transaction, commit.planDigest, .premiumInPart, to: from)
            return
        }
        participation.date = BusinessDate(at: now)
        participation.decided = now
        guard settle(&participation, plan.plan, commit.finals) else {
            reject(.commit(commit), from, "held_money_is_not_there")
            return
        }
        announce(participation)
    }

    mutating func decide(_ release: Release, from: ProvinceCode) {
        guard var participation = rows.participations[release.transaction] else {
            buryUnknown(release.transaction, release.planDigest, care: from, to: from)
            return
        }
        guard isBound(participation, release.planDigest) else {
            deny(release.transaction, release.planDigest, care: from, to: from)
            return
        }
        if participation.state == .held {
            guard participation.care == from else {
                reject(.release(release), from, "release_not_of_its_coordinator")
                return
            }
            self.release(&participation, .reservationCancelled)
        } else {
            tell(participation, to: from)
        }
    }

    /// Before the commit a reversal is a release; after it, the settlement is undone; a second one
    /// finds it done (`protocol/states.md`, Reversal).
    mutating func decide(_ reverse: Reverse, from: ProvinceCode) {
        guard var participation = rows.participations[reverse.transaction] else {
            buryUnknown(reverse.transaction, reverse.planDigest, care: from, to: from)
            return
        }
        guard isBound(participation, reverse.planDigest) else {
            deny(reverse.transaction, reverse.planDigest, care: from, to: from)
            return
        }
        guard participation.care == from || participation.state != .held else {
            reject(.reverse(reverse), from, "reverse_not_of_its_coordinator")
            return
        }
        guard participation.care == from, let plan = participation.plan else {
            tell(participation, to: from)
            return
        }
        switch participation.state {
        case .held:
            release(&participation, .reservationCancelled)
        case .committed:
            participation.reversal = reverse.reversal
            participation.reversalDate = BusinessDate(at: now)
            participation.decided = now
            guard undo(&participation, plan.plan) else {
                reject(.reverse(reverse), from, "settled_money_is_not_there")
                return
            }
            announce(participation)
        case .released, .reversed:
            tell(participation, to: from)
        }
    }

    mutating func answer(_ inquire: Inquire, from: ProvinceCode) {
        guard inquire.primary == province else {
            // Asked as the coordinator: pass on what the primary has said.
            if let coordination = rows.coordinations[inquire.transaction],
                let receipt = coordination.certificate,
                coordination.plan?.plan.participants.contains(from) == true,
                let decision = keptDecision(coordination)
            {
                send(
                    .certificate(Certificate(decision: decision, receipt: receipt)), to: from)
            }
            return
        }
        guard var participation = rows.participations[inquire.transaction] else {
            buryUnknown(
                inquire.transaction, inquire.planDigest, care: inquire.care, to: from)
            return
        }
        guard isBound(participation, inquire.planDigest) else {
            deny(inquire.transaction, inquire.planDigest, care: inquire.care, to: from)
            return
        }
        guard
            from == participation.care
                || participation.plan?.plan.participants.contains(from) != false
        else {
            reject(.inquire(inquire), from, "not_of_this_transaction")
            return
        }
        switch participation.state {
        case .held:
            if let expires = participation.expires, expires <= now {
                release(&participation, .reservationExpired)
            }
        case .committed, .released, .reversed:
            tell(participation, to: from)
        }
    }

    /// Whether this node is the primary of just this plan.
    private func isBound(_ participation: Participation, _ planDigest: Digest) -> Bool {
        participation.primary == province && participation.planDigest == planDigest
    }

    /// The id stands for something else here, so this node will never commit the plan with
    /// `planDigest` as its primary: whoever holds money for that plan may let it go. Says so and
    /// keeps nothing; asked again, it says the same.
    private mutating func deny(
        _ transaction: Identifier, _ planDigest: Digest, care: ProvinceCode,
        to asker: ProvinceCode
    ) {
        send(
            .decision(
                Decision(
                    transaction: transaction, planDigest: planDigest, care: care,
                    primary: province, outcome: .released(.alreadyDecided), decided: now)),
            to: asker)
    }

    /// The votes of all participants, or nil if one is missing or does not fit.
    private func allVotes(
        _ commit: Commit, _ plan: EncodedPlan, own: Participation, from: ProvinceCode
    ) -> [ProvenVote]? {
        var votes = [ProvenVote(vote: vote(of: own), receipt: nil)]
        for participant in plan.plan.participants where participant != province {
            let vote: ProvenVote? =
                if let said = commit.ownVote, participant == from {
                    ProvenVote(vote: said, receipt: nil)
                } else {
                    commit.votes.first { $0.vote.participant == participant }
                }
            guard let vote, vote.vote.participant == participant, vote.vote.isFit(for: plan)
            else { return nil }
            votes.append(vote)
        }
        return votes
    }

    /// A primary that is asked about a transaction which it does not know makes sure that it never
    /// will: the tombstone refuses a late `Reserve`.
    private mutating func buryUnknown(
        _ transaction: Identifier, _ planDigest: Digest, care: ProvinceCode,
        to asker: ProvinceCode
    ) {
        let tombstone = Participation(
            transaction: transaction, state: .released, care: care, primary: province,
            planDigest: planDigest, plan: nil, held: [], finals: [], date: nil, reversal: nil,
            reversalDate: nil, status: .alreadyDecided, decided: now, expires: nil, wake: nil,
            inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
        rows.participations[transaction] = tombstone
        // Only to whoever asked: others ask by themselves, and an asker may name anyone.
        tell(tombstone, to: asker)
    }

    /// Returns what is held, and says so to everyone.
    private mutating func release(_ participation: inout Participation, _ status: Status) {
        participation.status = status
        participation.decided = now
        guard letGo(&participation) else {
            preconditionFailure("money that was held is not there: \(participation.transaction)")
        }
        announce(participation)
    }

    /// Sends the decision to the coordinator and to all other participants.
    private mutating func announce(_ participation: Participation) {
        tell(participation, to: participation.care)
        for other in participation.plan?.plan.participants ?? []
        where other != province && other != participation.care {
            tell(participation, to: other)
        }
    }

    /// Sends the certificate of what this primary decided; the same octets whenever it is asked.
    /// Of what is still held there is none.
    private mutating func tell(_ participation: Participation, to other: ProvinceCode) {
        let finals = participation.plan?.plan.finals(participation.finals) ?? []
        let outcome: Decision.Outcome
        switch participation.state {
        case .held: return
        case .released: outcome = .released(participation.status ?? .alreadyDecided)
        case .committed:
            outcome = .committed(
                finals: finals, date: participation.date ?? BusinessDate(at: now))
        case .reversed:
            outcome = .reversed(
                finals: finals, date: participation.date ?? BusinessDate(at: now),
                reversal: participation.reversal ?? .zero,
                reversalDate: participation.reversalDate ?? BusinessDate(at: now))
        }
        send(
            .decision(
                Decision(
                    transaction: participation.transaction,
                    planDigest: participation.planDigest, care: participation.care,
                    primary: participation.primary, outcome: outcome,
                    decided: participation.decided ?? now)), to: other)
    }

    private func keptDecision(_ coordination: Coordination) -> Decision? {
        guard let receipt = coordination.certificate,
            case .decision(let decision) = try? Message(
                decoding: receipt.message, hashing: environment.sm3)
        else { return nil }
        return decision
    }

    // MARK: Learn (everyone but the primary)

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
            rows.participations[decision.transaction] = Participation(
                transaction: decision.transaction, state: .released, care: decision.care,
                primary: decision.primary, planDigest: decision.planDigest, plan: nil, held: [],
                finals: [], date: nil, reversal: nil, reversalDate: nil, status: status,
                decided: decision.decided, expires: nil, wake: nil,
                inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
            return .fits
        }
        guard participation.primary == decision.primary,
            participation.planDigest == decision.planDigest
        else { return .contradicts }
        participation.decided = decision.decided
        switch (participation.state, decision.outcome) {
        case (.held, .released(let status)):
            participation.status = status
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

    /// Nor may it be put into a day that is over, and perhaps cleared.
    func isFromBefore(_ created: Instant, _ decision: Decision) -> Bool {
        created.milliseconds(since: decision.decided) > Limits.clockSkewMillisecondsMax
    }

    private func agree(_ holds: Bool) -> Agreement { holds ? .fits : .contradicts }

    // MARK: Money

    /// Commits with what a certificate names, if it fits the plan and what is held here.
    private mutating func settle(
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
    private mutating func settle(
        _ participation: inout Participation, _ plan: Plan, _ finals: [Fen]
    ) -> Bool {
        var postings: [Posting] = []
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
        }
        guard post(postings) else { return false }
        participation.state = .committed
        participation.finals = finals
        participation.wake = nil
        keep(participation)
        endHolds(plan)
        return true
    }

    private mutating func letGo(_ participation: inout Participation) -> Bool {
        if let plan = participation.plan?.plan {
            let own = plan.draws.filter { $0.province == province }
            guard
                post(
                    zip(own, participation.held).map { draw, held in
                        Posting(
                            cause: plan.transaction, step: .release,
                            debit: heldAccount(plan, draw), credit: home(plan, draw),
                            amount: held)
                    })
            else { return false }
            participation.state = .released
            participation.wake = nil
            keep(participation)
            endHolds(plan)
        }
        return true
    }

    private mutating func undo(_ participation: inout Participation, _ plan: Plan) -> Bool {
        let postings = zip(plan.draws, participation.finals)
            .filter { $0.0.province == province }
            .map { draw, final in
                Posting(
                    cause: plan.transaction, step: .reversal, debit: .payable(plan.care),
                    credit: home(plan, draw), amount: final)
            }
        guard post(postings) else { return false }
        participation.state = .reversed
        keep(participation)
        for draw in plan.draws where draw.province == province {
            if case .quota(let relation) = draw.source { notice(relation) }
        }
        return true
    }

    private mutating func keep(_ participation: Participation) {
        rows.participations[participation.transaction] = participation
    }

    /// Rule N11: a relation that was ended while money was held ends with its last hold.
    private mutating func endHolds(_ plan: Plan) {
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

    private func heldAccount(_ plan: Plan, _ draw: Draw) -> Account {
        switch draw.source {
        case .quota(let relation): .held(transaction: plan.transaction, source: relation)
        case .ownAccount: .held(transaction: plan.transaction, source: plan.wallet.value)
        }
    }

    /// Where money of a draw goes back to: the quota, or the giver's account if the relation has
    /// ended; the recipient's own account.
    private func home(_ plan: Plan, _ draw: Draw) -> Account {
        switch draw.source {
        case .ownAccount: return .personal(plan.wallet)
        case .quota(let id):
            guard let relation = rows.relations[id], relation.phase != .active else {
                return .available(relation: id)
            }
            return .personal(relation.giver)
        }
    }

    // MARK: Time

    mutating func wakeParticipation(_ transaction: Identifier) {
        guard var participation = rows.participations[transaction],
            let wake = participation.wake, wake <= now
        else { return }
        guard participation.state == .held else {
            participation.wake = nil
            rows.participations[transaction] = participation
            return
        }
        if participation.primary == province {
            release(&participation, .reservationExpired)
            return
        }
        participation.wake = now.advanced(
            byMilliseconds: participation.inquireEveryMilliseconds)
        participation.inquireEveryMilliseconds = min(
            participation.inquireEveryMilliseconds * 2, Limits.inquireEveryMillisecondsMax)
        rows.participations[transaction] = participation
        inquire(participation)
    }

    /// Asks the primary, and the coordinator, which may have its certificate.
    mutating func inquire(_ participation: Participation) {
        let message = Message.inquire(
            Inquire(
                transaction: participation.transaction, planDigest: participation.planDigest,
                care: participation.care, primary: participation.primary))
        send(message, to: participation.primary)
        if participation.care != participation.primary && participation.care != province {
            send(message, to: participation.care)
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
