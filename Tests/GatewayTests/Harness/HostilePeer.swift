import Domain
import Gateway
import Signing
import Wire
import ZeroMQ

/// Frame 0 of a batch taken apart, so that any octet of it can be altered after it was signed.
struct Seal {
    var header: Bytes
    var treeIndex: Int
    var treeSize: Int
    var treePath: [Digest]
    var suite: Suite
    var keyID: Digest
    var signature: Bytes
    var proof: HeaderProof?

    init(_ envelope: BatchEnvelope) {
        header = envelope.header
        treeIndex = envelope.treeIndex
        treeSize = envelope.treeSize
        treePath = envelope.treePath
        suite = envelope.suite
        keyID = envelope.keyID
        signature = envelope.signature
    }

    func encoded() -> Bytes {
        BatchEnvelope(
            header: header, treeIndex: treeIndex, treeSize: treeSize, treePath: treePath,
            suite: suite, keyID: keyID, signature: signature, proof: proof
        ).encoded()
    }
}

/// A province that speaks the protocol by itself, well or badly: it has the real keys of a member
/// of the network, or others, and says to one node whatever a test wants.
///
/// Used by one test at a time.
final class HostilePeer {
    let province: ProvinceCode
    let victim: ProvinceCode
    let network: String
    let signer: CertifiedKey
    private let context: Context
    private let zap: ZAPHandler
    private let dealer: Socket
    /// Nil: another one of the same province listens.
    private let router: Socket?
    /// The last message that was told in earnest.
    private(set) var sent: LinkPosition
    /// The last message of the victim, acknowledged with the next batch.
    private(set) var received: LinkPosition?
    private(set) var heard: [Message] = []
    /// What shows the victim the last batch with messages that it sent.
    private(set) var lastProof: HeaderProof?
    let hashing = SM3Hashing()

    /// - Parameters:
    ///   - curve: other CURVE keys than the province's own.
    ///   - listens: false for a second one of a province, which speaks to another node.
    init(
        _ member: ProvinceNetwork.Member, in network: ProvinceNetwork, against victim: TestNode,
        curve: CurveKeyPair? = nil, listens: Bool = true
    ) throws {
        province = member.address.province
        self.victim = victim.province
        self.network = network.name
        signer = try member.folder.certifiedKey()
        let own = try HostilePeer.curveKeys(of: member)
        context = try Context()
        zap = try ZAPHandler(in: context) { _ in .allow(userID: "anybody") }
        var options = SocketOptions()
        options.immediate = true
        options.reconnectMilliseconds = 20
        options.reconnectMillisecondsMax = 100
        options.handshakeMilliseconds = 1000
        options.security = .curveClient(
            serverKey: network.members[victim.province]!.address.curvePublicKey,
            keys: curve ?? own)
        dealer = try Socket(.dealer, in: context, options: options)
        try dealer.connect(victim.configuration.listen)
        if listens {
            var listening = SocketOptions()
            listening.security = .curveServer(keys: own, domain: "peers")
            router = try Socket(.router, in: context, options: listening)
            try router?.bind(member.address.endpoint)
        } else {
            router = nil
        }
        sent = LinkPosition(epoch: Clock.newIdentifier(), sequence: 0, digest: .zero)
    }

    deinit {
        dealer.close()
        router?.close()
        zap.stop()
    }

    static func curveKeys(of member: ProvinceNetwork.Member) throws -> CurveKeyPair {
        let secret = try member.folder.curveKeys().secret
        return try CurveKeyPair(secretKey: secret.withUnsafeBytes { Bytes($0) })
    }

    // MARK: Speaking

    /// A batch with `frames` that is right in everything but what the closures change: the header
    /// before it is signed, the seal and the frames after it. The flush holds a batch for another
    /// province too, so that there is an audit path.
    func forge(
        _ frames: [Bytes]? = nil, by other: (any BatchSigning)? = nil,
        header change: (inout BatchHeader) -> Void = { _ in },
        seal alter: (inout Seal, inout [Bytes]) -> Void = { _, _ in }
    ) throws -> [Bytes] {
        var frames = frames ?? [HostilePeer.question().encoded()]
        var header = BatchHeader(
            network: network, from: province, to: victim, epoch: sent.epoch,
            firstSequence: sent.sequence + 1, count: frames.count, ack: received,
            time: Clock.now(), linkDigest: sent.digest,
            sentSequence: sent.sequence + UInt64(frames.count))
        change(&header)
        let neighbour = BatchHeader(
            network: network, from: province, to: .national, epoch: sent.epoch, firstSequence: 1,
            count: 0, ack: nil, time: Clock.now(), linkDigest: .zero, sentSequence: 0)
        let signing = other ?? signer
        let batches = try Flush.sign(
            [
                FlushPart(header: header, frames: frames),
                FlushPart(header: neighbour, frames: []),
            ], signing, signing.suite.hashing)
        var seal = Seal(try BatchEnvelope(decoding: batches[0].envelope))
        alter(&seal, &frames)
        return [seal.encoded()] + frames
    }

    /// A message that any node answers, about a wallet that none knows.
    static func question() -> Message {
        .walletQuery(
            WalletQuery(
                transaction: Clock.newIdentifier(), wallet: WalletID(Clock.newIdentifier()),
                careRegion: RegionCode(ProvinceNetwork.sichuan),
                institution: InstitutionCode("H51000000001")!, category: .medicalCare,
                amount: Fen(1)!, mode: .exact, billDigest: .zero, credential: nil,
                withoutOwnAccount: false))
    }

    /// Puts the frames on the wire as they are.
    func send(_ frames: [Bytes]) throws {
        guard try dealer.wait(for: .output, timeoutMilliseconds: 5000),
            try dealer.send(frames, dontWait: true)
        else { throw TooLate(waitedFor: "a connection to \(victim)", seen: "") }
    }

    /// Whether there is a connection within the time.
    func connects(within milliseconds: Int) throws -> Bool {
        try dealer.wait(for: .output, timeoutMilliseconds: milliseconds)
    }

    /// Says `frames` as an honest province would, and takes the link's position forward. Returns
    /// the batch as it was sent.
    @discardableResult
    func tell(frames: [Bytes]) throws -> [Bytes] {
        listen()
        let batch = try forge(frames)
        try send(batch)
        for frame in frames { sent = sent.advanced(by: hashing.leaf(frame), hashing) }
        return batch
    }

    @discardableResult
    func tell(_ messages: Message...) throws -> [Bytes] {
        try tell(frames: messages.map { $0.encoded() })
    }

    // MARK: Listening

    /// Takes what the victim has said, in order, without checking it.
    func listen() {
        while case .message(let message)? = try? router?.receive(dontWait: true) {
            let frames = Array(message.frames.dropFirst())
            guard let first = frames.first, let envelope = try? BatchEnvelope(decoding: first),
                let header = try? BatchHeader(decoding: envelope.header), header.from == victim
            else { continue }
            var position =
                received
                ?? LinkPosition(epoch: header.epoch, sequence: 0, digest: .zero)
            guard header.firstSequence == position.sequence + 1 else { continue }
            if frames.count > 1 {
                let leaves =
                    [hashing.leaf(envelope.header)] + frames.dropFirst().map { hashing.leaf($0) }
                lastProof = HeaderProof(
                    envelope: first, headerPath: Merkle.path(of: 0, in: leaves, hashing))
            }
            for frame in frames.dropFirst() {
                position = position.advanced(by: hashing.leaf(frame), hashing)
                if let message = try? Message(decoding: frame, hashing: hashing) {
                    heard.append(message)
                }
            }
            received = position
        }
    }

    /// Waits for a message that `isWanted` of the victim.
    func hear(_ what: String, _ isWanted: (Message) -> Bool) throws -> Message {
        var found: Message?
        try eventually("\(what) from \(victim)") {
            listen()
            found = heard.first(where: isWanted)
            return found != nil
        }
        return found!
    }

    /// Asks a question as an honest province would, and waits for the answer.
    func isAnswered() throws {
        let question = HostilePeer.question()
        try tell(question)
        _ = try hear("an answer") { $0.transaction == question.transaction }
    }
}
