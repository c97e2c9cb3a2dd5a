import Domain
import Foundation
import Gateway
import Glibc
import Wire

/// Sends many requests to one node with a window of them outstanding, and again to a node that was
/// away. Ids carry the place of their request, so that nothing has to be looked up.
struct Pipeline {
    /// Unanswered requests at any time.
    var window = 1024
    /// After which a request without an answer is sent again, under the same id.
    var resendMilliseconds = 5_000
    /// After which the whole is given up if no answer came at all.
    var silenceMilliseconds = 60_000

    /// Sends `count` requests and hands each reply to `receive` with its place.
    ///
    /// - Parameters:
    ///   - request: the octets for a place and the id to use.
    ///   - refused: takes a refusal; without it the first one ends the whole.
    ///   - progress: called now and then with the count of answers.
    /// Throws ``CommandFailure`` after a refusal or silence.
    func run(
        _ client: ServiceClient, count: Int,
        request: (Int, Identifier) -> Bytes,
        receive: (Int, Gongji_V1_ServiceReply.OneOf_Body) throws -> Void,
        refused: ((Int, Gongji_V1_Refused) throws -> Void)? = nil,
        progress: (Int) -> Void = { _ in }
    ) throws {
        var random = SystemRandomNumberGenerator()
        let session = Identifier(at: Clock.now(), random: (random.next(), 0))
        let salt: UInt64 = random.next() << 32
        var answered = [Bool](repeating: false, count: count)
        var outstanding: [(place: Int, sent: ContinuousClock.Instant)] = []
        var next = 0
        var done = 0
        var heard = ContinuousClock.now
        while done < count {
            while next < count, outstanding.count < window,
                try client.send(encoded: request(next, id(next, session, salt)))
            {
                outstanding.append((next, .now))
                next += 1
            }
            for reply in try client.poll(timeoutMilliseconds: 50) {
                guard let id = Identifier(reply.id), id.high == session.high,
                    id.low & 0xffff_ffff_0000_0000 == salt
                else { continue }
                let place = Int(id.low & 0xffff_ffff)
                guard place < count, !answered[place], let body = reply.body else { continue }
                if case .pending = body { continue }
                answered[place] = true
                done += 1
                heard = .now
                if case .refused(let reason) = body {
                    guard let refused else { throw reason.failure(id: id) }
                    try refused(place, reason)
                } else {
                    try receive(place, body)
                }
            }
            outstanding.removeAll { answered[$0.place] }
            let now = ContinuousClock.now
            for index in outstanding.indices
            where now - outstanding[index].sent > .milliseconds(resendMilliseconds) {
                let place = outstanding[index].place
                if try client.send(encoded: request(place, id(place, session, salt))) {
                    outstanding[index].sent = now
                }
            }
            if now - heard > .milliseconds(silenceMilliseconds) {
                throw CommandFailure.notReached("\(client.endpoint) is silent")
            }
            progress(done)
        }
    }

    private func id(_ place: Int, _ session: Identifier, _ salt: UInt64) -> Identifier {
        Identifier(high: session.high, low: salt | UInt64(place))
    }
}
