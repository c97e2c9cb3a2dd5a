import Domain
import Entrance
import Foundation
import Settlement
import Wire

/// Counters that all threads of a node write and the status socket reads.
final class StatusBoard: Sendable {
    struct Counters: Sendable {
        var halt: String?
        var storeFailing: String?
        /// Why no peer takes what this node signs.
        var unfit: String?
        var diskIsLow = false
        var freeBytes: Int64 = 0
        var lastReloadFailure: String?
        /// Why the rule sets or the register on disk are not in force.
        var lastRulesFailure: String?
        var messagesIn: [String: Int] = [:]
        var messagesOut: [String: Int] = [:]
        var refusedBatches: [String: Int] = [:]
        var refusedMessages: [String: Int] = [:]
        var refusedClients: [String: Int] = [:]
        /// Refused messages of which the journal has digests only, by peer.
        var keptAsDigests: [String: Int] = [:]
        var refusedByClient = CountsByName()
        var refusedByPeer = CountsByName()
        var last: [StatusDocument.Refusals.Last] = []
        var coordinator: [String: Int] = [:]
        var participant: [String: Int] = [:]
        /// Flushes with messages; and all signatures, those of signs of life too.
        var flushes = 0
        var signatures = 0
        var batchesSent = 0
        var messagesSent = 0
        var batchesReceived = 0
        var messagesReceived = 0
        var batchesResent = 0
        var waiters = 0
        var commitMilliseconds = RecentDurations()
        var peers: [StatusDocument.Peer] = []
        var alarms: [StatusDocument.Alarm] = []
    }

    static let lastRefusalsMax = 32
    private let counters = Guarded(Counters())

    func update<Result>(_ body: (inout Counters) -> Result) -> Result {
        counters.withLock(body)
    }

    var snapshot: Counters { counters.withLock { $0 } }

    func refusedBatch(_ reason: String, from peer: String) {
        update {
            $0.refusedBatches[reason, default: 0] += 1
            $0.refusedByPeer.count(reason, of: peer)
            $0.remember(peer: peer, reason: reason, detail: "batch")
        }
    }

    func refusedMessage(_ reason: String, _ name: String, from peer: String) {
        update {
            $0.refusedMessages[reason, default: 0] += 1
            $0.remember(peer: peer, reason: reason, detail: "message \(name)")
        }
    }

    func refusedClient(_ status: Status) {
        update { $0.refusedClients[status.word, default: 0] += 1 }
    }

    /// The same, told by the client's name as well.
    func refusedClient(_ status: Status, _ client: String) {
        update {
            $0.refusedClients[status.word, default: 0] += 1
            $0.refusedByClient.count(status.word, of: client)
        }
    }

    func refusedConnection(_ note: GateNote) {
        update {
            $0.remember(peer: note.source, reason: note.reason.rawValue, detail: "connection")
        }
    }

    /// Why commands are refused at this moment; nil if they are taken. Queries always are.
    func refusesClients(_ body: ServiceRequest.Body) -> Status? {
        guard case .command = body else { return nil }
        return update { counters in
            if counters.halt != nil || counters.unfit != nil { return .nodeStopped }
            if counters.diskIsLow || counters.storeFailing != nil { return .storageLow }
            return nil
        }
    }
}

extension StatusBoard.Counters {
    /// Why the node settles nothing at the moment.
    var stopped: String? { halt ?? unfit ?? storeFailing }

    mutating func remember(peer: String, reason: String, detail: String) {
        if last.count >= StatusBoard.lastRefusalsMax { last.removeFirst() }
        last.append(
            StatusDocument.Refusals.Last(
                time: Clock.now().description, peer: peer, reason: reason, detail: detail))
    }

    mutating func countCoordination(_ before: String?, _ after: String) {
        StatusBoard.Counters.move(&coordinator, before, after)
    }

    mutating func countParticipation(_ before: String?, _ after: String) {
        StatusBoard.Counters.move(&participant, before, after)
    }

    private static func move(
        _ counts: inout [String: Int], _ before: String?, _ after: String
    ) {
        if let before { counts[before, default: 0] -= 1 }
        counts[after, default: 0] += 1
    }
}

/// The last 1,024 durations, in milliseconds.
struct RecentDurations: Sendable {
    private var values: [Double] = []
    private var next = 0
    private static let countMax = 1024

    mutating func add(_ value: Double) {
        if values.count < RecentDurations.countMax {
            values.append(value)
        } else {
            values[next] = value
            next = (next + 1) % RecentDurations.countMax
        }
    }

    var summary: StatusDocument.Latency {
        let sorted = values.sorted()
        func at(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
        return StatusDocument.Latency(p50: at(0.5), p99: at(0.99), max: sorted.last ?? 0)
    }
}
