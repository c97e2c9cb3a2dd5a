import Domain
import Foundation
import Rounds
import Settlement
import Wire

/// What waits for the engine: verified batches and client requests, each with a limit.
///
/// Whoever fills it is told when it is full: the network is then not read (back-pressure reaches
/// the peer through ZeroMQ), a client is told `overloaded`.
final class Inbox: @unchecked Sendable {
    /// What the engine's thread takes out at once.
    struct Orders {
        var work = Work()
        var reload = false
        var stop = false
        /// Nil if the node was told to stop.
        var stopReason: String?
    }

    private var waitingBytes = 0

    private let condition = NSCondition()
    private var waiting = Orders()

    /// False if there is no room; then it was not taken.
    func offer(_ call: Work.Call) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard waiting.work.calls.count < Limits.requestsWaitingMax else { return false }
        waiting.work.calls.append(call)
        condition.broadcast()
        return true
    }

    /// Waits until there is room; false if the node stops.
    func put(_ arrival: Work.Arrival) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !waiting.stop
            && (waiting.work.arrivals.count >= Limits.inboundBatchesWaitingMax
                || waitingBytes >= Limits.inboundBytesWaitingMax)
        {
            condition.wait()
        }
        guard !waiting.stop else { return false }
        waiting.work.arrivals.append(arrival)
        waitingBytes += arrival.batch.bytesCount
        condition.broadcast()
        return true
    }

    /// `reason` if something failed; the first one counts.
    func stop(because reason: String? = nil) {
        condition.lock()
        if !waiting.stop { waiting.stopReason = reason }
        waiting.stop = true
        condition.broadcast()
        condition.unlock()
    }

    func reload() {
        condition.lock()
        waiting.reload = true
        condition.broadcast()
        condition.unlock()
    }

    /// Everything that waits, up to about ``Limits/roundInputsMax`` inputs; waits at most
    /// `milliseconds` for the first. Nothing that is there waits for anything else to come.
    func take(milliseconds: Int64) -> Orders {
        condition.lock()
        defer { condition.unlock() }
        if waiting.work.arrivals.isEmpty && waiting.work.calls.isEmpty && !waiting.stop
            && !waiting.reload
            && milliseconds > 0
        {
            _ = condition.wait(until: Date(timeIntervalSinceNow: Double(milliseconds) / 1000))
        }
        var taken = Orders()
        taken.stop = waiting.stop
        taken.stopReason = waiting.stopReason
        taken.reload = waiting.reload
        waiting.reload = false
        var room = Limits.roundInputsMax
        var batches = 0
        for arrival in waiting.work.arrivals {
            guard batches == 0 || arrival.batch.messages.count <= room else { break }
            room -= arrival.batch.messages.count
            batches += 1
        }
        taken.work.arrivals = Array(waiting.work.arrivals.prefix(batches))
        waiting.work.arrivals.removeFirst(batches)
        waitingBytes -= taken.work.arrivals.reduce(0) { $0 + $1.batch.bytesCount }
        let calls = min(waiting.work.calls.count, max(room, Limits.roundInputsMax / 4))
        taken.work.calls = Array(waiting.work.calls.prefix(calls))
        waiting.work.calls.removeFirst(calls)
        if batches > 0 { condition.broadcast() }
        return taken
    }

    var counts: (requests: Int, batches: Int) {
        condition.lock()
        defer { condition.unlock() }
        return (waiting.work.calls.count, waiting.work.arrivals.count)
    }
}
