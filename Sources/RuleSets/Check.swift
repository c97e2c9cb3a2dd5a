package import Domain

/// What a rule can check. A rule set is any combination of these; a new kind of check is the only
/// thing that needs code. The word of each kind, and its keys in a file, stand in
/// `docs/rulesets.md`.
package enum Check: Hashable, Sendable {
    // MARK: Who may be bound

    /// The giver's insurance is one of these (N3, G4).
    case giverInsurance([Insurance])
    /// The recipient is insured, under one of these (N3, G3).
    case recipientInsurance([Insurance])
    /// The recipient is insured in the giver's region (S2).
    case recipientInRegion
    case kinship([Kinship])
    /// The giver signed a commitment letter (N6); a relation made without one does not pay either.
    case commitment
    case channels([Channel])
    /// Both provinces take part, each since a day, over its own channels (G9).
    case joined([Joined])
    /// A recipient has at most so many givers (Z2).
    case giversOfRecipient(atMost: Int)
    /// Refused if the recipient has a giver, is a giver, or the giver is a recipient (Z4).
    case oneWay
    /// A giver whose insurance is suspended neither binds nor pays (Z3).
    case giverNotSuspended
    /// The giver was verified by one of these, at most so many days before (Z5, Z9).
    case verification([VerificationMethod], withinDays: Int)
    /// A recipient of this age or over must consent within so many days, verified by one of these in
    /// them (G11). Asks for the age.
    case consent(fromAge: Int, withinDays: Int, verifiedBy: [VerificationMethod])
    /// Members of a family group see each other and may bind each other both ways; a person is in one
    /// group (G12).
    case familyGroup
    /// A recorded violation refuses new relations and withdrawals, and suspends (W7).
    case noViolation
    /// A digest of the proof of kinship is there before the relation is active (G18).
    case kinshipProof
    /// An agent who acts for a person is recorded with identity (W10).
    case agentIdentity
    /// The relation ends by itself when insurance moves or ends (N14).
    case endsWithInsurance

    // MARK: How much

    /// Which part of the giver's balance may be shared (S1, G1).
    case sharable(Sharable)
    /// Settings on changes of quota.
    case quotaLimits(QuotaLimits)
    /// Quota received is not given on (N9).
    case notPassedOn
    /// The recipient's own money comes before quota (Z6, S5).
    case ownAccount(OwnAccount)
    /// In which order several givers pay (S4).
    case drawOrder(DrawOrder)

    // MARK: For what

    /// Only these (N10, N12, G5, G6, W3, S3).
    case categories([Category])
    /// Never these (G7, G8).
    case neverFor([Category])
    /// A bill with all its parts, and at most its personal burden (N10, G5, S3).
    case burdenOnly
    /// A premium is paid in full, from quota alone (N13).
    case premiumInFull
    /// The institution is in the register on the day (Z8, W8).
    case designated
    /// Of which kind an institution must be for a category (N10, N12).
    case places([Place])
    /// Care of these types only (S3, Z7).
    case visits([VisitType])
    /// Never for a deductible or pooled reimbursement (W8, Z7, G16).
    case apartFromPooling
    /// The bill has no pooled part (Z7).
    case nothingPooled
    /// Only the family scheme (G17).
    case familySchemeOnly
    /// The patient's own credential, which is that of the wallet; a proxy shows both identities
    /// (G10, S6).
    case ownCredential
    /// The card of a relative may be used (S8, W5).
    case relativesCard(RelativesCard)

    // MARK: Withdrawals

    /// Reasons for which money may be withdrawn (W9).
    case withdrawalReasons([WithdrawalReason])
    /// For these reasons a document is shown; the amount is the document's, and it serves once (W1, W4).
    case document([WithdrawalReason])
    /// For these reasons the document is of a designated institution outside the set's regions (W4).
    case issuerElsewhere([WithdrawalReason])
    /// For these reasons the whole balance is paid, once (W6).
    case wholeBalanceOnce([WithdrawalReason])
    /// For these reasons there is a record of the resettlement (异地安置), with its day (W6).
    case resettlementRecord([WithdrawalReason])
    /// For these reasons someone else reviews (W6, W10).
    case review([WithdrawalReason])
    /// For these reasons the form carries a signed commitment (W9).
    case withdrawalCommitment([WithdrawalReason])
    /// Paid to the person's own card account, by a bank that has an outlet here (W11).
    case payoutBanks([Outlet])

    package struct Joined: Hashable, Sendable {
        package let region: RegionCode
        package let since: BusinessDate
        package let channels: [Channel]
        package init(region: RegionCode, since: BusinessDate, channels: [Channel]) {
            self.region = region
            self.since = since
            self.channels = channels
        }
    }

    package enum Sharable: Hashable, Sendable {
        /// Only what is above a threshold that changes with the year: the row with the latest `from`
        /// that is not after the day.
        case above([Threshold])
        /// Only what was carried over from past years (历年结余).
        case carriedOver
    }

    package struct Threshold: Hashable, Sendable {
        package let from: BusinessDate
        package let amount: Fen
        package init(from: BusinessDate, amount: Fen) {
            self.from = from
            self.amount = amount
        }
    }

    package struct QuotaLimits: Hashable, Sendable {
        /// Changes of one giver on one day; nil: any number.
        package let perDay: Int?
        /// The most that one change may add; nil: anything.
        package let raiseAtMost: Fen?
        /// Minutes of the day in Asia/Shanghai, from and to (exclusive); may go over midnight.
        package let closed: Closed?
        package init(perDay: Int?, raiseAtMost: Fen?, closed: Closed?) {
            self.perDay = perDay
            self.raiseAtMost = raiseAtMost
            self.closed = closed
        }
    }

    package struct Closed: Hashable, Sendable {
        package let from: Int
        package let to: Int
        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    package enum OwnAccount: UInt8, Hashable, Sendable, CaseIterable {
        /// Own first, then shared, in one settlement (Z6).
        case first = 1
        /// Shared only when the own account is empty or absent (S5).
        case onlyWhenEmpty = 2
    }

    package struct Place: Hashable, Sendable {
        package let category: Category
        package let kinds: [InstitutionKind]
        package init(category: Category, kinds: [InstitutionKind]) {
            self.category = category
            self.kinds = kinds
        }
    }

    package struct RelativesCard: Hashable, Sendable {
        /// The last day; nil: until further notice.
        package let until: BusinessDate?
        package let kinships: [Kinship]
        /// Both card numbers, the kinship and a contact are noted.
        package let note: Bool
        /// From this total of the bill on (inclusive) a pharmacy records the user's identity; nil: never.
        package let pharmacyRecordFrom: Fen?
        package init(
            until: BusinessDate?, kinships: [Kinship], note: Bool, pharmacyRecordFrom: Fen?
        ) {
            self.until = until
            self.kinships = kinships
            self.note = note
            self.pharmacyRecordFrom = pharmacyRecordFrom
        }
    }

    /// An outlet of a bank that pays out.
    package struct Outlet: Hashable, Sendable {
        /// Short code of the bank, `A-Z`, `0-9`: `ICBC`.
        package let bank: String
        package let name: String
        package let address: String
        package let phone: String
        package init(bank: String, name: String, address: String, phone: String) {
            self.bank = bank
            self.name = name
            self.address = address
            self.phone = phone
        }
    }
}

/// In which order several quotas pay; ties go to the lower relation id, the same on every node.
package enum DrawOrder: UInt8, Hashable, Sendable, CaseIterable {
    case oldestGrantFirst = 1
    /// The giver's account balance, largest first. Only for rule sets within one province, as balances
    /// of other provinces are nobody's business.
    case balanceDescending = 2
    /// The number that the giver gave, smallest first.
    case giverPriority = 3

    package var word: String {
        switch self {
        case .oldestGrantFirst: "oldest-grant-first"
        case .balanceDescending: "balance-descending"
        case .giverPriority: "giver-priority"
        }
    }
}
