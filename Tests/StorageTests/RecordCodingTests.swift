import Domain
import Settlement
import Storage
import Testing
import Wire

@Suite("Record coding") struct RecordCodingTests {
    /// A record of any kind, with how it is read again.
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: Bytes
        /// Throws unless the octets give an equal record again.
        let check: @Sendable () throws -> Void
        /// Reads other octets; throws what the coding throws.
        let read: @Sendable (Bytes) throws -> Void

        init<Record: KeptRecord & Equatable>(
            _ name: String, _ record: Record, _ key: Record.Key
        ) where Record.Key: Sendable {
            testDescription = name
            bytes = record.encoded()
            let bytes = bytes
            check = {
                let read = try Record(key: key, decoding: bytes)
                #expect(read == record)
            }
            read = { _ = try Record(key: key, decoding: $0) }
        }
    }

    static let samples: [Sample] = [
        Sample("person", Samples.person(1, .resident), Samples.wallet(1)),
        Sample("relation", Samples.relation(1), Samples.id(1)),
        Sample("no grants", KeptGrants([]), Samples.wallet(1)),
        Sample("grants", KeptGrants((1...64).map(Samples.grant)), Samples.wallet(1)),
        Sample("coordination", Samples.coordination(1), Samples.id(1)),
        Sample("bare coordination", Samples.bareCoordination(1), Samples.id(1)),
        Sample("participation", Samples.participation(1), Samples.id(1)),
        Sample("tombstone", Samples.tombstone(1), Samples.id(1)),
        Sample(
            "answer", Answer(requestDigest: Samples.digest("r"), reply: [0, 255]), Samples.id(1)),
        Sample(
            "empty answer", Answer(requestDigest: Samples.digest("r"), reply: []), Samples.id(1)),
        Sample(
            "no answer yet", Answer(requestDigest: Samples.digest("r"), reply: nil),
            Samples.id(1)),
        Sample("link", Samples.link(Samples.shandong), Samples.shandong),
        Sample("silent link", Samples.link(Samples.shandong, heard: false), Samples.shandong),
    ]

    @Test("gives the record back", arguments: samples)
    func roundTrip(_ sample: Sample) throws { try sample.check() }

    @Test("refuses every shorter form, and one octet more", arguments: samples)
    func truncated(_ sample: Sample) {
        for count in 0..<sample.bytes.count {
            #expect(throws: StoreFailure.self, "\(count) octets") {
                try sample.read(Array(sample.bytes.prefix(count)))
            }
        }
        #expect(throws: StoreFailure.self) { try sample.read(sample.bytes + [0]) }
    }

    @Test("refuses another version of the form", arguments: samples)
    func version(_ sample: Sample) {
        var bytes = sample.bytes
        bytes[0] = 2
        #expect {
            try sample.read(bytes)
        } throws: { error in
            "\(error)".contains("the record version is not known")
        }
    }

    @Test("takes or refuses flipped octets, and never traps", arguments: samples)
    func flipped(_ sample: Sample) {
        var random = SeededGenerator.printed("flipped \(sample.testDescription)")
        for index in sample.bytes.indices {
            for mask: UInt8 in [1, 0x80, 0xff, UInt8.random(in: 1...255, using: &random)] {
                var bytes = sample.bytes
                bytes[index] ^= mask
                do {
                    try sample.read(bytes)
                } catch {
                    #expect(error is StoreFailure)
                }
            }
        }
    }

    @Test("takes or refuses noise, and never traps", arguments: samples)
    func noise(_ sample: Sample) {
        var random = SeededGenerator.printed("noise \(sample.testDescription)")
        for _ in 0..<2000 {
            let count = Int.random(in: 0...200, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Past the version, half the time.
            if count > 0, Bool.random(using: &random) { bytes[0] = 1 }
            do {
                try sample.read(bytes)
            } catch {
                #expect(error is StoreFailure)
            }
        }
    }

    @Test("a plan keeps its octets and its digest, without being hashed again")
    func plans() throws {
        for draws in [1, 2, 16] {
            let plan = Samples.plan(1, draws: draws)
            let read = try EncodedPlan(kept: plan.bytes, digest: plan.digest)
            #expect(read == plan)
        }
        let other = try EncodedPlan(kept: Samples.plan(1).bytes, digest: Samples.digest("any"))
        #expect(other.digest == Samples.digest("any"))
    }

    @Test("a plan in another order of fields is read as well")
    func reorderedPlan() throws {
        let plan = Samples.plan(1)
        // The first field is 18 octets long; Protocol Buffers let it stand anywhere.
        let moved = Array(plan.bytes.dropFirst(18) + plan.bytes.prefix(18))
        #expect(try EncodedPlan(kept: moved, digest: plan.digest).plan == plan.plan)
        let unknown = plan.bytes + [0x78, 1]
        #expect(try EncodedPlan(kept: unknown, digest: plan.digest).plan == plan.plan)
        #expect(throws: DecodingRefusal.self) {
            try EncodedPlan(kept: Array(plan.bytes.dropLast()), digest: plan.digest)
        }
    }

    @Test("numbers take their shortest form, up to 64 bits")
    func numbers() throws {
        let cases: [(UInt64, Int)] = [
            (0, 1), (127, 1), (128, 2), (1 << 14 - 1, 2), (1 << 14, 3), (.max, 10),
        ]
        for (value, count) in cases {
            var writer = ByteWriter()
            writer.number(value)
            #expect(writer.bytes.count == count)
            #expect(try read(writer.bytes) { try $0.number() } == value)
        }
        for value in [Int64.min, -1, 0, 1, .max] {
            var writer = ByteWriter()
            writer.signed(value)
            #expect(try read(writer.bytes) { try $0.signed() } == value)
        }
        let tooLong = Bytes(repeating: 0xff, count: 9) + [2]
        #expect(throws: RecordDamage.field) { try read(tooLong) { try $0.number() } }
    }

    @Test("a count of more than is there takes no memory")
    func hugeCount() {
        var writer = ByteWriter()
        writer.octet(1)
        writer.number(1 << 62)
        let bytes = writer.bytes
        #expect(throws: StoreFailure.self) {
            try KeptGrants(key: Samples.wallet(1), decoding: bytes)
        }
        #expect(throws: RecordDamage.tooShort) { try read(bytes) { try $0.frames() } }
    }

    @Test("frames of a batch come back as they were")
    func frames() throws {
        for frames in [[], [[]], [[1], [], Bytes(repeating: 3, count: 70_000)]] as [[Bytes]] {
            var writer = ByteWriter()
            writer.frames(frames)
            #expect(try read(writer.bytes) { try $0.frames() } == frames)
        }
    }

    private func read<Value>(
        _ bytes: Bytes, _ body: (inout ByteReader) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { buffer in
            var reader = ByteReader(buffer)
            return try body(&reader)
        }
    }
}
