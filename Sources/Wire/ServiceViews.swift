package import Domain
import Foundation
import SwiftProtobuf

// What clients see of people, relations, withdrawals and usage.

extension ServiceReply {
    package struct AccountView: Hashable, Sendable {
        package let wallet: WalletID
        package let insurance: Insurance
        package let standing: Standing
        package let region: RegionCode
        package let violation: Violation?
        package let card: Card?
        /// In fen.
        package let balance: Int64

        /// The account of the social-security card, without its number.
        package struct Card: Hashable, Sendable {
            package let bank: String
            package let since: Instant
            package let setBy: String
            /// Nil: nobody else has confirmed it.
            package let confirmedBy: String?
            package init(bank: String, since: Instant, setBy: String, confirmedBy: String?) {
                self.bank = bank
                self.since = since
                self.setBy = setBy
                self.confirmedBy = confirmedBy
            }
        }

        package struct Violation: Hashable, Sendable {
            package let reason: String
            package let until: BusinessDate
            package init(reason: String, until: BusinessDate) {
                self.reason = reason
                self.until = until
            }
        }

        package init(
            wallet: WalletID, insurance: Insurance, standing: Standing, region: RegionCode,
            violation: Violation?, card: Card?, balance: Int64
        ) {
            self.wallet = wallet
            self.insurance = insurance
            self.standing = standing
            self.region = region
            self.violation = violation
            self.card = card
            self.balance = balance
        }
    }

    package struct RelationView: Hashable, Sendable {
        package let relation: Identifier
        package let giver: WalletID
        /// Nil until the recipient's province has opened the sealed identity.
        package let recipient: WalletID?
        package let recipientProvince: ProvinceCode
        package let kinship: Kinship
        package let phase: RelationPhase
        package let available: Int64
        package let openHolds: Int
        package let giverBalance: Int64
        package let consentUntil: Instant?
        package let ended: RefusalReason?
        package let waitsFor: String
        package let priority: UInt8
        package let giverRegion: RegionCode
        package let recipientRegion: RegionCode?

        package init(
            relation: Identifier, giver: WalletID, recipient: WalletID?,
            recipientProvince: ProvinceCode, kinship: Kinship, phase: RelationPhase,
            available: Int64, openHolds: Int, giverBalance: Int64, consentUntil: Instant?,
            ended: RefusalReason?, waitsFor: String, priority: UInt8, giverRegion: RegionCode,
            recipientRegion: RegionCode?
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
            self.consentUntil = consentUntil
            self.ended = ended
            self.waitsFor = waitsFor
            self.priority = priority
            self.giverRegion = giverRegion
            self.recipientRegion = recipientRegion
        }
    }

    package struct WalletView: Hashable, Sendable {
        package struct Received: Hashable, Sendable {
            package let relation: Identifier
            package let province: ProvinceCode
            package let giver: WalletID
            package let kinship: Kinship
            package let available: Fen
            package let phase: RelationPhase
            package let granted: Instant
            package let consentUntil: Instant?
            package let status: Status?
            package init(
                relation: Identifier, province: ProvinceCode, giver: WalletID, kinship: Kinship,
                available: Fen, phase: RelationPhase, granted: Instant, consentUntil: Instant?,
                status: Status?
            ) {
                self.relation = relation
                self.province = province
                self.giver = giver
                self.kinship = kinship
                self.available = available
                self.phase = phase
                self.granted = granted
                self.consentUntil = consentUntil
                self.status = status
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

    package struct WithdrawalView: Hashable, Sendable {
        package let withdrawal: Identifier
        package let wallet: WalletID
        package let amount: Fen
        package let reason: WithdrawalReason
        package let state: WithdrawalState
        package let handler: String
        /// Empty: nobody has yet.
        package let reviewer: String
        package let exporter: String
        package let refusal: RefusalReason?
        package let bankReason: String
        package let payout: Identifier?
        package let created: Instant
        package init(
            withdrawal: Identifier, wallet: WalletID, amount: Fen, reason: WithdrawalReason,
            state: WithdrawalState, handler: String, reviewer: String, exporter: String,
            refusal: RefusalReason?, bankReason: String, payout: Identifier?, created: Instant
        ) {
            self.withdrawal = withdrawal
            self.wallet = wallet
            self.amount = amount
            self.reason = reason
            self.state = state
            self.handler = handler
            self.reviewer = reviewer
            self.exporter = exporter
            self.refusal = refusal
            self.bankReason = bankReason
            self.payout = payout
            self.created = created
        }
    }

    package struct PayoutInstruction: Hashable, Sendable {
        package let withdrawal: Identifier
        package let wallet: WalletID
        package let bank: String
        package let account: String
        package let amount: Fen
        package init(
            withdrawal: Identifier, wallet: WalletID, bank: String, account: String, amount: Fen
        ) {
            self.withdrawal = withdrawal
            self.wallet = wallet
            self.bank = bank
            self.account = account
            self.amount = amount
        }
    }

    /// One settled draw, as it was for its giver, its recipient, or the institution (rule G15).
    package struct UsageRecord: Hashable, Sendable {
        package let transaction: Identifier
        package let date: BusinessDate
        package let insured: ProvinceCode
        package let care: ProvinceCode
        package let institution: InstitutionCode
        package let category: Category
        package let amount: Fen
        package let reversalDate: BusinessDate?
        /// For a giver the recipient, for a recipient the giver (nil: their own account), for an
        /// institution the wallet.
        package let other: WalletID?
        package init(
            transaction: Identifier, date: BusinessDate, insured: ProvinceCode,
            care: ProvinceCode, institution: InstitutionCode, category: Category, amount: Fen,
            reversalDate: BusinessDate?, other: WalletID?
        ) {
            self.transaction = transaction
            self.date = date
            self.insured = insured
            self.care = care
            self.institution = institution
            self.category = category
            self.amount = amount
            self.reversalDate = reversalDate
            self.other = other
        }
    }
}

extension ServiceReply.AccountView {
    var proto: Gongji_V1_AccountState {
        .with {
            $0.wallet = wallet.value.data
            $0.insurance = Wire.proto(insurance)
            $0.balanceFen = balance
            $0.standing = Wire.proto(standing)
            $0.region = region.number
            if let violation {
                $0.violationUntil = violation.until.daysSince1970
                $0.violationReason = violation.reason
            }
            if let card {
                $0.bank = card.bank
                $0.cardSetMs = card.since.milliseconds
                $0.cardSetBy = card.setBy
                $0.cardConfirmedBy = card.confirmedBy ?? ""
            }
        }
    }
}

extension ServiceReply.RelationView {
    var proto: Gongji_V1_RelationState {
        .with {
            $0.relation = relation.data
            $0.giver = giver.value.data
            $0.recipient = recipient?.value.data ?? Data()
            $0.recipientProvince = recipientProvince.number
            $0.kinship = Wire.proto(kinship)
            $0.phase = Wire.proto(phase)
            $0.availableFen = available
            $0.openHolds = UInt32(clamping: openHolds)
            $0.giverBalanceFen = giverBalance
            $0.consentUntilMs = consentUntil?.milliseconds ?? 0
            $0.status = ended?.status.rawValue ?? 0
            if let grounds = ended?.grounds { $0.grounds = grounds.proto }
            $0.waitsFor = waitsFor
            $0.priority = UInt32(priority)
            $0.giverRegion = giverRegion.number
            $0.recipientRegion = recipientRegion?.number ?? 0
        }
    }
}

extension ServiceReply.WalletView {
    var proto: Gongji_V1_WalletState {
        .with {
            $0.wallet = wallet.value.data
            if let own { $0.own = own.proto }
            $0.received = received.map { quota in
                .with {
                    $0.relation = quota.relation.data
                    $0.province = quota.province.number
                    $0.availableFen = quota.available.value
                    $0.phase = Wire.proto(quota.phase)
                    $0.grantedMs = quota.granted.milliseconds
                    $0.giver = quota.giver.value.data
                    $0.kinship = Wire.proto(quota.kinship)
                    $0.consentUntilMs = quota.consentUntil?.milliseconds ?? 0
                    $0.status = quota.status?.rawValue ?? 0
                }
            }
            $0.given = given.map(\.proto)
        }
    }
}

extension ServiceReply.WithdrawalView {
    var proto: Gongji_V1_WithdrawalView {
        .with {
            $0.withdrawal = withdrawal.data
            $0.wallet = wallet.value.data
            $0.amountFen = amount.value
            $0.reason = Wire.proto(reason)
            $0.state = Wire.proto(state)
            $0.handler = handler
            $0.reviewer = reviewer
            $0.exporter = exporter
            $0.status = refusal?.status.rawValue ?? 0
            if let grounds = refusal?.grounds { $0.grounds = grounds.proto }
            $0.bankReason = bankReason
            $0.payout = payout?.data ?? Data()
            $0.createdMs = created.milliseconds
        }
    }
}

extension ServiceReply.PayoutInstruction {
    var proto: Gongji_V1_PayoutInstruction {
        .with {
            $0.withdrawal = withdrawal.data
            $0.wallet = wallet.value.data
            $0.bank = bank
            $0.account = account
            $0.amountFen = amount.value
        }
    }
}

extension ServiceReply.UsageRecord {
    var proto: Gongji_V1_UsageRecord {
        .with {
            $0.transaction = transaction.data
            $0.businessDate = date.daysSince1970
            $0.insured = insured.number
            $0.care = care.number
            $0.institution = institution.text
            $0.category = Wire.proto(category)
            $0.amountFen = amount.value
            if let reversalDate { $0.reversalDate = reversalDate.daysSince1970 }
            $0.other = other?.value.data ?? Data()
        }
    }
}
