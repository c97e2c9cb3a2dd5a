package import Domain
package import Wire

// What a header of the peer does to a link: the table in `protocol/states.md`, row by row.
extension Link {
    package enum Arrival: Sendable, Equatable {
        /// The next messages: to be worked on.
        case accepted
        /// Nothing new, or nothing but news of the peer's side.
        case nothingNew
        /// Seen before.
        case duplicate
        /// Something before it is missing; the peer will send it again.
        case gap
        case diverged(Divergence)
    }

    private enum Verdict {
        case fits(Arrival)
        case stands(Row, theirs: Standstill.Stated?)
    }

    /// A verified batch of the peer has come. On ``Arrival/accepted`` the position has advanced.
    ///
    /// `provesMore` is what the peer has shown with it, if that is a batch of this node which its journal
    /// does not have. A peer that was behind, or claimed what it did not show, sets the link going again
    /// by a later header that fits.
    package mutating func arrive(
        _ header: BatchHeader, end: LinkPosition, provesMore: ProvenHeader? = nil, now: Instant
    ) -> Arrival {
        let isNews = newestHeader.map { header.time > $0 } ?? false
        var judged = self
        let verdict = judged.judge(header, end: end, provesMore: provesMore, now: now)
        let found: Standstill
        switch (verdict, standstill) {
        case (.fits(let arrival), nil):
            self = judged
            return arrival
        case (.fits(let arrival), let standstill?)
        where standstill.divergence.healsByItself && isNews:
            judged.resume(now)
            self = judged
            return arrival
        case (.fits, let standstill?): found = standstill
        // That it is told again does not change since when, and what needs an operator stays so.
        case (.stands(let row, _), let standstill?)
        where row == standstill.row
            || row.divergence.healsByItself && !standstill.divergence.healsByItself:
            found = standstill
        case (.stands(let row, let theirs), _):
            found = Standstill(
                row: row, ours: row.isAboutSent ? record.sent : record.received, theirs: theirs,
                since: now)
        }
        // Nothing is taken and nothing is done; only that the peer lives is known.
        standstill = found
        lastHeard = judged.lastHeard
        newestHeader = judged.newestHeader
        return .diverged(found.divergence)
    }

    private mutating func judge(
        _ header: BatchHeader, end: LinkPosition, provesMore: ProvenHeader?, now: Instant
    ) -> Verdict {
        let silent = lastHeard.map { now.milliseconds(since: $0) > Limits.silenceMilliseconds }
        lastHeard = now
        if silent != false { signOfLife(now) }
        let isNewest = newestHeader.map { header.time > $0 } ?? true
        let isFirst = newestHeader == nil
        if isNewest { newestHeader = header.time }
        // Batches that are sent again bear old numbers.
        let isJudged = isNewest && !isFirst
        if let proven = provesMore {
            return .stands(
                .provesMore,
                theirs: Standstill.Stated(epoch: proven.header.epoch, sequence: proven.last))
        }
        if let row = acknowledge(header.ack, isJudged: isJudged, now: now) {
            return .stands(row, theirs: header.ack.map { Standstill.Stated($0) })
        }
        return take(header, end: end, isJudged: isJudged, now: now)
    }

    /// What the peer says it has.
    private mutating func acknowledge(
        _ ack: LinkPosition?, isJudged: Bool, now: Instant
    ) -> Row? {
        guard let ack else {
            return isJudged && record.acknowledged > 0 ? .acknowledgesLess : nil
        }
        guard ack.epoch == record.sent.epoch, ack.sequence <= record.sent.sequence else {
            return .acknowledgesUnsent
        }
        if ack.sequence < record.acknowledged { return isJudged ? .acknowledgesLess : nil }
        let known =
            inFlight.last { $0.end.sequence == ack.sequence }?.end
            ?? (record.sent.sequence == ack.sequence ? record.sent : nil)
        if let known, known.digest != ack.digest { return .acknowledgesOther }
        if ack.sequence > record.acknowledged { finish(upTo: ack.sequence, now) }
        return nil
    }

    private mutating func take(
        _ header: BatchHeader, end: LinkPosition, isJudged: Bool, now: Instant
    ) -> Verdict {
        guard let received = record.received else {
            guard header.firstSequence == 1 else {
                requestAck(now)
                return .fits(.gap)
            }
            guard header.linkDigest == .zero else {
                return .stands(.beginsOtherwise, theirs: Standstill.Stated(header.begin))
            }
            return .fits(accept(header, end, now))
        }
        guard header.epoch == received.epoch else {
            return .stands(.otherEpoch, theirs: Standstill.Stated(header.begin))
        }
        if isJudged && header.sentSequence < received.sequence {
            return .stands(
                .sentLess,
                theirs: Standstill.Stated(epoch: header.epoch, sequence: header.sentSequence))
        }
        if header.firstSequence == received.sequence + 1 {
            guard header.linkDigest == received.digest else {
                return .stands(.beginsOtherwise, theirs: Standstill.Stated(header.begin))
            }
            return .fits(accept(header, end, now))
        }
        if header.firstSequence > received.sequence {
            requestAck(now)
            return .fits(.gap)
        }
        guard header.count > 0 else { return .fits(.nothingNew) }
        guard end.sequence <= received.sequence else {
            return .stands(.endsBeyond, theirs: Standstill.Stated(end))
        }
        if end.sequence == received.sequence && end.digest != received.digest {
            return .stands(.endsOtherwise, theirs: Standstill.Stated(end))
        }
        requestAck(now)
        return .fits(.duplicate)
    }

    private mutating func accept(
        _ header: BatchHeader, _ end: LinkPosition, _ now: Instant
    ) -> Arrival {
        guard header.count > 0 else { return .nothingNew }
        record.received = end
        requestAck(now)
        return .accepted
    }
}
