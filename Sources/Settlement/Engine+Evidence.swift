import Domain
import Wire

/// What payers say to care, held against what they have said before.
extension Engine {
    /// A payer votes once for a plan, and says the same whenever it is asked again.
    mutating func examine(_ vote: Vote, from: ProvinceCode, _ source: ProofSource?) {
        guard let coordination = rows.coordinations[vote.transaction],
            let plan = coordination.plan, vote.participant == from,
            vote.planDigest == plan.digest, plan.plan.participants.contains(from)
        else { return }
        if !vote.isFit(for: plan) {
            accuse(from, vote.transaction, .voteUnfit, source)
        } else if let before = coordination.vote(of: from), before != vote {
            accuse(from, vote.transaction, .twoVotes, source)
        }
    }

    /// Who has voted for a plan holds for it, and refuses it no more. The primary may refuse a commit.
    mutating func examine(_ refusal: Refusal, from: ProvinceCode, _ source: ProofSource?) {
        guard let coordination = rows.coordinations[refusal.transaction],
            let plan = coordination.plan, refusal.participant == from,
            refusal.planDigest == plan.digest, coordination.vote(of: from) != nil,
            from != plan.plan.primary || coordination.state == .reserving
        else { return }
        accuse(from, refusal.transaction, .votedAndRefused, source)
    }
}

extension Coordination {
    fileprivate func vote(of participant: ProvinceCode) -> Vote? {
        votes.first { $0.vote.participant == participant }?.vote
    }
}
