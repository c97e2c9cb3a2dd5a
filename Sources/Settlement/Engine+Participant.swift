import Domain
import Ledger
import Wire

/// A participant's side of the two phases (`protocol/states.md`, Participant): it holds, and asks when
/// it hears nothing.
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

    func vote(of participation: Participation) -> Vote {
        Vote(
            transaction: participation.transaction, planDigest: participation.planDigest,
            participant: province, held: participation.held, expires: participation.expires)
    }

    mutating func refuse(
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
