import Domain
import Ledger
import RuleSets
import Wire

/// The life of a relation, kept by the payer province (`protocol/states.md`, Relation).
extension Engine {
    // MARK: Proposed

    mutating func createRelation(
        _ order: ServiceRequest.RelationOrder, id: Identifier
    ) -> CommandResult {
        guard let over = order.over else { return .refused(.form("channel", "a channel")) }
        guard let recipient = order.recipient else {
            return .refused(.form("recipient", "a wallet id or a sealed number, one of the two"))
        }
        if order.commitmentDigest != nil, order.commitmentDate > today {
            return .refused(.commitmentInFuture)
        }
        guard isPast(order.verification) else { return .refused(.verificationInFuture) }
        guard let recipientProvince = order.recipientProvince,
            environment.provinces.contains(recipientProvince)
        else { return .refused(.unknownProvince) }
        guard let giver = rows.persons[order.giver] else { return .refused(.walletUnknown) }
        guard let kinship = order.kinship else { return .refused(.kinshipNotAllowed) }
        guard recipient != .wallet(order.giver) else { return .refused(.selfRelation) }
        let given = notEnded(of: order.giver)
        guard given.count < Limits.relationsOfOneGiverMax else {
            return .refused(.tooManyRelations)
        }
        if let reason = agentRefusal(order, giver) { return .refused(reason) }
        var wallet: WalletID?
        if case .wallet(let named) = recipient { wallet = named }
        let relation = Relation(
            id: id, giver: order.giver, giverRegion: giver.region, recipient: wallet,
            recipientProvince: recipientProvince, recipientRegion: nil, kinship: kinship,
            commitmentDigest: order.commitmentDigest, commitmentDate: order.commitmentDate,
            verification: order.verification, endVerification: nil,
            kinshipProof: order.kinshipProof, agentIdentity: order.agentIdentity, consent: nil,
            consentUntil: nil, priority: order.priority, madeOver: over, endedOver: nil,
            granted: now, phase: .proposed, ended: nil, openHolds: 0, noticeVersion: 0,
            wake: now.advanced(byMilliseconds: Limits.proposalMilliseconds))
        if recipientProvince != province {
            // Nobody elsewhere is asked about what cannot be: as if all were well with the recipient.
            let hoped = BindingQuestion.Recipient(
                insurance: .resident, standing: .insured,
                region: RegionCode(recipientProvince), violation: false, age: nil, givers: 0,
                gives: false)
            if let reason = refusal(of: relation, giver, hoped) { return .refused(reason) }
            // Whatever the rules: nothing is told there without it.
            guard order.commitmentDigest != nil else { return .refused(.commitmentMissing) }
        }
        rows.relations[id] = relation
        rows.given[order.giver] = given + [id]
        // What has ended is told first: it may make room for this one.
        sendNotices(to: recipientProvince)
        send(
            .relationProposal(
                RelationProposal(
                    relation: id, giver: order.giver, giverRegion: giver.region,
                    kinship: kinship, recipient: recipient,
                    asksAge: asksForAge(giver.region, recipientProvince),
                    priority: order.priority,
                    commitment: order.commitmentDigest.map {
                        Commitment(digest: $0, date: order.commitmentDate)
                    })),
            to: recipientProvince)
        return .waits
    }

    /// The relations of a giver that have not ended. The store's index does not know what ended in
    /// this batch.
    func notEnded(of giver: WalletID) -> [Identifier] {
        (rows.given[giver] ?? []).filter {
            !rows.relations.isLoaded($0) || rows.relations[$0]?.phase != .ended
        }
    }

    /// Whether a set that may govern asks for the age; nobody is asked for it otherwise (rule W12).
    private func asksForAge(_ giver: RegionCode, _ recipient: ProvinceCode) -> Bool {
        let place = recipient == province ? giver : RegionCode(recipient)
        let regions = giver.enclosing(place).path
        return regions.contains {
            environment.rules.set(for: [$0], on: today)?.asksForAge == true
        }
    }

    /// Rule W10. An agent is before the counter of the giver's own agency: its rules ask.
    private func agentRefusal(
        _ order: ServiceRequest.RelationOrder, _ giver: Person
    ) -> RefusalReason? {
        guard order.byAgent, order.agentIdentity == nil else { return nil }
        let set = environment.rules.set(for: [giver.region], on: today)
        let grounds = set?.grounds(compared: "none", limit: "identity of the agent") {
            $0 == .agentIdentity
        }
        return grounds.map { RefusalReason(.agentIdentityMissing, $0) }
    }

    /// What the rules say against the relation with what is known of the recipient.
    private func refusal(
        of relation: Relation, _ giver: Person, _ recipient: BindingQuestion.Recipient
    ) -> RefusalReason? {
        let regions = [giver.region, recipient.region]
        guard let set = environment.rules.set(for: regions, on: today) else {
            return Engine.noRules
        }
        let received = rows.grants[relation.giver] ?? []
        return set.verdict(
            on: BindingQuestion(
                date: today,
                giver: BindingQuestion.Giver(
                    insurance: giver.insurance, standing: giver.standing, region: giver.region,
                    violation: giver.hasViolation(on: today),
                    receives: received.contains {
                        $0.phase.isAlive && isUnder(set, giver.region, $0)
                    }),
                recipient: recipient, kinship: relation.kinship, channel: relation.madeOver,
                hasCommitment: relation.commitmentDigest != nil,
                verification: relation.verification?.method,
                verifiedDaysAgo: relation.verification.map(daysSince) ?? 0,
                agentIdentified: relation.agentIdentity.map { _ in true },
                hasKinshipProof: relation.kinshipProof != nil,
                groups: groups(relation.giver, relation.recipient))
        ).refusal
    }

    mutating func take(_ answer: RelationAnswer, from: ProvinceCode) {
        guard var relation = rows.relations[answer.relation],
            relation.recipientProvince == from, relation.recipientRegion == nil
        else {
            reject(.relationAnswer(answer), from, "not_asked")
            return
        }
        let facts: RelationAnswer.Facts
        switch answer.result {
        case .failure(let status):
            guard relation.phase == .proposed else { return }
            end(relation, RefusalReason(status), cause: relation.id)
            return
        case .success(let said): facts = said
        }
        guard facts.region.province == from,
            relation.recipient.map({ $0 == facts.wallet }) ?? true
        else {
            reject(.relationAnswer(answer), from, "answer_of_another_person")
            return
        }
        relation.recipient = facts.wallet
        relation.recipientRegion = facts.region
        rows.relations[relation.id] = relation
        guard relation.phase == .proposed, let giver = rows.persons[relation.giver] else {
            // Ended meanwhile: the recipient's province hears so.
            notice(relation.id)
            return
        }
        guard facts.wallet != relation.giver else {
            end(relation, RefusalReason(.selfRelation), cause: relation.id)
            return
        }
        let recipient = BindingQuestion.Recipient(
            insurance: facts.insurance, standing: facts.standing, region: facts.region,
            violation: facts.violation, age: facts.age, givers: facts.givers, gives: facts.gives)
        if let reason = refusal(of: relation, giver, recipient) {
            end(relation, reason, cause: relation.id)
            return
        }
        let set = ruleSet(of: relation)
        // Members of one group have consented when they came into it (rule G12).
        let areRelatives =
            set?.keepsFamilyGroups == true
            && groups(relation.giver, relation.recipient) == .same
        if let consent = set?.consent, set?.needsConsent(age: facts.age) == true, !areRelatives {
            relation.consentUntil = now.advanced(
                byMilliseconds: Int64(consent.withinDays) * 24 * 3600 * 1000)
        }
        advance(relation, set)
        if let after = rows.relations[relation.id] {
            complete(relation.id, .relation(view(after)))
        }
    }

    /// A proposed relation goes as far as what is there lets it (rules G18, G11).
    private mutating func advance(_ before: Relation, _ set: RuleSet?) {
        var relation = before
        // Without a set in force nothing becomes active; what has come is kept.
        guard let set else {
            rows.relations[relation.id] = relation
            notice(relation.id)
            return
        }
        let isProven = relation.kinshipProof != nil || !set.asksForKinshipProof
        let hasConsent = relation.consentUntil == nil || relation.consent != nil
        if isProven && hasConsent {
            relation.phase = .active
            relation.wake = nil
            if set.keepsFamilyGroups { joinFamily(relation) }
        } else if isProven {
            relation.phase = .awaitingConsent
            relation.wake = relation.consentUntil
        } else {
            let proofUntil = relation.granted.advanced(byMilliseconds: Limits.proposalMilliseconds)
            relation.wake = relation.consentAwaitedUntil.map { min($0, proofUntil) } ?? proofUntil
        }
        rows.relations[relation.id] = relation
        notice(relation.id)
        // The giver may have come to stand badly while it was waited for.
        if let giver = rows.persons[relation.giver] { suspendOrResume(relation, giver, set) }
    }

    mutating func supplyProof(_ id: Identifier, _ proof: Digest) -> CommandResult {
        guard var relation = rows.relations[id] else { return .refused(.relationUnknown) }
        switch relation.phase {
        case .ending, .ended: return .refused(.relationEnded)
        case .awaitingConsent, .active, .suspended: return .refused(.nothingAwaited)
        case .proposed: break
        }
        guard relation.kinshipProof == nil else { return .refused(.nothingAwaited) }
        relation.kinshipProof = proof
        rows.relations[id] = relation
        // Before the recipient's province has answered, its answer goes on from here.
        if relation.recipientRegion != nil { advance(relation, ruleSet(of: relation)) }
        return .done(.relation(view(rows.relations[id] ?? relation)))
    }

    // MARK: Consent

    mutating func take(_ consent: RelationConsent, from: ProvinceCode) {
        guard var relation = rows.relations[consent.relation],
            relation.recipientProvince == from, relation.recipientRegion != nil
        else {
            reject(.relationConsent(consent), from, "not_asked")
            return
        }
        // Whoever receives may decline at any time.
        if !consent.accepted && relation.phase.isAlive {
            end(relation, consentRefusal(.consentDeclined, relation), cause: relation.id)
            return
        }
        guard let until = relation.consentAwaitedUntil else {
            // Whatever it is now, the recipient's province hears it.
            notice(relation.id)
            return
        }
        if until <= now {
            end(relation, consentRefusal(.consentExpired, relation), cause: relation.id)
        } else if let verification = consent.verification,
            verification.at.milliseconds(since: now) > Limits.clockSkewMillisecondsMax
        {
            reject(.relationConsent(consent), from, "verification_from_the_future")
            notice(relation.id)
        } else if let verification = consent.verification {
            // The recipient's province has asked the same; the money's home decides.
            if let reason = consentVerificationRefusal(verification, ruleSet(of: relation)) {
                end(relation, reason, cause: relation.id)
                return
            }
            relation.consent = verification
            advance(relation, ruleSet(of: relation))
        } else {
            reject(.relationConsent(consent), from, "consent_without_verification")
            notice(relation.id)
        }
    }

    private func consentRefusal(_ status: Status, _ relation: Relation) -> RefusalReason {
        for rule in ruleSet(of: relation)?.rules ?? [] {
            guard case .consent(_, let days, _) = rule.check else { continue }
            return RefusalReason(
                status,
                Grounds(
                    rule: rule.id,
                    compared: status == .consentDeclined ? "declined" : "no answer",
                    limit: "consent within \(days) days"))
        }
        return RefusalReason(status)
    }

    // MARK: Suspended

    /// Rules Z3 W7: a relation rests while its giver does not stand as its rule set asks.
    mutating func suspendOrResume(_ before: Relation, _ giver: Person, _ set: RuleSet?) {
        // Nothing resumes for want of rules; they are looked for again a day later.
        guard let set else {
            guard before.phase == .active || before.phase == .suspended else { return }
            let tomorrow = today.next.start
            rows.relations[before.id]?.wake = tomorrow
            return
        }
        let isSuspended = giver.standing == .suspended && set.suspendsWithInsurance
        let isInViolation = giver.hasViolation(on: today) && set.suspendsOnViolation
        var relation = before
        switch (relation.phase, isSuspended || isInViolation) {
        case (.active, true), (.suspended, true): relation.phase = .suspended
        case (.active, false), (.suspended, false): relation.phase = .active
        case (.proposed, _), (.awaitingConsent, _), (.ending, _), (.ended, _): return
        }
        relation.wake =
            isInViolation ? giver.violation?.until.next.start : nil
        guard relation != before else { return }
        rows.relations[relation.id] = relation
        if relation.phase != before.phase { notice(relation.id) }
    }

    // MARK: Ended

    /// Rule N11: what is unused goes back at once, what is held ends by its own outcome first.
    mutating func endRelation(
        _ id: Identifier, _ channel: Channel?, _ verification: Verification?,
        id request: Identifier
    ) -> CommandResult {
        guard let channel else { return .refused(.form("channel", "a channel")) }
        guard isPast(verification) else { return .refused(.verificationInFuture) }
        guard var relation = rows.relations[id] else { return .refused(.relationUnknown) }
        guard relation.phase.isAlive else { return .refused(.relationEnded) }
        let set = ruleSet(of: relation)
        // Without a set in force it ends over any channel: money may always come back.
        if let reason = set?.refusal(toEndIn: relation.giverRegion, over: channel)
            ?? verificationRefusal(verification, set)
        {
            return .refused(reason)
        }
        relation.endedOver = channel
        relation.endVerification = verification
        end(relation, nil, cause: request)
        return .done(.relation(view(rows.relations[id] ?? relation)))
    }

    /// Ends a relation that is alive, for `reason` or, without one, as the giver wishes.
    mutating func end(_ before: Relation, _ reason: RefusalReason?, cause: Identifier) {
        var relation = before
        let quota = Account.available(relation: relation.id)
        let unused = rows.books.balance(quota)
        var left = unused
        // One posting is at most the largest amount.
        while let part = Fen(min(left, Fen.limit.value)), part > .zero {
            guard
                post([
                    Posting(
                        cause: cause, step: .lowerQuota, debit: quota,
                        credit: .personal(relation.giver), amount: part)
                ])
            else { preconditionFailure("a quota cannot go back: \(relation.id)") }
            left -= part.value
        }
        returnCarriedOver(relation.giver, unused)
        relation.phase = relation.openHolds == 0 ? .ended : .ending
        relation.ended = reason
        relation.wake = nil
        rows.relations[relation.id] = relation
        notice(relation.id)
        // A proposal that is still waited for ends without having been a relation.
        complete(relation.id, .refused(reason ?? RefusalReason(.relationEnded)))
    }

    mutating func take(_ change: RecipientChange, from: ProvinceCode) {
        guard let relation = rows.relations[change.relation],
            relation.recipientProvince == from
        else {
            reject(.recipientChange(change), from, "not_of_this_relation")
            return
        }
        // rule N14
        guard relation.phase.isAlive, change.standing == .ended || change.standing == .moved,
            ruleSet(of: relation)?.endsWithInsurance == true
        else { return }
        end(relation, RefusalReason(.insuranceChanged), cause: relation.id)
    }

    // MARK: Time

    mutating func wakeRelation(_ id: Identifier) {
        guard var relation = rows.relations[id], let wake = relation.wake, wake <= now else {
            return
        }
        switch relation.phase {
        case .proposed where relation.recipientRegion == nil:
            end(relation, RefusalReason(.participantTimeout), cause: id)
        case .proposed:
            let isExpired = relation.consentAwaitedUntil.map { $0 <= now } ?? false
            end(
                relation,
                isExpired
                    ? consentRefusal(.consentExpired, relation)
                    : RefusalReason(.kinshipProofMissing), cause: id)
        case .awaitingConsent:
            end(relation, consentRefusal(.consentExpired, relation), cause: id)
        case .active, .suspended:
            if let giver = rows.persons[relation.giver] {
                suspendOrResume(relation, giver, ruleSet(of: relation))
            }
        case .ending, .ended:
            relation.wake = nil
            rows.relations[id] = relation
        }
    }

    func view(_ relation: Relation) -> ServiceReply.RelationView {
        ServiceReply.RelationView(
            relation,
            available: rows.books.balance(.available(relation: relation.id)),
            giverBalance: rows.books.balance(.personal(relation.giver)))
    }
}

extension ServiceReply.RelationView {
    /// A relation as clients see it. Balances in fen.
    package init(_ relation: Relation, available: Int64, giverBalance: Int64) {
        self.init(
            relation: relation.id, giver: relation.giver, recipient: relation.recipient,
            recipientProvince: relation.recipientProvince, kinship: relation.kinship,
            phase: relation.phase, available: available, openHolds: relation.openHolds,
            giverBalance: giverBalance, consentUntil: relation.consentAwaitedUntil,
            ended: relation.ended, waitsFor: relation.waitsFor, priority: relation.priority,
            giverRegion: relation.giverRegion, recipientRegion: relation.recipientRegion)
    }
}

extension Relation {
    /// While the recipient's consent is awaited: until when.
    var consentAwaitedUntil: Instant? {
        switch phase {
        case .proposed, .awaitingConsent: consent == nil ? consentUntil : nil
        case .active, .suspended, .ending, .ended: nil
        }
    }

    /// What keeps it from being active, in words without personal data.
    var waitsFor: String {
        switch phase {
        case .proposed where recipientRegion == nil: "answer of \(recipientProvince)"
        case .proposed: "proof of kinship"
        case .awaitingConsent: "consent of the recipient"
        case .suspended: "the giver's standing"
        case .ending: "outcome of \(openHolds) transactions"
        case .active, .ended: ""
        }
    }
}
