import Domain
import Ledger
import Wire

/// Accounts, relations and quotas: what an agency does for a giver of this province.
extension Engine {
    mutating func openAccount(
        _ wallet: WalletID, _ insurance: Insurance?, _ value: Int64, id: Identifier
    ) -> CommandResult {
        guard let insurance else { return .refused(.malformed) }
        let balance: Fen
        switch amount(value, zeroAllowed: true) {
        case .success(let fen): balance = fen
        case .failure(let status): return .refused(status)
        }
        guard rows.persons[wallet] == nil else { return .refused(.walletExists) }
        rows.persons[wallet] = Person(wallet: wallet, insurance: insurance)
        return post(
            Posting(
                cause: id, step: .deposit, debit: .fund, credit: .personal(wallet),
                amount: balance),
            of: wallet)
    }

    mutating func deposit(
        _ wallet: WalletID, _ value: Int64, id: Identifier
    ) -> CommandResult {
        switch amount(value) {
        case .failure(let status): return .refused(status)
        case .success(let fen):
            return post(
                Posting(
                    cause: id, step: .deposit, debit: .fund, credit: .personal(wallet),
                    amount: fen),
                of: wallet)
        }
    }

    mutating func withdraw(
        _ wallet: WalletID, _ value: Int64, id: Identifier
    ) -> CommandResult {
        switch amount(value) {
        case .failure(let status): return .refused(status)
        case .success(let fen):
            return post(
                Posting(
                    cause: id, step: .withdraw, debit: .personal(wallet), credit: .payout,
                    amount: fen),
                of: wallet)
        }
    }

    private mutating func post(_ posting: Posting, of wallet: WalletID) -> CommandResult {
        guard let person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        do throws(Books.OutOfRange) {
            try rows.books.post([posting])
        } catch {
            return .refused(.insufficientBalance)
        }
        return .done(
            .account(
                ServiceReply.AccountView(
                    wallet: wallet, insurance: person.insurance,
                    balance: rows.books.balance(.personal(wallet)))))
    }

    mutating func createRelation(
        _ order: ServiceRequest.RelationOrder, id: Identifier
    ) -> CommandResult {
        guard let over = order.over else { return .refused(.malformed) }
        guard let recipientProvince = order.recipientProvince,
            environment.provinces.contains(recipientProvince)
        else { return .refused(.unknownProvince) }
        guard let giver = rows.persons[order.giver] else { return .refused(.walletUnknown) }
        // rule N3
        guard giver.insurance == .employee else { return .refused(.giverNotEmployeeInsured) }
        // rule N4
        guard let kinship = order.kinship else { return .refused(.kinshipNotAllowed) }
        // rule N6
        guard let commitment = order.commitmentDigest else { return .refused(.commitmentMissing) }
        guard order.giver != order.recipient else { return .refused(.selfRelation) }
        // rule N7: no limit on how many relations a giver or a recipient has.
        let relation = Relation(
            id: id, giver: order.giver, recipient: order.recipient,
            recipientProvince: recipientProvince, kinship: kinship, commitmentDigest: commitment,
            commitmentDate: order.commitmentDate, madeOver: over, endedOver: nil, granted: now,
            phase: .active, openHolds: 0, noticeVersion: 0)
        rows.relations[id] = relation
        notice(id)
        return .done(.relation(view(relation)))
    }

    mutating func setQuota(
        _ id: Identifier, _ value: Int64, id request: Identifier
    ) -> CommandResult {
        let wanted: Fen
        switch amount(value, zeroAllowed: true) {
        case .success(let fen): wanted = fen
        case .failure(let status): return .refused(status)
        }
        guard let relation = rows.relations[id] else { return .refused(.relationUnknown) }
        guard relation.phase == .active else { return .refused(.relationEnded) }
        // rule N9: quota comes from the giver's own account only, never from quota received.
        let own = Account.personal(relation.giver)
        let quota = Account.available(relation: id)
        let change = wanted.value - rows.books.balance(quota)
        guard let difference = Fen(abs(change)) else { return .refused(.amountTooLarge) }
        let raises = change >= 0
        do throws(Books.OutOfRange) {
            try rows.books.post([
                Posting(
                    cause: request, step: raises ? .setQuota : .lowerQuota,
                    debit: raises ? own : quota, credit: raises ? quota : own,
                    amount: difference)
            ])
        } catch {
            return .refused(.insufficientBalance)
        }
        notice(id)
        return .done(.relation(view(relation)))
    }

    /// Rule N11: what is unused goes back at once, what is held ends by its own outcome first.
    mutating func endRelation(
        _ id: Identifier, _ channel: Channel?, id request: Identifier
    ) -> CommandResult {
        guard let channel else { return .refused(.malformed) }
        guard var relation = rows.relations[id] else { return .refused(.relationUnknown) }
        guard relation.phase == .active else { return .refused(.relationEnded) }
        let quota = Account.available(relation: id)
        guard let unused = Fen(rows.books.balance(quota)) else {
            return .refused(.amountTooLarge)
        }
        do throws(Books.OutOfRange) {
            try rows.books.post([
                Posting(
                    cause: request, step: .lowerQuota, debit: quota,
                    credit: .personal(relation.giver), amount: unused)
            ])
        } catch {
            return .refused(.insufficientQuota)
        }
        relation.phase = relation.openHolds == 0 ? .ended : .ending
        relation.endedOver = channel
        rows.relations[id] = relation
        notice(id)
        return .done(.relation(view(relation)))
    }

    func view(_ relation: Relation) -> ServiceReply.RelationView {
        ServiceReply.RelationView(
            relation,
            available: rows.books.balance(.available(relation: relation.id)),
            giverBalance: rows.books.balance(.personal(relation.giver)))
    }
}

extension ServiceReply.RelationView {
    /// A relation as clients see it. Balances in fen.
    package init(_ relation: Relation, available: Int64, giverBalance: Int64) {
        let phase: Phase =
            switch relation.phase {
            case .active: .active
            case .ending: .ending
            case .ended: .ended
            }
        self.init(
            relation: relation.id, giver: relation.giver, recipient: relation.recipient,
            recipientProvince: relation.recipientProvince, kinship: relation.kinship,
            phase: phase, available: available, openHolds: relation.openHolds,
            giverBalance: giverBalance)
    }
}
