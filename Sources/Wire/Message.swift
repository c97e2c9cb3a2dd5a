package import Domain

/// What one province node tells another: one frame of a batch. Values are checked for form when
/// they are decoded; whether they make sense is for `Settlement`.
package enum Message: Hashable, Sendable {
    case walletQuery(WalletQuery)
    case walletReply(WalletReply)
    case reserve(Reserve)
    case vote(Vote)
    case refusal(Refusal)
    case commit(Commit)
    case release(Release)
    case inquire(Inquire)
    case reverse(Reverse)
    case decision(Decision)
    case certificate(Certificate)
    case quotaNotice(QuotaNotice)
    case relationProposal(RelationProposal)
    case relationAnswer(RelationAnswer)
    case relationConsent(RelationConsent)
    case recipientChange(RecipientChange)
    case documentClaim(DocumentClaim)
    case documentAnswer(DocumentAnswer)
    case documentRelease(DocumentRelease)
    case holdEnd(HoldEndCertificate)

    /// The name in `protocol/messages.md`, for counters.
    package var name: String {
        switch self {
        case .walletQuery: "wallet_query"
        case .walletReply: "wallet_reply"
        case .reserve: "reserve"
        case .vote: "vote"
        case .refusal: "refusal"
        case .commit: "commit"
        case .release: "release"
        case .inquire: "inquire"
        case .reverse: "reverse"
        case .decision: "decision"
        case .certificate: "certificate"
        case .quotaNotice: "quota_notice"
        case .relationProposal: "relation_proposal"
        case .relationAnswer: "relation_answer"
        case .relationConsent: "relation_consent"
        case .recipientChange: "recipient_change"
        case .documentClaim: "document_claim"
        case .documentAnswer: "document_answer"
        case .documentRelease: "document_release"
        case .holdEnd: "hold_end"
        }
    }

    /// The transaction that the message is about; nil for what is about relations and documents.
    package var transaction: Identifier? {
        switch self {
        case .walletQuery(let query): query.transaction
        case .walletReply(let reply): reply.transaction
        case .reserve(let reserve): reserve.plan.plan.transaction
        case .vote(let vote): vote.transaction
        case .refusal(let refusal): refusal.transaction
        case .commit(let commit): commit.transaction
        case .release(let release): release.transaction
        case .inquire(let inquire): inquire.transaction
        case .reverse(let reverse): reverse.transaction
        case .decision(let decision): decision.transaction
        case .certificate(let certificate): certificate.decision.transaction
        case .holdEnd(let certificate): certificate.holdEnd.transaction
        case .quotaNotice, .relationProposal, .relationAnswer, .relationConsent,
            .recipientChange, .documentClaim, .documentAnswer, .documentRelease:
            nil
        }
    }
}

/// A plan with the octets that it was sent as and their SM3 digest, which votes bind.
package struct EncodedPlan: Hashable, Sendable {
    package let plan: Plan
    package let bytes: Bytes
    package let digest: Digest

    package init(_ plan: Plan, hashing: any Hashing) {
        self.plan = plan
        bytes = plan.encoded()
        digest = hashing.digest(bytes)
    }

    /// A plan as it was received or kept.
    package init(decoding bytes: Bytes, hashing: any Hashing) throws(DecodingRefusal) {
        plan = try Plan(decoding: bytes)
        self.bytes = bytes
        digest = hashing.digest(bytes)
    }

    /// A plan from the node's own store, whose digest was taken before it was kept.
    package init(kept bytes: Bytes, digest: Digest) throws(DecodingRefusal) {
        plan = try Plan(decoding: bytes)
        self.bytes = bytes
        self.digest = digest
    }
}

/// "I hold this": what one participant has set aside, in fen, for each of its own draws.
package struct Vote: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    package let participant: ProvinceCode
    package let held: [Fen]
    /// Of the primary: when its hold ends. Of others nil.
    package let expires: Instant?

    package init(
        transaction: Identifier, planDigest: Digest, participant: ProvinceCode, held: [Fen],
        expires: Instant?
    ) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.participant = participant
        self.held = held
        self.expires = expires
    }
}

package struct Refusal: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    package let participant: ProvinceCode
    package let reason: RefusalReason

    package init(
        transaction: Identifier, planDigest: Digest, participant: ProvinceCode,
        reason: RefusalReason
    ) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.participant = participant
        self.reason = reason
    }
}

/// A vote of a third province, with the receipt that proves it. Over the wire the vote is what the
/// receipt holds; whoever receives it must have checked the receipt before it goes to the engine.
package struct ProvenVote: Hashable, Sendable {
    package let vote: Vote
    /// Nil only for a vote that its participant gave to this very node.
    package let receipt: Receipt?

    package init(vote: Vote, receipt: Receipt?) {
        self.vote = vote
        self.receipt = receipt
    }
}

package struct Commit: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    /// One amount for each draw of the plan, in plan order.
    package let finals: [Fen]
    /// Of all participants but the primary and the sender.
    package let votes: [ProvenVote]
    /// Of the sender, if it holds money too.
    package let ownVote: Vote?

    package init(
        transaction: Identifier, planDigest: Digest, finals: [Fen], votes: [ProvenVote],
        ownVote: Vote?
    ) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.finals = finals
        self.votes = votes
        self.ownVote = ownVote
    }
}

package struct Release: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    package init(transaction: Identifier, planDigest: Digest) {
        self.transaction = transaction
        self.planDigest = planDigest
    }
}

package struct Inquire: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    package let care: ProvinceCode
    package let primary: ProvinceCode
    package init(
        transaction: Identifier, planDigest: Digest, care: ProvinceCode, primary: ProvinceCode
    ) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.care = care
        self.primary = primary
    }
}

package struct Reverse: Hashable, Sendable {
    package let transaction: Identifier
    package let planDigest: Digest
    package let reversal: Identifier
    package init(transaction: Identifier, planDigest: Digest, reversal: Identifier) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.reversal = reversal
    }
}

/// One draw with the amount that it came to.
package struct FinalDraw: Hashable, Sendable {
    package let province: ProvinceCode
    package let source: DrawSource
    package let amount: Fen
    package init(province: ProvinceCode, source: DrawSource, amount: Fen) {
        self.province = province
        self.source = source
        self.amount = amount
    }
}

/// The decision certificate: what the primary decided, self-contained.
package struct Decision: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        /// Every draw in plan order, and the business date of the settlement.
        case committed(finals: [FinalDraw], date: BusinessDate)
        /// Nothing was taken; why.
        case released(Status)
        /// What was committed, undone under its own id and business date.
        case reversed(
            finals: [FinalDraw], date: BusinessDate, reversal: Identifier,
            reversalDate: BusinessDate)
    }

    package let transaction: Identifier
    package let planDigest: Digest
    package let care: ProvinceCode
    package let primary: ProvinceCode
    package let outcome: Outcome
    package let decided: Instant

    package init(
        transaction: Identifier, planDigest: Digest, care: ProvinceCode, primary: ProvinceCode,
        outcome: Outcome, decided: Instant
    ) {
        self.transaction = transaction
        self.planDigest = planDigest
        self.care = care
        self.primary = primary
        self.outcome = outcome
        self.decided = decided
    }
}

/// A decision passed on by someone else than the primary, with the receipt that proves it.
package struct Certificate: Hashable, Sendable {
    package let decision: Decision
    package let receipt: Receipt
    package init(decision: Decision, receipt: Receipt) {
        self.decision = decision
        self.receipt = receipt
    }
}
