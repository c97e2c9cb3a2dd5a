import Domain
import Ledger
import Wire

/// A participant's side of the two phases (`protocol/states.md`, Participant): it holds, and asks when
/// it hears nothing.
extension Engine {
    // MARK: Reserve

    mutating func reserve(_ reserve: Reserve, from: ProvinceCode) {
        let encoded = reserve.plan
        let plan = encoded.plan
        guard plan.care == from else {
            reject(.reserve(reserve), from, "plan_of_another_coordinator")
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
            reversal: nil, reversalDate: nil, reason: nil, created: now, decided: nil,
            expires: expires, wake: nil,
            inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
        switch hold(reserve) {
        case .failure(let reason):
            participation.state = .released
            participation.reason = reason
            participation.decided = now
            rows.participations[plan.transaction] = participation
            refuse(plan.transaction, encoded.digest, reason, to: from)
            // A primary that refuses has decided; the others need not wait for the coordinator.
            // Of a plan without a permission nobody else holds anything: it is not passed on to whom it names.
            if isPrimary && reason.status != .permissionMissing { announce(participation) }
        case .success(let held):
            participation.held = held
            participation.wake =
                expires
                ?? now.advanced(
                    byMilliseconds: plan.holdMilliseconds + Limits.inquireAfterMilliseconds)
            rows.participations[plan.transaction] = participation
            send(.vote(vote(of: participation)), to: from)
        }
    }

    /// The same `Reserve` again gets the first answer again; another plan with the id is refused.
    private mutating func repeatVote(_ before: Participation, _ encoded: EncodedPlan) {
        guard before.planDigest == encoded.digest, before.care == encoded.plan.care else {
            refuse(
                encoded.plan.transaction, encoded.digest, RefusalReason(.idReused),
                to: encoded.plan.care)
            return
        }
        if before.state == .released && before.held.isEmpty {
            refuse(
                encoded.plan.transaction, encoded.digest,
                before.reason ?? RefusalReason(.alreadyDecided), to: encoded.plan.care)
        } else {
            send(.vote(vote(of: before)), to: encoded.plan.care)
        }
    }

    func vote(of participation: Participation) -> Vote {
        Vote(
            transaction: participation.transaction, planDigest: participation.planDigest,
            participant: province, held: participation.held, expires: participation.expires)
    }

    mutating func refuse(
        _ transaction: Identifier, _ planDigest: Digest, _ reason: RefusalReason,
        to care: ProvinceCode
    ) {
        send(
            .refusal(
                Refusal(
                    transaction: transaction, planDigest: planDigest, participant: province,
                    reason: reason)), to: care)
    }

    /// Sets the money of this province's draws aside, if the wallet province permits it and the rules allow it;
    /// of several reasons against it the one with the lowest number.
    private mutating func hold(_ reserve: Reserve) -> Result<[Fen], RefusalReason> {
        let plan = reserve.plan.plan
        let own = plan.draws.filter { $0.province == province }
        guard environment.provinces.contains(plan.walletProvince),
            plan.participants.allSatisfy(environment.provinces.contains)
        else { return .failure(RefusalReason(.unknownProvince)) }
        guard plan.isWellFormed, !own.isEmpty else {
            return .failure(RefusalReason(.planInvalid))
        }
        if let reason = permissionRefusal(reserve, from: plan.care) { return .failure(reason) }
        var held: [Fen] = []
        var postings: [Posting] = []
        var refusals: [RefusalReason] = []
        if let reason = ownAccountRefusal(plan) { refusals.append(reason) }
        if own.contains(where: { $0.source == .ownAccount }),
            let person = rows.persons[plan.wallet],
            person.ownHolds >= Limits.ownHoldsOfOneWalletMax
        {
            refusals.append(RefusalReason(.permissionLimit))
        }
        for draw in own {
            if let reason = refusal(of: draw, plan) {
                refusals.append(reason)
                continue
            }
            let account: Account
            let source: Identifier
            let shortage: Status
            switch draw.source {
            case .quota(let id):
                account = .available(relation: id)
                source = id
                shortage = plan.category.isPremium ? .premiumNotCovered : .insufficientQuota
            case .ownAccount:
                account = .personal(plan.wallet)
                source = plan.wallet.value
                shortage = .insufficientBalance
            }
            let balance = clamped(rows.books.balance(account))
            if plan.mode == .exact && balance < draw.limit {
                refusals.append(RefusalReason(shortage))
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
        if let reason = refusals.min(by: { $0.status.rawValue < $1.status.rawValue }) {
            return .failure(reason)
        }
        guard post(postings) else { return .failure(RefusalReason(.insufficientQuota)) }
        for draw in own {
            switch draw.source {
            case .quota(let id): rows.relations[id]?.openHolds += 1
            case .ownAccount: rows.persons[plan.wallet]?.ownHolds += 1
            }
        }
        return .success(held)
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
