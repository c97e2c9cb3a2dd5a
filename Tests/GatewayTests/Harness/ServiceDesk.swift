import Domain
import Foundation
import Gateway
import Wire
import ZeroMQ

/// A client of one node that sees the very octets of the answers.
final class ServiceDesk {
    private let client: ServiceClient
    private var early: [Identifier: Bytes] = [:]

    init(_ client: ServiceClient) { self.client = client }

    func send(_ request: Gongji_V1_ServiceRequest) throws {
        try send(octets: ServiceClient.encode(request))
    }

    func send(octets: Bytes) throws {
        try eventually("a connection to \(client.endpoint)") { try client.send(encoded: octets) }
    }

    /// The next answer of all, whoever asked for it.
    func next(within milliseconds: Int = 5000) throws -> Bytes {
        guard try client.socket.wait(timeoutMilliseconds: milliseconds),
            let reply = try client.nextReply()
        else { throw TooLate(waitedFor: "an answer of \(client.endpoint)", seen: "") }
        return reply
    }

    /// The octets of the answer to the request `id`.
    func answer(to id: Identifier, within milliseconds: Int = 10_000) throws -> Bytes {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while true {
            if let reply = early.removeValue(forKey: id) { return reply }
            let left = (deadline - ContinuousClock.now).components
            let wait = max(
                1, Int(left.seconds) * 1000 + Int(left.attoseconds / 1_000_000_000_000_000))
            guard ContinuousClock.now < deadline,
                try client.socket.wait(timeoutMilliseconds: wait),
                let reply = try client.nextReply()
            else { throw TooLate(waitedFor: "the answer to \(id)", seen: client.endpoint) }
            if let answered = Identifier(try ServiceClient.decode(reply).id) {
                early[answered] = reply
            }
        }
    }

    /// How many of `ids` have been answered by now.
    func answered(_ ids: [Identifier]) throws -> Int {
        while let reply = try client.nextReply() {
            if let id = Identifier(try ServiceClient.decode(reply).id) { early[id] = reply }
        }
        return ids.count { early[$0] != nil }
    }

    func octets(_ request: Gongji_V1_ServiceRequest) throws -> Bytes {
        try send(request)
        return try answer(to: request.identifier)
    }

    @discardableResult
    func ask(_ request: Gongji_V1_ServiceRequest) throws -> Gongji_V1_ServiceReply {
        try ServiceClient.decode(try octets(request))
    }

    /// Why it was refused; nil if it was not.
    func refusal(_ request: Gongji_V1_ServiceRequest) throws -> Status? {
        try ask(request).refusal
    }

    // MARK: What tests do again and again

    struct Refused: Error {
        let status: Status
        var grounds: Gongji_V1_Grounds?
    }

    /// As ``ask(_:)``, for what must not be refused.
    @discardableResult
    func done(_ request: Gongji_V1_ServiceRequest) throws -> Identifier {
        let reply = try ask(request)
        if let status = reply.refusal {
            throw Refused(
                status: status, grounds: reply.refused.hasGrounds ? reply.refused.grounds : nil)
        }
        return request.identifier
    }

    func person(_ insurance: Gongji_V1_Insurance = .employee, fen: Int64) throws -> WalletID {
        let wallet = WalletID(Clock.newIdentifier())
        try done(.open(wallet, insurance, fen: fen))
        return wallet
    }

    /// A giver with `account` fen, and a relation to `recipient` with a quota of `quota` of them.
    func relation(
        to recipient: WalletID, of province: ProvinceCode, account: Int64, quota: Int64
    ) throws -> Identifier {
        let giver = try person(fen: account)
        let relation = try done(.relate(giver, to: recipient, of: province))
        try done(.setQuota(relation, fen: quota))
        return relation
    }
}

extension Gongji_V1_ServiceReply {
    var refusal: Status? {
        guard case .refused(let refused) = body else { return nil }
        return Status(rawValue: refused.status)
    }

    var isReservation: Bool {
        if case .reservation = body { true } else { false }
    }

    var isSettled: Bool {
        if case .settlement(let settlement) = body {
            settlement.outcome == .committed
        } else {
            false
        }
    }
}
