import Domain
import Foundation
import Ledger
import Settlement
import Signing
import Storage
import Wire
import ZeroMQ

/// The engine's thread: collect, load, apply, keep, send (design §5). One durable commit serves
/// everything that came in while the last one was made.
final class Core: @unchecked Sendable {
    let store: any Store
    let trust: Trust
    let signer: CertifiedKey
    let inbox: Inbox
    let front: ServiceFront
    let board: StatusBoard
    let log: Log
    let province: ProvinceCode
    let network: String
    let storePath: String
    let directoryFolder: String
    let sm3 = SM3Hashing()

    var peers: PeerSockets
    var links: [ProvinceCode: Link]
    private var inbound: JournalHead
    private var outbound: JournalHead
    /// Connections that wait for the answer of a request.
    private var waiters: [Identifier: [UInt64]] = [:]
    private var waiterCount = 0
    private var roll: RollCall
    private var clockOffset = Clock.wallAheadOfBoot()
    private var nextTick = 0.0
    private var nextSlowTick = 0.0
    private var nextHaltedBeat = 0.0
    var directoryStamp: String
    let rulePaths: RuleFilePaths
    var rulesStamp: String
    /// Why the node cannot go on; the process ends with it.
    private(set) var failure: String?

    /// Another thread cannot go on, and so the node cannot.
    static func giveUp(_ inbox: Inbox, _ log: Log, _ what: String, _ error: String) {
        log.write(.error, what, ["error": error])
        inbox.stop(because: "\(what): \(error)")
    }

    static let tickMilliseconds = 100.0
    static let slowTickMilliseconds = 1000.0
    static let clockJumpMillisecondsMax = 60_000.0

    init(
        store: any Store, trust: Trust, signer: CertifiedKey, inbox: Inbox, front: ServiceFront,
        board: StatusBoard, log: Log, province: ProvinceCode, storePath: String,
        directoryFolder: String, rulePaths: RuleFilePaths, peers: PeerSockets,
        recovered: Recovery
    ) {
        self.store = store
        self.trust = trust
        self.signer = signer
        self.inbox = inbox
        self.front = front
        self.board = board
        self.log = log
        self.province = province
        network = trust.current.directory.network
        self.storePath = storePath
        self.directoryFolder = directoryFolder
        self.peers = peers
        links = recovered.links
        roll = RollCall(recovered.links)
        inbound = recovered.inbound
        outbound = recovered.outbound
        directoryStamp = Core.stamp(directoryFolder)
        self.rulePaths = rulePaths
        rulesStamp = rulePaths.stamp
        if let halt = recovered.halt { board.update { $0.halt = halt.sentence } }
        board.update {
            $0.coordinator = recovered.coordinator
            $0.participant = recovered.participant
        }
    }

    func run() {
        do {
            try peers.follow(trust.current.directory, from: province)
            while true {
                var work = inbox.take(milliseconds: waitMilliseconds())
                if work.stop {
                    failure = work.stopReason
                    break
                }
                if work.reload {
                    reloadDirectory()
                    reloadRules()
                }
                try tick()
                if roll.isOpen {
                    try callRoll(&work)
                    try speak(Clock.now())
                }
                if !roll.isOpen { try round(work) }
            }
        } catch {
            failure = String(describing: error)
            log.write(.error, "node_failed", ["error": failure ?? ""])
        }
        peers.close()
        inbox.stop()
    }

    private var isHalted: Bool { board.update { $0.halt != nil } }

    /// After a start the node first hears every peer that it has a history with, for a bounded time:
    /// one of them may know that the store is older than what it has had. Nothing is worked on
    /// before; what comes waits.
    private func callRoll(_ work: inout Inbox.Work) throws {
        for arrival in work.arrivals {
            // On a copy: the batch itself is taken when the roll is done.
            guard var link = links[arrival.peer] else { continue }
            let batch = arrival.batch
            let verdict = link.arrive(batch.header, end: batch.end, now: Clock.now())
            if verdict == .diverged(.selfBehind) { try diverged(arrival, .selfBehind) }
            roll.heard(arrival.peer)
        }
        roll.keep(&work)
    }

    /// Whether a round can do anything about messages that wait.
    private var canSend: Bool {
        Outbox.isReady(links) && board.update { $0.halt == nil && $0.storeFailing == nil }
    }

    private func waitMilliseconds() -> Int64 {
        let tick = Int64(nextTick - Clock.monotonicMilliseconds()) + 1
        // Standing still, a node has nothing to do between two ticks.
        if !roll.isOpen && isHalted { return max(1, tick) }
        if !roll.isOpen && (canSend || wakesDue) { return 0 }
        let now = Clock.now()
        let next = links.values.compactMap { $0.nextWake()?.milliseconds(since: now) }.min() ?? 100
        return max(1, min(next, tick))
    }

    // MARK: A round

    private func round(_ work: Inbox.Work) throws {
        if isHalted {
            try standStill(work.calls)
            return
        }
        let now = Clock.now()
        var links = self.links
        var journal = inbound
        var inputs: [Input] = []
        var entries: [JournalEntry] = []
        for arrival in work.arrivals {
            try arrive(arrival, &links, &journal, &inputs, &entries, now)
            if isHalted {
                try standStill(work.calls)
                return
            }
        }
        for call in work.calls {
            inputs.append(
                .command(call.command, id: call.id, digest: call.digest, caller: call.caller))
        }
        do {
            inputs += try dueWakes(now)
            if !inputs.isEmpty || !entries.isEmpty || canSend {
                try commit(inputs, entries, links, journal, now)
            } else {
                self.links = links
            }
        } catch let failure as StoreFailure {
            try storeFailed(failure, work.calls)
            return
        }
        try speak(now)
    }

    private func arrive(
        _ arrival: Inbox.Arrival, _ links: inout [ProvinceCode: Link],
        _ journal: inout JournalHead, _ inputs: inout [Input],
        _ entries: inout [JournalEntry], _ now: Instant
    ) throws {
        guard var link = links[arrival.peer] else { return }
        let batch = arrival.batch
        let verdict = link.arrive(batch.header, end: batch.end, now: now)
        links[arrival.peer] = link
        switch verdict {
        case .nothingNew: break
        case .duplicate: board.refusedBatch("duplicate", from: arrival.peer.description)
        case .gap: board.refusedBatch("gap", from: arrival.peer.description)
        case .diverged(let divergence): try diverged(arrival, divergence)
        case .accepted:
            entries.append(
                journal.next(
                    .inbound, peer: arrival.peer, header: batch.header, at: now,
                    envelope: batch.envelope, frames: batch.frames, subtree: batch.subtree,
                    sm3: sm3))
            for (index, message) in batch.messages.enumerated() {
                switch message {
                case .success(let message):
                    inputs.append(
                        .message(
                            message, from: arrival.peer,
                            batch: ProofSource(batch: batch, index: index)))
                case .failure(let refusal):
                    board.refusedMessage(
                        refusal.rawValue, "frame", from: arrival.peer.description)
                    log.write(
                        .warning, "message_refused",
                        ["peer": arrival.peer.description, "reason": refusal.rawValue])
                }
            }
        }
    }

    private func dueWakes(_ now: Instant) throws -> [Input] {
        guard wakesDue else { return [] }
        let due = try store.read { try $0.due(at: now, limit: Limits.wakesPerRoundMax) }
        // There may be more: the next round takes them up, and does not wait for the next tick.
        wakesDue = due.count == Limits.wakesPerRoundMax
        return due.map { due in
            switch due.part {
            case .coordination: .wake(due.transaction, .coordination)
            case .participation: .wake(due.transaction, .participation)
            case .relation: .wake(due.transaction, .relation)
            }
        }
    }

    private var wakesDue = false

    private func commit(
        _ inputs: [Input], _ entries: [JournalEntry], _ links: [ProvinceCode: Link],
        _ journal: JournalHead, _ now: Instant
    ) throws {
        let edition = trust.current
        let start = Clock.monotonicMilliseconds()
        var engine = Engine(environment: edition.environment, now: now)
        var outbox = Outbox(
            network: network, province: province, signer: signer, hashing: signer.suite.hashing,
            sm3: sm3, now: now, links: links, journal: outbound)
        try store.write { transaction in
            try engine.run(inputs) { keys, rows in try transaction.load(keys, into: &rows) }
            try transaction.save(engine.rows, at: now)
            for entry in entries { try transaction.append(entry) }
            var outgoing: [ProvinceCode: [Bytes]] = [:]
            for (peer, message) in engine.effects.outgoing {
                outgoing[peer, default: []].append(message.encoded())
            }
            try outbox.send(outgoing, transaction)
            for peer in outbox.links.keys.sorted() {
                guard let link = outbox.links[peer], link.record != self.links[peer]?.record
                else { continue }
                try transaction.save(link.record)
            }
        }
        // From here on it is durable, and may be said.
        self.links = outbox.links
        inbound = journal
        outbound = outbox.journal
        for batch in outbox.batches {
            _ = try peers.send(batch.envelope, batch.frames, to: batch.peer)
        }
        deliver(engine.effects)
        count(engine, inputs, outbox, entries, Clock.monotonicMilliseconds() - start)
    }

    private func deliver(_ effects: Effects) {
        var replies = effects.replies.map {
            ServiceFront.Outgoing(connection: $0.connection, reply: $0.reply)
        }
        for (connection, request) in effects.waiting {
            if waiters[request, default: []].contains(connection) { continue }
            guard waiterCount < Limits.waitersMax,
                waiters[request, default: []].count < Limits.waitersPerRequestMax
            else {
                let pending = ServiceReply(
                    id: request, body: .pending("others that wait; ask again with the same id"))
                replies.append(
                    ServiceFront.Outgoing(connection: connection, reply: pending.encoded()))
                continue
            }
            waiters[request, default: []].append(connection)
            waiterCount += 1
        }
        for (request, reply) in effects.answers {
            guard let connections = waiters.removeValue(forKey: request) else { continue }
            waiterCount -= connections.count
            for connection in connections {
                replies.append(ServiceFront.Outgoing(connection: connection, reply: reply))
            }
        }
        front.post(replies)
    }

    private func refuse(_ calls: [Inbox.Call], _ status: Status) {
        front.post(
            calls.map { call in
                ServiceFront.Outgoing(
                    connection: call.caller.connection,
                    reply: ServiceReply(
                        id: call.id, body: .refused(RefusalReason(status))
                    ).encoded())
            })
    }

    private func count(
        _ engine: Engine, _ inputs: [Input], _ outbox: Outbox, _ entries: [JournalEntry],
        _ milliseconds: Double
    ) {
        let effects = engine.effects
        board.update { counters in
            for case .message(let message, let from, _) in inputs where from != province {
                counters.messagesIn[message.name, default: 0] += 1
            }
            for (_, message) in effects.outgoing {
                counters.messagesOut[message.name, default: 0] += 1
            }
            for rejection in effects.rejections {
                counters.refusedMessages[rejection.reason, default: 0] += 1
                counters.remember(
                    peer: rejection.from.description, reason: rejection.reason,
                    detail: "message \(rejection.message)")
            }
            for status in effects.refusals {
                counters.refusedClients[status.word, default: 0] += 1
            }
            for transaction in engine.rows.coordinations.changed {
                if let after = engine.rows.coordinations[transaction] {
                    counters.countCoordination(
                        engine.rows.coordinations.original(transaction)?.state.word,
                        after.state.word)
                }
            }
            for transaction in engine.rows.participations.changed {
                if let after = engine.rows.participations[transaction] {
                    counters.countParticipation(
                        engine.rows.participations.original(transaction)?.state.word,
                        after.state.word)
                }
            }
            counters.flushes += outbox.signatures
            counters.signatures += outbox.signatures
            counters.batchesSent += outbox.batches.count { !$0.frames.isEmpty }
            counters.messagesSent += outbox.batches.reduce(0) { $0 + $1.frames.count }
            counters.batchesReceived += entries.count
            counters.messagesReceived += entries.reduce(0) { $0 + $1.frames.count }
            counters.waiters = waiterCount
            counters.commitMilliseconds.add(milliseconds)
            counters.storeFailing = nil
        }
    }

    /// A round of a node that settles nothing: the peers are told where its links stand, so that they
    /// notice too.
    private func standStill(_ calls: [Inbox.Call]) throws {
        refuse(calls, .nodeStopped)
        let monotonic = Clock.monotonicMilliseconds()
        guard monotonic >= nextHaltedBeat else { return }
        nextHaltedBeat = monotonic + Double(Limits.heartbeatMilliseconds)
        try sayWhereLinksStand(links.keys.filter { peers.isConnected($0) }.sorted(), Clock.now())
    }

    // MARK: Time

    private func tick() throws {
        let monotonic = Clock.monotonicMilliseconds()
        guard monotonic >= nextTick else { return }
        nextTick = monotonic + Core.tickMilliseconds
        wakesDue = true
        try watchClock()
        let now = Clock.now()
        for change in try peers.changes() {
            if change.connected { links[change.peer]?.signOfLife(now) }
            log.write(
                change.failure == nil ? .info : .warning,
                change.connected ? "peer_connected" : "peer_disconnected",
                ["peer": change.peer.description, "failure": change.failure ?? ""])
        }
        if monotonic >= nextSlowTick {
            nextSlowTick = monotonic + Core.slowTickMilliseconds
            watchDisk()
            if Core.stamp(directoryFolder) != directoryStamp { reloadDirectory() }
            if rulePaths.stamp != rulesStamp { reloadRules() }
            try probeStore()
        }
        showPeers()
    }

    /// Sends what time makes due: acknowledgements, signs of life, and what was not acknowledged.
    private func speak(_ now: Instant) throws {
        for peer in links.keys.sorted() {
            guard links[peer]?.takeResend(now) == true, let link = links[peer] else { continue }
            var resent = 0
            for batch in link.inFlight {
                guard try peers.send(batch.envelope, batch.frames, to: peer) else { break }
                resent += 1
            }
            board.update { $0.batchesResent += resent }
        }
        let due = links.keys.sorted().filter {
            peers.isConnected($0) && links[$0]?.wantsToSpeak(now) == true
        }
        for peer in links.keys where !peers.isConnected(peer) { links[peer]?.spoke(now) }
        try sayWhereLinksStand(due, now)
    }

    /// A batch without messages to each of `due`: a sign of life that acknowledges.
    private func sayWhereLinksStand(_ due: [ProvinceCode], _ now: Instant) throws {
        guard !due.isEmpty else { return }
        let parts = due.prefix(Limits.flushBatchesMax).compactMap { peer -> FlushPart? in
            guard let link = links[peer] else { return nil }
            return FlushPart(
                header: link.header(
                    network: network, from: province, count: 0, after: link.record.sent,
                    sentSequence: link.record.sent.sequence, now: now),
                frames: [])
        }
        for batch in try Flush.sign(parts, signer, signer.suite.hashing) {
            links[batch.peer]?.spoke(now)
            _ = try peers.send(batch.envelope, batch.frames, to: batch.peer)
        }
        board.update { $0.signatures += 1 }
    }

    private func showPeers() {
        let shown = links.keys.sorted().compactMap { peer -> StatusDocument.Peer? in
            guard let link = links[peer] else { return nil }
            return StatusDocument.Peer(
                province: peer.description, endpoint: peers.endpoint(peer),
                connected: peers.isConnected(peer), lastHeard: link.lastHeard?.description,
                sent: link.record.sent.sequence, acknowledged: link.record.acknowledged,
                inFlightBatches: link.inFlight.count,
                inFlightMessages: link.inFlightMessageCount, outbox: link.outboxCount,
                received: link.record.received?.sequence ?? 0,
                diverged: link.divergence != nil, divergence: link.divergence?.rawValue)
        }
        board.update { $0.peers = shown }
    }

    // MARK: What goes wrong

    private func diverged(_ arrival: Inbox.Arrival, _ divergence: Link.Divergence) throws {
        let peer = arrival.peer
        board.refusedBatch(divergence.rawValue, from: peer.description)
        log.write(
            .error, "link_diverged",
            ["peer": peer.description, "divergence": divergence.rawValue])
        guard divergence == .selfBehind else { return }
        // One signed claim is enough: to settle on an old store is worse than to stand still. The
        // claim is kept, for a peer that makes a false one has signed it.
        let halt = Halt(claimedBy: peer)
        board.update { $0.halt = halt.sentence }
        try store.write { transaction in
            try transaction.setNote(Halt.note, halt.encoded)
            try transaction.setNote(Halt.evidenceNote, arrival.batch.envelope)
        }
    }

    private func storeFailed(_ failure: StoreFailure, _ calls: [Inbox.Call]) throws {
        let sentence: String
        switch failure {
        case .full:
            sentence = "the disk of the store is full"
            refuse(calls, .storageLow)
        case .corrupt, .newerSchema: throw failure
        case .locked, .outcomeUnknown, .other:
            sentence = "the store does not take changes: \(failure)"
            front.post(
                calls.map { call in
                    ServiceFront.Outgoing(
                        connection: call.caller.connection,
                        reply: ServiceReply(
                            id: call.id,
                            body: .pending("the store; ask again with the same id")
                        ).encoded())
                })
        }
        if case .outcomeUnknown = failure {
            // What this process remembers may not be what is on disk: only a new start can tell.
            throw failure
        }
        board.update { $0.storeFailing = sentence }
        log.write(.error, "store_failed", ["error": sentence])
    }

    /// While the store fails nothing else would find out that it works again.
    private func probeStore() throws {
        guard board.update({ $0.storeFailing != nil }) else { return }
        do {
            try store.write { try $0.setNote("probe", Clock.now().description.utf8.map { $0 }) }
            board.update { $0.storeFailing = nil }
            log.write(.info, "store_works_again")
        } catch let failure as StoreFailure {
            log.write(.error, "store_still_fails", ["error": String(describing: failure)])
        }
    }

    /// Business dates, holds and signatures go by the wall clock: when it jumps, the node stops and
    /// says so, rather than sign with a time that may be wrong. Started again, it goes on.
    private func watchClock() throws {
        let offset = Clock.wallAheadOfBoot()
        let jump = abs(offset - clockOffset)
        clockOffset = offset
        guard jump > Core.clockJumpMillisecondsMax else { return }
        throw NodeFailure.stopped(
            "the clock of this machine jumped by \(Int(jump / 1000)) s; check it, then start again")
    }

    private func watchDisk() {
        var space = statvfs()
        guard statvfs(storePath, &space) == 0 else { return }
        let free = Int64(space.f_bavail) * Int64(space.f_frsize)
        board.update {
            $0.freeBytes = free
            $0.diskIsLow = free < Limits.diskFreeBytesMin
        }
    }
}
