import CZeroMQ
import Glibc

/// Waits for any of several sockets and file descriptors.
///
/// Used by one thread, the one that uses its sockets. Readiness is level-triggered: a socket stays
/// ready until it is read empty.
package final class Poller {
    /// What to wait for. Empty is allowed and waits for nothing.
    package struct Interest: OptionSet, Sendable {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }

        package static let input = Interest(rawValue: Int16(ZMQ_POLLIN))
        /// On a socket: a send would be taken now.
        package static let output = Interest(rawValue: Int16(ZMQ_POLLOUT))
    }

    package struct Readiness: OptionSet, Sendable {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }

        package static let input = Readiness(rawValue: Int16(ZMQ_POLLIN))
        package static let output = Readiness(rawValue: Int16(ZMQ_POLLOUT))
        /// Of a file descriptor only: an error or hang-up.
        package static let error = Readiness(rawValue: Int16(ZMQ_POLLERR))
    }

    /// Names one entry, until that is removed; may then name a later one.
    package struct Token: Hashable, Sendable {
        fileprivate let index: Int
    }

    private enum Source {
        case socket(Socket)
        case descriptor(Int32)
        /// Keeps its place, so that the other tokens hold.
        case removed
    }

    private var sources: [Source] = []
    private var items: [zmq_pollitem_t] = []
    private var free: [Int] = []

    package init() {}

    package func add(_ socket: Socket, _ interest: Interest = .input) -> Token {
        place(.socket(socket), interest)
    }

    /// The descriptor stays its owner's, who removes it here before closing it.
    package func add(descriptor: Int32, _ interest: Interest = .input) -> Token {
        place(.descriptor(descriptor), interest)
    }

    package func add(_ waker: Waker) -> Token { add(descriptor: waker.descriptor) }

    package func set(_ interest: Interest, for token: Token) {
        if case .removed = sources[token.index] { preconditionFailure("a removed poll token") }
        items[token.index].events = interest.rawValue
    }

    package func remove(_ token: Token) {
        if case .removed = sources[token.index] { preconditionFailure("a removed poll token") }
        sources[token.index] = .removed
        items[token.index] = zmq_pollitem_t(socket: nil, fd: -1, events: 0, revents: 0)
        free.append(token.index)
    }

    /// What the last ``wait(timeoutMilliseconds:)`` found of an entry.
    package func readiness(of token: Token) -> Readiness {
        Readiness(rawValue: items[token.index].revents)
    }

    /// Waits until an entry is ready, for at most the given time; nil is without limit.
    ///
    /// - Returns: how many entries are ready; 0 when the time ran out.
    /// - Throws: ``ZeroMQError``; `ENOTSOCK` if a socket was closed and not removed.
    package func wait(timeoutMilliseconds: Int?) throws(ZeroMQError) -> Int {
        for index in items.indices {
            items[index].revents = 0
            if case .socket(let socket) = sources[index] {
                items[index].socket = try socket.opened("zmq_poll")
            }
        }
        return try poll(&items, timeoutMilliseconds: timeoutMilliseconds)
    }

    private func place(_ source: Source, _ interest: Interest) -> Token {
        var item = zmq_pollitem_t(socket: nil, fd: -1, events: interest.rawValue, revents: 0)
        if case .descriptor(let descriptor) = source { item.fd = descriptor }
        if let index = free.popLast() {
            sources[index] = source
            items[index] = item
            return Token(index: index)
        }
        sources.append(source)
        items.append(item)
        return Token(index: sources.count - 1)
    }
}

@available(*, unavailable)
extension Poller: Sendable {}

extension Socket {
    /// Waits until this socket can be read (or written), for at most the given time; nil is without
    /// limit. For one socket alone; a loop over several keeps a ``Poller``.
    package func wait(
        for interest: Poller.Interest = .input, timeoutMilliseconds: Int?
    ) throws(ZeroMQError) -> Bool {
        var items = [
            zmq_pollitem_t(
                socket: try opened("zmq_poll"), fd: -1, events: interest.rawValue, revents: 0)
        ]
        return try poll(&items, timeoutMilliseconds: timeoutMilliseconds) > 0
    }
}

/// `zmq_poll` that a signal does not cut short.
private func poll(
    _ items: inout [zmq_pollitem_t], timeoutMilliseconds: Int?
) throws(ZeroMQError) -> Int {
    precondition(
        !items.isEmpty || timeoutMilliseconds != nil, "a wait for nothing, without limit")
    let start = monotonicMilliseconds()
    var left = timeoutMilliseconds.map { max(0, $0) } ?? -1
    while true {
        let ready = items.withUnsafeMutableBufferPointer {
            zmq_poll($0.baseAddress, Int32($0.count), left)
        }
        if ready >= 0 { return Int(ready) }
        if zmq_errno() != EINTR { throw .last("zmq_poll") }
        if let timeoutMilliseconds {
            left = max(0, timeoutMilliseconds - (monotonicMilliseconds() - start))
        }
    }
}

private func monotonicMilliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}
