import Domain
import Settlement
import Storage
import Wire

extension Samples {
    static func verification(_ reference: String) -> Verification {
        Verification(method: .inPerson, at: now, reference: digest(reference))
    }

    static func person(_ number: UInt64, _ insurance: Insurance = .employee) -> Person {
        Person(wallet: wallet(number), insurance: insurance, region: weihai)
    }

    static func personChange(
        _ person: UInt64, _ number: UInt64, _ what: PersonChangeKind = .cardAccount
    ) -> PersonChange {
        PersonChange(
            wallet: wallet(person), number: number, what: what, before: "",
            after: "CMB …0000", by: Principal(client: "window-3", person: "S-17 王", role: .agency),
            at: now, request: id(500 + number))
    }

    static func fullPerson(_ number: UInt64) -> Person {
        Person(
            wallet: wallet(number), insurance: .resident, region: hangzhou, standing: .suspended,
            born: BusinessDate(daysSince1970: -9000),
            violation: Person.Violation(reason: "倒卖药品", until: day),
            cardAccount: Person.CardAccount(
                bank: "CMB", number: "6225880100000000", since: now, setBy: "S-17 王",
                confirmedBy: "S-18"), year: 2026,
            carriedOver: 123_456, quotaDay: day, quotaChanges: 2, isResettled: true,
            resettledRest: 77, group: id(400), depositDay: day, depositedFen: 7, changes: 300)
    }

    /// With every field set.
    static func relation(
        _ number: UInt64, giver: UInt64 = 1, _ phase: RelationPhase = .ending,
        wake: Instant? = now
    ) -> Relation {
        Relation(
            id: id(number), giver: wallet(giver), giverRegion: weihai, recipient: wallet(2),
            recipientProvince: zhejiang, recipientRegion: hangzhou,
            kinship: .maternalGrandparent, commitmentDigest: digest("letter"),
            commitmentDate: BusinessDate(daysSince1970: -3), verification: verification("begin"),
            endVerification: verification("end"), kinshipProof: digest("proof"),
            agentIdentity: digest("agent"), consent: verification("consent"), consentUntil: now,
            priority: 7, madeOver: .agencyWindow, endedOver: .nationalApp, granted: now,
            phase: phase, ended: reason(.recipientNotInRegion), openHolds: 3,
            noticeVersion: 1 << 40, wake: wake)
    }

    /// With no field set that need not be.
    static func bareRelation(
        _ number: UInt64, giver: UInt64 = 1, _ phase: RelationPhase = .proposed,
        wake: Instant? = nil
    ) -> Relation {
        Relation(
            id: id(number), giver: wallet(giver), giverRegion: weihai, recipient: nil,
            recipientProvince: zhejiang, recipientRegion: nil, kinship: .spouse,
            commitmentDigest: nil, commitmentDate: day, verification: nil, endVerification: nil,
            kinshipProof: nil, agentIdentity: nil, consent: nil, consentUntil: nil, priority: 0,
            madeOver: .cityPlatform, endedOver: nil, granted: now, phase: phase, ended: nil,
            openHolds: 0, noticeVersion: 0, wake: wake)
    }

    /// An even number has every field set, an odd one none that need not be.
    static func grant(_ number: UInt64) -> Grant {
        let isFull = number.isMultiple(of: 2)
        return Grant(
            relation: id(number), payer: shandong, giver: wallet(number + 1),
            giverRegion: weihai, kinship: .parentInLaw, priority: UInt8(number % 9),
            available: fen(Int64(number) * 100), phase: isFull ? .awaitingConsent : .active,
            granted: now, version: number, consentUntil: isFull ? now : nil,
            status: isFull ? .giverSuspended : nil, consentRequest: isFull ? id(88) : nil)
    }

    static func withdrawal(
        _ number: UInt64, _ state: WithdrawalState = .handedOver, document: String = "voucher"
    ) -> Withdrawal {
        Withdrawal(
            id: id(number), wallet: wallet(1), amount: fen(38_000), reason: .premium,
            document: Withdrawal.Document(
                digest: digest(document), amount: fen(40_000), user: wallet(2),
                userProvince: zhejiang),
            userKinship: .parent, commitmentDigest: digest("letter"),
            agentIdentity: digest("agent"),
            resettlement: .init(record: digest("filed"), filed: day), handler: "经办 0017",
            needsReview: true, isRest: true,
            cardAccount: digest("card"), reviewer: "审核 0004", exporter: "出纳 0009",
            state: state, refusal: reason(.documentUsed), bankReason: "account closed",
            payout: id(501), created: now)
    }

    static func bareWithdrawal(
        _ number: UInt64, _ state: WithdrawalState = .awaitingReview
    ) -> Withdrawal {
        Withdrawal(
            id: id(number), wallet: wallet(1), amount: fen(38_000), reason: .resettlement,
            document: nil, userKinship: nil, commitmentDigest: nil, agentIdentity: nil,
            handler: "", needsReview: false, cardAccount: nil, reviewer: "", state: state,
            refusal: nil,
            bankReason: "", payout: nil,
            created: now)
    }

    static func documentUse(_ number: UInt64) -> DocumentUse {
        DocumentUse(withdrawal: id(number), payer: shandong, at: now)
    }

    static func usage(
        _ subject: UsageQuestion.Subject, date: BusinessDate = day, _ transaction: UInt64,
        source: UInt64 = 900, insured: ProvinceCode = shandong,
        _ category: Domain.Category = .pharmacy,
        fen amount: Int64 = 100, reversed: BusinessDate? = nil, other: WalletID? = wallet(2)
    ) -> Usage {
        Usage(
            key: Usage.Key(
                subject: subject, date: date, transaction: id(transaction), source: id(source)),
            insured: insured, care: shanghai, institution: institution, category: category,
            amount: fen(amount), reversalDate: reversed, other: other)
    }
}

extension Store {
    func set(_ relations: [Relation]) throws {
        try change({ $0.relations = Set(relations.map(\.id)) }) { rows in
            for relation in relations { rows.relations[relation.id] = relation }
        }
    }

    func set(_ withdrawals: [Withdrawal]) throws {
        try change({ $0.withdrawals = Set(withdrawals.map(\.id)) }) { rows in
            for withdrawal in withdrawals { rows.withdrawals[withdrawal.id] = withdrawal }
        }
    }

    func add(_ usages: [Usage]) throws { try change({ _ in }) { $0.usages = usages } }
}
