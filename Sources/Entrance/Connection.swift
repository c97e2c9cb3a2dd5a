import Synchronization

/// One connection as the gate's thread holds it.
final class Connection {
    enum Stage {
        /// Has not sent the signature of a greeting.
        case silent
        /// Has a socket of libzmq, and is not known yet.
        case shaking
        case open
        /// One end is gone; what is still on its way to the other is sent until then.
        case draining(until: Double, because: Turning)
    }

    let number: UInt64
    let origin: Origin
    let outer: Descriptor
    let accepted: Double
    var stage = Stage.silent
    var greeting: Greeting
    /// The gate's end of the passage, from the signature on.
    var inner: Descriptor?
    var passage: Passage?
    /// The owner has been told of it.
    var isHanded = false
    /// Under which its octets are counted: the origin, and its name once that is known.
    var source: String
    var inward = Flow()
    var outward = Flow()
    var outerEnded = false
    var innerEnded = false
    /// What epoll was told last.
    var outerInterest: UInt32 = 0
    var innerInterest: UInt32 = 0
    /// Over its octets until then.
    var heldUntil: Double?
    /// It is full of a message that is not complete.
    var isPaused = false
    /// Since when nothing at all happens to what it is full of.
    var stuckSince: Double?
    /// ``Passage/settledIn`` when it last changed, and when that was seen.
    private var settled = 0
    private var settledAt: Double

    init(_ number: UInt64, _ origin: Origin, _ outer: Descriptor, isEncrypted: Bool, at now: Double)
    {
        self.number = number
        self.origin = origin
        self.outer = outer
        accepted = now
        settledAt = now
        greeting = Greeting(isEncrypted: isEncrypted)
        source = origin.description
    }

    var isDraining: Bool {
        if case .draining = stage { true } else { false }
    }

    var isOpen: Bool {
        if case .open = stage { true } else { false }
    }

    /// Descriptors of the process that it takes.
    var cost: Int { inner == nil ? 1 : GateLimits.descriptorsPerConnection }

    /// Whether libzmq has as much of an unfinished message as it may.
    func isFull(_ limits: GateLimits, at now: Double) -> Bool {
        guard let passage else { return false }
        guard isOpen else {
            return passage.passedIn.load(ordering: .relaxed) >= GateLimits.handshakeBytesMax
        }
        let seen = passage.settledIn.load(ordering: .relaxed)
        if seen != settled {
            settled = seen
            settledAt = now
        }
        let commands = min(
            GateLimits.commandBytesMax,
            (now - settledAt) / 1000 * GateLimits.commandBytesPerSecond)
        return passage.unsettled
            >= limits.unfinishedBytesMax + GateLimits.handshakeBytesMax + Int(commands)
    }
}
