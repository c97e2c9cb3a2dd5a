import Domain
import Settlement
import Storage
import Testing
import Wire

@testable import Rounds
@testable import Simulation

/// A peer whose messages are all refused: what the journal keeps of them, and that it holds all the same.
@Suite struct RefusedFlood {
    private let peer = ProvinceCode(370_000)!
    private let here = ProvinceCode(310_000)!
    private let hashing = StageHashing()
    private let noon = Instant(milliseconds: 1_785_556_800_000)
    private var environment: Environment { StageRules.environment(of: here, hashing) }

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            wall: noon.advanced(byMilliseconds: milliseconds), steady: Double(milliseconds))
    }

    /// A link of the peer into a station that works.
    private struct Flood {
        let store: MemoryStore
        let station: Station
        var end = LinkPosition(
            epoch: Identifier(high: 2, low: 1), sequence: 0, digest: .zero)
        var time: Int64 = 0
    }

    private func flood() throws -> Flood {
        let store = MemoryStore()
        let station = Station(
            try Recovery(
                store, network: AuditorStage.network, province: here, members: [here, peer],
                signer: StageSigner(province: here), newEpoch: { Identifier(high: 9, low: 9) }),
            store: store, network: AuditorStage.network, province: here,
            signer: StageSigner(province: here), sm3: hashing)
        var flood = Flood(store: store, station: station)
        for time in [0, 3_100] as [Int64] {
            try station.work(Work(), in: environment, at: moment(time), port: FloodPort())
        }
        flood.time = 4_000
        return flood
    }

    /// Of a relation that was never proposed, as long as a notice may be.
    private var notice: Message {
        let use = Use(
            transaction: Identifier(high: 8, low: 1), care: peer,
            institution: AuditorStage.hospital, category: .medicalCare, amount: .zero,
            date: BusinessDate(at: noon), reversalDate: nil)
        return .quotaNotice(
            QuotaNotice(
                relation: Identifier(high: 8, low: 8),
                wallet: WalletID(Identifier(high: 8, low: 9)),
                available: .zero, phase: .active, granted: noon, version: 1,
                giver: WalletID(Identifier(high: 8, low: 10)), giverRegion: RegionCode(peer),
                kinship: .spouse, priority: 0, consentUntil: nil, status: nil,
                uses: Array(repeating: use, count: Limits.noticeUsesMax)))
    }

    private func send(
        _ frames: [Bytes], _ flood: inout Flood, to store: MemoryStore, port: FloodPort
    ) throws {
        flood.time += 10
        let header = BatchHeader(
            network: AuditorStage.network, from: peer, to: here, epoch: flood.end.epoch,
            firstSequence: flood.end.sequence + 1, count: frames.count, ack: nil,
            time: moment(flood.time).wall, linkDigest: flood.end.digest,
            sentSequence: flood.end.sequence + UInt64(frames.count))
        let batch = try Flush.sign(
            [FlushPart(header: header, frames: frames)], StageSigner(province: peer), hashing)[0]
        flood.end = batch.end
        var work = Work()
        work.arrivals = [
            Work.Arrival(
                peer: peer,
                batch: try InboundBatch(
                    received: [batch.envelope] + frames, from: peer, at: here,
                    network: AuditorStage.network, now: moment(flood.time).wall, sm3: hashing,
                    verifier: StageVerifier()))
        ]
        try flood.station.work(work, in: environment, at: moment(flood.time), port: port)
    }

    private func journal(_ store: MemoryStore) throws -> [JournalEntry] {
        try store.read { try $0.journal(.inbound, from: 1, limit: .max) }
    }

    private func octets(_ entries: [JournalEntry]) -> Int {
        entries.reduce(0) { $0 + $1.frames.reduce(0) { $0 + $1.count } }
    }

    private func expectWhole(_ store: MemoryStore) throws {
        let report = try store.read { reading in
            try JournalVerification.run(
                reading, .inbound, at: here, network: AuditorStage.network,
                verifier: StageVerifier(), sm3: hashing)
        }
        #expect(report.firstBreak == nil)
    }

    /// 486 MiB in 12 seconds went into the journal, and nothing said so.
    @Test func rubbishBeyondTheBudgetIsKeptAsDigests() throws {
        var flood = try flood()
        let port = FloodPort()
        let rubbish = Array(repeating: Bytes(repeating: 0xff, count: 60 * 1024), count: 15)
        let good = Message.walletQuery(
            WalletQuery(
                transaction: Identifier(high: 7, low: 7),
                wallet: WalletID(Identifier(high: 7, low: 6)), careRegion: RegionCode(peer),
                institution: InstitutionCode("H37000000001")!, category: .medicalCare,
                amount: Fen(1)!, mode: .exact, billDigest: .zero, credential: nil,
                withoutOwnAccount: false)
        ).encoded()
        for _ in 0..<30 { try send(rubbish + [good], &flood, to: flood.store, port: port) }
        let entries = try journal(flood.store)
        try #require(entries.count == 30)
        #expect(octets(entries) <= Limits.refusedBytesPerHourMax + 30 * good.count)
        #expect(octets(entries) > Limits.refusedBytesPerHourMax / 2, "what is within it is whole")
        #expect(entries[0].omitted.isEmpty)
        let last = try #require(entries.last)
        #expect(Set(last.omitted.keys) == Set(0..<15))
        #expect(last.frames[15] == good)
        #expect(port.alarms == [peer], "once an hour")
        try expectWhole(flood.store)
        // The good message of that batch is proven as before.
        let receipt = try JournalVerification.receipt(of: 15, in: last, hashing: hashing)
        #expect(
            try receipt.verify(network: AuditorStage.network, StageVerifier()).from == peer)
        #expect(throws: DecodingRefusal.unproven) {
            _ = try JournalVerification.receipt(of: 3, in: last, hashing: hashing)
        }
    }

    /// Messages that are in form, and about nothing.
    @Test func whatTheEngineRefusesCountsToo() throws {
        var flood = try flood()
        let port = FloodPort()
        let frames = Array(repeating: notice.encoded(), count: 50)
        let octetsOfOne = frames[0].count
        let rounds = Limits.refusedBytesPerHourMax / (frames.count * octetsOfOne) + 4
        for _ in 0..<rounds { try send(frames, &flood, to: flood.store, port: port) }
        let entries = try journal(flood.store)
        #expect(octets(entries) <= Limits.refusedBytesPerHourMax)
        #expect(entries.last?.omitted.count == frames.count)
        #expect(port.alarms == [peer])
        try expectWhole(flood.store)
        // The next hour has its own.
        flood.time += 3_600_000
        try send(frames, &flood, to: flood.store, port: port)
        #expect(try journal(flood.store).last?.omitted.isEmpty == true)
    }

    /// What a lie may be proven with is not pushed out by rubbish.
    @Test func statementsHaveABudgetOfTheirOwn() throws {
        var flood = try flood()
        let port = FloodPort()
        let rubbish = Array(repeating: Bytes(repeating: 0xff, count: 60 * 1024), count: 15)
        for _ in 0..<20 { try send(rubbish, &flood, to: flood.store, port: port) }
        let vote = Message.vote(
            Vote(
                transaction: Identifier(high: 7, low: 8), planDigest: .zero, participant: peer,
                held: [.zero], expires: nil)
        ).encoded()
        try send([vote, rubbish[0]], &flood, to: flood.store, port: port)
        let last = try #require(try journal(flood.store).last)
        #expect(last.frames[0] == vote)
        #expect(Set(last.omitted.keys) == [1])
    }

    /// What is pointed to by evidence is kept, however much its signer has sent.
    @Test func evidenceIsAlwaysKeptWhole() throws {
        var budget = RefusalBudget()
        let isTaken = budget.takes(
            Limits.refusedBytesPerHourMax, isStatement: false, of: peer, at: moment(0).wall)
        #expect(isTaken)
        let frames = [Bytes(repeating: 0xff, count: 99), Bytes(repeating: 0xfe, count: 99)]
        let header = BatchHeader(
            network: AuditorStage.network, from: peer, to: here,
            epoch: Identifier(high: 2, low: 1), firstSequence: 1, count: 2, ack: nil,
            time: moment(0).wall, linkDigest: .zero, sentSequence: 2)
        let signed = try Flush.sign(
            [FlushPart(header: header, frames: frames)], StageSigner(province: peer), hashing)[0]
        let batch = try InboundBatch(
            received: [signed.envelope] + frames, from: peer, at: here,
            network: AuditorStage.network, now: moment(0).wall, sm3: hashing,
            verifier: StageVerifier())
        var head = JournalHead(number: 0, chain: .zero)
        let entry = head.next(
            .inbound, peer: peer, header: header, at: moment(0).wall, envelope: signed.envelope,
            frames: frames, subtree: batch.subtree, sm3: hashing)
        let kept = budget.kept(
            entry, of: batch, refused: [0, 1], evidence: [1], at: moment(0).wall)
        #expect(kept.omitted == [0: hashing.leaf(frames[0])])
        #expect(kept.frames == [[], frames[1]])
    }

    @Test func theBudgetIsOfOnePeerAndHour() {
        var budget = RefusalBudget()
        let half = Limits.refusedBytesPerHourMax / 2
        func takes(_ octets: Int, _ peer: ProvinceCode, _ isStatement: Bool, _ time: Int64) -> Bool
        {
            budget.takes(
                octets, isStatement: isStatement, of: peer, at: moment(time).wall)
        }
        #expect(takes(half, peer, false, 0))
        #expect(takes(half, peer, false, 0))
        #expect(!takes(1, peer, false, 0))
        #expect(takes(half, peer, true, 0))
        #expect(takes(half, here, false, 0))
        #expect(takes(1, peer, false, 3_600_000))
        let overdrawn = [budget.takeOverdrawn(), budget.takeOverdrawn()]
        #expect(overdrawn == [[peer], []])
    }
}

private final class FloodPort: StationPort {
    private(set) var alarms: [ProvinceCode] = []

    func isConnected(_ peer: ProvinceCode) -> Bool { true }
    func hashing(_ suite: Wire.Suite) -> any Hashing { StageHashing() }
    func signingRefusal(at instant: Instant) -> SignatureRefusal? { nil }
    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool { true }
    func answer(_ replies: [Reply]) throws {}

    func note(_ event: StationEvent) {
        if case .refusedTooMuch(let peer) = event { alarms.append(peer) }
    }
}
