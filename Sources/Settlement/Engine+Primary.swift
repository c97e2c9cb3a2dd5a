import Domain
import Ledger
import Wire

/// The primary's side: the participant that decides, and whose certificate is the settlement
/// (`protocol/states.md`, Participant as primary).
extension Engine {
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
            refuse(commit.transaction, commit.planDigest, RefusalReason(.votesMissing), to: from)
            return
        }
        let held = heldByDraw(plan.plan, votes)
        guard commit.finals.count == held.count,
            zip(commit.finals, held).allSatisfy({ $0 <= $1 }), commit.finals.sum() > .zero
        else {
            refuse(
                commit.transaction, commit.planDigest, RefusalReason(.finalAboveReserved), to: from)
            return
        }
        // rule N13
        guard !plan.plan.category.isPremium || commit.finals.sum() == plan.plan.amount else {
            refuse(commit.transaction, commit.planDigest, RefusalReason(.premiumInPart), to: from)
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
            // A clock that was set back does not undo what is not yet.
            let decided = max(now, participation.decided ?? now)
            participation.reversal = reverse.reversal
            participation.reversalDate = BusinessDate(at: decided)
            participation.decided = decided
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
        let tombstone = Participation.tombstone(
            transaction, care: care, primary: province, planDigest, .alreadyDecided, created: now,
            decided: now)
        rows.participations[transaction] = tombstone
        // Only to whoever asked: others ask by themselves, and an asker may name anyone.
        tell(tombstone, to: asker)
    }

    /// Returns what is held, and says so to everyone.
    mutating func release(_ participation: inout Participation, _ status: Status) {
        participation.reason = RefusalReason(status)
        participation.decided = now
        guard letGo(&participation) else {
            preconditionFailure("money that was held is not there: \(participation.transaction)")
        }
        announce(participation)
    }

    /// Sends the decision to the coordinator and to all other participants.
    mutating func announce(_ participation: Participation) {
        tell(participation, to: participation.care)
        for other in participation.plan?.plan.participants ?? []
        where other != province && other != participation.care {
            tell(participation, to: other)
        }
    }

    /// Sends the certificate of what this primary decided; the same octets whenever it is asked.
    /// Of what is still held there is none.
    mutating func tell(_ participation: Participation, to other: ProvinceCode) {
        let finals = participation.plan?.plan.finals(participation.finals) ?? []
        let outcome: Decision.Outcome
        switch participation.state {
        case .held: return
        case .released: outcome = .released(participation.reason?.status ?? .alreadyDecided)
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

    func keptDecision(_ coordination: Coordination) -> Decision? {
        guard let receipt = coordination.certificate,
            case .decision(let decision) = try? Message(
                decoding: receipt.message, hashing: environment.sm3)
        else { return nil }
        return decision
    }
}

extension Participation {
    /// The end of a transaction of which nothing was held: it refuses a `Reserve` that comes late.
    static func tombstone(
        _ transaction: Identifier, care: ProvinceCode, primary: ProvinceCode,
        _ planDigest: Digest, _ status: Status, created: Instant, decided: Instant
    ) -> Participation {
        Participation(
            transaction: transaction, state: .released, care: care, primary: primary,
            planDigest: planDigest, plan: nil, held: [], finals: [], date: nil, reversal: nil,
            reversalDate: nil, reason: RefusalReason(status), created: created, decided: decided,
            expires: nil, wake: nil,
            inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
    }
}
