import Domain
import Foundation
import Rounds
import Settlement
import Wire

/// What waits for the engine: verified batches and client requests, each with a limit, in a line for
/// each peer and each client. The engine takes from the lines by turns.
///
/// Whoever fills it is told when there is no room: a peer's lane waits, and the back-pressure reaches
/// that peer alone; a client is told `overloaded`.
final class Inbox: @unchecked Sendable {
    /// What the engine's thread takes out at once.
    struct Orders {
        var work = Work()
        var reload = false
        var stop = false
        /// Nil if the node was told to stop.
        var stopReason: String?
    }

    private let condition = NSCondition()
    private var arrivals = FairQueue<ProvinceCode, Work.Arrival>()
    private var arrivalBytes: [ProvinceCode: Int] = [:]
    private var bytes = 0
    private var calls = FairQueue<String, Work.Call>()
    private var waiting = Orders()
    private var roomMade: (@Sendable () -> Void)?

    /// Called, on the engine's thread, whenever batches were taken out.
    func whenRoomIsMade(_ body: @escaping @Sendable () -> Void) {
        condition.lock()
        roomMade = body
        condition.unlock()
    }

    /// False if there is no room; then it was not taken.
    func offer(_ call: Work.Call) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        let client = call.caller.principal.line
        let own = calls.count(of: client)
        // Who has no request here always has room for one.
        guard
            own == 0
                || own < Limits.requestsOfClientMax && calls.count < Limits.requestsWaitingMax
        else { return false }
        calls.append(call, for: client)
        condition.broadcast()
        return true
    }

    /// False if there is no room; then it was not taken. A peer of which nothing waits always has room
    /// for one batch.
    func offer(_ arrival: Work.Arrival) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard isRoom(for: arrival.peer) else { return false }
        arrivals.append(arrival, for: arrival.peer)
        bytes += arrival.batch.bytesCount
        arrivalBytes[arrival.peer, default: 0] += arrival.batch.bytesCount
        condition.broadcast()
        return true
    }

    func hasRoom(for peer: ProvinceCode) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        return isRoom(for: peer)
    }

    private func isRoom(for peer: ProvinceCode) -> Bool {
        let own = arrivals.count(of: peer)
        return own == 0
            || own < Limits.inboundBatchesOfPeerMax
                && arrivalBytes[peer, default: 0] < Limits.inboundBytesOfPeerMax
                && arrivals.count < Limits.inboundBatchesWaitingMax
                && bytes < Limits.inboundBytesWaitingMax
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
        if arrivals.isEmpty && calls.isEmpty && !waiting.stop && !waiting.reload
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
        while let arrival = arrivals.first,
            taken.work.arrivals.isEmpty || arrival.batch.messages.count <= room
        {
            _ = arrivals.popFirst()
            room -= arrival.batch.messages.count
            bytes -= arrival.batch.bytesCount
            arrivalBytes[arrival.peer, default: 0] -= arrival.batch.bytesCount
            taken.work.arrivals.append(arrival)
        }
        var callRoom = max(room, Limits.roundInputsMax / 4)
        while callRoom > 0, let call = calls.popFirst() {
            taken.work.calls.append(call)
            callRoom -= 1
        }
        let notice = taken.work.arrivals.isEmpty ? nil : roomMade
        condition.unlock()
        notice?()
        return taken
    }

    var counts: (requests: Int, batches: Int) {
        condition.lock()
        defer { condition.unlock() }
        return (calls.count, arrivals.count)
    }
}
