import Domain
import Ledger
import Settlement

/// Withdrawals: their money (M4, M5), and the documents that they used (M4).
extension Audit {
    /// M4: each withdrawal moved its amount as far as its state says, in one posting a step; M5:
    /// what is to be paid out is what was approved and not returned. Takes the steps of withdrawals
    /// out of `sums`.
    mutating func checkWithdrawals(
        _ withdrawals: [Identifier: Withdrawal], _ kept: [Account: Int64],
        _ sums: inout [StepKey: StepSum], _ here: ProvinceCode
    ) {
        var paidOut: Int64 = 0
        for (id, withdrawal) in withdrawals {
            let amount = withdrawal.amount.value
            for step in [PostingStep.reserve, .withdraw, .release, .payoutReturned] {
                let found = sums.removeValue(forKey: StepKey(id, step)) ?? StepSum()
                let isExpected = withdrawal.state.steps.contains(step)
                report.m4.check(
                    found.fen == (isExpected ? amount : 0)
                        && found.count == (isExpected && amount > 0 ? 1 : 0),
                    "\(here) withdrawal \(id): \(withdrawal.state.word), and \(step.word) moved "
                        + "\(found.fen) fen in \(found.count) postings, of \(amount)")
            }
            let held = kept[.held(transaction: id, source: withdrawal.wallet.value), default: 0]
            report.m4.check(
                held == (withdrawal.state.isHeld ? amount : 0),
                "\(here) withdrawal \(id): \(withdrawal.state.word), and holds \(held) fen")
            if withdrawal.state.isPaidOut { paidOut += amount }
        }
        let payout = kept[.payout, default: 0]
        report.m5.check(
            payout == paidOut,
            "\(here): \(payout) fen are to be paid out, by its withdrawals \(paidOut)")
        report.m4.add("withdrawals", Int64(withdrawals.count))
        report.m5.add("payout_fen", payout)
    }

    /// M4: no document was paid for twice, in any province, and the province of the person for whom
    /// it was issued remembers for what it was used.
    mutating func checkDocuments(_ nodes: [Node]) throws {
        struct Paid {
            let withdrawal: Identifier
            let payer: ProvinceCode
            let userProvince: ProvinceCode
        }
        var paid: [Digest: Paid] = [:]
        for node in nodes {
            try node.store.forEachWithdrawal { withdrawal in
                guard withdrawal.state.isPaidOut, let document = withdrawal.document else { return }
                if let other = paid[document.digest] {
                    report.m4.violated(
                        "document \(document.digest): paid by \(other.payer) for "
                            + "\(other.withdrawal), and by \(node.province) for \(withdrawal.id)")
                }
                paid[document.digest] = Paid(
                    withdrawal: withdrawal.id, payer: node.province,
                    userProvince: document.userProvince)
            }
        }
        // After the withdrawals: a document is remembered before it is paid for.
        for node in nodes {
            var remembered: Int64 = 0
            try node.store.forEachDocumentUse { digest, use in
                remembered += 1
                guard let found = paid[digest], found.userProvince == node.province else { return }
                paid[digest] = nil
                report.m4.check(
                    use.withdrawal == found.withdrawal && use.payer == found.payer,
                    "\(node.province) document \(digest): used for \(use.withdrawal) of "
                        + "\(use.payer), paid by \(found.payer) for \(found.withdrawal)")
            }
            report.m4.add("documents", remembered)
        }
        for (digest, found) in paid where audited.contains(found.userProvince) {
            report.m4.violated(
                "document \(digest): paid by \(found.payer) for \(found.withdrawal), and "
                    + "\(found.userProvince) does not know of it")
        }
    }
}

extension WithdrawalState {
    /// The money stands in a held account.
    fileprivate var isHeld: Bool {
        switch self {
        case .claiming, .awaitingReview: true
        case .approved, .handedOver, .paid, .returned, .refused: false
        }
    }

    /// The money stands in the payout account.
    fileprivate var isPaidOut: Bool {
        switch self {
        case .approved, .handedOver, .paid: true
        case .claiming, .awaitingReview, .returned, .refused: false
        }
    }

    /// The postings that led here, each of the whole amount.
    fileprivate var steps: [PostingStep] {
        switch self {
        case .claiming, .awaitingReview: [.reserve]
        case .approved, .handedOver, .paid: [.reserve, .withdraw]
        case .returned: [.reserve, .withdraw, .payoutReturned]
        case .refused: [.reserve, .release]
        }
    }
}
