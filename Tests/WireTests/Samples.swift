import Domain
import Signing
import Wire

/// One value of every kind of message, and values at the edges.
enum Samples {
    static let sm3 = SM3Hashing()

    /// An id of the time of ``TestNetwork/now`` that ends in `number`.
    static func id(_ number: UInt64) -> Identifier {
        Identifier(at: TestNetwork.now, random: (0x1234, number))
    }
    static func digest(_ text: String) -> Digest { sm3.digest(Array(text.utf8)) }
    static func fen(_ value: Int64) -> Fen { Fen(value)! }

    static let transaction = id(0x71)
    static let wallet = WalletID(id(0x3a))
    static let son = id(0xa1)
    static let daughter = id(0xa2)

    static let plan = Plan(
        transaction: transaction, care: TestNetwork.shanghai, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("H31010100001")!,
        category: .medicalCare, amount: fen(700_00), mode: .exact,
        draws: [
            Draw(province: TestNetwork.shandong, source: .ownAccount, limit: fen(100_00)),
            Draw(
                province: TestNetwork.guangdong, source: .quota(relation: son),
                limit: fen(500_00)),
            Draw(
                province: TestNetwork.zhejiang, source: .quota(relation: daughter),
                limit: fen(100_00)),
        ], holdMilliseconds: 1_800_000)
    static let premium = Plan(
        transaction: id(0x72), care: TestNetwork.shandong, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("T37-1")!,
        category: .residentInsurancePremium, amount: fen(400_00), mode: .exact,
        draws: [
            Draw(
                province: TestNetwork.guangdong, source: .quota(relation: son), limit: fen(400_00))
        ], holdMilliseconds: 60_000)
    static let upTo = Plan(
        transaction: id(0x73), care: TestNetwork.guangdong, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("P44")!,
        category: .pharmacy, amount: Fen.limit, mode: .upTo,
        draws: (0..<Limits.drawsMax).map {
            Draw(
                province: $0.isMultiple(of: 2) ? TestNetwork.zhejiang : TestNetwork.shanghai,
                source: .quota(relation: id(0xb0 + UInt64($0))), limit: fen(1))
        }, holdMilliseconds: Limits.holdMillisecondsMax)

    static let encodedPlan = EncodedPlan(plan, hashing: sm3)
    static let planDigest = encodedPlan.digest

    static let walletQuery = Message.walletQuery(
        WalletQuery(transaction: transaction, wallet: wallet))
    static let release = Message.release(
        Release(transaction: transaction, planDigest: planDigest))
    static let vote = Vote(
        transaction: transaction, planDigest: planDigest, participant: TestNetwork.zhejiang,
        held: [fen(100_00)], expires: nil)
    static let primaryVote = Vote(
        transaction: transaction, planDigest: planDigest, participant: TestNetwork.guangdong,
        held: [fen(500_00)], expires: TestNetwork.now.advanced(byMilliseconds: 1_800_000))
    static let finals = [
        FinalDraw(
            province: TestNetwork.shandong, source: .ownAccount, amount: fen(100_00)),
        FinalDraw(
            province: TestNetwork.guangdong, source: .quota(relation: son), amount: fen(500_00)),
        FinalDraw(
            province: TestNetwork.zhejiang, source: .quota(relation: daughter),
            amount: fen(50_00)),
    ]
    static let date = BusinessDate(at: TestNetwork.now)

    static func decision(_ outcome: Decision.Outcome) -> Decision {
        Decision(
            transaction: transaction, planDigest: planDigest, care: TestNetwork.shanghai,
            primary: TestNetwork.guangdong, outcome: outcome, decided: TestNetwork.now)
    }
    static let committed = decision(.committed(finals: finals, date: date))
    static let released = decision(.released(.reservationExpired))
    static let reversed = decision(
        .reversed(
            finals: finals, date: date, reversal: id(0x99),
            reversalDate: BusinessDate(daysSince1970: date.daysSince1970 + 1)))

    /// A receipt by its form only: nothing in it verifies.
    static func receipt(of message: Wire.Message) -> Receipt {
        Receipt(
            envelope: [1, 2, 3], message: message.encoded(), leafIndex: 1, leafCount: 2,
            leafPath: [digest("header")], headerPath: [digest("message")])
    }

    /// Of each kind at least one, in the order of their field numbers.
    static let messages: [Wire.Message] = [
        walletQuery,
        .walletReply(
            WalletReply(
                transaction: transaction, status: nil,
                sources: [
                    WalletReply.Source(
                        relation: son, province: TestNetwork.guangdong, available: fen(500_00)),
                    WalletReply.Source(
                        relation: daughter, province: TestNetwork.zhejiang,
                        available: fen(300_00)),
                ], ownBalance: fen(100_00))),
        .walletReply(
            WalletReply(
                transaction: transaction, status: .recipientNotInsured, sources: [],
                ownBalance: .zero)),
        .reserve(encodedPlan),
        .vote(vote),
        .vote(primaryVote),
        .refusal(
            Refusal(
                transaction: transaction, planDigest: planDigest,
                participant: TestNetwork.zhejiang, status: .insufficientQuota)),
        .commit(
            Commit(
                transaction: transaction, planDigest: planDigest, finals: finals.map(\.amount),
                votes: [ProvenVote(vote: vote, receipt: receipt(of: .vote(vote)))],
                ownVote: Vote(
                    transaction: transaction, planDigest: planDigest,
                    participant: TestNetwork.shandong, held: [fen(100_00)], expires: nil))),
        release,
        .inquire(
            Inquire(
                transaction: transaction, planDigest: planDigest, care: TestNetwork.shanghai,
                primary: TestNetwork.guangdong)),
        .reverse(
            Reverse(transaction: transaction, planDigest: planDigest, reversal: id(0x99))),
        .decision(committed),
        .decision(released),
        .decision(reversed),
        .certificate(
            Certificate(decision: committed, receipt: receipt(of: .decision(committed)))),
        .quotaNotice(
            QuotaNotice(
                relation: son, wallet: wallet, available: fen(123_45), active: true,
                granted: TestNetwork.now, version: 3)),
        .quotaNotice(
            QuotaNotice(
                relation: daughter, wallet: wallet, available: .zero, active: false,
                granted: TestNetwork.now, version: 4)),
    ]

    /// What stands at a limit, and what Protocol Buffers leaves out because it is zero.
    static let edges: [Wire.Message] = [
        .walletQuery(WalletQuery(transaction: .zero, wallet: WalletID(.zero))),
        .walletReply(
            WalletReply(
                transaction: Identifier(high: .max, low: .max), status: nil,
                sources: (0..<Limits.drawsMax).map {
                    WalletReply.Source(
                        relation: id(UInt64($0)), province: .national, available: .limit)
                }, ownBalance: .limit)),
        .walletReply(
            WalletReply(transaction: .zero, status: nil, sources: [], ownBalance: .zero)),
        .reserve(EncodedPlan(premium, hashing: sm3)),
        .reserve(EncodedPlan(upTo, hashing: sm3)),
        .vote(
            Vote(
                transaction: .zero, planDigest: .zero, participant: .national, held: [],
                expires: nil)),
        .vote(
            Vote(
                transaction: .zero, planDigest: .zero, participant: .national,
                held: Array(repeating: .zero, count: Limits.drawsMax),
                expires: Instant(milliseconds: Limits.instantMillisecondsMax))),
        .vote(
            Vote(
                transaction: .zero, planDigest: .zero, participant: .national,
                held: Array(repeating: .limit, count: Limits.drawsMax),
                expires: Instant(milliseconds: 1))),
        .refusal(
            Refusal(
                transaction: .zero, planDigest: .zero, participant: .national,
                status: .inProgress)),
        .commit(
            Commit(transaction: .zero, planDigest: .zero, finals: [], votes: [], ownVote: nil)),
        .commit(
            Commit(
                transaction: .zero, planDigest: .zero,
                finals: Array(repeating: .limit, count: Limits.drawsMax),
                votes: Array(
                    repeating: ProvenVote(vote: vote, receipt: receipt(of: .vote(vote))),
                    count: Limits.drawsMax),
                ownVote: nil)),
        .decision(
            Decision(
                transaction: .zero, planDigest: .zero, care: .national, primary: .national,
                outcome: .committed(finals: [], date: BusinessDate(daysSince1970: .min)),
                decided: Instant(milliseconds: 0))),
        .decision(
            Decision(
                transaction: .zero, planDigest: .zero, care: .national, primary: .national,
                outcome: .reversed(
                    finals: Array(repeating: finals[0], count: Limits.drawsMax),
                    date: BusinessDate(daysSince1970: .max), reversal: .zero,
                    reversalDate: BusinessDate(daysSince1970: -1)),
                decided: Instant(milliseconds: Limits.instantMillisecondsMax))),
        .certificate(
            Certificate(decision: released, receipt: receipt(of: .decision(released)))),
        .quotaNotice(
            QuotaNotice(
                relation: .zero, wallet: WalletID(.zero), available: .limit, active: false,
                granted: Instant(milliseconds: 0), version: .max)),
    ]
}
