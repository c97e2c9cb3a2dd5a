import Domain
import Foundation
import RuleSets
import Settlement
import Signing
import Storage
import Wire
import ZeroMQ

/// The status socket (REP) and the event stream (PUB), on a thread of their own that reads the
/// store by its own connection: a busy engine does not make the status late.
final class StatusServer: @unchecked Sendable {
    private let reply: Socket
    private let events: Socket
    private let stopper: Waker
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
        reply: Socket, events: Socket, stopper: Waker, board: StatusBoard, inbox: Inbox,
        store: any Store, trust: Trust, log: Log, province: ProvinceCode, signingKeyID: Digest
    ) {
        self.reply = reply
        self.events = events
        self.stopper = stopper
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
            try loop()
        } catch let error as ZeroMQError where error.isTerminated {
        } catch {
            Core.giveUp(inbox, log, "status_socket_failed", String(describing: error))
        }
    }

    private func loop() throws {
        let poller = Poller()
        let incoming = poller.add(reply)
        let stop = poller.add(stopper)
        var nextEvent = Clock.monotonicMilliseconds()
        while true {
            let wait = max(0, nextEvent - Clock.monotonicMilliseconds())
            _ = try poller.wait(timeoutMilliseconds: Int(wait) + 1)
            if poller.readiness(of: stop).contains(.input) { return }
            if poller.readiness(of: incoming).contains(.input),
                let received = try reply.receive(
                    limits: ReceiveLimits(framesMax: 1, octetsMax: 64), dontWait: true)
            {
                if case .message(let message) = received, message.frames == [Array("status".utf8)] {
                    _ = try reply.send([try answer()])
                } else {
                    _ = try reply.send([Array(#"{"error":"ask for: status"}"#.utf8)])
                }
            }
            if Clock.monotonicMilliseconds() >= nextEvent {
                nextEvent =
                    Clock.monotonicMilliseconds() + Double(StatusServer.eventEveryMilliseconds)
                _ = try events.send(
                    [Array("status".utf8), try answer()], dontWait: true)
            }
        }
    }

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
                clients: counters.refusedClients, curve: counters.refusedCurve,
                keptAsDigests: counters.keptAsDigests,
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
                waiters: counters.waiters))
    }

    /// Transactions in doubt that one status counts, oldest first; more than so many are this many.
    static let doubtsMax = 1000
}
