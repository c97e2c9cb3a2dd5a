import Domain
import Entrance
import Foundation
import RuleSets
import Settlement
import Signing
import Storage
import Wire
import ZeroMQ

/// The status socket and the event stream, on a thread of their own that reads the store by its own
/// connection: a busy engine does not make the status late.
final class StatusServer: @unchecked Sendable {
    private let hall: Hall
    private let reports: @Sendable () -> [(name: String, report: GateReport)]
    private let stopped = Guarded(false)
    private let board: StatusBoard
    private let inbox: Inbox
    private let store: any Store
    private let trust: Trust
    private let log: Log
    private let province: ProvinceCode
    private let signingKeyID: Digest
    private let started = Clock.now()

    static let eventEveryMilliseconds = 1000

    init(
        hall: Hall, reports: @escaping @Sendable () -> [(name: String, report: GateReport)],
        board: StatusBoard, inbox: Inbox,
        store: any Store, trust: Trust, log: Log, province: ProvinceCode, signingKeyID: Digest
    ) {
        self.hall = hall
        self.reports = reports
        self.board = board
        self.inbox = inbox
        self.store = store
        self.trust = trust
        self.log = log
        self.province = province
        self.signingKeyID = signingKeyID
    }

    func run() {
        do {
            let guests = try Guests(hall)
            defer { guests.close() }
            try loop(guests)
        } catch let error as ZeroMQError where error.isTerminated {
        } catch {
            Core.giveUp(inbox, log, "status_socket_failed", String(describing: error))
        }
    }

    /// Ends the thread. From any thread.
    func stop() {
        stopped.withLock { $0 = true }
        hall.wake()
    }

    private func loop(_ guests: Guests) throws {
        var nextEvent = Clock.monotonicMilliseconds()
        while !stopped.withLock({ $0 }) {
            let wait = max(0, nextEvent - Clock.monotonicMilliseconds())
            for guest in try guests.wait(milliseconds: Int(wait) + 1)
            where guest.passage.gate == NodeGates.statusGate {
                try serve(guest, guests)
            }
            guard Clock.monotonicMilliseconds() >= nextEvent else { continue }
            nextEvent = Clock.monotonicMilliseconds() + Double(StatusServer.eventEveryMilliseconds)
            let listeners = guests.all.filter { $0.passage.gate == NodeGates.eventsGate }
            guard !listeners.isEmpty else { continue }
            let event = [Array("status".utf8), try answer()]
            for guest in listeners { try guests.publish(event, to: guest) }
        }
    }

    /// Answers one question, so that whoever asks much waits for the others. What stands before the
    /// question is the asker's envelope, and goes back as it came.
    private func serve(_ guest: Guest, _ guests: Guests) throws {
        guard let received = try guests.receive(from: guest, limits: StatusServer.limits) else {
            return
        }
        guests.lookAgain(guest)
        guard case .message(let message) = received else { return }
        // The routing id, and what a REQ puts before an empty frame.
        let end = message.frames.dropFirst().firstIndex(of: []) ?? 0
        let answer =
            message.frames[(end + 1)...] == [Array("status".utf8)]
            ? try answer() : Array(#"{"error":"ask for: status"}"#.utf8)
        try guests.send(
            Array(message.frames[...end]) + [answer], to: guest,
            unreadBytesMax: Limits.unreadBytesMax)
    }

    private static let limits = ReceiveLimits(framesMax: 4, octetsMax: 512)

    /// The document; where the store cannot be read at this moment, what is wrong with it.
    private func answer() throws -> Bytes {
        do {
            return Bytes(try document().encoded())
        } catch let failure as StoreFailure {
            log.write(.error, "status_incomplete", ["error": failure.description])
            return Bytes(try JSONEncoder().encode(["error": failure.description]))
        }
    }

    private func document() throws -> StatusDocument {
        let counters = board.snapshot
        let edition = trust.current
        let directory = edition.directory
        let queues = inbox.counts
        let gates = reports()
        let now = Clock.now()
        let (doubts, evidence) = try store.read { reading in
            (
                try InDoubt.views(reading, inDoubt: true, limit: StatusServer.doubtsMax),
                try reading.lastEvidence()
            )
        }
        let storeCounters = store.counters
        let certificate = directory.node(province)?.certificates
            .first { $0.keyID == signingKeyID }
        return StatusDocument(
            province: province.description, network: directory.network, time: now.description,
            started: started.description,
            state: counters.stopped == nil ? "running" : "stopped", halt: counters.stopped,
            version: Node.version,
            directory: StatusDocument.Directory(
                version: directory.version, issued: directory.issuedAt.description,
                certificateDaysLeft: certificate?.validity.daysLeft(at: now) ?? 0,
                revocationListsDue: directory.revocationListsDue?.description,
                lastReloadFailure: counters.lastReloadFailure),
            rules: StatusDocument.Rules(
                inForce: edition.environment.rules.sets
                    .filter { $0.isInForce(on: BusinessDate(at: now)) }.map(\.name),
                institutions: edition.environment.register.entries.count,
                lastFailure: counters.lastRulesFailure),
            peers: counters.peers, alarms: counters.alarms,
            messages: StatusDocument.Messages(
                in: counters.messagesIn, out: counters.messagesOut),
            refusals: StatusDocument.Refusals(
                batches: counters.refusedBatches, messages: counters.refusedMessages,
                clients: counters.refusedClients,
                curve: gates.reduce(0) { $0 + $1.report.turnedAway[.unknownKey, default: 0] },
                keptAsDigests: counters.keptAsDigests, most: most(counters),
                last: counters.last),
            transactions: StatusDocument.Transactions(
                coordinator: counters.coordinator.filter { $0.value != 0 },
                participant: counters.participant.filter { $0.value != 0 }),
            inDoubt: StatusDocument.InDoubt(
                count: doubts.count,
                oldest: doubts.first.map { view in
                    StatusDocument.InDoubt.Oldest(
                        transaction: view.transaction.description,
                        since: (view.created ?? now).description, waitsFor: view.waitsFor)
                }),
            evidence: StatusDocument.Evidence(
                count: evidence?.number ?? 0,
                last: evidence.map { kept in
                    StatusDocument.Evidence.Last(
                        time: kept.evidence.at.description,
                        accused: kept.evidence.accused.description,
                        reason: kept.evidence.reason.word)
                }),
            store: StatusDocument.Store(
                commits: storeCounters.commits, fsyncs: storeCounters.fsyncs,
                freeBytes: counters.freeBytes,
                commitMilliseconds: counters.commitMilliseconds.summary),
            flush: StatusDocument.Flush(
                count: counters.flushes, signatures: counters.signatures,
                batchesSent: counters.batchesSent, messagesSent: counters.messagesSent,
                batchesReceived: counters.batchesReceived,
                messagesReceived: counters.messagesReceived,
                batchesResent: counters.batchesResent),
            process: ProcessUse.now(),
            queues: StatusDocument.Queues(
                requests: queues.requests, inboundBatches: queues.batches,
                waiters: counters.waiters),
            connections: Dictionary(
                uniqueKeysWithValues: gates.map {
                    ($0.name, StatusDocument.Connections($0.report))
                }))
    }

    private func most(_ counters: StatusBoard.Counters) -> [StatusDocument.Refusals.Most] {
        let clients = counters.refusedByClient.most(StatusServer.namesMax).map {
            StatusDocument.Refusals.Most(kind: "client", name: $0.name, reasons: $0.counts)
        }
        let peers = counters.refusedByPeer.most(StatusServer.namesMax).map {
            StatusDocument.Refusals.Most(kind: "peer", name: $0.name, reasons: $0.counts)
        }
        return clients + peers
    }

    private static let namesMax = 8

    /// Transactions in doubt that one status counts, oldest first; more than so many are this many.
    static let doubtsMax = 1000
}
