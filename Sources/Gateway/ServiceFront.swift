import Domain
import Foundation
import Rounds
import Settlement
import Wire
import ZeroMQ

/// The service socket: reads requests of clients, and sends what the engine answers. A thread of
/// its own owns the ROUTER; the engine gives replies through ``post(_:)``.
final class ServiceFront: @unchecked Sendable {
    private let router: Socket
    private let waker: Waker
    private let inbox: Inbox
    private let desk: QueryDesk
    private let identities: NodeIdentities
    private let board: StatusBoard
    private let log: Log
    private let sm3: any Hashing
    /// Nil: everyone who can reach the socket may ask anything (`ipc://` with file rights).
    private let clients: [String: ClientRights]?

    private let outgoing = Guarded<(replies: [Reply], stop: Bool)>(([], false))
    /// Routing ids by connection number, of this thread only. Numbers are handed to the engine, so
    /// that a late reply finds its way or falls away.
    /// Two generations: when the newer is full, the older, of connections that asked nothing since,
    /// gives way.
    private var numbers: [Bytes: UInt64] = [:]
    private var routes: [UInt64: Bytes] = [:]
    private var olderNumbers: [Bytes: UInt64] = [:]
    private var olderRoutes: [UInt64: Bytes] = [:]
    private var nextNumber: UInt64 = 1

    init(
        router: Socket, waker: Waker, inbox: Inbox, desk: QueryDesk, identities: NodeIdentities,
        board: StatusBoard, log: Log, sm3: any Hashing, clients: [String: ClientRights]?
    ) {
        self.desk = desk
        self.identities = identities
        self.router = router
        self.waker = waker
        self.inbox = inbox
        self.board = board
        self.log = log
        self.sm3 = sm3
        self.clients = clients
    }

    /// From the engine's thread.
    func post(_ replies: [Reply]) {
        guard !replies.isEmpty else { return }
        outgoing.withLock { $0.replies += replies }
        waker.wake()
    }

    func stop() {
        outgoing.withLock { $0.stop = true }
        waker.wake()
    }

    func run() {
        do {
            try loop()
        } catch {
            if error.isTerminated { return }
            Core.giveUp(inbox, log, "service_socket_failed", error.description)
        }
    }

    private func loop() throws(ZeroMQError) {
        let poller = Poller()
        let incoming = poller.add(router)
        let replies = poller.add(waker)
        let limits = ReceiveLimits(framesMax: 3, octetsMax: Limits.requestBytesMax + 256)
        while true {
            _ = try poller.wait(timeoutMilliseconds: nil)
            if poller.readiness(of: replies).contains(.input) {
                waker.drain()
                let (ready, stop) = outgoing.withLock { state in
                    defer { state.replies = [] }
                    return (state.replies, state.stop)
                }
                for reply in ready { try send(reply.octets, to: reply.connection) }
                if stop { return }
            }
            guard poller.readiness(of: incoming).contains(.input) else { continue }
            var room = Limits.roundInputsMax
            while room > 0, let received = try router.receive(limits: limits, dontWait: true) {
                room -= 1
                try take(received)
            }
        }
    }

    private func send(_ reply: Bytes, to connection: UInt64) throws(ZeroMQError) {
        guard let route = routes[connection] ?? olderRoutes[connection] else { return }
        // A client that does not read its answers loses them, and can ask again with the same id.
        _ = try router.send([route, reply], dontWait: true)
    }

    private func number(of route: Bytes) -> UInt64 {
        if let number = numbers[route] { return number }
        if numbers.count >= Limits.waitersMax {
            (olderNumbers, olderRoutes) = (numbers, routes)
            (numbers, routes) = ([:], [:])
        }
        let number = olderNumbers[route] ?? nextNumber
        if number == nextNumber { nextNumber += 1 }
        numbers[route] = number
        routes[number] = route
        return number
    }

    private func take(_ received: Received) throws(ZeroMQError) {
        guard case .message(let message) = received, message.frames.count >= 2,
            let route = message.frames.first, let body = message.frames.last
        else {
            board.refusedClient(.malformed)
            return
        }
        let connection = number(of: route)
        let rights = rights(of: message.userID)
        // The role before the form: whoever may not ask learns nothing of what they sent.
        let outline = RequestOutline(body)
        let id = outline.id ?? .zero
        if let kind = outline.kind, rights?.allows(kind) != true {
            try refuseRole(id, message.userID, connection)
            return
        }
        let request: ServiceRequest
        do throws(DecodingRefusal) {
            request = try ServiceRequest(decoding: body, hashing: sm3)
        } catch {
            board.refusedClient(.malformed)
            // Without an id there is no one to answer to: the zero id says so.
            try send(
                ServiceReply(id: id, body: .refused(malformed(body))).encoded(), to: connection)
            return
        }
        guard let rights, rights.allows(request.body) else {
            try refuseRole(id, message.userID, connection)
            return
        }
        if let status = board.refusesClients(request.body) {
            board.refusedClient(status)
            try refuse(request.id, status, connection)
            return
        }
        let caller = Caller(
            connection: connection, principal: rights.principal,
            institutions: rights.institutions)
        let isTaken: Bool
        switch request.body {
        case .query(let query):
            isTaken = desk.offer(
                QueryDesk.Question(caller: caller, id: request.id, query: query))
        case .command(let command):
            identities.prepare(request)
            isTaken = inbox.offer(
                Work.Call(
                    caller: caller, id: request.id, digest: request.digest, command: command))
        }
        if !isTaken {
            board.refusedClient(.overloaded)
            try refuse(request.id, .overloaded, connection)
        }
    }

    /// Names the field, in the answer and in the log.
    private func malformed(_ request: Bytes) -> RefusalReason {
        guard let fault = FieldFault.inRequest(request) else { return RefusalReason(.malformed) }
        log.write(
            .warning, "request_malformed", ["field": fault.field, "allowed": fault.allowed])
        return .form(fault.field, fault.allowed)
    }

    private func refuseRole(
        _ id: Identifier, _ client: String?, _ connection: UInt64
    ) throws(ZeroMQError) {
        board.refusedClient(.notPermitted)
        log.write(.warning, "request_not_permitted", ["client": client ?? "unknown"])
        try refuse(id, .notPermitted, connection)
    }

    /// Nil: nobody that the configuration knows.
    private func rights(of client: String?) -> ClientRights? {
        guard let clients else { return .local }
        return client.flatMap { clients[$0] }
    }

    /// A refusal of the moment: it is not kept, and the same request may succeed later.
    private func refuse(
        _ id: Identifier, _ status: Status, _ connection: UInt64
    ) throws(ZeroMQError) {
        try send(
            ServiceReply(id: id, body: .refused(RefusalReason(status))).encoded(), to: connection)
    }
}
