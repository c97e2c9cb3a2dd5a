import Domain
import Ledger
import Settlement
import Storage
import Wire

/// Records with every field set, or with as few as may be.
enum Samples {
    static let shanghai = ProvinceCode(310_000)!
    static let zhejiang = ProvinceCode(330_000)!
    static let shandong = ProvinceCode(370_000)!
    static let now = Instant(milliseconds: 1_780_000_000_000)
    static let hashing = TestHashing()
    static let institution = InstitutionCode("H31000000001")!

    static func id(_ number: UInt64) -> Identifier { Identifier(high: number, low: ~number) }
    static func wallet(_ number: UInt64) -> WalletID { WalletID(id(number)) }
    static func fen(_ value: Int64) -> Fen { Fen(value)! }
    static func digest(_ text: String) -> Digest { hashing.digest(Array(text.utf8)) }

    static let weihai = RegionCode(371_000)!
    static let hangzhou = RegionCode(330_100)!
    static let day = BusinessDate(daysSince1970: 20_600)

    static func plan(_ number: UInt64, draws: Int = 2) -> EncodedPlan {
        let all = (0..<UInt64(draws)).map { index in
            Draw(
                province: index.isMultiple(of: 2) ? shandong : zhejiang,
                source: index == 1 ? .ownAccount : .quota(relation: id(900 + index)),
                limit: fen(1000 + Int64(index)))
        }
        let amount = all.map(\.limit).sum()
        return EncodedPlan(
            Plan(
                transaction: id(number), care: shanghai, wallet: wallet(2),
                walletProvince: zhejiang, institution: institution, institutionKind: .pharmacy,
                careRegion: RegionCode(shanghai), category: .pharmacy,
                bill: plainBill(wallet(2), amount), amount: amount, mode: .upTo,
                permission: Permission(
                    draws: all, expires: now, terms: digest("terms"), seal: digest("seal")),
                holdMilliseconds: 60_000),
            hashing: hashing)
    }

    /// What most bills are.
    static func plainBill(_ wallet: WalletID, _ amount: Fen) -> Bill {
        Bill(
            total: amount, pooled: .zero, burden: amount, selfPaid: .zero, patient: wallet,
            credential: wallet)
    }

    /// With every field set; `patient` is not the wallet's person.
    static func fullBill() -> Bill {
        Bill(
            total: fen(9000), pooled: fen(6000), burden: fen(2500), selfPaid: fen(500),
            visit: .specialOutpatient, patient: wallet(8), credential: wallet(9),
            proxy: Bill.Proxy(
                patientIdentity: digest("patient"), proxyIdentity: digest("proxy")),
            identityRecord: digest("record"),
            cardNote: Bill.CardNote(
                kinship: .child, holderCard: digest("holder"), patientCard: digest("card"),
                contact: digest("contact")),
            countsTowardsDeductible: true, asksForPooling: true, pooledScheme: true)
    }

    static func reason(_ status: Status = .quotaChangeTooLarge) -> RefusalReason {
        RefusalReason(
            status, Grounds(rule: RuleID("Z5")!, compared: "60000 fen", limit: "50000 fen 每月"))
    }

    static func receipt() -> Receipt {
        Receipt(
            envelope: [1, 2, 3], message: Bytes(repeating: 7, count: 300), leafIndex: 3,
            leafCount: 4097, leafPath: [digest("a"), digest("b")], headerPath: [digest("c")])
    }

    static func order(_ bill: Bill = plainBill(wallet(2), fen(2001))) -> Coordination.Order {
        Coordination.Order(
            wallet: wallet(2), walletProvince: zhejiang, institution: institution,
            institutionKind: .pharmacy, region: RegionCode(shanghai), category: .pharmacy,
            amount: fen(2001), mode: .upTo, holdMilliseconds: 60_000, withoutOwnAccount: true,
            bill: bill)
    }

    /// With every field set, and votes of every kind.
    static func coordination(
        _ number: UInt64, _ state: Coordination.State = .committing, wake: Instant? = now
    ) -> Coordination {
        let plan = plan(number)
        let vote = Vote(
            transaction: id(number), planDigest: plan.digest, participant: shandong,
            held: [fen(1000)], expires: now)
        let other = Vote(
            transaction: id(number + 1), planDigest: digest("other"), participant: zhejiang,
            held: [], expires: nil)
        var coordination = Coordination(
            transaction: id(number), state: state, order: order(fullBill()), plan: plan,
            votes: [
                ProvenVote(vote: vote, receipt: nil), ProvenVote(vote: other, receipt: receipt()),
            ],
            commitRequest: id(71), reverseRequest: id(72), finals: [fen(0), fen(1001)],
            date: BusinessDate(daysSince1970: 20_600),
            reversalDate: BusinessDate(daysSince1970: 20_601),
            reason: RefusalReason(.participantTimeout),
            certificate: receipt(), created: now, wake: wake)
        coordination.refusedFinals = [fen(7), fen(0)]
        return coordination
    }

    static func bareCoordination(
        _ number: UInt64, _ state: Coordination.State = .askingWallet
    ) -> Coordination {
        Coordination(
            transaction: id(number), state: state, order: order(), plan: nil, votes: [],
            commitRequest: nil, reverseRequest: nil, finals: [], date: nil, reversalDate: nil,
            reason: nil, certificate: nil, created: now, wake: nil)
    }

    static func participation(
        _ number: UInt64, _ state: Participation.State = .held, wake: Instant? = now
    ) -> Participation {
        let plan = plan(number)
        return Participation(
            transaction: id(number), state: state, care: shanghai, primary: shandong,
            planDigest: plan.digest, plan: plan, held: [fen(1000)], finals: [fen(9), fen(8)],
            date: BusinessDate(daysSince1970: 20_600), reversal: id(73),
            reversalDate: BusinessDate(daysSince1970: 20_601), reason: reason(),
            created: now, decided: now, expires: now, wake: wake, inquireEveryMilliseconds: 2000)
    }

    static func tombstone(_ number: UInt64) -> Participation {
        Participation(
            transaction: id(number), state: .released, care: shanghai, primary: shandong,
            planDigest: digest("never seen"), plan: nil, held: [], finals: [], date: nil,
            reversal: nil, reversalDate: nil, reason: RefusalReason(.alreadyDecided),
            created: now, decided: nil, expires: nil, wake: nil, inquireEveryMilliseconds: 0)
    }

    static func evidence(
        _ number: UInt64, _ reason: Evidence.Reason = .otherCare,
        accused: ProvinceCode = shandong, statement: Evidence.Statement = .octets([1, 2, 3]),
        earlier: Evidence.Statement? = nil
    ) -> Evidence {
        Evidence(
            accused: accused, subject: id(number), reason: reason, at: now, statement: statement,
            earlier: earlier)
    }

    static func answer(_ request: Digest = .zero, reply: Bytes?) -> Answer {
        Answer(
            requestDigest: request,
            by: Principal(client: "window-3", person: "S-17 王", role: .agency), at: now,
            reply: reply)
    }

    static func position(_ sequence: UInt64) -> LinkPosition {
        LinkPosition(epoch: id(5), sequence: sequence, digest: digest("\(sequence)"))
    }

    static func link(_ peer: ProvinceCode, heard: Bool = true) -> LinkRecord {
        LinkRecord(
            peer: peer, sent: position(9), acknowledged: 7, assigned: 12,
            received: heard ? position(4) : nil)
    }

    static func entry(
        _ direction: JournalDirection, _ number: UInt64, peer: ProvinceCode = shandong,
        epoch: UInt64 = 5, first: UInt64, count: Int
    ) -> JournalEntry {
        JournalEntry(
            direction: direction, number: number, peer: peer, epoch: id(epoch),
            firstSequence: first, at: now.advanced(byMilliseconds: Int64(number)),
            envelope: [UInt8(truncatingIfNeeded: number)],
            frames: (0..<count).map { Bytes(repeating: UInt8(truncatingIfNeeded: $0), count: $0) },
            chain: digest("chain \(number)"))
    }
}

extension StoreTransaction {
    /// Loads `keys`, lets `change` work on the rows, and saves.
    func change(
        at instant: Instant = Samples.now, _ keys: (inout RowKeys) -> Void,
        _ change: (inout WorkingSet) throws -> Void
    ) throws {
        var rowKeys = RowKeys()
        keys(&rowKeys)
        var rows = WorkingSet()
        try load(rowKeys, into: &rows)
        try change(&rows)
        try save(rows, at: instant)
    }
}

extension Store {
    func change(
        at instant: Instant = Samples.now, _ keys: (inout RowKeys) -> Void,
        _ change: (inout WorkingSet) throws -> Void
    ) throws {
        try write { try $0.change(at: instant, keys, change) }
    }

    func set(_ coordinations: [Coordination]) throws {
        try change({ $0.coordinations = Set(coordinations.map(\.transaction)) }) { rows in
            for coordination in coordinations {
                rows.coordinations[coordination.transaction] = coordination
            }
        }
    }

    func set(_ participations: [Participation]) throws {
        try change({ $0.participations = Set(participations.map(\.transaction)) }) { rows in
            for participation in participations {
                rows.participations[participation.transaction] = participation
            }
        }
    }
}
