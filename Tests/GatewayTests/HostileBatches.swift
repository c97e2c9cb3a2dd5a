import Domain
import Gateway
import Signing
import Testing
import Wire

/// A batch that is wrong in one thing, and the word that an operator reads about it.
struct HostileBatch: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let make: @Sendable (HostileStage) throws -> [Bytes]

    init(
        _ name: String, is reason: String,
        _ make: @escaping @Sendable (HostileStage) throws -> [Bytes]
    ) {
        testDescription = name
        self.reason = reason
        self.make = make
    }
}

extension HostileBatch {
    static let identities: [HostileBatch] = [
        HostileBatch("another province as its sender", is: "wrong_sender") { stage in
            try stage.attacker.forge(header: { $0.from = stage.abused.address.province })
        },
        HostileBatch("this node itself as its sender", is: "wrong_sender") { stage in
            try stage.attacker.forge(header: { $0.from = stage.node.province })
        },
        HostileBatch("another province as its receiver", is: "wrong_receiver") { stage in
            try stage.attacker.forge(header: { $0.to = stage.abused.address.province })
        },
        HostileBatch("another network", is: "other_network") { stage in
            try stage.attacker.forge(header: { $0.network = "another-network" })
        },
        HostileBatch("another major version", is: "other_version") { stage in
            try stage.attacker.forge(header: { $0.version = 2 })
        },
        HostileBatch("a time ten minutes ahead", is: "from_the_future") { stage in
            try stage.attacker.forge(
                header: { $0.time = $0.time.advanced(byMilliseconds: 600_000) })
        },
        HostileBatch("a time before time began", is: "malformed") { stage in
            try stage.attacker.forge(header: { $0.time = Instant(milliseconds: .min) })
        },
        HostileBatch("a time after the end of time", is: "malformed") { stage in
            try stage.attacker.forge(header: { $0.time = Instant(milliseconds: .max) })
        },
        HostileBatch("a sequence number of zero", is: "malformed") { stage in
            try stage.attacker.forge(seal: { seal, _ in
                var header = try! BatchHeader(decoding: seal.header)
                header.firstSequence = 0
                seal.header = header.encoded()
            })
        },
        HostileBatch("a sequence number at the end of numbers", is: "malformed") { stage in
            try stage.attacker.forge(header: { $0.firstSequence = .max })
        },
    ]

    static let certificates: [HostileBatch] = [
        HostileBatch("an expired certificate", is: "certificate_expired") { stage in
            try stage.attacker.forge(by: stage.certificates.expired)
        },
        HostileBatch("an expired certificate, dated when it held", is: "certificate_expired") {
            stage in
            let then = stage.certificates.expired.certificate.validity.notAfter
            return try stage.attacker.forge(
                by: stage.certificates.expired,
                header: { $0.time = then.advanced(byMilliseconds: -60_000) })
        },
        HostileBatch("a certificate not yet valid", is: "certificate_not_yet_valid") { stage in
            try stage.attacker.forge(by: stage.certificates.notYetValid)
        },
        HostileBatch("a good certificate, dated before it held", is: "certificate_not_yet_valid") {
            stage in
            let start = stage.attacker.signer.certificate.validity.notBefore
            return try stage.attacker.forge(
                header: { $0.time = start.advanced(byMilliseconds: -60_000) })
        },
        HostileBatch("a revoked certificate", is: "certificate_revoked") { stage in
            try stage.attacker.forge(by: stage.certificates.revoked)
        },
        HostileBatch("a revoked certificate, dated before that", is: "certificate_revoked") {
            stage in
            try stage.attacker.forge(
                by: stage.certificates.revoked,
                header: {
                    $0.time = stage.certificates.revokedAt.advanced(byMilliseconds: -60_000)
                })
        },
        HostileBatch("a certificate of another root of that name", is: "unknown_certificate") {
            stage in
            try stage.attacker.forge(by: stage.certificates.wrongChain)
        },
        HostileBatch("a certificate with another distid", is: "unknown_certificate") { stage in
            try stage.attacker.forge(by: stage.certificates.wrongDistinguishingID)
        },
        HostileBatch("another province's certificate", is: "certificate_wrong_province") { stage in
            try stage.attacker.forge(by: try stage.abused.folder.certifiedKey())
        },
        HostileBatch("a suite that is not allowed", is: "suite_not_allowed") { stage in
            try stage.attacker.forge(by: stage.certificates.otherSuite)
        },
        HostileBatch("a key of another suite than it says", is: "certificate_wrong_usage") {
            stage in
            let keyID = stage.certificates.otherSuite.keyID
            return try stage.attacker.forge(seal: { seal, _ in seal.keyID = keyID })
        },
        HostileBatch("a signature with another distid", is: "bad_signature") { stage in
            struct Signer: BatchSigning {
                let key: CertifiedKey
                var suite: Suite { key.suite }
                var keyID: Digest { key.keyID }
                func sign(_ bytes: Bytes) throws -> Bytes { try key.key.sign(bytes, id: .empty) }
            }
            return try stage.attacker.forge(by: Signer(key: stage.attacker.signer))
        },
        HostileBatch("the signature of another batch", is: "bad_signature") { stage in
            let other = try BatchEnvelope(decoding: try stage.attacker.forge()[0])
            return try stage.attacker.forge(seal: { seal, _ in seal.signature = other.signature })
        },
        HostileBatch("no signature", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.signature = [] })
        },
    ]

    static let alterations: [HostileBatch] = [
        HostileBatch("a bit of the header flipped", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.header[seal.header.count - 4] ^= 1 })
        },
        HostileBatch("a bit of a frame flipped", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { _, frames in frames[0][7] ^= 16 })
        },
        HostileBatch("a bit of the path flipped", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { seal, _ in
                var octets = seal.treePath[0].bytes
                octets[31] ^= 1
                seal.treePath[0] = Digest(octets)!
            })
        },
        HostileBatch("a bit of the signature flipped", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.signature[20] ^= 1 })
        },
        HostileBatch("a bit of the key id flipped", is: "unknown_certificate") { stage in
            try stage.attacker.forge(seal: { seal, _ in
                var octets = seal.keyID.bytes
                octets[0] ^= 128
                seal.keyID = Digest(octets)!
            })
        },
        HostileBatch("the place of another batch in the flush", is: "bad_signature") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.treeIndex = 1 })
        },
        HostileBatch("a path that is too short", is: "bad_path") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.treePath = [] })
        },
        HostileBatch("a path that is too long", is: "bad_path") { stage in
            try stage.attacker.forge(seal: { seal, _ in seal.treePath.append(.zero) })
        },
        HostileBatch("a message taken out", is: "malformed") { stage in
            try stage.attacker.forge(seal: { _, frames in frames = [] })
        },
        HostileBatch("a message added", is: "malformed") { stage in
            try stage.attacker.forge(seal: { _, frames in
                frames.append(HostilePeer.question().encoded())
            })
        },
        HostileBatch("two messages in the other order", is: "bad_signature") { stage in
            try stage.attacker.forge(
                [HostilePeer.question().encoded(), HostilePeer.question().encoded()],
                seal: { _, frames in frames.swapAt(0, 1) })
        },
    ]

    static let shapes: [HostileBatch] = [
        HostileBatch("one empty frame", is: "malformed") { _ in [[]] },
        HostileBatch("two empty frames", is: "malformed") { _ in [[], []] },
        HostileBatch("random octets", is: "malformed") { _ in
            [(0..<400).map { _ in UInt8.random(in: 0...255) }]
        },
        HostileBatch("text", is: "malformed") { _ in [Array("GET / HTTP/1.1\r\n\r\n".utf8)] },
        HostileBatch("a message without its header", is: "malformed") { _ in
            [HostilePeer.question().encoded()]
        },
        HostileBatch("a frame of one octet more than allowed", is: "oversize") { stage in
            try stage.attacker.forge([Bytes(repeating: 0, count: Limits.messageBytesMax + 1)])
        },
        HostileBatch("one message more than allowed", is: "oversize") { stage in
            try stage.attacker.forge(
                Array(repeating: [8, 1], count: Limits.batchMessagesMax + 1))
        },
        HostileBatch("far more messages than allowed", is: "oversize") { stage in
            Array(repeating: [8, 1], count: 3 * Limits.batchMessagesMax)
        },
        HostileBatch("one octet more than a batch may have", is: "oversize") { stage in
            let frame = Bytes(repeating: 0, count: Limits.batchBytesMax / 16)
            return try stage.attacker.forge(Array(repeating: frame, count: 16))
        },
    ]

    static let all = identities + certificates + alterations + shapes
}

extension Hostilities {
    @Suite struct Batches {
        @Test("A batch is refused and changes nothing if it has", arguments: HostileBatch.all)
        func refused(_ batch: HostileBatch) throws {
            let stage = HostileStage.current!
            try stage.expectRefusal(batch.reason, at: \.batches) {
                try stage.attacker.send(try batch.make(stage))
            }
            try stage.expectGoodMessageToWork()
        }

        @Test func everyFlippedBitOfABatchIsRefused() throws {
            let stage = HostileStage.current!
            let seed = UInt64.random(in: 0...UInt64.max)
            var generator = SeededGenerator(seed: seed)
            let before = (
                refused: try stage.node.status().refusals.batches.values.reduce(0, +),
                books: try stage.node.books()
            )
            let batch = try stage.attacker.forge()
            let flips = 150
            for _ in 0..<flips {
                var altered = batch
                let frame = Int.random(in: altered.indices, using: &generator)
                let octet = Int.random(in: altered[frame].indices, using: &generator)
                altered[frame][octet] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                try stage.attacker.send(altered)
            }
            var refused = 0
            try eventually("all to be refused", seen: { "\(refused), seed \(seed)" }) {
                refused =
                    try stage.node.status().refusals.batches.values.reduce(0, +) - before.refused
                return refused >= flips
            }
            #expect(try stage.node.books() == before.books, "seed \(seed)")
            try stage.expectGoodMessageToWork()
        }

        @Test func anOldBatchAgainIsADuplicate() throws {
            let stage = HostileStage.current!
            let old = try stage.attacker.tell(HostilePeer.question())
            try stage.expectGoodMessageToWork()
            try stage.expectRefusal("duplicate", at: \.batches, times: 3) {
                for _ in 0..<3 { try stage.attacker.send(old) }
            }
            try stage.expectGoodMessageToWork()
        }

        @Test func aBatchAfterAMissingOneWaits() throws {
            let stage = HostileStage.current!
            try stage.expectRefusal("gap", at: \.batches) {
                try stage.attacker.send(
                    try stage.attacker.forge(header: {
                        $0.firstSequence += 5
                        $0.sentSequence += 5
                    }))
            }
            try stage.expectGoodMessageToWork()
        }

        @Test func aBatchOfAThirdProvinceIsNotTakenFromAnother() throws {
            let stage = HostileStage.current!
            let abused = try HostilePeer(
                stage.abused, in: stage.network, against: stage.node)
            let theirs = try abused.forge()
            try stage.expectRefusal("wrong_sender", at: \.batches) {
                try stage.attacker.send(theirs)
            }
            try stage.expectGoodMessageToWork()
        }

        @Test func aFrameBeyondAllLimitsEndsOnlyItsConnection() throws {
            let stage = HostileStage.current!
            let before = try stage.node.books()
            try stage.attacker.send(
                try stage.attacker.forge([Bytes(repeating: 0, count: 3 * Limits.batchBytesMax)]))
            pause(milliseconds: 300)
            #expect(try stage.node.books() == before)
            try stage.expectGoodMessageToWork()
        }

        /// What one province says of its link, in one life of it: the node has no other halt or standstill.
        @Test func aProvinceThatLiesAboutItsLinkStopsOnlyItsOwnLink() throws {
            let stage = HostileStage.current!
            let member = stage.network.members[ProvinceNetwork.guizhou]!
            let other = try HostilePeer(member, in: stage.network, against: stage.node)
            try other.isAnswered()
            try expectClaimsToCostTheLinkOnly(other, stage)
            try expectProofsOfSomethingElseToProveNothing(other, stage)
            try expectAnotherHistoryToStopItsLinkOnly(other, stage)
        }

        /// One signed header halted a province, also after a restart.
        private func expectClaimsToCostTheLinkOnly(
            _ other: HostilePeer, _ stage: HostileStage
        ) throws {
            other.listen()
            let heard = try #require(other.received)
            let lies: [LinkPosition] = [
                LinkPosition(epoch: heard.epoch, sequence: 1 << 40, digest: .zero),
                LinkPosition(epoch: Clock.newIdentifier(), sequence: 1, digest: .zero),
                LinkPosition(
                    epoch: heard.epoch, sequence: heard.sequence, digest: Digest(Bytes(1...32))!),
            ]
            for lie in lies {
                try other.send(try other.forge([], header: { $0.ack = lie }))
                try eventually("the link to stand still") {
                    try stage.node.peer(other.province).standstill?.state == "unproven_claim"
                }
                #expect(try stage.node.status().state == "running")
                try stage.expectGoodMessageToWork()
                // It takes it back.
                try eventually("the link to run again") {
                    other.listen()
                    try other.send(try other.forge([]))
                    return try stage.node.peer(other.province).standstill == nil
                }
            }
            try other.isAnswered()
        }

        /// A proof is made of what the node has signed, and of nothing else.
        private func expectProofsOfSomethingElseToProveNothing(
            _ other: HostilePeer, _ stage: HostileStage
        ) throws {
            let heard = try #require(other.received)
            let ack = LinkPosition(epoch: heard.epoch, sequence: 1 << 40, digest: .zero)
            // A batch that it signed itself in the node's name, and one that the node remembers.
            let forged = try other.forge(
                [[1]],
                header: {
                    ($0.from, $0.to) = (stage.node.province, other.province)
                    ($0.epoch, $0.firstSequence) = (heard.epoch, 1 << 40)
                })
            let proofs = [
                HeaderProof(
                    envelope: forged[0], headerPath: [SM3Hashing().leaf([1])]),
                try #require(other.lastProof),
            ]
            for proof in proofs {
                try other.send(
                    try other.forge(
                        [], header: { $0.ack = ack },
                        seal: { seal, _ in
                            seal.proof = proof
                        }))
                try eventually("the link to stand still") {
                    try stage.node.peer(other.province).standstill?.state == "unproven_claim"
                }
                #expect(try stage.node.status().state == "running")
                try eventually("the link to run again") {
                    other.listen()
                    try other.send(try other.forge([]))
                    return try stage.node.peer(other.province).standstill == nil
                }
            }
        }
        private func expectAnotherHistoryToStopItsLinkOnly(
            _ other: HostilePeer, _ stage: HostileStage
        ) throws {
            let received = try stage.node.received(from: other.province)
            try other.send(try other.forge(header: { $0.linkDigest = Digest(Bytes(1...32))! }))
            var standstill: StatusDocument.Standstill?
            try eventually("the link to stand still") {
                standstill = try stage.node.peer(other.province).standstill
                return standstill?.state == "histories_differ"
            }
            #expect(standstill?.row == 9 && standstill?.direction == "received")
            #expect(standstill?.ours?.number == received)
            #expect(standstill?.theirs?.digest == Digest(Bytes(1...32))!.description)
            #expect(
                try stage.node.status().refusals.batches["histories_differ", default: 0] >= 1)
            #expect(try stage.node.received(from: other.province) == received)
            #expect(try stage.node.status().state == "running")
            try stage.expectGoodMessageToWork()

            // It tells the truth again, and an operator sets the link going, without a new start.
            try other.tell(HostilePeer.question())
            pause(milliseconds: 200)
            #expect(try stage.node.received(from: other.province) == received)
            try stage.node.desk().done(.resume(other.province))
            try eventually("what was told meanwhile to be taken") {
                try other.send(try other.forge([]))
                return try stage.node.peer(other.province).standstill == nil
            }
        }
    }
}

/// Everything that a province or a stranger can do to a node over the network.
@Suite(.serialized, .onHostileStage) struct Hostilities {}
