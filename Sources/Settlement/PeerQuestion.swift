package import Domain
package import Wire

/// A question of a peer about a person. Whoever asks many of them can try out numbers, so they are
/// counted (`protocol/messages.md`, Questions about people).
package enum PeerQuestion: Sendable {
    case proposal(RelationProposal)
    case walletQuery(WalletQuery)
    case documentClaim(DocumentClaim)

    /// Nil if the message asks nothing about a person.
    package init?(_ message: Message) {
        switch message {
        case .relationProposal(let proposal): self = .proposal(proposal)
        case .walletQuery(let query): self = .walletQuery(query)
        case .documentClaim(let claim): self = .documentClaim(claim)
        case .walletReply, .reserve, .vote, .refusal, .commit, .release, .inquire, .reverse,
            .decision, .certificate, .quotaNotice, .relationAnswer, .relationConsent,
            .recipientChange, .documentAnswer, .documentRelease, .holdEnd:
            return nil
        }
    }

    package var message: Message {
        switch self {
        case .proposal(let proposal): .relationProposal(proposal)
        case .walletQuery(let query): .walletQuery(query)
        case .documentClaim(let claim): .documentClaim(claim)
        }
    }

    /// Whom it names; nil if it does so with a number.
    package var wallet: WalletID? {
        switch self {
        case .proposal(let proposal):
            if case .wallet(let wallet) = proposal.recipient { wallet } else { nil }
        case .walletQuery(let query): query.wallet
        case .documentClaim(let claim): claim.wallet
        }
    }

    /// The answer to whoever asked more than they may: it says nothing of the person, and nothing
    /// was looked up for it.
    var refusal: Message {
        switch self {
        case .proposal(let proposal):
            .relationAnswer(
                RelationAnswer(relation: proposal.relation, result: .failure(.askedTooOften)))
        case .walletQuery(let query):
            .walletReply(
                WalletReply(
                    transaction: query.transaction,
                    result: .failure(RefusalReason(.askedTooOften))))
        case .documentClaim(let claim):
            .documentAnswer(
                DocumentAnswer(
                    withdrawal: claim.withdrawal, document: claim.document,
                    status: .askedTooOften))
        }
    }
}
