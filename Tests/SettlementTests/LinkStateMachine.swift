import Domain
import Signing
import Testing
import Wire

@testable import Settlement

/// The link alone: what it takes, what it acknowledges, when it sends again, when it stands still.
@Suite struct LinkStateMachine {
    let sm3 = SM3Hashing()
    let here = ProvinceCode(310_000)!
    let there = ProvinceCode(440_000)!
    let epoch = Identifier(high: 1, low: 1)
    let peerEpoch = Identifier(high: 2, low: 2)
    var time = Instant(milliseconds: 1_000_000)

    func link() -> Link { Link(peer: there, epoch: epoch) }

    /// A batch of the peer with `count` messages after `position`.
    func batch(
        after position: LinkPosition, count: Int, ack: LinkPosition? = nil, sent: UInt64? = nil,
        at time: Instant, salt: UInt8 = 0
    ) -> (BatchHeader, LinkPosition) {
        var end = position
        for index in 0..<count {
            end = end.advanced(by: sm3.leaf([salt, UInt8(index)]), sm3)
        }
        return (
            BatchHeader(
                network: "test", from: there, to: here, epoch: position.epoch,
                firstSequence: position.sequence + 1, count: count, ack: ack, time: time,
                linkDigest: position.digest, sentSequence: sent ?? end.sequence), end
        )
    }

    var start: LinkPosition { LinkPosition(epoch: peerEpoch, sequence: 0, digest: .zero) }

    mutating func later(_ milliseconds: Int64 = 1) -> Instant {
        time = time.advanced(byMilliseconds: milliseconds)
        return time
    }

    @Test mutating func messagesAreTakenOnceAndInOrder() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        let (second, two) = batch(after: one, count: 3, at: later(), salt: 1)
        #expect(link.arrive(second, end: two, now: time) == .gap)
        #expect(link.arrive(first, end: one, now: time) == .accepted)
        #expect(link.arrive(first, end: one, now: time) == .duplicate)
        #expect(link.arrive(second, end: two, now: time) == .accepted)
        #expect(link.arrive(first, end: one, now: time) == .duplicate)
        #expect(link.record.received == two)
    }

    /// A peer that lives and takes nothing (it stands still, its disk is full) was sent everything at each
    /// of its beats.
    @Test mutating func aPeerThatOnlyBeatsIsNotSentEverythingAtEachBeat() {
        var link = link()
        _ = link.assign(1, toOutbox: false)
        link.sent(
            Link.SentBatch(
                end: LinkPosition(epoch: epoch, sequence: 1, digest: .zero), envelope: [1],
                frames: [[2]]), now: time)
        var resent = 0
        for _ in 0..<60 {
            let (beat, end) = batch(after: start, count: 0, at: later(1_005))
            _ = link.arrive(beat, end: end, now: time)
            if link.takeResend(time) { resent += 1 }
        }
        #expect(resent <= 60_000 / Int(Limits.resendMillisecondsMax) + 2)
    }

    @Test mutating func aPeerWithAnOlderStoreIsNoticed() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        let (second, two) = batch(after: one, count: 3, at: later(), salt: 1)
        _ = link.arrive(first, end: one, now: time)
        _ = link.arrive(second, end: two, now: time)
        // Restored to after the first batch, it begins with another third message.
        let (other, end) = batch(after: one, count: 1, at: later(), salt: 9)
        #expect(link.arrive(other, end: end, now: time) == .diverged(.peerBehind))
        #expect(!link.windowIsOpen)
        // It puts its newest store back, and remembers the second batch again.
        let (third, three) = batch(after: two, count: 1, at: later(), salt: 2)
        #expect(link.arrive(third, end: three, now: time) == .accepted)
        #expect(link.windowIsOpen)
    }

    @Test mutating func aPeerThatBeginsAnewIsNoticed() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        let anew = LinkPosition(epoch: Identifier(high: 9, low: 9), sequence: 0, digest: .zero)
        let (other, end) = batch(after: anew, count: 1, at: later())
        #expect(link.arrive(other, end: end, now: time) == .diverged(.peerBehind))
    }

    @Test mutating func anotherHistoryWithTheSameNumbersIsNoticed() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        let forked = LinkPosition(epoch: peerEpoch, sequence: 2, digest: sm3.digest([5]))
        let (other, end) = batch(after: forked, count: 1, at: later())
        #expect(link.arrive(other, end: end, now: time) == .diverged(.forked))
    }

    /// One signed header halted a node, also after its restart.
    @Test mutating func anAcknowledgementOfWhatWasNeverSentCostsThePeerItsLinkOnly() {
        var link = link()
        let ack = LinkPosition(epoch: epoch, sequence: 7, digest: .zero)
        let (header, end) = batch(after: start, count: 0, ack: ack, at: later())
        #expect(link.arrive(header, end: end, now: time) == .diverged(.unprovenClaim))
        #expect(link.standstill?.row == .acknowledgesUnsent)
        #expect(link.standstill?.theirs?.sequence == 7)
        #expect(!link.windowIsOpen && link.owesProof == false)
        var fresh = self.link()
        let other = LinkPosition(
            epoch: Identifier(high: 3, low: 3), sequence: 0, digest: .zero)
        let (second, after) = batch(after: start, count: 0, ack: other, at: later())
        #expect(fresh.arrive(second, end: after, now: time) == .diverged(.unprovenClaim))
        // It takes back what it said.
        let (third, one) = batch(after: start, count: 1, at: later())
        #expect(fresh.arrive(third, end: one, now: time) == .accepted)
        #expect(fresh.standstill == nil && fresh.windowIsOpen)
    }

    @Test mutating func whatThePeerProvesMeansOurStoreIsOld() {
        var link = link()
        let ack = LinkPosition(epoch: epoch, sequence: 7, digest: .zero)
        let (header, end) = batch(after: start, count: 0, ack: ack, at: later())
        #expect(link.arrive(header, end: end, now: time) == .diverged(.unprovenClaim))
        let own = BatchHeader(
            network: "test", from: here, to: there, epoch: epoch, firstSequence: 7, count: 1,
            ack: nil, time: time, linkDigest: .zero, sentSequence: 7)
        let proven = ProvenHeader(header: own, subtree: .zero)
        #expect(
            link.arrive(header, end: end, provesMore: proven, now: time) == .diverged(.selfBehind))
        #expect(link.standstill?.row == .provesMore)
        // Nothing that the peer says later undoes it.
        let (fits, one) = batch(after: start, count: 1, at: later())
        #expect(link.arrive(fits, end: one, now: time) == .diverged(.selfBehind))
    }

    /// What stopped a link of this kind was gone with the next start, and with nothing else.
    @Test mutating func anOperatorSetsALinkGoingThatTheHeadersDoNot() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        let forked = LinkPosition(epoch: peerEpoch, sequence: 2, digest: sm3.digest([5]))
        let (other, end) = batch(after: forked, count: 1, at: later())
        #expect(link.arrive(other, end: end, now: time) == .diverged(.forked))
        let since = time
        let (next, three) = batch(after: one, count: 1, at: later())
        #expect(link.arrive(next, end: three, now: time) == .diverged(.forked))
        #expect(
            link.standstill
                == Link.Standstill(
                    row: .beginsOtherwise, ours: one, theirs: .init(forked), since: since))
        #expect(!link.wantsToSpeak(later(Limits.heartbeatMilliseconds)))
        // A claim heals by itself, and would undo what needs an operator.
        let (claim, last) = batch(
            after: one, count: 0, ack: LinkPosition(epoch: epoch, sequence: 9, digest: .zero),
            at: later())
        #expect(link.arrive(claim, end: last, now: time) == .diverged(.forked))

        link.resume(later())
        #expect(link.standstill == nil && link.windowIsOpen)
        #expect(link.arrive(other, end: end, now: later()) == .diverged(.forked))
        link.resume(later())
        #expect(link.arrive(next, end: three, now: time) == .accepted)
    }

    /// What stops a link changes nothing else.
    @Test mutating func aHeaderThatStopsTheLinkAcknowledgesNothing() {
        var link = link()
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        let sent = send(&link, 2, at: time)
        let forked = LinkPosition(epoch: peerEpoch, sequence: 2, digest: sm3.digest([5]))
        let (other, end) = batch(after: forked, count: 1, ack: sent, at: later())
        #expect(link.arrive(other, end: end, now: time) == .diverged(.forked))
        #expect(link.record.acknowledged == 0 && link.inFlight.count == 1)
    }

    @Test mutating func whoIsNewlyConnectedOrStandsStillIsShownWhatItHasSaid() {
        var link = link()
        link.connected(time)
        #expect(!link.owesProof, "nothing was received that could be shown")
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        #expect(link.owesProof && link.wantsToSpeak(time))
        link.spoke(time)
        link.proved()
        #expect(!link.owesProof && !link.wantsToSpeak(time))
        let (behind, end) = batch(after: start, count: 0, sent: 0, at: later())
        #expect(link.arrive(behind, end: end, now: time) == .diverged(.peerBehind))
        #expect(link.owesProof)
        link.spoke(time)
        link.proved()
        #expect(link.owesProof, "for as long as the peer is behind")
    }

    func send(_ link: inout Link, _ messages: Int, at time: Instant) -> LinkPosition {
        _ = link.assign(messages, toOutbox: false)
        var end = link.record.sent
        for index in 0..<messages { end = end.advanced(by: sm3.leaf([UInt8(index)]), sm3) }
        link.sent(
            Link.SentBatch(
                end: end, envelope: [0], frames: Array(repeating: [1], count: messages)),
            now: time)
        return end
    }

    @Test mutating func acknowledgementsOpenTheWindowAndAnOvertakenOneIsIgnored() {
        var link = link()
        let one = send(&link, 2, at: time)
        let two = send(&link, 1, at: time)
        let (old, end) = batch(after: start, count: 0, ack: one, at: later())
        let (new, _) = batch(after: start, count: 0, ack: two, at: later())
        #expect(link.arrive(new, end: end, now: time) == .nothingNew)
        #expect(link.inFlight.isEmpty)
        #expect(link.arrive(old, end: end, now: time) == .nothingNew)
        #expect(link.record.acknowledged == 3)
    }

    @Test mutating func theWindowClosesAndNewMessagesWait() {
        var link = link()
        for _ in 0..<Limits.windowBatchesMax { _ = send(&link, 1, at: time) }
        #expect(!link.windowIsOpen)
        #expect(!link.takesAtOnce)
        let first = link.assign(3, toOutbox: true)
        #expect(first == UInt64(Limits.windowBatchesMax) + 1)
        #expect(link.outboxCount == 3)
    }

    @Test mutating func whatIsNotAcknowledgedIsSentAgainAndLifeBeginsRetryAnew() {
        var link = link()
        _ = send(&link, 1, at: time)
        let early = link.takeResend(time)
        #expect(!early)
        var waits: [Int64] = []
        for _ in 0..<5 {
            var waited: Int64 = 0
            while !link.takeResend(later(100)) { waited += 100 }
            waits.append(waited + 100)
        }
        #expect(waits == [1000, 2000, 4000, 4000, 4000])
        link.signOfLife(time)
        let again = link.takeResend(time)
        #expect(again)
    }

    @Test mutating func anAcknowledgementThatFindsNothingToRideOnGoesAlone() {
        var link = link()
        link.spoke(time)
        let (first, one) = batch(after: start, count: 2, at: later())
        _ = link.arrive(first, end: one, now: time)
        #expect(!link.wantsToSpeak(time))
        #expect(link.wantsToSpeak(later(Limits.ackDelayMilliseconds)))
        link.spoke(time)
        #expect(!link.wantsToSpeak(time))
        #expect(link.wantsToSpeak(later(Limits.heartbeatMilliseconds)))
    }
}
