import Domain
import Ledger
import Settlement
import Wire

/// How much a round's changed records say that was moved.
struct AuditedMoves {
    struct Key: Hashable {
        let cause: Identifier
        let step: PostingStep
        /// Of what is held, the source; of a claim, the payer.
        let part: Part
    }

    enum Part: Hashable {
        case source(Identifier)
        case payer(ProvinceCode)
        case whole
    }

    private(set) var expected: [Key: Int64] = [:]
    /// In the order in which they were first expected.
    private(set) var keys: [Key] = []

    mutating func expect(
        _ cause: Identifier, _ step: PostingStep, _ part: Part, _ amount: Int64
    ) {
        let key = Key(cause: cause, step: step, part: part)
        if expected[key] == nil { keys.append(key) }
        expected[key, default: 0] += amount
    }

    mutating func take(_ key: Key, _ amount: Int64) {
        if expected[key] == nil { keys.append(key) }
        expected[key, default: 0] -= amount
    }
}

/// Money: M1, M2, M4 and M5, posting by posting.
extension Auditor {
    func check(
        _ postings: [Posting], _ book: AuditedBook, _ step: AuditedStep,
        _ moves: inout AuditedMoves
    ) {
        let province = step.province
        var made: Set<AuditedBook.Movement> = []
        for posting in postings {
            let amount = posting.amount.value
            expect(
                amount > 0 && posting.debit != posting.credit, "M1",
                "\(province): \(words(posting))", about: posting.cause)
            let movement = AuditedBook.Movement(posting)
            // In one round a relation can give back more than one amount may be, and a transaction can
            // claim twice of one payer: sums and balances tell.
            let isOnce = posting.step == .deposit || posting.step == .setQuota
            if book.moved.contains(movement) || (isOnce && made.contains(movement)) {
                fail(
                    "M4", "\(province): \(words(posting)), which was done before",
                    about: posting.cause)
            }
            made.insert(movement)
            add(posting.debit.isDebitNormal ? amount : -amount, to: posting.debit, book)
            add(posting.credit.isDebitNormal ? -amount : amount, to: posting.credit, book)
            checkRoute(posting, book, province)
            if let key = AuditedMoves.Key(posting) { moves.take(key, amount) }
        }
        book.moved.formUnion(made)
        book.postings += postings.count
        for key in moves.keys {
            let missing = moves.expected[key, default: 0]
            expect(
                missing == 0, "M4",
                "\(province): \(key.step.word) of \(key.cause) moved "
                    + "\(missing > 0 ? "\(missing) fen too little" : "\(-missing) fen too much")",
                about: key.cause)
        }
        checkBalances(book, step)
    }

    private func add(_ change: Int64, to account: Account, _ book: AuditedBook) {
        book.balances[account, default: 0] += change
        if account.isDebitNormal { book.debits += change } else { book.credits += change }
    }

    func words(_ posting: Posting) -> String {
        "\(posting.step.word) of \(posting.amount.value) fen from \(posting.debit) to "
            + "\(posting.credit)"
    }

    private func checkBalances(_ book: AuditedBook, _ step: AuditedStep) {
        let province = step.province
        for posting in step.postings {
            for account in [posting.debit, posting.credit] {
                let balance = book.balances[account, default: 0]
                expect(balance >= 0, "M2", "\(province) \(account): \(balance) fen")
            }
        }
        for (account, balance) in step.balances {
            let computed = book.balances[account, default: 0]
            expect(
                balance == computed, "M1",
                "\(province) \(account): \(balance) fen, by its postings \(computed)")
            expect(balance >= 0, "M2", "\(province) \(account): \(balance) fen")
        }
        expect(
            book.debits == book.credits, "M1",
            "\(province): debits \(book.debits) fen, credits \(book.credits) fen")
    }

    // MARK: Routes (M5)

    private func checkRoute(_ posting: Posting, _ book: AuditedBook, _ province: ProvinceCode) {
        let cause = posting.cause
        let isAllowed: Bool =
            switch (posting.step, posting.debit, posting.credit) {
            case (.deposit, .fund, .personal(let wallet)):
                isAskedDeposit(posting, of: wallet, book, province)
            case (.setQuota, .personal(let wallet), .available(let relation)):
                book.relations[relation]?.giver == wallet
                    && isAskedQuota(posting, of: relation, book, province)
            case (.lowerQuota, .available(let relation), .personal(let wallet)):
                book.relations[relation]?.giver == wallet
                    && (isAskedQuota(posting, of: relation, book, province)
                        || isEnding(cause, relation, book, province))
            case (.reserve, .available(let relation), .held(cause, let source)):
                source == relation && draws(cause, on: .quota(relation: relation), book, province)
            case (.reserve, .personal(let wallet), .held(cause, let source)):
                source == wallet.value
                    && (book.withdrawals[cause]?.wallet == wallet
                        || draws(cause, onAccountOf: wallet, book, province))
            case (.commit, .held(cause, _), .payable(let care)):
                book.participations[cause]?.care == care
            case (.release, .held(cause, let source), .available(let relation)):
                source == relation && draws(cause, on: .quota(relation: relation), book, province)
            case (.release, .held(cause, let source), .personal(let wallet)):
                if source == wallet.value {
                    book.withdrawals[cause]?.wallet == wallet
                        || draws(cause, onAccountOf: wallet, book, province)
                } else {
                    isEndedQuota(source, of: wallet, book)
                        && draws(cause, on: .quota(relation: source), book, province)
                }
            case (.reversal, .payable(let care), .available(let relation)):
                book.participations[cause]?.care == care
                    && draws(cause, on: .quota(relation: relation), book, province)
            case (.reversal, .payable(let care), .personal(let wallet)):
                book.participations[cause]?.care == care
                    && (draws(cause, onAccountOf: wallet, book, province)
                        || drawsOnEnded(cause, of: wallet, book, province))
            case (.claim, .receivable(let payer), .institution(let code)),
                (.claimReversal, .institution(let code), .receivable(let payer)):
                book.coordinations[cause]?.order.institution == code
                    && book.coordinations[cause]?.plan?.plan.participants.contains(payer) == true
            case (.withdraw, .held(cause, let source), .payout):
                book.withdrawals[cause]?.wallet.value == source
            case (.payoutReturned, .payout, .personal(let wallet)):
                book.withdrawals[cause]?.wallet == wallet
            default: false
            }
        expect(isAllowed, "M5", "\(province): \(words(posting))", about: cause)
    }

    private func draws(
        _ transaction: Identifier, on source: DrawSource, _ book: AuditedBook,
        _ province: ProvinceCode
    ) -> Bool {
        let draws = book.participations[transaction]?.plan?.plan.draws ?? []
        return draws.contains { $0.province == province && $0.source == source }
    }

    private func draws(
        _ transaction: Identifier, onAccountOf wallet: WalletID, _ book: AuditedBook,
        _ province: ProvinceCode
    ) -> Bool {
        book.participations[transaction]?.plan?.plan.wallet == wallet
            && draws(transaction, on: .ownAccount, book, province)
    }

    private func drawsOnEnded(
        _ transaction: Identifier, of giver: WalletID, _ book: AuditedBook,
        _ province: ProvinceCode
    ) -> Bool {
        let draws = book.participations[transaction]?.plan?.plan.draws ?? []
        return draws.contains { draw in
            guard draw.province == province, case .quota(let relation) = draw.source else {
                return false
            }
            return isEndedQuota(relation, of: giver, book)
        }
    }

    /// Only what is left of a relation that is over goes to its giver.
    private func isEndedQuota(
        _ relation: Identifier, of giver: WalletID, _ book: AuditedBook
    ) -> Bool {
        guard let found = book.relations[relation] else { return false }
        return found.giver == giver && !found.phase.isAlive
    }

    private func isAskedDeposit(
        _ posting: Posting, of wallet: WalletID, _ book: AuditedBook, _ province: ProvinceCode
    ) -> Bool {
        switch clients.command(posting.cause, at: province, book) {
        case .openAccount(let order):
            order.wallet == wallet && order.balance == posting.amount.value
        case .deposit(let asked, let amount): asked == wallet && amount == posting.amount.value
        default: false
        }
    }

    /// After a change that a giver asked for, there is what they asked for.
    private func isAskedQuota(
        _ posting: Posting, of relation: Identifier, _ book: AuditedBook, _ province: ProvinceCode
    ) -> Bool {
        guard
            case .setQuota(relation, let available) = clients.command(
                posting.cause, at: province, book)
        else { return false }
        return book.balances[.available(relation: relation), default: 0] == available
    }

    private func isEnding(
        _ cause: Identifier, _ relation: Identifier, _ book: AuditedBook, _ province: ProvinceCode
    ) -> Bool {
        guard book.relations[relation]?.phase.isAlive == false else { return false }
        if cause == relation { return true }
        guard case .endRelation(relation, _, _) = clients.command(cause, at: province, book) else {
            return false
        }
        return true
    }
}

extension AuditedMoves.Key {
    /// Nil for what a client's request moves by itself.
    init?(_ posting: Posting) {
        let part: AuditedMoves.Part
        switch (posting.step, posting.debit, posting.credit) {
        case (.deposit, _, _), (.setQuota, _, _), (.lowerQuota, _, _): return nil
        case (.reserve, _, .held(_, let source)): part = .source(source)
        case (.commit, .held(_, let source), _), (.release, .held(_, let source), _):
            part = .source(source)
        case (.claim, .receivable(let payer), _), (.claimReversal, _, .receivable(let payer)):
            part = .payer(payer)
        default: part = .whole
        }
        self.init(cause: posting.cause, step: posting.step, part: part)
    }
}
