import Domain
import Ledger
import RuleSets
import Wire

/// The wallet province's part: it knows its people, who gives to them, and what there is to spend.
extension Engine {
    // MARK: Proposals

    mutating func take(_ proposal: RelationProposal, from payer: ProvinceCode) {
        switch proposed(proposal, payer) {
        case .failure(let status):
            if status == .recipientNotInsured { effects.foundNobody.append(payer) }
            send(
                .relationAnswer(
                    RelationAnswer(relation: proposal.relation, result: .failure(status))),
                to: payer)
        case .success(let facts):
            send(
                .relationAnswer(
                    RelationAnswer(relation: proposal.relation, result: .success(facts))),
                to: payer)
        }
    }

    /// Where a proposal is looked up. What is not there is looked up all the same, under names that
    /// nobody has, so that the answer takes as long.
    struct ProposalNames {
        /// Of a sealed number.
        let index: Digest?
        let wallet: WalletID
    }

    func names(in proposal: RelationProposal) -> ProposalNames {
        // The id of a relation is never that of a wallet here: `proposed` sees to it.
        let nobody = WalletID(proposal.relation)
        switch proposal.recipient {
        case .wallet(let wallet): return ProposalNames(index: nil, wallet: wallet)
        case .sealed(let box):
            let index =
                environment.identities.open(box, context: proposal.relation)?.index
                ?? environment.sm3.digest(proposal.relation.bytes)
            guard rows.identities.isLoaded(index), let wallet = rows.identities[index] else {
                return ProposalNames(index: index, wallet: nobody)
            }
            return ProposalNames(index: index, wallet: wallet)
        }
    }

    /// Whoever asks hears the same, whether a number is nobody's, a box does not open, a person is not
    /// insured, or nothing may be told of them: 43, and nothing else.
    private mutating func proposed(
        _ proposal: RelationProposal, _ payer: ProvinceCode
    ) -> Result<RelationAnswer.Facts, Status> {
        guard proposal.giverRegion.province == payer else { return .failure(.malformed) }
        let isAllowed = payer == province || isCommitted(proposal)
        let wallet = names(in: proposal).wallet
        // The id of a wallet stands for its own account among usage records (and rule N3).
        guard isAllowed, proposal.relation != wallet.value, let person = rows.persons[wallet],
            payer == province || person.isInsured
        else { return .failure(.recipientNotInsured) }
        var grants = rows.grants[wallet] ?? []
        let set = environment.rules.set(for: [person.region, proposal.giverRegion], on: today)
        let others = grants.filter { grant in
            grant.relation != proposal.relation && grant.phase.isAlive
                && isUnder(set, person.region, grant)
        }
        if let known = grants.first(where: { $0.relation == proposal.relation }) {
            // Care provinces know the ids of relations, and could tell whose a number is.
            guard known.payer == payer else { return .failure(.recipientNotInsured) }
            guard known.phase.isAlive else { return .failure(.relationEnded) }
        } else {
            // Heard from now on: a second proposal finds that there is a first (rules Z2, Z4).
            let grant = Grant(
                relation: proposal.relation, payer: payer, giver: proposal.giver,
                giverRegion: proposal.giverRegion, kinship: proposal.kinship,
                priority: proposal.priority, available: .zero, phase: .proposed,
                // By this province's own clock: the order of use is no matter of the payer.
                granted: now, version: 0)
            guard add(grant, to: &grants) else { return .failure(.tooManyRelations) }
            rows.grants[wallet] = grants
        }
        return .success(
            RelationAnswer.Facts(
                wallet: wallet, insurance: person.insurance,
                // No rule tells apart who is insured and who is interrupted; who is neither, only their
                // own province hears of.
                standing: person.isInsured ? .insured : person.standing,
                region: person.region, violation: person.hasViolation(on: today),
                // rule W12: only what the rules that both sides know of ask for, and no more of it than
                // yes or no.
                age: proposal.asksAge ? person.age(on: today).flatMap { set?.told(age: $0) } : nil,
                givers: min(others.count, set?.giversMax ?? 1),
                gives: notEnded(of: wallet).contains { $0 != proposal.relation }))
    }

    /// Rule N6: between provinces nothing is told without the letter that the giver has signed. That there
    /// is one is the payer's word, and signed by it with the proposal.
    private func isCommitted(_ proposal: RelationProposal) -> Bool {
        guard let date = proposal.commitment?.date else { return false }
        let latest = now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax)
        return date <= BusinessDate(at: latest)
    }

    /// Whether a grant goes by the same rules: what crosses the region is no matter of a set for the
    /// region alone, so that nobody elsewhere can take the one place that it leaves (rules Z2, Z4).
    func isUnder(_ set: RuleSet?, _ recipient: RegionCode, _ grant: Grant) -> Bool {
        environment.rules.set(for: [recipient, grant.giverRegion], on: today)?.name == set?.name
    }

    /// Of one payer, an ended grant makes room for a new one; no payer crowds out another.
    private func add(_ grant: Grant, to grants: inout [Grant]) -> Bool {
        let own = grants.indices.filter { grants[$0].payer == grant.payer }
        if own.count >= Limits.grantsOfOnePayerMax {
            guard let ended = own.first(where: { !grants[$0].phase.isAlive }) else {
                return false
            }
            grants.remove(at: ended)
        }
        grants.append(grant)
        return true
    }

    // MARK: Consent

    mutating func consent(
        _ relation: Identifier, _ wallet: WalletID, _ accepted: Bool,
        _ verification: Verification?, id: Identifier
    ) -> CommandResult {
        var grants = rows.grants[wallet] ?? []
        guard let index = grants.firstIndex(where: { $0.relation == relation }) else {
            return .refused(.relationUnknown)
        }
        guard grants[index].phase.isAlive else { return .refused(.relationEnded) }
        // Whoever receives may decline at any time; there is something to accept only while it is asked.
        guard !accepted || grants[index].consentUntil != nil else {
            return .refused(.nothingAwaited)
        }
        guard grants[index].consentRequest == nil else { return .refused(.inProgress) }
        guard !accepted || verification != nil else { return .refused(.verificationMissing) }
        guard isPast(verification) else { return .refused(.verificationInFuture) }
        if accepted, let verification, let person = rows.persons[wallet] {
            let places = [person.region, grants[index].giverRegion]
            let set = environment.rules.set(for: places, on: today)
            if let reason = consentVerificationRefusal(verification, set) {
                return .refused(reason)
            }
        }
        grants[index].consentRequest = id
        rows.grants[wallet] = grants
        send(
            .relationConsent(
                RelationConsent(
                    relation: relation, accepted: accepted, verification: verification)),
            to: grants[index].payer)
        return .waits
    }

    // MARK: Notices

    mutating func take(_ notice: QuotaNotice, from payer: ProvinceCode) {
        var grants = rows.grants[notice.wallet] ?? []
        var request: Identifier?
        if let index = grants.firstIndex(where: { $0.relation == notice.relation }) {
            guard grants[index].payer == payer else {
                reject(.quotaNotice(notice), payer, "notice_of_another_province")
                return
            }
            guard grants[index].version < notice.version else { return }
            // Where nothing was awaited, the client that waits has declined.
            let hasDeclined = grants[index].consentUntil == nil
            grants[index].available = notice.available
            grants[index].phase = notice.phase
            grants[index].version = plausible(notice.version)
            grants[index].consentUntil = notice.consentUntil
            grants[index].status = notice.status
            // A notice that still waits for consent, or for which a relation that was declined is alive,
            // was sent before the recipient's word was heard.
            if notice.consentUntil == nil && !(hasDeclined && notice.phase.isAlive) {
                request = grants[index].consentRequest
                grants[index].consentRequest = nil
            }
            rows.grants[notice.wallet] = grants
        } else {
            // A relation is heard of first as a proposal.
            reject(.quotaNotice(notice), payer, "not_proposed")
            return
        }
        let granted = grants.first { $0.relation == notice.relation }?.granted ?? now
        for use in notice.uses {
            guard isPlausible(use, since: granted) else {
                reject(.quotaNotice(notice), payer, "use_of_another_time")
                continue
            }
            rows.usages.append(
                Usage(
                    key: Usage.Key(
                        subject: .recipient(notice.wallet), date: use.date,
                        transaction: use.transaction, source: notice.relation),
                    insured: payer, care: use.care, institution: use.institution,
                    category: use.category, amount: use.amount, reversalDate: use.reversalDate,
                    other: notice.giver))
        }
        if let request { answerConsent(request, notice, grants) }
    }

    /// A version that no clock can have given is taken for now: whatever a payer once said, it is heard
    /// again.
    private func plausible(_ version: UInt64) -> UInt64 {
        let latest = now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax)
        return version <= UInt64(clamping: latest.milliseconds)
            ? version : UInt64(clamping: now.milliseconds)
    }

    /// Whether its days are over, and none was before this province first heard of the relation. A
    /// `granted` that is still to come was written by a clock that has been set right since.
    private func isPlausible(_ use: Use, since granted: Instant) -> Bool {
        let first = BusinessDate(
            at: min(granted, now).advanced(byMilliseconds: -Limits.decidedEarlyMillisecondsMax))
        let last = BusinessDate(
            at: now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax))
        return first <= use.date && use.date <= last
            && use.reversalDate.map { use.date <= $0 && $0 <= last } ?? true
    }

    /// What the payer province made of the recipient's word.
    private mutating func answerConsent(
        _ request: Identifier, _ notice: QuotaNotice, _ grants: [Grant]
    ) {
        if let status = notice.status, status != .consentDeclined {
            complete(request, .refused(RefusalReason(status)))
            return
        }
        complete(
            request,
            .wallet(
                ServiceReply.WalletView(
                    wallet: notice.wallet, own: nil,
                    received: grants.filter { $0.relation == notice.relation }
                        .map { ServiceReply.WalletView.Received($0) },
                    given: [])))
    }
}

extension ServiceReply.WalletView.Received {
    /// A grant as clients see it.
    package init(_ grant: Grant) {
        self.init(
            relation: grant.relation, province: grant.payer, giver: grant.giver,
            kinship: grant.kinship, available: grant.available, phase: grant.phase,
            granted: grant.granted, consentUntil: grant.consentUntil, status: grant.status)
    }
}
