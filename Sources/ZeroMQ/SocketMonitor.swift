import CZeroMQ
import Glibc
import Synchronization

/// Tells what becomes of a socket's connections. For TCP and `ipc://`.
///
/// Make it before the socket binds or connects, and use it on the thread that uses the socket: add
/// ``socket`` to the ``Poller``, and when it is readable take ``nextEvent()`` until nil. Events
/// that are not taken queue up without limit, since a limit would stop the library's I/O thread.
package final class SocketMonitor {
    package struct Event: Hashable, Sendable {
        package let kind: Kind
        /// The socket's own end when it has bound, the far end when it has connected.
        package let endpoint: String
    }

    package enum Kind: Hashable, Sendable {
        /// TCP stands; the handshake is still to come.
        case connected
        case accepted
        /// Both sides know each other: messages flow.
        case handshakeSucceeded
        case handshakeFailed(HandshakeFailure)
        case disconnected
        /// The monitored socket was closed; nothing follows.
        case stopped
    }

    package enum HandshakeFailure: Hashable, Sendable {
        /// A ZAP handler said no, with this status (300, 400 or 500). On the connecting side: 400
        /// and 500 only, and the library does not try again.
        case unauthenticated(status: Int)
        /// Security mechanisms or keys that do not match, or broken ZMTP: one of libzmq's
        /// `ZMQ_PROTOCOL_ERROR_` numbers.
        case `protocol`(code: UInt32)
        /// The connection broke, or there is no ZAP handler; with an `errno`.
        case unspecified(errno: Int32)
    }

    /// To be polled for input; not to be read, sent to, or closed by the caller.
    package let socket: Socket
    private weak var monitored: Socket?

    /// - Throws: ``ZeroMQError``. A socket has one monitor at a time.
    package init(of monitored: Socket) throws(ZeroMQError) {
        let number = SocketMonitor.made.add(1, ordering: .relaxed).newValue
        let endpoint = "inproc://gongji.monitor.\(number)"
        var options = SocketOptions()
        options.receiveHighWaterMessages = 0
        socket = try Socket(.pair, in: monitored.context, options: options)
        self.monitored = monitored
        let handle = try monitored.opened("zmq_socket_monitor")
        if zmq_socket_monitor(handle, endpoint, SocketMonitor.events) != 0 {
            throw .last("zmq_socket_monitor")
        }
        try socket.connect(endpoint)
    }

    deinit { close() }

    /// Ends the monitoring; the socket goes on. Again does nothing.
    package func close() {
        if let handle = monitored?.handle { zmq_socket_monitor(handle, nil, 0) }
        monitored = nil
        socket.close()
    }

    /// The oldest event not yet taken, or nil; does not wait.
    package func nextEvent() throws(ZeroMQError) -> Event? {
        while let received = try socket.receive(dontWait: true) {
            guard case .message(let message) = received, let event = Event(message.frames) else {
                continue
            }
            return event
        }
        return nil
    }

    private static let made = Atomic<UInt64>(0)
    private static let events =
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_MONITOR_STOPPED
}

@available(*, unavailable)
extension SocketMonitor: Sendable {}

extension SocketMonitor.Event {
    /// `zmq_socket_monitor(3)`: 16 bits of event and 32 of value in host order, then the endpoint.
    fileprivate init?(_ frames: [[UInt8]]) {
        guard frames.count == 2, frames[0].count == 6 else { return nil }
        let (event, value) = frames[0].withUnsafeBytes {
            (
                $0.loadUnaligned(as: UInt16.self),
                $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
            )
        }
        switch Int32(event) {
        case ZMQ_EVENT_CONNECTED: kind = .connected
        case ZMQ_EVENT_ACCEPTED: kind = .accepted
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: kind = .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            kind = .handshakeFailed(.unauthenticated(status: Int(value)))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            kind = .handshakeFailed(.protocol(code: value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            kind = .handshakeFailed(.unspecified(errno: Int32(bitPattern: value)))
        case ZMQ_EVENT_DISCONNECTED: kind = .disconnected
        case ZMQ_EVENT_MONITOR_STOPPED: kind = .stopped
        default: return nil
        }
        endpoint = String(decoding: frames[1], as: UTF8.self)
    }
}
