package import Domain
import Foundation

/// What a client asks of a node, checked for form only: amounts are raw and words may be unknown
/// (nil), so that each gets its own status.
package struct ServiceRequest: Hashable, Sendable {
    package let id: Identifier
    /// SM3 of the request's octets, to tell a repetition from another request with the same id.
    package let digest: Digest
    package let body: Body

    package enum Body: Hashable, Sendable {
        case command(Command)
        case query(Query)
    }

    /// Changes something, has one answer for ever.
    package enum Command: Hashable, Sendable {
        case openAccount(wallet: WalletID, insurance: Insurance?, balance: Int64)
        case deposit(wallet: WalletID, amount: Int64)
        case withdraw(wallet: WalletID, amount: Int64)
        case createRelation(RelationOrder)
        case endRelation(relation: Identifier, over: Channel?)
        case setQuota(relation: Identifier, available: Int64)
        case settleReserve(SettlementOrder)
        case settleCommit(transaction: Identifier, final: Int64)
        case settleCancel(transaction: Identifier)
        case settleReverse(transaction: Identifier)
        case resolveInDoubt(transaction: Identifier)
    }

    package enum Query: Hashable, Sendable {
        case wallet(WalletID)
        case relation(Identifier)
        case transaction(Identifier)
        case inDoubt(limit: Int)
    }

    package struct RelationOrder: Hashable, Sendable {
        package let giver: WalletID
        package let recipient: WalletID
        package let recipientProvince: ProvinceCode?
        package let kinship: Kinship?
        package let commitmentDigest: Digest?
        package let commitmentDate: BusinessDate
        package let over: Channel?

        package init(
            giver: WalletID, recipient: WalletID, recipientProvince: ProvinceCode?,
            kinship: Kinship?, commitmentDigest: Digest?, commitmentDate: BusinessDate,
            over: Channel?
        ) {
            self.giver = giver
            self.recipient = recipient
            self.recipientProvince = recipientProvince
            self.kinship = kinship
            self.commitmentDigest = commitmentDigest
            self.commitmentDate = commitmentDate
            self.over = over
        }
    }

    package struct SettlementOrder: Hashable, Sendable {
        package let wallet: WalletID
        package let walletProvince: ProvinceCode?
        package let institution: InstitutionCode?
        package let category: Category?
        package let amount: Int64
        package let mode: ReserveMode?
        /// 0: the default.
        package let holdMilliseconds: Int64
        package let withoutOwnAccount: Bool

        package init(
            wallet: WalletID, walletProvince: ProvinceCode?, institution: InstitutionCode?,
            category: Category?, amount: Int64, mode: ReserveMode?, holdMilliseconds: Int64,
            withoutOwnAccount: Bool
        ) {
            self.wallet = wallet
            self.walletProvince = walletProvince
            self.institution = institution
            self.category = category
            self.amount = amount
            self.mode = mode
            self.holdMilliseconds = holdMilliseconds
            self.withoutOwnAccount = withoutOwnAccount
        }
    }

    /// The request in `bytes`. If even its id cannot be read there is no one to answer, and the
    /// refusal is `.badField`.
    package init(decoding bytes: Bytes, hashing: any Hashing) throws(DecodingRefusal) {
        guard bytes.count <= Limits.requestBytesMax else { throw .tooLong }
        let proto = try parse(bytes, as: Gongji_V1_ServiceRequest.self)
        id = try Identifier(field: proto.id)
        digest = hashing.digest(bytes)
        guard let body = proto.body else { throw .unknownBody }
        self.body = try Body(body)
    }

    /// The id of a request whose body cannot be read, so that it can be answered `malformed`.
    package static func id(in bytes: Bytes) -> Identifier? {
        guard let proto = try? parse(bytes, as: Gongji_V1_ServiceRequest.self) else { return nil }
        return Identifier(proto.id)
    }
}

extension ServiceRequest.Body {
    fileprivate init(
        _ proto: Gongji_V1_ServiceRequest.OneOf_Body
    ) throws(DecodingRefusal) {
        switch proto {
        case .openAccount(let open):
            self = .command(
                .openAccount(
                    wallet: WalletID(try Identifier(field: open.wallet)),
                    insurance: Insurance(open.insurance), balance: open.balanceFen))
        case .deposit(let deposit):
            self = .command(
                .deposit(
                    wallet: WalletID(try Identifier(field: deposit.wallet)),
                    amount: deposit.amountFen))
        case .withdraw(let withdraw):
            self = .command(
                .withdraw(
                    wallet: WalletID(try Identifier(field: withdraw.wallet)),
                    amount: withdraw.amountFen))
        case .createRelation(let create):
            self = .command(
                .createRelation(
                    ServiceRequest.RelationOrder(
                        giver: WalletID(try Identifier(field: create.giver)),
                        recipient: WalletID(try Identifier(field: create.recipient)),
                        recipientProvince: ProvinceCode(create.recipientProvince),
                        kinship: Kinship(create.kinship),
                        commitmentDigest: create.commitmentDigest.isEmpty
                            ? nil : try Digest(field: create.commitmentDigest),
                        commitmentDate: BusinessDate(daysSince1970: create.commitmentDate),
                        over: Channel(create.channel))))
        case .endRelation(let end):
            self = .command(
                .endRelation(
                    relation: try Identifier(field: end.relation), over: Channel(end.channel)))
        case .setQuota(let set):
            self = .command(
                .setQuota(
                    relation: try Identifier(field: set.relation), available: set.availableFen))
        case .settleReserve(let reserve):
            self = .command(
                .settleReserve(
                    ServiceRequest.SettlementOrder(
                        wallet: WalletID(try Identifier(field: reserve.wallet)),
                        walletProvince: ProvinceCode(reserve.walletProvince),
                        institution: InstitutionCode(reserve.institution),
                        category: Category(reserve.category), amount: reserve.amountFen,
                        mode: ReserveMode(reserve.mode), holdMilliseconds: reserve.holdMs,
                        withoutOwnAccount: reserve.withoutOwnAccount)))
        case .settleCommit(let commit):
            self = .command(
                .settleCommit(
                    transaction: try Identifier(field: commit.transaction),
                    final: commit.finalFen))
        case .settleCancel(let cancel):
            self = .command(
                .settleCancel(transaction: try Identifier(field: cancel.transaction)))
        case .settleReverse(let reverse):
            self = .command(
                .settleReverse(transaction: try Identifier(field: reverse.transaction)))
        case .resolveInDoubt(let resolve):
            self = .command(
                .resolveInDoubt(transaction: try Identifier(field: resolve.transaction)))
        case .showWallet(let show):
            self = .query(.wallet(WalletID(try Identifier(field: show.wallet))))
        case .showRelation(let show):
            self = .query(.relation(try Identifier(field: show.relation)))
        case .showTransaction(let show):
            self = .query(.transaction(try Identifier(field: show.transaction)))
        case .listInDoubt(let list):
            self = .query(.inDoubt(limit: Int(min(list.limit == 0 ? 100 : list.limit, 500))))
        }
    }
}

extension Insurance {
    package init?(_ proto: Gongji_V1_Insurance) {
        self.init(rawValue: UInt8(clamping: proto.rawValue))
    }
}

extension Kinship {
    package init?(_ proto: Gongji_V1_Kinship) {
        self.init(rawValue: UInt8(clamping: proto.rawValue))
    }
}

extension Channel {
    package init?(_ proto: Gongji_V1_Channel) {
        self.init(rawValue: UInt8(clamping: proto.rawValue))
    }
}
