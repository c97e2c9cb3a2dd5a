import Domain
import Rounds
import Settlement
import Storage
import Wire

/// One province's node in a simulated world: its disk, its clock, and its station while it runs.
final class SimulatedNode {
    let province: ProvinceCode
    let store: SimulatedStore
    /// What lies in its directory folder.
    var edition: Edition
    /// What lies in its key folder.
    var credential: Credential
    /// How far its clock is ahead of the true time, in milliseconds.
    var clockOffset: Int64 = 0
    /// Nil while it is off.
    var station: Station?
    /// How often it was started; what was meant for an earlier life does not reach a later one.
    var life = 0
    var work = Work()
    /// Until when the disk is busy with the last commit.
    var busyUntil: Int64 = 0
    /// The earliest time at which it is to be looked at for time's sake; nil: none.
    var tickAt: Int64?
    /// When a store that fails is looked at again.
    var probeAt: Int64 = 0
    /// To whom a connection is up.
    var connected: [ProvinceCode] = []
    /// When messages last went to or came from a peer.
    var lastUse: [ProvinceCode: Int64] = [:]
    /// How long a commit takes, in milliseconds.
    var commitMilliseconds: ClosedRange<Int64> = 1...4
    /// After how many more effects the power is cut; nil: not at all.
    var effectsLeft: Int?
    /// How many faults keep it off; nothing starts it meanwhile.
    var absences = 0
    /// The disk that is put aside while an older copy is in place.
    var newestDisk: MemoryStore?
    /// It was put in place to see that the peers notice.
    var runsOnOldDisk: Bool { newestDisk != nil }

    /// What the round under way lets out, in order.
    private(set) var effects: [NodeEffect] = []
    private(set) var hasCommitted = false
    private let events: (SimulatedNode, StationEvent) -> Void
    private let wantsConnection: (SimulatedNode, ProvinceCode) -> Void

    init(
        _ province: ProvinceCode, edition: Edition, credential: Credential,
        events: @escaping (SimulatedNode, StationEvent) -> Void,
        wantsConnection: @escaping (SimulatedNode, ProvinceCode) -> Void
    ) {
        self.province = province
        self.edition = edition
        self.credential = credential
        self.events = events
        self.wantsConnection = wantsConnection
        store = SimulatedStore(MemoryStore())
        store.effect = { [unowned self] in try effect() }
    }

    func moment(at now: Int64) -> Moment {
        Moment(wall: Instant(milliseconds: now + clockOffset), steady: Double(now))
    }

    /// What the last round let out; the next one begins without.
    func takeEffects() -> (effects: [NodeEffect], hasCommitted: Bool) {
        defer { (effects, hasCommitted) = ([], false) }
        return (effects, hasCommitted)
    }

    /// The process is gone with all that was only in its memory.
    func powerOff() {
        station = nil
        life += 1
        work = Work()
        tickAt = nil
        connected = []
        effectsLeft = nil
        busyUntil = 0
        probeAt = 0
    }

    private func effect() throws {
        guard let left = effectsLeft else { return }
        guard left > 0 else { throw PowerCut() }
        effectsLeft = left - 1
    }
}

/// What a node lets out.
enum NodeEffect {
    case batch([Bytes], to: ProvinceCode)
    case reply(Reply)
}

extension SimulatedNode: StationPort {
    func isConnected(_ peer: ProvinceCode) -> Bool { connected.contains(peer) }

    func hashing(_ suite: Suite) -> any Hashing { QuickHashing() }

    func signingRefusal(at instant: Instant) -> SignatureRefusal? {
        edition.refusal(ofCertificate: credential.keyID, signer: province, at: instant)
    }

    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool {
        try effect()
        guard connected.contains(peer) else {
            if !frames.isEmpty { wantsConnection(self, peer) }
            return false
        }
        effects.append(.batch([envelope] + frames, to: peer))
        return true
    }

    func answer(_ replies: [Reply]) throws {
        for reply in replies {
            try effect()
            effects.append(.reply(reply))
        }
    }

    func note(_ event: StationEvent) {
        if case .kept = event { hasCommitted = true }
        events(self, event)
    }
}
