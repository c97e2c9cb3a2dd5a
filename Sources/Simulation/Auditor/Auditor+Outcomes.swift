import Domain
import Ledger
import Settlement
import Wire

/// One outcome of a transaction, with the same amounts and days, everywhere (M3, M6, M7).
///
/// Nothing leaves a node before it is durable, so whoever learns what was decided finds it durable at
/// whoever decided, at every moment.
extension Auditor {
    /// What the provinces have of one transaction.
    private struct Sides {
        let id: Identifier
        var cares: [(province: ProvinceCode, row: Coordination)] = []
        var parts: [(province: ProvinceCode, row: Participation)] = []

        /// The part of the province that decides about `plan`.
        func primary(_ primary: ProvinceCode, _ plan: Digest) -> Participation? {
            parts.first {
                $0.province == primary && $0.row.planDigest == plan && $0.row.primary == primary
            }?.row
        }
    }

    func checkOutcome(of id: Identifier) {
        var sides = Sides(id: id)
        for province in places[id] ?? [] {
            guard let book = books[province] else { continue }
            if let row = book.coordinations[id] { sides.cares.append((province, row)) }
            if let row = book.participations[id] { sides.parts.append((province, row)) }
        }
        for (province, row) in sides.parts {
            if row.primary == province {
                checkDecision(row, at: province, sides)
            } else {
                checkFollower(row, at: province, sides)
            }
        }
        for (province, row) in sides.cares { checkCoordinator(row, at: province, sides) }
    }

    /// The primary takes nothing that its coordinator did not ask for.
    private func checkDecision(_ row: Participation, at province: ProvinceCode, _ sides: Sides) {
        checkAllHold(row, at: province, sides)
        guard row.plan != nil, !row.held.isEmpty, books[row.care] != nil else { return }
        let care = sides.cares.first { $0.province == row.care }?.row
        guard let care, care.plan?.digest == row.planDigest else {
            fail(
                "M3", "\(province) holds for \(sides.id), and \(row.care) has no such plan",
                about: sides.id)
            return
        }
        let isAsked: Bool =
            switch (row.state, care.state) {
            case (.committed, .committing), (.committed, .settled), (.committed, .reversing): true
            case (.reversed, .reversing), (.reversed, .reversed): true
            case (.committed, _), (.reversed, _): false
            case (.held, _), (.released, _): true
            }
        expect(
            isAsked, "M3",
            "\(sides.id): \(row.state.word) at its primary \(province), \(care.state.word) at "
                + "\(row.care)", about: sides.id)
    }

    /// All or none: the primary takes nothing before all others hold for the same plan.
    private func checkAllHold(_ row: Participation, at province: ProvinceCode, _ sides: Sides) {
        guard row.state.isTaken, let plan = row.plan?.plan else { return }
        for other in plan.participants where books[other] != nil {
            let holds = sides.parts.contains {
                $0.province == other && $0.row.planDigest == row.planDigest && !$0.row.held.isEmpty
            }
            expect(
                holds, "M3",
                "\(sides.id): \(row.state.word) at its primary \(province), and \(other) never held "
                    + "for it", about: sides.id)
        }
    }

    /// Another participant does as the primary decided, and not before.
    private func checkFollower(_ row: Participation, at province: ProvinceCode, _ sides: Sides) {
        guard books[row.primary] != nil else {
            checkUnderLiar(row.finals, row.state.isTaken ? row.date : nil, row.plan, province)
            return
        }
        let id = sides.id
        let primary = sides.primary(row.primary, row.planDigest)
        let isAllowed: Bool
        switch row.state {
        case .held: isAllowed = true
        case .committed: isAllowed = primary?.state.isTaken == true
        case .reversed: isAllowed = primary?.state == .reversed
        case .released where row.held.isEmpty: isAllowed = primary?.state.isTaken != true
        case .released:
            // The primary may be bound to another plan of a coordinator that lies.
            isAllowed =
                primary?.state == .released
                || (primary == nil && sides.parts.contains { $0.province == row.primary })
        }
        guard isAllowed else {
            fail(
                "M3",
                "\(id): \(row.state.word) at \(province), \(primary?.state.word ?? "unknown") at its "
                    + "primary \(row.primary)", about: id)
            return
        }
        guard row.state.isTaken, let primary else { return }
        expect(
            row.finals == primary.finals, "M6",
            "\(id): \(fen(row.finals)) fen at \(province), \(fen(primary.finals)) at its primary "
                + "\(row.primary)", about: id)
        expect(
            row.date == primary.date, "M7",
            "\(id): of \(word(row.date)) at \(province), of \(word(primary.date)) at its primary "
                + "\(row.primary)", about: id)
        expect(
            row.state != .reversed || row.reversalDate == primary.reversalDate, "M7",
            "\(id): reversed on \(word(row.reversalDate)) at \(province), on "
                + "\(word(primary.reversalDate)) at its primary \(row.primary)", about: id)
    }

    private func checkCoordinator(_ row: Coordination, at province: ProvinceCode, _ sides: Sides) {
        guard let plan = row.plan, books[plan.plan.primary] != nil else {
            checkUnderLiar(row.finals, row.date, row.plan, province)
            return
        }
        let id = sides.id
        let name = plan.plan.primary
        let primary = sides.primary(name, plan.digest)
        func contradicts(_ isSo: Bool) {
            expect(
                isSo, "M3",
                "\(id): \(row.state.word) at \(province), \(primary?.state.word ?? "unknown") at its "
                    + "primary \(name)", about: id)
        }
        switch row.state {
        case .settled: contradicts(primary?.state == .committed)
        case .reversing: contradicts(row.date == nil || primary?.state.isTaken == true)
        case .reversed: contradicts(primary?.state == .reversed)
        case .released: contradicts(primary == nil || primary?.state == .released)
        case .askingWallet, .reserving, .reserved, .releasing:
            contradicts(primary?.state.isTaken != true)
        case .committing: contradicts(primary?.state != .reversed)
        }
        guard row.date != nil, let primary else { return }
        expect(
            row.finals == primary.finals, "M6",
            "\(id): \(province) claims \(fen(row.finals)) fen, its primary \(name) settled "
                + "\(fen(primary.finals))", about: id)
        expect(
            row.date == primary.date, "M7",
            "\(id): of \(word(row.date)) at \(province), of \(word(primary.date)) at its primary "
                + "\(name)", about: id)
        expect(
            row.state != .reversed || row.reversalDate == primary.reversalDate, "M7",
            "\(id): reversed on \(word(row.reversalDate)) at \(province), on "
                + "\(word(primary.reversalDate)) at its primary \(name)", about: id)
    }

    /// Whatever a primary says that lies, nobody settles what the plan does not allow. `date` is nil if it is not
    /// settled.
    private func checkUnderLiar(
        _ finals: [Fen], _ date: BusinessDate?, _ plan: EncodedPlan?, _ province: ProvinceCode
    ) {
        guard date != nil, let plan = plan?.plan else { return }
        let sum = finals.sum()
        expect(
            finals.count == plan.draws.count
                && zip(finals, plan.draws).allSatisfy { $0 <= $1.limit } && sum > .zero
                && sum <= plan.amount && (!plan.category.isPremium || sum == plan.amount), "M6",
            "\(plan.transaction): \(province) settles \(fen(finals)) fen, which its plan does not "
                + "allow", about: plan.transaction)
    }

    private func fen(_ amounts: [Fen]) -> String {
        amounts.map { String($0.value) }.joined(separator: "+")
    }

    /// What the accounts between provinces must have when a round is done (M6), and those of the bank
    /// and of institutions.
    func settle(_ step: AuditedStep, _ book: AuditedBook) {
        let here = step.province
        for (account, balance) in step.balances {
            switch account {
            case .payable(let care):
                let owed = book.owed[care, default: 0]
                expect(
                    balance == owed, "M6",
                    "\(here) owes \(care) \(balance) fen, by its transactions \(owed)")
            case .receivable(let payer):
                let claimed = book.claimed[payer, default: 0]
                expect(
                    balance == claimed, "M6",
                    "\(here) claims \(balance) fen of \(payer), by its transactions \(claimed)")
            case .institution(let code):
                let earned = book.earned[code, default: 0]
                expect(
                    balance == earned, "M6",
                    "\(here) owes \(code.text) \(balance) fen, it was told of \(earned)")
            case .payout:
                expect(
                    balance == book.paidOut, "M5",
                    "\(here): \(balance) fen are to be paid out, by its withdrawals "
                        + "\(book.paidOut)")
            case .held(let transaction, let source):
                let held = amountHeld(transaction, source, book, here)
                expect(
                    balance == held, "M4",
                    "\(here): \(balance) fen are held of \(source) for \(transaction), by its record "
                        + "\(held)", about: transaction)
            case .fund, .personal, .available: break
            }
        }
    }

    private func amountHeld(
        _ transaction: Identifier, _ source: Identifier, _ book: AuditedBook,
        _ here: ProvinceCode
    ) -> Int64 {
        if let withdrawal = book.withdrawals[transaction] {
            let isHeld = withdrawal.state == .claiming || withdrawal.state == .awaitingReview
            return isHeld ? withdrawal.amount.value : 0
        }
        guard let row = book.participations[transaction], row.state == .held,
            let plan = row.plan?.plan
        else { return 0 }
        let own = plan.draws.filter { $0.province == here }
        var sum: Int64 = 0
        for (draw, held) in zip(own, row.held) {
            switch draw.source {
            case .quota(source): sum += held.value
            case .ownAccount where plan.wallet.value == source: sum += held.value
            case .quota, .ownAccount: break
            }
        }
        return sum
    }
}
