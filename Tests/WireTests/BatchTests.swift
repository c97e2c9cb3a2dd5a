import Domain
import Foundation
import Signing
import TestSeeds
import Testing

@testable import Wire

/// What a receiver takes, and what it refuses for which reason.
@Suite struct BatchTests {
    @Test(arguments: Wire.Suite.allCases)
    func aGoodBatchIsTaken(_ suite: Wire.Suite) throws {
        let network = try TestNetwork(suite)
        let key = try network.certified()
        let maker = BatchMaker()
        let batch = try InboundBatch(
            received: try maker.frames(key), from: TestNetwork.shanghai, at: TestNetwork.shandong,
            network: TestNetwork.name, now: TestNetwork.now, sm3: SM3Hashing(),
            verifier: try network.verifier([key]))
        #expect(batch.header == maker.header)
        #expect(try batch.messages.map { try $0.get() } == maker.messages)
        #expect(batch.end.sequence == 8)
        var end = LinkPosition(
            epoch: maker.header.epoch, sequence: 6, digest: maker.header.linkDigest)
        for message in maker.messages {
            end = end.advanced(by: suite.hashing.leaf(message.encoded()), suite.hashing)
        }
        #expect(batch.end == end)
    }

    @Test func aBatchWithoutMessagesIsASignOfLife() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        var maker = BatchMaker()
        maker.messages = []
        #expect(refusal(of: try maker.frames(key), try network.verifier([key])) == nil)
    }

    @Test func aMessageThatDoesNotDecodeDoesNotSpoilItsBatch() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let part = FlushPart(
            header: {
                var maker = BatchMaker()
                maker.count = 3
                return maker.header
            }(), frames: [[0xff], Samples.release.encoded(), []])
        let sent = try Flush.sign([part], key, key.suite.hashing)[0]
        let batch = try InboundBatch(
            received: [sent.envelope] + sent.frames, from: TestNetwork.shanghai,
            at: TestNetwork.shandong, network: TestNetwork.name, now: TestNetwork.now,
            sm3: SM3Hashing(), verifier: try network.verifier([key]))
        #expect(batch.end == sent.end)
        #expect(batch.subtree == sent.subtree)
        #expect(batch.end.sequence == 9)
        #expect(
            batch.messages == [
                .failure(.notProtobuf), .success(Samples.release), .failure(.unknownBody),
            ])
    }

    @Test(arguments: [1, 2, 3, 5, 64])
    func everyPeerOfAFlushVerifiesItsOwnPartWithTheOneSignature(_ count: Int) throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let codes = (0..<count).map { ProvinceCode(UInt32(110_000 + $0 % 60 * 10_000))! }
        let parts = codes.map { code -> FlushPart in
            var maker = BatchMaker()
            maker.to = code
            maker.messages = Array(Samples.messages.prefix(Int(code.number / 10_000) % 5))
            return maker.flushPart()
        }
        let batches = try Flush.sign(parts, key, key.suite.hashing)
        let signatures = Set(try batches.map { try BatchEnvelope(decoding: $0.envelope).signature })
        #expect(signatures.count == 1)
        let verifier = try network.verifier([key])
        for (code, batch) in zip(codes, batches) {
            #expect(refusal(of: [batch.envelope] + batch.frames, at: code, verifier) == nil)
        }
        #expect(verifier.cachedSignatures == 1)
    }

    // MARK: Refused

    @Test func aBatchThatDoesNotBelongHereIsRefused() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        func refused(_ change: (inout BatchMaker) -> Void) throws -> BatchRefusal? {
            var maker = BatchMaker()
            change(&maker)
            return refusal(of: try maker.frames(key), verifier)
        }
        #expect(try refused { _ in } == nil)
        #expect(try refused { $0.version = 2 } == .otherVersion)
        #expect(try refused { $0.version = 0 } == .otherVersion)
        #expect(try refused { $0.network = "gongji-vectors-2" } == .otherNetwork)
        #expect(try refused { $0.network = "" } == .otherNetwork)
        #expect(try refused { $0.from = TestNetwork.zhejiang } == .wrongSender)
        #expect(try refused { $0.to = TestNetwork.zhejiang } == .wrongReceiver)
        #expect(try refused { $0.count = 1 } == .malformed)
        #expect(try refused { $0.count = 3 } == .malformed)
        #expect(try refused { $0.count = 0 } == .malformed)
        let skew = Limits.clockSkewMillisecondsMax
        #expect(
            try refused { $0.time = TestNetwork.now.advanced(byMilliseconds: skew) } == nil)
        #expect(
            try refused { $0.time = TestNetwork.now.advanced(byMilliseconds: skew + 1) }
                == .fromTheFuture)
    }

    /// Each row has its own fault and those of all later rows.
    @Test func ofSeveralFaultsTheFirstInOrderIsTold() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let stranger = try network.certified()
        let verifier = try network.verifier([key])
        let faults: [(BatchRefusal, (inout BatchMaker) -> Void)] = [
            (.otherVersion, { $0.version = 2 }),
            (.otherNetwork, { $0.network = "other" }),
            (.wrongSender, { $0.from = TestNetwork.zhejiang }),
            (.wrongReceiver, { $0.to = TestNetwork.zhejiang }),
            (.malformed, { $0.count = 7 }),
            (.fromTheFuture, { $0.time = TestNetwork.at(day: 1) }),
            (.signature(.unknownCertificate), { _ in }),
        ]
        for first in faults.indices {
            var maker = BatchMaker()
            for (_, fault) in faults[first...] { fault(&maker) }
            #expect(refusal(of: try maker.frames(stranger), verifier) == faults[first].0)
        }
    }

    @Test func whatExceedsALimitIsRefusedBeforeItIsParsed() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        #expect(refusal(of: [], verifier) == .malformed)
        let good = try BatchMaker().frames(key)
        let long = Bytes(repeating: 0, count: Limits.messageBytesMax + 1)
        #expect(refusal(of: good + [long], verifier) == .oversize)
        #expect(refusal(of: [long], verifier) == .oversize)
        let envelope = Bytes(
            repeating: 0, count: Limits.envelopeBytesMax + Limits.proofBytesMax + 1)
        #expect(refusal(of: [envelope], verifier) == .oversize)
        // Without a proof there is less room: a field that nobody knows, and its length, make it too long.
        let filling = Limits.envelopeBytesMax - good[0].count
        let field = [0x7a, UInt8(filling & 127 | 128), UInt8(filling >> 7)] as Bytes
        let padded = good[0] + field + Bytes(repeating: 0, count: filling)
        #expect(refusal(of: [padded] + good.dropFirst(), verifier) == .oversize)
        let many = Array(repeating: Bytes(), count: Limits.batchMessagesMax + 1)
        #expect(refusal(of: [good[0]] + many, verifier) == .oversize)
        let full = Array(repeating: Bytes(repeating: 0, count: Limits.messageBytesMax), count: 16)
        #expect(refusal(of: [good[0]] + full, verifier) == .oversize)
        #expect(refusal(of: [Bytes("garbage".utf8)], verifier) == .malformed)
        #expect(refusal(of: [[]], verifier) == .malformed)
    }

    @Test func instantsThatNoCalendarHasAreMalformed() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        for milliseconds in [Int64.min, -1, Limits.instantMillisecondsMax + 1, .max] {
            var maker = BatchMaker()
            maker.time = Instant(milliseconds: milliseconds)
            #expect(refusal(of: try maker.frames(key), verifier) == .malformed)
        }
    }

    /// A certificate counts at the time of signing and now, whichever is worse.
    @Test func aCertificateThatIsNotInForceIsRefused() throws {
        let network = try TestNetwork()
        let other = try TestNetwork(.sm2WithSM3, commonName: "another root")
        let ended = try network.certified(from: -10, to: -1)
        let early = try network.certified(from: 1, to: 10)
        let revoked = try network.certified()
        let stranger = try other.certified()
        let wrongID = try network.certified { $0.distinguishingID = .empty }
        let encipher = try network.certified { $0.usage = .keyEncipherment }
        let good = try network.certified()
        let unlisted = try network.certified()
        let verifier = try network.verifier(
            [ended, early, revoked, stranger, wrongID, encipher, good],
            revoked: [(revoked, TestNetwork.at(day: -1))])
        func refused(
            _ key: CertifiedKey, signed: Int64 = 0, now: Int64 = 0
        ) throws -> BatchRefusal? {
            var maker = BatchMaker()
            maker.time = TestNetwork.at(day: signed)
            return refusal(
                of: try maker.frames(key), now: TestNetwork.at(day: now), verifier)
        }
        #expect(try refused(good) == nil)
        #expect(try refused(ended) == .signature(.expired))
        #expect(try refused(ended, signed: -5) == .signature(.expired))
        #expect(try refused(ended, signed: -5, now: -5) == nil)
        #expect(try refused(early) == .signature(.notYetValid))
        #expect(try refused(early, signed: 0, now: 2) == .signature(.notYetValid))
        #expect(try refused(early, signed: 2, now: 2) == nil)
        #expect(try refused(revoked) == .signature(.revoked))
        // Signed, or said to be signed, before the revocation; received after it.
        #expect(try refused(revoked, signed: -2) == .signature(.revoked))
        #expect(try refused(revoked, signed: -2, now: -2) == nil)
        #expect(try refused(stranger) == .signature(.wrongChain))
        #expect(try refused(wrongID) == .signature(.wrongChain))
        #expect(try refused(encipher) == .signature(.wrongUsage))
        #expect(try refused(unlisted) == .signature(.unknownCertificate))
        let elsewhere = try network.certified(TestNetwork.zhejiang)
        #expect(
            refusal(
                of: try BatchMaker().frames(elsewhere),
                try network.verifier([elsewhere], of: TestNetwork.zhejiang))
                == .signature(.wrongProvince))
    }

    @Test func aSuiteThatTheDirectoryDoesNotAllowIsRefused() throws {
        let network = try TestNetwork(.ed25519WithSHA256)
        let key = try network.certified()
        let frames = try BatchMaker().frames(key)
        #expect(refusal(of: frames, try network.verifier([key])) == nil)
        #expect(
            refusal(of: frames, try network.verifier([key], suites: [.sm2WithSM3]))
                == .signature(.suiteNotAllowed))
    }

    @Test func aSignatureOfAnotherBatchOrIdentityIsBad() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        let first = try BatchMaker().frames(key)
        var other = BatchMaker()
        other.messages = [Samples.walletQuery]
        let second = try other.frames(key)
        var envelope = try BatchEnvelope(decoding: first[0])
        envelope = BatchEnvelope(
            header: envelope.header, treeIndex: 0, treeSize: 1, treePath: [],
            suite: envelope.suite, keyID: envelope.keyID,
            signature: try BatchEnvelope(decoding: second[0]).signature)
        #expect(
            refusal(of: [envelope.encoded()] + first.dropFirst(), verifier)
                == .signature(.badSignature))
        let hashing = SM3Hashing()
        let subtree = Merkle.root(
            ([envelope.header] + first.dropFirst()).map { hashing.leaf($0) }, hashing)
        let root = Merkle.root([hashing.leaf(subtree.bytes)], hashing)
        envelope = BatchEnvelope(
            header: envelope.header, treeIndex: 0, treeSize: 1, treePath: [],
            suite: envelope.suite, keyID: envelope.keyID,
            signature: try key.key.sign(BatchEnvelope.signedBytes(root: root), id: .empty))
        #expect(
            refusal(of: [envelope.encoded()] + first.dropFirst(), verifier)
                == .signature(.badSignature))
    }

    @Test(arguments: Wire.Suite.allCases)
    func everyFlippedBitIsNoticed(_ suite: Wire.Suite) throws {
        let network = try TestNetwork(suite)
        let key = try network.certified()
        let verifier = try network.verifier([key])
        let parts = [TestNetwork.shandong, TestNetwork.zhejiang, TestNetwork.guangdong].map {
            var maker = BatchMaker()
            maker.to = $0
            return maker.flushPart()
        }
        let batch = try Flush.sign(parts, key, suite.hashing)[0]
        let frames = [batch.envelope] + batch.frames
        #expect(refusal(of: frames, verifier) == nil)
        var taken: [String] = []
        for frame in frames.indices {
            for bit in 0..<(frames[frame].count * 8) {
                var changed = frames
                changed[frame][bit / 8] ^= 1 << UInt8(bit % 8)
                if refusal(of: changed, verifier) == nil {
                    taken.append("frame \(frame) bit \(bit)")
                }
            }
        }
        #expect(taken.isEmpty)
    }

    @Test func framesThatAreMissingAddedOrMovedAreNoticed() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        let frames = try BatchMaker().frames(key)
        let changed: [[Bytes]] = [
            [frames[0], frames[2], frames[1]], [frames[0], frames[1], frames[1]],
            [frames[0], frames[1]], frames + [frames[1]], [frames[0], frames[1], []],
            [frames[0], frames[1] + frames[2]], [frames[0]],
        ]
        for frames in changed { #expect(refusal(of: frames, verifier) != nil) }
    }

    @Test func randomBatchesNeverCrashAReceiver() throws {
        var random = SeededGenerator.printed("randomBatchesNeverCrashAReceiver")
        let network = try TestNetwork()
        let key = try network.certified()
        let verifier = try network.verifier([key])
        let good = try BatchMaker().frames(key)
        for _ in 0..<3000 {
            var frames = good
            for _ in 0..<Int.random(in: 1...3, using: &random) where !frames.isEmpty {
                let place = Int.random(in: 0..<frames.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: frames.remove(at: place)
                case 1: frames.insert(frames[place], at: place)
                case 2:
                    frames[place] = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                default:
                    guard !frames[place].isEmpty else { continue }
                    let octet = Int.random(in: 0..<frames[place].count, using: &random)
                    frames[place][octet] = .random(in: 0...255, using: &random)
                }
            }
            if frames != good { #expect(refusal(of: frames, verifier) != nil) }
        }
    }

    @Test func everyReasonHasItsOwnWord() {
        let all: [BatchRefusal] =
            [
                .oversize, .malformed, .otherVersion, .otherNetwork, .wrongSender, .wrongReceiver,
                .fromTheFuture, .badPath,
            ] + SignatureRefusal.allCases.map { .signature($0) }
        #expect(Set(all.map(\.word)).count == all.count)
    }
}
