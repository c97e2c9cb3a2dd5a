import Domain
import Foundation
import Gateway
import Histogram
import Wire
import ZeroMQ

/// Settlements one after the other for each of many patients, all from one thread: reserve, then
/// commit. What is not answered is sent again under its own id, so a node may die meanwhile.
struct SettleLoad {
    /// What else than exact settlements the patients do: one of so many, 0 for none.
    struct Mix {
        /// Reserved up to an amount, and less than that settled.
        var part = 0
        /// Given up after the reservation.
        var cancel = 0
        /// Undone after the settlement.
        var reverse = 0
    }

    /// What a client was told last of a transaction.
    enum Outcome: String {
        case settled, released, reversed
        /// Nothing was reserved: the node need not know the transaction.
        case refused
        /// Something was reserved, and will not be settled.
        case lapsed
    }

    /// What one patient waits for.
    enum Phase { case idle, reserving, committing, cancelling, reversing }

    private struct Patient {
        let node: Int
        var reserve: RequestTemplate
        var reserveUpTo: RequestTemplate
        var phase = Phase.idle
        var transaction = Identifier.zero
        /// Which transaction of this load it is.
        var number: UInt64 = 0
        /// The id of what follows the reservation.
        var requestID = Identifier.zero
        var begun: UInt64 = 0
        /// When to send again what is waited for.
        var resendAt: UInt64 = 0
    }

    /// An outcome that a client was told of.
    struct Told {
        let node: Int
        let transaction: Identifier
        var outcome: Outcome
        let fen: Int64
    }

    /// Fen of every settlement, and of one that takes a part of what was reserved.
    static let amountFen: Int64 = 100
    static let partFen: Int64 = 60

    private let clients: [ServiceClient]
    private var patients: [Patient]
    private let poller = Poller()
    private let tokens: [Poller.Token]
    private let session: UInt64
    private var counter: UInt64 = 0
    private var waiting = 0
    private var commit = SettleLoad.commit(amountFen)
    private var commitPart = SettleLoad.commit(partFen)
    private var cancel = SettleLoad.cancel()
    private var reverse = SettleLoad.reverse()

    /// Microseconds from the first reserve to the settled reply.
    private(set) var latency = Histogram<UInt64>(
        highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    private(set) var settled = 0
    /// Of each node that has patients.
    private(set) var settledByNode: [Int: Int]
    private(set) var cancelled = 0
    private(set) var reversed = 0
    private(set) var refused: [Status: Int] = [:]
    /// Requests that were sent again for want of an answer.
    private(set) var resent = 0
    /// Kept only if asked for.
    private(set) var told: [Told] = []
    var keepsTold = false
    /// Sends again after this; a node that is alive answers much sooner.
    var resendNanoseconds: UInt64 = 10_000_000_000
    var mix = Mix()

    /// - Parameter holdMilliseconds: how long reservations hold; 0: the default of the node.
    init(
        _ prepared: [LoadClient], provinces: [ProvinceCode], clients: [ServiceClient],
        holdMilliseconds: Int64 = 0
    ) {
        self.clients = clients
        tokens = clients.map { [poller] in poller.add($0.socket) }
        session = UInt64.random(in: 0..<1 << 16)
        settledByNode = Dictionary(prepared.map { ($0.care, 0) }) { first, _ in first }
        patients = prepared.map { client in
            Patient(
                node: client.care,
                reserve: SettleLoad.reserve(
                    client, provinces[client.care], .exact, holdMilliseconds),
                reserveUpTo: SettleLoad.reserve(
                    client, provinces[client.care], .upTo, holdMilliseconds))
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
        settledByNode = settledByNode.mapValues { _ in 0 }
        refused = [:]
        resent = 0
    }

    private mutating func take(_ glance: ReplyGlance, goOn: Bool) throws {
        switch glance {
        case .reserved(let id):
            guard let index = index(of: id), patients[index].phase == .reserving,
                patients[index].transaction == id
            else { return }
            let gaveUp = isOne(of: mix.cancel, index, 1)
            try go(on: index, gaveUp ? .cancelling : .committing)
        case .settled(let id):
            guard let index = index(of: id), patients[index].requestID == id,
                isAwaited(id, index)
            else { return }
            try done(index, goOn: goOn)
        case .refused(let id, let status):
            guard let index = index(of: id), isAwaited(id, index) else { return }
            refused[status ?? .malformed, default: 0] += 1
            switch status {
            case .nodeStopped, .overloaded, .storageLow:
                // Of the moment: says nothing of what was done before under this id.
                patients[index].resendAt = monotonicNanoseconds() + 200_000_000
            default:
                let phase = patients[index].phase
                if let outcome = SettleLoad.meaning(of: status, in: phase) { tell(index, outcome) }
                try end(index, goOn: goOn)
            }
        case .pending(let id):
            // The node cannot tell yet. Asking at once would only keep it busy; `resend` asks.
            guard let index = index(of: id), isAwaited(id, index) else { return }
            patients[index].resendAt = monotonicNanoseconds() + 100_000_000
        case .other: return
        }
    }

    /// What a final refusal with `status` says of the transaction; nil if it says nothing new.
    static func meaning(of status: Status?, in phase: Phase) -> Outcome? {
        switch phase {
        // No commit was ever sent: whatever the reason, nothing may be taken.
        case .reserving: return .refused
        case .cancelling: return .lapsed
        case .committing:
            switch status {
            // Not about this commit, or about one that is or was carried out.
            case nil, .malformed, .notPermitted, .idReused, .inProgress, .alreadySettled,
                .alreadyReversed:
                return nil
            default: return .lapsed
            }
        // That it was settled was told before, and stands.
        case .idle, .reversing: return nil
        }
    }

    private func isAwaited(_ id: Identifier, _ index: Int) -> Bool {
        switch patients[index].phase {
        case .idle: false
        case .reserving: patients[index].transaction == id
        case .committing, .cancelling, .reversing: patients[index].requestID == id
        }
    }

    /// Whether the patient's transaction is one of `count`; `salt` keeps the kinds apart.
    private func isOne(of count: Int, _ index: Int, _ salt: UInt64) -> Bool {
        count > 0 && (patients[index].number &+ salt) % UInt64(count) == 0
    }

    private func isPart(_ index: Int) -> Bool { isOne(of: mix.part, index, 0) }

    private mutating func go(on index: Int, _ phase: Phase) throws {
        patients[index].phase = phase
        patients[index].requestID = newID(index)
        try send(index)
    }

    /// What the patient asked for was done.
    private mutating func done(_ index: Int, goOn: Bool) throws {
        switch patients[index].phase {
        case .idle, .reserving: return
        case .committing:
            latency.record((monotonicNanoseconds() - patients[index].begun) / 1000)
            settled += 1
            settledByNode[patients[index].node, default: 0] += 1
            tell(index, .settled)
            if isOne(of: mix.reverse, index, 2) { return try go(on: index, .reversing) }
        case .cancelling:
            cancelled += 1
            tell(index, .released)
        case .reversing:
            reversed += 1
            tell(index, .reversed)
        }
        try end(index, goOn: goOn)
    }

    private mutating func tell(_ index: Int, _ outcome: Outcome) {
        guard keepsTold else { return }
        let fen = isPart(index) ? SettleLoad.partFen : SettleLoad.amountFen
        told.append(
            Told(
                node: patients[index].node, transaction: patients[index].transaction,
                outcome: outcome, fen: fen))
    }

    private mutating func end(_ index: Int, goOn: Bool) throws {
        patients[index].phase = .idle
        waiting -= 1
        if goOn { try start(index) }
    }

    private mutating func start(_ index: Int) throws {
        patients[index].phase = .reserving
        patients[index].transaction = newID(index)
        patients[index].number = counter
        patients[index].begun = monotonicNanoseconds()
        waiting += 1
        try send(index)
    }

    private mutating func send(_ index: Int) throws {
        let bytes: Bytes
        switch patients[index].phase {
        case .idle: return
        case .reserving:
            bytes =
                isPart(index)
                ? patients[index].reserveUpTo.encoded(id: patients[index].transaction)
                : patients[index].reserve.encoded(id: patients[index].transaction)
        case .committing:
            bytes = isPart(index) ? follow(&commitPart, index) : follow(&commit, index)
        case .cancelling: bytes = follow(&cancel, index)
        case .reversing: bytes = follow(&reverse, index)
        }
        patients[index].resendAt = monotonicNanoseconds() + resendNanoseconds
        // Without a connection it is lost, and `resend` brings it back.
        _ = try clients[patients[index].node].send(encoded: bytes)
    }

    private func follow(_ template: inout RequestTemplate, _ index: Int) -> Bytes {
        template.encoded(id: patients[index].requestID, target: patients[index].transaction)
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

    private static func reserve(
        _ client: LoadClient, _ care: ProvinceCode, _ mode: Gongji_V1_ReserveMode,
        _ holdMilliseconds: Int64
    ) -> RequestTemplate {
        var body = Gongji_V1_SettleReserve()
        body.wallet = client.wallet.data
        body.walletProvince = care.number
        body.institution = "BENCH-\(care)"
        body.category = .medicalCare
        body.amountFen = amountFen
        body.mode = mode
        body.holdMs = holdMilliseconds
        body.bill = .plain(amountFen, of: client.wallet)
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .settleReserve(body)
        return RequestTemplate(request)
    }

    private static func commit(_ fen: Int64) -> RequestTemplate {
        template { target in
            var body = Gongji_V1_SettleCommit()
            body.transaction = target.data
            body.finalFen = fen
            return .settleCommit(body)
        }
    }

    private static func cancel() -> RequestTemplate {
        template { target in
            var body = Gongji_V1_SettleCancel()
            body.transaction = target.data
            return .settleCancel(body)
        }
    }

    private static func reverse() -> RequestTemplate {
        template { target in
            var body = Gongji_V1_SettleReverse()
            body.transaction = target.data
            return .settleReverse(body)
        }
    }

    private static func template(
        _ body: (Identifier) -> Gongji_V1_ServiceRequest.OneOf_Body
    ) -> RequestTemplate {
        let target = Clock.newIdentifier()
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = body(target)
        return RequestTemplate(request, target: target)
    }
}
