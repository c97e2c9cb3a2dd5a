import Domain
import Foundation
import Signing
import SwiftProtobuf
import TestSeeds
import Testing

@testable import Wire

@Suite struct MessageRoundTrips {
    let sm3 = SM3Hashing()

    @Test(arguments: Samples.messages + Samples.edges)
    func aMessageComesBackAsItWas(_ message: Wire.Message) throws {
        let bytes = message.encoded()
        #expect(bytes.count <= Limits.messageBytesMax)
        let decoded = try Message(decoding: bytes, hashing: sm3)
        #expect(decoded == message)
        #expect(decoded.encoded() == bytes)
        #expect(decoded.name == message.name)
        #expect(decoded.transaction == message.transaction)
    }

    @Test func thereIsASampleOfEveryKind() {
        let names = Set(Samples.messages.map(\.name))
        #expect(names.count == 20)
    }

    @Test func thePlanDigestIsTakenOverTheOctetsThatWereSent() throws {
        // Another encoding of the same plan: an unknown field behind it.
        let bytes = Samples.encodedPlan.bytes + [0xf8, 0x07, 0x01]
        let plan = try EncodedPlan(decoding: bytes, hashing: sm3)
        #expect(plan.plan == Samples.plan)
        #expect(plan.bytes == bytes)
        #expect(plan.digest == sm3.digest(bytes))
        #expect(plan.digest != Samples.encodedPlan.digest)
    }

    @Test(arguments: [
        Samples.plan, Samples.premium, Samples.upTo, Samples.relativesCard,
    ])
    func aGoodPlanIsWellFormed(_ plan: Plan) { #expect(plan.isWellFormed) }

    @Test func aPlanHasALimitOfItsOwn() throws {
        let padding = Bytes(repeating: 0, count: Limits.planBytesMax)
        // Field 100, length-delimited.
        let plan =
            Samples.encodedPlan.bytes + [0xa2, 0x06, 0x80, UInt8(padding.count >> 7)] + padding
        #expect(try Plan(decoding: plan) == Samples.plan)
        #expect(try refusal { $0.reserve = .with { $0.plan = .init(plan) } } == .tooLong)
    }

    // MARK: What is refused

    func refusal(_ bytes: Bytes) -> DecodingRefusal? {
        do throws(DecodingRefusal) {
            _ = try Message(decoding: bytes, hashing: sm3)
            return nil
        } catch {
            return error
        }
    }

    func refusal(_ change: (inout Gongji_V1_Message) -> Void) throws -> DecodingRefusal? {
        var proto = Gongji_V1_Message()
        change(&proto)
        return refusal(serialize(proto))
    }

    @Test func octetsThatAreNoMessageAreRefused() {
        #expect(refusal([]) == .unknownBody)
        #expect(refusal([0x0a]) == .notProtobuf)
        #expect(refusal([0xff, 0xff, 0xff, 0xff]) == .notProtobuf)
        // Field 100, which no version knows.
        #expect(refusal([0xa2, 0x06, 0x00]) == .unknownBody)
        #expect(
            refusal(Bytes(repeating: 0, count: Limits.messageBytesMax + 1)) == .tooLong)
    }

    @Test func aFieldAfterAKnownBodyIsIgnored() throws {
        let bytes = Samples.release.encoded() + [0xa2, 0x06, 0x00]
        #expect(try Message(decoding: bytes, hashing: sm3) == Samples.release)
    }

    @Test func fieldsOutOfTheirRangeAreRefused() throws {
        let id = Samples.transaction.data
        let digest = Samples.planDigest.data
        let cases: [(inout Gongji_V1_Message) -> Void] = [
            { $0.release = .with { $0.transaction = id.dropLast() } },
            { $0.release = .with { $0.transaction = id } },
            {
                $0.release = .with {
                    $0.transaction = id
                    $0.planDigest = digest + [0]
                }
            },
            { $0.vote = vote(participant: 370_001) },
            { $0.vote = vote(participant: 0) },
            { $0.vote = vote(held: [-1]) },
            { $0.vote = vote(held: [Fen.limit.value + 1]) },
            { $0.vote = vote(held: Array(repeating: 1, count: Limits.drawsMax + 1)) },
            { $0.vote = vote(expires: -1) },
            { $0.vote = vote(expires: .min) },
            { $0.vote = vote(expires: .max) },
            { $0.vote = vote(expires: Limits.instantMillisecondsMax + 1) },
            { $0.refusal = refused(0) },
            { $0.refusal = refused(11) },
            { $0.refusal = refused(136) },
            { $0.refusal = refused(.max) },
            {
                var decision = Samples.committed.proto
                decision.outcome = .unspecified
                $0.decision = decision
            },
            {
                var decision = Samples.committed.proto
                decision.outcome = .UNRECOGNIZED(9)
                $0.decision = decision
            },
            {
                var decision = Samples.committed.proto
                decision.decidedMs = .max
                $0.decision = decision
            },
            {
                var decision = Samples.committed.proto
                decision.businessDate = -1
                $0.decision = decision
            },
            {
                var decision = Samples.committed.proto
                decision.businessDate = Limits.businessDateDaysMax + 1
                $0.decision = decision
            },
            {
                var decision = Samples.released.proto
                decision.status = 0
                $0.decision = decision
            },
            {
                $0.quotaNotice = .with {
                    $0.relation = id
                    $0.wallet = id
                    $0.giver = id
                    $0.giverRegion = 370_000
                    $0.kinship = .child
                    $0.phase = .active
                    $0.grantedMs = .min
                }
            },
            {
                $0.walletReply = .with {
                    $0.transaction = id
                    $0.expiresMs = 1
                    $0.terms = Data(count: 32)
                    $0.seal = Data(count: 32)
                }
            },
            {
                $0.walletReply = .with {
                    $0.transaction = id
                    $0.status = 4711
                }
            },
        ]
        for (number, change) in cases.enumerated() {
            #expect(try refusal(change) == .badField, "case \(number)")
        }
    }

    func vote(
        participant: UInt32 = 370_000, held: [Int64] = [1], expires: Int64 = 0
    ) -> Gongji_V1_Vote {
        .with {
            $0.transaction = Samples.transaction.data
            $0.planDigest = Samples.planDigest.data
            $0.participant = participant
            $0.heldFen = held
            $0.expiresMs = expires
        }
    }

    func refused(_ status: UInt32) -> Gongji_V1_Refusal {
        .with {
            $0.transaction = Samples.transaction.data
            $0.planDigest = Samples.planDigest.data
            $0.participant = 370_000
            $0.status = status
        }
    }

    @Test func fieldsOfABillOutOfTheirRangeAreRefused() throws {
        let changes: [(inout Gongji_V1_Bill) -> Void] = [
            { $0.totalFen = -1 }, { $0.pooledFen = .max }, { $0.burdenFen = Fen.limit.value + 1 },
            { $0.selfPaidFen = .min }, { $0.patient = .init([1]) }, { $0.credential = .init([1]) },
            { $0.identityRecord = .init([1]) }, { $0.proxy.patientIdentity = .init([1]) },
            { $0.proxy.proxyIdentity = .init([1]) }, { $0.cardNote.kinship = .UNRECOGNIZED(10) },
            { $0.cardNote.kinship = .UNRECOGNIZED(-9) }, { $0.cardNote.holderCard = .init([1]) },
            { $0.cardNote.patientCard = .init([1]) }, { $0.cardNote.contact = .init([1]) },
        ]
        for (number, change) in changes.enumerated() {
            var proto = try Gongji_V1_Plan(serializedBytes: Samples.encodedPlan.bytes)
            var bill = try Gongji_V1_Bill(serializedBytes: Bytes(proto.bill))
            change(&bill)
            proto.bill = Data(serialize(bill))
            let bytes = serialize(proto)
            #expect(
                try refusal { $0.reserve = .with { $0.plan = .init(bytes) } } == .badField,
                "case \(number)")
        }
    }

    @Test func fieldsOfAPlanOutOfTheirRangeAreRefused() throws {
        let changes: [(inout Gongji_V1_Plan) -> Void] = [
            { $0.holdMs = .max }, { $0.holdMs = -1 }, { $0.amountFen = -1 },
            { $0.amountFen = .max }, { $0.category = .unspecified },
            { $0.category = .UNRECOGNIZED(16) }, { $0.category = .UNRECOGNIZED(-1) },
            { $0.category = .UNRECOGNIZED(257) }, { $0.mode = .unspecified },
            { $0.institution = "" }, { $0.institution = "h" }, { $0.primary = 1 },
            { $0.institutionKind = .unspecified }, { $0.institutionKind = .UNRECOGNIZED(5) },
            { $0.institutionKind = .UNRECOGNIZED(257) }, { $0.careRegion = 0 },
            { $0.careRegion = 109_999 }, { $0.careRegion = 920_000 },
            { $0.permittedUntilMs = -1 }, { $0.permissionSeal = .init([1]) },
            { $0.permissionSeal = .init() },
            { $0.draws[0].limitFen = -1 }, { $0.draws[1].relation = .init([1]) },
            {
                $0.draws = Array(
                    repeating: $0.draws[0], count: Limits.drawsMax + 1)
            },
        ]
        for (number, change) in changes.enumerated() {
            var proto = try Gongji_V1_Plan(serializedBytes: Samples.encodedPlan.bytes)
            change(&proto)
            let bytes = serialize(proto)
            #expect(
                try refusal { $0.reserve = .with { $0.plan = .init(bytes) } } == .badField,
                "case \(number)")
        }
    }

    @Test func whatAReceiptMayHoldDoesNotNest() throws {
        let commit = Samples.receipt(of: Samples.release).proto
        #expect(try refusal { $0.certificate = commit } == .badField)
        let vote = Samples.receipt(of: .vote(Samples.vote)).proto
        #expect(try refusal { $0.certificate = vote } == .badField)
        let decision = Samples.receipt(of: .decision(Samples.released)).proto
        #expect(
            try refusal {
                $0.commit = .with {
                    $0.transaction = Samples.transaction.data
                    $0.planDigest = Samples.planDigest.data
                    $0.votes = [decision]
                }
            } == .badField)
    }

    /// Whatever comes, decoding answers with a value or a refusal.
    @Test func randomOctetsNeverCrashADecoder() {
        var random = SeededGenerator.printed("randomOctetsNeverCrashADecoder")
        let seeds = (Samples.messages + Samples.edges).map { $0.encoded() }
        for round in 0..<20_000 {
            var bytes: Bytes
            if round.isMultiple(of: 2) {
                bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
            } else {
                bytes = seeds.randomElement(using: &random) ?? []
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = .random(in: 0...255, using: &random)
                    case 1: bytes.insert(.random(in: 0...255, using: &random), at: place)
                    case 2: bytes.remove(at: place)
                    default: bytes = Bytes(bytes.prefix(place))
                    }
                }
            }
            if let message = try? Message(decoding: bytes, hashing: sm3) {
                // What was taken is a value that encodes and decodes.
                #expect((try? Message(decoding: message.encoded(), hashing: sm3)) == message)
            }
            if let header = try? BatchHeader(decoding: bytes) {
                #expect((try? BatchHeader(decoding: header.encoded())) == header)
            }
            if let envelope = try? BatchEnvelope(decoding: bytes) {
                #expect((try? BatchEnvelope(decoding: envelope.encoded())) == envelope)
            }
            if let receipt = try? Receipt(decoding: bytes) {
                #expect((try? Receipt(decoding: receipt.encoded())) == receipt)
            }
            _ = try? EncodedPlan(decoding: bytes, hashing: sm3)
            _ = try? ServiceRequest(decoding: bytes, hashing: sm3)
        }
    }
}
