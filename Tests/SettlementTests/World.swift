import Domain
import Ledger
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

    struct Waiting {
        let from: ProvinceCode
        let to: ProvinceCode
        let message: Message
    }

    let provinces = [shanghai, zhejiang, shandong, guangdong]
    private var stores: [ProvinceCode: MemoryStore] = [:]
    var now = Instant(milliseconds: 1_780_000_000_000)
    var waiting: [Waiting] = []
    var replies: [Identifier: [Bytes]] = [:]
    var rejections: [Effects.Rejection] = []
    private var ids: UInt64 = 0
    let sm3 = SM3Hashing()

    init() {
        for province in provinces { stores[province] = MemoryStore() }
    }

    func store(_ province: ProvinceCode) -> MemoryStore { stores[province]! }

    func newID() -> Identifier {
        ids += 1
        return Identifier(at: now, random: (0, ids))
    }

    func newWallet() -> WalletID { WalletID(newID()) }

    /// One batch of inputs at one node, as the gateway runs it.
    func run(_ inputs: [Input], at province: ProvinceCode) {
        var engine = Engine(
            environment: Environment(
                province: province, provinces: Set(provinces), sm3: sm3), now: now)
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

    /// Takes up what is due everywhere, and delivers.
    func wake() {
        for province in provinces {
            let due = (try? store(province).read { try $0.due(at: now, limit: 100) }) ?? []
            run(
                due.map {
                    .wake($0.transaction, $0.part == .coordination ? .coordination : .participation)
                },
                at: province)
        }
    }

    func advance(milliseconds: Int64) { now = now.advanced(byMilliseconds: milliseconds) }

    // MARK: Commands

    @discardableResult
    func command(
        _ command: ServiceRequest.Command, at province: ProvinceCode, id: Identifier? = nil,
        digest: Digest? = nil
    ) -> Identifier {
        let id = id ?? newID()
        run(
            [
                .command(
                    command, id: id, digest: digest ?? sm3.digest(Array("\(command)".utf8)),
                    caller: Caller(connection: 1))
            ], at: province)
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

    func person(
        _ insurance: Insurance, in province: ProvinceCode, fen: Int64
    ) -> WalletID {
        let wallet = newWallet()
        command(
            .openAccount(wallet: wallet, insurance: insurance, balance: fen), at: province)
        return wallet
    }

    /// A giver with an account, a relation to `recipient`, and its quota; delivered.
    func relation(
        in payer: ProvinceCode, to recipient: WalletID, of walletProvince: ProvinceCode,
        account: Int64, quota: Int64, kinship: Kinship? = .child
    ) -> (relation: Identifier, giver: WalletID) {
        let giver = person(.employee, in: payer, fen: account)
        let relation = command(
            .createRelation(
                order(giver: giver, recipient: recipient, of: walletProvince, kinship: kinship)),
            at: payer)
        command(.setQuota(relation: relation, available: quota), at: payer)
        deliver()
        return (relation, giver)
    }

    func order(
        giver: WalletID, recipient: WalletID, of province: ProvinceCode?,
        kinship: Kinship? = .child, commitment: Bool = true, over: Channel? = .nationalApp
    ) -> ServiceRequest.RelationOrder {
        ServiceRequest.RelationOrder(
            giver: giver, recipient: recipient, recipientProvince: province, kinship: kinship,
            commitmentDigest: commitment ? sm3.digest([1]) : nil,
            commitmentDate: BusinessDate(at: now), over: over)
    }

    func reserve(
        _ wallet: WalletID, of walletProvince: ProvinceCode? = World.shandong, fen: Int64,
        category: Category? = .medicalCare, mode: ReserveMode? = .exact, hold: Int64 = 60_000,
        withoutOwnAccount: Bool = false, at care: ProvinceCode = World.shanghai,
        id: Identifier? = nil
    ) -> Identifier {
        command(
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: wallet, walletProvince: walletProvince,
                    institution: InstitutionCode("H31000000001"), category: category,
                    amount: fen, mode: mode, holdMilliseconds: hold,
                    withoutOwnAccount: withoutOwnAccount)), at: care, id: id)
    }

    func commit(
        _ transaction: Identifier, fen: Int64, at care: ProvinceCode = World.shanghai,
        id: Identifier? = nil
    ) -> Identifier {
        command(.settleCommit(transaction: transaction, final: fen), at: care, id: id)
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
}

extension Gongji_V1_ServiceReply {
    init(serializedBytes bytes: Bytes) throws {
        self = try ReplyDecoding.reply(bytes)
    }
}
