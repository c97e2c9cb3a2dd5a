package import Domain
import Foundation
import SwiftProtobuf

/// What a node answers a client.
package struct ServiceReply: Hashable, Sendable {
    package let id: Identifier
    package let body: Body

    package enum Body: Hashable, Sendable {
        case refused(RefusalReason)
        /// Not known yet; never means done. The word says what the node waits for.
        case pending(String)
        case account(AccountView)
        case relation(RelationView)
        case reservation(transaction: Identifier, expires: Instant, draws: [FinalDraw])
        case settled(
            transaction: Identifier, date: BusinessDate, primary: ProvinceCode,
            draws: [FinalDraw])
        /// Given up before it was settled: nothing was taken.
        case released(transaction: Identifier)
        case reversed(
            transaction: Identifier, date: BusinessDate, primary: ProvinceCode,
            draws: [FinalDraw], reversal: Identifier, reversalDate: BusinessDate)
        case transaction(TransactionView)
        case wallet(WalletView)
        case inDoubt([TransactionView], more: Bool)
        case withdrawal(WithdrawalView)
        case withdrawals([WithdrawalView], more: Bool)
        case payout(Identifier, [PayoutInstruction])
        /// The cursor is empty at the end.
        case usage([UsageRecord], cursor: Bytes)
        case family([WalletID])
        /// DER.
        case certificate(Bytes)
        /// What an operator ordered of the link with a peer was done; the word says why it had stood.
        case linkOrdered(ProvinceCode, stood: String?)
        case evidence([EvidenceView], more: Bool)
        case evidenceFile(EvidenceFile)
        case history([PersonChangeView], more: Bool)
        case command(CommandView)
    }

    package struct TransactionView: Hashable, Sendable {
        package var transaction: Identifier
        package var coordinator = ""
        package var participant = ""
        package var care: ProvinceCode?
        package var primary: ProvinceCode?
        package var participants: [ProvinceCode] = []
        package var amount: Fen = .zero
        package var final: Fen = .zero
        package var date: BusinessDate?
        package var status: Status?
        package var inDoubt = false
        /// Nil where no plan is known.
        package var planDigest: Digest?
        package var waitsFor = ""
        package var created: Instant?
        package init(transaction: Identifier) { self.transaction = transaction }
    }

    package init(id: Identifier, body: Body) {
        self.id = id
        self.body = body
    }

    package func encoded() -> Bytes {
        var proto = Gongji_V1_ServiceReply()
        proto.id = id.data
        switch body {
        case .refused(let reason):
            proto.refused = .with {
                $0.status = reason.status.rawValue
                $0.word = reason.status.word
                $0.newIDCanHelp = reason.status.newIDCanHelp
                if let grounds = reason.grounds { $0.grounds = grounds.proto }
            }
        case .pending(let waitsFor):
            proto.pending = .with { $0.waitsFor = waitsFor }
        case .account(let view):
            proto.account = view.proto
        case .relation(let view):
            proto.relation = view.proto
        case .reservation(let transaction, let expires, let draws):
            proto.reservation = .with {
                $0.transaction = transaction.data
                $0.reservedFen = draws.map(\.amount).sum().value
                $0.expiresMs = expires.milliseconds
                $0.draws = FinalDraw.protos(draws)
            }
        case .settled(let transaction, let date, let primary, let draws):
            proto.settlement = .with {
                $0.transaction = transaction.data
                $0.outcome = .committed
                $0.finalFen = draws.map(\.amount).sum().value
                $0.businessDate = date.daysSince1970
                $0.primary = primary.number
                $0.draws = FinalDraw.protos(draws)
            }
        case .released(let transaction):
            proto.settlement = .with {
                $0.transaction = transaction.data
                $0.outcome = .released
            }
        case .reversed(
            let transaction, let date, let primary, let draws, let reversal, let reversalDate):
            proto.settlement = .with {
                $0.transaction = transaction.data
                $0.outcome = .reversed
                $0.finalFen = draws.map(\.amount).sum().value
                $0.businessDate = date.daysSince1970
                $0.primary = primary.number
                $0.draws = FinalDraw.protos(draws)
                $0.reversal = reversal.data
                $0.reversalDate = reversalDate.daysSince1970
            }
        case .transaction(let view):
            proto.transaction = view.proto
        case .wallet(let view):
            proto.wallet = view.proto
        case .inDoubt(let views, let more):
            proto.inDoubt = .with {
                $0.transactions = views.map(\.proto)
                $0.more = more
            }
        case .withdrawal(let view): proto.withdrawal = view.proto
        case .withdrawals(let views, let more):
            proto.withdrawals = .with {
                $0.withdrawals = views.map(\.proto)
                $0.more = more
            }
        case .payout(let id, let instructions):
            proto.payout = .with {
                $0.payout = id.data
                $0.instructions = instructions.map(\.proto)
                $0.totalFen = instructions.map(\.amount).sum().value
            }
        case .usage(let records, let cursor):
            proto.usage = .with {
                $0.records = records.map(\.proto)
                $0.cursor = Data(cursor)
            }
        case .family(let members):
            proto.family = .with { $0.members = members.map(\.value.data) }
        case .certificate(let der): proto.certificate = Data(der)
        case .linkOrdered(let peer, let divergence):
            proto.linkOrdered = .with {
                $0.peer = peer.number
                $0.divergence = divergence ?? ""
            }
        case .evidence(let views, let more):
            proto.evidence = .with {
                $0.evidence = views.map(\.proto)
                $0.more = more
            }
        case .evidenceFile(let file): proto.evidenceFile = file.proto
        case .history(let changes, let more):
            proto.history = .with {
                $0.changes = changes.map(\.proto)
                $0.more = more
            }
        case .command(let view): proto.command = view.proto
        }
        return serialize(proto)
    }
}

extension ServiceReply {
    /// The transaction that the client was told is settled, if `bytes` is such a reply.
    package static func settledTransaction(in bytes: Bytes) -> Identifier? {
        guard
            case .settlement(let settlement)? = try? parse(bytes, as: Gongji_V1_ServiceReply.self)
                .body, settlement.outcome == .committed
        else { return nil }
        return Identifier(settlement.transaction)
    }
}

extension ServiceReply.TransactionView {
    fileprivate var proto: Gongji_V1_TransactionState {
        .with {
            $0.transaction = transaction.data
            $0.coordinator = coordinator
            $0.participant = participant
            $0.care = care?.number ?? 0
            $0.primary = primary?.number ?? 0
            $0.participants = participants.map(\.number)
            $0.amountFen = amount.value
            $0.finalFen = final.value
            $0.businessDate = date?.daysSince1970 ?? 0
            $0.status = status?.rawValue ?? 0
            $0.inDoubt = inDoubt
            if let planDigest { $0.planDigest = planDigest.data }
            $0.waitsFor = waitsFor
            $0.createdMs = created?.milliseconds ?? 0
        }
    }
}
