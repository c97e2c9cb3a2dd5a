import Domain
import Settlement
import Wire

extension StatusDocument {
    /// Why a link stands still, with all that the two operators need to find out which side is right.
    package struct Standstill: Codable, Sendable {
        /// A state of the table of links in `protocol/states.md`.
        package var state: String
        /// The row of that table by which it came to this.
        package var row: Int
        /// `sent`: it is about what this node has sent; `received`: about what it has received.
        package var direction: String
        package var since: String
        /// How far the direction is by what this node has; nil: nothing was sent or received.
        package var ours: Position?
        /// How far it is by the peer's header.
        package var theirs: Position?
        /// The first sentence to a person.
        package var sentence: String
    }

    /// The end of one direction of a link.
    package struct Position: Codable, Sendable {
        package var epoch: String
        package var number: UInt64
        /// Nil: the header did not say.
        package var digest: String?

        /// In one line of a log.
        package var text: String { "\(epoch) \(number) \(digest ?? "-")" }
    }
}

extension StatusDocument.Standstill {
    init(_ standstill: Link.Standstill, _ peer: ProvinceCode) {
        self.init(
            state: standstill.divergence.rawValue, row: standstill.row.rawValue,
            direction: standstill.row.isAboutSent ? "sent" : "received",
            since: standstill.since.description,
            ours: standstill.ours.map {
                StatusDocument.Position(
                    epoch: $0.epoch.description, number: $0.sequence,
                    digest: $0.digest.description)
            },
            theirs: standstill.theirs.map {
                StatusDocument.Position(
                    epoch: $0.epoch.description, number: $0.sequence,
                    digest: $0.digest?.description)
            }, sentence: standstill.row.sentence(peer))
    }
}

extension Link.Row {
    fileprivate func sentence(_ peer: ProvinceCode) -> String {
        switch self {
        case .provesMore:
            "\(peer) has shown a batch that this node signed and does not remember: the store of "
                + "this node is older; put the newest one back"
        case .acknowledgesUnsent:
            "\(peer) says that it has more messages than this node has sent, and has not shown it: ask "
                + "its operator whether its store is right; it goes on by itself once the headers fit"
        case .acknowledgesOther:
            "\(peer) says that it has other messages than this node has sent, and has not shown it: "
                + "ask its operator whether its store is right"
        case .acknowledgesLess:
            "\(peer) has forgotten messages that it had acknowledged, as after a restored backup: its "
                + "operator must put its newest store back; the link then goes on by itself"
        case .otherEpoch:
            "\(peer) has begun its side of the link anew without consent, as with an empty store: its "
                + "operator must put its newest store back; the link then goes on by itself"
        case .sentLess:
            "\(peer) has forgotten messages that it had sent, as after a restored backup: its operator "
                + "must put its newest store back; the link then goes on by itself"
        case .beginsOtherwise, .endsBeyond, .endsOtherwise:
            "this node and \(peer) remember other messages under the same numbers: compare the digests "
                + "with its operator; when it is put right, gongji link resume --peer \(peer)"
        }
    }
}
