import Domain
import Foundation
import Gateway
import SwiftProtobuf
import Wire

extension Gongji_V1_ServiceRequest {
    var identifier: Identifier { Identifier(id)! }

    private init(_ body: OneOf_Body, _ id: Identifier = Clock.newIdentifier()) {
        self.init()
        self.id = Data(id.bytes)
        self.body = body
    }

    static func open(
        _ wallet: WalletID, _ insurance: Gongji_V1_Insurance = .employee, fen: Int64,
        in region: RegionCode? = nil
    ) -> Self {
        var open = Gongji_V1_OpenAccount()
        open.wallet = wallet.data
        open.insurance = insurance
        open.balanceFen = fen
        open.region = region?.number ?? 0
        return Self(.openAccount(open))
    }

    static func confirmCardAccount(_ wallet: WalletID, bank: String, account: String) -> Self {
        Self(
            .confirmCardAccount(
                .with {
                    $0.wallet = wallet.data
                    $0.bank = bank
                    $0.account = account
                }))
    }

    static func showHistory(_ wallet: WalletID) -> Self {
        Self(.showHistory(.with { $0.wallet = wallet.data }))
    }

    static func showCommand(_ request: Identifier) -> Self {
        Self(.showCommand(.with { $0.request = request.data }))
    }

    static func deposit(_ wallet: WalletID, fen: Int64) -> Self {
        var deposit = Gongji_V1_Deposit()
        deposit.wallet = wallet.data
        deposit.amountFen = fen
        return Self(.deposit(deposit))
    }

    static func withdraw(
        _ wallet: WalletID, fen: Int64, _ reason: Gongji_V1_WithdrawalReason = .other,
        _ change: (inout Gongji_V1_Withdraw) -> Void = { _ in }
    ) -> Self {
        var withdraw = Gongji_V1_Withdraw()
        withdraw.wallet = wallet.data
        withdraw.amountFen = fen
        withdraw.reason = reason
        change(&withdraw)
        return Self(.withdraw(withdraw))
    }

    static func review(_ withdrawal: Identifier, approved: Bool) -> Self {
        Self(
            .reviewWithdrawal(
                .with {
                    $0.withdrawal = withdrawal.data
                    $0.approved = approved
                }))
    }

    static func exportPayouts(_ withdrawals: [Identifier]) -> Self {
        Self(.exportPayouts(.with { $0.withdrawals = withdrawals.map(\.data) }))
    }

    static func returnPayout(
        _ withdrawal: Identifier, paid: Bool, reason: String = ""
    ) -> Self {
        Self(
            .returnPayout(
                .with {
                    $0.withdrawal = withdrawal.data
                    $0.paid = paid
                    $0.reason = reason
                }))
    }

    static func setCardAccount(_ wallet: WalletID, bank: String, account: String) -> Self {
        Self(
            .setCardAccount(
                .with {
                    $0.wallet = wallet.data
                    $0.bank = bank
                    $0.account = account
                }))
    }

    static func changeInsurance(
        _ wallet: WalletID, _ standing: Gongji_V1_Standing,
        _ insurance: Gongji_V1_Insurance = .employee
    ) -> Self {
        Self(
            .changeInsurance(
                .with {
                    $0.wallet = wallet.data
                    $0.insurance = insurance
                    $0.standing = standing
                }))
    }

    static func recordViolation(
        _ wallet: WalletID, until: BusinessDate, reason: String = "card lent for money"
    ) -> Self {
        Self(
            .recordViolation(
                .with {
                    $0.wallet = wallet.data
                    $0.reason = reason
                    $0.untilDate = until.daysSince1970
                }))
    }

    static func relate(
        _ giver: WalletID, to recipient: WalletID, of province: ProvinceCode,
        _ change: (inout Gongji_V1_CreateRelation) -> Void = { _ in }
    ) -> Self {
        relate(giver, to: recipient, number: province.number, change)
    }

    static func relate(
        _ giver: WalletID, to recipient: WalletID, number: UInt32,
        _ change: (inout Gongji_V1_CreateRelation) -> Void = { _ in }
    ) -> Self {
        var create = Gongji_V1_CreateRelation()
        create.giver = giver.data
        create.recipient = recipient.data
        create.recipientProvince = number
        create.kinship = .parent
        create.commitmentDigest = Data(repeating: 7, count: 32)
        create.commitmentDate = 15_000
        create.channel = .nationalApp
        change(&create)
        return Self(.createRelation(create))
    }

    static func setQuota(_ relation: Identifier, fen: Int64) -> Self {
        var set = Gongji_V1_SetQuota()
        set.relation = relation.data
        set.availableFen = fen
        return Self(.setQuota(set))
    }

    static func supplyProof(_ relation: Identifier) -> Self {
        Self(
            .supplyProof(
                .with {
                    $0.relation = relation.data
                    $0.kinshipProof = Data(repeating: 3, count: 32)
                }))
    }

    static func consent(
        to relation: Identifier, of wallet: WalletID, accepted: Bool,
        _ verification: Gongji_V1_Verification? = nil
    ) -> Self {
        Self(
            .consent(
                .with {
                    $0.relation = relation.data
                    $0.wallet = wallet.data
                    $0.accepted = accepted
                    if let verification { $0.verification = verification }
                }))
    }

    static func leaveFamily(_ wallet: WalletID) -> Self {
        Self(.leaveFamily(.with { $0.wallet = wallet.data }))
    }

    static func endRelation(
        _ relation: Identifier, _ change: (inout Gongji_V1_EndRelation) -> Void = { _ in }
    ) -> Self {
        var end = Gongji_V1_EndRelation()
        end.relation = relation.data
        end.channel = .agencyWindow
        change(&end)
        return Self(.endRelation(end))
    }

    static func reserve(
        _ wallet: WalletID, of province: ProvinceCode, fen: Int64,
        _ category: Gongji_V1_Category = .medicalCare, _ mode: Gongji_V1_ReserveMode = .exact,
        holdMilliseconds: Int64 = 60_000,
        _ change: (inout Gongji_V1_SettleReserve) -> Void = { _ in }
    ) -> Self {
        reserve(
            wallet, number: province.number, fen: fen, category, mode,
            holdMilliseconds: holdMilliseconds, change)
    }

    static func reserve(
        _ wallet: WalletID, number: UInt32, fen: Int64,
        _ category: Gongji_V1_Category = .medicalCare, _ mode: Gongji_V1_ReserveMode = .exact,
        holdMilliseconds: Int64 = 60_000,
        _ change: (inout Gongji_V1_SettleReserve) -> Void = { _ in }
    ) -> Self {
        var reserve = Gongji_V1_SettleReserve()
        reserve.wallet = wallet.data
        reserve.walletProvince = number
        reserve.institution = SampleRegister.institution(for: category)
        reserve.category = category
        reserve.bill = .with {
            $0.totalFen = max(0, fen)
            $0.burdenFen = max(0, fen)
            $0.visit = .outpatient
            $0.credential = wallet.data
        }
        reserve.amountFen = fen
        reserve.mode = mode
        reserve.holdMs = holdMilliseconds
        change(&reserve)
        return Self(.settleReserve(reserve))
    }

    static func commit(_ transaction: Identifier, fen: Int64) -> Self {
        var commit = Gongji_V1_SettleCommit()
        commit.transaction = transaction.data
        commit.finalFen = fen
        return Self(.settleCommit(commit))
    }

    static func cancel(_ transaction: Identifier) -> Self {
        var cancel = Gongji_V1_SettleCancel()
        cancel.transaction = transaction.data
        return Self(.settleCancel(cancel))
    }

    static func reverse(_ transaction: Identifier) -> Self {
        var reverse = Gongji_V1_SettleReverse()
        reverse.transaction = transaction.data
        return Self(.settleReverse(reverse))
    }

    static func resume(_ peer: ProvinceCode) -> Self {
        var resume = Gongji_V1_ResumeLink()
        resume.peer = peer.number
        return Self(.resumeLink(resume))
    }

    static func resolve(_ transaction: Identifier) -> Self {
        var resolve = Gongji_V1_ResolveInDoubt()
        resolve.transaction = transaction.data
        return Self(.resolveInDoubt(resolve))
    }

    static func showWallet(_ wallet: WalletID) -> Self {
        var show = Gongji_V1_ShowWallet()
        show.wallet = wallet.data
        return Self(.showWallet(show))
    }

    static func showRelation(_ relation: Identifier) -> Self {
        Self(.showRelation(.with { $0.relation = relation.data }))
    }

    static func showWithdrawal(_ withdrawal: Identifier) -> Self {
        Self(.showWithdrawal(.with { $0.withdrawal = withdrawal.data }))
    }

    static func showFamily(_ wallet: WalletID) -> Self {
        Self(.showFamily(.with { $0.wallet = wallet.data }))
    }

    static func showCertificate(of province: ProvinceCode) -> Self {
        Self(.showCertificate(.with { $0.province = province.number }))
    }

    static func listUsage(
        _ side: Gongji_V1_UsageSide, _ change: (inout Gongji_V1_ListUsage) -> Void = { _ in }
    ) -> Self {
        var list = Gongji_V1_ListUsage()
        list.side = side
        change(&list)
        return Self(.listUsage(list))
    }

    static func showTransaction(_ transaction: Identifier) -> Self {
        var show = Gongji_V1_ShowTransaction()
        show.transaction = transaction.data
        return Self(.showTransaction(show))
    }
}

extension Identifier {
    var data: Data { Data(bytes) }
}

extension WalletID {
    var data: Data { Data(value.bytes) }
}

extension Gongji_V1_Verification {
    /// Of this very moment.
    static func by(_ method: Gongji_V1_VerificationMethod) -> Self {
        .with {
            $0.method = method
            $0.atMs = Clock.now().milliseconds
            $0.reference = Data(repeating: 5, count: 32)
        }
    }
}

extension Gongji_V1_Document {
    /// A document that no other is like.
    static func new(fen: Int64, for user: WalletID, of province: ProvinceCode) -> Self {
        .with {
            $0.digest = Clock.newIdentifier().data + Clock.newIdentifier().data
            $0.amountFen = fen
            $0.user = user.data
            $0.userProvince = province.number
        }
    }
}
