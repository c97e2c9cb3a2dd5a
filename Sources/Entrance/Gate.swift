import Domain
import Glibc
import Synchronization
package import ZeroMQ

/// Our own acceptor in front of libzmq: a listening socket, and a thread that passes octets on.
///
/// A connection costs one descriptor until it has sent the signature of a ZMTP greeting. Then it gets
/// a socket of libzmq for itself, bound in a private folder, so that no two connections can meet in
/// one socket; the ZAP domain of that socket names the connection. All of libzmq's limits that come
/// too late or abort are enforced here.
package final class Gate: Sendable {
    /// What the gate's thread and the ZAP handler's share.
    struct Shared {
        var passages: [UInt64: Passage] = [:]
        var connectionsOfKey: [String: Int] = [:]
        /// Connections that the ZAP handler has decided on since the thread last looked.
        /// With the name of the key where that is why.
        var decided: [(number: UInt64, turning: Turning?, key: String?)] = []
        /// Connections whose owner has taken something, or wants them ended.
        var nudged: [UInt64] = []
        var report = GateReport()
        var stops = false
    }

    package let name: String
    /// As bound.
    package let endpoint: String
    let plan: GatePlan
    let shared = Guarded(Shared())
    let waker: Waker
    private let thread = Guarded<ServiceThread?>(nil)

    /// Binds, and begins to take connections.
    package static func open(_ plan: GatePlan, in context: Context) throws -> Gate {
        let listener = try Listener.bind(plan.endpoint, fileMode: plan.fileMode)
        let gate = try Gate(plan, endpoint: listener.endpoint)
        let start = UnsafeHandover((listener, context))
        let thread = try ServiceThread { gate.run(start.value.0, start.value.1) }
        gate.thread.withLock { $0 = thread }
        return gate
    }

    private init(_ plan: GatePlan, endpoint: String) throws(ZeroMQError) {
        name = plan.name
        self.endpoint = endpoint
        self.plan = plan
        waker = try Waker()
    }

    private func run(_ listener: Listener, _ context: Context) {
        do {
            try GateLoop(self, listener, context).run()
        } catch {
            plan.failed("the gate \(name) has failed: \(error)")
        }
    }

    /// Ends all connections and the listening, and returns when it is done. From any thread but the
    /// gate's.
    package func stop() {
        shared.withLock { $0.stops = true }
        waker.wake()
        thread.withLock { $0 }?.join()
    }

    /// What the ZAP handler answers for connection `number` of this gate, which has proven that it has
    /// the secret of `key`.
    package func decide(_ number: UInt64, key: [UInt8]) -> ZAPDecision {
        let name = plan.admits(key)
        let decision: ZAPDecision = shared.withLock { shared in
            guard let passage = shared.passages[number], passage.name.isEmpty else {
                return .denyForNow
            }
            guard let name else {
                shared.decided.append((number, .unknownKey, nil))
                return .denyForNow
            }
            guard shared.connectionsOfKey[name, default: 0] < plan.limits.connectionsPerKeyMax
            else {
                shared.decided.append((number, .connectionsOfKey, name))
                return .denyForNow
            }
            shared.connectionsOfKey[name, default: 0] += 1
            passage.admit(name)
            shared.decided.append((number, nil, nil))
            return .allow(userID: name)
        }
        waker.wake()
        return decision
    }

    /// The gate and the connection that a ZAP domain names.
    package static func parse(domain: String) -> (gate: String, connection: UInt64)? {
        let parts = domain.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(parts[1]) else { return nil }
        return (String(parts[0]), number)
    }

    package var report: GateReport { shared.withLock { $0.report } }
}
