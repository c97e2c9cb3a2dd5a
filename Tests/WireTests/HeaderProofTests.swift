import Domain
import Foundation
import Signing
import Testing

@testable import Wire

/// What shows a node that it has signed a batch, and what does not.
@Suite struct HeaderProofTests {
    private let maker = BatchMaker()

    private func header(
        _ proof: HeaderProof, from node: ProvinceCode = TestNetwork.shanghai,
        to peer: ProvinceCode = TestNetwork.shandong, network: String = TestNetwork.name,
        _ verifier: any SignatureVerifying
    ) -> BatchHeader? {
        proof.header(from: node, to: peer, network: network, verifier)?.header
    }

    @Test(arguments: Wire.Suite.allCases)
    func itsOwnBatchIsShownToItsSigner(_ suite: Wire.Suite) throws {
        let network = try TestNetwork(suite)
        let key = try network.certified()
        let verifier = try network.verifier([key])
        for count in [1, 2, 3, 7] {
            var maker = maker
            maker.messages = Array(Samples.messages.prefix(count))
            let proof = try maker.proof(key)
            #expect(header(proof, verifier) == maker.header)
            let again = try HeaderProof(proof.proto)
            #expect(again == proof)
        }
    }

    /// A certificate ends; what was said with it was said.
    @Test func theDateDoesNotMatter() throws {
        let network = try TestNetwork()
        let expired = try network.certified(from: -10, to: -1)
        let revoked = try network.certified()
        let verifier = try network.verifier(
            [expired, revoked], revoked: [(revoked, TestNetwork.at(day: -5))])
        #expect(header(try maker.proof(expired), verifier) == maker.header)
        #expect(header(try maker.proof(revoked), verifier) == maker.header)
    }

    @Test func nothingElseProvesAnything() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let stranger = try network.certified()
        let verifier = try network.verifier([key])
        let good = try maker.proof(key)
        #expect(header(good, verifier) != nil)
        #expect(header(good, from: TestNetwork.zhejiang, verifier) == nil)
        #expect(header(good, to: TestNetwork.zhejiang, verifier) == nil)
        #expect(header(good, network: "another", verifier) == nil)
        #expect(header(try maker.proof(stranger), verifier) == nil, "not in the directory")
        #expect(header(good, try network.verifier([key], of: TestNetwork.zhejiang)) == nil)
        let other = Wire.Suite.ed25519WithSHA256
        #expect(header(good, try network.verifier([key], suites: [other])) == nil)

        var empty = maker
        empty.messages = []
        #expect(header(try empty.proof(key), verifier) == nil, "a sign of life")
        var path = good.headerPath
        path[0] = Samples.digest("another")
        #expect(header(HeaderProof(envelope: good.envelope, headerPath: path), verifier) == nil)
        #expect(header(HeaderProof(envelope: good.envelope, headerPath: []), verifier) == nil)
        #expect(header(HeaderProof(envelope: [1, 2], headerPath: path), verifier) == nil)
        var altered = try BatchEnvelope(decoding: good.envelope)
        altered = BatchEnvelope(
            header: altered.header + [0], treeIndex: 0, treeSize: 1, treePath: [],
            suite: altered.suite, keyID: altered.keyID, signature: altered.signature)
        #expect(
            header(
                HeaderProof(envelope: altered.encoded(), headerPath: good.headerPath), verifier)
                == nil)
    }

    private func sealed(_ frames: [Bytes], with proof: HeaderProof) throws -> [Bytes] {
        let envelope = try BatchEnvelope(decoding: frames[0])
        let sealed = BatchEnvelope(
            header: envelope.header, treeIndex: envelope.treeIndex, treeSize: envelope.treeSize,
            treePath: envelope.treePath, suite: envelope.suite, keyID: envelope.keyID,
            signature: envelope.signature, proof: proof)
        return [sealed.encoded()] + frames.dropFirst()
    }

    /// What is kept in journals and shown in receipts is what was signed, and no more.
    @Test func aProofGoesWithASignOfLifeOnly() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        let peer = try network.certified(TestNetwork.shandong)
        let verifier = Verifier(
            suites: [.sm2WithSM3],
            certificates: [
                (TestNetwork.shanghai, key.certificate), (TestNetwork.shandong, peer.certificate),
            ], roots: [network.root], revocationLists: [])
        var answer = maker
        (answer.from, answer.to) = (TestNetwork.shandong, TestNetwork.shanghai)
        let proof = try answer.proof(peer)
        #expect(
            refusal(of: try sealed(try maker.frames(key), with: proof), verifier) == .malformed)
        var life = maker
        life.messages = []
        let frames = try sealed(try life.frames(key), with: proof)
        let batch = try InboundBatch(
            received: frames, from: TestNetwork.shanghai, at: TestNetwork.shandong,
            network: TestNetwork.name, now: TestNetwork.now, sm3: SM3Hashing(), verifier: verifier)
        #expect(batch.proven?.header == answer.header)

        let received = try InboundBatch(
            received: try maker.frames(key), from: TestNetwork.shanghai,
            at: TestNetwork.shandong, network: TestNetwork.name, now: TestNetwork.now,
            sm3: SM3Hashing(), verifier: verifier)
        let receipt = received.receipt(of: 0)
        #expect(throws: BatchRefusal.malformed) {
            _ = try Receipt(
                envelope: try sealed([receipt.envelope], with: proof)[0], message: receipt.message,
                leafIndex: receipt.leafIndex, leafCount: receipt.leafCount,
                leafPath: receipt.leafPath, headerPath: receipt.headerPath
            ).verify(network: TestNetwork.name, verifier)
        }
    }

    @Test func aProofHasBounds() throws {
        let network = try TestNetwork()
        let key = try network.certified()
        var life = maker
        life.messages = []
        let frames = try life.frames(key)
        let verifier = try network.verifier([key])
        let long = HeaderProof(
            envelope: Bytes(repeating: 7, count: Limits.envelopeBytesMax + 1), headerPath: [])
        #expect(refusal(of: try sealed(frames, with: long), verifier) == .malformed)
        let steep = HeaderProof(
            envelope: [7],
            headerPath: Array(repeating: .zero, count: Limits.headerPathMax + 1))
        #expect(refusal(of: try sealed(frames, with: steep), verifier) == .malformed)
        let most = HeaderProof(
            envelope: Bytes(repeating: 7, count: Limits.envelopeBytesMax),
            headerPath: Array(repeating: .zero, count: Limits.headerPathMax))
        let sealed = try sealed(frames, with: most)
        #expect(refusal(of: sealed, verifier) == nil)
        #expect(sealed[0].count - frames[0].count <= Limits.proofBytesMax)
    }
}
