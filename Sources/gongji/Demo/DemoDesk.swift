import Domain
import Foundation
import Gateway
import Settlement
import Wire

/// The service socket of one province's node, as the demo uses it.
struct DemoDesk {
    let province: ProvinceCode
    private let endpoint: String

    init(_ node: ClusterNode) {
        province = node.province
        endpoint = node.local.serviceEndpoint
    }

    /// One request over a connection of its own. Throws ``CommandFailure``.
    func ask(
        _ body: Asking.Body, id: Identifier = Clock.newIdentifier(),
        timeoutMilliseconds: Int = 20_000
    ) throws -> Asking.Answer {
        var request = Gongji_V1_ServiceRequest()
        request.id = id.data
        request.body = body
        return try answer(
            of: ServiceClient(endpoint: endpoint), to: request,
            timeoutMilliseconds: timeoutMilliseconds, repeatableID: id)
    }

    func open(_ wallet: WalletID, _ balanceFen: Int64) throws {
        var body = Gongji_V1_OpenAccount()
        body.wallet = wallet.data
        body.insurance = .employee
        body.balanceFen = balanceFen
        _ = try ask(.openAccount(body))
    }

    /// Returns the relation's id.
    func relate(_ giver: WalletID, to recipient: WalletID, in province: ProvinceCode) throws
        -> Identifier
    {
        var body = Gongji_V1_CreateRelation()
        body.giver = giver.data
        body.recipient = recipient.data
        body.recipientProvince = province.number
        body.kinship = .parent
        body.commitmentDigest = Data(sm3(of: Bytes("commitment of \(giver)".utf8)).bytes)
        body.commitmentDate = BusinessDate(at: Clock.now()).daysSince1970
        body.channel = .nationalApp
        guard case .relation(let state) = try ask(.createRelation(body)),
            let id = Identifier(state.relation)
        else { throw unexpectedAnswer() }
        return id
    }

    func setQuota(_ relation: Identifier, _ fen: Int64) throws {
        var body = Gongji_V1_SetQuota()
        body.relation = relation.data
        body.availableFen = fen
        _ = try ask(.setQuota(body))
    }

    func end(_ relation: Identifier) throws {
        var body = Gongji_V1_EndRelation()
        body.relation = relation.data
        body.channel = .nationalApp
        _ = try ask(.endRelation(body))
    }

    func reserve(
        _ wallet: WalletID, of walletProvince: ProvinceCode, _ category: Domain.Category,
        at institution: String, _ fen: Int64
    ) throws -> Gongji_V1_Reservation {
        var body = Gongji_V1_SettleReserve()
        body.wallet = wallet.data
        body.walletProvince = walletProvince.number
        body.institution = institution
        body.category = Gongji_V1_Category(rawValue: Int(category.rawValue)) ?? .unspecified
        body.amountFen = fen
        body.mode = .exact
        guard case .reservation(let state) = try ask(.settleReserve(body)) else {
            throw unexpectedAnswer()
        }
        return state
    }

    func commit(
        _ transaction: Data, _ fen: Int64, id: Identifier = Clock.newIdentifier(),
        timeoutMilliseconds: Int = 20_000
    ) throws -> Gongji_V1_Settlement {
        var body = Gongji_V1_SettleCommit()
        body.transaction = transaction
        body.finalFen = fen
        let answer = try ask(
            .settleCommit(body), id: id, timeoutMilliseconds: timeoutMilliseconds)
        guard case .settlement(let state) = answer else { throw unexpectedAnswer() }
        return state
    }

    func reverse(_ transaction: Data) throws -> Gongji_V1_Settlement {
        var body = Gongji_V1_SettleReverse()
        body.transaction = transaction
        guard case .settlement(let state) = try ask(.settleReverse(body)) else {
            throw unexpectedAnswer()
        }
        return state
    }

    func wallet(_ wallet: WalletID) throws -> Gongji_V1_WalletState {
        var body = Gongji_V1_ShowWallet()
        body.wallet = wallet.data
        guard case .wallet(let state) = try ask(.showWallet(body)) else {
            throw unexpectedAnswer()
        }
        return state
    }

    func inDoubt() throws -> Gongji_V1_InDoubtList {
        var body = Gongji_V1_ListInDoubt()
        body.limit = OpenTransactions.askedMax
        guard case .inDoubt(let list) = try ask(.listInDoubt(body)) else {
            throw unexpectedAnswer()
        }
        return list.inDoubtOnly(limit: 10)
    }
}
