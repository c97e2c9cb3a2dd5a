import Domain
import Settlement
import Storage
import SwiftProtobuf
import Testing
import Wire

@testable import Simulation

/// Nodes of which each is an engine over a store: messages are delivered at once and in order, and
/// time goes from alarm to alarm. For tests of the workload alone.
final class WorkloadDesk: Desk {
    private struct Node {
        let store = MemoryStore()
        let environment: Environment
        var waiters: [Identifier: [UInt64]] = [:]
    }

    private struct Alarm {
        let at: Instant
        let token: UInt64
    }

    private(set) var now = Instant(milliseconds: 1_785_556_800_000)
    private var nodes: [ProvinceCode: Node] = [:]
    private let provinces: [ProvinceCode]
    private var workload: Workload?
    /// Sorted, the next one last.
    private var alarms: [Alarm] = []
    private var nextWakes: Instant
    private let hashing = QuickHashing()
    /// Whether it is lost, for each question in turn.
    var loses: () -> Bool = { false }
    /// Every octet that was asked, in a number.
    private(set) var asked: UInt64 = 0
    private(set) var questions = 0

    init(_ scenario: Scenario) {
        provinces = Country.provinces(scenario.provinces)
        nextWakes = now
        for province in provinces {
            nodes[province] = Node(
                environment: Environment(
                    province: province, provinces: Set(provinces), sm3: hashing,
                    rules: Country.rules, register: Country.register(of: province),
                    identities: SimulatedOpening(province: province),
                    seals: SimulatedSeals(province: province),
                    holdEnds: HoldEndCheck(network: "desk", verifier: NoOperators()),
                    controls: Country.controls))
        }
    }

    func store(_ province: ProvinceCode) -> MemoryStore? { nodes[province]?.store }

    /// Lets `workload` live for so long, or until it is done if it heals.
    func run(_ workload: Workload, minutes: Int64, untilDone: Bool = false) {
        self.workload = workload
        defer { self.workload = nil }
        let end = now.advanced(byMilliseconds: minutes * 60_000)
        while let alarm = alarms.last, alarm.at <= end, !(untilDone && workload.isDone()) {
            alarms.removeLast()
            while nextWakes < alarm.at {
                now = nextWakes
                wakeNodes()
                nextWakes = nextWakes.advanced(byMilliseconds: 2_000)
            }
            now = alarm.at
            workload.wake(alarm.token)
        }
    }

    func alarm(inMilliseconds delay: Int64, token: UInt64) {
        let at = now.advanced(byMilliseconds: delay)
        var low = 0
        var high = alarms.count
        while low < high {
            let middle = (low + high) / 2
            if (alarms[middle].at, alarms[middle].token) > (at, token) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        alarms.insert(Alarm(at: at, token: token), at: low)
    }

    func ask(_ request: Bytes, at province: ProvinceCode, connection: UInt64) {
        questions += 1
        for octet in request { asked = (asked ^ UInt64(octet)) &* 0x100_0000_01b3 }
        if loses() { return }
        do throws(DecodingRefusal) {
            let request = try ServiceRequest(decoding: request, hashing: hashing)
            guard case .command(let command) = request.body else { return }
            work(
                [
                    .command(
                        command, id: request.id, digest: request.digest,
                        caller: Caller(
                            connection: connection, principal: Country.principal(connection)))
                ], at: province)
        } catch {
            tell(
                ServiceReply(
                    id: RequestOutline(request).id ?? .zero,
                    body: .refused(RefusalReason(.malformed))
                ).encoded(), at: province, over: connection)
        }
    }

    private func wakeNodes() {
        for province in provinces {
            guard let due = try? nodes[province]?.store.read({ try $0.due(at: now, limit: 1_000) }),
                !due.isEmpty
            else { continue }
            let inputs = due.map { due -> Input in
                switch due.part {
                case .coordination: .wake(due.transaction, .coordination)
                case .participation: .wake(due.transaction, .participation)
                case .relation: .wake(due.transaction, .relation)
                }
            }
            work(inputs, at: province)
        }
    }

    /// One round of one node, and all that it leads to elsewhere.
    private func work(_ inputs: [Input], at province: ProvinceCode) {
        var waiting = [(to: province, inputs: inputs)]
        var replies: [(ProvinceCode, UInt64, Bytes)] = []
        var next = 0
        while next < waiting.count {
            let (to, inputs) = waiting[next]
            next += 1
            for (peer, message) in round(inputs, at: to, &replies) {
                waiting.append((peer, [.message(message, from: to, batch: nil)]))
            }
        }
        for (province, connection, reply) in replies { tell(reply, at: province, over: connection) }
    }

    private func round(
        _ inputs: [Input], at province: ProvinceCode,
        _ replies: inout [(ProvinceCode, UInt64, Bytes)]
    ) -> [(to: ProvinceCode, message: Wire.Message)] {
        guard let node = nodes[province] else { return [] }
        var engine = Engine(environment: node.environment, now: now)
        do {
            try node.store.write { transaction in
                try engine.run(inputs) { keys, rows in try transaction.load(keys, into: &rows) }
                try transaction.save(engine.rows, at: now)
            }
        } catch {
            Issue.record("the store failed: \(error)")
        }
        for (connection, reply) in engine.effects.replies {
            replies.append((province, connection, reply))
        }
        for (connection, request) in engine.effects.waiting {
            nodes[province]?.waiters[request, default: []].append(connection)
        }
        for (request, reply) in engine.effects.answers {
            for connection in nodes[province]?.waiters.removeValue(forKey: request) ?? [] {
                replies.append((province, connection, reply))
            }
        }
        return engine.effects.outgoing
    }

    private func tell(_ reply: Bytes, at province: ProvinceCode, over connection: UInt64) {
        guard !loses() else { return }
        do {
            workload?.told(
                try Gongji_V1_ServiceReply(serializedBytes: reply), at: province,
                connection: connection)
        } catch {
            Issue.record("an answer does not decode: \(error)")
        }
    }
}

/// A network in which nobody signs anything.
struct NoOperators: SignatureVerifying {
    func hashing(_ suite: Wire.Suite) -> (any Hashing)? { nil }
    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? { .unknownCertificate }

    func isMade(_ claim: SignatureClaim) -> Bool { false }
}
