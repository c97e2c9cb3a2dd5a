package import Domain
package import Settlement
import Wire

/// How many questions about people each peer may still ask, and who asked too many
/// (`protocol/messages.md`, Questions about people).
///
/// Each kind of question has a limit a minute (a bucket that fills evenly, so that all of a minute may
/// come at once) and one a business day; so has each wallet, over all kinds. Pure: time is handed in. It keeps a few
/// numbers a peer, and `peer_budget_wallets_max` wallets of each.
package struct PeerBudget: Sendable {
    /// In ascending order where it is told or kept.
    private(set) var peers: [ProvinceCode: Peer] = [:]
    /// When it was last kept in the store; it is not kept more often than once a minute.
    private var kept: Instant?
    private var hasChanged = false
    /// What all limits are multiplied by (``Controls/peerQuestionsFactor``).
    var factor = 1

    struct Peer: Sendable {
        var allowances: [Allowance] = Kind.allCases.map { _ in Allowance() }
        var wallets = RecentWallets()
        /// Proposals of the day that found nobody.
        var nobody = 0
        var episodes: [PeerAlarm.What: PeerAlarm.Episode] = [:]
    }

    /// What is counted apart.
    enum Kind: UInt8, CaseIterable {
        case proposals = 0
        case walletQueries = 1
        case documentClaims = 2

        init(_ question: PeerQuestion) {
            switch question {
            case .proposal: self = .proposals
            case .walletQuery: self = .walletQueries
            case .documentClaim: self = .documentClaims
            }
        }

        var rate: Allowance.Rate {
            switch self {
            case .proposals:
                Allowance.Rate(
                    minute: Limits.proposalsOfOnePeerMinuteMax,
                    day: Limits.proposalsOfOnePeerDayMax)
            case .walletQueries:
                Allowance.Rate(
                    minute: Limits.walletQueriesOfOnePeerMinuteMax,
                    day: Limits.walletQueriesOfOnePeerDayMax)
            case .documentClaims:
                Allowance.Rate(
                    minute: Limits.documentClaimsOfOnePeerMinuteMax,
                    day: Limits.documentClaimsOfOnePeerDayMax)
            }
        }

        var alarm: PeerAlarm.What {
            switch self {
            case .proposals: .proposals
            case .walletQueries: .walletQueries
            case .documentClaims: .documentClaims
            }
        }
    }

    static let ofOneWallet = Allowance.Rate(
        minute: Limits.questionsOnOneWalletMinuteMax, day: Limits.questionsOnOneWalletDayMax)

    package init() {}

    init(peers: [ProvinceCode: Peer]) { self.peers = peers }

    // MARK: Asking

    /// Whether `question` of `peer` may be answered. It counts if it may; it raises an alarm if not.
    package mutating func allows(
        _ question: PeerQuestion, of peer: ProvinceCode, at now: Instant
    ) -> Bool {
        hasChanged = true
        return peers[peer, default: Peer()].allows(question, factor, at: now)
    }

    /// The round that `question` was allowed in never happened: the peer will send it again.
    mutating func giveBack(_ question: PeerQuestion, of peer: ProvinceCode) {
        let kind = Kind(question)
        peers[peer]?.allowances[Int(kind.rawValue)].giveBack(kind.rate * factor)
        if let wallet = question.wallet {
            peers[peer]?.wallets.giveBack(wallet, PeerBudget.ofOneWallet * factor)
        }
    }

    /// A proposal of `peer` that was answered found nobody. Many of them are numbers that are tried.
    mutating func foundNobody(_ peer: ProvinceCode, at now: Instant) {
        hasChanged = true
        peers[peer, default: Peer()].foundNobody(at: now)
    }

    // MARK: Telling

    /// What operators have to look at, by peer. An alarm stands until a day after its last cause.
    package func alarms(at now: Instant) -> [PeerAlarm] {
        peers.keys.sorted().flatMap { peer in
            PeerAlarm.What.allCases.compactMap { what in
                guard let episode = peers[peer]?.episodes[what], episode.stands(at: now) else {
                    return nil
                }
                return PeerAlarm(peer: peer, what: what, episode: episode)
            }
        }
    }

    // MARK: Kept

    /// Name of the note in the store that has what must outlive a restart.
    static let note = "peer_budget"

    /// Whether it is to be kept with the round that is under way.
    func isToBeKept(at now: Instant) -> Bool {
        guard hasChanged else { return false }
        // A clock that was set back is no reason to wait.
        return kept.map { abs(now.milliseconds(since: $0)) >= PeerBudget.keptEveryMilliseconds }
            ?? true
    }

    mutating func wasKept(at now: Instant) {
        kept = now
        hasChanged = false
    }

    static let keptEveryMilliseconds: Int64 = 60_000
}

extension PeerBudget.Peer {
    fileprivate mutating func allows(
        _ question: PeerQuestion, _ factor: Int, at now: Instant
    ) -> Bool {
        let kind = PeerBudget.Kind(question)
        let number = Int(kind.rawValue)
        if kind == .proposals, allowances[number].isOver(at: now) { nobody = 0 }
        guard allowances[number].take(kind.rate * factor, at: now) else {
            raise(kind.alarm, at: now)
            return false
        }
        if let wallet = question.wallet,
            !wallets.take(wallet, PeerBudget.ofOneWallet * factor, at: now)
        {
            // What is refused for one reason costs nothing of the other.
            allowances[number].giveBack(kind.rate * factor)
            raise(.oneWallet, at: now)
            return false
        }
        return true
    }

    fileprivate mutating func foundNobody(at now: Instant) {
        nobody += 1
        let asked = allowances[Int(PeerBudget.Kind.proposals.rawValue)].today
        if asked >= Limits.proposalsJudgedMin,
            nobody * 100 > asked * Limits.proposalsFoundNobodyPercentMax
        {
            raise(.foundNobody, at: now)
        }
    }

    private mutating func raise(_ what: PeerAlarm.What, at now: Instant) {
        var episode = PeerAlarm.Episode(count: 0, since: now, last: now)
        if let earlier = episodes[what], earlier.stands(at: now) { episode = earlier }
        episode.count += 1
        episode.last = now
        episodes[what] = episode
    }
}
