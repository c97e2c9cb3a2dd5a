import Domain
import Settlement
import Storage
import Testing
import Wire

@testable import Rounds
@testable import Simulation

/// What runs of the simulator found, each kept as what it was.
@Suite struct FoundBySimulation {
    private let peer = ProvinceCode(370_000)!
    private let here = ProvinceCode(310_000)!
    private let hashing = StageHashing()
    private let now = Instant(milliseconds: 1_785_556_800_000)
    private var moment: Moment { Moment(wall: now, steady: Double(now.milliseconds)) }

    private func position(_ number: UInt64, _ sequence: UInt64) -> LinkPosition {
        LinkPosition(
            epoch: Identifier(high: number, low: 1), sequence: sequence,
            digest: hashing.digest([UInt8(number), UInt8(sequence)]))
    }

    /// What the peer signs: `frames` after what was received, acknowledging `ack`.
    private func batch(
        _ frames: [Bytes], after before: LinkPosition, ack: LinkPosition, sent: UInt64,
        proof: HeaderProof? = nil
    ) throws -> Work.Arrival {
        let signed = try #require(
            try Flush.sign(
                [
                    FlushPart(
                        header: BatchHeader(
                            network: AuditorStage.network, from: peer, to: here,
                            epoch: before.epoch, firstSequence: before.sequence + 1,
                            count: frames.count, ack: ack, time: now, linkDigest: before.digest,
                            sentSequence: sent), frames: frames, proof: proof)
                ], StageSigner(province: peer), hashing
            ).first)
        return Work.Arrival(
            peer: peer,
            batch: try InboundBatch(
                received: [signed.envelope] + signed.frames, from: peer, at: here,
                network: AuditorStage.network, now: now, sm3: hashing, verifier: StageVerifier()))
    }

    private let sent = LinkPosition(
        epoch: Identifier(high: 1, low: 1), sequence: 5, digest: .zero)
    private let received = LinkPosition(
        epoch: Identifier(high: 2, low: 1), sequence: 3, digest: .zero)

    /// A station that has a history with the peer, on a disk that can fail.
    private func station(_ stage: AuditorStage) throws -> (Station, SimulatedStore) {
        let store = SimulatedStore(MemoryStore())
        try store.write {
            try $0.save(
                LinkRecord(
                    peer: peer, sent: sent, acknowledged: 5, assigned: 5, received: received))
        }
        return (try started(on: store, stage), store)
    }

    private func started(on store: any Store, _ stage: AuditorStage) throws -> Station {
        let signer = StageSigner(province: here)
        return Station(
            try Recovery(
                store, network: AuditorStage.network, province: here, members: [here, peer],
                signer: signer, newEpoch: stage.newID),
            store: store, network: AuditorStage.network, province: here, signer: signer,
            sm3: hashing)
    }

    private func later(_ milliseconds: Int64) -> Moment {
        Moment(
            wall: now.advanced(byMilliseconds: milliseconds),
            steady: Double(now.milliseconds + milliseconds))
    }

    /// The peer has had a sixth message.
    private func claim() throws -> Work {
        var work = Work()
        var ack = sent
        ack.sequence = 6
        work.arrivals = [
            try batch([], after: received, ack: ack, sent: 3, proof: try sixth(after: sent))
        ]
        return work
    }

    /// What the peer has had from here after `sent`.
    private func sixth(after sent: LinkPosition) throws -> HeaderProof {
        let part = FlushPart(
            header: BatchHeader(
                network: AuditorStage.network, from: here, to: peer, epoch: sent.epoch,
                firstSequence: sent.sequence + 1, count: 1, ack: nil, time: now,
                linkDigest: sent.digest, sentSequence: sent.sequence + 1), frames: [[1]])
        let batch = try Flush.sign([part], StageSigner(province: here), hashing)[0]
        return HeaderProof(
            envelope: batch.envelope, headerPath: [hashing.leaf([1])])
    }

    /// The peer says that it has all, and nothing new.
    private func answer() throws -> Work {
        var work = Work()
        work.arrivals = [try batch([], after: received, ack: sent, sent: 3)]
        return work
    }

    /// Seed 134: a batch was checked just before its certificate ended, and written into the journal just
    /// after: no evidence any more.
    @Test func theJournalHasTheTimeOfTheCheck() throws {
        let stage = try AuditorStage()
        let (station, store) = try station(stage)
        let environment = StageRules.environment(of: here, hashing)
        try station.work(try answer(), in: environment, at: moment, port: stage)
        #expect(!station.isListening)
        var work = Work()
        work.arrivals = [try batch([[1]], after: received, ack: sent, sent: 4)]
        try station.work(work, in: environment, at: later(60_000), port: stage)
        let entries = try store.read { try $0.journal(.inbound, from: 1, limit: 2) }
        #expect(entries.map(\.at) == [now])
    }

    /// As many transactions as a round takes up were due, and the next round was due at once.
    @Test func aFullDiskIsNoReasonToWorkWithoutAPause() throws {
        let stage = try AuditorStage()
        let (station, store) = try station(stage)
        let environment = StageRules.environment(of: here, hashing)
        try station.work(try answer(), in: environment, at: moment, port: stage)
        try store.write { transaction in
            var rows = WorkingSet()
            for number in 1...UInt64(Limits.wakesPerRoundMax) {
                let id = Identifier(high: 7, low: number)
                rows.participations.load(id, nil)
                rows.participations[id] = Participation(
                    transaction: id, state: .held, care: peer, primary: peer,
                    planDigest: .zero, plan: nil, held: [], finals: [], date: nil, reversal: nil,
                    reversalDate: nil, reason: nil, created: now, decided: nil, expires: nil,
                    wake: now, inquireEveryMilliseconds: Limits.inquireEveryMillisecondsMin)
            }
            try transaction.save(rows, at: now)
        }
        store.isFull = true
        station.tick()
        #expect(station.restMilliseconds(at: now, latest: 100, port: stage) == 0)
        try station.work(Work(), in: environment, at: later(10), port: stage)
        #expect(station.storeFailure == .full)
        #expect(station.restMilliseconds(at: now, latest: 100, port: stage) > 0)
    }

    /// The time of the roll call went by while nothing of anybody was looked at.
    @Test func theRollIsCalledOnceTheCertificateIsAccepted() throws {
        let stage = try AuditorStage()
        let (station, _) = try station(stage)
        let environment = StageRules.environment(of: here, hashing)
        stage.signingRefusal = .notYetValid
        try station.work(try claim(), in: environment, at: moment, port: stage)
        try station.work(Work(), in: environment, at: later(4_000), port: stage)
        #expect(station.halt == nil)
        stage.signingRefusal = nil
        try station.work(Work(), in: environment, at: later(4_100), port: stage)
        #expect(station.isListening)
        try station.work(try claim(), in: environment, at: later(4_200), port: stage)
        #expect(station.halt?.claimedBy == peer)
    }

    /// The time of the roll call went by while the disk was full and what was in flight could not be signed
    /// anew, without which nothing of anybody is looked at.
    @Test func theRollIsCalledOnceWhatIsInFlightIsSignedAnew() throws {
        let stage = try AuditorStage()
        let store = try storeWithBatchInFlight(signedAt: now, by: StageSigner(province: peer))
        let station = try started(on: store, stage)
        store.isFull = true
        let environment = StageRules.environment(of: here, hashing)
        try station.work(try claim(), in: environment, at: moment, port: stage)
        #expect(station.storeFailure == .full && station.halt == nil)
        try station.work(Work(), in: environment, at: later(4_000), port: stage)
        store.isFull = false
        try station.work(Work(), in: environment, at: later(4_100), port: stage)
        #expect(try outbound(store).count == 2)
        #expect(station.isListening)
        try station.work(try claim(), in: environment, at: later(4_200), port: stage)
        #expect(station.halt?.claimedBy == peer)
    }

    /// As many batches as there is room for made a node stop listening.
    @Test func aCrowdDoesNotEndTheRollCall() throws {
        let stage = try AuditorStage()
        let (station, _) = try station(stage)
        let environment = StageRules.environment(of: here, hashing)
        let before = LinkPosition(epoch: received.epoch, sequence: 2, digest: .zero)
        var crowd = Work()
        crowd.arrivals = Array(
            repeating: try batch([[1]], after: before, ack: sent, sent: 3),
            count: Limits.inboundBatchesWaitingMax + 1)
        for _ in 0..<3 { try station.work(crowd, in: environment, at: moment, port: stage) }
        #expect(station.isListening)
        try station.work(try claim(), in: environment, at: moment, port: stage)
        #expect(station.halt?.claimedBy == peer)
    }

    /// The halt could not be written down, and the process ended, again and again.
    @Test func aNodeWithAFullDiskStandsStillAndKeepsTheClaimLater() throws {
        let stage = try AuditorStage()
        let (station, store) = try station(stage)
        store.isFull = true
        try station.work(
            try claim(), in: StageRules.environment(of: here, hashing), at: moment, port: stage)
        #expect(station.halt?.claimedBy == peer)
        #expect(try store.read { try $0.note(Halt.note) } == nil)
        store.isFull = false
        try station.probe(at: moment, port: stage)
        #expect(station.storeFailure == nil)
        #expect(try store.read { try $0.note(Halt.note) } != nil)

        // Started again while nobody can be heard, it still does.
        let again = try started(on: store, stage)
        #expect(again.halt?.claimedBy == peer)
        for now in [moment, later(4_000)] {
            try again.work(
                Work(), in: StageRules.environment(of: here, hashing), at: now, port: stage)
        }
        #expect(!again.isListening && again.halt != nil)
    }

    /// A node that stands still on a disk that fails had gone on with a store of which nobody knew
    /// what it holds.
    @Test func aProbeThatLeavesOpenWhetherItWasKeptEndsTheNode() throws {
        let stage = try AuditorStage()
        let (station, store) = try station(stage)
        store.isFull = true
        try station.work(
            try claim(), in: StageRules.environment(of: here, hashing), at: moment, port: stage)
        #expect(station.storeFailure == .full)
        (store.isFull, store.doubt) = (false, .happened)
        #expect(throws: StoreFailure.self) { try station.probe(at: moment, port: stage) }
    }

    /// A store with one batch in flight that was signed at `time`, and where it is on the link.
    private func storeWithBatchInFlight(
        signedAt time: Instant, by signer: StageSigner
    ) throws -> SimulatedStore {
        let before = LinkPosition(epoch: sent.epoch, sequence: 0, digest: .zero)
        let signed = try #require(
            try Flush.sign(
                [
                    FlushPart(
                        header: BatchHeader(
                            network: AuditorStage.network, from: here, to: peer,
                            epoch: before.epoch, firstSequence: 1, count: 1, ack: nil, time: time,
                            linkDigest: .zero, sentSequence: 1), frames: [[1]])
                ], signer, hashing
            ).first)
        var head = JournalHead(number: 0, chain: .zero)
        let entry = head.next(
            .outbound, peer: peer, header: signed.header, at: time, envelope: signed.envelope,
            frames: signed.frames, subtree: signed.subtree, sm3: hashing)
        let store = SimulatedStore(MemoryStore())
        try store.write {
            try $0.append(entry)
            try $0.save(
                LinkRecord(
                    peer: peer, sent: signed.end, acknowledged: 0, assigned: 1, received: nil))
        }
        return store
    }

    private func outbound(_ store: SimulatedStore) throws -> [BatchHeader] {
        try store.read { try $0.journal(.outbound, from: 1, limit: 9) }.map {
            try BatchHeader(decoding: try BatchEnvelope(decoding: $0.envelope).header)
        }
    }

    /// A node that was started with a certificate that nobody accepts had signed with it what was in
    /// flight: evidence that does not hold.
    @Test func nothingIsSignedAnewBeforeTheCertificateIsAccepted() throws {
        let stage = try AuditorStage()
        let old = StageSigner(province: peer)
        let store = try storeWithBatchInFlight(signedAt: now, by: old)
        let station = try started(on: store, stage)
        let environment = StageRules.environment(of: here, hashing)
        stage.signingRefusal = .revoked
        try station.work(Work(), in: environment, at: moment, port: stage)
        #expect(try outbound(store).count == 1)
        stage.signingRefusal = nil
        store.isFull = true
        try station.work(Work(), in: environment, at: moment, port: stage)
        #expect(station.storeFailure == .full)
        #expect(station.restMilliseconds(at: now, latest: 100, port: stage) == 100)
        store.isFull = false
        try station.probe(at: moment, port: stage)
        try station.work(Work(), in: environment, at: later(1_000), port: stage)
        #expect(try outbound(store).map(\.time) == [now, later(1_000).wall])
        try station.work(Work(), in: environment, at: later(2_000), port: stage)
        #expect(try outbound(store).count == 2)
    }

    /// By a clock that was hours ahead: no peer would take it for hours.
    @Test func whatIsDatedFarAheadIsSignedAnew() throws {
        let stage = try AuditorStage()
        for (ahead, count) in [(3_600_000, 2), (60_000, 1)] as [(Int64, Int)] {
            let store = try storeWithBatchInFlight(
                signedAt: now.advanced(byMilliseconds: ahead), by: StageSigner(province: here))
            let station = try started(on: store, stage)
            let environment = StageRules.environment(of: here, hashing)
            try station.work(Work(), in: environment, at: moment, port: stage)
            #expect(try outbound(store).count == count)
            #expect(try outbound(store).last?.time == (count == 2 ? now : later(ahead).wall))
        }
    }

    /// A round may owe a peer more than a batch has room for.
    @Test func noBatchIsLongerThanItMayBe() throws {
        var link = Link(peer: peer, epoch: sent.epoch)
        link.connected(now)
        var outbox = Outbox(
            network: AuditorStage.network, province: here, signer: StageSigner(province: here),
            sm3: hashing, now: now, links: Links([peer: link], peers: [peer], changed: [:]),
            journal: JournalHead(number: 0, chain: .zero))
        let frames = (0..<40).map { Bytes(repeating: UInt8($0), count: 60 * 1024) }
        try MemoryStore().write { try outbox.send([peer: frames], $0) }
        #expect(outbox.batches.flatMap(\.frames) == frames)
        for batch in outbox.batches {
            let octets = batch.envelope.count + batch.frames.reduce(0) { $0 + $1.count }
            #expect(octets <= Limits.batchBytesMax)
        }
    }

    /// A store from before the first message with a peer knows of no peer to wait for.
    @Test func everyProvinceIsWaitedForAlsoThoseNeverMet() throws {
        let stage = try AuditorStage()
        let station = try started(on: SimulatedStore(MemoryStore()), stage)
        #expect(station.isListening)
        let environment = StageRules.environment(of: here, hashing)
        try station.work(Work(), in: environment, at: moment, port: stage)
        try station.work(Work(), in: environment, at: later(2_900), port: stage)
        #expect(station.isListening)
        try station.work(Work(), in: environment, at: later(3_100), port: stage)
        #expect(!station.isListening)
    }

    /// Seed 124 of 32 provinces and an hour: a node on an old copy of its store took messages that were
    /// sent again, signed before, for where its peer stands now, closed the roll call and went to work.
    @Test func messagesThatAreSentAgainAreNoAnswerToTheRollCall() throws {
        let store = MemoryStore()
        let sent = position(1, 5)
        let received = position(2, 3)
        try store.write {
            try $0.save(
                LinkRecord(peer: peer, sent: sent, acknowledged: 5, assigned: 5, received: received)
            )
        }
        let stage = try AuditorStage()
        let station = try started(on: store, stage)
        let environment = StageRules.environment(of: here, hashing)
        #expect(station.isListening)

        var work = Work()
        work.arrivals = [try batch([[1]], after: position(2, 2), ack: sent, sent: 3)]
        try station.work(work, in: environment, at: moment, port: stage)
        #expect(station.isListening)

        // The peer has had a sixth message.
        work.arrivals = [
            try batch(
                [], after: received, ack: position(1, 6), sent: 3, proof: try sixth(after: sent))
        ]
        try station.work(work, in: environment, at: moment, port: stage)
        #expect(station.halt?.claimedBy == peer)
    }

    /// A node whose certificate is not accepted signs nothing and takes nothing.
    @Test func aNodeThatNobodyBelievesTakesNoCommand() throws {
        let store = MemoryStore()
        let stage = try AuditorStage()
        stage.signingRefusal = .expired
        let station = try started(on: store, stage)
        var work = Work()
        work.arrivals = [try batch([[1]], after: position(2, 0), ack: position(1, 0), sent: 1)]
        try station.work(
            work, in: StageRules.environment(of: here, hashing), at: moment, port: stage)
        #expect(station.signingRefusal == .expired)
        #expect(try store.read { try $0.lastJournalEntry(.inbound) } == nil)
        stage.signingRefusal = nil
        try station.work(
            Work(), in: StageRules.environment(of: here, hashing), at: moment, port: stage)
        #expect(station.signingRefusal == nil)
    }
}

/// Whole networks, with every fault, from seeds that are always the same. `make simulate` runs more.
@Suite struct FixedSeeds {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func everythingHolds(seed: UInt64) {
        let result = Simulator.run(Scenario(seed: seed, provinces: 8, minutes: 8))
        #expect(
            result.failure == nil,
            "gongji simulate --provinces 8 --minutes 8 --seed \(seed)")
        #expect(result.statistics.settled > 0)
    }

    /// What happens a few times in an hour. Of batches this seed doubles one in 2000, and six minutes have
    /// about as many.
    private static let rare: [FaultKind] = [
        .certificates, .crash, .duplication, .liar, .lyingPayer,
    ]

    @Test(arguments: FaultKind.allCases)
    func eachKindOfFaultIsSurvivedAlone(kind: FaultKind) {
        let result = Simulator.run(
            Scenario(
                seed: 1, provinces: 5, minutes: FixedSeeds.rare.contains(kind) ? 60 : 6,
                faults: [kind]))
        #expect(result.failure == nil, "gongji simulate --faults \(kind.rawValue) …")
        #expect(result.statistics.settled > 0)
        // What clients do wrong is theirs, and not counted.
        #expect(kind == .clients || result.statistics.faults[kind, default: 0] > 0)
    }

    @Test func certificatesExpireAndAreRevokedWhileNodesRun() {
        var found: Set<String> = []
        for seed in [1, 3] as [UInt64] {
            let result = Simulator.run(
                Scenario(seed: seed, provinces: 5, minutes: 60, faults: [.certificates]),
                tracing: true)
            #expect(result.failure == nil, "seed \(seed)")
            for event in result.trace where event.label == "stands still" {
                found.insert(event.detail)
            }
        }
        #expect(found == ["certificate_expired", "certificate_revoked"])
    }

    @Test func theSameScenarioIsTheSameRun() {
        let scenario = Scenario(seed: 9, provinces: 6, minutes: 4)
        let first = Simulator.run(scenario)
        let second = Simulator.run(scenario, tracing: true)
        #expect(first.digest == second.digest)
        #expect(first.statistics == second.statistics)
    }
}
