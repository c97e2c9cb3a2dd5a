import Domain
import Ledger
import Settlement
import Wire

/// What one node's books must show: M1, M2, M4, M5, and the balances of M6.
extension Audit {
    mutating func checkBooks(of node: Node) throws {
        let here = node.province
        var kept: [Account: Int64] = [:]
        try node.store.forEachAccount { account, balance in
            kept[account] = balance
            report.m2.check(balance >= 0, "\(here) \(account): \(balance) fen")
        }
        report.m2.add("accounts", Int64(kept.count))
        var givers: [Identifier: WalletID] = [:]
        var relations: [Relation] = []
        try node.store.forEachRelation { relation in
            givers[relation.id] = relation.giver
            relations.append(relation)
        }
        var withdrawals: [Identifier: Withdrawal] = [:]
        try node.store.forEachWithdrawal { withdrawals[$0.id] = $0 }
        let known = Known(givers: givers, withdrawals: withdrawals)
        var computed: [Account: Int64] = [:]
        var sums: [StepKey: StepSum] = [:]
        try node.store.forEachPosting { entry in
            let posting = entry.posting
            let amount = posting.amount.value
            computed[posting.debit, default: 0] += posting.debit.isDebitNormal ? amount : -amount
            computed[posting.credit, default: 0] += posting.credit.isDebitNormal ? -amount : amount
            report.m1.add("postings", 1)
            report.m1.check(amount > 0, "\(here) posting \(entry.number): \(amount) fen")
            checkRoute(posting, known, here, entry.number)
            if posting.step == .reversal { try checkHome(of: posting, givers, node, entry.number) }
            let key = StepKey(posting)
            if !posting.step.isOfRecord {
                report.m4.check(
                    sums[key]?.goesOn ?? true,
                    "\(here): request \(posting.cause) was posted more than once")
            }
            sums[key, default: StepSum()].add(amount)
        }
        checkBalances(kept, computed, here)
        checkWithdrawals(withdrawals, kept, &sums, here)
        try checkSteps(of: node, sums)
        try checkRelations(relations, kept, node)
        checkClaims(kept, here)
        try checkUsage(of: node, givers)
    }

    /// Whose a relation or a withdrawal is.
    private struct Known {
        let givers: [Identifier: WalletID]
        let withdrawals: [Identifier: Withdrawal]

        func isWithdrawal(_ id: Identifier, of wallet: WalletID) -> Bool {
            withdrawals[id]?.wallet == wallet
        }
    }

    struct StepKey: Hashable {
        let cause: Identifier
        let step: PostingStep
        /// One request may move money of several relations, but of each only once.
        let relation: Identifier?

        init(_ cause: Identifier, _ step: PostingStep) {
            self.cause = cause
            self.step = step
            relation = nil
        }

        init(_ posting: Posting) {
            cause = posting.cause
            step = posting.step
            relation =
                switch (posting.step, posting.debit, posting.credit) {
                case (.setQuota, _, .available(let relation)): relation
                case (.lowerQuota, .available(let relation), _): relation
                default: nil
                }
        }
    }

    struct StepSum {
        var fen: Int64 = 0
        var count = 0
        /// A quota that is larger than one amount may be goes back in several postings, all but the
        /// last of the largest amount.
        private(set) var goesOn = true

        mutating func add(_ amount: Int64) {
            fen += amount
            count += 1
            goesOn = amount == Fen.limit.value
        }
    }

    /// M1: the balances are what the postings make of them, and both sides are equal.
    private mutating func checkBalances(
        _ kept: [Account: Int64], _ computed: [Account: Int64], _ here: ProvinceCode
    ) {
        var debits: Int64 = 0
        var credits: Int64 = 0
        for (account, balance) in kept {
            if account.isDebitNormal { debits += balance } else { credits += balance }
            report.m1.check(
                computed[account, default: 0] == balance,
                "\(here) \(account): \(balance) fen, by its postings \(computed[account, default: 0])"
            )
        }
        for (account, balance) in computed where balance != 0 && kept[account] == nil {
            report.m1.violated("\(here) \(account): no account, by its postings \(balance) fen")
        }
        report.m1.check(
            debits == credits, "\(here): debits \(debits) fen, credits \(credits) fen")
        report.m1.add("debits_fen", debits)
        report.m1.add("credits_fen", credits)
    }

    /// M5: the only ways into and out of a quota and of what is held of it.
    private mutating func checkRoute(
        _ posting: Posting, _ known: Known, _ here: ProvinceCode, _ number: Int64
    ) {
        let allowed: Bool =
            switch (posting.step, posting.debit, posting.credit) {
            case (.deposit, .fund, .personal): true
            case (.withdraw, .held(let withdrawal, let source), .payout):
                withdrawal == posting.cause
                    && known.isWithdrawal(withdrawal, of: WalletID(source))
            case (.payoutReturned, .payout, .personal(let wallet)):
                known.isWithdrawal(posting.cause, of: wallet)
            case (.setQuota, .personal(let wallet), .available(let relation)),
                (.lowerQuota, .available(let relation), .personal(let wallet)):
                known.givers[relation] == wallet
            case (.reserve, .available(let relation), .held(let transaction, let source)):
                source == relation && transaction == posting.cause
            case (.reserve, .personal(let wallet), .held(let transaction, let source)):
                source == wallet.value && transaction == posting.cause
            case (.commit, .held(let transaction, _), .payable): transaction == posting.cause
            case (.release, .held(let transaction, let source), .available(let relation)):
                source == relation && transaction == posting.cause
            case (.release, .held(let transaction, let source), .personal(let wallet)):
                (source == wallet.value || known.givers[source] == wallet)
                    && transaction == posting.cause
            case (.claim, .receivable, .institution): true
            case (.claimReversal, .institution, .receivable): true
            case (.reversal, .payable, .available), (.reversal, .payable, .personal): true
            default: false
            }
        report.m5.check(
            allowed,
            "\(here) posting \(number): \(posting.step.word) from \(posting.debit) to \(posting.credit)"
        )
    }

    /// M5: what is reversed goes back to where the transaction had it from. Reversals are few, so
    /// each reads its own transaction.
    private mutating func checkHome(
        of posting: Posting, _ givers: [Identifier: WalletID], _ node: Node, _ number: Int64
    ) throws {
        let plan = try node.store.participation(posting.cause)?.plan?.plan
        let isHome = (plan?.draws ?? []).contains { draw in
            guard draw.province == node.province else { return false }
            switch (draw.source, posting.credit) {
            case (.quota(let relation), .available(let credited)): return relation == credited
            case (.quota(let relation), .personal(let wallet)): return givers[relation] == wallet
            case (.ownAccount, .personal(let wallet)): return plan?.wallet == wallet
            default: return false
            }
        }
        report.m5.check(
            isHome,
            "\(node.province) posting \(number): reversal of \(posting.cause) to "
                + "\(posting.credit), which it did not draw on")
    }

    /// M4: every transaction moved exactly what its record says, once.
    private mutating func checkSteps(of node: Node, _ sums: [StepKey: StepSum]) throws {
        var rest = sums
        for (id, transaction) in transactions {
            for (step, expected) in transaction.expectedPostings(at: node.province) {
                let found = rest.removeValue(forKey: StepKey(id, step))?.fen ?? 0
                report.m4.check(
                    found == expected,
                    "\(node.province): \(step.word) of \(id) moved \(found) fen, its record says "
                        + "\(expected)")
            }
            report.m4.add("transactions", transaction.isKnown(at: node.province) ? 1 : 0)
        }
        for (key, sum) in rest where key.step.isOfRecord {
            report.m4.violated(
                "\(node.province): \(key.step.word) of \(key.cause) moved \(sum.fen) fen, "
                    + "and there is no such transaction or withdrawal")
        }
    }

    private mutating func checkRelations(
        _ relations: [Relation], _ kept: [Account: Int64], _ node: Node
    ) throws {
        var holds: [Identifier: Int] = [:]
        try node.store.forEachParticipation { participation in
            guard participation.state == .held, let plan = participation.plan?.plan else { return }
            for draw in plan.draws where draw.province == node.province {
                if case .quota(let relation) = draw.source { holds[relation, default: 0] += 1 }
            }
        }
        for relation in relations {
            let open = holds[relation.id, default: 0]
            report.m5.check(
                relation.openHolds == open,
                "\(node.province) relation \(relation.id): \(relation.openHolds) open holds, "
                    + "transactions hold \(open)")
            let available = kept[.available(relation: relation.id), default: 0]
            report.m5.check(
                relation.phase.isAlive || available == 0,
                "\(node.province) relation \(relation.id): \(relation.phase.word) with \(available) "
                    + "fen left")
            report.m5.add("relations", 1)
            report.m5.add("available_fen", available)
        }
    }

    /// M6: the balances are the sums of the transactions, on this side and on the other.
    private mutating func checkClaims(_ kept: [Account: Int64], _ here: ProvinceCode) {
        var payable: [ProvinceCode: Int64] = [:]
        var receivable: [ProvinceCode: Int64] = [:]
        for transaction in transactions.values {
            guard let care = transaction.care else {
                // The care province's store is not given: its code is in no record here.
                continue
            }
            for part in transaction.parts
            where part.province == here && part.state == .committed {
                payable[care.province, default: 0] += part.final
            }
            if care.province == here, care.date != nil, care.state != .reversed {
                for (payer, final) in care.finals { receivable[payer, default: 0] += final }
            }
        }
        for other in audited.sorted() {
            let owed = kept[.payable(other), default: 0]
            report.m6.check(
                owed == payable[other, default: 0],
                "\(here) owes \(other) \(owed) fen, by its transactions \(payable[other, default: 0])"
            )
            let claimed = kept[.receivable(other), default: 0]
            report.m6.check(
                claimed == receivable[other, default: 0],
                "\(here) claims \(claimed) fen of \(other), by its transactions "
                    + "\(receivable[other, default: 0])")
            report.m6.add("payable_fen", owed)
            report.m6.add("receivable_fen", claimed)
        }
    }
}

extension PostingStep {
    /// Whether the cause is a transaction or a withdrawal; else it is a client's request.
    fileprivate var isOfRecord: Bool {
        switch self {
        case .reserve, .commit, .release, .claim, .reversal, .claimReversal, .withdraw,
            .payoutReturned:
            true
        case .deposit, .setQuota, .lowerQuota: false
        }
    }
}

extension AuditedTransaction {
    fileprivate func isKnown(at province: ProvinceCode) -> Bool {
        care?.province == province || parts.contains { $0.province == province }
    }

    /// Fen by step that the records of `province` say were moved.
    fileprivate func expectedPostings(at province: ProvinceCode) -> [(PostingStep, Int64)] {
        var expected: [(PostingStep, Int64)] = []
        if let part = parts.first(where: { $0.province == province }) {
            let settled = part.state == .committed || part.state == .reversed
            expected.append((.reserve, part.held))
            expected.append((.commit, settled ? part.final : 0))
            expected.append(
                (.release, part.state == .held ? 0 : part.held - (settled ? part.final : 0)))
            expected.append((.reversal, part.state == .reversed ? part.final : 0))
        }
        if let care, care.province == province {
            let sum = care.finals.values.reduce(0, +)
            expected.append((.claim, care.date != nil ? sum : 0))
            expected.append((.claimReversal, care.state == .reversed ? sum : 0))
        }
        return expected
    }
}
