import Domain
import Signing
import Wire

/// The receiver, the network and the time of `protocol/vectors/batches.json`.
enum Scene {
    static let network = "gongji-vectors-1"
    static let peer = province(310_000)
    static let node = province(370_000)
    static let now = Instant(milliseconds: 1_780_000_000_000)
    static let sm3 = SM3Hashing()

    private static func province(_ number: UInt32) -> ProvinceCode {
        guard let code = ProvinceCode(number) else { preconditionFailure("no province: \(number)") }
        return code
    }
}

/// Takes every signature for good, so that what stands behind it is reached.
struct Credulous: SignatureVerifying {
    func hashing(_ suite: Suite) -> (any Hashing)? { suite.hashing }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? { nil }

    func isMade(_ claim: SignatureClaim) -> Bool { true }
}

/// The first octet says whether frame 0 is of the input too (0), or is made to fit the messages; the
/// frames follow, each after its length in two octets, the higher first.
func takeBatch(_ input: Bytes) throws(BrokenPromise) -> Bool {
    guard let form = input.first else { return false }
    var frames = split(input.dropFirst())
    if form != 0 { frames.insert(fittingEnvelope(of: frames.count), at: 0) }
    let batch: InboundBatch
    do throws(BatchRefusal) {
        batch = try InboundBatch(
            received: frames, from: Scene.peer, at: Scene.node, network: Scene.network,
            now: Scene.now, sm3: Scene.sm3, verifier: Credulous())
    } catch {
        try demand(!error.word.isEmpty, "a refusal without a word")
        return false
    }
    try demand(batch.messages.count == batch.header.count, "a message without a result")
    try demand(
        batch.end.sequence == batch.header.firstSequence - 1 + UInt64(batch.header.count),
        "the link ends elsewhere than after the last message")
    try demand(
        batch.bytesCount == frames.reduce(0) { $0 + $1.count }, "octets counted wrong")
    let header = batch.header
    let same = try own("header") { try BatchHeader(decoding: header.encoded()) }
    try demand(same == header, "another header after a round trip")
    for (index, message) in batch.messages.enumerated() {
        if case .success(let message) = message { try checkRoundTrip(message) }
        guard index < 4 else { continue }
        let receipt = batch.receipt(of: index)
        let proven = try own("receipt of message \(index)") {
            try receipt.verify(network: Scene.network, at: Scene.now, Credulous())
        }
        try demand(proven == header, "a receipt with another header")
        try checkRoundTrip(receipt)
    }
    return true
}

/// A vote or a decision inside an accepted message may have come by way of a receipt, which then
/// verifies as a whole.
func takeReceipt(_ input: Bytes) throws(BrokenPromise) -> Bool {
    guard let receipt = try? Receipt(decoding: input) else { return false }
    try checkRoundTrip(receipt)
    _ = try? receipt.verify(network: Scene.network, at: Scene.now, Credulous())
    if let envelope = try? BatchEnvelope(decoding: receipt.envelope) {
        let same = try own("envelope") { try BatchEnvelope(decoding: envelope.encoded()) }
        try demand(same == envelope, "another envelope after a round trip")
    }
    return true
}

private func checkRoundTrip(_ receipt: Receipt) throws(BrokenPromise) {
    let same = try own("receipt") { try Receipt(decoding: receipt.encoded()) }
    try demand(same == receipt, "another receipt after a round trip")
}

private func split(_ input: ArraySlice<UInt8>) -> [Bytes] {
    var frames: [Bytes] = []
    var rest = input
    while rest.count >= 2 {
        let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
        frames.append(Bytes(rest.dropFirst(2).prefix(length)))
        rest = rest.dropFirst(2 + length)
    }
    return frames
}

private func fittingEnvelope(of count: Int) -> Bytes {
    let header = BatchHeader(
        network: Scene.network, from: Scene.peer, to: Scene.node, epoch: .zero, firstSequence: 1,
        count: count, ack: nil, time: Scene.now, linkDigest: .zero, sentSequence: UInt64(count))
    return BatchEnvelope(
        header: header.encoded(), treeIndex: 0, treeSize: 1, treePath: [], suite: .sm2WithSM3,
        keyID: .zero, signature: []
    ).encoded()
}
