package import Domain
import Foundation
import SwiftProtobuf
package import Wire
package import ZeroMQ

/// Why a client has no answer. Descriptions are safe to log.
package enum ServiceClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection came about in time; nothing was sent.
    case notReached(endpoint: String)
    /// The request was sent and no answer came in time: it may have been done.
    case noAnswer(endpoint: String)
    /// What came back is no `ServiceReply`.
    case badReply

    package var description: String {
        switch self {
        case .notReached(let endpoint): "no connection to \(endpoint)"
        case .noAnswer(let endpoint): "no answer from \(endpoint) in time"
        case .badReply: "the answer is not a ServiceReply"
        }
    }
}

/// A client of a node's service socket: one DEALER, used by one thread at a time.
///
/// Either ask one thing at a time with ``request(_:timeoutMilliseconds:)``, or keep many requests
/// outstanding with ``send(_:)`` and ``poll(timeoutMilliseconds:)``. It connects again by itself
/// when the node was away; what was sent before is then lost, and to be sent again by the caller.
package final class ServiceClient {
    package let endpoint: String
    /// For a ``Poller`` over several clients; not to be read or sent to by others.
    package let socket: Socket

    /// - Parameters:
    ///   - endpoint: `ipc://…`, or `tcp://…` with `curve`.
    ///   - curve: the keys for a node that listens on TCP.
    ///   - context: shared by clients that one ``Poller`` waits for; own if nil.
    package init(
        endpoint: String, curve: ServiceClientKeys? = nil, context: Context? = nil
    ) throws(ZeroMQError) {
        self.endpoint = endpoint
        var options = SocketOptions()
        options.immediate = true
        options.sendHighWaterMessages = 0
        options.receiveHighWaterMessages = 0
        options.reconnectMilliseconds = 20
        options.reconnectMillisecondsMax = 200
        if let curve {
            options.security = .curveClient(serverKey: curve.serverKey, keys: curve.keys)
        }
        let context = if let context { context } else { try Context() }
        socket = try Socket(.dealer, in: context, options: options)
        try socket.connect(endpoint)
    }

    package func close() { socket.close() }

    /// The octets of a request, as they go over the wire.
    package static func encode(_ request: Gongji_V1_ServiceRequest) -> Bytes {
        do {
            return try request.serializedBytes()
        } catch {
            preconditionFailure("a request of scalar fields cannot fail to serialise: \(error)")
        }
    }

    package static func decode(_ bytes: Bytes) throws(ServiceClientFailure)
        -> Gongji_V1_ServiceReply
    {
        do {
            return try Gongji_V1_ServiceReply(serializedBytes: bytes)
        } catch {
            throw .badReply
        }
    }

    /// Sends `request` and waits for its reply. Replies to other requests are dropped.
    ///
    /// - Throws: ``ServiceClientFailure``, ``ZeroMQError``. Only `notReached` says that nothing was
    ///   sent; after `noAnswer` the outcome is unknown, and the same request may be sent again.
    package func request(
        _ request: Gongji_V1_ServiceRequest, timeoutMilliseconds: Int
    ) throws -> Gongji_V1_ServiceReply {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        let encoded = ServiceClient.encode(request)
        while try !send(encoded: encoded) {
            let left = remaining(until: deadline)
            guard left > 0, try socket.wait(for: .output, timeoutMilliseconds: left) else {
                throw ServiceClientFailure.notReached(endpoint: endpoint)
            }
        }
        repeat {
            let left = remaining(until: deadline)
            for reply in try poll(timeoutMilliseconds: left) where reply.id == request.id {
                return reply
            }
        } while remaining(until: deadline) > 0
        throw ServiceClientFailure.noAnswer(endpoint: endpoint)
    }

    /// Queues a request without waiting. False if there is no connection.
    package func send(_ request: Gongji_V1_ServiceRequest) throws -> Bool {
        try send(encoded: ServiceClient.encode(request))
    }

    /// The same, for octets that are a `ServiceRequest` already.
    package func send(encoded: Bytes) throws(ZeroMQError) -> Bool {
        try socket.send([encoded], dontWait: true)
    }

    /// All replies that are there, in order of arrival; waits for the first one at most so long.
    package func poll(timeoutMilliseconds: Int) throws -> [Gongji_V1_ServiceReply] {
        guard try socket.wait(timeoutMilliseconds: timeoutMilliseconds) else { return [] }
        var replies: [Gongji_V1_ServiceReply] = []
        while let encoded = try nextReply() { replies.append(try ServiceClient.decode(encoded)) }
        return replies
    }

    /// The octets of the next reply that is there, or nil; does not wait.
    package func nextReply() throws(ZeroMQError) -> Bytes? {
        while let received = try socket.receive(dontWait: true) {
            if case .message(let message) = received, let frame = message.frames.last {
                return frame
            }
        }
        return nil
    }

    private func remaining(until deadline: ContinuousClock.Instant) -> Int {
        let (seconds, attoseconds) = (deadline - ContinuousClock.now).components
        return max(0, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

@available(*, unavailable)
extension ServiceClient: Sendable {}

/// What a client over TCP needs: the node's CURVE public key (32 octets) and keys of its own that
/// the node's configuration names.
package struct ServiceClientKeys: Sendable {
    package let serverKey: Bytes
    package let keys: CurveKeyPair

    package init(serverKey: Bytes, keys: CurveKeyPair) {
        self.serverKey = serverKey
        self.keys = keys
    }
}
