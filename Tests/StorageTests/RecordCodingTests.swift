import Domain
import Settlement
import TestSeeds
import Testing
import Wire

@testable import Storage

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
        Sample("full person", Samples.fullPerson(1), Samples.wallet(1)),
        Sample("relation", Samples.relation(1), Samples.id(1)),
        Sample("bare relation", Samples.bareRelation(1), Samples.id(1)),
        Sample("no grants", KeptGrants([]), Samples.wallet(1)),
        Sample("grants", KeptGrants((1...64).map(Samples.grant)), Samples.wallet(1)),
        Sample("identity", KeptIdentity(Samples.wallet(3)), Samples.digest("index")),
        Sample("no family", Family(members: []), Samples.id(1)),
        Sample("family", Family(members: (1...9).map(Samples.wallet)), Samples.id(1)),
        Sample("document", Samples.documentUse(1), Samples.digest("voucher")),
        Sample("withdrawal", Samples.withdrawal(1), Samples.id(1)),
        Sample("bare withdrawal", Samples.bareWithdrawal(1), Samples.id(1)),
        Sample("coordination", Samples.coordination(1), Samples.id(1)),
        Sample("bare coordination", Samples.bareCoordination(1), Samples.id(1)),
        Sample("participation", Samples.participation(1), Samples.id(1)),
        Sample("tombstone", Samples.tombstone(1), Samples.id(1)),
        Sample(
            "answer", Samples.answer(Samples.digest("r"), reply: [0, 255]), Samples.id(1)),
        Sample(
            "empty answer", Samples.answer(Samples.digest("r"), reply: []), Samples.id(1)),
        Sample(
            "no answer yet", Samples.answer(Samples.digest("r"), reply: nil),
            Samples.id(1)),
        Sample(
            "evidence",
            Samples.evidence(
                1, .twoOutcomes, statement: .received(entry: 7, message: 3),
                earlier: .octets([9, 0])), 1),
        Sample("bare evidence", Samples.evidence(1), 1),
        Sample(
            "change", Samples.personChange(3, 300),
            PersonChange.Key(wallet: Samples.wallet(3), number: 300)),
        Sample("link", Samples.link(Samples.shandong), Samples.shandong),
        Sample("silent link", Samples.link(Samples.shandong, heard: false), Samples.shandong),
    ]

    @Test("gives the record back", arguments: samples)
    func roundTrip(_ sample: Sample) throws { try sample.check() }

    /// Every state of an enumeration, and every optional field alone.
    @Test("gives back each field by itself")
    func fields() throws {
        func same<Record: KeptRecord & Equatable>(_ record: Record, _ key: Record.Key) throws {
            #expect(try Record(key: key, decoding: record.encoded()) == record)
        }
        for phase in RelationPhase.allCases {
            try same(Samples.bareRelation(1, phase), Samples.id(1))
        }
        let full = Samples.relation(1)
        let relations: [(inout Relation) -> Void] = [
            { $0.recipient = full.recipient }, { $0.recipientRegion = full.recipientRegion },
            { $0.endVerification = full.endVerification },
            { $0.kinshipProof = full.kinshipProof }, { $0.consent = full.consent },
            { $0.consentUntil = full.consentUntil }, { $0.endedOver = full.endedOver },
            { $0.ended = full.ended }, { $0.ended = RefusalReason(.consentDeclined) },
            { $0.wake = full.wake },
        ]
        for change in relations {
            var relation = Samples.bareRelation(1)
            change(&relation)
            try same(relation, relation.id)
        }
        let whole = Samples.fullPerson(1)
        let persons: [(inout Person) -> Void] = [
            { $0.violation = whole.violation }, { $0.cardAccount = whole.cardAccount },
            { $0.quotaDay = whole.quotaDay }, { $0.isResettled = true },
            { $0.cardAccount?.confirmedBy = nil },
            {
                $0.depositDay = whole.depositDay; $0.depositedFen = 5
            }, { $0.changes = .max },
            { $0.group = whole.group }, { $0.resettledRest = 5 }, { $0.year = -1 },
            { $0.carriedOver = .min },
        ]
        for change in persons {
            var person = Samples.person(1)
            change(&person)
            try same(person, person.wallet)
        }
        for standing in Standing.allCases {
            var person = Samples.person(1)
            person.standing = standing
            try same(person, person.wallet)
        }
        for state in WithdrawalState.allCases {
            try same(Samples.bareWithdrawal(1, state), Samples.id(1))
            try same(Samples.withdrawal(1, state), Samples.id(1))
        }
        for status in Status.allCases {
            var coordination = Samples.bareCoordination(1)
            coordination.reason = RefusalReason(status)
            try same(coordination, Samples.id(1))
            coordination.reason = Samples.reason(status)
            try same(coordination, Samples.id(1))
        }
    }

    static let bills: [Bill] = {
        let (wallet, other) = (Samples.wallet(2), Samples.wallet(8))
        func bill(
            _ parts: (Int64, Int64, Int64, Int64) = (2001, 0, 2001, 0),
            patient: WalletID? = nil, credential: WalletID? = nil, proxy: Bill.Proxy? = nil,
            record: Digest? = nil, note: Bill.CardNote? = nil,
            flags: (Bool, Bool, Bool) = (false, false, false)
        ) -> Bill {
            Bill(
                total: Samples.fen(parts.0), pooled: Samples.fen(parts.1),
                burden: Samples.fen(parts.2), selfPaid: Samples.fen(parts.3),
                patient: patient ?? wallet, credential: credential, proxy: proxy,
                identityRecord: record, cardNote: note, countsTowardsDeductible: flags.0,
                asksForPooling: flags.1, pooledScheme: flags.2)
        }
        let digest = Samples.digest("any")
        func note(_ index: Int?) -> Bill.CardNote {
            Bill.CardNote(
                kinship: index == 0 ? .parent : nil, holderCard: index == 1 ? digest : nil,
                patientCard: index == 2 ? digest : nil, contact: index == 3 ? digest : nil)
        }
        return [
            bill(), bill(credential: wallet), bill(credential: other), bill(patient: other),
            bill(patient: other, credential: other), bill((2002, 1, 2001, 0)),
            bill((2002, 0, 2001, 1)), bill((1, 0, 1, 0)), bill((5, 0, 2001, 0)),
            bill((0, 0, 0, 0)),
            bill(proxy: Bill.Proxy(patientIdentity: nil, proxyIdentity: nil)),
            bill(proxy: Bill.Proxy(patientIdentity: digest, proxyIdentity: nil)),
            bill(proxy: Bill.Proxy(patientIdentity: nil, proxyIdentity: digest)),
            bill(record: digest), bill(note: note(nil)), bill(note: note(0)), bill(note: note(1)),
            bill(note: note(2)), bill(note: note(3)), bill(flags: (true, false, false)),
            bill(flags: (false, true, false)), bill(flags: (false, false, true)),
            Samples.fullBill(),
        ]
    }()

    @Test("gives every bill back", arguments: bills)
    func bill(_ bill: Bill) throws {
        let coordination = Coordination(
            transaction: Samples.id(1), state: .askingWallet,
            order: Samples.order(bill), plan: nil, votes: [], commitRequest: nil,
            reverseRequest: nil, finals: [], date: nil, reversalDate: nil, reason: nil,
            certificate: nil, created: Samples.now, wake: nil)
        #expect(
            try Coordination(key: Samples.id(1), decoding: coordination.encoded()) == coordination)
    }

    @Test("a plain bill is one octet, and one with pooled money a few")
    func plainBill() throws {
        func octets(_ bill: Bill) -> Int {
            var writer = ByteWriter()
            writer.bill(bill, wallet: Samples.wallet(2), amount: Samples.fen(2001))
            return writer.bytes.count
        }
        #expect(octets(Samples.plainBill(Samples.wallet(2), Samples.fen(2001))) == 1)
        let pooled = Bill(
            total: Samples.fen(9001), pooled: Samples.fen(7000), burden: Samples.fen(2001),
            selfPaid: .zero, patient: Samples.wallet(2), credential: nil)
        #expect(octets(pooled) == 3)
    }

    @Test("a bill has nothing inside a note that is not there")
    func strayBillFlags() {
        for bits in [1 << 9, 1 << 10, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 | 1 << 6, 1 << 19]
            as [UInt64]
        {
            var writer = ByteWriter()
            writer.number(bits)
            for _ in 0..<2 { writer.digest(.zero) }
            #expect(throws: RecordDamage.field) {
                try read(writer.bytes) {
                    try $0.bill(wallet: Samples.wallet(2), amount: Samples.fen(1))
                }
            }
        }
        // Parts whose sum is above what an amount may be.
        var writer = ByteWriter()
        writer.number(1 << 1)
        writer.fen(.limit)
        #expect(throws: RecordDamage.field) {
            try read(writer.bytes) {
                try $0.bill(wallet: Samples.wallet(2), amount: Samples.fen(1))
            }
        }
    }

    @Test("a text of a record is short, and is UTF-8")
    func shortTexts() throws {
        for text in ["", "经办", String(repeating: "x", count: 256)] {
            var writer = ByteWriter()
            writer.shortText(text)
            #expect(try read(writer.bytes) { try $0.shortText() } == text)
        }
        var writer = ByteWriter()
        writer.text(String(repeating: "x", count: 257))
        #expect(throws: RecordDamage.field) { try read(writer.bytes) { try $0.shortText() } }
        #expect(throws: RecordDamage.field) { try read([2, 0xc3, 0x28]) { try $0.shortText() } }
    }

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
        let unknown = plan.bytes + [0xf8, 0x07, 1]
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
            writer.frames(frames, omitted: [:])
            let kept = try read(writer.bytes) { try $0.frames() }
            #expect(kept.frames == frames && kept.omitted.isEmpty)
        }
    }

    @Test("leaves of frames that are omitted come back, and stand where nothing else does")
    func omittedFrames() throws {
        let omitted = [0: Samples.digest("first"), 2: Samples.digest("third")]
        var writer = ByteWriter()
        writer.frames([[], [1], []], omitted: omitted)
        let kept = try read(writer.bytes) { try $0.frames() }
        #expect(kept.frames == [[], [1], []] && kept.omitted == omitted)
        for place in [1, 3] {
            var writer = ByteWriter()
            writer.frames([[], [1], []], omitted: [place: .zero])
            #expect(throws: RecordDamage.field) { try read(writer.bytes) { try $0.frames() } }
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
