import Domain
import Settlement
import Testing
import Wire

@testable import Storage

@Suite("Journal verification") struct JournalVerificationTests {
    private let world: JournaledWorld
    private static let node = JournaledWorld.care

    init() throws {
        world = JournaledWorld()
        let family = try world.family()
        for _ in 0..<3 { _ = try world.settle(family.recipient, fen: 900) }
    }

    private func verify(
        _ direction: JournalDirection, network: String = JournaledWorld.network,
        verifier: any SignatureVerifying = TestVerifier(),
        _ change: (inout [JournalEntry]) throws -> Void = { _ in }
    ) throws -> JournalVerification.Report {
        var rows = world.rows(Self.node)
        try change(&rows[direction])
        return try JournalVerification.run(
            MemoryReading(rows: rows), direction, at: Self.node, network: network,
            verifier: verifier, sm3: Samples.hashing)
    }

    /// The same content with a chain that fits it: what someone could make who owns the store.
    private func rechain(_ entries: inout [JournalEntry]) throws {
        var chain = Digest.zero
        for (index, entry) in entries.enumerated() {
            let envelope = try BatchEnvelope(decoding: entry.envelope)
            let leaves = ([envelope.header] + entry.frames).map { Samples.hashing.leaf($0) }
            chain = JournalEntry.chain(
                after: chain, envelope: entry.envelope,
                subtree: Merkle.root(leaves, Samples.hashing), sm3: Samples.hashing)
            entries[index] = entry.with(number: UInt64(index) + 1, chain: chain)
        }
    }

    @Test("a journal that was kept as it was made holds", arguments: JournalDirection.allCases)
    func holds(_ direction: JournalDirection) throws {
        var visited: [UInt64] = []
        let entries = world.rows(Self.node)[direction]
        let report = try JournalVerification.run(
            MemoryReading(rows: world.rows(Self.node)), direction, at: Self.node,
            network: JournaledWorld.network, verifier: TestVerifier(), sm3: Samples.hashing
        ) { entry, header in
            visited.append(entry.number)
            #expect(header.firstSequence == entry.firstSequence)
        }
        #expect(report.firstBreak == nil)
        #expect(report.entries == UInt64(entries.count))
        #expect(report.messages == UInt64(entries.reduce(0) { $0 + $1.frames.count }))
        #expect(report.chain == entries.last?.chain)
        #expect(visited == entries.map(\.number))
    }

    /// Refused messages beyond a budget are kept as their leaves: the evidence around them holds.
    @Test("a journal holds in which messages are kept as their leaves")
    func omitted() throws {
        func omitting(_ change: (Digest) -> Digest) throws -> JournalVerification.Report {
            try verify(.inbound) { entries in
                let leaf = Samples.hashing.leaf(entries[2].frames[0])
                entries[2] = entries[2].omitting([0: change(leaf)])
                #expect(entries[2].frames[0].isEmpty)
            }
        }
        let report = try omitting { $0 }
        #expect(report.firstBreak == nil && report.omitted == 1)
        let broken = try omitting { _ in Samples.digest("another message") }
        #expect(broken.cut == .init(number: 3, reason: "the hash chain is broken"))

        let entry = world.rows(Self.node)[.inbound][2]
        let kept = entry.omitting([0: Samples.hashing.leaf(entry.frames[0])])
        #expect(throws: DecodingRefusal.unproven) {
            _ = try JournalVerification.receipt(of: 0, in: kept, hashing: Samples.hashing)
        }
        #expect(try kept.headerProof(Samples.hashing) == entry.headerProof(Samples.hashing))
    }

    @Test("an empty journal holds")
    func empty() throws {
        let report = try verify(.inbound) { $0 = [] }
        #expect(report.firstBreak == nil && report.entries == 0 && report.chain == .zero)
    }

    @Test("finds the entry that was changed, whatever was changed in it")
    func changed() throws {
        let changes: [(String, (JournalEntry) -> JournalEntry)] = [
            ("number", { $0.with(number: 7) }),
            ("peer", { $0.with(peer: ProvinceCode(650_000)) }),
            ("sequence", { $0.with(firstSequence: $0.firstSequence + 1) }),
            ("frames", { $0.with(frames: [[1]]) }),
            ("a frame more", { $0.with(frames: $0.frames + [[1]]) }),
            ("chain", { $0.with(chain: .zero) }),
            ("envelope", { $0.with(envelope: Array($0.envelope.dropLast())) }),
            ("signature", { $0.with(envelope: $0.envelope.dropLast() + [$0.envelope.last! ^ 1]) }),
        ]
        for (name, change) in changes {
            let report = try verify(.inbound) { $0[2] = change($0[2]) }
            #expect(report.firstBreak?.number == 3, "\(name)")
            #expect(report.entries == 2, "\(name)")
        }
    }

    @Test("a signature that is not good is found though the chain fits")
    func signature() throws {
        let report = try verify(.inbound) { entries in
            let entry = entries[2]
            entries[2] = entry.with(
                envelope: entry.envelope.dropLast() + [entry.envelope.last! ^ 1])
            try rechain(&entries)
        }
        #expect(report.firstBreak == .init(number: 3, reason: "bad_signature"))
        #expect(report.refused == 1)
    }

    /// A revoked certificate, or a province that has left, must not hide what comes after.
    @Test("behind a signature that is not accepted everything is checked all the same")
    func behindARefusedSignature() throws {
        var visited: [UInt64] = []
        var rows = world.rows(Self.node)
        for index in [1, 3] {
            let entry = rows[.inbound][index]
            rows[.inbound][index] = entry.with(
                envelope: entry.envelope.dropLast() + [entry.envelope.last! ^ 1])
        }
        try rechain(&rows[.inbound])
        let count = UInt64(rows[.inbound].count)
        func verify() throws -> JournalVerification.Report {
            visited = []
            return try JournalVerification.run(
                MemoryReading(rows: rows), .inbound, at: Self.node,
                network: JournaledWorld.network, verifier: TestVerifier(), sm3: Samples.hashing
            ) { entry, _ in visited.append(entry.number) }
        }
        let whole = try verify()
        #expect(whole.firstBreak == .init(number: 2, reason: "bad_signature"))
        #expect(whole.entries == count && whole.refused == 2)
        #expect(visited == (1...count).filter { $0 != 2 && $0 != 4 })

        rows[.inbound][Int(count) - 1] = rows[.inbound][Int(count) - 1].with(chain: .zero)
        let cut = try verify()
        #expect(cut.firstRefused == whole.firstRefused)
        #expect(cut.cut == .init(number: count, reason: "the hash chain is broken"))
        #expect(cut.faults.count == 2)
        #expect(cut.entries == count - 1 && cut.refused == 2)
    }

    @Test("an entry that is gone is found though numbers and chain fit")
    func removed() throws {
        for index in [0, 2, 4] {
            let report = try verify(.inbound) { entries in
                entries.remove(at: index)
                try rechain(&entries)
            }
            let found = try #require(report.firstBreak, "entry \(index + 1)")
            #expect(found.reason == "the messages of the link are not in order")
            #expect(found.number > UInt64(index))
        }
    }

    @Test("entries that changed places are found though numbers and chain fit")
    func swapped() throws {
        let report = try verify(.outbound) { entries in
            let peer = entries[0].peer
            let places = entries.indices.filter { entries[$0].peer == peer }
            entries.swapAt(places[1], places[2])
            try rechain(&entries)
        }
        #expect(report.firstBreak?.reason == "the messages of the link are not in order")
    }

    @Test("batches that were signed a second time with a new certificate hold")
    func signedAnew() throws {
        world.generation = 2
        world.advance(milliseconds: 10)
        for peer in [JournaledWorld.payer, JournaledWorld.walletProvince] {
            try world.signLastAnew(from: Self.node, to: peer)
        }
        let family = try world.family()
        _ = try world.settle(family.recipient, fen: 10)
        #expect(try verify(.outbound).firstBreak == nil)
        // But not with other messages in them.
        let report = try verify(.outbound) { entries in
            let index = entries.indices.first { place in
                entries[..<place].contains {
                    $0.peer == entries[place].peer
                        && $0.firstSequence == entries[place].firstSequence
                }
            }!
            let entry = entries[index]
            let header = try BatchHeader(decoding: BatchEnvelope(decoding: entry.envelope).header)
            let forged = try Flush.sign(
                [FlushPart(header: header, frames: [[9]])],
                TestSigner(province: Self.node, generation: 2), Samples.hashing)
            entries[index] = entry.with(envelope: forged[0].envelope, frames: [[9]])
            try rechain(&entries)
        }
        #expect(report.firstBreak?.reason == "the messages of the link are not in order")
    }

    @Test("a journal of another network, or of a suite that is not allowed, does not hold")
    func otherRules() throws {
        #expect(try verify(.inbound, network: "other").firstBreak?.number == 1)
        #expect(
            try verify(.inbound, verifier: TestVerifier(allowed: [])).firstBreak
                == .init(number: 1, reason: "suite_not_allowed"))
    }

    @Test("every message of a journal can be proven from it, and nothing else can")
    func receipts() throws {
        for entry in world.rows(Self.node).inbound {
            for (index, frame) in entry.frames.enumerated() {
                let receipt = try JournalVerification.receipt(
                    of: index, in: entry, hashing: Samples.hashing)
                #expect(receipt.message == frame)
                let header = try receipt.verify(network: JournaledWorld.network, TestVerifier())
                #expect(header.from == entry.peer)
                let forged = Receipt(
                    envelope: receipt.envelope, message: frame + [0],
                    leafIndex: receipt.leafIndex, leafCount: receipt.leafCount,
                    leafPath: receipt.leafPath, headerPath: receipt.headerPath)
                #expect(throws: BatchRefusal.self) {
                    try forged.verify(network: JournaledWorld.network, TestVerifier())
                }
            }
        }
    }
}
