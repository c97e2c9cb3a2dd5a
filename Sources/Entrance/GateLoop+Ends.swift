import CSockets
import Domain
import Synchronization
import ZeroMQ

/// Admission, pauses and ends of connections.
extension GateLoop {
    /// What other threads have said; true if the gate is to stop.
    func listen() -> Bool {
        let (decided, nudged, stops) = gate.shared.withLock { shared in
            defer {
                shared.decided = []
                shared.nudged = []
            }
            return (shared.decided, shared.nudged, shared.stops)
        }
        for (number, turning, key) in decided {
            guard let connection = connections[number] else { continue }
            if let turning { end(connection, turning, of: key) } else { open(connection) }
        }
        let now = Ticks.now()
        for number in nudged {
            guard let connection = connections[number] else { continue }
            try? lookAtWaiting(connection, now)
        }
        return stops
    }

    /// Lets go of everybody who is not known; returns until when the others may be sent what is left.
    func stop() -> Double {
        for connection in Array(connections.values) where !connection.isHanded {
            end(connection, .stopping)
        }
        return Ticks.now() + GateLoop.drainMilliseconds
    }

    /// A connection that was admitted goes to the owner.
    func open(_ connection: Connection) {
        guard case .shaking = connection.stage, let passage = connection.passage else { return }
        let now = Ticks.now()
        shaking.remove(connection.number, from: connection.origin)
        connection.stage = .open
        sources.disconnect(connection.source, at: now)
        connection.source = passage.name
        sources.connect(connection.source, at: now)
        connection.isHanded = true
        plan.owner.welcome(passage)
        publish()
        if connection.isPaused { try? lookAtWaiting(connection, now) }
    }

    func pause(_ connection: Connection) {
        connection.isPaused = true
        connection.stuckSince = nil
        connection.passage?.isPaused.store(true, ordering: .sequentiallyConsistent)
        waiting.insert(connection.number)
    }

    func hold(_ connection: Connection, until: Double) {
        connection.heldUntil = until
        waiting.insert(connection.number)
    }

    /// Whether what a connection waits for has come, or never will.
    func lookAtWaiting(_ connection: Connection, _ now: Double) throws(EntranceFailure) {
        if let passage = connection.passage, let turning = passage.ending {
            return end(connection, turning)
        }
        if let held = connection.heldUntil, now >= held { connection.heldUntil = nil }
        if connection.isPaused {
            if !connection.isFull(limits, at: now) {
                connection.isPaused = false
                connection.passage?.isPaused.store(false, ordering: .sequentiallyConsistent)
            } else if connection.isOpen, isStuck(connection) {
                let since = connection.stuckSince ?? now
                connection.stuckSince = since
                if now - since > GateLimits.unfinishedMilliseconds {
                    return end(connection, .unfinishedMessage)
                }
            } else {
                connection.stuckSince = nil
            }
        }
        if connection.heldUntil == nil, !connection.isPaused { waiting.remove(connection.number) }
        try settle(connection)
    }

    /// libzmq has taken all octets, the owner all messages, and still there are more octets on account
    /// than one message can have.
    private func isStuck(_ connection: Connection) -> Bool {
        guard let passage = connection.passage, let inner = connection.inner else { return false }
        return passage.isDrained.load(ordering: .acquiring) && !connection.inward.isBlocked
            && gongji_untaken(inner.number) == 0
    }

    /// A key that has left is nobody's, on old connections too.
    func lookAtKeys() {
        guard plan.curve != nil else { return }
        for connection in Array(connections.values) where connection.isOpen {
            guard let passage = connection.passage, !plan.stillAdmits(passage.name) else {
                continue
            }
            end(connection, .keyLeft)
        }
    }

    /// One end is gone: what is on its way to the other may still arrive.
    func drain(_ connection: Connection, _ turning: Turning) {
        guard connections[connection.number] != nil, !connection.isDraining else { return }
        if connection.passage?.ending != nil || !connection.isOpen {
            return end(connection, connection.passage?.ending ?? turning)
        }
        connection.stage = .draining(
            until: Ticks.now() + GateLoop.drainMilliseconds, because: turning)
    }

    /// `key`: whose it is, of a connection that was never let in.
    func end(_ connection: Connection, _ turning: Turning, of key: String? = nil) {
        guard connections.removeValue(forKey: connection.number) != nil else { return }
        waiting.remove(connection.number)
        switch connection.stage {
        case .silent: silent.remove(connection.number, from: connection.origin)
        case .shaking: shaking.remove(connection.number, from: connection.origin)
        case .open, .draining: break
        }
        release(connection)
        connection.outer.close()
        connection.inner?.close()
        if let passage = connection.passage {
            let name = passage.name
            gate.shared.withLock { shared in
                shared.passages[connection.number] = nil
                if !name.isEmpty {
                    let left = shared.connectionsOfKey[name, default: 1] - 1
                    shared.connectionsOfKey[name] = left > 0 ? left : nil
                }
            }
            passage.isOver = true
            if connection.isHanded {
                plan.owner.farewell(passage)
            } else {
                passage.takeSocket()?.close()
            }
        }
        sources.disconnect(connection.source, at: Ticks.now())
        count(key ?? connection.source, turning)
    }

    // MARK: Telling

    func count(_ source: String, _ turning: Turning) {
        guard turning.isRefusal else { return publish() }
        report.turnedAway[turning, default: 0] += 1
        if let unsaid = sources.turnAway(source, turning, at: Ticks.now()) {
            note(source, turning, unsaid)
        }
        publish()
    }

    func note(_ source: String, _ turning: Turning, _ count: Int) {
        plan.note(GateNote(gate: plan.name, source: source, reason: turning, count: count))
    }

    /// Makes the counts seen by other threads.
    func publish() {
        report.unauthenticated = silent.count + shaking.count
        report.open = connections.count - report.unauthenticated
        gate.shared.withLock { $0.report = report }
    }
}
