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

    /// Who a proposal names, as far as this node can tell.
    func wallet(named proposal: RelationProposal) -> Result<WalletID, Status> {
        switch proposal.recipient {
        case .wallet(let wallet): return .success(wallet)
        case .sealed(let box):
            guard
                let opened = environment.identities.open(box, context: proposal.relation)
            else { return .failure(.identityUnreadable) }
            guard rows.identities.isLoaded(opened.index),
                let wallet = rows.identities[opened.index]
            else { return .failure(.recipientNotInsured) }
            return .success(wallet)
        }
    }

    private mutating func proposed(
        _ proposal: RelationProposal, _ payer: ProvinceCode
    ) -> Result<RelationAnswer.Facts, Status> {
        guard proposal.giverRegion.province == payer else { return .failure(.malformed) }
        let wallet: WalletID
        switch self.wallet(named: proposal) {
        case .failure(let status): return .failure(status)
        case .success(let named): wallet = named
        }
        // rule N3
        guard let person = rows.persons[wallet] else { return .failure(.recipientNotInsured) }
        // The id of a wallet stands for its own account among usage records.
        guard proposal.relation != wallet.value else { return .failure(.malformed) }
        var grants = rows.grants[wallet] ?? []
        let set = environment.rules.set(for: [person.region, proposal.giverRegion], on: today)
        let others = grants.filter { grant in
            grant.relation != proposal.relation && grant.phase.isAlive
                && isUnder(set, person.region, grant)
        }
        if let known = grants.first(where: { $0.relation == proposal.relation }) {
            guard known.payer == payer else { return .failure(.relationOfAnother) }
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
                wallet: wallet, insurance: person.insurance, standing: person.standing,
                region: person.region, violation: person.hasViolation(on: today),
                // rule W12: only what the rules that both sides know of ask for.
                age: proposal.asksAge && set?.asksForAge == true ? person.age(on: today) : nil,
                givers: others.count,
                gives: notEnded(of: wallet).contains { $0 != proposal.relation }))
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

    // MARK: What there is to spend

    mutating func answer(_ query: WalletQuery, to care: ProvinceCode) {
        func reply(_ status: Status) -> Message {
            .walletReply(
                WalletReply(
                    transaction: query.transaction, status: status, sources: [],
                    ownBalance: .zero))
        }
        // rule N3: the recipient is insured here, under any basic medical insurance.
        guard let person = rows.persons[query.wallet], person.isInsured else {
            send(reply(.recipientNotInsured), to: care)
            return
        }
        guard query.careRegion.province == care else {
            send(reply(.malformed), to: care)
            return
        }
        let own = clamped(rows.books.balance(.personal(query.wallet)))
        let usable = usableGrants(query.wallet)
        // Rules Z6 S5: as the rules of each quota say; a giver elsewhere does not change those of others.
        let firsts = usable.map { settlementRules(person, query.careRegion, [$0])?.ownAccount }
        let open = zip(usable, firsts).filter { $1 != .onlyWhenEmpty || own == .zero }.map(\.0)
        let order = settlementRules(person, query.careRegion, usable)?.drawOrder
        let sources = inOrder(open, order ?? .oldestGrantFirst)
        send(
            .walletReply(
                WalletReply(
                    transaction: query.transaction, status: nil,
                    sources: sources.prefix(Limits.drawsMax).map {
                        WalletReply.Source(
                            relation: $0.relation, province: $0.payer, available: $0.available)
                    },
                    ownBalance: own, ownAccountFirst: firsts.contains { $0 != nil })),
            to: care)
    }

    func usableGrants(_ wallet: WalletID) -> [Grant] {
        (rows.grants[wallet] ?? []).filter { $0.phase == .active && $0.available > .zero }
    }

    /// The rules of the smallest region that holds the person, the givers and the place of care.
    func settlementRules(
        _ person: Person, _ careRegion: RegionCode, _ grants: [Grant]
    ) -> RuleSet? {
        environment.rules.set(
            for: [person.region, careRegion] + grants.map(\.giverRegion), on: today)
    }

    /// Rule S4 and its settings; what is equal goes by the relation's id.
    private func inOrder(_ grants: [Grant], _ order: DrawOrder) -> [Grant] {
        switch order {
        case .oldestGrantFirst:
            grants.sorted { ($0.granted, $0.relation) < ($1.granted, $1.relation) }
        case .giverPriority:
            grants.sorted { ($0.priority, $0.relation) < ($1.priority, $1.relation) }
        case .balanceDescending:
            grants.map { (grant: $0, balance: giverBalance($0)) }
                .sorted {
                    ($1.balance, $0.grant.relation) < ($0.balance, $1.grant.relation)
                }.map(\.grant)
        }
    }

    /// What the giver of a grant has on the account. Only sets within one province order by it.
    private func giverBalance(_ grant: Grant) -> Int64 {
        grant.payer == province ? rows.books.balance(.personal(grant.giver)) : 0
    }

    /// A balance as one amount of a message: never more than one may be.
    func clamped(_ balance: Int64) -> Fen { Fen(balance) ?? .limit }
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
