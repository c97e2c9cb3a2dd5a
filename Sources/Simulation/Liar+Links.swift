import Domain
import Settlement
import Wire

/// What the liar says of its links, beside what it says on them. None of it may cost anybody more than the
/// link with the liar.
extension Liar {
    private enum LinkLie: Int64, CaseIterable {
        /// It has had more than was ever sent.
        case claimsMore
        /// It has had something of a history that is none.
        case claimsAnotherEpoch
        /// It has had other messages than were sent.
        case claimsOtherMessages
        /// It shows a batch that the other remembers, and claims more.
        case showsTheKnown
        /// It shows what it signed itself in the other's name.
        case showsAForgery
        /// It has said other messages than were heard.
        case tellsAnotherHistory
        /// It begins anew.
        case beginsAnew
        /// It has said less than was heard.
        case forgets
        /// It says once more what it said long ago.
        case saysAgain
    }

    func lieAboutLink(_ parameter: Int64, in world: World) {
        let peer = chance.pick(world.provinces)
        guard let lie = LinkLie(rawValue: parameter % Int64(LinkLie.allCases.count)),
            world.isOn(peer)
        else { return }
        world.count(.liar)
        let link = link(to: peer, world)
        let sent = link.record.sent
        var header = link.header(
            network: World.network, from: Country.liar, count: 0, after: sent,
            sentSequence: sent.sequence, now: world.now)
        let heard = header.ack ?? LinkPosition(epoch: newID(world), sequence: 0, digest: .zero)
        var proof: HeaderProof?
        switch lie {
        case .claimsMore: header.ack = far(beyond: heard)
        case .claimsAnotherEpoch:
            header.ack = LinkPosition(epoch: newID(world), sequence: 7, digest: .zero)
        case .claimsOtherMessages: header.ack?.digest = other
        case .showsTheKnown:
            header.ack = far(beyond: heard)
            proof = self.heard[peer].map { known in
                HeaderProof(envelope: known.envelope, headerPath: known.receipt(of: 0).headerPath)
            }
        case .showsAForgery:
            header.ack = far(beyond: heard)
            proof = forgery(of: peer, after: heard, in: world)
        case .tellsAnotherHistory: header.linkDigest = other
        case .beginsAnew:
            (header.epoch, header.firstSequence) = (newID(world), 1)
            (header.linkDigest, header.sentSequence) = (.zero, 0)
        case .forgets: header.sentSequence = 0
        case .saysAgain:
            guard let batches = said[peer], !batches.isEmpty else { return }
            world.send(chance.pick(batches), from: Country.liar, to: peer)
            return
        }
        let part = FlushPart(header: header, frames: [], proof: proof)
        guard let batch = try? Flush.sign([part], credential, QuickHashing()).first else { return }
        world.send([batch.envelope], from: Country.liar, to: peer)
    }

    private var other: Digest { QuickHashing().digest([9, 9, 9]) }

    private func far(beyond heard: LinkPosition) -> LinkPosition {
        LinkPosition(epoch: heard.epoch, sequence: heard.sequence + 1_000_000, digest: other)
    }

    /// A batch that the peer never signed, as it would be after what it said.
    private func forgery(
        of peer: ProvinceCode, after heard: LinkPosition, in world: World
    ) -> HeaderProof? {
        let header = BatchHeader(
            network: World.network, from: peer, to: Country.liar, epoch: heard.epoch,
            firstSequence: heard.sequence + 1, count: 1, ack: nil, time: world.now,
            linkDigest: heard.digest, sentSequence: heard.sequence + 1)
        let part = FlushPart(header: header, frames: [[1]])
        return try? Flush.sign([part], credential, QuickHashing()).first.map {
            HeaderProof(envelope: $0.envelope, headerPath: [QuickHashing().leaf([1])])
        }
    }
}
