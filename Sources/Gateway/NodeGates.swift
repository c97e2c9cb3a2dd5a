import Domain
import Entrance
import Glibc
import Wire
import ZeroMQ

/// The four gates of a node, the rooms behind them, and the ZAP handler that knows both.
final class NodeGates {
    let peers: Hall
    let service: Hall
    let status: Hall
    private var gates: [Gate] = []
    private let zap: ZAPHandler
    private let byName = Guarded<[String: Gate]>([:])

    static let statusGate = "status"
    static let eventsGate = "events"

    /// Where the gates listen.
    struct Endpoints {
        var listen: String
        var service: String
        var status: String
        var events: String
    }

    /// - Parameters:
    ///   - clients: names by CURVE key, for a service socket over TCP; nil for one with a path.
    /// - Throws: when an endpoint cannot be bound.
    init(
        _ endpoints: Endpoints, in context: Context, curve: CurveKeyPair, trust: Trust,
        clients: [Bytes: String]?, descriptors: DescriptorShares, board: StatusBoard, log: Log,
        failed: @escaping @Sendable (String) -> Void
    ) throws {
        (peers, service, status) = (try Hall(), try Hall(), try Hall())
        zap = try ZAPHandler(in: context) { [byName] request in
            guard let (name, number) = Gate.parse(domain: request.domain),
                let gate = byName.withLock({ $0[name] })
            else { return .denyForNow }
            return gate.decide(number, key: request.publicKey)
        }
        guard let path = NodeGates.path(endpoints.status) else {
            throw EntranceFailure.badEndpoint(endpoints.status)
        }
        let folder = try PrivateFolder(in: path)
        let note: @Sendable (GateNote) -> Void = { note in
            board.refusedConnection(note)
            log.write(
                .warning, "connections_refused",
                [
                    "gate": note.gate, "source": note.source, "reason": note.reason.rawValue,
                    "count": String(note.count),
                ])
        }
        let names = Set((clients ?? [:]).values)
        let isRemote = clients != nil
        var plans: [GatePlan] = []
        plans.append(
            GatePlan(
                name: "peers", endpoint: endpoints.listen, kind: .dealer,
                options: NodeGates.peerOptions(), curve: curve,
                admits: { trust.current.speaker(withKey: $0) },
                stillAdmits: { trust.current.speakers[$0] != nil },
                limits: descriptors.limits(
                    share: 0.4, perKey: Limits.connectionsOfPeerMax,
                    message: Limits.batchBytesMax, frames: Limits.batchMessagesMax + 1, messages: 2,
                    bytesPerSecond: Limits.peerBytesPerSecond),
                folder: folder, owner: peers, note: note, failed: failed))
        plans.append(
            GatePlan(
                name: "service", endpoint: endpoints.service, kind: .dealer,
                options: NodeGates.serviceOptions(), curve: isRemote ? curve : nil,
                admits: { clients?[$0] }, stillAdmits: { !isRemote || names.contains($0) },
                limits: descriptors.limits(
                    share: 0.4,
                    perKey: isRemote ? Limits.connectionsOfClientMax : Limits.connectionsOfUserMax,
                    message: Limits.requestBytesMax, frames: 2, messages: 4,
                    bytesPerSecond: isRemote
                        ? Limits.clientBytesPerSecond : Limits.peerBytesPerSecond),
                folder: folder, owner: service, note: note, failed: failed))
        for (name, endpoint, kind) in [
            (NodeGates.statusGate, endpoints.status, Socket.Kind.router),
            (NodeGates.eventsGate, endpoints.events, .publish),
        ] {
            plans.append(
                GatePlan(
                    name: name, endpoint: endpoint, kind: kind, options: NodeGates.ownOptions(),
                    curve: nil,
                    limits: descriptors.limits(
                        share: 0.1, perKey: Limits.connectionsOfUserMax, message: 256, frames: 4,
                        messages: 4, bytesPerSecond: Limits.statusBytesPerSecond),
                    folder: folder, owner: status, note: note, failed: failed))
        }
        do {
            for plan in plans {
                let gate = try Gate.open(plan, in: context)
                gates.append(gate)
                byName.withLock { $0[gate.name] = gate }
            }
        } catch {
            stop()
            throw error
        }
    }

    /// What each gate has seen, by its name.
    func reporter() -> @Sendable () -> [(name: String, report: GateReport)] {
        let gates = gates
        return { gates.map { ($0.name, $0.report) } }
    }

    /// Ends all connections; the owners of the sockets have closed them before.
    func stop() {
        for gate in gates { gate.stop() }
        zap.stop()
    }

    private static func path(_ endpoint: String) -> String? {
        guard endpoint.hasPrefix("ipc://"), let slash = endpoint.lastIndex(of: "/") else {
            return nil
        }
        return String(endpoint[..<slash].dropFirst("ipc://".count))
    }

    private static func peerOptions() -> SocketOptions {
        var options = SocketOptions()
        options.lingerMilliseconds = 0
        options.receiveHighWaterMessages = 2 * Limits.laneBatchesMax
        options.sendHighWaterMessages = 1
        // A larger frame breaks the connection before it is in memory.
        options.frameBytesMax = Int64(Limits.batchBytesMax)
        options.handshakeMilliseconds = 3000
        options.heartbeatMilliseconds = 2000
        options.heartbeatTimeoutMilliseconds = 6000
        return options
    }

    private static func serviceOptions() -> SocketOptions {
        var options = SocketOptions()
        options.lingerMilliseconds = 500
        options.sendHighWaterMessages = Limits.requestsWaitingMax
        options.receiveHighWaterMessages = Limits.roundInputsMax
        options.frameBytesMax = Int64(Limits.requestBytesMax)
        options.handshakeMilliseconds = 3000
        options.heartbeatMilliseconds = 5000
        options.heartbeatTimeoutMilliseconds = 15_000
        return options
    }

    private static func ownOptions() -> SocketOptions {
        var options = SocketOptions()
        options.lingerMilliseconds = 0
        options.sendHighWaterMessages = 16
        options.receiveHighWaterMessages = 16
        options.frameBytesMax = 256
        options.handshakeMilliseconds = 3000
        return options
    }
}
