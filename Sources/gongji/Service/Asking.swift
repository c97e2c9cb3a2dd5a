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
        let id = given ?? Clock.newIdentifier()
        Console.note("id \(id)")
        return (id, try ask(body, id: id, repeatable: true))
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
    case .refused(let refused):
        guard let status = Status(rawValue: refused.status) else {
            throw CommandFailure.refusedUnknown(
                number: refused.status, word: refused.word, id: repeatableID)
        }
        throw CommandFailure.refused(status, id: repeatableID)
    case .pending(let pending):
        throw CommandFailure.outcomeUnknown(id: repeatableID, waitsFor: pending.waitsFor)
    case let body?: return body
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
