package import Domain
import Wire

/// A peer that asks about people as nobody does who has a person before them.
package struct PeerAlarm: Sendable, Hashable {
    /// Raw values are the words of `status`.
    package enum What: String, Sendable, CaseIterable {
        /// More `relation_proposal` than a peer may send.
        case proposals
        case walletQueries = "wallet_queries"
        case documentClaims = "document_claims"
        /// More questions about one wallet.
        case oneWallet = "one_wallet"
        /// Of the proposals of a day too many named nobody.
        case foundNobody = "proposals_found_nobody"
    }

    package struct Episode: Sendable, Hashable {
        /// Questions that were refused, or found nobody.
        package internal(set) var count: Int
        package let since: Instant
        package internal(set) var last: Instant

        /// A day after its last cause it is over.
        func stands(at now: Instant) -> Bool {
            now.milliseconds(since: last) < Limits.peerAlarmMilliseconds
        }
    }

    package let peer: ProvinceCode
    package let what: What
    package let episode: Episode
}
