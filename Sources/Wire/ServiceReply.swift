package import Domain
import Foundation
import SwiftProtobuf

/// What a node answers a client.
package struct ServiceReply: Hashable, Sendable {
    package let id: Identifier
    package let body: Body

    package enum Body: Hashable, Sendable {
        case refused(Status)
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
    }

    package struct AccountView: Hashable, Sendable {
        package let wallet: WalletID
        package let insurance: Insurance
        package let balance: Int64
        package init(wallet: WalletID, insurance: Insurance, balance: Int64) {
            self.wallet = wallet
            self.insurance = insurance
            self.balance = balance
        }
    }

    package struct RelationView: Hashable, Sendable {
        package enum Phase: Int, Sendable { case active = 1, ending, ended }
        package let relation: Identifier
        package let giver: WalletID
        package let recipient: WalletID
        package let recipientProvince: ProvinceCode
        package let kinship: Kinship
        package let phase: Phase
        package let available: Int64
        package let openHolds: Int
        package let giverBalance: Int64
        package init(
            relation: Identifier, giver: WalletID, recipient: WalletID,
            recipientProvince: ProvinceCode, kinship: Kinship, phase: Phase, available: Int64,
            openHolds: Int, giverBalance: Int64
        ) {
            self.relation = relation
            self.giver = giver
            self.recipient = recipient
            self.recipientProvince = recipientProvince
            self.kinship = kinship
            self.phase = phase
            self.available = available
            self.openHolds = openHolds
            self.giverBalance = giverBalance
        }
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
        package var waitsFor = ""
        package var created: Instant?
        package init(transaction: Identifier) { self.transaction = transaction }
    }

    package struct WalletView: Hashable, Sendable {
        package struct Received: Hashable, Sendable {
            package let relation: Identifier
            package let province: ProvinceCode
            package let available: Fen
            package let active: Bool
            package let granted: Instant
            package init(
                relation: Identifier, province: ProvinceCode, available: Fen, active: Bool,
                granted: Instant
            ) {
                self.relation = relation
                self.province = province
                self.available = available
                self.active = active
                self.granted = granted
            }
        }
        package let wallet: WalletID
        package let own: AccountView?
        package let received: [Received]
        package let given: [RelationView]
        package init(
            wallet: WalletID, own: AccountView?, received: [Received], given: [RelationView]
        ) {
            self.wallet = wallet
            self.own = own
            self.received = received
            self.given = given
        }
    }

    package init(id: Identifier, body: Body) {
        self.id = id
        self.body = body
    }

    package func encoded() -> Bytes {
        var proto = Gongji_V1_ServiceReply()
        proto.id = id.data
        switch body {
        case .refused(let status):
            proto.refused = .with {
                $0.status = status.rawValue
                $0.word = status.word
                $0.newIDCanHelp = status.newIDCanHelp
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

extension ServiceReply.AccountView {
    fileprivate var proto: Gongji_V1_AccountState {
        .with {
            $0.wallet = wallet.value.data
            $0.insurance = insurance == .employee ? .employee : .resident
            $0.balanceFen = balance
        }
    }
}

extension ServiceReply.RelationView {
    fileprivate var proto: Gongji_V1_RelationState {
        .with {
            $0.relation = relation.data
            $0.giver = giver.value.data
            $0.recipient = recipient.value.data
            $0.recipientProvince = recipientProvince.number
            $0.kinship = .init(rawValue: Int(kinship.rawValue)) ?? .unspecified
            $0.phase = .init(rawValue: phase.rawValue) ?? .unspecified
            $0.availableFen = available
            $0.openHolds = UInt32(clamping: openHolds)
            $0.giverBalanceFen = giverBalance
        }
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
            $0.waitsFor = waitsFor
            $0.createdMs = created?.milliseconds ?? 0
        }
    }
}

extension ServiceReply.WalletView {
    fileprivate var proto: Gongji_V1_WalletState {
        .with {
            $0.wallet = wallet.value.data
            if let own { $0.own = own.proto }
            $0.received = received.map { quota in
                .with {
                    $0.relation = quota.relation.data
                    $0.province = quota.province.number
                    $0.availableFen = quota.available.value
                    $0.active = quota.active
                    $0.grantedMs = quota.granted.milliseconds
                }
            }
            $0.given = given.map(\.proto)
        }
    }
}
