import Domain
import Foundation
import Rounds
import Settlement
import Signing
import Storage
import Wire
import ZeroMQ

/// The engine's thread: collect, load, apply, keep, send (design §5). One durable commit serves
/// everything that came in while the last one was made. What a round is, ``Station`` knows; here are
/// the thread, the clock, the sockets, the files that are watched, and the counters.
final class Core: @unchecked Sendable {
    let store: any Store
    let trust: Trust
    let inbox: Inbox
    let front: ServiceFront
    let board: StatusBoard
    let log: Log
    let province: ProvinceCode
    let network: String
    let storePath: String
    let directoryFolder: String

    let station: Station
    private let signingKeyID: Digest
    private let suite: Suite
    var peers: PeerSockets
    private var clockOffset = Clock.wallAheadOfBoot()
    private var nextTick = 0.0
    private var nextSlowTick = 0.0
    /// When the round that is under way began.
    private var roundBegan = 0.0
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
        self.inbox = inbox
        self.front = front
        self.board = board
        self.log = log
        self.province = province
        network = trust.current.directory.network
        self.storePath = storePath
        self.directoryFolder = directoryFolder
        self.peers = peers
        signingKeyID = signer.keyID
        suite = signer.suite
        station = Station(
            recovered, store: store, network: network, province: province, signer: signer,
            sm3: SM3Hashing())
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
                let orders = inbox.take(milliseconds: restMilliseconds())
                if orders.stop {
                    failure = orders.stopReason
                    break
                }
                if orders.reload {
                    reloadDirectory()
                    reloadRules()
                }
                try tick()
                let moment = try moment()
                roundBegan = moment.steady
                try station.work(
                    orders.work, in: trust.current.environment, at: moment, port: self)
            }
        } catch {
            failure = String(describing: error)
            log.write(.error, "node_failed", ["error": failure ?? ""])
        }
        peers.close()
        inbox.stop()
    }

    private func restMilliseconds() -> Int64 {
        station.restMilliseconds(
            at: Clock.now(), latest: Int64(nextTick - Clock.monotonicMilliseconds()) + 1, port: self
        )
    }

    // MARK: Time

    private func tick() throws {
        let monotonic = Clock.monotonicMilliseconds()
        guard monotonic >= nextTick else { return }
        nextTick = monotonic + Core.tickMilliseconds
        station.tick()
        for change in try peers.changes() {
            if change.connected { station.connected(change.peer, at: try moment()) }
            if let failure = change.failure {
                // It goes on for as long as the peer does not let this node in.
                log.writeOnce(
                    .warning, "peer_refuses",
                    ["peer": change.peer.description, "failure": failure])
            } else {
                log.write(
                    .info, change.connected ? "peer_connected" : "peer_disconnected",
                    ["peer": change.peer.description])
            }
        }
        if monotonic >= nextSlowTick {
            nextSlowTick = monotonic + Core.slowTickMilliseconds
            watchDisk()
            if Core.stamp(directoryFolder) != directoryStamp { reloadDirectory() }
            if rulePaths.stamp != rulesStamp { reloadRules() }
            try station.probe(at: try moment(), port: self)
        }
        showPeers()
        showAlarms()
    }

    /// What operators have to look at; the log has each once, when it begins.
    private func showAlarms() {
        let alarms = station.alarms(at: Clock.now())
        let shown = alarms.map { alarm in
            StatusDocument.Alarm(
                peer: alarm.peer.description, what: alarm.what.rawValue,
                count: alarm.episode.count, since: alarm.episode.since.description)
        }
        let before = board.update { counters in
            defer { counters.alarms = shown }
            return counters.alarms
        }
        for alarm in shown
        where !before.contains(where: { $0.peer == alarm.peer && $0.what == alarm.what }) {
            log.write(
                .warning, "peer_alarm",
                ["peer": alarm.peer, "what": alarm.what, "since": alarm.since])
        }
    }

    private func showPeers() {
        let shown = station.links.keys.sorted().compactMap { peer -> StatusDocument.Peer? in
            guard let link = station.links[peer] else { return nil }
            return StatusDocument.Peer(
                province: peer.description, endpoint: peers.endpoint(peer),
                connected: peers.isConnected(peer), lastHeard: link.lastHeard?.description,
                sent: link.record.sent.sequence, acknowledged: link.record.acknowledged,
                inFlightBatches: link.inFlight.count,
                inFlightMessages: link.inFlightMessageCount, outbox: link.outboxCount,
                received: link.record.received?.sequence ?? 0,
                standstill: link.standstill.map { StatusDocument.Standstill($0, peer) },
                connectFailure: peers.failure(peer))
        }
        board.update { $0.peers = shown }
    }

    /// Business dates, holds and signatures go by the wall clock: when it jumps, the node stops and
    /// says so, rather than decide or sign by a time that may be wrong. Started again, it goes on.
    /// What is worked on is dated by the very reading that was found to be no jump.
    private func moment() throws -> Moment {
        let (now, offset) = Clock.nowAndAheadOfBoot()
        let jump = abs(offset - clockOffset)
        clockOffset = offset
        guard jump > Core.clockJumpMillisecondsMax else {
            return Moment(wall: now, steady: Clock.monotonicMilliseconds())
        }
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

// MARK: The station's port

extension Core: StationPort {
    func isConnected(_ peer: ProvinceCode) -> Bool { peers.isConnected(peer) }

    func hashing(_ suite: Suite) -> any Hashing { suite.hashing }

    func signingRefusal(at instant: Instant) -> SignatureRefusal? {
        trust.current.verifier.refusal(
            ofCertificate: signingKeyID, suite: suite, signer: province, at: instant)
    }

    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool {
        try peers.send(envelope, frames, to: peer)
    }

    func answer(_ replies: [Reply]) { front.post(replies) }

    func note(_ event: StationEvent) {
        switch event {
        case .refusedBatch(let word, let peer): board.refusedBatch(word, from: peer.description)
        case .refusedMessage(let refusal, let outline, let fault, let peer):
            board.refusedMessage(refusal.rawValue, outline.kind, from: peer.description)
            var fields = [
                "peer": peer.description, "reason": refusal.rawValue, "message": outline.kind,
            ]
            fields["about"] = outline.about?.description
            fields["field"] = fault?.field
            fields["allowed"] = fault?.allowed
            log.writeOnce(.warning, "message_refused", fields)
        case .refusedTooMuch(let peer):
            log.write(
                .error, "refused_beyond_budget",
                [
                    "peer": peer.description,
                    "octets_an_hour": String(Limits.refusedBytesPerHourMax),
                ])
        case .stands(let standstill, let peer):
            let shown = StatusDocument.Standstill(standstill, peer)
            log.write(
                .error, "link_stands_still",
                [
                    "peer": peer.description, "divergence": shown.state, "row": String(shown.row),
                    "ours": shown.ours?.text ?? "none", "theirs": shown.theirs?.text ?? "none",
                    "sentence": shown.sentence,
                ])
        case .runsAgain(let peer):
            log.write(.info, "link_runs_again", ["peer": peer.description])
        case .halted(let halt):
            log.write(
                .error, "node_halted",
                ["peer": halt.claimedBy.description, "sentence": halt.sentence])
            board.update { $0.halt = halt.sentence }
        case .storeFailed(let failure):
            let sentence =
                failure == .full
                ? "the disk of the store is full" : "the store does not take changes: \(failure)"
            board.update { $0.storeFailing = sentence }
            log.write(.error, "store_failed", ["error": sentence])
        case .storeWorksAgain:
            board.update { $0.storeFailing = nil }
            log.write(.info, "store_works_again")
        case .signing(let refusal):
            let sentence = refusal.map {
                "no peer takes what this node signs (\($0.rawValue)): it settles nothing until it "
                    + "has a certificate that the directory holds and that is valid"
            }
            board.update { $0.unfit = sentence }
            log.write(
                refusal == nil ? .info : .error,
                refusal == nil ? "signing_accepted" : "signing_refused",
                ["reason": refusal?.rawValue ?? ""])
        case .resent(let batches): board.update { $0.batchesResent += batches }
        case .signed: board.update { $0.signatures += 1 }
        case .kept(let round):
            count(round)
            for evidence in round.evidence {
                log.write(
                    .error, "contradiction_found",
                    [
                        "accused": evidence.accused.description,
                        "subject": evidence.subject.description,
                        "reason": evidence.reason.word,
                    ])
            }
        }
    }

    private func count(_ round: KeptRound) {
        let engine = round.engine
        let effects = engine.effects
        let milliseconds = Clock.monotonicMilliseconds() - roundBegan
        board.update { counters in
            for input in round.inputs {
                switch input {
                case .message(let message, let from, _) where from != province:
                    counters.messagesIn[message.name, default: 0] += 1
                case .askedTooOften(let question, let from):
                    let name = question.message.name
                    counters.messagesIn[name, default: 0] += 1
                    counters.refusedMessages[Status.askedTooOften.word, default: 0] += 1
                    counters.remember(
                        peer: from.description, reason: Status.askedTooOften.word,
                        detail: "message \(name)")
                case .message, .command, .wake: break
                }
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
            counters.flushes += round.signatures
            counters.signatures += round.signatures
            counters.batchesSent += round.sent.count { !$0.frames.isEmpty }
            counters.messagesSent += round.sent.reduce(0) { $0 + $1.frames.count }
            counters.batchesReceived += round.received.count
            for entry in round.received where !entry.omitted.isEmpty {
                counters.keptAsDigests[entry.peer.description, default: 0] += entry.omitted.count
            }
            counters.messagesReceived += round.received.reduce(0) { $0 + $1.frames.count }
            counters.waiters = round.waiters
            counters.commitMilliseconds.add(milliseconds)
        }
    }
}
