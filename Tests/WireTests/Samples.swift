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
    static let mother = WalletID(id(0x3b))
    static let giver = WalletID(id(0x3c))

    static let plan = Plan(
        transaction: transaction, care: TestNetwork.shanghai, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("H31010100001")!,
        institutionKind: .medical, careRegion: RegionCode(310_100)!, category: .medicalCare,
        bill: bill, amount: fen(700_00), mode: .exact,
        permission: permission([
            Draw(province: TestNetwork.shandong, source: .ownAccount, limit: fen(100_00)),
            Draw(
                province: TestNetwork.guangdong, source: .quota(relation: son),
                limit: fen(500_00)),
            Draw(
                province: TestNetwork.zhejiang, source: .quota(relation: daughter),
                limit: fen(100_00)),
        ]), holdMilliseconds: 1_800_000)
    static let premium = Plan(
        transaction: id(0x72), care: TestNetwork.shandong, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("T37-1")!,
        institutionKind: .collector, careRegion: RegionCode(TestNetwork.shandong),
        category: .residentInsurancePremium,
        bill: Bill(
            total: fen(400_00), pooled: .zero, burden: fen(400_00), selfPaid: .zero,
            patient: wallet, credential: nil), amount: fen(400_00), mode: .exact,
        permission: permission([
            Draw(
                province: TestNetwork.guangdong, source: .quota(relation: son), limit: fen(400_00))
        ]), holdMilliseconds: 60_000)
    static let upTo = Plan(
        transaction: id(0x73), care: TestNetwork.guangdong, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("P44")!,
        institutionKind: .pharmacy, careRegion: RegionCode(440_300)!, category: .pharmacy,
        bill: Bill(
            total: Fen.limit, pooled: .zero, burden: Fen.limit, selfPaid: .zero,
            patient: wallet, credential: wallet,
            proxy: Bill.Proxy(patientIdentity: digest("patient"), proxyIdentity: digest("proxy"))),
        amount: Fen.limit, mode: .upTo,
        permission: permission(
            (0..<Limits.drawsMax).map {
                Draw(
                    province: $0.isMultiple(of: 2) ? TestNetwork.zhejiang : TestNetwork.shanghai,
                    source: .quota(relation: id(0xb0 + UInt64($0))), limit: fen(1))
            }), holdMilliseconds: Limits.holdMillisecondsMax)
    /// The card of a relative at a pharmacy (rules S8, W5): a bill with every field.
    static let relativesCard = Plan(
        transaction: id(0x74), care: TestNetwork.shandong, wallet: wallet,
        walletProvince: TestNetwork.shandong, institution: InstitutionCode("P37100000001")!,
        institutionKind: .pharmacy, careRegion: RegionCode(371_000)!, category: .medicalDevice,
        bill: fullBill, amount: fen(600_00), mode: .exact,
        permission: permission([
            Draw(province: TestNetwork.shandong, source: .ownAccount, limit: fen(600_00))
        ]),
        holdMilliseconds: Limits.holdMillisecondsMin)
    /// What stands in plans of it: the seal is whatever their wallet province makes of the terms.
    static func permission(_ draws: [Draw]) -> Permission {
        Permission(
            draws: draws,
            expires: TestNetwork.now.advanced(byMilliseconds: Limits.permissionMilliseconds),
            terms: .zero, seal: digest("seal"))
    }
    static func reply(permitting plan: Plan) -> WalletReply {
        WalletReply(
            transaction: plan.transaction,
            result: .success(
                Permission(
                    draws: plan.draws, expires: plan.permittedUntil,
                    terms: PermissionTerms(of: plan, hashing: sm3).digest(sm3),
                    seal: plan.permissionSeal)))
    }

    static let plans = [plan, premium, upTo, relativesCard]

    /// The example of `protocol/sealing.md`.
    static let sealedContext = Identifier("01990f3a5c00a1b2c3d4e5f60718293a")!
    static let sealedBox = Bytes(
        hex: "30818b0220"
            + "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
            + "022100"
            + "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
            + "0420"
            + "ab5792f5b4420d2f34d618d01f3f0e68004d65aaeaaf088b985c1522083a267c"
            + "0422"
            + "457f00e1acba49a6f4b2b682b9ea4e73355dae32b65218731dc3dcff630967aa4693")!

    static let bill = Bill(
        total: fen(2000_00), pooled: fen(1200_00), burden: fen(700_00), selfPaid: fen(100_00),
        patient: wallet, credential: wallet)
    static let fullBill = Bill(
        total: fen(1000_00), pooled: fen(300_00), burden: fen(600_00), selfPaid: fen(100_00),
        visit: .inpatient, patient: mother, credential: wallet,
        proxy: Bill.Proxy(patientIdentity: digest("patient"), proxyIdentity: digest("proxy")),
        identityRecord: digest("record"),
        cardNote: Bill.CardNote(
            kinship: .parent, holderCard: digest("holder"), patientCard: digest("card"),
            contact: digest("contact")), countsTowardsDeductible: true, asksForPooling: true,
        pooledScheme: true)

    static let encodedPlan = EncodedPlan(plan, hashing: sm3)
    static let planDigest = encodedPlan.digest

    static let walletQuery = Message.walletQuery(
        WalletQuery(
            transaction: transaction, wallet: wallet, careRegion: RegionCode(310_100)!,
            institution: InstitutionCode("H31010100001")!, category: .medicalCare,
            amount: fen(700_00), mode: .exact, billDigest: sm3.digest(plan.billOctets),
            credential: wallet, withoutOwnAccount: false))
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

    static let grounds = Grounds(
        rule: RuleID("N10")!, compared: "70000 fen", limit: "personal burden 60000 fen")
    static let verification = Verification(
        method: .face, at: TestNetwork.now, reference: digest("face 20260529-0001"))

    static func use(_ number: UInt64, reversed: BusinessDate? = nil) -> Use {
        Use(
            transaction: id(number), care: TestNetwork.shanghai,
            institution: InstitutionCode("H31010100001")!, category: .medicalCare,
            amount: fen(500_00), date: date, reversalDate: reversed)
    }

    static func notice(
        _ relation: Identifier, _ phase: RelationPhase, available: Fen = .zero, version: UInt64,
        consentUntil: Instant? = nil, status: Status? = nil, uses: [Use] = []
    ) -> QuotaNotice {
        QuotaNotice(
            relation: relation, wallet: wallet, available: available, phase: phase,
            granted: TestNetwork.now, version: version, giver: giver,
            giverRegion: RegionCode(440_300)!, kinship: .parent, priority: 2,
            consentUntil: consentUntil, status: status, uses: uses)
    }

    /// A receipt by its form only: nothing in it verifies.
    static func receipt(of message: Wire.Message) -> Receipt {
        Receipt(
            envelope: [1, 2, 3], message: message.encoded(), leafIndex: 1, leafCount: 2,
            leafPath: [digest("header")], headerPath: [digest("message")])
    }

    /// Of each kind at least one, in the order of their field numbers.
    static let messages: [Wire.Message] = [
        walletQuery,
        .walletReply(reply(permitting: plan)),
        .walletReply(
            WalletReply(
                transaction: transaction, result: .failure(RefusalReason(.recipientNotInsured)))),
        .walletReply(
            WalletReply(
                transaction: transaction,
                result: .failure(RefusalReason(.impersonation, grounds)))),
        .reserve(Reserve(encodedPlan)),
        .reserve(
            Reserve(
                encodedPlan,
                permission: ProvenPermission(
                    reply: reply(permitting: plan),
                    receipt: receipt(of: .walletReply(reply(permitting: plan)))))),
        .vote(vote),
        .vote(primaryVote),
        .refusal(
            Refusal(
                transaction: transaction, planDigest: planDigest,
                participant: TestNetwork.zhejiang,
                reason: RefusalReason(.insufficientQuota))),
        .refusal(
            Refusal(
                transaction: transaction, planDigest: planDigest,
                participant: TestNetwork.zhejiang, reason: RefusalReason(.aboveBurden, grounds))),
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
        .quotaNotice(notice(son, .active, available: fen(123_45), version: 3)),
        .quotaNotice(
            notice(
                son, .active, available: fen(123_45), version: 4,
                uses: [use(0x71), use(0x70, reversed: date)])),
        .quotaNotice(
            notice(
                daughter, .awaitingConsent, version: 1,
                consentUntil: TestNetwork.at(day: 30))),
        .quotaNotice(notice(daughter, .ended, version: 2, status: .consentExpired)),
        .relationProposal(
            RelationProposal(
                relation: son, giver: giver, giverRegion: RegionCode(440_300)!, kinship: .parent,
                recipient: .wallet(wallet), asksAge: false, priority: 0, commitment: nil)),
        .relationProposal(
            RelationProposal(
                relation: sealedContext, giver: giver, giverRegion: RegionCode(440_300)!,
                kinship: .parent, recipient: .sealed(sealedBox), asksAge: true, priority: 2,
                commitment: Commitment(
                    digest: Digest(Bytes(repeating: 0x45, count: 32))!,
                    date: BusinessDate(daysSince1970: 20_600)))),
        .relationAnswer(
            RelationAnswer(
                relation: sealedContext,
                result: .success(
                    RelationAnswer.Facts(
                        wallet: wallet, insurance: .resident, standing: .insured,
                        region: RegionCode(371_000)!, violation: false, age: 16, givers: 1,
                        gives: false)))),
        .relationAnswer(
            RelationAnswer(
                relation: son,
                result: .success(
                    RelationAnswer.Facts(
                        wallet: wallet, insurance: .employee, standing: .suspended,
                        region: RegionCode(TestNetwork.shandong), violation: true, age: nil,
                        givers: 0, gives: true)))),
        .relationAnswer(RelationAnswer(relation: daughter, result: .failure(.recipientNotInsured))),
        .relationConsent(
            RelationConsent(relation: son, accepted: true, verification: verification)),
        .relationConsent(RelationConsent(relation: son, accepted: false, verification: nil)),
        .recipientChange(RecipientChange(relation: son, standing: .moved)),
        .documentClaim(
            DocumentClaim(withdrawal: id(0xd1), wallet: wallet, document: digest("document"))),
        .documentAnswer(
            DocumentAnswer(withdrawal: id(0xd1), document: digest("document"), status: nil)),
        .documentAnswer(
            DocumentAnswer(
                withdrawal: id(0xd2), document: digest("document"), status: .documentUsed)),
        .documentRelease(
            DocumentRelease(withdrawal: id(0xd1), document: digest("document"))),
        .holdEnd(holdEnd),
    ]

    static let holdEnd = try! HoldEndCertificate(
        octets: HoldEnd(
            network: "cn-test", transaction: transaction, planDigest: planDigest,
            care: TestNetwork.shanghai, primary: TestNetwork.guangdong, issued: TestNetwork.now,
            reason: "440000 is gone"
        ).encoded(),
        signatures: [
            OperatorSignature(
                suite: .sm2WithSM3, keyID: digest("zhang"), signature: [1, 2, 3]),
            OperatorSignature(suite: .ed25519WithSHA256, keyID: digest("li"), signature: [4]),
        ])

    /// What stands at a limit, and what Protocol Buffers leaves out because it is zero.
    static let edges: [Wire.Message] = [
        .walletQuery(
            WalletQuery(
                transaction: .zero, wallet: WalletID(.zero), careRegion: .national,
                institution: InstitutionCode(String(repeating: "9", count: 32))!,
                category: .bodybuilding, amount: .limit, mode: .upTo, billDigest: .zero,
                credential: nil, withoutOwnAccount: true)),
        .walletReply(
            WalletReply(
                transaction: Identifier(high: .max, low: .max),
                result: .success(
                    Permission(
                        draws: (0..<Limits.drawsMax).map {
                            Draw(
                                province: .national, source: .quota(relation: id(UInt64($0))),
                                limit: .limit)
                        }, expires: Instant(milliseconds: Limits.instantMillisecondsMax),
                        terms: .zero, seal: .zero)))),
        .reserve(Reserve(EncodedPlan(premium, hashing: sm3))),
        .reserve(Reserve(EncodedPlan(upTo, hashing: sm3))),
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
                reason: RefusalReason(.inProgress))),
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
                outcome: .committed(finals: [], date: BusinessDate(daysSince1970: 0)),
                decided: Instant(milliseconds: 0))),
        .decision(
            Decision(
                transaction: .zero, planDigest: .zero, care: .national, primary: .national,
                outcome: .reversed(
                    finals: Array(repeating: finals[0], count: Limits.drawsMax),
                    date: BusinessDate(daysSince1970: Limits.businessDateDaysMax),
                    reversal: .zero, reversalDate: BusinessDate(daysSince1970: 0)),
                decided: Instant(milliseconds: Limits.instantMillisecondsMax))),
        .certificate(
            Certificate(decision: released, receipt: receipt(of: .decision(released)))),
        .reserve(Reserve(EncodedPlan(relativesCard, hashing: sm3))),
        .refusal(
            Refusal(
                transaction: .zero, planDigest: .zero, participant: .national,
                reason: RefusalReason(
                    .planInvalid, Grounds(rule: RuleID("A")!, compared: "", limit: "")))),
        .refusal(
            Refusal(
                transaction: .zero, planDigest: .zero, participant: .national,
                reason: RefusalReason(
                    .withdrawalDeclined,
                    Grounds(
                        rule: RuleID("LOCAL-99")!, compared: String(repeating: "七", count: 66),
                        limit: String(repeating: "y", count: Grounds.textBytesMax))))),
        .quotaNotice(
            QuotaNotice(
                relation: .zero, wallet: WalletID(.zero), available: .limit, phase: .suspended,
                granted: Instant(milliseconds: 0), version: .max, giver: WalletID(.zero),
                giverRegion: .national, kinship: .parentInLaw, priority: .max,
                consentUntil: Instant(milliseconds: Limits.instantMillisecondsMax),
                status: .withdrawalDeclined,
                uses: (0..<Limits.noticeUsesMax).map {
                    Use(
                        transaction: id(UInt64($0)), care: .national,
                        institution: InstitutionCode(String(repeating: "9", count: 32))!,
                        category: .bodybuilding, amount: .limit,
                        date: BusinessDate(daysSince1970: 0),
                        reversalDate: BusinessDate(daysSince1970: Limits.businessDateDaysMax))
                })),
        // A reversal on day 0 is one.
        .quotaNotice(
            notice(
                son, .ending, version: 0,
                uses: [use(0x71, reversed: BusinessDate(daysSince1970: 0))])),
        .relationProposal(
            RelationProposal(
                relation: .zero, giver: WalletID(.zero), giverRegion: .national,
                kinship: .daughtersChild,
                recipient: .sealed(Bytes(repeating: 0, count: Limits.sealedBytesMax)),
                asksAge: true, priority: .max,
                commitment: Commitment(
                    digest: Digest(Bytes(repeating: 0xff, count: 32))!,
                    date: BusinessDate(daysSince1970: 0)))),
        .relationAnswer(
            RelationAnswer(
                relation: .zero,
                result: .success(
                    RelationAnswer.Facts(
                        wallet: WalletID(.zero), insurance: .employee, standing: .moved,
                        region: .national, violation: true, age: 0, givers: Int(UInt32.max),
                        gives: true)))),
        .relationAnswer(
            RelationAnswer(
                relation: .zero,
                result: .success(
                    RelationAnswer.Facts(
                        wallet: WalletID(.zero), insurance: .resident, standing: .ended,
                        region: RegionCode(919_999)!, violation: false, age: 200, givers: 0,
                        gives: false)))),
        .relationConsent(
            RelationConsent(
                relation: .zero, accepted: true,
                verification: Verification(
                    method: .inPerson, at: Instant(milliseconds: 0),
                    reference: Samples.digest("reference")))),
        .relationConsent(RelationConsent(relation: .zero, accepted: true, verification: nil)),
        .recipientChange(RecipientChange(relation: .zero, standing: .insured)),
        .documentClaim(
            DocumentClaim(withdrawal: .zero, wallet: WalletID(.zero), document: .zero)),
        .documentAnswer(
            DocumentAnswer(withdrawal: .zero, document: .zero, status: .recipientUnknown)),
        .documentRelease(DocumentRelease(withdrawal: .zero, document: .zero)),
        .holdEnd(
            HoldEndCertificate(
                HoldEnd(
                    network: "", transaction: .zero, planDigest: .zero, care: .national,
                    primary: .national, issued: Instant(milliseconds: 0),
                    reason: String(repeating: "y", count: HoldEnd.reasonBytesMax)))),
    ]
}
