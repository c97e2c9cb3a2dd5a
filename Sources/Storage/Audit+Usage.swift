import Domain
import Settlement
import Wire

/// Usage records (rule G15): one a settled draw on each side, as the transaction has it (M3).
extension Audit {
    mutating func checkUsage(of node: Node, _ givers: [Identifier: WalletID]) throws {
        let here = node.province
        var expected: [Usage.Key: Usage] = [:]
        try node.store.forEachParticipation { participation in
            for usage in participation.usages(at: here, givers: givers) {
                expected[usage.key] = usage
            }
        }
        try node.store.forEachCoordination { coordination in
            for usage in coordination.usages(at: here) { expected[usage.key] = usage }
        }
        try node.store.forEachUsage { usage in
            report.m3.add("usage_records", 1)
            if let record = expected.removeValue(forKey: usage.key) {
                report.m3.check(
                    record == usage,
                    "\(here) usage of \(usage.key.transaction) on \(usage.key.source), "
                        + "\(usage.key.subject.side.word): \(usage.words), by its transaction "
                        + record.words)
            } else if case .recipient = usage.key.subject, usage.other != nil {
                checkTold(usage, here)
            } else {
                report.m3.violated(
                    "\(here) usage of \(usage.key.transaction) on \(usage.key.source), "
                        + "\(usage.key.subject.side.word): \(usage.words), by no transaction")
            }
        }
        for (key, record) in expected {
            report.m3.violated(
                "\(here): no usage of \(key.transaction) on \(key.source), "
                    + "\(key.subject.side.word): \(record.words)")
        }
    }

    /// What the payer province told of a quota, against what it has itself. It may have heard since
    /// what it did not know when it was read, and told less than it knows.
    private mutating func checkTold(_ usage: Usage, _ here: ProvinceCode) {
        guard
            let payer = transactions[usage.key.transaction]?.parts.first(where: {
                $0.province == usage.insured
            }), payer.state != .held
        else {
            if audited.contains(usage.insured) { report.m3.add("usage_in_flight", 1) }
            return
        }
        report.m3.check(
            payer.date == usage.key.date && usage.amount.value <= payer.final
                && (payer.reversalDate == usage.reversalDate || usage.reversalDate == nil
                    || payer.state == .committed),
            "\(here) usage of \(usage.key.transaction) on \(usage.key.source): \(usage.words), at "
                + "\(usage.insured) \(payer.state.word)")
    }
}

extension Usage {
    fileprivate var words: String {
        "\(amount.value) fen on \(key.date)" + (reversalDate.map { ", reversed on \($0)" } ?? "")
    }
}

extension Participation {
    /// One record a draw of `province` with an amount, once it is settled.
    fileprivate func usages(
        at province: ProvinceCode, givers: [Identifier: WalletID]
    ) -> [Usage] {
        guard state == .committed || state == .reversed, let plan = plan?.plan, let date else {
            return []
        }
        return zip(plan.draws, finals).compactMap { draw, amount in
            guard draw.province == province, amount > .zero else { return nil }
            let subject: UsageQuestion.Subject
            let other: WalletID?
            switch draw.source {
            case .quota(let relation):
                guard let giver = givers[relation] else { return nil }
                subject = .giver(giver)
                other = plan.wallet
            case .ownAccount:
                subject = .recipient(plan.wallet)
                other = nil
            }
            return Usage(
                key: Usage.Key(
                    subject: subject, date: date, transaction: transaction,
                    source: draw.source.id(of: plan.wallet)),
                insured: province, care: care, institution: plan.institution,
                category: plan.category, amount: amount,
                reversalDate: state == .reversed ? reversalDate : nil, other: other)
        }
    }
}

extension Coordination {
    fileprivate func usages(at province: ProvinceCode) -> [Usage] {
        guard let plan = plan?.plan, let date else { return [] }
        return zip(plan.draws, finals).compactMap { draw, amount in
            guard amount > .zero else { return nil }
            return Usage(
                key: Usage.Key(
                    subject: .institution(plan.institution), date: date, transaction: transaction,
                    source: draw.source.id(of: plan.wallet)),
                insured: draw.province, care: province, institution: plan.institution,
                category: plan.category, amount: amount,
                reversalDate: state == .reversed ? reversalDate : nil, other: plan.wallet)
        }
    }
}

extension DrawSource {
    /// The relation, or the wallet whose own account it is.
    fileprivate func id(of wallet: WalletID) -> Identifier {
        switch self {
        case .quota(let relation): relation
        case .ownAccount: wallet.value
        }
    }
}
