import Domain
import Foundation
import Gateway
import Histogram
import Wire
import ZeroMQ

/// Settlements one after the other for each of many patients, all from one thread: reserve, then
/// commit. What is not answered is sent again under its own id, so a node may die meanwhile.
struct SettleLoad {
    /// What one patient waits for.
    private enum Phase { case idle, reserving, committing }

    private struct Patient {
        let node: Int
        var reserve: RequestTemplate
        var commit: RequestTemplate
        var phase = Phase.idle
        var transaction = Identifier.zero
        var commitID = Identifier.zero
        var begun: UInt64 = 0
        /// When to send again what is waited for.
        var resendAt: UInt64 = 0
    }

    /// A settlement that a client was told of.
    struct Told {
        let node: Int
        let transaction: Identifier
    }

    /// Fen of every settlement.
    static let amountFen: Int64 = 100

    private let clients: [ServiceClient]
    private var patients: [Patient]
    private let poller = Poller()
    private let tokens: [Poller.Token]
    private let session: UInt64
    private var counter: UInt64 = 0
    private var waiting = 0

    /// Microseconds from the first reserve to the settled reply.
    private(set) var latency = Histogram<UInt64>(
        highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    private(set) var settled = 0
    private(set) var refused: [Status: Int] = [:]
    /// Requests that were sent again for want of an answer.
    private(set) var resent = 0
    /// Kept only if asked for.
    private(set) var told: [Told] = []
    var keepsTold = false
    /// Sends again after this; a node that is alive answers much sooner.
    var resendNanoseconds: UInt64 = 10_000_000_000

    init(_ prepared: [LoadClient], provinces: [ProvinceCode], clients: [ServiceClient]) {
        self.clients = clients
        tokens = clients.map { [poller] in poller.add($0.socket) }
        session = UInt64.random(in: 0..<1 << 16)
        patients = prepared.map { client in
            Patient(
                node: client.care,
                reserve: SettleLoad.reserve(client, provinces[client.care]),
                commit: SettleLoad.commit())
        }
    }

    /// Whether a patient waits for an answer.
    var isBusy: Bool { waiting > 0 }

    /// Begins a settlement for every patient that has none under way.
    mutating func begin() throws {
        for index in patients.indices where patients[index].phase == .idle {
            try start(index)
        }
    }

    /// Takes what answers are there (waits for the first at most `milliseconds`) and sends what
    /// follows from them; a patient whose settlement is done begins the next one if `goOn`.
    mutating func step(milliseconds: Int, goOn: Bool) throws {
        _ = try poller.wait(timeoutMilliseconds: milliseconds)
        for node in clients.indices where !poller.readiness(of: tokens[node]).isEmpty {
            while let reply = try clients[node].nextReply() {
                if let glance = ReplyGlance(reply) { try take(glance, goOn: goOn) }
            }
        }
    }

    /// Sends again what has waited too long. To be called a few times a second.
    mutating func resend() throws {
        let now = monotonicNanoseconds()
        for index in patients.indices
        where patients[index].phase != .idle && now >= patients[index].resendAt {
            resent += 1
            try send(index)
        }
    }

    /// Forgets what was measured so far.
    mutating func reset() {
        latency.reset()
        settled = 0
        refused = [:]
        resent = 0
    }

    private mutating func take(_ glance: ReplyGlance, goOn: Bool) throws {
        switch glance {
        case .reserved(let id):
            guard let index = index(of: id), patients[index].phase == .reserving,
                patients[index].transaction == id
            else { return }
            patients[index].phase = .committing
            patients[index].commitID = newID(index)
            try send(index)
        case .settled(let id):
            guard let index = index(of: id), patients[index].phase == .committing,
                patients[index].commitID == id
            else { return }
            latency.record((monotonicNanoseconds() - patients[index].begun) / 1000)
            settled += 1
            if keepsTold {
                told.append(
                    Told(node: patients[index].node, transaction: patients[index].transaction))
            }
            try end(index, goOn: goOn)
        case .refused(let id, let status):
            guard let index = index(of: id), isAwaited(id, index) else { return }
            refused[status ?? .malformed, default: 0] += 1
            try end(index, goOn: goOn)
        case .pending(let id):
            // The node cannot tell yet. Asking at once would only keep it busy; `resend` asks.
            guard let index = index(of: id), isAwaited(id, index) else { return }
            patients[index].resendAt = monotonicNanoseconds() + 100_000_000
        case .other: return
        }
    }

    private func isAwaited(_ id: Identifier, _ index: Int) -> Bool {
        switch patients[index].phase {
        case .idle: false
        case .reserving: patients[index].transaction == id
        case .committing: patients[index].commitID == id
        }
    }

    private mutating func end(_ index: Int, goOn: Bool) throws {
        patients[index].phase = .idle
        waiting -= 1
        if goOn { try start(index) }
    }

    private mutating func start(_ index: Int) throws {
        patients[index].phase = .reserving
        patients[index].transaction = newID(index)
        patients[index].begun = monotonicNanoseconds()
        waiting += 1
        try send(index)
    }

    private mutating func send(_ index: Int) throws {
        let bytes: Bytes
        switch patients[index].phase {
        case .idle: return
        case .reserving:
            bytes = patients[index].reserve.encoded(id: patients[index].transaction)
        case .committing:
            bytes = patients[index].commit.encoded(
                id: patients[index].commitID, target: patients[index].transaction)
        }
        patients[index].resendAt = monotonicNanoseconds() + resendNanoseconds
        // Without a connection it is lost, and `resend` brings it back.
        _ = try clients[patients[index].node].send(encoded: bytes)
    }

    /// Time, the session, a counter and the patient: unique, and its patient is found by arithmetic.
    private mutating func newID(_ index: Int) -> Identifier {
        counter += 1
        return Identifier(
            high: UInt64(bitPattern: Clock.now().milliseconds) << 16 | session,
            low: counter << 20 | UInt64(index))
    }

    private func index(of id: Identifier) -> Int? {
        let index = Int(id.low & 0xf_ffff)
        return index < patients.count && id.high & 0xffff == session ? index : nil
    }

    private static func reserve(_ client: LoadClient, _ care: ProvinceCode) -> RequestTemplate {
        var body = Gongji_V1_SettleReserve()
        body.wallet = client.wallet.data
        body.walletProvince = care.number
        body.institution = "BENCH-\(care)"
        body.category = .medicalCare
        body.amountFen = amountFen
        body.mode = .exact
        body.bill = .plain(amountFen, of: client.wallet)
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .settleReserve(body)
        return RequestTemplate(request)
    }

    private static func commit() -> RequestTemplate {
        let target = Clock.newIdentifier()
        var body = Gongji_V1_SettleCommit()
        body.transaction = target.data
        body.finalFen = amountFen
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .settleCommit(body)
        return RequestTemplate(request, target: target)
    }
}
