import Domain
import Signing
import Testing

@testable import Wire

/// What proves one message to a third party.
@Suite struct ReceiptTests {
    let network: TestNetwork
    let key: CertifiedKey
    let verifier: Verifier

    init() throws {
        network = try TestNetwork()
        key = try network.certified()
        verifier = try network.verifier([key])
    }

    func batch(_ messages: [Wire.Message], from key: CertifiedKey? = nil) throws -> InboundBatch {
        let key = key ?? self.key
        let parts = [TestNetwork.zhejiang, TestNetwork.shandong, TestNetwork.guangdong].map {
            var maker = BatchMaker()
            maker.to = $0
            maker.messages = messages
            return maker.flushPart()
        }
        let sent = try Flush.sign(parts, key, key.suite.hashing)[1]
        return try InboundBatch(
            received: [sent.envelope] + sent.frames, from: TestNetwork.shanghai,
            at: TestNetwork.shandong, network: TestNetwork.name, now: TestNetwork.now,
            sm3: SM3Hashing(), verifier: try network.verifier([key]))
    }

    func refusal(of receipt: Receipt, _ verifier: Verifier? = nil) -> BatchRefusal? {
        do throws(BatchRefusal) {
            _ = try receipt.verify(network: TestNetwork.name, verifier ?? self.verifier)
            return nil
        } catch {
            return error
        }
    }

    @Test func everyMessageOfABatchHasAReceipt() throws {
        let batch = try batch(Samples.messages)
        for index in batch.frames.indices {
            let receipt = batch.receipt(of: index)
            let header = try receipt.verify(network: TestNetwork.name, verifier)
            #expect(header == batch.header)
            #expect(receipt.message == batch.frames[index])
            #expect(try Receipt(decoding: receipt.encoded()) == receipt)
        }
    }

    @Test func everyFlippedBitOfAReceiptIsNoticed() throws {
        let receipt = try batch(Array(Samples.messages.prefix(5))).receipt(of: 2)
        #expect(refusal(of: receipt) == nil)
        let bytes = receipt.encoded()
        var taken: [Int] = []
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let other = try? Receipt(decoding: changed) else { continue }
            if refusal(of: other) == nil { taken.append(bit) }
        }
        #expect(taken.isEmpty)
    }

    @Test func aReceiptProvesNothingElse() throws {
        let batch = try batch(Array(Samples.messages.prefix(5)))
        let (one, two) = (batch.receipt(of: 0), batch.receipt(of: 1))
        func with(
            message: Bytes? = nil, index: Int? = nil, count: Int? = nil, leaf: [Digest]? = nil,
            header: [Digest]? = nil
        ) -> Receipt {
            Receipt(
                envelope: one.envelope, message: message ?? one.message,
                leafIndex: index ?? one.leafIndex, leafCount: count ?? one.leafCount,
                leafPath: leaf ?? one.leafPath, headerPath: header ?? one.headerPath)
        }
        #expect(refusal(of: with()) == nil)
        let changed = [
            with(message: two.message), with(index: 2), with(index: 0), with(count: 5),
            with(count: 7), with(leaf: two.leafPath), with(leaf: []), with(header: []),
            with(header: one.leafPath),
            // The header itself is no message.
            with(
                message: try BatchEnvelope(decoding: one.envelope).header, index: 0,
                leaf: one.headerPath),
        ]
        for (number, receipt) in changed.enumerated() {
            #expect(refusal(of: receipt) == .badPath, "case \(number)")
        }
    }

    @Test func aReceiptIsJudgedAtTheTimeOfItsHeader() throws {
        let receipt = try batch([Samples.release]).receipt(of: 0)
        let later = try network.verifier([key], revoked: [(key, TestNetwork.at(day: 1))])
        #expect(refusal(of: receipt, later) == nil)
        let before = try network.verifier([key], revoked: [(key, TestNetwork.at(day: -1))])
        #expect(refusal(of: receipt, before) == .signature(.revoked))
        #expect(
            refusal(of: receipt, try network.verifier([])) == .signature(.unknownCertificate))
    }

    @Test func aReceiptOfAnotherNetworkProvesNothingHere() throws {
        let receipt = try batch([Samples.release]).receipt(of: 0)
        #expect(throws: BatchRefusal.otherNetwork) {
            _ = try receipt.verify(network: "another", verifier)
        }
    }

    // MARK: Receipts inside of messages

    /// A vote of Zhejiang to Shanghai, as Shanghai has it.
    func proven(
        _ message: Wire.Message, by province: ProvinceCode, _ key: CertifiedKey
    ) throws -> Receipt {
        var maker = BatchMaker()
        maker.from = province
        maker.to = TestNetwork.shanghai
        maker.messages = [message]
        let sent = try Flush.sign([maker.flushPart()], key, key.suite.hashing)[0]
        let verifier = Verifier(
            suites: [.sm2WithSM3], certificates: [(province, key.certificate)],
            roots: [network.root], revocationLists: [])
        return try InboundBatch(
            received: [sent.envelope] + sent.frames, from: province, at: TestNetwork.shanghai,
            network: TestNetwork.name, now: TestNetwork.now, sm3: SM3Hashing(), verifier: verifier
        ).receipt(of: 0)
    }

    /// What Shandong makes of `message` of Shanghai, knowing Zhejiang's certificate too.
    func received(
        _ message: Wire.Message, knowing zhejiang: CertifiedKey,
        revoked: [(CertifiedKey, Instant)] = []
    ) throws -> Result<Wire.Message, DecodingRefusal> {
        var maker = BatchMaker()
        maker.messages = [message]
        let both = Verifier(
            suites: [.sm2WithSM3],
            certificates: [
                (TestNetwork.shanghai, key.certificate),
                (TestNetwork.zhejiang, zhejiang.certificate),
            ], roots: [network.root],
            revocationLists: [try network.revocationList(revoked)])
        return try InboundBatch(
            received: try maker.frames(key), from: TestNetwork.shanghai,
            at: TestNetwork.shandong, network: TestNetwork.name, now: TestNetwork.now,
            sm3: SM3Hashing(), verifier: both
        ).messages[0]
    }

    func commit(_ vote: Vote, _ receipt: Receipt) -> Wire.Message {
        .commit(
            Commit(
                transaction: vote.transaction, planDigest: vote.planDigest, finals: [],
                votes: [ProvenVote(vote: vote, receipt: receipt)], ownVote: nil))
    }

    @Test func aVoteIsTakenFromItsReceiptOnlyIfItsParticipantSignedIt() throws {
        let zhejiang = try network.certified(TestNetwork.zhejiang)
        let vote = Samples.vote
        let good = try proven(.vote(vote), by: TestNetwork.zhejiang, zhejiang)
        #expect(
            try received(commit(vote, good), knowing: zhejiang) == .success(commit(vote, good)))
        // Without its vote the commit goes on to the primary, which misses it.
        let without = Result<Wire.Message, DecodingRefusal>.success(
            .commit(
                Commit(
                    transaction: vote.transaction, planDigest: vote.planDigest, finals: [],
                    votes: [], ownVote: nil)))
        // The coordinator signs a vote in another's name.
        let forged = try batch([.vote(vote)]).receipt(of: 0)
        #expect(try received(commit(vote, forged), knowing: zhejiang) == without)
        // Of a node whose certificate nobody knows.
        let stranger = try network.certified(TestNetwork.zhejiang)
        let unknown = try proven(.vote(vote), by: TestNetwork.zhejiang, stranger)
        #expect(try received(commit(vote, unknown), knowing: zhejiang) == without)
        let bare = Samples.receipt(of: .vote(vote))
        #expect(try received(commit(vote, bare), knowing: zhejiang) == without)
        // Revoked since: the time in the receipt is the signer's to choose.
        let revoked = [(zhejiang, TestNetwork.now)]
        #expect(
            try received(commit(vote, good), knowing: zhejiang, revoked: revoked) == without)
    }

    @Test func aCertificateIsTakenOnlyIfItsPrimarySignedIt() throws {
        let zhejiang = try network.certified(TestNetwork.zhejiang)
        let decision = Decision(
            transaction: Samples.transaction, planDigest: Samples.planDigest,
            care: TestNetwork.shanghai, primary: TestNetwork.zhejiang,
            outcome: .released(.reservationExpired), decided: TestNetwork.now)
        func certificate(_ receipt: Receipt) -> Wire.Message {
            .certificate(Certificate(decision: decision, receipt: receipt))
        }
        let good = certificate(
            try proven(.decision(decision), by: TestNetwork.zhejiang, zhejiang))
        #expect(try received(good, knowing: zhejiang) == .success(good))
        let forged = certificate(try batch([.decision(decision)]).receipt(of: 0))
        #expect(try received(forged, knowing: zhejiang) == .failure(.unproven))
        #expect(
            try received(good, knowing: zhejiang, revoked: [(zhejiang, TestNetwork.now)])
                == .failure(.unproven))
    }

    @Test func whatAReceiptMayHaveToCarryIsShort() throws {
        let long = Samples.vote.proto.padded(to: Limits.provenMessageBytesMax)
        #expect(throws: DecodingRefusal.tooLong) {
            _ = try Receipt(
                envelope: [1], message: long + [0], leafIndex: 1, leafCount: 2, leafPath: [],
                headerPath: []
            ).innerMessage(hashing: SM3Hashing())
        }
        #expect(throws: DecodingRefusal.tooLong) {
            _ = try Receipt(
                envelope: Bytes(repeating: 0, count: Limits.envelopeBytesMax + 1),
                message: Wire.Message.vote(Samples.vote).encoded(), leafIndex: 1, leafCount: 2,
                leafPath: [], headerPath: []
            ).innerMessage(hashing: SM3Hashing())
        }
        let limit = Limits.provenMessageBytesMax
        for (length, taken) in [(limit, true), (limit + 1, false)] {
            var maker = BatchMaker()
            maker.count = 1
            let frame = Samples.vote.proto.padded(to: length)
            let sent = try Flush.sign(
                [FlushPart(header: maker.header, frames: [frame])], key, key.suite.hashing)[0]
            let batch = try InboundBatch(
                received: [sent.envelope, frame], from: TestNetwork.shanghai,
                at: TestNetwork.shandong, network: TestNetwork.name, now: TestNetwork.now,
                sm3: SM3Hashing(), verifier: verifier)
            #expect(batch.messages == [taken ? .success(.vote(Samples.vote)) : .failure(.tooLong)])
        }
    }
}

extension Gongji_V1_Vote {
    /// A frame with this vote that has `length` octets, by a field that no version knows.
    fileprivate func padded(to length: Int) -> Bytes {
        var message = Gongji_V1_Message()
        message.vote = self
        let frame = serialize(message)
        let rest = length - frame.count - 4
        // Field 100, length-delimited, with a length of two octets.
        return frame + [0xa2, 0x06, UInt8(rest & 127 | 128), UInt8(rest >> 7)]
            + Bytes(repeating: 0, count: rest)
    }
}
