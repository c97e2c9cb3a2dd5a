import Domain
import Settlement
import Wire

/// The part of the ``Liar`` that pays: primary or secondary of settlements that honest provinces coordinate.
final class LyingPayer {
    /// What it does with a transaction that draws on it.
    enum Lie: Int, CaseIterable {
        /// Nothing: it decides as it is asked.
        case truth
        /// Another care in what care is told, then the truth.
        case otherCare
        /// Another amount of another payer, to that one only.
        case otherAmount
        /// More of another payer than its draw may take.
        case aboveLimit
        /// A settlement of nothing.
        case nothing
        /// Of the day before, decided now.
        case otherDay
        /// Settled for care, then released; the other way round for the other payers.
        case twoOutcomes
        /// A refusal of the commit, and then what was asked for.
        case refusesThenCommits
        /// A reversal under an id of its own, then the right one.
        case otherReversal
        /// Two votes with other ends of the hold.
        case twoVotes
        /// A vote, and a refusal behind it.
        case votesAndDenies
        /// No decision at all.
        case silence
    }

    /// A lie that was told, and what whoever it was told to must find.
    struct Told: Hashable {
        let transaction: Identifier
        let to: ProvinceCode
        let reason: Evidence.Reason
    }

    private struct Holding {
        let lie: Lie
        let plan: EncodedPlan
        var decision: Decision?
    }

    private var holdings: [Identifier: Holding] = [:]
    private var wallets: [Identifier: (wallet: WalletID, giver: WalletID)] = [:]
    private(set) var told: [Told] = []

    /// Whether it has said, at last, what it was asked to decide.
    func hasDecided(_ transaction: Identifier) -> Bool { holdings[transaction]?.decision != nil }

    /// Proposes a relation with a giver of its own to a wallet that others give to.
    func lure(as liar: Liar, in world: World) {
        guard let (wallet, province) = liar.someWallet(in: world) else { return }
        world.count(.lyingPayer)
        let relation = liar.newID(world)
        let giver = WalletID(liar.newID(world))
        wallets[relation] = (wallet, giver)
        liar.send(
            .relationProposal(
                RelationProposal(
                    relation: relation, giver: giver, giverRegion: RegionCode(Country.liar),
                    kinship: .child, recipient: .wallet(wallet), asksAge: false, priority: 0,
                    commitment: Commitment(
                        digest: QuickHashing().digest(wallet.value.bytes),
                        date: BusinessDate(at: world.now)))),
            to: province, in: world)
    }

    func hear(_ message: Message, from peer: ProvinceCode, as liar: Liar, in world: World) {
        switch message {
        case .relationAnswer(let answer): announce(answer, to: peer, as: liar, in: world)
        case .reserve(let reserve): hold(reserve.plan, for: peer, as: liar, in: world)
        case .commit(let commit): decide(commit, for: peer, as: liar, in: world)
        case .release(let release):
            guard let holding = holdings[release.transaction], holding.decision == nil else {
                return
            }
            conclude(release.transaction, .released(.reservationCancelled), as: liar, in: world)
        case .reverse(let reverse): undo(reverse, for: peer, as: liar, in: world)
        case .inquire(let inquire):
            // Asked for a second time it says nothing else than the truth that it has told.
            if let decision = holdings[inquire.transaction]?.decision {
                liar.send(.decision(decision), to: peer, in: world)
            }
        default: break
        }
    }

    private func announce(
        _ answer: RelationAnswer, to peer: ProvinceCode, as liar: Liar, in world: World
    ) {
        guard let known = wallets[answer.relation], case .success = answer.result else { return }
        // Enough to be the primary, or too little for it.
        let fen: Int64 = liar.chance.happens(perMillion: 600_000) ? 1_000_000 : 500
        liar.send(
            .quotaNotice(
                QuotaNotice(
                    relation: answer.relation, wallet: known.wallet, available: Fen(fen)!,
                    phase: .active, granted: world.now,
                    version: UInt64(clamping: world.now.milliseconds), giver: known.giver,
                    giverRegion: RegionCode(Country.liar), kinship: .child, priority: 0,
                    consentUntil: nil, status: nil, uses: [])), to: peer, in: world)
    }

    private func hold(
        _ plan: EncodedPlan, for care: ProvinceCode, as liar: Liar, in world: World
    ) {
        let id = plan.plan.transaction
        guard plan.plan.care == care, holdings[id] == nil else { return }
        let isPrimary = plan.plan.primary == Country.liar
        let lies: [Lie] = Lie.allCases.filter { lie in
            switch lie {
            case .twoVotes, .votesAndDenies, .truth: true
            case .otherAmount, .aboveLimit:
                isPrimary && plan.plan.participants.contains { $0 != Country.liar && $0 != care }
            case .otherCare, .nothing, .otherDay, .twoOutcomes, .refusesThenCommits,
                .otherReversal, .silence:
                isPrimary
            }
        }
        let lie = liar.chance.pick(lies)
        holdings[id] = Holding(lie: lie, plan: plan, decision: nil)
        let limits = plan.plan.draws.filter { $0.province == Country.liar }.map(\.limit)
        func vote(until milliseconds: Int64) {
            liar.send(
                .vote(
                    Vote(
                        transaction: id, planDigest: plan.digest, participant: Country.liar,
                        held: limits,
                        expires: isPrimary ? world.now.advanced(byMilliseconds: milliseconds) : nil)
                ),
                to: care, in: world)
        }
        vote(until: plan.plan.holdMilliseconds)
        switch lie {
        case .twoVotes where isPrimary:
            vote(until: plan.plan.holdMilliseconds / 2)
        case .votesAndDenies where plan.plan.participants.count == 1 || !isPrimary:
            liar.send(
                .refusal(
                    Refusal(
                        transaction: id, planDigest: plan.digest, participant: Country.liar,
                        reason: RefusalReason(.insufficientQuota))), to: care, in: world)
            if !isPrimary {
                told.append(Told(transaction: id, to: care, reason: .votedAndRefused))
            }
        default: break
        }
    }

    // MARK: Deciding

    private func decide(
        _ commit: Commit, for care: ProvinceCode, as liar: Liar, in world: World
    ) {
        let id = commit.transaction
        guard let holding = holdings[id], holding.decision == nil,
            holding.plan.digest == commit.planDigest, holding.plan.plan.primary == Country.liar,
            commit.finals.count == holding.plan.plan.draws.count
        else { return }
        let plan = holding.plan.plan
        let today = BusinessDate(at: world.now)
        let others = plan.participants.filter { $0 != Country.liar && $0 != care }
        let finals = draws(of: plan, commit.finals)
        func say(
            _ outcome: Decision.Outcome, care named: ProvinceCode? = nil, to peer: ProvinceCode
        ) {
            liar.send(
                .decision(decision(id, holding, outcome, care: named ?? care, world.now)),
                to: peer, in: world)
        }
        func lied(_ reason: Evidence.Reason, to peer: ProvinceCode) {
            told.append(Told(transaction: id, to: peer, reason: reason))
        }
        let truth = Decision.Outcome.committed(finals: finals, date: today)
        switch holding.lie {
        case .truth, .otherReversal, .twoVotes, .votesAndDenies: break
        case .silence: return
        case .otherCare:
            say(truth, care: Country.liar, to: care)
            lied(.otherCare, to: care)
        case .otherAmount:
            // As much as care has asked for of that payer, or a fen less.
            for other in others {
                let less = finals.map { final in
                    FinalDraw(
                        province: final.province, source: final.source,
                        amount: final.province == other
                            ? Fen(max(1, final.amount.value - 1))! : final.amount)
                }
                guard less != finals else { continue }
                say(.committed(finals: less, date: today), to: other)
                lied(.twoAmounts, to: other)
            }
        case .aboveLimit:
            for peer in [care] + others {
                let more = finals.map { final in
                    FinalDraw(
                        province: final.province, source: final.source,
                        amount: final.province == Country.liar
                            ? final.amount : Fen(final.amount.value + 50_000_000)!)
                }
                say(.committed(finals: more, date: today), to: peer)
                lied(.amountAboveLimit, to: peer)
            }
        case .nothing:
            for peer in [care] + others {
                say(
                    .committed(
                        finals: draws(of: plan, commit.finals.map { _ in .zero }), date: today),
                    to: peer)
                lied(.nothingTaken, to: peer)
            }
        case .otherDay:
            let before = BusinessDate(daysSince1970: today.daysSince1970 - 1)
            for peer in [care] + others {
                say(.committed(finals: finals, date: before), to: peer)
                lied(.datesDoNotFit, to: peer)
            }
        case .twoOutcomes:
            conclude(id, truth, as: liar, in: world)
            for peer in [care] + others {
                say(.released(.reservationExpired), to: peer)
                lied(.twoOutcomes, to: peer)
            }
            return
        case .refusesThenCommits:
            liar.send(
                .refusal(
                    Refusal(
                        transaction: id, planDigest: holding.plan.digest,
                        participant: Country.liar, reason: RefusalReason(.votesMissing))),
                to: care, in: world)
            lied(.refusedAndCommitted, to: care)
        }
        conclude(id, truth, as: liar, in: world)
    }

    private func undo(
        _ reverse: Reverse, for care: ProvinceCode, as liar: Liar, in world: World
    ) {
        let id = reverse.transaction
        guard let holding = holdings[id], let before = holding.decision,
            case .committed(let finals, let date) = before.outcome
        else { return }
        func reversed(_ reversal: Identifier) -> Decision.Outcome {
            .reversed(
                finals: finals, date: date, reversal: reversal,
                reversalDate: max(date, BusinessDate(at: world.now)))
        }
        if holding.lie == .otherReversal {
            liar.send(
                .decision(
                    decision(id, holding, reversed(liar.newID(world)), care: care, world.now)),
                to: care, in: world)
            told.append(Told(transaction: id, to: care, reason: .reversalNotAsked))
        }
        conclude(id, reversed(reverse.reversal), as: liar, in: world)
    }

    private func conclude(
        _ id: Identifier, _ outcome: Decision.Outcome, as liar: Liar, in world: World
    ) {
        guard let holding = holdings[id] else { return }
        let plan = holding.plan.plan
        let decision = decision(id, holding, outcome, care: plan.care, world.now)
        holdings[id]?.decision = decision
        guard plan.primary == Country.liar else { return }
        for peer in [plan.care] + plan.participants.filter({ $0 != plan.care })
        where peer != Country.liar {
            liar.send(.decision(decision), to: peer, in: world)
        }
    }

    private func draws(of plan: Plan, _ amounts: [Fen]) -> [FinalDraw] {
        zip(plan.draws, amounts).map { draw, amount in
            FinalDraw(province: draw.province, source: draw.source, amount: amount)
        }
    }

    private func decision(
        _ id: Identifier, _ holding: Holding, _ outcome: Decision.Outcome, care: ProvinceCode,
        _ now: Instant
    ) -> Decision {
        Decision(
            transaction: id, planDigest: holding.plan.digest, care: care, primary: Country.liar,
            outcome: outcome, decided: now)
    }
}
