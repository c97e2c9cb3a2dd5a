package import Domain
import Ledger
package import Wire

/// What operators see of transactions whose outcome is still to come, and how they hurry it.
extension Engine {
    /// Asks again now, or ends what a certificate of the national node ends. Nothing is decided here: only
    /// the primary can, and only by the rules.
    mutating func resolveInDoubt(
        _ transaction: Identifier, _ certificate: HoldEndCertificate?
    ) -> CommandResult {
        guard
            rows.coordinations[transaction] != nil || rows.participations[transaction] != nil
        else { return .refused(.transactionUnknown) }
        if let certificate, let status = refusal(of: certificate, for: transaction) {
            return .refused(status)
        }
        let coordination = rows.coordinations[transaction]
        let participation = rows.participations[transaction]
        if let coordination, coordination.state.isOpen { inquire(coordination) }
        if let participation, participation.state == .held, participation.primary != province {
            inquire(participation)
        }
        return .done(
            .transaction(
                ServiceReply.TransactionView(
                    transaction, coordination: coordination, participation: participation)))
    }
}

extension ServiceReply.TransactionView {
    /// A transaction as clients and operators see it on one node.
    package init(
        _ transaction: Identifier, coordination: Coordination?, participation: Participation?
    ) {
        self.init(transaction: transaction)
        let plan = coordination?.plan?.plan ?? participation?.plan?.plan
        care = plan?.care ?? participation?.care
        primary = plan?.primary ?? participation?.primary
        planDigest = coordination?.plan?.digest ?? participation?.planDigest
        participants = plan?.participants ?? []
        amount = coordination?.order.amount ?? plan?.amount ?? .zero
        final = (coordination?.finals ?? participation?.finals ?? []).sum()
        if let participation {
            participant = participation.state.word
            created = participation.created
            date = participation.date
            status = participation.reason?.status
            if participation.state == .held {
                // A secondary is in doubt once the primary's hold must have ended and it had to ask;
                // before, it holds as agreed. The primary never is: it decides.
                let isPrimary = participation.expires != nil
                inDoubt = participation.hasInquired
                waitsFor =
                    isPrimary
                    ? "commit of \(participation.care)"
                    : "decision of the primary \(participation.primary)"
            }
        }
        if let coordination {
            coordinator = coordination.state.word
            date = coordination.date ?? date
            status = coordination.reason?.status ?? status
            created = coordination.created
            inDoubt = inDoubt || coordination.state.isInDoubt
            waitsFor =
                switch coordination.state {
                case .askingWallet: "wallet of \(coordination.order.walletProvince)"
                case .reserving:
                    "votes of "
                        + (plan?.participants ?? [])
                        .filter { participant in
                            !coordination.votes.contains { $0.vote.participant == participant }
                        }
                        .map(\.description).joined(separator: ", ")
                case .reserved: "commit of the client"
                case .committing, .reversing, .releasing:
                    "decision of the primary \(plan?.primary.description ?? "")"
                case .settled, .reversed, .released: ""
                }
        }
    }
}
