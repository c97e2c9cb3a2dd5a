import Domain
import Foundation
import Gateway
import Settlement
import Signing
import Wire

/// The service socket of one province's node, as the demo uses it.
struct DemoDesk {
    let province: ProvinceCode
    private let node: LocalNode

    init(_ node: ClusterNode) {
        province = node.province
        self.node = node.local
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
            of: ServiceClient(endpoint: node.serviceEndpoint), to: request,
            timeoutMilliseconds: timeoutMilliseconds, repeatableID: id)
    }

    /// With an identity number the person can be found by it too.
    func open(
        _ wallet: WalletID, _ balanceFen: Int64, identity: IdentityNumber? = nil
    ) throws {
        let id = Clock.newIdentifier()
        var body = Gongji_V1_OpenAccount()
        body.wallet = wallet.data
        body.insurance = .employee
        body.balanceFen = balanceFen
        if let identity { body.sealedIdentity = try seal(identity, to: province, context: id) }
        _ = try ask(.openAccount(body), id: id)
    }

    /// How a recipient is named.
    enum Recipient {
        case wallet(WalletID)
        case identity(IdentityNumber)
    }

    /// Returns the relation as it is once the recipient's province has answered.
    func relate(
        _ giver: WalletID, to recipient: Recipient, in province: ProvinceCode
    ) throws -> Gongji_V1_RelationState {
        let id = Clock.newIdentifier()
        var body = Gongji_V1_CreateRelation()
        body.giver = giver.data
        switch recipient {
        case .wallet(let wallet): body.recipient = wallet.data
        case .identity(let number):
            body.sealedIdentity = try seal(number, to: province, context: id)
        }
        body.recipientProvince = province.number
        body.kinship = .parent
        body.commitmentDigest = Data(sm3(of: Bytes("commitment of \(giver)".utf8)).bytes)
        body.commitmentDate = BusinessDate(at: Clock.now()).daysSince1970
        body.channel = .nationalApp
        guard case .relation(let state) = try ask(.createRelation(body), id: id) else {
            throw unexpectedAnswer()
        }
        return state
    }

    /// The box that only a node of `province` can open, and only in the request `context`.
    private func seal(
        _ number: IdentityNumber, to province: ProvinceCode, context: Identifier
    ) throws -> Data {
        var body = Gongji_V1_ShowCertificate()
        body.province = province.number
        guard case .certificate(let der) = try ask(.showCertificate(body)) else {
            throw unexpectedAnswer()
        }
        let shown = try X509Certificate(der: Bytes(der))
        let named = try node.directory().sealingCertificate(of: province, at: Clock.now())
        guard shown.keyID == named.keyID else {
            throw CommandFailure.failed("a certificate that the directory does not name")
        }
        return Data(try IdentitySealing.seal(number, context: context, to: named))
    }

    func usage(of recipient: WalletID) throws -> UsageList {
        var body = Gongji_V1_ListUsage()
        body.side = .recipient
        body.wallet = recipient.data
        guard case .usage(let page) = try ask(.listUsage(body)) else { throw unexpectedAnswer() }
        return UsageList(side: .recipient, records: page.records, cursor: Bytes(page.cursor))
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
        body.category = category.proto
        body.amountFen = fen
        body.mode = .exact
        body.bill = .plain(fen, of: wallet)
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
