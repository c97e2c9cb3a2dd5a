import Domain
import Rounds
import Foundation
import Settlement
import Storage
import Wire

/// Answers questions of clients from what is durable, on a thread of its own: however many are asked
/// and however much they read, no settlement waits for them. Clients take turns, question by question:
/// whoever asks much waits for itself.
final class QueryDesk: @unchecked Sendable {
    struct Question {
        let caller: Caller
        let id: Identifier
        let query: ServiceRequest.Query
    }

    private let store: any Store
    private let trust: Trust
    private let log: Log
    private let condition = NSCondition()
    private var waiting = FairQueue<String, Question>()
    private var isStopped = false

    init(store: any Store, trust: Trust, log: Log) {
        self.store = store
        self.trust = trust
        self.log = log
    }

    /// False if there is no room; then it was not taken.
    func offer(_ question: Question) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        let client = question.caller.principal.line
        let own = waiting.count(of: client)
        // Who has no question here always has room for one: the others' fill no turn of theirs.
        guard
            own == 0
                || own < Limits.queriesOfClientMax && waiting.count < Limits.queriesWaitingMax
        else { return false }
        waiting.append(question, for: client)
        condition.signal()
        return true
    }

    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    func run(_ front: ServiceFront) {
        while let question = next() {
            front.post([
                Reply(
                    question.caller.connection,
                    ServiceReply(id: question.id, body: answer(question)).encoded())
            ])
        }
    }

    /// Nil once the node stops.
    private func next() -> Question? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty && !isStopped { condition.wait() }
        return isStopped ? nil : waiting.popFirst()
    }

    private func answer(_ question: Question) -> ServiceReply.Body {
        do {
            return try store.read {
                try Queries.answer(question.query, question.caller, $0, trust.current)
            }
        } catch {
            log.write(.error, "question_not_answered", ["error": String(describing: error)])
            return .pending("the store; ask again")
        }
    }
}
