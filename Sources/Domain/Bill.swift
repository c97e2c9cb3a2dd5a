/// The bill that a shared payment is for (rules N10, N12), as the institution has it. Amounts in fen:
/// `total` is the sum of the other three.
package struct Bill: Hashable, Sendable {
    package let total: Fen
    /// What pooled funds pay (统筹).
    package let pooled: Fen
    /// 个人负担: what a shared payment may be for.
    package let burden: Fen
    /// 自费: outside the insurance.
    package let selfPaid: Fen
    /// How care was had; nil: it is no care, or that was not told.
    package let visit: VisitType?
    /// Who was treated, or for whom the goods or the premium are. Not the wallet's person only when the
    /// card of a relative is used (rules S8, W5).
    package let patient: WalletID
    /// Whose credential (医保电子凭证, 社会保障卡) was presented; nil: none.
    package let credential: WalletID?
    /// Someone else bought or collected for the patient (rule G10).
    package let proxy: Proxy?
    /// Digest of the record of the user's identity that the pharmacy made (备案, rule W5).
    package let identityRecord: Digest?
    /// What is noted when the card of a relative is used (rule S8).
    package let cardNote: CardNote?
    /// The bill asks that the payment count towards a deductible (rules W8, Z7, G16).
    package let countsTowardsDeductible: Bool
    /// The bill asks for pooled reimbursement of what the payment covers (rules W8, Z7, G16).
    package let asksForPooling: Bool
    /// 大共济: the bill is for the pooled outpatient scheme (rule G17).
    package let pooledScheme: Bool

    /// Both identities of a purchase for someone else, as digests of what was shown.
    package struct Proxy: Hashable, Sendable {
        package let patientIdentity: Digest?
        package let proxyIdentity: Digest?
        package init(patientIdentity: Digest?, proxyIdentity: Digest?) {
            self.patientIdentity = patientIdentity
            self.proxyIdentity = proxyIdentity
        }
    }

    /// Digests of the card numbers and the contact; the record itself stays at the institution.
    package struct CardNote: Hashable, Sendable {
        /// What the patient is to the holder of the card.
        package let kinship: Kinship?
        package let holderCard: Digest?
        package let patientCard: Digest?
        package let contact: Digest?
        package init(
            kinship: Kinship?, holderCard: Digest?, patientCard: Digest?, contact: Digest?
        ) {
            self.kinship = kinship
            self.holderCard = holderCard
            self.patientCard = patientCard
            self.contact = contact
        }
    }

    package init(
        total: Fen, pooled: Fen, burden: Fen, selfPaid: Fen, visit: VisitType? = nil,
        patient: WalletID, credential: WalletID?, proxy: Proxy? = nil,
        identityRecord: Digest? = nil, cardNote: CardNote? = nil,
        countsTowardsDeductible: Bool = false, asksForPooling: Bool = false,
        pooledScheme: Bool = false
    ) {
        self.total = total
        self.pooled = pooled
        self.burden = burden
        self.selfPaid = selfPaid
        self.visit = visit
        self.patient = patient
        self.credential = credential
        self.proxy = proxy
        self.identityRecord = identityRecord
        self.cardNote = cardNote
        self.countsTowardsDeductible = countsTowardsDeductible
        self.asksForPooling = asksForPooling
        self.pooledScheme = pooledScheme
    }

    /// Whether the parts make up the total.
    package var isComplete: Bool { pooled + burden + selfPaid == total }
}
