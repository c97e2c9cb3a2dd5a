import CZeroMQ
import Glibc
import Synchronization

/// The I/O threads and the `inproc://` name space that sockets share.
///
/// A ``Socket`` holds its context, so the end of the last reference to both ends the library's
/// threads. Sockets start with a linger of 0 (the library's option "blocky" is off): what is not
/// sent when a socket closes is dropped, unless ``SocketOptions/lingerMilliseconds`` says else.
package final class Context: Sendable {
    /// The library guards what is behind it.
    private struct Pointer: @unchecked Sendable {
        let raw: UnsafeMutableRawPointer
    }
    /// Nil once terminated.
    private let pointer: Mutex<Pointer?>

    /// - Parameters:
    ///   - ioThreads: at least 1, or 0 for a context with nothing but `inproc://`.
    ///   - socketsMax: sockets open at once, library-wide ones included: a ``SocketMonitor`` counts
    ///     for two.
    /// - Throws: ``ZeroMQError`` if the library takes one of the values not, or is out of
    ///   descriptors.
    package init(ioThreads: Int = 1, socketsMax: Int = 1023) throws(ZeroMQError) {
        guard let pointer = zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        self.pointer = Mutex(Pointer(raw: pointer))
        let options: [(Int32, Int, String)] = [
            (ZMQ_IO_THREADS, ioThreads, "IO_THREADS"),
            (ZMQ_MAX_SOCKETS, socketsMax, "MAX_SOCKETS"),
            (ZMQ_BLOCKY, 0, "BLOCKY"),
        ]
        for (option, value, name) in options {
            guard let value = Int32(exactly: value) else {
                throw ZeroMQError(code: EINVAL, operation: "zmq_ctx_set", subject: name)
            }
            if zmq_ctx_set(pointer, option, value) != 0 { throw .last("zmq_ctx_set", name) }
        }
    }

    deinit { terminate() }

    /// Makes every call that waits on a socket of this context, and every later one, fail with
    /// ``ZeroMQError/isTerminated``. Sockets stay to be closed by their threads. From any thread;
    /// again does nothing.
    package func shutdown() {
        pointer.withLock { pointer in
            if let pointer { zmq_ctx_shutdown(pointer.raw) }
        }
    }

    /// ``shutdown()``, then waits until every socket is closed and its linger is over, then ends
    /// the library's threads. Never returns while the calling thread itself holds a socket open.
    /// From any thread; again does nothing.
    package func terminate() {
        let taken = pointer.withLock { pointer in
            defer { pointer = nil }
            return pointer
        }
        guard let taken else { return }
        while zmq_ctx_term(taken.raw) != 0 && zmq_errno() == EINTR {}
    }

    /// A new socket of the library; the caller closes it.
    func makeSocket(_ kind: Socket.Kind) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        let made: Result<Pointer, ZeroMQError> = pointer.withLock { pointer in
            guard let pointer else {
                return .failure(ZeroMQError(code: ETERM, operation: "zmq_socket"))
            }
            guard let socket = zmq_socket(pointer.raw, kind.code) else {
                return .failure(.last("zmq_socket"))
            }
            return .success(Pointer(raw: socket))
        }
        return try made.get().raw
    }

    /// Whether the loaded library was built with CURVE.
    package static var supportsCurve: Bool { zmq_has("curve") == 1 }
}
