import Domain
import RuleSets
import Testing
import Wire

@testable import Settlement

/// People and what they ask for.
extension World {
    static let birthdayOfAdults = BusinessDate(year: 1960, month: 5, day: 1)!
    static let birthdayOfChildren = BusinessDate(year: 2020, month: 5, day: 1)!

    /// A person with an account; with a number, registered under it.
    func person(
        _ insurance: Insurance, in province: ProvinceCode, fen: Int64,
        region: RegionCode? = nil, number: String? = nil,
        born: BusinessDate = World.birthdayOfAdults
    ) -> WalletID {
        let wallet = newWallet()
        let id = newID()
        let box = number.map { boxes.seal($0, born: born, to: province, context: id) }
        command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: wallet, insurance: insurance, balance: fen, region: region,
                    sealedIdentity: box)), at: province, id: id)
        #expect(status(id) == nil)
        return wallet
    }

    /// A giver with an account, a relation to `recipient`, and its quota; delivered.
    func relation(
        in payer: ProvinceCode, to recipient: WalletID, of walletProvince: ProvinceCode,
        account: Int64, quota: Int64, kinship: Kinship? = .child, region: RegionCode? = nil,
        priority: UInt8 = 0
    ) -> (relation: Identifier, giver: WalletID) {
        let giver = person(.employee, in: payer, fen: account, region: region)
        let relation = bind(
            giver, of: payer, to: recipient, of: walletProvince, kinship: kinship,
            priority: priority)
        #expect(phase(relation, at: payer) == .active)
        setQuota(relation, quota, at: payer)
        deliver()
        return (relation, giver)
    }

    /// Makes a relation, as far as it comes by itself.
    func bind(
        _ giver: WalletID, of payer: ProvinceCode, to recipient: WalletID,
        of walletProvince: ProvinceCode, kinship: Kinship? = .child, proof: Bool = true,
        priority: UInt8 = 0
    ) -> Identifier {
        let relation = command(
            .createRelation(
                order(
                    giver: giver, recipient: recipient, of: walletProvince, kinship: kinship,
                    proof: proof, priority: priority)),
            at: payer)
        deliver()
        return relation
    }

    var verification: Verification {
        Verification(method: .face, at: now, reference: digest(2))
    }

    var proof: Digest { digest(3) }

    var commitment: Commitment { Commitment(digest: digest(1), date: BusinessDate(at: now)) }

    func order(
        giver: WalletID, recipient: WalletID, of province: ProvinceCode?,
        kinship: Kinship? = .child, commitment: Bool = true, over: Channel? = .nationalApp,
        proof: Bool = true, priority: UInt8 = 0
    ) -> ServiceRequest.RelationOrder {
        order(
            giver: giver, naming: .wallet(recipient), of: province, kinship: kinship,
            commitment: commitment, over: over, proof: proof, priority: priority)
    }

    func order(
        giver: WalletID, naming recipient: RecipientName, of province: ProvinceCode?,
        kinship: Kinship? = .child, commitment: Bool = true, over: Channel? = .nationalApp,
        proof: Bool = true, priority: UInt8 = 0
    ) -> ServiceRequest.RelationOrder {
        ServiceRequest.RelationOrder(
            giver: giver, recipient: recipient, recipientProvince: province, kinship: kinship,
            commitmentDigest: commitment ? digest(1) : nil,
            commitmentDate: BusinessDate(at: now), over: over, verification: verification,
            kinshipProof: proof ? self.proof : nil, priority: priority)
    }

    /// A recipient who is named by a sealed identity number.
    func bind(
        _ giver: WalletID, of payer: ProvinceCode, toNumber number: String,
        of province: ProvinceCode, sealedTo: ProvinceCode? = nil, context: Identifier? = nil
    ) -> Identifier {
        let id = newID()
        let box = boxes.seal(
            number, born: World.birthdayOfAdults, to: sealedTo ?? province, context: context ?? id)
        command(
            .createRelation(order(giver: giver, naming: .sealed(box), of: province)),
            at: payer, id: id)
        return id
    }

    @discardableResult
    func setQuota(_ relation: Identifier, _ fen: Int64, at payer: ProvinceCode) -> Status? {
        refusal(.setQuota(relation: relation, available: fen), at: payer)
    }

    @discardableResult
    func end(_ relation: Identifier, at payer: ProvinceCode) -> Status? {
        refusal(
            .endRelation(relation: relation, over: .nationalApp, verification), at: payer)
    }

    @discardableResult
    func consent(
        _ relation: Identifier, by wallet: WalletID, accepted: Bool = true, verified: Bool = true,
        at province: ProvinceCode = World.shandong
    ) -> Identifier {
        command(
            .consent(
                relation: relation, wallet: wallet, accepted: accepted,
                verified ? verification : nil), at: province)
    }

    @discardableResult
    func change(
        _ wallet: WalletID, _ standing: Standing, _ insurance: Insurance = .employee,
        at province: ProvinceCode
    ) -> Status? {
        refusal(
            .changeInsurance(wallet: wallet, insurance: insurance, standing: standing),
            at: province)
    }

    // MARK: Settlements

    func bill(_ wallet: WalletID, fen: Int64) -> Bill? {
        guard let amount = Fen(fen) else { return nil }
        return Bill(
            total: amount, pooled: .zero, burden: amount, selfPaid: .zero, visit: .outpatient,
            patient: wallet, credential: wallet)
    }

    func reserve(
        _ wallet: WalletID, of walletProvince: ProvinceCode? = World.shandong, fen: Int64,
        category: Category? = .medicalCare, mode: ReserveMode? = .exact,
        hold: Int64 = 60_000, withoutOwnAccount: Bool = false,
        at care: ProvinceCode = World.shanghai, region: RegionCode? = nil,
        id: Identifier? = nil
    ) -> Identifier {
        command(
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: wallet, walletProvince: walletProvince,
                    institution: Book.institution(
                        (category ?? .medicalCare).usualPlace, in: region ?? RegionCode(care)),
                    category: category, amount: fen, mode: mode, holdMilliseconds: hold,
                    withoutOwnAccount: withoutOwnAccount, bill: bill(wallet, fen: fen))),
            at: care, id: id)
    }

    func commit(
        _ transaction: Identifier, fen: Int64, at care: ProvinceCode = World.shanghai,
        id: Identifier? = nil
    ) -> Identifier {
        command(.settleCommit(transaction: transaction, final: fen), at: care, id: id)
    }

    /// Reserves and commits the same amount; delivered.
    @discardableResult
    func settle(
        _ wallet: WalletID, of walletProvince: ProvinceCode = World.shandong, fen: Int64,
        withoutOwnAccount: Bool = false, at care: ProvinceCode = World.shanghai,
        region: RegionCode? = nil
    ) -> Identifier {
        let transaction = reserve(
            wallet, of: walletProvince, fen: fen, withoutOwnAccount: withoutOwnAccount, at: care,
            region: region)
        deliver()
        let commit = commit(transaction, fen: fen, at: care)
        deliver()
        #expect(status(transaction) == nil)
        #expect(status(commit) == nil)
        return transaction
    }
}
