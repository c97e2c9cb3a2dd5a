import Domain
import Entrance
import Foundation
import Rounds
import Settlement
import Wire
import ZeroMQ

/// The service socket: reads requests of clients, and sends what the engine answers. A thread of
/// its own serves the connections; the engine gives replies through ``post(_:)``.
final class ServiceFront: @unchecked Sendable {
    private let hall: Hall
    private let inbox: Inbox
    private let desk: QueryDesk
    private let identities: NodeIdentities
    private let board: StatusBoard
    private let log: Log
    private let sm3: any Hashing
    /// By the name that the gate gave the connection. Nil: everyone who can reach the socket may ask
    /// anything (`ipc://` with file rights).
    private let clients: [String: ClientRights]?

    private let outgoing = Guarded<(replies: [Reply], stop: Bool)>(([], false))
    /// Of the service thread only.
    private var budget = RequestBudget()

    /// Requests of one connection that are taken before it is another's turn.
    private static let turnMax = 64
    private static let limits = ReceiveLimits(
        framesMax: 2, octetsMax: Limits.requestBytesMax + 256)

    init(
        hall: Hall, inbox: Inbox, desk: QueryDesk, identities: NodeIdentities,
        board: StatusBoard, log: Log, sm3: any Hashing, clients: [String: ClientRights]?
    ) {
        self.desk = desk
        self.identities = identities
        self.hall = hall
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
        hall.wake()
    }

    func stop() {
        outgoing.withLock { $0.stop = true }
        hall.wake()
    }

    func run() {
        do {
            let guests = try Guests(hall)
            defer { guests.close() }
            try loop(guests)
        } catch let error as ZeroMQError where error.isTerminated {
        } catch {
            Core.giveUp(inbox, log, "service_socket_failed", String(describing: error))
        }
    }

    private func loop(_ guests: Guests) throws {
        while true {
            let ready = try guests.wait(milliseconds: nil)
            let (replies, stop) = outgoing.withLock { state in
                defer { state.replies = [] }
                return (state.replies, state.stop)
            }
            for reply in replies {
                // Who has left can ask again with the same id.
                guard let guest = guests[reply.connection] else { continue }
                try send(reply.octets, to: guest, guests)
            }
            if stop { return }
            for guest in ready { try serve(guest, guests) }
        }
    }

    private func serve(_ guest: Guest, _ guests: Guests) throws {
        for _ in 0..<ServiceFront.turnMax {
            guard let received = try guests.receive(from: guest, limits: ServiceFront.limits) else {
                return
            }
            try take(received, of: guest, guests)
        }
        guests.lookAgain(guest)
    }

    private func send(_ reply: Bytes, to guest: Guest, _ guests: Guests) throws(ZeroMQError) {
        try guests.send([reply], to: guest, unreadBytesMax: Limits.unreadBytesMax)
    }

    private func take(_ received: Received, of guest: Guest, _ guests: Guests) throws {
        guard case .message(let message) = received, let body = message.frames.last else {
            board.refusedClient(.malformed)
            return
        }
        let rights = rights(of: guest)
        // The role before the form: whoever may not ask learns nothing of what they sent.
        let outline = RequestOutline(body)
        let id = outline.id ?? .zero
        guard budget.spendRequest(of: guest.name, isLocal: clients == nil) else {
            return try refuse(id, .overloaded, guest, guests)
        }
        if let kind = outline.kind, rights?.allows(kind) != true {
            return try refuseRole(id, guest, guests)
        }
        let request: ServiceRequest
        do throws(DecodingRefusal) {
            request = try ServiceRequest(decoding: body, hashing: sm3)
        } catch {
            // Without an id there is no one to answer to: the zero id says so.
            board.refusedClient(.malformed, guest.name)
            return try send(
                ServiceReply(id: id, body: .refused(malformed(body, guest))).encoded(), to: guest,
                guests)
        }
        guard let rights, rights.allows(request.body) else {
            return try refuseRole(id, guest, guests)
        }
        if let status = board.refusesClients(request.body) {
            return try refuse(request.id, status, guest, guests)
        }
        let caller = Caller(
            connection: guest.number, principal: rights.principal,
            institutions: rights.institutions)
        guard isTaken(request, caller, guest) else {
            return try refuse(request.id, .overloaded, guest, guests)
        }
    }

    private func isTaken(_ request: ServiceRequest, _ caller: Caller, _ guest: Guest) -> Bool {
        switch request.body {
        case .query(let query):
            return desk.offer(QueryDesk.Question(caller: caller, id: request.id, query: query))
        case .command(let command):
            if let box = identities.sealed(in: request) {
                guard budget.spendBox(of: guest.name, isLocal: clients == nil) else { return false }
                _ = identities.open(box)
            }
            return inbox.offer(
                Work.Call(
                    caller: caller, id: request.id, digest: request.digest, command: command))
        }
    }

    /// Names the field, in the answer and in the log.
    private func malformed(_ request: Bytes, _ guest: Guest) -> RefusalReason {
        guard let fault = FieldFault.inRequest(request) else { return RefusalReason(.malformed) }
        log.writeOnce(
            .warning, "request_malformed",
            ["client": guest.name, "field": fault.field, "allowed": fault.allowed])
        return .form(fault.field, fault.allowed)
    }

    private func refuseRole(_ id: Identifier, _ guest: Guest, _ guests: Guests) throws {
        log.writeOnce(.warning, "request_not_permitted", ["client": guest.name])
        try refuse(id, .notPermitted, guest, guests)
    }

    /// Nil: nobody that the configuration knows.
    private func rights(of guest: Guest) -> ClientRights? {
        if let clients { return clients[guest.name] }
        if case .local(_, let name) = guest.passage.origin { return .local(user: name) }
        return .local(user: nil)
    }

    /// A refusal of the moment: it is not kept, and the same request may succeed later.
    private func refuse(
        _ id: Identifier, _ status: Status, _ guest: Guest, _ guests: Guests
    ) throws {
        board.refusedClient(status, guest.name)
        try send(
            ServiceReply(id: id, body: .refused(RefusalReason(status))).encoded(), to: guest, guests
        )
    }
}
