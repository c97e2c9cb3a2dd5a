package import Domain
package import Wire

extension Link {
    /// The two sides do not remember the same. Raw values stand in `status` and in logs.
    package enum Divergence: String, Sendable, CaseIterable {
        /// The peer remembers less than it had told us: its store is older than this link.
        case peerBehind = "peer_store_is_older"
        /// The peer has shown a batch of ours that we do not have: our own store is older than this link.
        case selfBehind = "own_store_is_older"
        /// The same numbers, other messages.
        case forked = "histories_differ"
        /// The peer says that it has had more from us than we remember, and has not shown it.
        case unprovenClaim = "unproven_claim"

        /// Whether the peer is told all the same where this side stands, so that it can find its error or
        /// show ours.
        var saysWhereItStands: Bool {
            switch self {
            case .peerBehind, .selfBehind, .unprovenClaim: true
            case .forked: false
            }
        }

        /// Whether a later header that fits sets the link going again.
        var healsByItself: Bool {
            switch self {
            case .peerBehind, .unprovenClaim: true
            case .selfBehind, .forked: false
            }
        }
    }

    /// The rows of the table in `protocol/states.md` that stop a link.
    package enum Row: Int, Sendable, CaseIterable {
        case provesMore = 1
        case acknowledgesUnsent = 2
        case acknowledgesLess = 3
        case acknowledgesOther = 4
        case otherEpoch = 6
        case sentLess = 7
        case beginsOtherwise = 9
        case endsBeyond = 13
        case endsOtherwise = 14

        var divergence: Divergence {
            switch self {
            case .provesMore: .selfBehind
            case .acknowledgesUnsent, .acknowledgesOther: .unprovenClaim
            case .acknowledgesLess, .otherEpoch, .sentLess: .peerBehind
            case .beginsOtherwise, .endsBeyond, .endsOtherwise: .forked
            }
        }

        /// Whether it is about what this side has sent, and not about what it has received.
        package var isAboutSent: Bool {
            switch self {
            case .provesMore, .acknowledgesUnsent, .acknowledgesLess, .acknowledgesOther: true
            case .otherEpoch, .sentLess, .beginsOtherwise, .endsBeyond, .endsOtherwise: false
            }
        }
    }

    /// Why a link stands still: what an operator needs to talk to the other one.
    package struct Standstill: Hashable, Sendable {
        package let row: Row
        /// How far this side has the direction that it is about; nil: nothing.
        package let ours: LinkPosition?
        /// How far it is by the peer's header; nil: nothing.
        package let theirs: Stated?
        package let since: Instant

        package var divergence: Divergence { row.divergence }

        /// A position as far as a header states it.
        package struct Stated: Hashable, Sendable {
            package let epoch: Identifier
            package let sequence: UInt64
            /// Nil: the header does not say.
            package let digest: Digest?

            init(_ position: LinkPosition) {
                epoch = position.epoch
                sequence = position.sequence
                digest = position.digest
            }

            init(epoch: Identifier, sequence: UInt64) {
                self.epoch = epoch
                self.sequence = sequence
                digest = nil
            }
        }
    }

    /// An operator has looked into it: the next header is judged as if the link had run.
    package mutating func resume(_ now: Instant) {
        standstill = nil
        signOfLife(now)
    }
}
