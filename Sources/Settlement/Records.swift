package import Domain
package import Wire

// What a node keeps, one value a row. `Storage` gives each an encoding.

/// The care province's side of a transaction.
package struct Coordination: Hashable, Sendable {
    package enum State: UInt8, Sendable, CaseIterable {
        /// The wallet province was asked.
        case askingWallet = 1
        /// `Reserve` was sent; votes are missing.
        case reserving = 2
        /// All hold; the client was told.
        case reserved = 3
        /// `Commit` was sent to the primary. In doubt.
        case committing = 4
        case settled = 5
        /// `Reverse` was sent to the primary.
        case reversing = 6
        case reversed = 7
        /// Given up before any `Commit`; the primary was told. Nothing will be taken.
        case releasing = 8
        /// Nothing was taken.
        case released = 9

        package var word: String {
            switch self {
            case .askingWallet: "asking_wallet"
            case .reserving: "reserving"
            case .reserved: "reserved"
            case .committing: "committing"
            case .settled: "settled"
            case .reversing: "reversing"
            case .reversed: "reversed"
            case .releasing: "releasing"
            case .released: "released"
            }
        }

        /// Whether an outcome is still to come.
        package var isOpen: Bool {
            switch self {
            case .askingWallet, .reserving, .reserved, .committing, .reversing, .releasing: true
            case .settled, .reversed, .released: false
            }
        }

        /// Whether this node has asked for an outcome that it cannot know before the primary says.
        package var isInDoubt: Bool {
            switch self {
            case .committing, .reversing: true
            case .askingWallet, .reserving, .reserved, .settled, .reversed, .releasing,
                .released:
                false
            }
        }
    }

    package let transaction: Identifier
    package var state: State
    package let order: Order
    /// Nil until the wallet has answered.
    package var plan: EncodedPlan?
    package var votes: [ProvenVote]
    /// Client requests that wait for an answer (`SettleReserve` has the transaction's id).
    package var commitRequest: Identifier?
    package var reverseRequest: Identifier?
    /// One amount a draw, once a commit was asked for.
    package var finals: [Fen]
    /// What the last commit asked for, if the primary refused it: should it have committed that all the
    /// same, its decision is the outcome, and the refusal was a lie.
    package var refusedFinals: [Fen] = []
    package var date: BusinessDate?
    package var reversalDate: BusinessDate?
    /// Why it was released.
    package var reason: RefusalReason?
    /// The primary's decision with its proof, kept if others may need it from here.
    package var certificate: Receipt?
    package let created: Instant
    /// When to look at it again, if nothing happens.
    package var wake: Instant?

    /// What the client asked for.
    package struct Order: Hashable, Sendable {
        package let wallet: WalletID
        package let walletProvince: ProvinceCode
        package let institution: InstitutionCode
        package let institutionKind: InstitutionKind
        /// Where the institution is.
        package let region: RegionCode
        package let category: Category
        package let amount: Fen
        package let mode: ReserveMode
        package let holdMilliseconds: Int64
        package let withoutOwnAccount: Bool
        package let bill: Bill

        package init(
            wallet: WalletID, walletProvince: ProvinceCode, institution: InstitutionCode,
            institutionKind: InstitutionKind, region: RegionCode, category: Category, amount: Fen,
            mode: ReserveMode, holdMilliseconds: Int64, withoutOwnAccount: Bool, bill: Bill
        ) {
            self.institutionKind = institutionKind
            self.region = region
            self.bill = bill
            self.wallet = wallet
            self.walletProvince = walletProvince
            self.institution = institution
            self.category = category
            self.amount = amount
            self.mode = mode
            self.holdMilliseconds = holdMilliseconds
            self.withoutOwnAccount = withoutOwnAccount
        }
    }

    package init(
        transaction: Identifier, state: State, order: Order, plan: EncodedPlan?,
        votes: [ProvenVote], commitRequest: Identifier?, reverseRequest: Identifier?,
        finals: [Fen], date: BusinessDate?, reversalDate: BusinessDate?, reason: RefusalReason?,
        certificate: Receipt?, created: Instant, wake: Instant?
    ) {
        self.transaction = transaction
        self.state = state
        self.order = order
        self.plan = plan
        self.votes = votes
        self.commitRequest = commitRequest
        self.reverseRequest = reverseRequest
        self.finals = finals
        self.date = date
        self.reversalDate = reversalDate
        self.reason = reason
        self.certificate = certificate
        self.created = created
        self.wake = wake
    }
}

/// A participant's side of a transaction, or the tombstone of one that it heard the end of first.
package struct Participation: Hashable, Sendable {
    package enum State: UInt8, Sendable, CaseIterable {
        case held = 1
        case committed = 2
        case released = 3
        case reversed = 4

        package var word: String {
            switch self {
            case .held: "held"
            case .committed: "committed"
            case .released: "released"
            case .reversed: "reversed"
            }
        }
    }

    package let transaction: Identifier
    package var state: State
    package let care: ProvinceCode
    package let primary: ProvinceCode
    package let planDigest: Digest
    /// Nil in a tombstone.
    package let plan: EncodedPlan?
    /// What is or was held, one a draw of this province, in plan order.
    package var held: [Fen]
    /// One a draw of the plan, once committed.
    package var finals: [Fen]
    package var date: BusinessDate?
    package var reversal: Identifier?
    package var reversalDate: BusinessDate?
    /// Why it was released, or refused to hold.
    package var reason: RefusalReason?
    /// When this node first heard of it, by its own clock.
    package let created: Instant
    package var decided: Instant?
    /// Of the primary: when the hold ends by itself.
    package let expires: Instant?
    package var wake: Instant?
    /// How long a secondary waits before it asks again.
    package var inquireEveryMilliseconds: Int64

    /// Whether it is a secondary that had to ask the primary: the hold of that must have ended.
    package var hasInquired: Bool {
        inquireEveryMilliseconds > Limits.inquireEveryMillisecondsMin
    }

    package init(
        transaction: Identifier, state: State, care: ProvinceCode, primary: ProvinceCode,
        planDigest: Digest, plan: EncodedPlan?, held: [Fen], finals: [Fen],
        date: BusinessDate?, reversal: Identifier?, reversalDate: BusinessDate?,
        reason: RefusalReason?, created: Instant, decided: Instant?, expires: Instant?,
        wake: Instant?, inquireEveryMilliseconds: Int64
    ) {
        self.transaction = transaction
        self.state = state
        self.care = care
        self.primary = primary
        self.planDigest = planDigest
        self.plan = plan
        self.held = held
        self.finals = finals
        self.date = date
        self.reversal = reversal
        self.reversalDate = reversalDate
        self.reason = reason
        self.created = created
        self.decided = decided
        self.expires = expires
        self.wake = wake
        self.inquireEveryMilliseconds = inquireEveryMilliseconds
    }
}

/// The one answer of one client request, for ever, and who asked.
package struct Answer: Hashable, Sendable {
    /// SM3 digest of the request as it was received first.
    package let requestDigest: Digest
    package let by: Principal
    /// When this node worked on it.
    package let at: Instant
    /// The octets of the reply; nil while it is not known.
    package var reply: Bytes?

    package init(requestDigest: Digest, by: Principal, at: Instant, reply: Bytes?) {
        self.requestDigest = requestDigest
        self.by = by
        self.at = at
        self.reply = reply
    }
}

/// How far both directions of the link with one peer have come.
package struct LinkRecord: Hashable, Sendable {
    package let peer: ProvinceCode
    /// The last message that was given a place in a batch.
    package var sent: LinkPosition
    /// The last message of this side that the peer has durably.
    package var acknowledged: UInt64
    /// The last message that was given a number; those after `sent` wait in the outbox.
    package var assigned: UInt64
    /// The last message of the peer that is durable here. Nil before the first.
    package var received: LinkPosition?

    package init(
        peer: ProvinceCode, sent: LinkPosition, acknowledged: UInt64, assigned: UInt64,
        received: LinkPosition?
    ) {
        self.peer = peer
        self.sent = sent
        self.acknowledged = acknowledged
        self.assigned = assigned
        self.received = received
    }
}
