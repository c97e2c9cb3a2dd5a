import Domain
import RuleSets
import Testing

/// Questions that the five sets allow, to be changed in one place by each test.
enum Plain {
    static let date = day(2026, 7, 15)
    static let wallet = WalletID(Identifier(high: 1, low: 1))
    static let relative = WalletID(Identifier(high: 2, low: 2))
    static let stranger = WalletID(Identifier(high: 3, low: 3))
    static let digest = Digest([UInt8](repeating: 7, count: 32))!

    /// Within Jinan, at a window, with nothing shown but a commitment letter.
    static let binding = BindingQuestion(
        date: date,
        giver: BindingQuestion.Giver(
            insurance: .employee, standing: .insured, region: region(370100), violation: false,
            receives: false),
        recipient: BindingQuestion.Recipient(
            insurance: .resident, standing: .insured, region: region(370100), violation: false,
            age: nil, givers: 0, gives: false),
        kinship: .spouse, channel: .agencyWindow, hasCommitment: true, verification: .face,
        agentIdentified: nil, hasKinshipProof: true, groups: .open)

    static let quota = QuotaQuestion(
        now: moment(date, 12), balance: fen(1_000_000), carriedOver: fen(600_000),
        raise: fen(100_000), changesToday: 0, received: .zero)

    static let bill = Bill(
        total: fen(60_000), pooled: .zero, burden: fen(50_000), selfPaid: fen(10_000),
        visit: .outpatient, patient: wallet, credential: wallet)

    static let visit = UseQuestion(
        date: date, source: .quota(kinship: .spouse, standing: .insured, violation: false),
        wallet: wallet, category: .medicalCare, amount: fen(50_000), exact: false, bill: bill,
        institutionKind: .medical, designated: true)

    static let premium = visit.with {
        $0.category = .residentInsurancePremium
        $0.institutionKind = .collector
        $0.amount = fen(40_000)
        $0.exact = true
        $0.bill = Bill(
            total: fen(40_000), pooled: .zero, burden: fen(40_000), selfPaid: .zero,
            patient: wallet, credential: wallet)
    }

    static let withdrawal = WithdrawalQuestion(
        date: date, reason: .other, amount: fen(30_000), balance: fen(200_000),
        documentAmount: nil, violation: false, paidBefore: false, hasCommitment: true,
        handler: nil, reviewer: nil, agentIdentified: nil, bank: "ICBC", hasCardAccount: true)

    /// For a relative, with the card of the wallet's person.
    static func purchase(_ amount: Int64, record: Digest? = nil, note: Bill.CardNote? = fullNote)
        -> UseQuestion
    {
        visit.with {
            $0.source = .ownAccount
            $0.category = .pharmacy
            $0.institutionKind = .pharmacy
            $0.amount = fen(amount)
            $0.bill = Bill(
                total: fen(amount), pooled: .zero, burden: fen(amount), selfPaid: .zero,
                visit: .outpatient, patient: relative, credential: wallet, identityRecord: record,
                cardNote: note)
        }
    }

    /// A visit of a relative on the last day of rule S8.
    static func visitWithCard(note: Bill.CardNote? = fullNote) -> UseQuestion {
        purchase(60_000, note: note).with {
            $0.date = day(2012, 6, 30)
            $0.category = .medicalCare
            $0.institutionKind = .medical
        }
    }

    static let fullNote = Bill.CardNote(
        kinship: .parent, holderCard: digest, patientCard: digest, contact: digest)
}

protocol Question {
    func verdict(of set: RuleSet) -> Verdict
}
extension Question {
    func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}
extension BindingQuestion: Question {
    func verdict(of set: RuleSet) -> Verdict { set.verdict(on: self) }
}
extension QuotaQuestion: Question {
    func verdict(of set: RuleSet) -> Verdict { set.verdict(on: self) }
}
extension UseQuestion: Question {
    func verdict(of set: RuleSet) -> Verdict { set.verdict(on: self) }
}
extension WithdrawalQuestion: Question {
    func verdict(of set: RuleSet) -> Verdict { set.verdict(on: self) }
}

/// The set refuses, cites this rule, and without this one check of it allows the same.
func expect(
    _ set: RuleSet, refuses question: some Question, _ status: Status, by id: String,
    at location: SourceLocation = #_sourceLocation
) {
    let refusal = question.verdict(of: set).refusal
    #expect(refusal?.status == status, sourceLocation: location)
    #expect(refusal?.grounds?.rule.text == id, sourceLocation: location)
    expect(set.without(only: id), allows: question, at: location)
}

func expect(
    _ set: RuleSet, allows question: some Question, at location: SourceLocation = #_sourceLocation
) {
    #expect(question.verdict(of: set).refusal == nil, sourceLocation: location)
}

extension UseQuestion.Source {
    /// With all that a relation can be made with.
    static func quota(kinship: Kinship, standing: Standing, violation: Bool) -> Self {
        .quota(
            kinship: kinship, standing: standing, violation: violation,
            shown: UseQuestion.Shown(
                hasCommitment: true, verification: .face, hasKinshipProof: true))
    }
}

extension Bill {
    func with(
        patient: WalletID? = nil, credential: WalletID?? = nil, proxy: Proxy?? = nil,
        identityRecord: Digest?? = nil, cardNote: CardNote?? = nil, deductible: Bool? = nil,
        pooling: Bool? = nil, pooledScheme: Bool? = nil, total: Fen? = nil,
        pooled: Fen? = nil, visit: VisitType?? = nil
    ) -> Bill {
        Bill(
            total: total ?? self.total, pooled: pooled ?? self.pooled, burden: burden,
            selfPaid: selfPaid, visit: visit ?? self.visit, patient: patient ?? self.patient,
            credential: credential ?? self.credential,
            proxy: proxy ?? self.proxy, identityRecord: identityRecord ?? self.identityRecord,
            cardNote: cardNote ?? self.cardNote,
            countsTowardsDeductible: deductible ?? countsTowardsDeductible,
            asksForPooling: pooling ?? asksForPooling,
            pooledScheme: pooledScheme ?? self.pooledScheme)
    }
}
