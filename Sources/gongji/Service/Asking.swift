import Domain
import Foundation
import Gateway
import Wire

/// One request to a node's service socket and what comes of it.
struct Asking {
    typealias Body = Gongji_V1_ServiceRequest.OneOf_Body
    typealias Answer = Gongji_V1_ServiceReply.OneOf_Body

    let service: ServiceOptions
    let output: OutputOptions

    /// Asks for a change. The id is told on standard error before anything is sent, so that the
    /// request can be repeated whatever happens.
    func change(_ body: Body, id given: Identifier?) throws -> (id: Identifier, answer: Answer) {
        try change(id: given) { _ in body }
    }

    /// The same for a request whose content depends on its id.
    func change(
        id given: Identifier?, _ body: (Identifier) throws -> Body
    ) throws -> (id: Identifier, answer: Answer) {
        let id = given ?? Clock.newIdentifier()
        Console.note("id \(id)")
        return (id, try ask(try body(id), id: id, repeatable: true))
    }

    /// The same for a request that may hold a sealed identity number. Sealed again the number has
    /// other octets, and the node takes a repetition for another request with the same id; then what
    /// was `before`, if anything was, is the answer.
    func sealed(
        id given: Identifier?, isSealed: Bool, _ body: (Identifier) throws -> Body,
        before: (Identifier) throws -> Answer?
    ) throws -> (id: Identifier, answer: Answer) {
        do {
            return try change(id: given, body)
        } catch CommandFailure.refused(.idReused, let grounds, let id) {
            guard isSealed, let given, let answer = try before(given) else {
                throw CommandFailure.refused(.idReused, grounds: grounds, id: id)
            }
            Console.note("the node has had a request with this id; this is how it stands now")
            return (given, answer)
        }
    }

    /// Asks for something that changes nothing.
    func query(_ body: Body) throws -> Answer {
        try ask(body, id: Clock.newIdentifier(), repeatable: false)
    }

    private func ask(_ body: Body, id: Identifier, repeatable: Bool) throws -> Answer {
        let client = try service.client()
        var request = Gongji_V1_ServiceRequest()
        request.id = id.data
        request.body = body
        return try answer(
            of: client, to: request, timeoutMilliseconds: service.timeoutMilliseconds,
            repeatableID: repeatable ? id : nil)
    }
}

/// Sends `request` and returns what the node did.
///
/// Throws ``CommandFailure``: `refused…`, `outcomeUnknown` (also when the node says `Pending`), or
/// `notReached`.
func answer(
    of client: ServiceClient, to request: Gongji_V1_ServiceRequest, timeoutMilliseconds: Int,
    repeatableID: Identifier?
) throws -> Gongji_V1_ServiceReply.OneOf_Body {
    let reply: Gongji_V1_ServiceReply
    do {
        reply = try client.request(request, timeoutMilliseconds: timeoutMilliseconds)
    } catch let failure as ServiceClientFailure {
        switch failure {
        case .notReached: throw CommandFailure.notReached(failure.description)
        case .noAnswer, .badReply:
            throw CommandFailure.outcomeUnknown(id: repeatableID, waitsFor: nil)
        }
    }
    switch reply.body {
    case nil: throw CommandFailure.outcomeUnknown(id: repeatableID, waitsFor: nil)
    case .refused(let refused): throw refused.failure(id: repeatableID)
    case .pending(let pending):
        throw CommandFailure.outcomeUnknown(id: repeatableID, waitsFor: pending.waitsFor)
    case let body?: return body
    }
}

extension Gongji_V1_Refused {
    func failure(id: Identifier?) -> CommandFailure {
        let grounds = hasGrounds ? Grounds(grounds) : nil
        guard let status = Status(rawValue: status) else {
            return .refusedUnknown(number: self.status, word: word, grounds: grounds, id: id)
        }
        return .refused(status, grounds: grounds, id: id)
    }
}

extension Identifier {
    var data: Data { withUnsafeBytes { Data($0) } }
}

extension WalletID {
    var data: Data { value.data }
}

/// The answer was of another kind than the request has.
func unexpectedAnswer() -> CommandFailure {
    .failed(
        "the node's answer is of another kind than the request; its version may not fit this one")
}
