import Domain
import Ledger
import RuleSets
import Wire

/// The care province's side of the two phases (`protocol/states.md`, Coordinator).
extension Engine {
    // MARK: Clients

    mutating func beginSettlement(
        _ order: ServiceRequest.SettlementOrder, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard let institution = order.institution else {
            return .refused(.form("institution", "1 to 32 of A-Z, 0-9 and -"))
        }
        guard let mode = order.mode else { return .refused(.form("mode", "exact or up_to")) }
        guard caller.mayTouch(institution) else { return .refused(.notPermitted) }
        let hold =
            order.holdMilliseconds == 0 ? Limits.holdMillisecondsDefault : order.holdMilliseconds
        guard (Limits.holdMillisecondsMin...Limits.holdMillisecondsMax).contains(hold) else {
            let (least, most) = (Limits.holdMillisecondsMin, Limits.holdMillisecondsMax)
            return .refused(.form("hold_ms", "\(least) to \(most) ms, or 0"))
        }
        guard rows.coordinations[id] == nil else {
            return .refused(.form("id", "an id that no transaction has"))
        }
        guard let walletProvince = order.walletProvince,
            environment.provinces.contains(walletProvince)
        else { return .refused(.unknownProvince) }
        let wanted: Fen
        switch amount(order.amount) {
        case .success(let fen): wanted = fen
        case .failure(let status): return .refused(status)
        }
        guard let category = order.category else { return .refused(.categoryUnknown) }
        guard let bill = order.bill else { return .refused(.billIncomplete) }
        let today = BusinessDate(at: now)
        let entry = environment.register.entry(code: institution, on: today)
        let region = entry?.region ?? RegionCode(province)
        if entry == nil, let reason = undesignated(institution, order, walletProvince) {
            return .refused(reason)
        }
        // rule N13
        guard !category.isPremium || mode == .exact else { return .refused(.premiumInPart) }
        rows.coordinations[id] = Coordination(
            transaction: id, state: .askingWallet,
            order: Coordination.Order(
                wallet: order.wallet, walletProvince: walletProvince, institution: institution,
                institutionKind: entry?.kind ?? category.usualPlace, region: region,
                category: category, amount: wanted, mode: mode, holdMilliseconds: hold,
                withoutOwnAccount: order.withoutOwnAccount, bill: bill),
            plan: nil, votes: [], commitRequest: nil, reverseRequest: nil, finals: [], date: nil,
            reversalDate: nil, reason: nil, certificate: nil, created: now,
            wake: now.advanced(byMilliseconds: Limits.voteWaitMilliseconds))
        send(
            .walletQuery(
                WalletQuery(
                    transaction: id, wallet: order.wallet, careRegion: region,
                    institution: institution, category: category, amount: wanted, mode: mode,
                    billDigest: environment.sm3.digest(bill.encoded(wallet: order.wallet)),
                    credential: bill.credential, withoutOwnAccount: order.withoutOwnAccount)),
            to: walletProvince)
        return .waits
    }

    mutating func commitSettlement(
        _ transaction: Identifier, _ value: Int64, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        let final: Fen
        switch amount(value) {
        case .success(let fen): final = fen
        case .failure(let status): return .refused(status)
        }
        guard var coordination = coordination(transaction, caller) else {
            return .refused(.transactionUnknown)
        }
        switch coordination.state {
        case .askingWallet, .reserving: return .refused(.notReservedYet)
        case .committing, .reversing: return .refused(.inProgress)
        case .settled: return .refused(.alreadySettled)
        case .reversed: return .refused(.alreadyReversed)
        case .releasing, .released:
            return .refused(coordination.reason ?? RefusalReason(.reservationCancelled))
        case .reserved: break
        }
        guard let plan = coordination.plan else { return .refused(.transactionUnknown) }
        let held = heldByDraw(plan.plan, coordination.votes)
        guard final <= held.sum() else { return .refused(.finalAboveReserved) }
        // rule N13
        guard !plan.plan.category.isPremium || final == plan.plan.amount else {
            return .refused(.premiumInPart)
        }
        var rest = final
        coordination.finals = held.map { limit in
            let part = min(rest, limit)
            rest = rest - part
            return part
        }
        coordination.state = .committing
        coordination.refusedFinals = []
        coordination.commitRequest = id
        coordination.wake = now.advanced(byMilliseconds: Limits.inquireEveryMillisecondsMax)
        rows.coordinations[transaction] = coordination
        let primary = plan.plan.primary
        send(
            .commit(
                Commit(
                    transaction: transaction, planDigest: plan.digest,
                    finals: coordination.finals,
                    votes: coordination.votes.filter {
                        $0.vote.participant != primary && $0.vote.participant != province
                    },
                    ownVote: primary == province
                        ? nil
                        : coordination.votes.first { $0.vote.participant == province }?.vote)),
            to: primary)
        return .waits
    }

    /// The transaction, if the caller may touch it; one of another institution is unknown to it.
    private func coordination(_ transaction: Identifier, _ caller: Caller) -> Coordination? {
        guard let found = rows.coordinations[transaction],
            caller.mayTouch(found.order.institution)
        else { return nil }
        return found
    }

    mutating func cancelSettlement(
        _ transaction: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard let coordination = coordination(transaction, caller) else {
            return .refused(.transactionUnknown)
        }
        switch coordination.state {
        case .askingWallet, .reserving, .reserved:
            giveUp(coordination, RefusalReason(.reservationCancelled))
            return .done(.released(transaction: transaction))
        case .releasing, .released: return .done(.released(transaction: transaction))
        case .committing: return .refused(.inProgress)
        case .settled, .reversing: return .refused(.alreadySettled)
        case .reversed: return .refused(.alreadyReversed)
        }
    }

    mutating func reverseSettlement(
        _ transaction: Identifier, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard var coordination = coordination(transaction, caller) else {
            return .refused(.transactionUnknown)
        }
        switch coordination.state {
        case .askingWallet, .reserving, .reserved, .releasing, .released:
            return .refused(.notSettled)
        case .reversing: return .refused(.inProgress)
        case .reversed: return .refused(.alreadyReversed)
        case .committing, .settled: break
        }
        guard let plan = coordination.plan else { return .refused(.transactionUnknown) }
        // Behind a commit that is under way, the primary sees the reversal after it.
        coordination.state = .reversing
        coordination.reverseRequest = id
        coordination.wake = now.advanced(byMilliseconds: Limits.inquireEveryMillisecondsMax)
        rows.coordinations[transaction] = coordination
        send(
            .reverse(
                Reverse(transaction: transaction, planDigest: plan.digest, reversal: id)),
            to: plan.plan.primary)
        return .waits
    }

    // MARK: Reserve

    mutating func take(_ reply: WalletReply, from: ProvinceCode, _ batch: ProofSource?) {
        guard var coordination = rows.coordinations[reply.transaction],
            coordination.order.walletProvince == from
        else {
            reject(.walletReply(reply), from, "not_asked")
            return
        }
        // A reply that comes after the client was told that it took too long.
        guard coordination.state == .askingWallet else { return }
        let order = coordination.order
        let permission: Permission
        switch reply.result {
        case .failure(let reason):
            close(coordination, reason)
            return
        case .success(let given): permission = given
        }
        guard permission.draws.allSatisfy({ environment.provinces.contains($0.province) }) else {
            close(coordination, RefusalReason(.unknownProvince))
            return
        }
        let plan = EncodedPlan(
            Plan(
                transaction: coordination.transaction, care: province, wallet: order.wallet,
                walletProvince: order.walletProvince, institution: order.institution,
                institutionKind: order.institutionKind, careRegion: order.region,
                category: order.category, bill: order.bill, amount: order.amount, mode: order.mode,
                permission: permission, holdMilliseconds: order.holdMilliseconds),
            hashing: environment.sm3)
        // The wallet may have named one relation twice, or permitted something else; no participant would
        // hold that.
        guard plan.plan.isWellFormed,
            permission.terms
                == PermissionTerms(of: plan.plan, hashing: environment.sm3)
                .digest(environment.sm3)
        else {
            close(coordination, RefusalReason(.planInvalid))
            return
        }
        coordination.plan = plan
        coordination.state = .reserving
        coordination.wake = now.advanced(byMilliseconds: Limits.voteWaitMilliseconds)
        rows.coordinations[coordination.transaction] = coordination
        let participants = plan.plan.participants
        // The wallet province knows its seal, and what care has from there it need not show itself.
        let needsProof = { [province] in $0 != from && $0 != province && from != province }
        let proven =
            participants.contains(where: needsProof)
            ? ProvenPermission(reply: reply, receipt: Proof.batch(batch).receipt) : nil
        for participant in participants {
            send(
                .reserve(Reserve(plan, permission: needsProof(participant) ? proven : nil)),
                to: participant)
        }
    }

    mutating func take(_ vote: Vote, from: ProvinceCode, _ batch: ProofSource?) {
        examine(vote, from: from, batch)
        guard var coordination = rows.coordinations[vote.transaction],
            let plan = coordination.plan, vote.participant == from,
            vote.isFit(for: plan)
        else {
            reject(.vote(vote), from, "vote_not_of_this_plan")
            return
        }
        guard coordination.state == .reserving,
            !coordination.votes.contains(where: { $0.vote.participant == from })
        else { return }
        let participants = plan.plan.participants
        // Only the primary reads the votes of others, and it has its own.
        let needsProof =
            participants.count > 1 && from != plan.plan.primary && from != province
            && plan.plan.primary != province
        coordination.votes.append(
            ProvenVote(vote: vote, receipt: needsProof ? Proof.batch(batch).receipt : nil))
        guard coordination.votes.count == participants.count else {
            rows.coordinations[vote.transaction] = coordination
            return
        }
        let held = heldByDraw(plan.plan, coordination.votes)
        guard held.sum() > .zero else {
            giveUp(coordination, RefusalReason(.insufficientQuota))
            return
        }
        // By the primary's clock, but no later than what was asked for.
        let latest = now.advanced(
            byMilliseconds: plan.plan.holdMilliseconds + Limits.clockSkewMillisecondsMax)
        let said = coordination.votes.first { $0.vote.participant == plan.plan.primary }
        let expires = min(said?.vote.expires ?? latest, latest)
        coordination.state = .reserved
        coordination.wake =
            max(expires, now)
            .advanced(byMilliseconds: Limits.inquireAfterMilliseconds)
        rows.coordinations[vote.transaction] = coordination
        complete(
            vote.transaction,
            .reservation(
                transaction: vote.transaction, expires: expires,
                draws: plan.plan.finals(held)))
    }

    mutating func take(_ refusal: Refusal, from: ProvinceCode, _ batch: ProofSource?) {
        examine(refusal, from: from, batch)
        guard var coordination = rows.coordinations[refusal.transaction],
            let plan = coordination.plan, refusal.participant == from,
            refusal.planDigest == plan.digest, plan.plan.participants.contains(from)
        else {
            reject(.refusal(refusal), from, "refusal_not_of_this_plan")
            return
        }
        switch coordination.state {
        case .reserving:
            // The client used its id once; that the id is known elsewhere, a new one mends.
            giveUp(
                coordination,
                refusal.reason.status == .idReused
                    ? RefusalReason(.alreadyDecided) : refusal.reason)
        case .committing where from == plan.plan.primary:
            // The primary holds on but will not commit this: the client may commit otherwise.
            let request = coordination.commitRequest
            coordination.state = .reserved
            coordination.commitRequest = nil
            coordination.refusedFinals = coordination.finals
            coordination.finals = []
            coordination.wake = now.advanced(byMilliseconds: Limits.inquireAfterMilliseconds)
            rows.coordinations[refusal.transaction] = coordination
            if let request { complete(request, .refused(refusal.reason)) }
        case .reversing where from == plan.plan.primary && coordination.date == nil:
            // The reversal behind the commit ends it either way; a commit would belie the refusal.
            coordination.refusedFinals = coordination.finals
            rows.coordinations[refusal.transaction] = coordination
        case .askingWallet, .reserved, .committing, .settled, .reversing, .reversed,
            .releasing, .released:
            break
        }
    }

    /// Ends a transaction that no `Commit` was sent for: whatever anyone holds, nothing is taken.
    private mutating func giveUp(_ before: Coordination, _ reason: RefusalReason) {
        guard let plan = before.plan else {
            close(before, reason)
            return
        }
        var coordination = before
        coordination.state = .releasing
        coordination.reason = reason
        coordination.wake = now.advanced(byMilliseconds: Limits.inquireEveryMillisecondsMax)
        rows.coordinations[coordination.transaction] = coordination
        complete(coordination.transaction, .refused(reason))
        send(
            .release(Release(transaction: coordination.transaction, planDigest: plan.digest)),
            to: plan.plan.primary)
    }

    /// Ends a transaction of which no participant knows, or of which the primary has said so.
    mutating func close(_ before: Coordination, _ reason: RefusalReason) {
        var coordination = before
        coordination.state = .released
        coordination.reason = coordination.reason ?? reason
        coordination.votes = []
        coordination.finals = []
        coordination.refusedFinals = []
        coordination.wake = nil
        rows.coordinations[coordination.transaction] = coordination
        complete(coordination.transaction, .refused(reason))
        if let request = coordination.commitRequest { complete(request, .refused(reason)) }
        if let request = coordination.reverseRequest {
            complete(request, .refused(RefusalReason(.notSettled)))
        }
    }

    // MARK: Outcome

    /// The primary's decision reaches the coordinator.
    mutating func coordinate(
        _ decision: Decision, proof: Proof, _ source: ProofSource?
    ) -> Judgement {
        guard var coordination = rows.coordinations[decision.transaction],
            let plan = coordination.plan
        else { return .ofAnother }
        let judgement = Binding(
            coordination, plan, heldByDraw: heldByDraw(plan.plan, coordination.votes)
        ).judge(decision)
        guard judgement == .fits else { return judgement }
        guard !isUntimely(decision, since: coordination.created) else { return .untimely }
        switch decision.outcome {
        case .released(let status):
            keepProof(proof, plan.plan, &coordination)
            close(coordination, RefusalReason(status))
        case .committed(let finals, let date):
            if coordination.state == .reserved {
                // The primary had refused this very commit: what it says now is the outcome all the same,
                // for all payers have it.
                coordination.finals = coordination.refusedFinals
                coordination.state = .committing
            }
            accuseOfRefused(coordination, decision, source)
            guard claim(finals, plan.plan, date) else { return .notBookable }
            coordination.date = date
            coordination.refusedFinals = []
            keepProof(proof, plan.plan, &coordination)
            if coordination.state == .committing {
                coordination.state = .settled
                coordination.votes = []
                coordination.wake = nil
            }
            rows.coordinations[decision.transaction] = coordination
            completeCommit(coordination, finals, date, decision.primary)
        case .reversed(let finals, let date, let reversal, let reversalDate):
            if coordination.date == nil {
                accuseOfRefused(coordination, decision, source)
                guard claim(finals, plan.plan, date) else { return .notBookable }
                coordination.date = date
                completeCommit(coordination, finals, date, decision.primary)
            }
            guard unclaim(finals, plan.plan, date, reversalDate) else { return .notBookable }
            coordination.state = .reversed
            coordination.reversalDate = reversalDate
            coordination.refusedFinals = []
            coordination.votes = []
            coordination.wake = nil
            keepProof(proof, plan.plan, &coordination)
            rows.coordinations[decision.transaction] = coordination
            if let request = coordination.reverseRequest {
                complete(
                    request,
                    .reversed(
                        transaction: decision.transaction, date: date,
                        primary: decision.primary, draws: finals, reversal: reversal,
                        reversalDate: reversalDate))
            }
        }
        passOn(coordination, decision)
        return .fits
    }

    /// It is settled what its primary had refused to commit.
    private mutating func accuseOfRefused(
        _ coordination: Coordination, _ decision: Decision, _ source: ProofSource?
    ) {
        guard !coordination.refusedFinals.isEmpty else { return }
        accuse(decision.primary, decision.transaction, .refusedAndCommitted, source)
    }

    private mutating func completeCommit(
        _ coordination: Coordination, _ finals: [FinalDraw], _ date: BusinessDate,
        _ primary: ProvinceCode
    ) {
        guard let request = coordination.commitRequest else { return }
        complete(
            request,
            .settled(
                transaction: coordination.transaction, date: date, primary: primary,
                draws: finals))
    }

    /// The certificate goes to the others too (design §3, step 4): one that cannot hear the primary
    /// hears this node, and a primary that says two things is found out.
    private mutating func passOn(_ coordination: Coordination, _ decision: Decision) {
        guard let plan = coordination.plan?.plan, let receipt = coordination.certificate else {
            return
        }
        for other in plan.participants where other != plan.primary && other != province {
            send(.certificate(Certificate(decision: decision, receipt: receipt)), to: other)
        }
    }

    /// Others may ask this node for a decision that a remote primary made.
    private func keepProof(_ proof: Proof, _ plan: Plan, _ coordination: inout Coordination) {
        let others = plan.participants.contains { $0 != plan.primary && $0 != province }
        if others, plan.primary != province, let receipt = proof.receipt {
            coordination.certificate = receipt
        }
    }

    private mutating func claim(
        _ finals: [FinalDraw], _ plan: Plan, _ date: BusinessDate
    ) -> Bool {
        let isPosted = post(
            finals.map { final in
                Posting(
                    cause: plan.transaction, step: .claim, debit: .receivable(final.province),
                    credit: .institution(plan.institution), amount: final.amount)
            })
        if isPosted { recordClaims(finals, plan, date, reversed: nil) }
        return isPosted
    }

    private mutating func unclaim(
        _ finals: [FinalDraw], _ plan: Plan, _ date: BusinessDate, _ reversed: BusinessDate
    ) -> Bool {
        let isPosted = post(
            finals.map { final in
                Posting(
                    cause: plan.transaction, step: .claimReversal,
                    debit: .institution(plan.institution), credit: .receivable(final.province),
                    amount: final.amount)
            })
        if isPosted { recordClaims(finals, plan, date, reversed: reversed) }
        return isPosted
    }

    /// Posts all or nothing; false if an account would end below zero.
    mutating func post(_ postings: [Posting]) -> Bool {
        do throws(Books.OutOfRange) {
            try rows.books.post(postings)
            return true
        } catch {
            return false
        }
    }

    // MARK: Time

    mutating func wakeCoordination(_ transaction: Identifier) {
        guard var coordination = rows.coordinations[transaction], let wake = coordination.wake,
            wake <= now
        else { return }
        switch coordination.state {
        case .askingWallet, .reserving:
            giveUp(coordination, RefusalReason(.participantTimeout))
        case .reserved, .committing, .reversing, .releasing:
            coordination.wake = now.advanced(byMilliseconds: Limits.inquireEveryMillisecondsMax)
            rows.coordinations[transaction] = coordination
            inquire(coordination)
        case .settled, .reversed, .released:
            coordination.wake = nil
            rows.coordinations[transaction] = coordination
        }
    }

    mutating func inquire(_ coordination: Coordination) {
        guard let plan = coordination.plan else { return }
        send(
            .inquire(
                Inquire(
                    transaction: coordination.transaction, planDigest: plan.digest,
                    care: province, primary: plan.plan.primary)),
            to: plan.plan.primary)
    }

    /// What every draw of `plan` holds by `votes`, in plan order.
    func heldByDraw(_ plan: Plan, _ votes: [ProvenVote]) -> [Fen] {
        var next: [ProvinceCode: Int] = [:]
        return plan.draws.map { draw in
            let index = next[draw.province, default: 0]
            next[draw.province] = index + 1
            let vote = votes.first { $0.vote.participant == draw.province }?.vote
            guard let vote, index < vote.held.count else { return .zero }
            return vote.held[index]
        }
    }
}

extension Vote {
    /// Whether it is a vote on exactly this plan that holds what the plan lets its participant hold.
    func isFit(for plan: EncodedPlan) -> Bool {
        let limits = plan.plan.draws.filter { $0.province == participant }.map(\.limit)
        guard transaction == plan.plan.transaction, planDigest == plan.digest,
            !limits.isEmpty, held.count == limits.count
        else { return false }
        switch plan.plan.mode {
        case .exact: return held == limits
        case .upTo: return zip(held, limits).allSatisfy { $0 <= $1 }
        }
    }
}

extension Plan {
    /// The draws with what they came to; `amounts` has one a draw.
    func finals(_ amounts: [Fen]) -> [FinalDraw] {
        zip(draws, amounts).map { draw, amount in
            FinalDraw(province: draw.province, source: draw.source, amount: amount)
        }
    }
}
