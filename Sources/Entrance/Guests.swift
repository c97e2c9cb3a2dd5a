import Domain
import Synchronization
package import ZeroMQ

/// One connection at the thread that serves it.
package final class Guest {
    package let passage: Passage
    package var number: UInt64 { passage.number }
    package var name: String { passage.name }
    let socket: Socket
    /// Octets sent to it, as far as ``Passage/passedOut`` is compared with them.
    var sent = 0
    var hasReceived = false
    /// Until when what it sent before it left can be received; nil while it is there.
    var staysUntil: Double?

    init(_ passage: Passage, _ socket: Socket) {
        self.passage = passage
        self.socket = socket
    }

    /// Octets that were sent to it and are not out yet.
    var unread: Int { max(0, sent - passage.passedOut.load(ordering: .relaxed)) }
}

/// The connections of a ``Hall``, for the one thread that serves them all. Waiting costs the same for
/// one and for a thousand.
package final class Guests {
    private let hall: Hall
    private var epoll: Epoll
    private var guests: [UInt64: Guest] = [:]
    /// Who is to be looked at again without waiting.
    private var again: Set<UInt64> = []
    private var leaving: Set<UInt64> = []

    private static let wakerToken = UInt64.max
    /// What a connection sent before it ended is still on its way through libzmq for so long.
    private static let staysMilliseconds = 200.0

    package init(_ hall: Hall) throws(EntranceFailure) {
        self.hall = hall
        epoll = try Epoll()
        try epoll.add(hall.waker.descriptor, Epoll.input, token: Guests.wakerToken)
    }

    deinit { close() }

    package var all: some Collection<Guest> { guests.values }

    package subscript(_ number: UInt64) -> Guest? { guests[number] }

    /// Waits until a guest may have something, or ``Hall/wake()``, or the time is over; nil is without
    /// limit. Whoever is returned must be received from until there is nothing, or be handed to
    /// ``lookAgain(_:)``.
    package func wait(milliseconds: Int?) throws(EntranceFailure) -> [Guest] {
        var limit = milliseconds ?? -1
        if !leaving.isEmpty { limit = limit < 0 ? 50 : min(limit, 50) }
        if !again.isEmpty { limit = 0 }
        var ready = again
        again = []
        for event in try epoll.wait(milliseconds: limit) {
            if event.token == Guests.wakerToken {
                let (new, over) = hall.take()
                for passage in new {
                    if arrive(passage) { ready.insert(passage.number) }
                }
                for number in over {
                    guard let guest = guests[number], guest.staysUntil == nil else { continue }
                    guest.staysUntil = Ticks.now() + Guests.staysMilliseconds
                    leaving.insert(number)
                    ready.insert(number)
                }
            } else {
                ready.insert(event.token)
            }
        }
        let now = Ticks.now()
        for number in leaving where guests[number]?.staysUntil ?? 0 <= now { remove(number) }
        return ready.sorted().compactMap { guests[$0] }
    }

    /// The next message of a guest; nil if there is none, and then ``wait(milliseconds:)`` tells of
    /// the next.
    package func receive(
        from guest: Guest, limits: ReceiveLimits
    ) throws(ZeroMQError) -> Received? {
        guard let received = try guest.socket.receive(limits: limits, dontWait: true) else {
            if guest.hasReceived { guest.passage.settleAll() }
            guest.hasReceived = false
            guest.passage.isDrained.store(true, ordering: .releasing)
            return nil
        }
        guest.hasReceived = true
        guest.passage.isDrained.store(false, ordering: .releasing)
        switch received {
        case .message(let message):
            let wire = guest.socket.kind == .router ? message.frames[1...] : message.frames[...]
            guest.passage.settle(wire.lazy.map(\.count))
        case .oversize(let oversize):
            guest.passage.settle(CollectionOfOne(oversize.octetCount))
        }
        return received
    }

    /// Nothing more is received from `guest` until ``lookAgain(_:)``: what it sends waits, and it is not
    /// at fault for that.
    package func letWait(_ guest: Guest) {
        guest.passage.isDrained.store(false, ordering: .releasing)
    }

    /// Sends what only some want: a publisher drops it for those that have not asked for it, or do
    /// not read.
    package func publish(_ frames: [[UInt8]], to guest: Guest) throws(ZeroMQError) {
        guard guest.staysUntil == nil else { return }
        _ = try guest.socket.send(frames, dontWait: true)
    }

    /// Has `guest` returned by the next wait, which does not wait then.
    package func lookAgain(_ guest: Guest) {
        guest.passage.isDrained.store(false, ordering: .releasing)
        again.insert(guest.number)
    }

    /// Sends to a guest. One whose unread answers are more than `unreadBytesMax`, or for whom libzmq
    /// has no room, is ended: it can come again and ask again.
    package func send(
        _ frames: [[UInt8]], to guest: Guest, unreadBytesMax: Int
    ) throws(ZeroMQError) {
        guard guest.staysUntil == nil else { return }
        let passed = guest.passage.passedOut.load(ordering: .relaxed)
        let wire = guest.socket.kind == .router ? frames[1...] : frames[...]
        guest.sent =
            max(guest.sent, passed)
            + wire.reduce(0) { $0 + guest.passage.wireBytes(ofFrame: $1.count) }
        guard guest.sent - passed <= unreadBytesMax,
            try guest.socket.send(frames, dontWait: true)
        else {
            guest.passage.end(.unreadAnswers)
            return
        }
        // Sending takes up what libzmq had to say of the other direction as well.
        again.insert(guest.number)
    }

    /// Closes all sockets, once what they still have to send is sent or their linger is over.
    package func close() {
        for number in guests.keys { remove(number) }
        for passage in hall.take().new { passage.takeSocket()?.close() }
    }

    private func arrive(_ passage: Passage) -> Bool {
        guard let socket = passage.takeSocket() else { return false }
        let guest = Guest(passage, socket)
        do {
            try epoll.add(
                try socket.descriptor(), Epoll.input | Epoll.edge, token: passage.number)
        } catch {
            socket.close()
            passage.end(.noSocket)
            return false
        }
        guests[passage.number] = guest
        return true
    }

    private func remove(_ number: UInt64) {
        leaving.remove(number)
        again.remove(number)
        guard let guest = guests.removeValue(forKey: number) else { return }
        if let descriptor = try? guest.socket.descriptor() { epoll.remove(descriptor) }
        guest.socket.close()
    }
}

@available(*, unavailable)
extension Guests: Sendable {}
