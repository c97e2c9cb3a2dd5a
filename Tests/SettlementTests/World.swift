import Domain
import Ledger
import RuleSets
import Signing
import Storage
import Testing
import Wire

@testable import Settlement

/// Several nodes without network, disk or clock: messages wait in queues until the test delivers
/// or drops them, and time stands until the test moves it.
final class World {
    static let guangdong = ProvinceCode(440_000)!
    static let zhejiang = ProvinceCode(330_000)!
    static let shandong = ProvinceCode(370_000)!
    static let shanghai = ProvinceCode(310_000)!
    static let liaoning = ProvinceCode(210_000)!

    struct Waiting {
        let from: ProvinceCode
        let to: ProvinceCode
        let message: Message
    }

    let provinces = [shanghai, zhejiang, shandong, guangdong, liaoning]
    private var stores: [ProvinceCode: MemoryStore] = [:]
    /// Noon of 2026-08-01: all provinces take part since a month.
    var now = Instant(milliseconds: 1_785_556_800_000)
    var waiting: [Waiting] = []
    var replies: [Identifier: [Bytes]] = [:]
    var rejections: [Effects.Rejection] = []
    var evidence: [Evidence] = []
    var rules: RuleBook
    /// Cards are paid to at once unless a test says otherwise.
    var controls = Controls(cardCoolingOffMilliseconds: 0)
    let boxes = SealedBoxes()
    private var ids: UInt64 = 0
    let sm3 = SM3Hashing()

    init(rules: RuleBook = Book.deployed) {
        self.rules = rules
        for province in provinces { stores[province] = MemoryStore() }
    }

    func store(_ province: ProvinceCode) -> MemoryStore { stores[province]! }

    func newID() -> Identifier {
        ids += 1
        return Identifier(at: now, random: (0, ids))
    }

    /// One of many digests of things that no test looks into.
    func digest(_ seed: UInt8) -> Digest { sm3.digest([seed]) }

    func newWallet() -> WalletID { WalletID(newID()) }

    /// One batch of inputs at one node, as the gateway runs it.
    func run(_ inputs: [Input], at province: ProvinceCode) {
        var engine = Engine(
            environment: Environment(
                province: province, provinces: Set(provinces), sm3: sm3, rules: rules,
                register: Book.register, identities: boxes.opener(of: province),
                seals: WorldSeals(province: province),
                holdEnds: HoldEndCheck(network: "test", verifier: NationalOperators(sm3: sm3)),
                controls: controls),
            now: now)
        do {
            try store(province).write { transaction in
                try engine.run(inputs) { keys, rows in try transaction.load(keys, into: &rows) }
                try transaction.save(engine.rows, at: now)
            }
        } catch {
            Issue.record("the store failed: \(error)")
        }
        for (to, message) in engine.effects.outgoing {
            waiting.append(Waiting(from: province, to: to, message: message))
        }
        for (request, reply) in engine.effects.answers {
            replies[request, default: []].append(reply)
        }
        for (_, reply) in engine.effects.replies {
            if let proto = try? Gongji_V1_ServiceReply(serializedBytes: reply),
                let id = Identifier(proto.id)
            {
                replies[id, default: []].append(reply)
            }
        }
        rejections += engine.effects.rejections
        evidence += engine.effects.evidence
    }

    /// Delivers messages, those that follow too, until none waits that `keep` does not hold back.
    func deliver(holdingBack keep: (Waiting) -> Bool = { _ in false }) {
        var held: [Waiting] = []
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            if keep(next) {
                held.append(next)
            } else {
                run([.message(next.message, from: next.from, batch: nil)], at: next.to)
            }
        }
        waiting = held
    }

    /// Delivers all but the messages with these names.
    func deliver(without names: String...) {
        deliver { names.contains($0.message.name) }
    }

    /// A message that nobody sent, as if `liar` had.
    func tell(_ message: Message, from liar: ProvinceCode, to province: ProvinceCode) {
        run([.message(message, from: liar, batch: nil)], at: province)
    }

    /// Takes up what is due everywhere.
    func wake() {
        for province in provinces {
            let due = (try? store(province).read { try $0.due(at: now, limit: 100) }) ?? []
            run(
                due.map { due in
                    let part: DuePart =
                        switch due.part {
                        case .coordination: .coordination
                        case .participation: .participation
                        case .relation: .relation
                        }
                    return .wake(due.transaction, part)
                },
                at: province)
        }
    }

    func advance(milliseconds: Int64) { now = now.advanced(byMilliseconds: milliseconds) }

    func advance(days: Int64) { advance(milliseconds: days * 24 * 3_600_000) }

    // MARK: Commands

    static func input(
        _ command: ServiceRequest.Command, id: Identifier, digest: Digest,
        by person: String? = nil
    ) -> Input {
        .command(
            command, id: id, digest: digest,
            caller: Caller(
                connection: 1,
                principal: Principal(
                    client: "test", person: person ?? usualPerson(for: command), role: .agency)))
    }

    /// Who asks for it unless a test says otherwise.
    private static func usualPerson(for command: ServiceRequest.Command) -> String {
        switch command {
        case .reviewWithdrawal, .confirmCardAccount: "R1"
        case .exportPayouts, .returnPayout: "P1"
        default: "H1"
        }
    }

    func digest(of command: ServiceRequest.Command) -> Digest {
        sm3.digest(Array("\(command)".utf8))
    }

    @discardableResult
    func command(
        _ command: ServiceRequest.Command, at province: ProvinceCode, id: Identifier? = nil,
        digest: Digest? = nil, by person: String? = nil
    ) -> Identifier {
        let id = id ?? newID()
        run(
            [
                World.input(
                    command, id: id, digest: digest ?? self.digest(of: command), by: person)
            ],
            at: province)
        return id
    }

    func reply(_ id: Identifier) -> Gongji_V1_ServiceReply.OneOf_Body? {
        guard let bytes = replies[id]?.last else { return nil }
        return try? Gongji_V1_ServiceReply(serializedBytes: bytes).body
    }

    func status(_ id: Identifier) -> Status? {
        guard case .refused(let refused) = reply(id) else { return nil }
        return Status(rawValue: refused.status)
    }

    /// Sends a command, and says what it was refused with.
    func refusal(
        _ command: ServiceRequest.Command, at province: ProvinceCode, by person: String? = nil
    ) -> Status? {
        status(self.command(command, at: province, by: person))
    }

    // MARK: What is so

    func balance(_ account: Account, at province: ProvinceCode) -> Int64 {
        (try? store(province).read { try $0.balance(account) }) ?? .min
    }

    func coordination(_ transaction: Identifier, at province: ProvinceCode = World.shanghai)
        -> Coordination.State?
    {
        try? store(province).read { try $0.coordination(transaction) }?.state
    }

    func participation(_ transaction: Identifier, at province: ProvinceCode)
        -> Participation.State?
    {
        try? store(province).read { try $0.participation(transaction) }?.state
    }

    func relation(_ id: Identifier, at province: ProvinceCode) -> Relation? {
        try? store(province).read { try $0.relation(id) }
    }

    func phase(_ id: Identifier, at province: ProvinceCode = World.guangdong) -> RelationPhase? {
        relation(id, at: province)?.phase
    }

    func grant(
        _ relation: Identifier, of wallet: WalletID, at province: ProvinceCode = World.shandong
    ) -> Grant? {
        try? store(province).read { try $0.grants(wallet) }.first { $0.relation == relation }
    }

    func person(_ wallet: WalletID, at province: ProvinceCode) -> Person? {
        try? store(province).read { try $0.person(wallet) }
    }

    func withdrawal(_ id: Identifier, at province: ProvinceCode = World.shandong) -> Withdrawal? {
        try? store(province).read { try $0.withdrawal(id) }
    }

    func usage(
        _ subject: UsageQuestion.Subject, at province: ProvinceCode
    ) -> [Usage] {
        (try? store(province).read {
            try $0.usage(UsageQuestion(subject: subject, limit: 2000)).records
        }) ?? []
    }

    /// All invariants but M8, which is about journals: this world keeps none.
    func audit(_ location: SourceLocation = #_sourceLocation) {
        do {
            let nodes = provinces.map { (province: $0, store: store($0)) }
            let report = try Audit.run(
                try nodes.map { node in
                    try node.store.read { Audit.Node(province: node.province, store: $0) }
                }, network: "test", verifier: NobodySigns(), sm3: sm3)
            for invariant in report.invariants where invariant.id != "M8" {
                for violation in invariant.violations {
                    Issue.record("\(invariant.id): \(violation)", sourceLocation: location)
                }
            }
        } catch {
            Issue.record("the audit failed: \(error)", sourceLocation: location)
        }
    }
}

private struct NobodySigns: SignatureVerifying {
    func hashing(_ suite: Suite) -> (any Hashing)? { nil }
    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? { .badSignature }
    func isMade(_ claim: SignatureClaim) -> Bool { false }
}

extension Gongji_V1_ServiceReply {
    init(serializedBytes bytes: Bytes) throws {
        self = try ReplyDecoding.reply(bytes)
    }
}
