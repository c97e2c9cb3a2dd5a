import Domain
import Settlement
import Signing
import Testing
import Wire

/// Messages in batches that prove them, so that evidence can be kept of them.
extension World {
    /// Delivers what waits, each message in a batch of its own that its sender signed.
    func deliverProven(holdingBack keep: (Waiting) -> Bool = { _ in false }) {
        var held: [Waiting] = []
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            if keep(next) {
                held.append(next)
            } else {
                tellProven(next.message, from: next.from, to: next.to)
            }
        }
        waiting = held
    }

    func tellProven(_ message: Message, from: ProvinceCode, to province: ProvinceCode) {
        do {
            run([try proven(message, from: from, to: province)], at: province)
        } catch {
            Issue.record("no batch: \(error)")
        }
    }

    func proven(_ message: Message, from: ProvinceCode, to province: ProvinceCode) throws -> Input {
        let batch = try batch(message, from: from, to: province)
        // As the receiver has it: what is not proven is left out.
        return .message(
            try batch.messages[0].get(), from: from,
            batch: ProofSource(batch: batch, index: 0, entry: 1))
    }

    func batch(
        _ message: Message, from: ProvinceCode, to province: ProvinceCode
    ) throws -> InboundBatch {
        let header = BatchHeader(
            network: "test", from: from, to: province, epoch: newID(), firstSequence: 1, count: 1,
            ack: nil, time: now, linkDigest: .zero, sentSequence: 1)
        let signed = try Flush.sign(
            [FlushPart(header: header, frames: [message.encoded()])],
            Notary(province: from, sm3: sm3), sm3)
        return try InboundBatch(
            received: [signed[0].envelope] + signed[0].frames, from: from, at: province,
            network: "test", now: now, sm3: sm3, verifier: Notary(province: from, sm3: sm3))
    }
}

/// Signs and believes by a digest: no key is needed to see what the engine makes of signatures.
private struct Notary: BatchSigning, SignatureVerifying {
    let province: ProvinceCode
    let sm3: SM3Hashing

    var suite: Wire.Suite { .sm2WithSM3 }
    var keyID: Digest { sm3.digest(Array(province.description.utf8)) }
    func sign(_ bytes: Bytes) -> Bytes { sm3.digest(keyID.bytes + bytes).bytes }
    func hashing(_ suite: Wire.Suite) -> (any Hashing)? { sm3 }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        let signer = Notary(province: signer, sm3: sm3)
        return signer.keyID == keyID && signer.sign(bytes) == signature ? nil : .badSignature
    }

    func isMade(_ claim: SignatureClaim) -> Bool { refusal(of: claim) == nil }
}
