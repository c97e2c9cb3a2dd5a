package import Domain
package import ZeroMQ

/// Asks a node's status socket for its document, and listens to its events. For one thread.
package final class StatusClient {
    private let context: Context

    package init(context: Context? = nil) throws(ZeroMQError) {
        self.context = if let context { context } else { try Context() }
    }

    /// The JSON document of the node whose status socket is `endpoint`; nil if it does not answer
    /// in time. A fresh socket for each question: a node that was restarted is found at once.
    package func document(
        at endpoint: String, timeoutMilliseconds: Int
    ) throws(ZeroMQError) -> Bytes? {
        let socket = try Socket(.request, in: context)
        defer { socket.close() }
        try socket.connect(endpoint)
        guard try socket.send([Array("status".utf8)], dontWait: true),
            try socket.wait(timeoutMilliseconds: timeoutMilliseconds),
            case .message(let message)? = try socket.receive(dontWait: true)
        else { return nil }
        return message.frames.last
    }

    /// A subscription to all events of the node whose event socket is `endpoint`: one JSON document
    /// a message, in its last frame.
    package func events(at endpoint: String) throws(ZeroMQError) -> Socket {
        let socket = try Socket(.subscribe, in: context)
        try socket.subscribe(to: [])
        try socket.connect(endpoint)
        return socket
    }
}

@available(*, unavailable)
extension StatusClient: Sendable {}
