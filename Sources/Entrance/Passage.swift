import Domain
import Synchronization
import ZeroMQ

/// One connection that came through a gate, as its gate and the owner of its socket both see it.
///
/// Behind each is a socket of libzmq with this one connection in it: a routing id can meet no other.
/// The gate counts the octets that go in and out; the owner says what it took, and so the gate knows
/// how much of a message that is not complete libzmq may be holding.
package final class Passage: Sendable {
    package let number: UInt64
    package let gate: String
    package let origin: Origin
    /// CURVE, where a frame is longer on the wire than what it carries.
    let isEncrypted: Bool

    private struct Holder {
        var socket: UnsafeHandover<Socket>?
        var name: String?
        var ending: Turning?
    }
    private let holder: Guarded<Holder>
    private let wakeGate: @Sendable (UInt64) -> Void

    /// Octets that the gate has passed on to libzmq, and from libzmq to the other end.
    let passedIn = Atomic<Int>(0)
    let passedOut = Atomic<Int>(0)
    /// Octets of ``passedIn`` that were part of what the owner has received. Written by the owner.
    let settledIn = Atomic<Int>(0)
    /// The gate does not read on until the owner has taken something.
    let isPaused = Atomic<Bool>(false)
    /// The owner has found nothing more to receive, and was not asked to wait.
    let isDrained = Atomic<Bool>(true)
    private let over = Atomic<Bool>(false)

    init(
        number: UInt64, gate: String, origin: Origin, isEncrypted: Bool, socket: Socket,
        wakeGate: @escaping @Sendable (UInt64) -> Void
    ) {
        self.number = number
        self.gate = gate
        self.origin = origin
        self.isEncrypted = isEncrypted
        holder = Guarded(Holder(socket: UnsafeHandover(socket)))
        self.wakeGate = wakeGate
    }

    /// Who is at the other end: what the gate's admission called its key, or ``Origin/description``
    /// of a local user. Empty until it is admitted.
    package var name: String { holder.withLock { $0.name ?? "" } }

    func admit(_ name: String) { holder.withLock { $0.name = name } }

    /// The socket, once; its taker closes it.
    func takeSocket() -> Socket? {
        holder.withLock { holder in
            defer { holder.socket = nil }
            return holder.socket?.value
        }
    }

    /// The gate has ended the connection; what came before can still be received.
    var isOver: Bool {
        get { over.load(ordering: .acquiring) }
        set { over.store(newValue, ordering: .releasing) }
    }

    /// Asks the gate to end the connection. From any thread; the first reason counts.
    package func end(_ reason: Turning) {
        holder.withLock { $0.ending = $0.ending ?? reason }
        wakeGate(number)
    }

    var ending: Turning? { holder.withLock { $0.ending } }

    // MARK: The owner's account

    /// A message of these frames was received.
    func settle(_ frames: some Sequence<Int>) {
        let octets = frames.reduce(0) { $0 + wireBytes(ofFrame: $1) }
        settledIn.add(octets, ordering: .relaxed)
        resume()
    }

    /// Something was received and nothing is left: what remains on account is commands, or the
    /// beginning of one message.
    func settleAll() {
        settledIn.store(passedIn.load(ordering: .acquiring), ordering: .relaxed)
        resume()
    }

    private func resume() {
        if isPaused.exchange(false, ordering: .sequentiallyConsistent) { wakeGate(number) }
    }

    /// Octets that went in and are in no message that was received.
    var unsettled: Int {
        max(0, passedIn.load(ordering: .relaxed) - settledIn.load(ordering: .relaxed))
    }

    /// Octets of a frame on the wire: flags and length, and CURVE's `MESSAGE` command around it
    /// (RFC 23; RFC 26: 8 octets of name, 8 of nonce, 16 of authenticator, 1 of flags).
    func wireBytes(ofFrame octets: Int) -> Int {
        let body = isEncrypted ? octets + 33 : octets
        return body + (body > 255 ? 9 : 2)
    }
}

/// Who takes the connections of a gate. Called on the gate's thread, or a ZAP handler's.
package protocol PassageOwner: Sendable {
    /// One that was admitted.
    func welcome(_ passage: Passage)
    /// One that was welcomed has ended.
    func farewell(_ passage: Passage)
}
