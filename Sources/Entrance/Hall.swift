import Domain
package import ZeroMQ

/// Where the connections of one or more gates arrive for the thread that serves them.
package final class Hall: PassageOwner {
    private struct Arrivals {
        var new: [Passage] = []
        var over: [UInt64] = []
    }

    private let arrivals = Guarded(Arrivals())
    let waker: Waker

    package init() throws(ZeroMQError) { waker = try Waker() }

    package func welcome(_ passage: Passage) {
        arrivals.withLock { $0.new.append(passage) }
        waker.wake()
    }

    package func farewell(_ passage: Passage) {
        arrivals.withLock { $0.over.append(passage.number) }
        waker.wake()
    }

    /// Makes ``Guests/wait(milliseconds:)`` return. From any thread.
    package func wake() { waker.wake() }

    func take() -> (new: [Passage], over: [UInt64]) {
        waker.drain()
        return arrivals.withLock { arrivals in
            defer { arrivals = Arrivals() }
            return (arrivals.new, arrivals.over)
        }
    }
}
