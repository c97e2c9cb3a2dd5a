package import Domain
package import Settlement
package import Storage
package import Wire

/// How a ``Station`` reaches the world: its links to peers, its clients, and whoever counts and logs.
/// The gateway has sockets behind it, the simulator a network of its own.
package protocol StationPort: AnyObject {
    func isConnected(_ peer: ProvinceCode) -> Bool
    func hashing(_ suite: Suite) -> any Hashing
    /// Why peers would not take what this node signs at `instant`; nil if they would.
    func signingRefusal(at instant: Instant) -> SignatureRefusal?
    /// False if it was not taken: no connection, or its queue is full.
    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool
    func answer(_ replies: [Reply]) throws
    func note(_ event: StationEvent)
}

package struct Reply: Sendable {
    package let connection: UInt64
    package let octets: Bytes

    package init(_ connection: UInt64, _ octets: Bytes) {
        self.connection = connection
        self.octets = octets
    }

    init(_ connection: UInt64, _ id: Identifier, _ body: ServiceReply.Body) {
        self.init(connection, ServiceReply(id: id, body: body).encoded())
    }
}

/// What happened at a station that its counters and its log should hear of.
package enum StationEvent {
    /// The word stands in `status`.
    case refusedBatch(String, from: ProvinceCode)
    case refusedMessage(DecodingRefusal, MessageOutline, FieldFault?, from: ProvinceCode)
    /// More than the journal keeps whole; told once an hour.
    case refusedTooMuch(from: ProvinceCode)
    /// A link stands still from now on, or for another reason than before.
    case stands(Link.Standstill, with: ProvinceCode)
    case runsAgain(with: ProvinceCode)
    /// The peer has proven that this node's store is older than what it has had.
    case halted(Halt)
    case storeFailed(StoreFailure)
    case storeWorksAgain
    /// Peers take nothing that this node signs from now on, or everything again.
    case signing(SignatureRefusal?)
    case resent(batches: Int)
    case signed
    case kept(KeptRound)
}

/// A round that is durable; nothing of it was said yet.
package struct KeptRound {
    package let inputs: [Input]
    package let engine: Engine
    /// What was not known before of the evidence that the engine found.
    package let evidence: [Evidence]
    package let received: [JournalEntry]
    package let sent: [OutboundBatch]
    package let signatures: Int
    package let waiters: Int
}

/// What signs for a station.
package protocol StationSigning: BatchSigning {
    var hashing: any Hashing { get }
    /// From when on the certificate is valid.
    var validFrom: Instant { get }
}

/// A moment by both clocks of a machine.
package struct Moment: Sendable {
    /// The time of day; it can be set.
    package let wall: Instant
    /// Milliseconds that only go forward, for durations.
    package let steady: Double

    package init(wall: Instant, steady: Double) {
        self.wall = wall
        self.steady = steady
    }
}

/// What waits for a station's next round.
package struct Work: Sendable {
    package struct Arrival: Sendable {
        package let peer: ProvinceCode
        package let batch: InboundBatch
        package init(peer: ProvinceCode, batch: InboundBatch) {
            self.peer = peer
            self.batch = batch
        }
    }

    package struct Call: Sendable {
        package let caller: Caller
        package let id: Identifier
        package let digest: Digest
        package let command: ServiceRequest.Command
        package init(
            caller: Caller, id: Identifier, digest: Digest, command: ServiceRequest.Command
        ) {
            self.caller = caller
            self.id = id
            self.digest = digest
            self.command = command
        }
    }

    package var arrivals: [Arrival] = []
    package var calls: [Call] = []

    package init() {}

    package var isLarge: Bool {
        arrivals.count >= Limits.inboundBatchesWaitingMax
            || calls.count >= Limits.requestsWaitingMax
            || arrivals.reduce(0) { $0 + $1.batch.bytesCount } >= Limits.inboundBytesWaitingMax
    }
}
