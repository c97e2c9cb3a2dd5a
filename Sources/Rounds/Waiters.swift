import Domain
import Settlement
import Wire

/// Connections of clients that wait for the answer of a request.
struct Waiters {
    private var connections: [Identifier: [UInt64]] = [:]
    private(set) var count = 0

    /// What `effects` let be said now, and to whom.
    mutating func replies(to effects: Effects) -> [Reply] {
        var replies = effects.replies.map { Reply($0.connection, $0.reply) }
        for (connection, request) in effects.waiting {
            if connections[request, default: []].contains(connection) { continue }
            guard count < Limits.waitersMax,
                connections[request, default: []].count < Limits.waitersPerRequestMax
            else {
                replies.append(
                    Reply(
                        connection, request,
                        .pending("others that wait; ask again with the same id")))
                continue
            }
            connections[request, default: []].append(connection)
            count += 1
        }
        for (request, reply) in effects.answers {
            guard let waiting = connections.removeValue(forKey: request) else { continue }
            count -= waiting.count
            for connection in waiting { replies.append(Reply(connection, reply)) }
        }
        return replies
    }
}
