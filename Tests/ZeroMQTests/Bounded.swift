import Synchronization
import ZeroMQ

/// The longest that a test waits for something that should come at once.
let patienceMilliseconds = 60_000

struct TookTooLong: Error {}

extension Socket {
    /// The next message, which must come within the patience of a test and be within `limits`.
    func receiveSoon(limits: ReceiveLimits = .none) throws -> Received {
        guard try wait(timeoutMilliseconds: patienceMilliseconds),
            let received = try receive(limits: limits, dontWait: true)
        else { throw TookTooLong() }
        return received
    }

    func receiveMessageSoon() throws -> Received.Message {
        guard case .message(let message) = try receiveSoon() else { throw TookTooLong() }
        return message
    }
}

extension SocketMonitor {
    /// Takes events until `kind` comes, within the patience of a test.
    @discardableResult
    func waitFor(_ isWanted: (Kind) -> Bool) throws -> Event {
        while try socket.wait(timeoutMilliseconds: patienceMilliseconds) {
            while let event = try nextEvent() {
                if isWanted(event.kind) { return event }
            }
        }
        throw TookTooLong()
    }
}

/// What a ZAP handler was asked, and what it is to answer.
final class Doorkeeper: Sendable {
    private let state: Mutex<(asked: [ZAPRequest], decision: ZAPDecision)>

    init(_ decision: ZAPDecision) { state = Mutex(([], decision)) }

    var asked: [ZAPRequest] { state.withLock { $0.asked } }

    func set(_ decision: ZAPDecision) { state.withLock { $0.decision = decision } }

    func decide(_ request: ZAPRequest) -> ZAPDecision {
        state.withLock { state in
            state.asked.append(request)
            return state.decision
        }
    }
}

/// Tells another thread to end.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension SocketOptions {
    /// With a short way back after a refusal or a lost connection.
    static func quick(_ security: SocketSecurity = .open) -> SocketOptions {
        var options = SocketOptions()
        options.reconnectMilliseconds = 5
        options.security = security
        return options
    }
}
