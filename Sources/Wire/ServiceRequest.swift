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
        case openAccount(AccountOrder)
        case deposit(wallet: WalletID, amount: Int64)
        case changeInsurance(wallet: WalletID, insurance: Insurance?, standing: Standing?)
        case recordViolation(wallet: WalletID, reason: String, until: BusinessDate)
        case setCardAccount(wallet: WalletID, bank: String, account: String)
        case withdraw(WithdrawalOrder)
        case confirmCardAccount(wallet: WalletID, bank: String, account: String)
        case reviewWithdrawal(Identifier, approved: Bool)
        case exportPayouts([Identifier])
        case returnPayout(Identifier, paid: Bool, reason: String)
        case createRelation(RelationOrder)
        case supplyProof(relation: Identifier, proof: Digest)
        case consent(relation: Identifier, wallet: WalletID, accepted: Bool, Verification?)
        case endRelation(relation: Identifier, over: Channel?, Verification?)
        case setQuota(relation: Identifier, available: Int64)
        case leaveFamily(WalletID)
        case settleReserve(SettlementOrder)
        case settleCommit(transaction: Identifier, final: Int64)
        case settleCancel(transaction: Identifier)
        case settleReverse(transaction: Identifier)
        case resolveInDoubt(transaction: Identifier, certificate: HoldEndCertificate?)
        case resumeLink(ProvinceCode)
    }

    package enum Query: Hashable, Sendable {
        case wallet(WalletID)
        case relation(Identifier)
        case transaction(Identifier)
        case inDoubt(limit: Int)
        case usage(UsageQuestion)
        case withdrawal(Identifier)
        case withdrawals(WithdrawalState, after: Identifier, limit: Int)
        case family(WalletID)
        case certificate(ProvinceCode)
        case evidence(after: Int64, limit: Int)
        case evidenceFile(Int64)
        case history(WalletID, after: UInt64, limit: Int)
        case command(Identifier)
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
        /// Nil: none was sent, or an amount of it is none.
        package let bill: Bill?

        package init(
            wallet: WalletID, walletProvince: ProvinceCode?, institution: InstitutionCode?,
            category: Category?, amount: Int64, mode: ReserveMode?, holdMilliseconds: Int64,
            withoutOwnAccount: Bool, bill: Bill?
        ) {
            self.bill = bill
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
        // What a role was checked for is what is decoded.
        guard RequestOutline(bytes).kind != nil else { throw .unknownBody }
        let proto = try parse(bytes, as: Gongji_V1_ServiceRequest.self)
        id = try Identifier(field: proto.id)
        digest = hashing.digest(bytes)
        guard let body = proto.body else { throw .unknownBody }
        self.body = try Body(body)
    }
}

extension ServiceRequest.Body {
    fileprivate init(
        _ proto: Gongji_V1_ServiceRequest.OneOf_Body
    ) throws(DecodingRefusal) {
        switch proto {
        case .openAccount(let open):
            guard open.sealedIdentity.count <= Limits.sealedBytesMax else { throw .tooLong }
            self = .command(
                .openAccount(
                    ServiceRequest.AccountOrder(
                        wallet: try WalletID(field: open.wallet),
                        insurance: Insurance(open.insurance), balance: open.balanceFen,
                        region: open.region == 0 ? nil : try RegionCode(field: open.region),
                        sealedIdentity: open.sealedIdentity.isEmpty
                            ? nil : Bytes(open.sealedIdentity))))
        case .deposit(let deposit):
            self = .command(
                .deposit(
                    wallet: try WalletID(field: deposit.wallet), amount: deposit.amountFen))
        case .changeInsurance(let change):
            self = .command(
                .changeInsurance(
                    wallet: try WalletID(field: change.wallet),
                    insurance: Insurance(change.insurance),
                    standing: Standing(rawValue: UInt8(clamping: change.standing.rawValue))))
        case .recordViolation(let record):
            // There is a day after it.
            let last = BusinessDate(at: Instant(milliseconds: Limits.instantMillisecondsMax))
            guard record.untilDate < last.daysSince1970 else { throw .badField }
            self = .command(
                .recordViolation(
                    wallet: try WalletID(field: record.wallet),
                    reason: try remark(record.reason),
                    until: BusinessDate(daysSince1970: record.untilDate)))
        case .setCardAccount(let set):
            self = .command(
                .setCardAccount(
                    wallet: try WalletID(field: set.wallet),
                    bank: try words(set.bank, bytesMax: 16),
                    account: try words(set.account, bytesMax: 32)))
        case .confirmCardAccount(let confirm):
            self = .command(
                .confirmCardAccount(
                    wallet: try WalletID(field: confirm.wallet),
                    bank: try words(confirm.bank, bytesMax: 16),
                    account: try words(confirm.account, bytesMax: 32)))
        case .withdraw(let form):
            self = .command(.withdraw(try ServiceRequest.WithdrawalOrder(form)))
        case .reviewWithdrawal(let review):
            self = .command(
                .reviewWithdrawal(
                    try Identifier(field: review.withdrawal), approved: review.approved))
        case .exportPayouts(let export):
            guard export.withdrawals.count <= Limits.payoutInstructionsMax else { throw .tooLong }
            var ids: [Identifier] = []
            for id in export.withdrawals { ids.append(try Identifier(field: id)) }
            self = .command(.exportPayouts(ids))
        case .returnPayout(let returned):
            self = .command(
                .returnPayout(
                    try Identifier(field: returned.withdrawal), paid: returned.paid,
                    reason: try remark(returned.reason)))
        case .createRelation(let create):
            self = .command(.createRelation(try ServiceRequest.RelationOrder(create)))
        case .supplyProof(let supply):
            self = .command(
                .supplyProof(
                    relation: try Identifier(field: supply.relation),
                    proof: try Digest(evidence: supply.kinshipProof)))
        case .consent(let consent):
            self = .command(
                .consent(
                    relation: try Identifier(field: consent.relation),
                    wallet: try WalletID(field: consent.wallet), accepted: consent.accepted,
                    consent.hasVerification ? try Verification(consent.verification) : nil))
        case .endRelation(let end):
            self = .command(
                .endRelation(
                    relation: try Identifier(field: end.relation), over: Channel(end.channel),
                    end.hasVerification ? try Verification(end.verification) : nil))
        case .setQuota(let set):
            self = .command(
                .setQuota(
                    relation: try Identifier(field: set.relation), available: set.availableFen))
        case .leaveFamily(let leave):
            self = .command(.leaveFamily(try WalletID(field: leave.wallet)))
        case .settleReserve(let reserve):
            let wallet = try WalletID(field: reserve.wallet)
            self = .command(
                .settleReserve(
                    ServiceRequest.SettlementOrder(
                        wallet: wallet,
                        walletProvince: ProvinceCode(reserve.walletProvince),
                        institution: InstitutionCode(reserve.institution),
                        category: Category(reserve.category), amount: reserve.amountFen,
                        mode: ReserveMode(reserve.mode), holdMilliseconds: reserve.holdMs,
                        withoutOwnAccount: reserve.withoutOwnAccount,
                        bill: reserve.hasBill ? try? Bill(reserve.bill, wallet: wallet) : nil)))
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
                .resolveInDoubt(
                    transaction: try Identifier(field: resolve.transaction),
                    certificate: resolve.certificate.isEmpty
                        ? nil : try HoldEndCertificate(decoding: Bytes(resolve.certificate))))
        case .resumeLink(let resume):
            self = .command(.resumeLink(try ProvinceCode(field: resume.peer)))
        case .showWallet(let show):
            self = .query(.wallet(WalletID(try Identifier(field: show.wallet))))
        case .showRelation(let show):
            self = .query(.relation(try Identifier(field: show.relation)))
        case .showTransaction(let show):
            self = .query(.transaction(try Identifier(field: show.transaction)))
        case .listInDoubt(let list):
            self = .query(.inDoubt(limit: Int(min(list.limit == 0 ? 100 : list.limit, 500))))
        case .listUsage(let list): self = .query(.usage(try UsageQuestion(list)))
        case .listWithdrawals(let list):
            self = .query(
                .withdrawals(
                    try value(list.state),
                    after: list.after.isEmpty ? .zero : try Identifier(field: list.after),
                    limit: Int(min(list.limit == 0 ? 100 : list.limit, 500))))
        case .showWithdrawal(let show):
            self = .query(.withdrawal(try Identifier(field: show.withdrawal)))
        case .showFamily(let show): self = .query(.family(try WalletID(field: show.wallet)))
        case .showCertificate(let show):
            self = .query(.certificate(try ProvinceCode(field: show.province)))
        case .listEvidence(let list):
            self = .query(
                .evidence(
                    after: max(0, list.after),
                    limit: Int(min(list.limit == 0 ? 100 : list.limit, 500))))
        case .showEvidence(let show): self = .query(.evidenceFile(show.number))
        case .showHistory(let show):
            self = .query(
                .history(
                    try WalletID(field: show.wallet), after: show.after,
                    limit: Int(min(show.limit == 0 ? 100 : show.limit, 500))))
        case .showCommand(let show):
            self = .query(.command(try Identifier(field: show.request)))
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
