import Domain
import Ledger
import RuleSets
import Wire

/// Quotas (共济额度): what a giver sets aside for a recipient.
extension Engine {
    mutating func setQuota(
        _ id: Identifier, _ value: Int64, id request: Identifier
    ) -> CommandResult {
        let wanted: Fen
        switch amount(value, zeroAllowed: true) {
        case .success(let fen): wanted = fen
        case .failure(let status): return .refused(status)
        }
        guard let relation = rows.relations[id] else { return .refused(.relationUnknown) }
        let own = Account.personal(relation.giver)
        let quota = Account.available(relation: id)
        let change = wanted.value - rows.books.balance(quota)
        guard let difference = Fen(abs(change)) else { return .refused(.amountTooLarge) }
        let raises = change > 0
        switch relation.phase {
        case .ending, .ended: return .refused(.relationEnded)
        case .proposed, .awaitingConsent: return .refused(.relationNotActive)
        case .suspended where raises: return .refused(.relationSuspended)
        case .suspended, .active: break
        }
        // What is so already changes nothing, and counts as no change.
        if change == 0 { return .done(.relation(view(relation))) }
        turnYear(relation.giver)
        guard var giver = rows.persons[relation.giver] else { return .refused(.walletUnknown) }
        if giver.quotaDay != today {
            giver.quotaDay = today
            giver.quotaChanges = 0
        }
        let set = ruleSet(of: relation)
        // Money may always come back, rules or none.
        guard set != nil || !raises else { return .refused(Engine.noRules) }
        let balance = rows.books.balance(own)
        let question = QuotaQuestion(
            now: now, balance: clamped(balance),
            carriedOver: clamped(max(0, min(balance, giver.carriedOver))),
            raise: raises ? difference : .zero, changesToday: giver.quotaChanges,
            received: (rows.grants[relation.giver] ?? []).filter { $0.phase.isAlive }
                .map(\.available).sum())
        if let reason = set?.verdict(on: question).refusal { return .refused(reason) }
        // rule N9: quota comes from the giver's own account only, never from quota received.
        guard
            post([
                Posting(
                    cause: request, step: raises ? .setQuota : .lowerQuota,
                    debit: raises ? own : quota, credit: raises ? quota : own,
                    amount: difference)
            ])
        else { return .refused(.insufficientBalance) }
        giver.quotaChanges += 1
        // Below zero where this year's money was shared by a set that lets it: it comes back as such.
        if raises { giver.carriedOver -= difference.value }
        rows.persons[relation.giver] = giver
        if !raises { returnCarriedOver(relation.giver, difference.value) }
        notice(id)
        return .done(.relation(view(relation)))
    }

    /// Rule G1: what comes back unused from a quota was carried over before it was shared.
    mutating func returnCarriedOver(_ wallet: WalletID, _ fen: Int64) {
        guard fen > 0, var giver = rows.persons[wallet] else { return }
        giver.carriedOver += fen
        rows.persons[wallet] = giver
    }

    // MARK: Notices

    /// Marks that the wallet province of `relation` is to be told of its quota: this one before the
    /// next input, another once, at the end of the batch.
    mutating func notice(_ relation: Identifier) {
        guard noticedSet.insert(relation).inserted else { return }
        if rows.relations[relation]?.recipientProvince == province {
            noticedHere.append(relation)
        } else {
            noticed.append(relation)
        }
    }

    /// Tells `peer`, or without one every province, of the relations that are marked.
    mutating func sendNotices(to peer: ProvinceCode? = nil) {
        var later: [Identifier] = []
        for id in noticed {
            if let peer, rows.relations[id]?.recipientProvince != peer {
                later.append(id)
            } else {
                noticedSet.remove(id)
                sendNotice(id)
            }
        }
        noticed = later
    }

    /// Tells this node itself; what it hears can lead to more.
    mutating func sendNoticesHere() {
        let relations = noticedHere
        noticedHere.removeAll(keepingCapacity: true)
        for id in relations {
            noticedSet.remove(id)
            sendNotice(id)
        }
    }

    private mutating func sendNotice(_ id: Identifier) {
        // Before it has answered, the recipient's province has nothing that a notice could be about.
        guard var relation = rows.relations[id], let wallet = relation.recipient,
            relation.recipientRegion != nil
        else { return }
        var uses = uses.removeValue(forKey: id) ?? []
        repeat {
            // By the clock, so that whoever hears of it can tell one that cannot be.
            relation.noticeVersion = max(
                relation.noticeVersion + 1, UInt64(clamping: now.milliseconds))
            send(
                .quotaNotice(
                    QuotaNotice(
                        relation: id, wallet: wallet,
                        available: clamped(rows.books.balance(.available(relation: id))),
                        phase: relation.phase, granted: relation.granted,
                        version: relation.noticeVersion, giver: relation.giver,
                        giverRegion: relation.giverRegion, kinship: relation.kinship,
                        priority: relation.priority, consentUntil: relation.consentAwaitedUntil,
                        status: relation.ended?.status,
                        uses: Array(uses.prefix(Limits.noticeUsesMax)))),
                to: relation.recipientProvince)
            uses.removeFirst(min(uses.count, Limits.noticeUsesMax))
        } while !uses.isEmpty
        rows.relations[id] = relation
    }

    // MARK: Usage (rule G15)

    /// Records what each of this province's draws came to; once more when it is reversed.
    mutating func recordUse(_ participation: Participation, _ plan: Plan) {
        guard let date = participation.date else {
            preconditionFailure("settled without a day: \(plan.transaction)")
        }
        for (draw, final) in zip(plan.draws, participation.finals)
        where draw.province == province && final > .zero {
            switch draw.source {
            case .quota(let id):
                guard let relation = rows.relations[id] else { continue }
                record(
                    plan, date, participation.reversalDate, final, insured: province,
                    of: .giver(relation.giver), source: id, other: relation.recipient)
                uses[id, default: []].append(
                    Use(
                        transaction: plan.transaction, care: plan.care,
                        institution: plan.institution, category: plan.category, amount: final,
                        date: date, reversalDate: participation.reversalDate))
                notice(id)
            case .ownAccount:
                record(
                    plan, date, participation.reversalDate, final, insured: province,
                    of: .recipient(plan.wallet), source: plan.wallet.value, other: nil)
            }
        }
    }

    /// What the institution is owed for each draw, on the care side.
    mutating func recordClaims(
        _ finals: [FinalDraw], _ plan: Plan, _ date: BusinessDate, reversed: BusinessDate?
    ) {
        for final in finals where final.amount > .zero {
            let source: Identifier =
                switch final.source {
                case .quota(let relation): relation
                case .ownAccount: plan.wallet.value
                }
            record(
                plan, date, reversed, final.amount, insured: final.province,
                of: .institution(plan.institution), source: source, other: plan.wallet)
        }
    }

    private mutating func record(
        _ plan: Plan, _ date: BusinessDate, _ reversalDate: BusinessDate?, _ amount: Fen,
        insured: ProvinceCode, of subject: UsageQuestion.Subject, source: Identifier,
        other: WalletID?
    ) {
        rows.usages.append(
            Usage(
                key: Usage.Key(
                    subject: subject, date: date, transaction: plan.transaction, source: source),
                insured: insured, care: plan.care, institution: plan.institution,
                category: plan.category, amount: amount, reversalDate: reversalDate,
                other: other))
    }
}
