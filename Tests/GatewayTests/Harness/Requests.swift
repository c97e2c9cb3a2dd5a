import Domain
import Foundation
import Gateway
import Wire

extension Gongji_V1_ServiceRequest {
    var identifier: Identifier { Identifier(id)! }

    private init(_ body: OneOf_Body, _ id: Identifier = Clock.newIdentifier()) {
        self.init()
        self.id = Data(id.bytes)
        self.body = body
    }

    static func open(
        _ wallet: WalletID, _ insurance: Gongji_V1_Insurance = .employee, fen: Int64
    ) -> Self {
        var open = Gongji_V1_OpenAccount()
        open.wallet = wallet.data
        open.insurance = insurance
        open.balanceFen = fen
        return Self(.openAccount(open))
    }

    static func deposit(_ wallet: WalletID, fen: Int64) -> Self {
        var deposit = Gongji_V1_Deposit()
        deposit.wallet = wallet.data
        deposit.amountFen = fen
        return Self(.deposit(deposit))
    }

    static func withdraw(_ wallet: WalletID, fen: Int64) -> Self {
        var withdraw = Gongji_V1_Withdraw()
        withdraw.wallet = wallet.data
        withdraw.amountFen = fen
        return Self(.withdraw(withdraw))
    }

    static func relate(
        _ giver: WalletID, to recipient: WalletID, of province: ProvinceCode
    ) -> Self {
        relate(giver, to: recipient, number: province.number)
    }

    static func relate(_ giver: WalletID, to recipient: WalletID, number: UInt32) -> Self {
        var create = Gongji_V1_CreateRelation()
        create.giver = giver.data
        create.recipient = recipient.data
        create.recipientProvince = number
        create.kinship = .parent
        create.commitmentDigest = Data(repeating: 7, count: 32)
        create.commitmentDate = 20_000
        create.channel = .nationalApp
        return Self(.createRelation(create))
    }

    static func setQuota(_ relation: Identifier, fen: Int64) -> Self {
        var set = Gongji_V1_SetQuota()
        set.relation = relation.data
        set.availableFen = fen
        return Self(.setQuota(set))
    }

    static func endRelation(_ relation: Identifier) -> Self {
        var end = Gongji_V1_EndRelation()
        end.relation = relation.data
        end.channel = .agencyWindow
        return Self(.endRelation(end))
    }

    static func reserve(
        _ wallet: WalletID, of province: ProvinceCode, fen: Int64,
        _ category: Gongji_V1_Category = .medicalCare, _ mode: Gongji_V1_ReserveMode = .exact,
        holdMilliseconds: Int64 = 60_000
    ) -> Self {
        reserve(
            wallet, number: province.number, fen: fen, category, mode,
            holdMilliseconds: holdMilliseconds)
    }

    static func reserve(
        _ wallet: WalletID, number: UInt32, fen: Int64,
        _ category: Gongji_V1_Category = .medicalCare, _ mode: Gongji_V1_ReserveMode = .exact,
        holdMilliseconds: Int64 = 60_000
    ) -> Self {
        var reserve = Gongji_V1_SettleReserve()
        reserve.wallet = wallet.data
        reserve.walletProvince = number
        reserve.institution = "H31000000001"
        reserve.category = category
        reserve.amountFen = fen
        reserve.mode = mode
        reserve.holdMs = holdMilliseconds
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

    static func showTransaction(_ transaction: Identifier) -> Self {
        var show = Gongji_V1_ShowTransaction()
        show.transaction = transaction.data
        return Self(.showTransaction(show))
    }
}

extension Identifier {
    fileprivate var data: Data { Data(bytes) }
}

extension WalletID {
    fileprivate var data: Data { Data(value.bytes) }
}
