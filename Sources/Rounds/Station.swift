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
    private var refusalBudget = RefusalBudget()
    /// What was last shown to peers of what they have said, and the position that it shows.
    private var proofs: [ProvinceCode: (of: LinkPosition, proof: HeaderProof)] = [:]
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
    /// What peers may still ask about people.
    private var budget: PeerBudget

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
        budget = recovered.budget
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

    /// The peers that ask about people as nobody should, at `now`.
    package func alarms(at now: Instant) -> [PeerAlarm] { budget.alarms(at: now) }

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
            let verdict = try take(arrival, &link, moment.wall, port)
            if verdict == .diverged(.selfBehind) { try stop(arrival, port) }
            // Messages may be sent again as they were signed long ago; where the peer stands now, only a
            // sign of life says. One that claims what it does not show says nothing that can be believed.
            if arrival.batch.header.count == 0 && verdict != .diverged(.unprovenClaim) {
                roll.heard(arrival.peer)
            }
        }
        try refuse(roll.keep(&work, at: moment), .refused(RefusalReason(.overloaded)), port)
    }

    private func round(
        _ work: Work, _ environment: Environment, _ moment: Moment, _ port: any StationPort
    ) throws {
        let now = moment.wall
        budget.factor = environment.controls.peerQuestionsFactor
        var arrived = Arrived(journal: inbound)
        for arrival in work.arrivals where halt == nil {
            try arrive(arrival, &arrived, now, port)
        }
        if halt != nil {
            giveBack(arrived)
            try standStill(work.calls, moment, port)
            return
        }
        for call in work.calls {
            arrived.inputs.append(
                .command(call.command, id: call.id, digest: call.digest, caller: call.caller))
        }
        do {
            arrived.inputs += try dueWakes(now)
            if !arrived.inputs.isEmpty || !arrived.entries.isEmpty || !arrived.evidence.isEmpty
                || canSend
            {
                try keep(arrived, environment, now, port)
            } else {
                take(arrived.links)
            }
        } catch let failure as StoreFailure {
            giveBack(arrived)
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
        /// Of each entry.
        var batches: [InboundBatch] = []
        /// Of links that told two histories.
        var evidence: [Evidence] = []

        /// The entries as they are kept, once it is known what was refused and what is evidence.
        func kept(
            _ effects: Effects, evidence: [Evidence], _ budget: inout RefusalBudget, at now: Instant
        ) -> [JournalEntry] {
            var refused: [ObjectIdentifier: Set<Int>] = [:]
            for source in askedTooOften {
                refused[ObjectIdentifier(source.batch), default: []].insert(source.index)
            }
            for case let source? in effects.rejections.map(\.source) {
                refused[ObjectIdentifier(source.batch), default: []].insert(source.index)
            }
            var pointedTo: [UInt64: Set<Int>] = [:]
            for evidence in evidence {
                for case .received(let entry, let message) in [
                    evidence.statement, evidence.earlier,
                ].compactMap(\.self) {
                    pointedTo[entry, default: []].insert(message)
                }
            }
            return zip(entries, batches).map { entry, batch in
                var places = refused[ObjectIdentifier(batch)] ?? []
                for (index, message) in batch.messages.enumerated() {
                    if case .failure = message { places.insert(index) }
                }
                guard !places.isEmpty else { return entry }
                return budget.kept(
                    entry, of: batch, refused: places, evidence: pointedTo[entry.number] ?? [],
                    at: now)
            }
        }

        /// Those that were within the budget of their peer.
        var questions: [(question: PeerQuestion, peer: ProvinceCode)] = []
        /// Those that were not: the journal has them as it has what is refused.
        var askedTooOften: [ProofSource] = []
    }

    private func arrive(
        _ arrival: Work.Arrival, _ arrived: inout Arrived, _ now: Instant, _ port: any StationPort
    ) throws {
        guard var link = arrived.links[arrival.peer] ?? links[arrival.peer] else { return }
        let batch = arrival.batch
        let before = link.standstill
        let verdict = try take(arrival, &link, now, port)
        arrived.links[arrival.peer] = link
        if let standstill = link.standstill, standstill != before {
            port.note(.stands(standstill, with: arrival.peer))
            if let found = try evidence(of: standstill, batch, port) {
                arrived.evidence.append(found)
            }
        } else if before != nil && link.standstill == nil {
            port.note(.runsAgain(with: arrival.peer))
        }
        switch verdict {
        case .nothingNew: break
        case .duplicate: port.note(.refusedBatch("duplicate", from: arrival.peer))
        case .gap: port.note(.refusedBatch("gap", from: arrival.peer))
        case .diverged(let divergence):
            port.note(.refusedBatch(divergence.rawValue, from: arrival.peer))
            if divergence == .selfBehind { try stop(arrival, port) }
        case .accepted:
            let entry = arrived.journal.next(
                .inbound, peer: arrival.peer, header: batch.header, at: batch.checked,
                envelope: batch.envelope, frames: batch.frames, subtree: batch.subtree, sm3: sm3)
            arrived.entries.append(entry)
            arrived.batches.append(batch)
            for (index, message) in batch.messages.enumerated() {
                switch message {
                case .success(let message):
                    let proof = ProofSource(batch: batch, index: index, entry: entry.number)
                    arrived.inputs.append(
                        judged(message, from: arrival.peer, proof, &arrived, now))
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

    /// Asks the link, with what the peer has shown.
    private func take(
        _ arrival: Work.Arrival, _ link: inout Link, _ now: Instant, _ port: any StationPort
    ) throws -> Link.Arrival {
        let batch = arrival.batch
        var provesMore: ProvenHeader?
        if let proven = batch.proven, try !has(proven, port) { provesMore = proven }
        return link.arrive(batch.header, end: batch.end, provesMore: provesMore, now: now)
    }

    /// What shows a third party that the peer told two histories: a header without messages, which alone is
    /// all that its signature covers, and the message here whose number it gives another digest.
    private func evidence(
        of standstill: Link.Standstill, _ batch: InboundBatch, _ port: any StationPort
    ) throws -> Evidence? {
        guard standstill.divergence == .forked, batch.header.count == 0,
            let received = standstill.ours
        else { return nil }
        do {
            let last = try store.read {
                try $0.journalEntries(
                    .inbound, peer: batch.header.from, epoch: received.epoch,
                    last: received.sequence, limit: 1
                ).first
            }
            guard let last else { return nil }
            return Evidence(
                accused: batch.header.from, subject: received.epoch, reason: .historiesDiffer,
                at: batch.checked, statement: .octets(batch.envelope),
                earlier: .received(entry: last.number, message: last.frames.count - 1))
        } catch let failure as StoreFailure {
            guard !failure.endsTheNode else { throw failure }
            noteFailure(failure, port)
            return nil
        }
    }

    /// Whether the journal has the batch whose header a peer has shown. A journal that cannot be read
    /// now shows nothing: the peer says it again.
    private func has(_ proven: ProvenHeader, _ port: any StationPort) throws -> Bool {
        let header = proven.header
        do {
            return try store.read { reading in
                try reading.journalEntries(
                    .outbound, peer: header.to, epoch: header.epoch, last: proven.last,
                    limit: Station.signedAnewMax
                ).contains { try $0.holds(subtree: proven.subtree, in: reading, sm3: sm3) }
            }
        } catch let failure as StoreFailure {
            guard !failure.endsTheNode else { throw failure }
            noteFailure(failure, port)
            return true
        }
    }

    /// How often one batch is taken to have been signed: once more at a start with another certificate.
    private static let signedAnewMax = 64

    /// A peer that has asked about more people than it may is told so; its link runs on.
    private func judged(
        _ message: Message, from peer: ProvinceCode, _ proof: ProofSource,
        _ arrived: inout Arrived, _ now: Instant
    ) -> Input {
        guard let question = PeerQuestion(message) else {
            return .message(message, from: peer, batch: proof)
        }
        guard budget.allows(question, of: peer, at: now) else {
            arrived.askedTooOften.append(proof)
            return .askedTooOften(question, from: peer)
        }
        arrived.questions.append((question, peer))
        return .message(message, from: peer, batch: proof)
    }

    /// Nothing of the round was kept: what peers asked in it they will ask again.
    private func giveBack(_ arrived: Arrived) {
        for (question, peer) in arrived.questions { budget.giveBack(question, of: peer) }
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
        engine.standing = links.compactMapValues(\.divergence)
        var outbox = Outbox(
            network: network, province: province, signer: signer, sm3: sm3, now: now,
            links: Links(links, peers: peers, changed: arrived.links), journal: outbound)
        var evidence: [Evidence] = []
        var received: [JournalEntry] = []
        var refusals = refusalBudget
        let keepsBudget = budget.isToBeKept(at: now)
        try store.write { transaction in
            try engine.run(arrived.inputs) { keys, rows in
                try transaction.load(keys, into: &rows)
            }
            try transaction.save(engine.rows, at: now)
            evidence = try (arrived.evidence + engine.effects.evidence).filter(transaction.add)
            for order in engine.effects.linkOrders { outbox.carryOut(order) }
            received = arrived.kept(engine.effects, evidence: evidence, &refusals, at: now)
            for entry in received { try transaction.append(entry) }
            if keepsBudget { try transaction.setNote(PeerBudget.note, budget.noted) }
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
        for order in engine.effects.linkOrders where links[order.peer]?.standstill != nil {
            port.note(.runsAgain(with: order.peer))
        }
        for peer in refusals.takeOverdrawn() { port.note(.refusedTooMuch(from: peer)) }
        refusalBudget = refusals
        take(outbox.links.changed)
        if keepsBudget { budget.wasKept(at: now) }
        for peer in engine.effects.foundNobody where peer != province {
            budget.foundNobody(peer, at: now)
        }
        inbound = arrived.journal
        outbound = outbox.journal
        storeWorks(port)
        let replies = waiters.replies(to: engine.effects)
        port.note(
            .kept(
                KeptRound(
                    inputs: arrived.inputs, engine: engine, evidence: evidence,
                    received: received, sent: outbox.batches, signatures: outbox.signatures,
                    waiters: waiters.count)))
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
        let parts = try due.prefix(Limits.flushBatchesMax).compactMap { peer -> FlushPart? in
            guard let link = links[peer] else { return nil }
            return FlushPart(
                header: link.header(
                    network: network, from: province, count: 0, after: link.record.sent,
                    sentSequence: link.record.sent.sequence, now: now),
                frames: [], proof: link.owesProof ? try proof(for: peer, link, port) : nil)
        }
        for batch in try Flush.sign(parts, signer, signer.hashing) {
            links[batch.peer]?.spoke(now)
            if try port.send(batch.envelope, batch.frames, to: batch.peer) {
                links[batch.peer]?.proved()
            }
        }
        port.note(.signed)
    }

    /// What shows `peer` that it has said as much as is acknowledged here.
    private func proof(
        for peer: ProvinceCode, _ link: Link, _ port: any StationPort
    ) throws -> HeaderProof? {
        guard let received = link.record.received else { return nil }
        if let known = proofs[peer], known.of == received { return known.proof }
        let proof: HeaderProof?
        do {
            proof = try store.read { reading in
                try reading.journalEntries(
                    .inbound, peer: peer, epoch: received.epoch, last: received.sequence, limit: 1
                ).first.map { entry in
                    let suite = try BatchEnvelope(decoding: entry.envelope).suite
                    return try entry.headerProof(port.hashing(suite))
                }
            }
        } catch let failure as StoreFailure {
            guard !failure.endsTheNode else { throw failure }
            noteFailure(failure, port)
            return nil
        }
        if let proof { proofs[peer] = (received, proof) }
        return proof
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

    /// A peer has shown this node a batch of its own that it does not have: to settle on an old store is
    /// worse than to stand still. What was shown is kept.
    private func stop(_ arrival: Work.Arrival, _ port: any StationPort) throws {
        let halt = Halt(claimedBy: arrival.peer)
        self.halt = halt
        unkeptClaim = arrival.batch.envelope
        port.note(.halted(halt))
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
        case .corrupt, .newerSchema, .otherKey: break
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
        case .corrupt, .newerSchema, .otherKey, .outcomeUnknown: true
        case .full, .locked, .other: false
        }
    }
}
