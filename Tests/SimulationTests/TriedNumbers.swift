import Domain
import Settlement
import Storage
import Testing
import Wire

@testable import Rounds
@testable import Simulation

/// A station that a peer asks about more people than it may.
@Suite struct TriedNumbers {
    private let stage = try! Stage()

    /// One station, and a peer that says to it what a test wants.
    final class Stage: StationPort {
        let here = ProvinceCode(310_000)!
        let peer = ProvinceCode(370_000)!
        let hashing = StageHashing()
        let store = SimulatedStore(MemoryStore())
        private(set) var station: Station
        private(set) var now = Instant(milliseconds: 1_785_556_800_000)
        private var position = LinkPosition(
            epoch: Identifier(high: 5, low: 5), sequence: 0, digest: .zero)
        /// The last message of the station, acknowledged with the next batch.
        private var received: LinkPosition?
        private var ids: UInt64 = 0
        /// What the station has said since it was last asked.
        private(set) var heard: [Message] = []

        init() throws { station = try Stage.started(store, here, peer) }

        private static func started(
            _ store: SimulatedStore, _ here: ProvinceCode, _ peer: ProvinceCode
        ) throws -> Station {
            let signer = StageSigner(province: here)
            return Station(
                try Recovery(
                    store, network: AuditorStage.network, province: here, members: [here, peer],
                    signer: signer, newEpoch: { Identifier(high: 6, low: 6) }),
                store: store, network: AuditorStage.network, province: here, signer: signer,
                sm3: StageHashing())
        }

        func restart() throws { station = try Stage.started(store, here, peer) }

        func pass(milliseconds: Int64) { now = now.advanced(byMilliseconds: milliseconds) }

        func newID() -> Identifier {
            ids += 1
            return Identifier(high: 8, low: ids)
        }

        /// The peer says that it lives, and then `messages`; returns what is answered.
        func tell(_ messages: [Message], isKept: Bool = true) throws -> [Message] {
            heard = []
            let chunks =
                [[]]
                + stride(from: 0, to: messages.count, by: 500).map {
                    messages[$0..<min($0 + 500, messages.count)].map { $0.encoded() }
                }
            for frames in chunks {
                let header = BatchHeader(
                    network: AuditorStage.network, from: peer, to: here, epoch: position.epoch,
                    firstSequence: position.sequence + 1, count: frames.count, ack: received,
                    time: now, linkDigest: position.digest,
                    sentSequence: position.sequence + UInt64(frames.count))
                let signed = try Flush.sign(
                    [FlushPart(header: header, frames: frames)], StageSigner(province: peer),
                    hashing)[0]
                var work = Work()
                work.arrivals = [
                    Work.Arrival(
                        peer: peer,
                        batch: try InboundBatch(
                            received: [signed.envelope] + frames, from: peer, at: here,
                            network: AuditorStage.network, now: now, sm3: hashing,
                            verifier: StageVerifier()))
                ]
                try station.work(
                    work, in: StageRules.environment(of: here, hashing),
                    at: Moment(wall: now, steady: Double(now.milliseconds)), port: self)
                if isKept { position = signed.end }
            }
            return heard
        }

        func proposals(_ count: Int) -> [Message] {
            (0..<count).map { _ in
                .relationProposal(
                    RelationProposal(
                        relation: newID(), giver: WalletID(newID()), giverRegion: RegionCode(peer),
                        kinship: .child, recipient: .sealed([1, 2, 3]), asksAge: false,
                        priority: 0, commitment: nil))
            }
        }

        var alarms: [PeerAlarm.What] { station.alarms(at: now).map(\.what) }

        func isConnected(_ peer: ProvinceCode) -> Bool { true }
        func hashing(_ suite: Wire.Suite) -> any Hashing { hashing }
        func signingRefusal(at instant: Instant) -> SignatureRefusal? { nil }
        func answer(_ replies: [Reply]) throws {}
        func note(_ event: StationEvent) {}

        func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool {
            let header = try BatchHeader(decoding: try BatchEnvelope(decoding: envelope).header)
            var end = received ?? LinkPosition(epoch: header.epoch, sequence: 0, digest: .zero)
            // What is sent again was heard.
            guard header.firstSequence == end.sequence + 1 else { return true }
            for frame in frames {
                end = end.advanced(by: hashing.leaf(frame), hashing)
                heard.append(try Message(decoding: frame, hashing: hashing))
            }
            if !frames.isEmpty { received = end }
            return true
        }
    }

    private func statuses(_ answers: [Message]) -> [Status: Int] {
        var counts: [Status: Int] = [:]
        for case .relationAnswer(let answer) in answers {
            guard case .failure(let status) = answer.result else { continue }
            counts[status, default: 0] += 1
        }
        return counts
    }

    @Test func aPeerThatTriesNumbersGetsItsLimitAndIsNamed() throws {
        let most = Limits.proposalsOfOnePeerMinuteMax
        let answers = try stage.tell(stage.proposals(most + 150))
        let counts = statuses(answers)
        #expect(counts[.askedTooOften] == 150)
        #expect(counts.values.reduce(0, +) == most + 150)
        #expect(stage.alarms == [.proposals, .foundNobody])
        // Everything was acknowledged: the link runs on.
        #expect(stage.station.links[stage.peer]?.record.received?.sequence == UInt64(most + 150))
        // It is the same for whoever asks slowly.
        stage.pass(milliseconds: 60_000)
        #expect(statuses(try stage.tell(stage.proposals(most)))[.askedTooOften] == nil)
    }

    @Test func aBoxBeyondTheBudgetIsNeverOpened() throws {
        let opener = CountingOpener()
        var engine = Engine(
            environment: StageRules.environment(
                of: stage.here, stage.hashing, identities: opener), now: stage.now)
        guard case .relationProposal(let proposal) = stage.proposals(1)[0] else { return }
        try engine.run([.askedTooOften(.proposal(proposal), from: stage.peer)]) { keys, _ in
            Issue.record("rows were asked for: \(keys)")
        }
        #expect(opener.count.withLock { $0 } == 0)
        #expect(engine.effects.foundNobody.isEmpty)
        try engine.run([
            .message(.relationProposal(proposal), from: stage.peer, batch: nil)
        ]) { keys, rows in
            // Nobody is known here.
            for index in keys.identities { rows.identities.load(index, nil) }
            for wallet in keys.persons { rows.persons.load(wallet, nil) }
            for wallet in keys.grants { rows.grants.load(wallet, nil) }
            for wallet in keys.given { rows.given[wallet] = [] }
        }
        #expect(opener.count.withLock { $0 } > 0)
    }

    @Test func theDayGoesOnAfterARestart() throws {
        let most = Limits.proposalsOfOnePeerMinuteMax
        var left = Limits.proposalsOfOnePeerDayMax
        while left > 0 {
            let count = min(left, most)
            #expect(statuses(try stage.tell(stage.proposals(count)))[.askedTooOften] == nil)
            left -= count
            stage.pass(milliseconds: 60_000)
        }
        // The last minute before a restart may be lost, no more.
        _ = try stage.tell(stage.proposals(1))
        try stage.restart()
        #expect(stage.alarms == [.proposals, .foundNobody])
        let counts = statuses(try stage.tell(stage.proposals(20)))
        #expect(counts == [.askedTooOften: 20])
        stage.pass(milliseconds: 86_400_000)
        #expect(statuses(try stage.tell(stage.proposals(20)))[.askedTooOften] == nil)
    }

    @Test func whatARoundDidNotKeepIsNotCounted() throws {
        _ = try stage.tell([])
        let most = Limits.proposalsOfOnePeerMinuteMax
        let messages = stage.proposals(500)
        stage.store.isFull = true
        for _ in 0..<3 { #expect(try stage.tell(messages, isKept: false).isEmpty) }
        stage.store.isFull = false
        #expect(statuses(try stage.tell(messages))[.askedTooOften] == nil)
        let counts = statuses(try stage.tell(stage.proposals(most)))
        #expect(counts[.askedTooOften] == 500)
    }
}

/// Opens nothing, and counts how often it was asked to.
private struct CountingOpener: IdentityOpening {
    let count = Guarded(0)
    func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? {
        count.withLock { $0 += 1 }
        return nil
    }
}
