import CZeroMQ
import Glibc

/// A call of libzmq, or of the system on behalf of this room, that failed.
///
/// The description is safe to log: it holds no message content and no key.
package struct ZeroMQError: Error, Hashable, CustomStringConvertible {
    /// `errno` as the library knows it; values from 156384712 up are libzmq's own.
    package let code: Int32
    /// The C function that failed: `zmq_bind`.
    package let operation: String
    /// What it was called on, if that helps a reader: an endpoint or the name of an option.
    package let subject: String?

    package init(code: Int32, operation: String, subject: String? = nil) {
        self.code = code
        self.operation = operation
        self.subject = subject
    }

    /// The error that the calling thread's last libzmq call left.
    static func last(_ operation: String, _ subject: String? = nil) -> ZeroMQError {
        ZeroMQError(code: zmq_errno(), operation: operation, subject: subject)
    }

    /// The library's words for ``code``: `Address already in use`.
    package var text: String { String(cString: zmq_strerror(code)) }

    /// The context was shut down: the thread should close its sockets and end.
    package var isTerminated: Bool { code == ETERM }
    /// A router with `routerMandatory` has no peer with the routing id of the message.
    package var isUnroutable: Bool { code == EHOSTUNREACH }

    package var description: String {
        "\(operation)\(subject.map { " \($0)" } ?? ""): \(text) (errno \(code))"
    }
}
