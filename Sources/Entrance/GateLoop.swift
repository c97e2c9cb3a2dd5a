import CSockets
import Domain
import Glibc
import Synchronization
import ZeroMQ

/// What a gate's thread runs: accepts, passes octets on, and ends what is over a limit.
final class GateLoop {
    let gate: Gate
    let plan: GatePlan
    let limits: GateLimits
    private let listener: Listener
    private let context: Context
    var epoll: Epoll
    var connections: [UInt64: Connection] = [:]
    /// Not known yet: those that have said nothing, and those with a socket of libzmq.
    var silent = Crowd()
    var shaking = Crowd()
    /// Paused or held back: looked at at every sweep.
    var waiting: Set<UInt64> = []
    var sources: Sources
    var report = GateReport()
    /// No two connections of a process have one number, whichever gate they came through: gates share
    /// halls.
    private static let numbers = Atomic<UInt64>(0)
    private var descriptors = 0
    private var nextSweep = 0.0
    private var nextLook = 0.0
    /// Until when nobody is taken, for want of descriptors.
    private var closedUntil: Double?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    private static let listenerToken = UInt64.max
    private static let wakerToken = UInt64.max - 1
    private static let acceptsAtOnce = 16
    private static let sweepMilliseconds = 100.0
    private static let lookMilliseconds = 1000.0
    static let drainMilliseconds = 500.0

    init(_ gate: Gate, _ listener: Listener, _ context: Context) throws(EntranceFailure) {
        self.gate = gate
        plan = gate.plan
        limits = gate.plan.limits
        self.listener = listener
        self.context = context
        sources = Sources(
            bytesPerSecond: limits.bytesPerSecond, burst: limits.bytesBurst, at: Ticks.now())
        epoll = try Epoll()
        try epoll.add(listener.descriptor.number, Epoll.input, token: GateLoop.listenerToken)
        try epoll.add(gate.waker.descriptor, Epoll.input, token: GateLoop.wakerToken)
    }

    deinit { buffer.deallocate() }

    /// Until the gate is told to stop.
    func run() throws(EntranceFailure) {
        defer {
            listener.close()
            for connection in connections.values { end(connection, .stopping) }
        }
        var stopsAt: Double?
        while true {
            for event in try epoll.wait(milliseconds: restMilliseconds(stopsAt != nil)) {
                switch event.token {
                case GateLoop.listenerToken: try acceptSome()
                case GateLoop.wakerToken:
                    gate.waker.drain()
                    if listen(), stopsAt == nil { stopsAt = stop() }
                default:
                    guard let connection = connections[event.token >> 1] else { continue }
                    if event.token & 1 == 0 {
                        try outerReady(connection, event.readiness)
                    } else {
                        try innerReady(connection, event.readiness)
                    }
                }
            }
            let now = Ticks.now()
            if now >= nextSweep {
                nextSweep = now + GateLoop.sweepMilliseconds
                try sweep(now)
            }
            if let stopsAt, now >= stopsAt || connections.isEmpty { return }
        }
    }

    private func restMilliseconds(_ stops: Bool) -> Int {
        if stops || !waiting.isEmpty || silent.count + shaking.count > 0 || closedUntil != nil {
            return Int(GateLoop.sweepMilliseconds)
        }
        return connections.isEmpty ? 5000 : Int(GateLoop.lookMilliseconds)
    }

    // MARK: Coming

    private func acceptSome() throws(EntranceFailure) {
        for _ in 0..<GateLoop.acceptsAtOnce {
            do throws(EntranceFailure) {
                guard let (descriptor, origin) = try listener.accept() else { return }
                try arrive(descriptor, origin)
            } catch {
                // Out of descriptors: whoever waits goes on waiting, and the thread does not spin.
                closedUntil = Ticks.now() + GateLoop.sweepMilliseconds
                epoll.remove(listener.descriptor.number)
                count("\(plan.name)", .descriptors)
                return
            }
        }
    }

    private func arrive(_ descriptor: Descriptor, _ origin: Origin) throws(EntranceFailure) {
        report.accepted += 1
        guard descriptor.number < limits.descriptorCeiling else {
            return count(origin.description, .descriptors)
        }
        while silent.count + shaking.count >= limits.unauthenticatedMax
            || descriptors + 1 > limits.descriptorsMax
        {
            guard let older = silent.next ?? shaking.next, let victim = connections[older] else {
                return count(origin.description, .full)
            }
            end(victim, .gaveWay)
        }
        let connection = Connection(
            GateLoop.numbers.add(1, ordering: .relaxed).newValue, origin, descriptor,
            isEncrypted: plan.curve != nil, at: Ticks.now())
        connections[connection.number] = connection
        silent.insert(connection.number, from: origin)
        descriptors += 1
        sources.connect(connection.source, at: connection.accepted)
        connection.outerInterest = Epoll.input
        try epoll.add(descriptor.number, Epoll.input, token: connection.number << 1)
    }

    /// Gives a connection that has sent its signature a socket of libzmq for itself.
    /// False if it was ended instead.
    private func furnish(_ connection: Connection) throws(EntranceFailure) -> Bool {
        silent.remove(connection.number, from: connection.origin)
        while shaking.count >= limits.handshakesMax
            || descriptors + GateLimits.descriptorsPerConnection - 1 > limits.descriptorsMax
        {
            guard let older = shaking.next ?? silent.next, let victim = connections[older] else {
                end(connection, .full)
                return false
            }
            end(victim, .gaveWay)
        }
        shaking.insert(connection.number, from: connection.origin)
        connection.stage = .shaking
        let inner = try UnixAddress.make()
        guard inner.number < limits.descriptorCeiling else {
            end(connection, .descriptors)
            return false
        }
        var options = plan.options
        if let keys = plan.curve {
            options.security = .curveServer(
                keys: keys, domain: "\(plan.name)/\(connection.number)")
        }
        let path = plan.folder.entry("\(plan.name).\(connection.number)")
        do {
            let socket = try Socket(plan.kind, in: context, options: options)
            try socket.bind("ipc://\(path)")
            defer { unlink(path) }
            guard try UnixAddress.connect(inner, to: path) else {
                throw EntranceFailure.inUse(path)
            }
            adopt(connection, inner, socket)
        } catch {
            end(connection, .noSocket)
            return false
        }
        connection.innerInterest = Epoll.input
        try epoll.add(inner.number, Epoll.input, token: connection.number << 1 | 1)
        return true
    }

    private func adopt(_ connection: Connection, _ inner: Descriptor, _ socket: Socket) {
        let passage = Passage(
            number: connection.number, gate: plan.name, origin: connection.origin,
            isEncrypted: plan.curve != nil, socket: socket
        ) { [gate] number in
            gate.shared.withLock { $0.nudged.append(number) }
            gate.waker.wake()
        }
        connection.inner = inner
        connection.passage = passage
        descriptors += GateLimits.descriptorsPerConnection - 1
        gate.shared.withLock { $0.passages[connection.number] = passage }
    }

    // MARK: Passing on

    private func outerReady(_ connection: Connection, _ readiness: UInt32) throws(EntranceFailure) {
        if readiness & Epoll.output != 0, !connection.outward.flush(to: connection.outer.number) {
            return end(connection, .left)
        }
        if readiness & Epoll.input != 0, connection.outerInterest & Epoll.input != 0 {
            try readOuter(connection)
        } else if readiness & Epoll.gone != 0 {
            // Nobody is there to read from any more, and nobody to write to.
            return end(connection, .left)
        }
        try settle(connection)
    }

    private func readOuter(_ connection: Connection) throws(EntranceFailure) {
        guard connection.greeting.isComplete, let inner = connection.inner,
            let passage = connection.passage
        else { return try readGreeting(connection) }
        switch connection.inward.move(
            from: connection.outer.number, to: inner.number, through: buffer)
        {
        case .moved(let count):
            passage.passedIn.add(count, ordering: .releasing)
            let now = Ticks.now()
            let rest = sources.spend(count, of: connection.source, at: now)
            if rest > 0 { hold(connection, until: now + rest) }
            if connection.isFull(limits, at: now) { pause(connection) }
        case .ended:
            connection.outerEnded = true
            drain(connection, .left)
        }
    }

    /// Reads no further than the octets that decide what becomes of the connection.
    private func readGreeting(_ connection: Connection) throws(EntranceFailure) {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<connection.greeting.wanted])
        let count = recv(
            connection.outer.number, part.baseAddress, part.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return end(connection, .left) }
        let more = UnsafeRawBufferPointer(rebasing: part[..<count])
        let verdict = connection.greeting.add(more)
        if case .wrong(let turning) = verdict { return end(connection, turning) }
        guard connection.greeting.hasSignature else { return }
        let isFirst = connection.inner == nil
        if isFirst, try !furnish(connection) { return }
        guard let inner = connection.inner, let passage = connection.passage else { return }
        let given = isFirst ? connection.greeting.octets : Array(more)
        passage.passedIn.add(given.count, ordering: .releasing)
        if case .ended = given.withUnsafeBytes({ connection.inward.give($0, to: inner.number) }) {
            return end(connection, .handshakeFailed)
        }
        if verdict == .complete, plan.curve == nil { admitLocal(connection, passage) }
    }

    /// Whoever can open the path of a gate without CURVE is known by the user it runs as.
    private func admitLocal(_ connection: Connection, _ passage: Passage) {
        let name = connection.origin.description
        let isAdmitted = gate.shared.withLock { shared in
            guard shared.connectionsOfKey[name, default: 0] < limits.connectionsPerKeyMax else {
                return false
            }
            shared.connectionsOfKey[name, default: 0] += 1
            passage.admit(name)
            return true
        }
        if isAdmitted { open(connection) } else { end(connection, .connectionsOfKey) }
    }

    private func innerReady(_ connection: Connection, _ readiness: UInt32) throws(EntranceFailure) {
        guard let inner = connection.inner, let passage = connection.passage else { return }
        if readiness & Epoll.output != 0, !connection.inward.flush(to: inner.number) {
            connection.innerEnded = true
        }
        if !connection.innerEnded, readiness & Epoll.input != 0,
            connection.innerInterest & Epoll.input != 0
        {
            switch connection.outward.move(
                from: inner.number, to: connection.outer.number, through: buffer)
            {
            case .moved(let count): passage.passedOut.add(count, ordering: .releasing)
            case .ended: connection.innerEnded = true
            }
        } else if readiness & Epoll.gone != 0 {
            connection.innerEnded = true
        }
        if connection.innerEnded { drain(connection, connection.isOpen ? .left : .handshakeFailed) }
        try settle(connection)
    }

    /// Tells epoll what the connection waits for now.
    func settle(_ connection: Connection) throws(EntranceFailure) {
        guard connections[connection.number] != nil else { return }
        if case .draining(_, let turning) = connection.stage,
            !(connection.outward.isBlocked && !connection.outerEnded),
            !(connection.inward.isBlocked && !connection.innerEnded)
        {
            return end(connection, turning)
        }
        var outer: UInt32 = 0
        if !connection.isDraining, !connection.inward.isBlocked, !connection.isPaused,
            connection.heldUntil == nil
        {
            outer |= Epoll.input
        }
        if connection.outward.isBlocked { outer |= Epoll.output }
        try tell(
            connection.outer, &connection.outerInterest, outer, connection.outerEnded,
            connection.number << 1)
        guard let descriptor = connection.inner else { return }
        var inner: UInt32 = 0
        if !connection.isDraining, !connection.outward.isBlocked { inner |= Epoll.input }
        if connection.inward.isBlocked { inner |= Epoll.output }
        try tell(
            descriptor, &connection.innerInterest, inner, connection.innerEnded,
            connection.number << 1 | 1)
    }

    /// An end that is gone would be ready for ever.
    private func tell(
        _ descriptor: Descriptor, _ before: inout UInt32, _ interest: UInt32, _ hasEnded: Bool,
        _ token: UInt64
    ) throws(EntranceFailure) {
        if hasEnded {
            epoll.remove(descriptor.number)
        } else if before != interest {
            try epoll.change(descriptor.number, interest, token: token)
        }
        before = interest
    }

    // MARK: Time

    private func sweep(_ now: Double) throws(EntranceFailure) {
        if let closed = closedUntil, now >= closed {
            closedUntil = nil
            try epoll.add(listener.descriptor.number, Epoll.input, token: GateLoop.listenerToken)
        }
        for number in waiting {
            guard let connection = connections[number] else {
                waiting.remove(number)
                continue
            }
            try lookAtWaiting(connection, now)
        }
        for connection in Array(connections.values) {
            switch connection.stage {
            case .silent where now - connection.accepted > limits.handshakeMilliseconds,
                .shaking where now - connection.accepted > limits.handshakeMilliseconds:
                end(connection, .silent)
            case .draining(let until, let turning) where now > until: end(connection, turning)
            case .silent, .shaking, .open, .draining: break
            }
        }
        if now >= nextLook {
            nextLook = now + GateLoop.lookMilliseconds
            lookAtKeys()
            report.sources = sources.worst
            for due in sources.due(at: now) { note(due.name, due.reason, due.count) }
        }
        publish()
    }

    /// Takes the descriptors of an ended connection back.
    func release(_ connection: Connection) { descriptors -= connection.cost }
}
