package import Domain
import Wire

/// That a province signed what cannot be true beside something else that it signed: what is kept of a lie
/// so that a third party can be shown it (`protocol/receipts.md`, Evidence).
///
/// Only the first of an accused, subject and reason is kept: however often somebody says the same, it takes
/// one row.
package struct Evidence: Hashable, Sendable {
    /// Where a signed statement stands.
    package enum Statement: Hashable, Sendable {
        /// In the journal of this node: a batch that came in, and its message from 0.
        case received(entry: UInt64, message: Int)
        /// In no journal: the signed octets themselves, which are enough to check the signature.
        case octets(Bytes)
    }

    /// The most octets of a statement that stands in no journal.
    package static let octetsMax = Limits.messageBytesMax

    package let accused: ProvinceCode
    /// The transaction; of what a link says of itself, its epoch.
    package let subject: Identifier
    package let reason: Reason
    /// When it was found, by this node's clock.
    package let at: Instant
    /// What contradicts.
    package let statement: Statement
    /// What it contradicts. Nil: the plan, or what the journal has of the accused and this subject.
    package let earlier: Statement?

    package init(
        accused: ProvinceCode, subject: Identifier, reason: Reason, at: Instant,
        statement: Statement, earlier: Statement? = nil
    ) {
        for case .octets(let octets) in [statement, earlier].compactMap(\.self) {
            precondition(
                octets.count <= Evidence.octetsMax, "a statement of \(octets.count) octets")
        }
        self.accused = accused
        self.subject = subject
        self.reason = reason
        self.at = at
        self.statement = statement
        self.earlier = earlier
    }
}

extension Evidence {
    /// What a statement contradicts (`protocol/states.md`, What a decision must fit).
    package enum Reason: UInt8, Sendable, CaseIterable {
        // The plan, whose digest the statement has.
        case otherCare = 1
        case notThePrimary = 2
        case otherDraws = 3
        case amountAboveLimit = 4
        case sumAboveBill = 5
        case nothingTaken = 6
        case premiumInPart = 7
        case voteUnfit = 8
        // Itself.
        case datesDoNotFit = 9
        // Another statement of the same province.
        case twoOutcomes = 20
        case twoAmounts = 21
        case twoDates = 22
        case twoReversals = 23
        case twoVotes = 24
        case votedAndRefused = 25
        case refusedAndCommitted = 26
        // Nobody's lie: the national node ended what the primary, unheard, had committed.
        case committedAndEnded = 27
        // What this node said or asked for.
        case amountAboveVote = 40
        case amountNotAsked = 41
        case reversalNotAsked = 42
        case voteNotGiven = 43
        // What a link says of itself.
        case historiesDiffer = 60
        case claimFalse = 61

        package var word: String {
            switch self {
            case .otherCare: "other_care"
            case .notThePrimary: "not_the_primary"
            case .otherDraws: "other_draws"
            case .amountAboveLimit: "amount_above_limit"
            case .sumAboveBill: "sum_above_bill"
            case .nothingTaken: "nothing_taken"
            case .premiumInPart: "premium_in_part"
            case .voteUnfit: "vote_unfit"
            case .datesDoNotFit: "dates_do_not_fit"
            case .twoOutcomes: "two_outcomes"
            case .twoAmounts: "two_amounts"
            case .twoDates: "two_dates"
            case .twoReversals: "two_reversals"
            case .twoVotes: "two_votes"
            case .votedAndRefused: "voted_and_refused"
            case .refusedAndCommitted: "refused_and_committed"
            case .committedAndEnded: "committed_and_ended"
            case .amountAboveVote: "amount_above_vote"
            case .amountNotAsked: "amount_not_asked"
            case .reversalNotAsked: "reversal_not_asked"
            case .voteNotGiven: "vote_not_given"
            case .historiesDiffer: "histories_differ"
            case .claimFalse: "claim_false"
            }
        }
    }
}

/// Evidence as a store has it.
package struct KeptEvidence: Hashable, Sendable {
    /// 1, 2, …: none is ever taken away.
    package let number: Int64
    package let evidence: Evidence

    package init(number: Int64, _ evidence: Evidence) {
        self.number = number
        self.evidence = evidence
    }
}
