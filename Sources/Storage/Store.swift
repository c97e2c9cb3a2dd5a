package import Domain
package import Ledger
package import Settlement
package import Wire

/// Where a node keeps everything. One writer at a time; readers see a consistent moment.
///
/// Implementations: ``MemoryStore`` (tests) and `SQLiteStore`. One conformance suite
/// runs against all.
package protocol Store: AnyObject, Sendable {
    /// Runs `body` as one transaction. When this returns, all that `body` wrote is durable; when it
    /// throws, nothing of it is kept, save that after ``StoreFailure/outcomeUnknown`` only reading
    /// the store anew can tell.
    func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result

    /// Runs `body` on a consistent moment of what is durable.
    func read<Result>(_ body: (any StoreReading) throws -> Result) throws -> Result

    /// Transactions made durable, and times the disk was told to flush, since the store was opened.
    var counters: StoreCounters { get }
}

package struct StoreCounters: Sendable, Equatable {
    package var commits: UInt64 = 0
    package var fsyncs: UInt64 = 0
    package init() {}
}

/// What can be wrong with a store; descriptions are safe to log.
package enum StoreFailure: Error, Sendable, Equatable {
    /// The disk is full. Nothing was written.
    case full
    /// The file is damaged or is no store of Gongji; it must not be served. Says what was found.
    case corrupt(String)
    /// Another process has it open for writing.
    case locked
    /// It is sealed under another key than the one that it was opened with.
    case otherKey
    /// Made by a newer version of Gongji: schema version found, and newest that this code knows.
    case newerSchema(found: Int, known: Int)
    /// The commit failed in a way that leaves open whether it happened.
    case outcomeUnknown(String)
    case other(String)
}

/// Reading and writing within one transaction.
package protocol StoreTransaction: StoreReading {
    /// Loads rows into `workingSet`; those that it has already are left as they are.
    func load(_ keys: RowKeys, into workingSet: inout WorkingSet) throws

    /// Writes all changed rows, the usage records, the changes of people and the postings of `workingSet`, in a
    /// deterministic order. An account whose balance is zero and a row set to nil are deleted.
    func save(_ workingSet: WorkingSet, at instant: Instant) throws

    /// Creates or replaces.
    func save(_ link: LinkRecord) throws

    /// Keeps `evidence`. False if there is some of its accused, subject and reason already: the first
    /// stays.
    func add(_ evidence: Evidence) throws -> Bool

    /// Adds one entry; its number must follow the last one of its direction.
    func append(_ entry: JournalEntry) throws

    /// Adds messages with consecutive numbers behind those that wait for `peer`.
    func appendOutbox(_ peer: ProvinceCode, first sequence: UInt64, _ frames: [Bytes]) throws

    /// Removes from the outbox what waits for `peer` from the lowest number on, at most `count`
    /// messages and `bytes` octets (but at least one, if there is one), and returns the frames.
    func takeOutbox(_ peer: ProvinceCode, count: Int, bytes: Int) throws -> [Bytes]

    /// Keeps a small named value (node identity, schema notes, halts).
    func setNote(_ name: String, _ value: Bytes?) throws
}

/// What can be read, in a transaction or on a snapshot.
package protocol StoreReading {
    /// Transactions and relations whose `wake` is at or before `instant`, earliest first, at most
    /// `limit`.
    func due(at instant: Instant, limit: Int) throws -> [DueTransaction]
    func links() throws -> [LinkRecord]
    func note(_ name: String) throws -> Bytes?

    // Single rows.
    func person(_ wallet: WalletID) throws -> Person?
    func relation(_ id: Identifier) throws -> Relation?
    /// By giver, oldest first, at most `limit`.
    func relations(givenBy wallet: WalletID, limit: Int) throws -> [Relation]
    func grants(_ wallet: WalletID) throws -> [Grant]
    func coordination(_ transaction: Identifier) throws -> Coordination?
    func participation(_ transaction: Identifier) throws -> Participation?
    func balance(_ account: Account) throws -> Int64
    /// The person whose identity number has this index.
    func identity(_ index: Digest) throws -> WalletID?
    func family(_ id: Identifier) throws -> Family?
    func documentUse(_ document: Digest) throws -> DocumentUse?
    func withdrawal(_ id: Identifier) throws -> Withdrawal?
    func answer(_ id: Identifier) throws -> Answer?
    /// The newest evidence; its number is how much there is.
    func lastEvidence() throws -> KeptEvidence?

    // Lists.
    /// Lowest id first, those above `after`, at most `limit`.
    func withdrawals(
        in state: WithdrawalState, after: Identifier, limit: Int
    ) throws -> [Withdrawal]
    /// Of one person, lowest number first, those above `number`, at most `limit`.
    func personChanges(
        of wallet: WalletID, after number: UInt64, limit: Int
    ) throws -> [PersonChange]
    /// One page of usage records: newest date first, then by transaction, then by source. The
    /// cursor begins the next page, and is empty after the last. One page costs the reading of at
    /// most ``UsagePage/rowsReadMax`` rows: it may be short, or empty, and not be the last.
    ///
    /// Throws ``UsageCursorMalformed`` if the question's cursor is not one of this store's form.
    func usage(_ question: UsageQuestion) throws -> (records: [Usage], cursor: Bytes)

    /// Lowest number first, those above `number`, at most `limit`.
    func evidence(after number: Int64, limit: Int) throws -> [KeptEvidence]

    // Journal.
    /// Entries from `number` on (1 is the first), at most `limit`.
    func journal(_ direction: JournalDirection, from number: UInt64, limit: Int) throws
        -> [JournalEntry]
    func lastJournalEntry(_ direction: JournalDirection) throws -> (number: UInt64, chain: Digest)?
    /// The entries whose last message is `sequence` of the link with `peer` in `epoch`, in order: more
    /// than one where a batch was signed anew. At most `limit`.
    func journalEntries(
        _ direction: JournalDirection, peer: ProvinceCode, epoch: Identifier,
        last sequence: UInt64, limit: Int
    ) throws -> [JournalEntry]
    /// Outbound entries for `peer` in `epoch` whose last message is above `sequence`, in order.
    func unacknowledged(_ peer: ProvinceCode, epoch: Identifier, above sequence: UInt64) throws
        -> [JournalEntry]
    /// Messages that wait in the outbox for `peer`.
    func outboxCount(_ peer: ProvinceCode) throws -> Int

    // Operations and audit. All walk in a stable order and call `body` row by row.
    /// Transactions by state. Words of ``Coordination/State`` and ``Participation/State``.
    func transactionCounts() throws -> (coordinator: [String: Int], participant: [String: Int])
    /// Open coordinations and held participations, oldest first, at most `limit` of each; with
    /// `inDoubt`, of the coordinations only those that wait for the primary's word.
    func open(
        inDoubt: Bool, limit: Int
    ) throws -> (coordinations: [Coordination], participations: [Participation])
    func forEachCoordination(_ body: (Coordination) throws -> Void) throws
    func forEachParticipation(_ body: (Participation) throws -> Void) throws
    func forEachRelation(_ body: (Relation) throws -> Void) throws
    func forEachAccount(_ body: (Account, Int64) throws -> Void) throws
    func forEachPosting(_ body: (KeptPosting) throws -> Void) throws
    func forEachAnswer(_ body: (Identifier, Answer) throws -> Void) throws
    func forEachGrants(_ body: (WalletID, [Grant]) throws -> Void) throws
    func forEachWithdrawal(_ body: (Withdrawal) throws -> Void) throws
    func forEachDocumentUse(_ body: (Digest, DocumentUse) throws -> Void) throws
    func forEachUsage(_ body: (Usage) throws -> Void) throws
    func forEachPersonChange(_ body: (PersonChange) throws -> Void) throws
}

package struct DueTransaction: Hashable, Sendable {
    /// In the order in which they are told, of one instant and one id.
    package enum Part: UInt8, Sendable { case coordination, participation, relation }
    package let part: Part
    /// Of a relation, its id.
    package let transaction: Identifier
    package init(part: Part, transaction: Identifier) {
        self.part = part
        self.transaction = transaction
    }
}

/// The order in which what is due is told.
package struct DueOrder: Comparable {
    package let wake: Int64
    package let due: DueTransaction
    package init(wake: Int64, due: DueTransaction) {
        self.wake = wake
        self.due = due
    }

    package static func < (left: DueOrder, right: DueOrder) -> Bool {
        (left.wake, left.due.transaction, left.due.part.rawValue)
            < (right.wake, right.due.transaction, right.due.part.rawValue)
    }
}

/// A posting with its place and time in the books.
package struct KeptPosting: Hashable, Sendable {
    package let number: Int64
    package let at: Instant
    package let posting: Posting
    package init(number: Int64, at: Instant, posting: Posting) {
        self.number = number
        self.at = at
        self.posting = posting
    }
}

package enum JournalDirection: UInt8, Sendable, CaseIterable {
    case inbound = 1
    case outbound = 2

    package var word: String {
        switch self {
        case .inbound: "inbound"
        case .outbound: "outbound"
        }
    }
}

/// One batch as it was sent or received: the evidence.
package struct JournalEntry: Hashable, Sendable {
    package let direction: JournalDirection
    /// 1, 2, … within the direction.
    package let number: UInt64
    package let peer: ProvinceCode
    package let epoch: Identifier
    package let firstSequence: UInt64
    /// When it was signed here, or checked here.
    package let at: Instant
    package let envelope: Bytes
    /// One a message; empty where ``omitted`` has its leaf.
    package let frames: [Bytes]
    /// By their place in the batch: messages that were refused, and of which only the leaf of the Merkle
    /// tree is kept, for their sender had sent too many (``Limits/refusedBytesPerHourMax``). The
    /// chain and the signature cover them as if they were there.
    package let omitted: [Int: Digest]
    /// SM3 of the previous entry's chain (32 octets of zero for the first) and of `content`:
    /// `SM3(previous ‖ SM3(envelope) ‖ subtree)`, `subtree` being the Merkle root of the batch.
    package let chain: Digest

    package init(
        direction: JournalDirection, number: UInt64, peer: ProvinceCode, epoch: Identifier,
        firstSequence: UInt64, at: Instant, envelope: Bytes, frames: [Bytes],
        omitted: [Int: Digest] = [:], chain: Digest
    ) {
        self.direction = direction
        self.number = number
        self.peer = peer
        self.epoch = epoch
        self.firstSequence = firstSequence
        self.at = at
        self.envelope = envelope
        self.frames = frames
        self.omitted = omitted
        self.chain = chain
    }

    /// The leaves of the messages in the tree of the batch.
    package func leaves(_ hashing: any Hashing) -> [Digest] {
        frames.enumerated().map { omitted[$0] ?? hashing.leaf($1) }
    }

    /// The same entry without the octets of these messages.
    package func omitting(_ leaves: [Int: Digest]) -> JournalEntry {
        JournalEntry(
            direction: direction, number: number, peer: peer, epoch: epoch,
            firstSequence: firstSequence, at: at, envelope: envelope,
            frames: frames.enumerated().map { leaves[$0] == nil ? $1 : [] },
            omitted: omitted.merging(leaves) { $1 }, chain: chain)
    }

    package static func chain(
        after previous: Digest, envelope: Bytes, subtree: Digest, sm3: any Hashing
    ) -> Digest {
        sm3.digest(previous.bytes + sm3.digest(envelope).bytes + subtree.bytes)
    }
}
