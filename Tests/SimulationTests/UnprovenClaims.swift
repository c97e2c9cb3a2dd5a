import Domain
import Settlement
import Storage
import Testing
import Wire

@testable import Rounds
@testable import Simulation

/// A station and peers that say it is old: what it believes, and what it shows others itself.
@Suite struct UnprovenClaims {
    private let peer = ProvinceCode(370_000)!
    private let other = ProvinceCode(440_000)!
    private let here = ProvinceCode(310_000)!
    private let hashing = StageHashing()
    private let epoch = Identifier(high: 1, low: 1)
    private let peerEpoch = Identifier(high: 2, low: 1)
    private var environment: Environment { StageRules.environment(of: here, hashing) }

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            wall: Instant(milliseconds: 1_785_556_800_000 + milliseconds),
            steady: Double(milliseconds))
    }

    private func signed(
        from: ProvinceCode, to: ProvinceCode, after begin: LinkPosition, _ frames: [Bytes],
        ack: LinkPosition? = nil, proof: HeaderProof? = nil, at milliseconds: Int64 = 0
    ) throws -> OutboundBatch {
        let header = BatchHeader(
            network: AuditorStage.network, from: from, to: to, epoch: begin.epoch,
            firstSequence: begin.sequence + 1, count: frames.count, ack: ack,
            time: moment(milliseconds).wall, linkDigest: begin.digest,
            sentSequence: begin.sequence + UInt64(frames.count))
        let part = FlushPart(header: header, frames: frames, proof: proof)
        return try Flush.sign([part], StageSigner(province: from), hashing)[0]
    }

    private func arrival(_ batch: OutboundBatch, at milliseconds: Int64 = 0) throws -> Work {
        var work = Work()
        work.arrivals = [
            Work.Arrival(
                peer: batch.header.from,
                batch: try InboundBatch(
                    received: [batch.envelope] + batch.frames, from: batch.header.from, at: here,
                    network: AuditorStage.network, now: moment(milliseconds).wall, sm3: hashing,
                    verifier: StageVerifier()))
        ]
        return work
    }

    private func proof(of batch: OutboundBatch) throws -> HeaderProof {
        HeaderProof(
            envelope: batch.envelope,
            headerPath: Merkle.path(
                of: 0,
                in: [hashing.leaf(try BatchEnvelope(decoding: batch.envelope).header)]
                    + batch.frames.map { hashing.leaf($0) }, hashing))
    }

    private var start: LinkPosition { LinkPosition(epoch: epoch, sequence: 0, digest: .zero) }
    private var peerStart: LinkPosition {
        LinkPosition(epoch: peerEpoch, sequence: 0, digest: .zero)
    }

    /// A store that has sent `sent` and received `received` over the link with the peer, and a link with
    /// another, on which nothing was said.
    private func station(
        sent: [OutboundBatch], received: [OutboundBatch] = []
    ) throws -> (Station, MemoryStore) {
        let store = MemoryStore()
        try store.write { transaction in
            for (direction, batches) in [
                (JournalDirection.outbound, sent), (.inbound, received),
            ] {
                var head = JournalHead(number: 0, chain: .zero)
                for batch in batches {
                    try transaction.append(
                        head.next(
                            direction, peer: peer, header: batch.header, at: moment(0).wall,
                            envelope: batch.envelope, frames: batch.frames,
                            subtree: batch.subtree, sm3: hashing))
                }
            }
            let end = sent.last?.end ?? start
            try transaction.save(
                LinkRecord(
                    peer: peer, sent: end, acknowledged: end.sequence, assigned: end.sequence,
                    received: received.last?.end))
        }
        return (try started(on: store), store)
    }

    private func started(on store: MemoryStore) throws -> Station {
        Station(
            try Recovery(
                store, network: AuditorStage.network, province: here,
                members: [here, peer, other], signer: StageSigner(province: here),
                newEpoch: { Identifier(high: 9, low: 9) }),
            store: store, network: AuditorStage.network, province: here,
            signer: StageSigner(province: here), sm3: hashing)
    }

    /// One signed header halted a node in the middle of its work, and again after each start.
    @Test func aClaimWithoutProofStopsALinkAndNoNode() throws {
        let sent = try signed(from: here, to: peer, after: start, [[1], [2]])
        let (station, store) = try station(sent: [sent])
        let port = Port()
        let far = LinkPosition(epoch: epoch, sequence: 1 << 40, digest: .zero)
        func claim(_ milliseconds: Int64) throws -> Work {
            try arrival(
                try signed(
                    from: peer, to: here, after: peerStart, [], ack: far, at: milliseconds),
                at: milliseconds)
        }
        // The roll call goes on, for its time.
        for time in [0, 1_000, 2_000] as [Int64] {
            try station.work(try claim(time), in: environment, at: moment(time), port: port)
            #expect(station.isListening && station.halt == nil)
        }
        try station.work(Work(), in: environment, at: moment(3_100), port: port)
        #expect(!station.isListening)
        #expect(station.links[peer]?.divergence == .unprovenClaim)
        #expect(port.stops == [.acknowledgesUnsent], "told once")
        #expect(station.links[other]?.divergence == nil)
        #expect(station.halt == nil)

        // Others are served.
        let good = try signed(
            from: other, to: here,
            after: LinkPosition(epoch: peerEpoch, sequence: 0, digest: .zero),
            [[7]], at: 3_200)
        try station.work(
            try arrival(good, at: 3_200), in: environment, at: moment(3_200), port: port)
        #expect(station.links[other]?.record.received == good.end)

        // Nothing of it is left after a start; and the peer may take it back.
        #expect(try started(on: store).halt == nil)
        let fits = try signed(
            from: peer, to: here, after: peerStart, [[5]], ack: sent.end, at: 4_000)
        try station.work(
            try arrival(fits, at: 4_000), in: environment, at: moment(4_000), port: port)
        #expect(station.links[peer]?.standstill == nil)
        #expect(station.links[peer]?.record.received == fits.end)
        #expect(port.runsAgain == [peer])
    }

    @Test func whatTheJournalHasProvesNothing() throws {
        let first = try signed(from: here, to: peer, after: start, [[1], [2]])
        // The same messages, signed once more at a later start.
        let anew = try signed(from: here, to: peer, after: start, [[1], [2]], at: 5)
        let far = LinkPosition(epoch: epoch, sequence: 9, digest: .zero)
        // Frame 0 with a field more, which is not signed: whoever shows it has changed nothing.
        let octets = anew.envelope + [0x78, 1]
        let shown = [
            try proof(of: first), try proof(of: anew),
            HeaderProof(envelope: octets, headerPath: try proof(of: anew).headerPath),
        ]
        for proof in shown {
            let (station, _) = try station(sent: [first, anew])
            let claim = try signed(
                from: peer, to: here, after: peerStart, [], ack: far, proof: proof)
            try station.work(
                try arrival(claim), in: environment, at: moment(0), port: Port())
            try station.work(Work(), in: environment, at: moment(3_100), port: Port())
            #expect(station.halt == nil)
            #expect(station.links[peer]?.divergence == .unprovenClaim)
        }
    }

    @Test func whatTheJournalDoesNotHaveStopsTheNodeAtOnceAndForGood() throws {
        let first = try signed(from: here, to: peer, after: start, [[1], [2]])
        let lost = try signed(from: here, to: peer, after: first.end, [[3]])
        // The same number, but what followed the copy was said anew with other words.
        let forked = try signed(from: here, to: peer, after: first.end, [[4]])
        for (sent, ack) in [([first], lost.end), ([first, forked], lost.end), ([], lost.end)] {
            let (station, store) = try station(sent: sent)
            let port = Port()
            let claim = try signed(
                from: peer, to: here, after: peerStart, [], ack: ack, proof: try proof(of: lost))
            try station.work(try arrival(claim), in: environment, at: moment(0), port: port)
            #expect(station.halt?.claimedBy == peer)
            #expect(port.halts == [peer])
            #expect(try store.read { try $0.note("halt_evidence") } == claim.envelope)
            #expect(try started(on: store).halt?.claimedBy == peer)
        }
    }

    /// A peer with an old store must be told so by its own words, on each connection.
    @Test func aPeerIsShownWhatItHasSaidWhenItConnectsAndWhileItIsBehind() throws {
        let said = try signed(from: peer, to: here, after: peerStart, [[1], [2], [3]])
        let (station, _) = try station(sent: [], received: [said])
        let port = Port()
        station.connected(peer, at: moment(0))
        try station.work(Work(), in: environment, at: moment(0), port: port)
        try station.work(Work(), in: environment, at: moment(1_100), port: port)
        let shown = try port.proofs(to: peer)
        #expect(shown.count == 2)
        let proof = try #require(shown[0])
        #expect(shown[1] == nil, "once a connection")
        let header = proof.header(
            from: peer, to: here, network: AuditorStage.network, StageVerifier())
        #expect(header?.header == said.header)

        // Restored, the peer says that it has sent less.
        try station.work(Work(), in: environment, at: moment(3_100), port: port)
        for time in [3_200, 3_201] as [Int64] {
            let behind = try signed(
                from: peer, to: here, after: peerStart, [], at: time)
            try station.work(
                try arrival(behind, at: time), in: environment, at: moment(time), port: port)
        }
        #expect(station.links[peer]?.divergence == .peerBehind)
        port.sent = []
        for time in [4_300, 5_400] as [Int64] {
            try station.work(Work(), in: environment, at: moment(time), port: port)
        }
        #expect(try port.proofs(to: peer) == [proof, proof])
    }

    /// An operator's word reaches the link with the round that answers.
    @Test func anOperatorResumesALinkWithoutANewStart() throws {
        let sent = try signed(from: here, to: peer, after: start, [[1]])
        let said = try signed(from: peer, to: here, after: peerStart, [[1]])
        let (station, store) = try station(sent: [sent], received: [said])
        let port = Port()
        try station.work(Work(), in: environment, at: moment(0), port: port)
        try station.work(Work(), in: environment, at: moment(3_100), port: port)
        var forked = said.end
        forked.digest = hashing.digest([9])
        let lie = try signed(from: peer, to: here, after: forked, [], at: 3_200)
        try station.work(
            try arrival(lie, at: 3_200), in: environment, at: moment(3_200), port: port)
        #expect(station.links[peer]?.divergence == .forked)
        // Two histories, both signed, are kept for who asks later.
        let kept = try store.read { try $0.evidence(after: 0, limit: 9) }
        #expect(
            kept.map(\.evidence) == [
                Evidence(
                    accused: peer, subject: peerEpoch, reason: .historiesDiffer,
                    at: moment(3_200).wall, statement: .octets(lie.envelope),
                    earlier: .received(entry: 1, message: 0))
            ])
        var work = Work()
        let id = Identifier(high: 5, low: 5)
        work.calls = [
            Work.Call(
                caller: Caller(connection: 1, principal: .local()), id: id, digest: .zero,
                command: .resumeLink(peer))
        ]
        try station.work(work, in: environment, at: moment(3_300), port: port)
        #expect(station.links[peer]?.standstill == nil)
        #expect(port.runsAgain == [peer])
        #expect(
            port.replies == [
                ServiceReply(id: id, body: .linkOrdered(peer, stood: "histories_differ")).encoded()
            ])
        let good = try signed(
            from: peer, to: here, after: said.end, [[2]], ack: sent.end, at: 3_400)
        try station.work(
            try arrival(good, at: 3_400), in: environment, at: moment(3_400), port: port)
        #expect(station.links[peer]?.record.received == good.end)
    }
}

/// A network that takes everything and remembers it.
private final class Port: StationPort {
    var sent: [(to: ProvinceCode, envelope: Bytes, frames: [Bytes])] = []
    var replies: [Bytes] = []
    private(set) var stops: [Link.Row] = []
    private(set) var runsAgain: [ProvinceCode] = []
    private(set) var halts: [ProvinceCode] = []

    func isConnected(_ peer: ProvinceCode) -> Bool { true }
    func hashing(_ suite: Wire.Suite) -> any Hashing { StageHashing() }
    func signingRefusal(at instant: Instant) -> SignatureRefusal? { nil }

    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool {
        sent.append((peer, envelope, frames))
        return true
    }

    func answer(_ replies: [Reply]) throws { self.replies += replies.map(\.octets) }

    func note(_ event: StationEvent) {
        switch event {
        case .stands(let standstill, _): stops.append(standstill.row)
        case .runsAgain(let peer): runsAgain.append(peer)
        case .halted(let halt): halts.append(halt.claimedBy)
        case .refusedBatch, .refusedMessage, .refusedTooMuch, .storeFailed, .storeWorksAgain,
            .signing, .resent,
            .signed, .kept:
            break
        }
    }

    /// Of the batches without messages to `peer`, in order.
    func proofs(to peer: ProvinceCode) throws -> [HeaderProof?] {
        try sent.filter { $0.to == peer && $0.frames.isEmpty }
            .map { try BatchEnvelope(decoding: $0.envelope).proof }
    }
}
