package import Domain
package import Wire

/// One link's state machine: numbers, windows, acknowledgements, and when to send again (design
/// §4). No I/O and no clock: events and time in, verdicts and batches out.
///
/// ``record`` is what must be durable before anything that depends on it leaves the node; the rest
/// is found again after a restart.
package struct Link: Sendable {
    package internal(set) var record: LinkRecord
    /// Sent and not acknowledged, oldest first.
    package private(set) var inFlight: [SentBatch]
    private var inFlightMessages = 0
    private var inFlightBytes = 0
    /// Messages that wait in the outbox.
    package private(set) var outboxCount: Int
    /// Why the link stands still; nil while it runs.
    package internal(set) var standstill: Standstill?

    package internal(set) var lastHeard: Instant?
    private var lastSpoken: Instant?
    /// The sender's time on the newest header of the peer.
    var newestHeader: Instant?
    private var ackDue: Instant?
    private var resendAt: Instant?
    private var resendAfterMilliseconds = Limits.resendMillisecondsMin
    /// A connection has come up, and nothing was proven on it yet.
    private var isNewConnection = false

    package struct SentBatch: Hashable, Sendable {
        package let end: LinkPosition
        package let envelope: Bytes
        package let frames: [Bytes]
        var bytesCount: Int { frames.reduce(envelope.count) { $0 + $1.count } }

        package init(end: LinkPosition, envelope: Bytes, frames: [Bytes]) {
            self.end = end
            self.envelope = envelope
            self.frames = frames
        }
    }

    package var divergence: Divergence? { standstill?.divergence }

    package init(_ record: LinkRecord, inFlight: [SentBatch], outboxCount: Int) {
        self.record = record
        self.inFlight = inFlight
        self.outboxCount = outboxCount
        inFlightMessages = inFlight.reduce(0) { $0 + $1.frames.count }
        inFlightBytes = inFlight.reduce(0) { $0 + $1.bytesCount }
    }

    /// A link on which nothing was ever said.
    package init(peer: ProvinceCode, epoch: Identifier) {
        self.init(
            LinkRecord(
                peer: peer, sent: LinkPosition(epoch: epoch, sequence: 0, digest: .zero),
                acknowledged: 0, assigned: 0, received: nil),
            inFlight: [], outboxCount: 0)
    }

    /// What is in flight has got new signatures: the same messages in the same batches.
    package mutating func signedAnew(_ batches: [SentBatch]) {
        inFlight = batches
        inFlightBytes = batches.reduce(0) { $0 + $1.bytesCount }
    }

    // MARK: Sending

    /// Whether another batch may be sent now.
    package var windowIsOpen: Bool {
        divergence == nil && inFlight.count < Limits.windowBatchesMax
            && inFlightMessages < Limits.windowMessagesMax && inFlightBytes < Limits.windowBytesMax
    }

    package var inFlightMessageCount: Int { inFlightMessages }

    /// Gives `count` new messages their numbers; they go to the outbox or, if ``takesAtOnce``, into
    /// the next batches. Returns the first number.
    package mutating func assign(_ count: Int, toOutbox: Bool) -> UInt64 {
        let first = record.assigned + 1
        record.assigned += UInt64(count)
        if toOutbox { outboxCount += count }
        return first
    }

    /// Whether new messages may go into a batch at once: the window is open and nothing waits
    /// before them.
    package var takesAtOnce: Bool { outboxCount == 0 && windowIsOpen }

    /// `count` messages left the outbox for a batch.
    package mutating func tookFromOutbox(_ count: Int) { outboxCount -= count }

    /// The header of the next batch with `count` messages; with none, of a sign of life.
    package func header(
        network: String, from province: ProvinceCode, count: Int, after position: LinkPosition,
        sentSequence: UInt64, now: Instant
    ) -> BatchHeader {
        BatchHeader(
            network: network, from: province, to: record.peer, epoch: position.epoch,
            firstSequence: position.sequence + 1, count: count, ack: record.received, time: now,
            linkDigest: position.digest, sentSequence: sentSequence)
    }

    /// A batch with messages was signed, and will be sent once it is durable.
    package mutating func sent(_ batch: SentBatch, now: Instant) {
        record.sent = batch.end
        inFlight.append(batch)
        inFlightMessages += batch.frames.count
        inFlightBytes += batch.bytesCount
        if resendAt == nil {
            resendAt = now.advanced(byMilliseconds: resendAfterMilliseconds)
        }
        spoke(now)
    }

    /// Anything was sent that carries the acknowledgement.
    package mutating func spoke(_ now: Instant) {
        lastSpoken = now
        ackDue = nil
    }

    package var wantsAck: Bool { ackDue != nil }

    /// Whether the next batch without messages must show what the peer has said, by its own signature:
    /// on a new connection, for its store may have been replaced, and for as long as the link stands still.
    package var owesProof: Bool {
        record.received != nil && (isNewConnection || divergence != nil)
    }

    /// A batch without messages was handed to the connection, with the proof if one was owed.
    package mutating func proved() { isNewConnection = false }

    /// What the peer has acknowledged is done.
    mutating func finish(upTo sequence: UInt64, _ now: Instant) {
        record.acknowledged = sequence
        let done = inFlight.prefix { $0.end.sequence <= sequence }
        for batch in done {
            inFlightMessages -= batch.frames.count
            inFlightBytes -= batch.bytesCount
        }
        inFlight.removeFirst(done.count)
        resendAfterMilliseconds = Limits.resendMillisecondsMin
        resendAt =
            inFlight.isEmpty ? nil : now.advanced(byMilliseconds: resendAfterMilliseconds)
    }

    mutating func requestAck(_ now: Instant) {
        if ackDue == nil {
            ackDue = now.advanced(byMilliseconds: Limits.ackDelayMilliseconds)
        }
    }

    // MARK: Time

    /// Whether a batch without messages is due: an acknowledgement that found nothing to ride on,
    /// or a sign of life.
    package func wantsToSpeak(_ now: Instant) -> Bool {
        guard divergence?.saysWhereItStands ?? true else { return false }
        if isNewConnection { return true }
        if let ackDue, ackDue <= now { return true }
        guard let lastSpoken else { return true }
        // A clock that was set back must not silence the link.
        return lastSpoken > now
            || now.milliseconds(since: lastSpoken) >= Limits.heartbeatMilliseconds
    }

    /// Whether all that is in flight is to be sent again; asked once a tick, it counts as done.
    package mutating func takeResend(_ now: Instant) -> Bool {
        guard divergence == nil, !inFlight.isEmpty else { return false }
        guard let at = resendAt,
            at <= now || at.milliseconds(since: now) > Limits.resendMillisecondsMax
        else { return false }
        resendAfterMilliseconds = min(
            resendAfterMilliseconds * 2, Limits.resendMillisecondsMax)
        resendAt = now.advanced(byMilliseconds: resendAfterMilliseconds)
        return true
    }

    /// The peer is there again: what is in flight goes out at once, and retry begins anew.
    package mutating func signOfLife(_ now: Instant) {
        resendAfterMilliseconds = Limits.resendMillisecondsMin
        if !inFlight.isEmpty { resendAt = now }
    }

    /// A connection to the peer has come up: it is told at once where this side stands.
    package mutating func connected(_ now: Instant) {
        signOfLife(now)
        ackDue = now
        isNewConnection = true
    }

    /// The next moment at which time alone makes a connected link do something; nil if it stands still.
    package func nextWake() -> Instant? {
        guard divergence?.saysWhereItStands ?? true else { return nil }
        var next = lastSpoken?.advanced(byMilliseconds: Limits.heartbeatMilliseconds)
        for moment in [ackDue, divergence == nil ? resendAt : nil] {
            if let moment { next = next.map { min($0, moment) } ?? moment }
        }
        return next
    }
}
