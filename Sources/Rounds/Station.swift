package import Domain
package import Settlement
package import Storage
package import Wire

/// One node between its store and its links (design §5): what a round takes in, keeps and lets out.
///
/// No thread, socket or clock: time and everything that comes are handed in, and what leaves goes
/// through a ``StationPort``. The gateway and the simulator run this same code. Not safe to use from several
/// threads at once.
package final class Station {
    package let network: String
    package let province: ProvinceCode
    private let store: any Store
    private let signer: any StationSigning
    private let sm3: any Hashing

    package private(set) var links: [ProvinceCode: Link]
    /// The peers in ascending order.
    private var peers: [ProvinceCode]
    private var inbound: JournalHead
    private var outbound: JournalHead
    private var roll: RollCall
    private var waiters = Waiters()
    /// Whether the store may know of transactions that are due.
    private var wakesDue = true
    private var nextHaltedBeat = 0.0
    /// Why the node settles nothing until another store is put in place.
    package private(set) var halt: Halt?
    /// The batch that claimed it, as long as the store has not kept it.
    private var unkeptClaim: Bytes?
    /// Why peers take nothing that this node signs at the moment; it then settles nothing.
    package private(set) var signingRefusal: SignatureRefusal?
    /// Whether what was in flight at the start has the signatures that it needs.
    private var isRenewed = false
    /// Why the store takes no changes at the moment.
    package private(set) var storeFailure: StoreFailure?

    package init(
        _ recovered: Recovery, store: any Store, network: String, province: ProvinceCode,
        signer: any StationSigning, sm3: any Hashing
    ) {
        self.network = network
        self.province = province
        self.store = store
        self.signer = signer
        self.sm3 = sm3
        links = recovered.links
        peers = recovered.links.keys.sorted()
        inbound = recovered.inbound
        outbound = recovered.outbound
        halt = recovered.halt
        roll = RollCall(recovered.peers)
    }

    // MARK: What the world around tells

    /// Time has gone on: what is due by now is looked for in the next round.
    package func tick() { wakesDue = true }

    /// A connection to `peer` has come up.
    package func connected(_ peer: ProvinceCode, at moment: Moment) {
        links[peer]?.connected(moment.wall)
    }

    /// Begins links to those of `members` that are new. `newEpoch` gives an id that was never given.
    package func meet(
        _ members: some Sequence<ProvinceCode>, newEpoch: () -> Identifier
    ) {
        for member in members where member != province && links[member] == nil {
            links[member] = Link(peer: member, epoch: newEpoch())
        }
        peers = links.keys.sorted()
    }

    /// While the store fails nothing else would find out that it works again.
    ///
    /// Throws ``StoreFailure`` if the store is damaged or if it is open whether something was kept.
    package func probe(at moment: Moment, port: any StationPort) throws {
        guard storeFailure != nil else { return }
        do {
            try store.write {
                try $0.setNote("probe", Array(moment.wall.description.utf8))
            }
            try keepClaim()
            storeWorks(port)
        } catch let failure as StoreFailure {
            guard !failure.endsTheNode else { throw failure }
            port.note(.storeFailed(failure))
        }
    }

    /// Whether a round can do anything about messages that wait.
    private var canSend: Bool {
        Outbox.isReady(links) && halt == nil && storeFailure == nil
    }

    /// In how many milliseconds the station has something to do if nothing comes; at most `latest`.
    package func restMilliseconds(
        at now: Instant, latest: Int64, port: any StationPort
    ) -> Int64 {
        // Standing still, a node has nothing to do between two ticks.
        if !isRenewed && storeFailure != nil { return max(1, latest) }
        if signingRefusal != nil || (!roll.isOpen && halt != nil) { return max(1, latest) }
        if !roll.isOpen && (canSend || wakesDue) { return 0 }
        var rest = latest
        for peer in peers where port.isConnected(peer) {
            if let next = links[peer]?.nextWake() {
                rest = min(rest, next.milliseconds(since: now))
            }
        }
        return max(1, rest)
    }

    /// Whether it only listens, as after a start.
    package var isListening: Bool { roll.isOpen }

    // MARK: Work

    /// Works on all of `work`, keeps what it led to in one transaction, then lets out what is to be
    /// said.
    ///
    /// Throws ``StoreFailure`` if the store is damaged or if it is open whether the round was kept:
    /// then only a new start can tell; and what `port` throws.
    package func work(
        _ work: Work, in environment: Environment, at moment: Moment, port: any StationPort
    ) throws {
        let refusal = port.signingRefusal(at: moment.wall)
        if refusal != signingRefusal {
            signingRefusal = refusal
            if refusal == nil { roll.begin(at: moment) }
            port.note(.signing(refusal))
        }
        guard refusal == nil else {
            // What peers have sent they will send again.
            try refuse(work.calls, .refused(RefusalReason(.nodeStopped)), port)
            return
        }
        if !isRenewed {
            // Not before peers believe the certificate: what it signs is evidence.
            do { try renew(moment.wall) } catch let failure as StoreFailure {
                try failed(failure, work.calls, port)
                return
            }
            // What peers said until now was not looked at.
            roll.begin(at: moment)
        }
        var work = work
        if roll.isOpen {
            try callRoll(&work, moment, port)
            try speak(moment.wall, port)
        }
        if !roll.isOpen { try round(work, environment, moment, port) }
    }

    /// Signs what was in flight at the start anew where that is needed.
    private func renew(_ now: Instant) throws {
        try Renewal(network: network, province: province, signer: signer, sm3: sm3, now: now)
            .sign(&links, &outbound, in: store)
        isRenewed = true
    }

    /// After a start the node first hears every peer, for a bounded time:
    /// one of them may know that the store is older than what it has had. Nothing is worked on
    /// before; what comes waits.
    private func callRoll(_ work: inout Work, _ moment: Moment, _ port: any StationPort) throws {
        for arrival in work.arrivals {
            // On a copy: the batch itself is taken when the roll is done.
            guard var link = links[arrival.peer] else { continue }
            let batch = arrival.batch
            let verdict = link.arrive(batch.header, end: batch.end, now: moment.wall)
            if verdict == .diverged(.selfBehind) { try diverged(arrival, .selfBehind, port) }
            // Messages may be sent again as they were signed long ago; where the peer stands now, only a
            // sign of life says.
            if batch.header.count == 0 { roll.heard(arrival.peer) }
        }
        try refuse(roll.keep(&work, at: moment), .refused(RefusalReason(.overloaded)), port)
    }

    private func round(
        _ work: Work, _ environment: Environment, _ moment: Moment, _ port: any StationPort
    ) throws {
        let now = moment.wall
        var arrived = Arrived(journal: inbound)
        for arrival in work.arrivals where halt == nil {
            try arrive(arrival, &arrived, now, port)
        }
        if halt != nil {
            try standStill(work.calls, moment, port)
            return
        }
        for call in work.calls {
            arrived.inputs.append(
                .command(call.command, id: call.id, digest: call.digest, caller: call.caller))
        }
        do {
            arrived.inputs += try dueWakes(now)
            if !arrived.inputs.isEmpty || !arrived.entries.isEmpty || canSend {
                try keep(arrived, environment, now, port)
            } else {
                take(arrived.links)
            }
        } catch let failure as StoreFailure {
            try failed(failure, work.calls, port)
            return
        }
        try speak(now, port)
    }

    /// What came in, judged, and not yet kept.
    private struct Arrived {
        /// Those on which something came.
        var links: [ProvinceCode: Link] = [:]
        var journal: JournalHead
        var inputs: [Input] = []
        var entries: [JournalEntry] = []
    }

    private func arrive(
        _ arrival: Work.Arrival, _ arrived: inout Arrived, _ now: Instant, _ port: any StationPort
    ) throws {
        guard var link = arrived.links[arrival.peer] ?? links[arrival.peer] else { return }
        let batch = arrival.batch
        let verdict = link.arrive(batch.header, end: batch.end, now: now)
        arrived.links[arrival.peer] = link
        switch verdict {
        case .nothingNew: break
        case .duplicate: port.note(.refusedBatch("duplicate", from: arrival.peer))
        case .gap: port.note(.refusedBatch("gap", from: arrival.peer))
        case .diverged(let divergence): try diverged(arrival, divergence, port)
        case .accepted:
            let entry = arrived.journal.next(
                .inbound, peer: arrival.peer, header: batch.header, at: batch.checked,
                envelope: batch.envelope, frames: batch.frames, subtree: batch.subtree, sm3: sm3)
            arrived.entries.append(entry)
            for (index, message) in batch.messages.enumerated() {
                switch message {
                case .success(let message):
                    arrived.inputs.append(
                        .message(
                            message, from: arrival.peer,
                            batch: ProofSource(
                                batch: batch, index: index, entry: entry.number)))
                case .failure(let refusal):
                    let frame = batch.frames[index]
                    port.note(
                        .refusedMessage(
                            refusal, MessageOutline(frame), FieldFault.inMessage(frame),
                            from: arrival.peer))
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

    private func keep(
        _ arrived: Arrived, _ environment: Environment, _ now: Instant, _ port: any StationPort
    ) throws {
        var engine = Engine(environment: environment, now: now)
        var outbox = Outbox(
            network: network, province: province, signer: signer, sm3: sm3, now: now,
            links: Links(links, peers: peers, changed: arrived.links), journal: outbound)
        var evidence: [Evidence] = []
        try store.write { transaction in
            try engine.run(arrived.inputs) { keys, rows in
                try transaction.load(keys, into: &rows)
            }
            try transaction.save(engine.rows, at: now)
            evidence = try engine.effects.evidence.filter(transaction.add)
            for entry in arrived.entries { try transaction.append(entry) }
            var outgoing: [ProvinceCode: [Bytes]] = [:]
            for (peer, message) in engine.effects.outgoing {
                outgoing[peer, default: []].append(message.encoded())
            }
            try outbox.send(outgoing, transaction)
            for (peer, link) in outbox.links.changed.sorted(by: { $0.key < $1.key })
            where link.record != links[peer]?.record {
                try transaction.save(link.record)
            }
        }
        // From here on it is durable, and may be said.
        take(outbox.links.changed)
        inbound = arrived.journal
        outbound = outbox.journal
        storeWorks(port)
        let replies = waiters.replies(to: engine.effects)
        port.note(
            .kept(
                KeptRound(
                    inputs: arrived.inputs, engine: engine, evidence: evidence,
                    received: arrived.entries,
                    sent: outbox.batches, signatures: outbox.signatures, waiters: waiters.count)))
        for batch in outbox.batches {
            _ = try port.send(batch.envelope, batch.frames, to: batch.peer)
        }
        try port.answer(replies)
    }

    private func take(_ changed: [ProvinceCode: Link]) {
        for (peer, link) in changed { links[peer] = link }
    }

    // MARK: Saying where links stand

    /// Sends what time makes due: acknowledgements, signs of life, and what was not acknowledged.
    private func speak(_ now: Instant, _ port: any StationPort) throws {
        // To the others everything goes out again at once on the next connection.
        let connected = peers.filter { port.isConnected($0) }
        for peer in connected where halt == nil {
            guard links[peer]?.takeResend(now) == true, let link = links[peer] else { continue }
            var resent = 0
            for batch in link.inFlight {
                guard try port.send(batch.envelope, batch.frames, to: peer) else { break }
                resent += 1
            }
            port.note(.resent(batches: resent))
        }
        let due = connected.filter { links[$0]?.wantsToSpeak(now) == true }
        try sayWhereLinksStand(due, now, port)
    }

    /// A batch without messages to each of `due`: a sign of life that acknowledges.
    private func sayWhereLinksStand(
        _ due: [ProvinceCode], _ now: Instant, _ port: any StationPort
    ) throws {
        guard !due.isEmpty else { return }
        let parts = due.prefix(Limits.flushBatchesMax).compactMap { peer -> FlushPart? in
            guard let link = links[peer] else { return nil }
            return FlushPart(
                header: link.header(
                    network: network, from: province, count: 0, after: link.record.sent,
                    sentSequence: link.record.sent.sequence, now: now),
                frames: [])
        }
        for batch in try Flush.sign(parts, signer, signer.hashing) {
            links[batch.peer]?.spoke(now)
            _ = try port.send(batch.envelope, batch.frames, to: batch.peer)
        }
        port.note(.signed)
    }

    // MARK: What goes wrong

    /// A round of a node that settles nothing: the peers are told where its links stand, so that they
    /// notice too.
    private func standStill(
        _ calls: [Work.Call], _ moment: Moment, _ port: any StationPort
    ) throws {
        try refuse(calls, .refused(RefusalReason(.nodeStopped)), port)
        guard moment.steady >= nextHaltedBeat else { return }
        nextHaltedBeat = moment.steady + Double(Limits.heartbeatMilliseconds)
        try sayWhereLinksStand(
            peers.filter { port.isConnected($0) }, moment.wall, port)
    }

    private func diverged(
        _ arrival: Work.Arrival, _ divergence: Link.Divergence, _ port: any StationPort
    ) throws {
        port.note(.diverged(divergence, from: arrival.peer))
        guard divergence == .selfBehind else { return }
        // One signed claim is enough: to settle on an old store is worse than to stand still. The
        // claim is kept, for a peer that makes a false one has signed it.
        let halt = Halt(claimedBy: arrival.peer)
        self.halt = halt
        unkeptClaim = arrival.batch.envelope
        do { try keepClaim() } catch let failure as StoreFailure {
            guard !failure.endsTheNode else { throw failure }
            // It stands still all the same; the claim is kept when the store takes changes again.
            noteFailure(failure, port)
        }
    }

    private func keepClaim() throws {
        guard let halt, let claim = unkeptClaim else { return }
        try store.write { transaction in
            try transaction.setNote(Halt.note, halt.encoded)
            try transaction.setNote(Halt.evidenceNote, claim)
        }
        unkeptClaim = nil
    }

    private func failed(
        _ failure: StoreFailure, _ calls: [Work.Call], _ port: any StationPort
    ) throws {
        switch failure {
        case .full: try refuse(calls, .refused(RefusalReason(.storageLow)), port)
        case .corrupt, .newerSchema: break
        case .locked, .outcomeUnknown, .other:
            try refuse(calls, .pending("the store; ask again with the same id"), port)
        }
        guard !failure.endsTheNode else { throw failure }
        // What is due is looked for again at the next tick, not at once.
        wakesDue = false
        noteFailure(failure, port)
    }

    private func noteFailure(_ failure: StoreFailure, _ port: any StationPort) {
        guard failure != storeFailure else { return }
        storeFailure = failure
        port.note(.storeFailed(failure))
    }

    private func storeWorks(_ port: any StationPort) {
        guard storeFailure != nil else { return }
        storeFailure = nil
        port.note(.storeWorksAgain)
    }

    private func refuse(
        _ calls: [Work.Call], _ body: ServiceReply.Body, _ port: any StationPort
    ) throws {
        guard !calls.isEmpty else { return }
        try port.answer(calls.map { Reply($0.caller.connection, $0.id, body) })
    }
}

extension StoreFailure {
    /// Whether nothing more can come of the store in this process: it is damaged, or what the process
    /// remembers may not be what is on disk, and only a new start can tell.
    fileprivate var endsTheNode: Bool {
        switch self {
        case .corrupt, .newerSchema, .outcomeUnknown: true
        case .full, .locked, .other: false
        }
    }
}
