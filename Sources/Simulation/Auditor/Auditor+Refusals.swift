import Domain
import Ledger
import Settlement
import Wire

/// Whether what a client was refused with can be so.
extension Auditor {
    func judgeRefusal(
        _ number: UInt32, of command: ServiceRequest.Command, _ id: Identifier,
        _ step: AuditedStep, _ book: AuditedBook
    ) {
        let province = step.province
        guard let status = Status(rawValue: number) else {
            fail(
                "status", "\(province): request \(id) is refused with \(number), which is no status"
            )
            return
        }
        let isPossible =
            !AuditedRefusals.ofTheMoment.contains(status)
            && (AuditedRefusals.statuses(of: command)?.contains(status) ?? true)
            && isPossible(status, for: command, id, step, book)
        expect(
            isPossible, "refusal",
            "\(province): \(command.name) \(id) is refused with \(status.word), which cannot be",
            about: id)
        noteRefused(command, id, province, book)
    }

    /// What is refused leaves no money moved.
    private func noteRefused(
        _ command: ServiceRequest.Command, _ id: Identifier, _ province: ProvinceCode,
        _ book: AuditedBook
    ) {
        switch command {
        case .openAccount(let order): expectNoDeposit(id, order.wallet, book, province)
        case .deposit(let wallet, _): expectNoDeposit(id, wallet, book, province)
        case .setQuota(let relation, _):
            guard let giver = book.relations[relation]?.giver else { return }
            let (own, quota) = (Account.personal(giver), Account.available(relation: relation))
            expect(
                !book.moved.contains(.init(id, .setQuota, own, quota))
                    && !book.moved.contains(.init(id, .lowerQuota, quota, own)), "M4",
                "\(province): request \(id) is refused, and moved money", about: id)
        case .settleReserve:
            clients.settlements[.init(province, id), default: .init()].released = true
        default: break
        }
    }

    private func expectNoDeposit(
        _ id: Identifier, _ wallet: WalletID, _ book: AuditedBook, _ province: ProvinceCode
    ) {
        expect(
            !book.moved.contains(.init(id, .deposit, .fund, .personal(wallet))),
            "M4", "\(province): request \(id) is refused, and moved money", about: id)
    }

    // MARK: The table

    private func isPossible(
        _ status: Status, for command: ServiceRequest.Command, _ id: Identifier,
        _ step: AuditedStep, _ book: AuditedBook
    ) -> Bool {
        // In a store that was found there is no order of answers.
        guard step.nodeTime != nil else { return true }
        switch command {
        case .settleReserve(let order):
            return isPossible(status, forReserve: order, id, step, book)
        case .settleCommit(let transaction, let final):
            return isPossible(status, forCommit: transaction, final, step, book)
        case .settleCancel(let transaction):
            let known = clients.settlements[.init(step.province, transaction)]
            switch status {
            case .transactionUnknown: return isUnknown(transaction, step, book)
            case .inProgress: return known?.asked.contains(.commit) == true
            case .alreadySettled:
                let row = book.coordinations[transaction]
                return known?.settled != nil || known?.asked.contains(.reverse) == true
                    || row.map { isUnderLiar($0) && $0.date != nil } == true
            case .alreadyReversed: return known?.reversed == true || wasUndone(transaction, book)
            default: return true
            }
        case .settleReverse(let transaction):
            let known = clients.settlements[.init(step.province, transaction)]
            switch status {
            case .transactionUnknown: return isUnknown(transaction, step, book)
            case .notSettled: return known?.settled == nil
            case .inProgress: return known?.asked.contains(.reverse) == true
            case .alreadyReversed: return known?.reversed == true || wasUndone(transaction, book)
            default: return true
            }
        case .deposit(let wallet, let amount):
            switch status {
            case .amountNotPositive: return amount <= 0
            case .amountTooLarge: return amount > Fen.limit.value || isNearlyFull(wallet, book)
            case .walletUnknown:
                return !book.persons.contains(wallet) || step.persons.contains(wallet)
            default: return true
            }
        case .openAccount(let order):
            switch status {
            case .walletExists:
                return order.sealedIdentity != nil || book.persons.contains(order.wallet)
            case .amountNotPositive: return order.balance < 0
            default: return true
            }
        case .setQuota(let relation, _):
            switch status {
            case .relationUnknown:
                return book.relations[relation] == nil
                    || step.relations.contains { $0.id == relation && $0.before == nil }
            case .relationEnded: return book.relations[relation]?.phase.isAlive == false
            default: return true
            }
        default: return true
        }
    }

    private func isPossible(
        _ status: Status, forReserve order: ServiceRequest.SettlementOrder, _ id: Identifier,
        _ step: AuditedStep, _ book: AuditedBook
    ) -> Bool {
        let row = book.coordinations[id]
        switch status {
        case .amountNotPositive: return order.amount <= 0
        case .amountTooLarge: return order.amount > Fen.limit.value
        case .premiumInPart: return order.category?.isPremium == true
        case .premiumNotCovered: return order.category?.isPremium == true
        case .reservationCancelled:
            let asked = clients.settlements[.init(step.province, id)]?.asked ?? []
            return asked.contains(.cancel) || isWithLiar(row)
        // A clock may be set in between, or the wallet's new certificate not have come to a payer.
        case .reservationExpired, .alreadyDecided, .permissionMissing: return row?.plan != nil
        case .participantTimeout: return row != nil
        default: return true
        }
    }

    private func isPossible(
        _ status: Status, forCommit transaction: Identifier, _ final: Int64,
        _ step: AuditedStep, _ book: AuditedBook
    ) -> Bool {
        let known = clients.settlements[.init(step.province, transaction)]
        let row = book.coordinations[transaction]
        // Why the reservation was given up.
        if let row, row.state == .releasing || row.state == .released,
            row.reason?.status == status
        {
            return true
        }
        switch status {
        case .amountNotPositive: return final <= 0
        case .amountTooLarge: return final > Fen.limit.value
        case .transactionUnknown: return isUnknown(transaction, step, book)
        case .notReservedYet: return known?.reserved == nil
        case .finalAboveReserved: return final > known?.reserved?.sum ?? 0
        case .premiumInPart:
            return row?.order.category.isPremium == true && final != row?.order.amount.value
        case .alreadySettled:
            return known?.settled != nil || row.map { isUnderLiar($0) && $0.date != nil } == true
        case .alreadyReversed: return known?.reversed == true || wasUndone(transaction, book)
        case .inProgress:
            return known?.asked.contains(.reverse) == true || known?.asked.contains(.commit) == true
        case .votesMissing where row.map(isUnderLiar) == true: return true
        case .votesMissing: return (row?.plan?.plan.participants.count ?? 0) > 1
        default: return false
        }
    }

    private func isUnknown(
        _ transaction: Identifier, _ step: AuditedStep, _ book: AuditedBook
    ) -> Bool {
        book.coordinations[transaction] == nil
            || step.coordinations.contains { $0.id == transaction && $0.before == nil }
    }

    private func wasUndone(_ transaction: Identifier, _ book: AuditedBook) -> Bool {
        book.coordinations[transaction]?.state == .reversed
    }

    private func isWithLiar(_ row: Coordination?) -> Bool {
        row?.plan?.plan.participants.contains { books[$0] == nil } ?? false
    }

    private func isNearlyFull(_ wallet: WalletID, _ book: AuditedBook) -> Bool {
        book.balances[.personal(wallet), default: 0] > .max / 2
    }
}
