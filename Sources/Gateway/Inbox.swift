import Domain
import Foundation
import Settlement
import Wire

/// What waits for the engine: verified batches and client requests, each with a limit.
///
/// Whoever fills it is told when it is full: the network is then not read (back-pressure reaches
/// the peer through ZeroMQ), a client is told `overloaded`.
final class Inbox: @unchecked Sendable {
    struct Arrival: Sendable {
        let peer: ProvinceCode
        let batch: InboundBatch
    }

    struct Call: Sendable {
        let caller: Caller
        let id: Identifier
        let digest: Digest
        let command: ServiceRequest.Command
    }

    struct Work {
        var arrivals: [Arrival] = []
        var calls: [Call] = []
        var reload = false
        var stop = false
        /// Nil if the node was told to stop.
        var stopReason: String?

        var isLarge: Bool {
            arrivals.count >= Limits.inboundBatchesWaitingMax
                || calls.count >= Limits.requestsWaitingMax
                || arrivals.reduce(0) { $0 + $1.batch.bytesCount }
                    >= Limits.inboundBytesWaitingMax
        }
    }

    private var waitingBytes = 0

    private let condition = NSCondition()
    private var work = Work()

    /// False if there is no room; then it was not taken.
    func offer(_ call: Call) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard work.calls.count < Limits.requestsWaitingMax else { return false }
        work.calls.append(call)
        condition.broadcast()
        return true
    }

    /// Waits until there is room; false if the node stops.
    func put(_ arrival: Arrival) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !work.stop
            && (work.arrivals.count >= Limits.inboundBatchesWaitingMax
                || waitingBytes >= Limits.inboundBytesWaitingMax)
        {
            condition.wait()
        }
        guard !work.stop else { return false }
        work.arrivals.append(arrival)
        waitingBytes += arrival.batch.bytesCount
        condition.broadcast()
        return true
    }

    /// `reason` if something failed; the first one counts.
    func stop(because reason: String? = nil) {
        condition.lock()
        if !work.stop { work.stopReason = reason }
        work.stop = true
        condition.broadcast()
        condition.unlock()
    }

    func reload() {
        condition.lock()
        work.reload = true
        condition.broadcast()
        condition.unlock()
    }

    /// Everything that waits, up to about ``Limits/roundInputsMax`` inputs; waits at most
    /// `milliseconds` for the first. Nothing that is there waits for anything else to come.
    func take(milliseconds: Int64) -> Work {
        condition.lock()
        defer { condition.unlock() }
        if work.arrivals.isEmpty && work.calls.isEmpty && !work.stop && !work.reload
            && milliseconds > 0
        {
            _ = condition.wait(until: Date(timeIntervalSinceNow: Double(milliseconds) / 1000))
        }
        var taken = Work()
        taken.stop = work.stop
        taken.stopReason = work.stopReason
        taken.reload = work.reload
        work.reload = false
        var room = Limits.roundInputsMax
        var batches = 0
        for arrival in work.arrivals {
            guard batches == 0 || arrival.batch.messages.count <= room else { break }
            room -= arrival.batch.messages.count
            batches += 1
        }
        taken.arrivals = Array(work.arrivals.prefix(batches))
        work.arrivals.removeFirst(batches)
        waitingBytes -= taken.arrivals.reduce(0) { $0 + $1.batch.bytesCount }
        let calls = min(work.calls.count, max(room, Limits.roundInputsMax / 4))
        taken.calls = Array(work.calls.prefix(calls))
        work.calls.removeFirst(calls)
        if batches > 0 { condition.broadcast() }
        return taken
    }

    var counts: (requests: Int, batches: Int) {
        condition.lock()
        defer { condition.unlock() }
        return (work.calls.count, work.arrivals.count)
    }
}
