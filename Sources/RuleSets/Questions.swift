package import Domain

// What a rule set is asked. Every field is what is known at that moment; nil is "not told".

/// May this giver and this recipient be bound?
package struct BindingQuestion: Hashable, Sendable {
    package struct Giver: Hashable, Sendable {
        package var insurance: Insurance
        package var standing: Standing
        package var region: RegionCode
        /// A violation stands on the day.
        package var violation: Bool
        /// Receives from someone.
        package var receives: Bool
        package init(
            insurance: Insurance, standing: Standing, region: RegionCode, violation: Bool,
            receives: Bool
        ) {
            self.insurance = insurance
            self.standing = standing
            self.region = region
            self.violation = violation
            self.receives = receives
        }
    }

    package struct Recipient: Hashable, Sendable {
        /// Nil: not insured.
        package var insurance: Insurance?
        package var standing: Standing
        package var region: RegionCode
        package var violation: Bool
        /// Full years; nil: not asked, or not known.
        package var age: Int?
        /// Givers that the recipient has, without this one.
        package var givers: Int
        /// Gives to someone.
        package var gives: Bool
        package init(
            insurance: Insurance?, standing: Standing, region: RegionCode, violation: Bool,
            age: Int?, givers: Int, gives: Bool
        ) {
            self.insurance = insurance
            self.standing = standing
            self.region = region
            self.violation = violation
            self.age = age
            self.givers = givers
            self.gives = gives
        }
    }

    package enum Groups: UInt8, Hashable, Sendable, CaseIterable {
        /// At most one of the two is in a group.
        case open = 1
        case same = 2
        /// Each is in a group of their own.
        case different = 3
    }

    package var date: BusinessDate
    package var giver: Giver
    package var recipient: Recipient
    package var kinship: Kinship?
    package var channel: Channel
    package var hasCommitment: Bool
    package var verification: VerificationMethod?
    /// Days since the verification; of no matter without one.
    package var verifiedDaysAgo: Int
    /// An agent acts for the giver; whether their identity is recorded. Nil: no agent.
    package var agentIdentified: Bool?
    package var hasKinshipProof: Bool
    package var groups: Groups

    package init(
        date: BusinessDate, giver: Giver, recipient: Recipient, kinship: Kinship?,
        channel: Channel, hasCommitment: Bool, verification: VerificationMethod?,
        verifiedDaysAgo: Int = 0, agentIdentified: Bool?, hasKinshipProof: Bool, groups: Groups
    ) {
        self.date = date
        self.giver = giver
        self.recipient = recipient
        self.kinship = kinship
        self.channel = channel
        self.hasCommitment = hasCommitment
        self.verification = verification
        self.verifiedDaysAgo = verifiedDaysAgo
        self.agentIdentified = agentIdentified
        self.hasKinshipProof = hasKinshipProof
        self.groups = groups
    }
}

/// May the giver set this quota? Asked when a quota is raised; lowering one is always allowed, within
/// the limits on changes.
package struct QuotaQuestion: Hashable, Sendable {
    package var now: Instant
    /// The giver's own account before the change.
    package var balance: Fen
    /// Of it, what was there when the year began and is neither spent nor shared.
    package var carriedOver: Fen
    /// What the change adds; zero if it lowers.
    package var raise: Fen
    /// Changes of this giver on this day before this one.
    package var changesToday: Int
    /// What the giver has received from others and not spent.
    package var received: Fen

    package init(
        now: Instant, balance: Fen, carriedOver: Fen, raise: Fen, changesToday: Int,
        received: Fen
    ) {
        self.now = now
        self.balance = balance
        self.carriedOver = carriedOver
        self.raise = raise
        self.changesToday = changesToday
        self.received = received
    }
}

/// May this be paid from this source?
package struct UseQuestion: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// Of a giver: what the recipient is to them, how they stand, and what was shown when the
        /// relation was made, perhaps under other rules.
        case quota(kinship: Kinship, standing: Standing, violation: Bool, shown: Shown)
        case ownAccount
    }

    package struct Shown: Hashable, Sendable {
        package var hasCommitment: Bool
        package var verification: VerificationMethod?
        package var hasKinshipProof: Bool
        package init(
            hasCommitment: Bool, verification: VerificationMethod?, hasKinshipProof: Bool
        ) {
            self.hasCommitment = hasCommitment
            self.verification = verification
            self.hasKinshipProof = hasKinshipProof
        }
    }

    package var date: BusinessDate
    package var source: Source
    package var wallet: WalletID
    package var category: Category
    /// What is asked for of the whole bill.
    package var amount: Fen
    /// Nothing less will do.
    package var exact: Bool
    package var bill: Bill
    package var institutionKind: InstitutionKind
    /// Whether the register has the institution on the day; nil: only the care province can tell.
    package var designated: Bool?

    package init(
        date: BusinessDate, source: Source, wallet: WalletID, category: Category, amount: Fen,
        exact: Bool, bill: Bill, institutionKind: InstitutionKind, designated: Bool?
    ) {
        self.date = date
        self.source = source
        self.wallet = wallet
        self.category = category
        self.amount = amount
        self.exact = exact
        self.bill = bill
        self.institutionKind = institutionKind
        self.designated = designated
    }
}

/// May this be withdrawn?
package struct WithdrawalQuestion: Hashable, Sendable {
    /// Who issued a document.
    package enum Issuer: Hashable, Sendable {
        /// In a region of this province, of this kind by its register.
        case registered(RegionCode, InstitutionKind)
        /// In another province, by its code: only the register there has it.
        case elsewhere(RegionCode)
        /// In no register that can be asked, and the code names no other province.
        case unregistered
    }

    package var date: BusinessDate
    package var reason: WithdrawalReason
    package var amount: Fen
    package var balance: Fen
    /// What the document says; nil: none was shown.
    package var documentAmount: Fen?
    /// Who issued the document, as far as the register and the code tell; nil: no document.
    package var issuer: Issuer?
    /// What the user of the document is to who withdraws; nil: that person, or not told.
    package var userKinship: Kinship?
    /// The document was issued for somebody else than who withdraws.
    package var isForAnother: Bool
    /// The day on which the resettlement was filed (备案); nil: no record of one.
    package var resettlementFiled: BusinessDate?
    package var violation: Bool
    /// The person's balance was paid out for this reason before.
    package var paidBefore: Bool
    package var hasCommitment: Bool
    /// Both as staff ids; nil: none named (yet).
    package var handler: String?
    package var reviewer: String?
    /// An agent acts for the person; whether their identity is recorded. Nil: no agent.
    package var agentIdentified: Bool?
    /// The bank of the person's social-security card.
    package var bank: String?
    package var hasCardAccount: Bool

    package init(
        date: BusinessDate, reason: WithdrawalReason, amount: Fen, balance: Fen,
        documentAmount: Fen?, issuer: Issuer? = nil, userKinship: Kinship? = nil,
        isForAnother: Bool = false, resettlementFiled: BusinessDate? = nil,
        violation: Bool, paidBefore: Bool, hasCommitment: Bool,
        handler: String?, reviewer: String?, agentIdentified: Bool?, bank: String?,
        hasCardAccount: Bool
    ) {
        self.date = date
        self.reason = reason
        self.amount = amount
        self.balance = balance
        self.documentAmount = documentAmount
        self.issuer = issuer
        self.userKinship = userKinship
        self.isForAnother = isForAnother
        self.resettlementFiled = resettlementFiled
        self.violation = violation
        self.paidBefore = paidBefore
        self.hasCommitment = hasCommitment
        self.handler = handler
        self.reviewer = reviewer
        self.agentIdentified = agentIdentified
        self.bank = bank
        self.hasCardAccount = hasCardAccount
    }
}
