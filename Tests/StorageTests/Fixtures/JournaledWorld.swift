import Domain
import Ledger
import RuleSets
import Settlement
import Testing
import Wire

@testable import Storage

/// Three nodes that settle over signed, journaled batches, as the gateway does it, without network
/// or clock. One message a step, so that a test can look at every moment in between.
final class JournaledWorld {
    static let network = "gongji-test-1"
    static let care = Samples.shanghai
    static let walletProvince = Samples.zhejiang
    static let payer = Samples.shandong
    static let provinces = [care, walletProvince, payer]

    private struct Batch {
        let from: ProvinceCode
        let to: ProvinceCode
        let received: [Bytes]
    }

    private struct Direction: Hashable {
        let from: ProvinceCode
        let to: ProvinceCode
    }

    private(set) var stores: [ProvinceCode: MemoryStore] = [:]
    private var positions: [Direction: LinkPosition] = [:]
    private var underway: [Batch] = []
    private(set) var now = Samples.now
    private var ids: UInt64 = 0
    private(set) var rejections: [String] = []
    /// The key that everyone signs with.
    var generation: UInt8 = 1

    init() {
        for province in JournaledWorld.provinces { stores[province] = MemoryStore() }
    }

    func newID() -> Identifier {
        ids += 1
        return Identifier(at: now, random: (0, ids))
    }

    func advance(milliseconds: Int64) { now = now.advanced(byMilliseconds: milliseconds) }

    // MARK: Running

    @discardableResult
    func command(
        _ command: ServiceRequest.Command, at province: ProvinceCode, by person: String = "0017"
    ) throws -> Identifier {
        let id = newID()
        let digest = Samples.digest("\(command)")
        try run(
            [
                .command(
                    command, id: id, digest: digest,
                    caller: Caller(
                        connection: 1,
                        principal: Principal(client: "test", person: person, role: .agency)))
            ], nil,
            at: province)
        return id
    }

    /// Delivers the oldest batch; false if none is under way.
    func deliverOne() throws -> Bool {
        guard !underway.isEmpty else { return false }
        let next = underway.removeFirst()
        let batch = try InboundBatch(
            received: next.received, from: next.from, at: next.to,
            network: JournaledWorld.network, now: now, sm3: Samples.hashing,
            verifier: TestVerifier())
        let last = try stores[next.to]!.read { try $0.lastJournalEntry(.inbound)?.number ?? 0 }
        let inputs = try batch.messages.enumerated().map { index, message in
            Input.message(
                try message.get(), from: next.from,
                batch: ProofSource(batch: batch, index: index, entry: last + 1))
        }
        try run(inputs, batch, at: next.to)
        return true
    }

    func deliver() throws { while try deliverOne() {} }

    private func run(
        _ inputs: [Input], _ batch: InboundBatch?, at province: ProvinceCode
    ) throws {
        advance(milliseconds: 1)
        var engine = Engine(
            environment: Environment(
                province: province, provinces: Set(JournaledWorld.provinces),
                sm3: Samples.hashing, rules: JournaledWorld.rules,
                register: JournaledWorld.register, identities: NoIdentities(),
                seals: NoSecrets(),
                holdEnds: HoldEndCheck(network: "none", verifier: NoOperators()),
                controls: Controls(cardCoolingOffMilliseconds: 0)),
            now: now)
        try stores[province]!.write { (transaction) throws in
            try engine.run(inputs) { keys, rows in try transaction.load(keys, into: &rows) }
            try transaction.save(engine.rows, at: now)
            if let batch {
                try append(
                    .inbound, batch.header, peer: batch.header.from, batch.envelope,
                    batch.frames, batch.subtree, transaction)
            }
            for (to, message) in engine.effects.outgoing {
                try send([message.encoded()], from: province, to: to, transaction)
            }
        }
        rejections += engine.effects.rejections.map { "\($0.message): \($0.reason)" }
    }

    private func send(
        _ frames: [Bytes], from: ProvinceCode, to: ProvinceCode,
        _ transaction: any StoreTransaction
    ) throws {
        let direction = Direction(from: from, to: to)
        let position =
            positions[direction]
            ?? LinkPosition(
                epoch: Samples.id(UInt64(from.number) << 20 | UInt64(to.number)), sequence: 0,
                digest: .zero)
        let header = BatchHeader(
            network: JournaledWorld.network, from: from, to: to, epoch: position.epoch,
            firstSequence: position.sequence + 1, count: frames.count, ack: nil, time: now,
            linkDigest: position.digest, sentSequence: position.sequence + UInt64(frames.count))
        let signed = try Flush.sign(
            [FlushPart(header: header, frames: frames)],
            TestSigner(province: from, generation: generation), Samples.hashing)
        for batch in signed {
            try append(
                .outbound, header, peer: to, batch.envelope, batch.frames, batch.subtree,
                transaction)
            positions[direction] = batch.end
            underway.append(Batch(from: from, to: to, received: [batch.envelope] + batch.frames))
        }
    }

    private func append(
        _ direction: JournalDirection, _ header: BatchHeader, peer: ProvinceCode,
        _ envelope: Bytes, _ frames: [Bytes], _ subtree: Digest,
        _ transaction: any StoreTransaction
    ) throws {
        let last = try transaction.lastJournalEntry(direction)
        try transaction.append(
            JournalEntry(
                direction: direction, number: (last?.number ?? 0) + 1, peer: peer,
                epoch: header.epoch, firstSequence: header.firstSequence, at: now,
                envelope: envelope, frames: frames,
                chain: JournalEntry.chain(
                    after: last?.chain ?? .zero, envelope: envelope, subtree: subtree,
                    sm3: Samples.hashing)))
    }

    /// Signs the last outbound batch of `from` to `to` anew with the present key, as a node does
    /// that starts with a new certificate.
    func signLastAnew(from: ProvinceCode, to: ProvinceCode) throws {
        try stores[from]!.write { (transaction) throws in
            let entries = try transaction.journal(.outbound, from: 1, limit: 1000)
            let entry = try #require(entries.last { $0.peer == to })
            let before = try BatchHeader(
                decoding: BatchEnvelope(decoding: entry.envelope).header)
            var header = before
            header.time = now
            let signer = TestSigner(province: from, generation: generation)
            for batch in try Flush.sign(
                [FlushPart(header: header, frames: entry.frames)], signer, Samples.hashing)
            {
                try append(
                    .outbound, header, peer: to, batch.envelope, batch.frames, batch.subtree,
                    transaction)
            }
        }
    }

    // MARK: People and settlements

    /// A recipient with an own account, and a giver in `payer` with a quota for them.
    func family(
        payer: ProvinceCode = payer, own: Int64 = 1_000, quota: Int64 = 100_000
    ) throws -> (recipient: WalletID, giver: WalletID, relation: Identifier) {
        let recipient = WalletID(newID())
        try command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: recipient, insurance: .resident, balance: own)),
            at: JournaledWorld.walletProvince)
        let giver = WalletID(newID())
        try command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: giver, insurance: .employee, balance: 3 * quota)), at: payer)
        let relation = try command(
            .createRelation(
                ServiceRequest.RelationOrder(
                    giver: giver, recipient: .wallet(recipient),
                    recipientProvince: JournaledWorld.walletProvince, kinship: .parent,
                    commitmentDigest: Samples.digest("letter"),
                    commitmentDate: BusinessDate(at: now), over: .nationalApp)),
            at: payer)
        try deliver()
        try command(.setQuota(relation: relation, available: quota), at: payer)
        try deliver()
        return (recipient, giver, relation)
    }

    func reserve(_ recipient: WalletID, fen: Int64) throws -> Identifier {
        try command(
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: recipient, walletProvince: JournaledWorld.walletProvince,
                    institution: Samples.institution, category: .medicalCare, amount: fen,
                    mode: .exact, holdMilliseconds: 60_000, withoutOwnAccount: false,
                    bill: Samples.plainBill(recipient, Samples.fen(fen)))),
            at: JournaledWorld.care)
    }

    func settle(_ recipient: WalletID, fen: Int64, final: Int64? = nil) throws -> Identifier {
        let transaction = try reserve(recipient, fen: fen)
        try deliver()
        try command(
            .settleCommit(transaction: transaction, final: final ?? fen), at: JournaledWorld.care)
        try deliver()
        return transaction
    }

    /// A withdrawal of a giver in `payer`, for a premium of a person in the wallet province; it waits
    /// for its reviewer.
    func withdraw(
        _ giver: WalletID, for user: WalletID, fen: Int64, document: String
    ) throws -> Identifier {
        try command(
            .setCardAccount(wallet: giver, bank: "CMB", account: "6225880100000000"),
            at: JournaledWorld.payer)
        let id = try command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: giver, amount: fen, reason: .premium,
                    document: ServiceRequest.WithdrawalOrder.Document(
                        digest: Samples.digest(document), amount: fen, user: user,
                        userProvince: JournaledWorld.walletProvince),
                    userKinship: .parent)), at: JournaledWorld.payer)
        try deliver()
        return id
    }

    // MARK: Audit

    /// Audits all nodes; `change` may plant something in what one of them has.
    func audit(
        _ province: ProvinceCode = care, _ change: (inout MemoryRows) -> Void = { _ in }
    ) throws -> AuditReport {
        let nodes = JournaledWorld.provinces.map { node in
            var rows = stores[node]!.snapshot().rows
            if node == province { change(&rows) }
            return Audit.Node(province: node, store: MemoryReading(rows: rows))
        }
        return try Audit.run(
            nodes, network: JournaledWorld.network, verifier: TestVerifier(),
            sm3: Samples.hashing)
    }

    func rows(_ province: ProvinceCode) -> MemoryRows { stores[province]!.snapshot().rows }
}

/// Nobody in this world is named by a sealed number.
private struct NoIdentities: IdentityOpening {
    func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? { nil }
}

extension JournaledWorld {
    private static let firstDay = BusinessDate(daysSince1970: 0)

    /// Few rules: what is allowed at all, and that someone else reviews a withdrawal.
    fileprivate static let rules: RuleBook = {
        let checks: [Check] = [
            .categories([.medicalCare]), .ownCredential,
            .withdrawalReasons([.premium]), .document([.premium]), .review([.premium]),
        ]
        let set = RuleSet(
            name: "test", title: "", regions: [.national], from: firstDay, until: nil,
            rules: checks.enumerated().map { Rule(id: RuleID("T\($0)")!, check: $1) })
        do throws(RuleBook.Overlap) { return try RuleBook([set]) } catch {
            preconditionFailure("\(error)")
        }
    }()

    fileprivate static let register: InstitutionRegister = {
        let hospital = InstitutionRegister.Entry(
            code: Samples.institution, kind: .medical, region: RegionCode(care), name: "",
            from: firstDay, until: nil)
        do throws(InstitutionRegister.Overlap) {
            return try InstitutionRegister([hospital])
        } catch {
            preconditionFailure("\(error)")
        }
    }()
}

extension AuditReport {
    /// Ids of the invariants that do not hold.
    var broken: [String] { invariants.filter { !$0.holds }.map(\.id) }
    var words: [String] { invariants.flatMap(\.violations) }
}

/// Everybody could make these seals, and nobody here does.
private struct NoSecrets: PermissionSealing {
    func seal(_ terms: Digest) -> Digest { terms }
}

/// A network in which nobody signs for the nation.
private struct NoOperators: SignatureVerifying {
    func hashing(_ suite: Wire.Suite) -> (any Hashing)? { nil }
    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? { .unknownCertificate }

    func isMade(_ claim: SignatureClaim) -> Bool { false }
}
