package import Domain
package import Wire

// What a node keeps of people, relations and withdrawals, one value a row.

/// A person that is insured in this province.
package struct Person: Hashable, Sendable {
    package struct Violation: Hashable, Sendable {
        package let reason: String
        /// The last day on which it stands.
        package let until: BusinessDate
        package init(reason: String, until: BusinessDate) {
            self.reason = reason
            self.until = until
        }
    }

    /// Of the social-security card; money is paid out to nothing else (rule W11).
    package struct CardAccount: Hashable, Sendable {
        package let bank: String
        package let number: String
        /// When it was set, and by which person of the staff.
        package let since: Instant
        package let setBy: String
        /// Another person of the staff, who gave the same number.
        package var confirmedBy: String?
        package init(
            bank: String, number: String, since: Instant, setBy: String, confirmedBy: String? = nil
        ) {
            self.bank = bank
            self.number = number
            self.since = since
            self.setBy = setBy
            self.confirmedBy = confirmedBy
        }

        func isSameAccount(_ bank: String, _ number: String) -> Bool {
            self.bank == bank && self.number == number
        }
    }

    package let wallet: WalletID
    package var insurance: Insurance
    package var standing: Standing
    package let region: RegionCode
    /// Nil: the person was not registered with an identity number.
    package let born: BusinessDate?
    package var violation: Violation?
    package var cardAccount: CardAccount?
    /// The calendar year of the last deposit, and what was there when that year began and has not
    /// been shared since (历年结余, rule G1). In fen.
    package var year: Int
    package var carriedOver: Int64
    /// Changes of quotas on one day (settings on quotas).
    package var quotaDay: BusinessDate?
    package var quotaChanges: Int
    /// The whole balance was, or is being, paid out for a resettlement (rule W6).
    package var isResettled: Bool
    /// What of the whole balance was out in quotas when it was paid out, and can still be paid out when
    /// it has come back (rule W6). In fen.
    package var resettledRest: Int64
    /// The family group that the person is in (rule G12).
    package var group: Identifier?
    /// Transactions that hold money of the person's own account.
    package var ownHolds: Int
    /// What was paid in on one day, in fen (``Controls/depositFenMax``).
    package var depositDay: BusinessDate?
    package var depositedFen: Int64
    /// How many ``PersonChange`` there are.
    package var changes: UInt64

    package init(
        wallet: WalletID, insurance: Insurance, region: RegionCode,
        standing: Standing = .insured, born: BusinessDate? = nil, violation: Violation? = nil,
        cardAccount: CardAccount? = nil, year: Int = 0, carriedOver: Int64 = 0,
        quotaDay: BusinessDate? = nil, quotaChanges: Int = 0, isResettled: Bool = false,
        resettledRest: Int64 = 0, group: Identifier? = nil, ownHolds: Int = 0,
        depositDay: BusinessDate? = nil, depositedFen: Int64 = 0, changes: UInt64 = 0
    ) {
        self.wallet = wallet
        self.insurance = insurance
        self.region = region
        self.standing = standing
        self.born = born
        self.violation = violation
        self.cardAccount = cardAccount
        self.year = year
        self.carriedOver = carriedOver
        self.quotaDay = quotaDay
        self.quotaChanges = quotaChanges
        self.isResettled = isResettled
        self.resettledRest = resettledRest
        self.group = group
        self.ownHolds = ownHolds
        self.depositDay = depositDay
        self.depositedFen = depositedFen
        self.changes = changes
    }
}

/// A relation (共济关系) of a giver of this province: kept by the payer province.
package struct Relation: Hashable, Sendable {
    package let id: Identifier
    package let giver: WalletID
    package let giverRegion: RegionCode
    /// Nil until the recipient's province has opened the sealed identity.
    package var recipient: WalletID?
    package let recipientProvince: ProvinceCode
    /// Nil until the recipient's province has answered.
    package var recipientRegion: RegionCode?
    package let kinship: Kinship
    /// SM3 digest of the signed commitment letter, and the day on it (rule N6).
    package let commitmentDigest: Digest?
    package let commitmentDate: BusinessDate
    /// Of the giver, when it was made and when it was ended (rules Z5, Z9).
    package let verification: Verification?
    package var endVerification: Verification?
    package var kinshipProof: Digest?
    package let agentIdentity: Digest?
    /// Of the recipient (rule G11).
    package var consent: Verification?
    package var consentUntil: Instant?
    package let priority: UInt8
    /// Over which it was made, and ended (rule N5).
    package let madeOver: Channel
    package var endedOver: Channel?
    package let granted: Instant
    package var phase: RelationPhase
    /// Why it ended, if not by the giver's wish.
    package var ended: RefusalReason?
    /// Transactions that hold money of it.
    package var openHolds: Int
    /// Of the last quota notice that was sent to the wallet province.
    package var noticeVersion: UInt64
    /// When to look at it again: a proposal or consent that ran out, a violation that is over.
    package var wake: Instant?

    package init(
        id: Identifier, giver: WalletID, giverRegion: RegionCode, recipient: WalletID?,
        recipientProvince: ProvinceCode, recipientRegion: RegionCode?, kinship: Kinship,
        commitmentDigest: Digest?, commitmentDate: BusinessDate, verification: Verification?,
        endVerification: Verification?, kinshipProof: Digest?, agentIdentity: Digest?,
        consent: Verification?, consentUntil: Instant?, priority: UInt8, madeOver: Channel,
        endedOver: Channel?, granted: Instant, phase: RelationPhase, ended: RefusalReason?,
        openHolds: Int, noticeVersion: UInt64, wake: Instant?
    ) {
        self.id = id
        self.giver = giver
        self.giverRegion = giverRegion
        self.recipient = recipient
        self.recipientProvince = recipientProvince
        self.recipientRegion = recipientRegion
        self.kinship = kinship
        self.commitmentDigest = commitmentDigest
        self.commitmentDate = commitmentDate
        self.verification = verification
        self.endVerification = endVerification
        self.kinshipProof = kinshipProof
        self.agentIdentity = agentIdentity
        self.consent = consent
        self.consentUntil = consentUntil
        self.priority = priority
        self.madeOver = madeOver
        self.endedOver = endedOver
        self.granted = granted
        self.phase = phase
        self.ended = ended
        self.openHolds = openHolds
        self.noticeVersion = noticeVersion
        self.wake = wake
    }
}

/// What a wallet province knows of one relation in which its person receives.
package struct Grant: Hashable, Sendable {
    package let relation: Identifier
    package let payer: ProvinceCode
    package let giver: WalletID
    package let giverRegion: RegionCode
    package let kinship: Kinship
    package let priority: UInt8
    package var available: Fen
    package var phase: RelationPhase
    /// By this province's own clock: when it first heard of the relation.
    package let granted: Instant
    /// Of the last notice; 0 while there was only the proposal.
    package var version: UInt64
    package var consentUntil: Instant?
    /// Why it ended, if not by the giver's wish.
    package var status: Status?
    /// The client request that waits for what the payer says to the recipient's consent.
    package var consentRequest: Identifier?

    package init(
        relation: Identifier, payer: ProvinceCode, giver: WalletID, giverRegion: RegionCode,
        kinship: Kinship, priority: UInt8, available: Fen, phase: RelationPhase,
        granted: Instant, version: UInt64, consentUntil: Instant? = nil, status: Status? = nil,
        consentRequest: Identifier? = nil
    ) {
        self.relation = relation
        self.payer = payer
        self.giver = giver
        self.giverRegion = giverRegion
        self.kinship = kinship
        self.priority = priority
        self.available = available
        self.phase = phase
        self.granted = granted
        self.version = version
        self.consentUntil = consentUntil
        self.status = status
        self.consentRequest = consentRequest
    }
}

/// A family group (家庭成员组, rule G12): who is in it, in the order in which they came.
package struct Family: Hashable, Sendable {
    package var members: [WalletID]
    package init(members: [WalletID]) { self.members = members }
}

/// A document that was used for a withdrawal, remembered for ever by the province of the person for
/// whom it was issued (rule W1).
package struct DocumentUse: Hashable, Sendable {
    package let withdrawal: Identifier
    package let payer: ProvinceCode
    package let at: Instant
    package init(withdrawal: Identifier, payer: ProvinceCode, at: Instant) {
        self.withdrawal = withdrawal
        self.payer = payer
        self.at = at
    }
}

/// A withdrawal (支取) from a personal account of this province. While it is `claiming` or
/// `awaitingReview` its money stands in `held(id, wallet)`, from `approved` on in `payout`.
package struct Withdrawal: Hashable, Sendable {
    package struct Document: Hashable, Sendable {
        package let digest: Digest
        package let amount: Fen
        package let user: WalletID
        package let userProvince: ProvinceCode
        package init(digest: Digest, amount: Fen, user: WalletID, userProvince: ProvinceCode) {
            self.digest = digest
            self.amount = amount
            self.user = user
            self.userProvince = userProvince
        }
    }

    package let id: Identifier
    package let wallet: WalletID
    package let amount: Fen
    package let reason: WithdrawalReason
    package let document: Document?
    package let userKinship: Kinship?
    package let commitmentDigest: Digest?
    package let agentIdentity: Digest?
    /// Of a resettlement, what was filed (rule W6).
    package let resettlement: ServiceRequest.WithdrawalOrder.Resettlement?
    /// The person who asked for it.
    package let handler: String
    /// Whether someone else reviews it, by the rules of the day on which it was asked for.
    package let needsReview: Bool
    /// Of a resettlement: what was out in quotas when the balance was paid out (rule W6).
    package let isRest: Bool
    /// SM3 of bank and number of the card account as it was when it was asked for: what was looked at
    /// is what is paid to.
    package let cardAccount: Digest?
    /// The person who approved or declined it; empty: nobody has yet.
    package var reviewer: String
    /// The person who handed it to the bank; empty: nobody has yet.
    package var exporter: String
    package var state: WithdrawalState
    package var refusal: RefusalReason?
    package var bankReason: String
    /// The batch in which it was handed to the bank.
    package var payout: Identifier?
    package let created: Instant

    package init(
        id: Identifier, wallet: WalletID, amount: Fen, reason: WithdrawalReason,
        document: Document?, userKinship: Kinship?, commitmentDigest: Digest?,
        agentIdentity: Digest?,
        resettlement: ServiceRequest.WithdrawalOrder.Resettlement? = nil, handler: String,
        needsReview: Bool, isRest: Bool = false, cardAccount: Digest?,
        reviewer: String, exporter: String = "", state: WithdrawalState,
        refusal: RefusalReason?, bankReason: String, payout: Identifier?, created: Instant
    ) {
        self.id = id
        self.wallet = wallet
        self.amount = amount
        self.reason = reason
        self.document = document
        self.userKinship = userKinship
        self.commitmentDigest = commitmentDigest
        self.agentIdentity = agentIdentity
        self.resettlement = resettlement
        self.handler = handler
        self.needsReview = needsReview
        self.isRest = isRest
        self.cardAccount = cardAccount
        self.reviewer = reviewer
        self.exporter = exporter
        self.state = state
        self.refusal = refusal
        self.bankReason = bankReason
        self.payout = payout
        self.created = created
    }
}

/// One settled draw as one side sees it (rule G15). Written once when it is settled, and once more,
/// under the same key, when it is reversed.
package struct Usage: Hashable, Sendable {
    /// What a store finds it by, newest first within a subject.
    package struct Key: Hashable, Sendable {
        package let subject: UsageQuestion.Subject
        package let date: BusinessDate
        package let transaction: Identifier
        /// Of a quota its relation, of an own account the wallet.
        package let source: Identifier
        package init(
            subject: UsageQuestion.Subject, date: BusinessDate, transaction: Identifier,
            source: Identifier
        ) {
            self.subject = subject
            self.date = date
            self.transaction = transaction
            self.source = source
        }
    }

    package let key: Key
    package let insured: ProvinceCode
    package let care: ProvinceCode
    package let institution: InstitutionCode
    package let category: Category
    package let amount: Fen
    package let reversalDate: BusinessDate?
    /// See `ServiceReply.UsageRecord.other`.
    package let other: WalletID?

    package init(
        key: Key, insured: ProvinceCode, care: ProvinceCode, institution: InstitutionCode,
        category: Category, amount: Fen, reversalDate: BusinessDate?, other: WalletID?
    ) {
        self.key = key
        self.insured = insured
        self.care = care
        self.institution = institution
        self.category = category
        self.amount = amount
        self.reversalDate = reversalDate
        self.other = other
    }
}
