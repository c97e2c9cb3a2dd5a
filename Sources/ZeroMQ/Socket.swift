import CZeroMQ
import Glibc

/// One socket of libzmq.
///
/// A socket is used by **one thread at a time**. To give it to another thread, pass it in an
/// ``UnsafeHandover`` through something that orders memory (a thread's start, a lock) and do not
/// touch it again. Closes itself when released.
///
/// Calls on a closed socket throw `ENOTSOCK`; calls after ``Context/shutdown()`` throw
/// ``ZeroMQError/isTerminated``. A signal never shows: what it interrupts is taken up again.
package final class Socket {
    package let kind: Kind
    let context: Context
    /// Nil once closed.
    private(set) var handle: UnsafeMutableRawPointer?
    /// Where frames arrive before they are copied out; between calls it holds nothing.
    let scratch: UnsafeMutablePointer<zmq_msg_t>

    /// - Throws: ``ZeroMQError``: too many sockets or descriptors, a context that is terminated, or
    ///   an option that is refused.
    package init(
        _ kind: Kind, in context: Context, options: SocketOptions = SocketOptions()
    ) throws(ZeroMQError) {
        self.kind = kind
        self.context = context
        handle = try context.makeSocket(kind)
        scratch = .allocate(capacity: 1)
        zmq_msg_init(scratch)
        try apply(options)
    }

    deinit {
        close()
        zmq_msg_close(scratch)
        scratch.deallocate()
    }

    /// Ends all connections; what is queued is sent within the linger time. Again does nothing.
    package func close() {
        guard let handle else { return }
        self.handle = nil
        zmq_close(handle)
    }

    /// Listens on `tcp://address:port`, `ipc://path` or `inproc://name`.
    ///
    /// - Returns: the endpoint as bound, with the port that `tcp://127.0.0.1:*` or the path that
    ///   `ipc://*` came to.
    /// - Throws: ``ZeroMQError`` with the endpoint as its subject.
    @discardableResult
    package func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        let handle = try opened("zmq_bind", endpoint)
        while zmq_bind(handle, endpoint) != 0 {
            if zmq_errno() != EINTR { throw .last("zmq_bind", endpoint) }
        }
        return try lastEndpoint()
    }

    package func unbind(_ endpoint: String) throws(ZeroMQError) {
        let handle = try opened("zmq_unbind", endpoint)
        while zmq_unbind(handle, endpoint) != 0 {
            if zmq_errno() != EINTR { throw .last("zmq_unbind", endpoint) }
        }
    }

    /// Starts to connect, and goes on until there is a connection or ``disconnect(_:)`` says stop.
    ///
    /// The library gives up by itself in one case: the server's ZAP handler answered
    /// ``ZAPDecision/deny``. What is sent from then on goes nowhere, though a send says true (false
    /// with ``SocketOptions/immediate``). ``SocketMonitor`` tells; ``disconnect(_:)``, then connect
    /// anew.
    package func connect(_ endpoint: String) throws(ZeroMQError) {
        let handle = try opened("zmq_connect", endpoint)
        while zmq_connect(handle, endpoint) != 0 {
            if zmq_errno() != EINTR { throw .last("zmq_connect", endpoint) }
        }
    }

    /// Ends what ``connect(_:)`` began, by the same words; `ENOENT` if there is no such thing.
    package func disconnect(_ endpoint: String) throws(ZeroMQError) {
        let handle = try opened("zmq_disconnect", endpoint)
        while zmq_disconnect(handle, endpoint) != 0 {
            if zmq_errno() != EINTR { throw .last("zmq_disconnect", endpoint) }
        }
    }

    /// Lets messages in whose first frame begins with `prefix`. For `.subscribe` only.
    package func subscribe(to prefix: [UInt8]) throws(ZeroMQError) {
        try set(ZMQ_SUBSCRIBE, "SUBSCRIBE", prefix)
    }

    package func unsubscribe(from prefix: [UInt8]) throws(ZeroMQError) {
        try set(ZMQ_UNSUBSCRIBE, "UNSUBSCRIBE", prefix)
    }

    /// Becomes readable when something may have changed for this socket: then receive until there is
    /// nothing. What a send has taken up on the way does not show here (`ZMQ_FD`).
    package func descriptor() throws(ZeroMQError) -> Int32 {
        let handle = try opened("zmq_getsockopt", "FD")
        var number: Int32 = -1
        var size = MemoryLayout<Int32>.size
        if zmq_getsockopt(handle, ZMQ_FD, &number, &size) != 0 {
            throw .last("zmq_getsockopt", "FD")
        }
        return number
    }

    func opened(
        _ operation: String, _ subject: String? = nil
    ) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard let handle else {
            throw ZeroMQError(code: ENOTSOCK, operation: operation, subject: subject)
        }
        return handle
    }

    private func lastEndpoint() throws(ZeroMQError) -> String {
        let handle = try opened("zmq_getsockopt", "LAST_ENDPOINT")
        var text = [UInt8](repeating: 0, count: 1024)
        var size = text.count
        if zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size) != 0 {
            throw .last("zmq_getsockopt", "LAST_ENDPOINT")
        }
        return String(decoding: text.prefix(size).prefix { $0 != 0 }, as: UTF8.self)
    }
}

@available(*, unavailable)
extension Socket: Sendable {}

/// Carries a value that is not Sendable to the thread that will be its only user from then on.
///
/// Unsafe: nothing but the caller's word stands for it that the giving thread lets go.
package struct UnsafeHandover<Value>: @unchecked Sendable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
}
