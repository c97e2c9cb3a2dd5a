import Domain
import Ledger
import Settlement
import SwiftProtobuf
import Wire

/// What clients are told (M8): one answer a request for ever, and only what is so.
extension Auditor {
    // MARK: Durable answers

    /// Takes the row of a request.
    func take(
        _ answer: Answer?, of id: Identifier, _ book: AuditedBook, _ province: ProvinceCode
    ) {
        let before = book.answers[id]
        guard let answer else {
            fail("M8", "\(province): request \(id) is forgotten", about: id)
            return
        }
        if let before {
            expect(
                before.requestDigest == answer.requestDigest, "M8",
                "\(province): request \(id) is another one than before", about: id)
            expect(
                before.reply == nil || before.reply == answer.reply, "M8",
                "\(province): the answer of request \(id) is another one than before", about: id)
        }
        book.answers[id] = answer
        expect(
            clients.command(id, at: province, book) != nil, "M8",
            "\(province): request \(id) was never asked like that", about: id)
    }

    /// A request has got its one answer.
    func promise(_ id: Identifier, _ step: AuditedStep, _ book: AuditedBook) {
        let province = step.province
        guard let octets = book.answers[id]?.reply,
            let command = clients.command(id, at: province, book)
        else {
            fail("M8", "\(province): the answer of request \(id) is not durable", about: id)
            return
        }
        guard let reply = try? Gongji_V1_ServiceReply(serializedBytes: octets),
            Identifier(reply.id) == id, let body = reply.body
        else {
            fail("M8", "\(province): the answer of request \(id) is none", about: id)
            return
        }
        if case .refused(let refused) = body {
            judgeRefusal(refused.status, of: command, id, step, book)
            return
        }
        let fits: Bool =
            switch (command, body) {
            case (.openAccount(let order), .account):
                promiseDeposit(id, order.wallet, order.balance, book, province)
            case (.deposit(let wallet, let amount), .account):
                promiseDeposit(id, wallet, amount, book, province)
            case (.setQuota(let relation, let available), .relation(let state)):
                promiseQuota(relation, available, state, province)
            case (.withdraw(let order), .withdrawal(let view)):
                view.amountFen == order.amount && book.withdrawals[id]?.wallet == order.wallet
            case (.settleReserve(let order), .reservation(let reservation)):
                promise(reservation, of: order, id, province)
            case (.settleCommit(let transaction, let final), .settlement(let settlement)):
                settlement.outcome == .committed
                    && promise(settlement, of: transaction, final, book, province)
            case (.settleCancel(let transaction), .settlement(let settlement)):
                settlement.outcome == .released
                    && promiseRelease(of: transaction, settlement, province)
            case (.settleReverse(let transaction), .settlement(let settlement)):
                settlement.outcome == .reversed
                    && promiseReversal(settlement, id, of: transaction, book, province)
            case (.changeInsurance, .account), (.recordViolation, .account),
                (.setCardAccount, .account), (.confirmCardAccount, .account),
                (.reviewWithdrawal, .withdrawal),
                (.returnPayout, .withdrawal), (.exportPayouts, .payout),
                (.createRelation, .relation), (.supplyProof, .relation), (.consent, .wallet),
                (.endRelation, .relation), (.leaveFamily, .family),
                (.resolveInDoubt, .transaction), (.resumeLink, .linkOrdered):
                true
            default: false
            }
        expect(
            fits, "M8",
            "\(province): request \(id) (\(command.name)) has an answer that does not fit it",
            about: id)
    }

    private func promiseDeposit(
        _ id: Identifier, _ wallet: WalletID, _ fen: Int64, _ book: AuditedBook,
        _ province: ProvinceCode
    ) -> Bool {
        book.persons.insert(wallet)
        clients.deposited[.init(province, wallet.value), default: 0] += fen
        return fen == 0
            || book.moved.contains(AuditedBook.Movement(id, .deposit, .fund, .personal(wallet)))
    }

    private func promiseQuota(
        _ relation: Identifier, _ available: Int64, _ state: Gongji_V1_RelationState,
        _ province: ProvinceCode
    ) -> Bool {
        clients.quotas[.init(province, relation), default: 0] += available
        return state.availableFen == available && Identifier(state.relation) == relation
    }

    // MARK: Settlements

    private func promise(
        _ reservation: Gongji_V1_Reservation, of order: ServiceRequest.SettlementOrder,
        _ id: Identifier, _ province: ProvinceCode
    ) -> Bool {
        let shares = AuditedClients.shares(reservation.draws)
        let sum = shares.sum
        expect(
            sum == reservation.reservedFen && sum > 0
                && (order.mode == .exact ? sum == order.amount : sum <= order.amount), "M6",
            "\(province): \(reservation.reservedFen) fen in draws of \(sum) are told to be reserved for "
                + "\(id), of \(order.amount)", about: id)
        let plan = books[province]?.coordinations[id]?.plan
        for payer in Set(shares.map(\.province)).sorted() {
            guard let part = books[payer]?.participations[id], part.planDigest == plan?.digest
            else {
                expect(
                    books[payer] == nil, "M8",
                    "\(id): \(province) tells of a reservation at \(payer), which holds nothing",
                    about: id)
                continue
            }
            let told = shares.filter { $0.province == payer }.sum
            expect(
                part.held.sum().value == told, "M6",
                "\(id): \(told) fen are told to be reserved at \(payer), which holds "
                    + "\(part.held.sum().value)", about: id)
        }
        if let primary = plan?.plan.primary,
            let expires = books[primary]?.participations[id]?.expires
        {
            expect(
                reservation.expiresMs <= expires.milliseconds, "expiry",
                "\(id): \(province) says that the hold lasts until \(reservation.expiresMs), at "
                    + "\(primary) it ends at \(expires.milliseconds)", about: id)
        }
        clients.settlements[.init(province, id), default: .init()].reserved = shares
        return Identifier(reservation.transaction) == id
    }

    private func promise(
        _ settlement: Gongji_V1_Settlement, of transaction: Identifier, _ final: Int64,
        _ book: AuditedBook, _ province: ProvinceCode
    ) -> Bool {
        let shares = AuditedClients.shares(settlement.draws)
        var known = clients.settlements[.init(province, transaction)] ?? .init()
        expect(
            known.settled == nil, "M4", "\(province): \(transaction) is told to be settled twice",
            about: transaction)
        expect(
            !known.released, "M8",
            "\(province): \(transaction) is told to be settled after it was told to be released",
            about: transaction)
        let isWithin =
            known.reserved.map { reserved in
                reserved.count == shares.count
                    && zip(shares, reserved).allSatisfy {
                        $0.province == $1.province && $0.relation == $1.relation && $0.fen <= $1.fen
                    }
            } ?? false
        expect(
            isWithin && shares.sum == final && settlement.finalFen == final, "M6",
            "\(province): \(settlement.finalFen) fen in draws of \(shares.sum) are told to be settled "
                + "for \(transaction), asked for \(final), reserved "
                + "\(known.reserved?.sum ?? 0)", about: transaction)
        checkSettled(settlement, transaction, book, province)
        known.settled = shares
        clients.settlements[.init(province, transaction)] = known
        spend(shares, of: transaction, book, 1)
        return Identifier(settlement.transaction) == transaction
    }

    /// What is told is durable at whoever decided.
    private func checkSettled(
        _ settlement: Gongji_V1_Settlement, _ transaction: Identifier, _ book: AuditedBook,
        _ province: ProvinceCode
    ) {
        let row = book.coordinations[transaction]
        let date = BusinessDate(daysSince1970: settlement.businessDate)
        expect(
            row?.date != nil, "M8",
            "\(province): \(transaction) is told to be settled, and its record does not say so",
            about: transaction)
        guard let plan = row?.plan, let primary = books[plan.plan.primary] else { return }
        let decided = primary.participations[transaction]
        expect(
            decided?.state.isTaken == true && decided?.planDigest == plan.digest
                && settlement.primary == plan.plan.primary.number, "M8",
            "\(transaction) is told to be settled at \(province), it is "
                + "\(decided?.state.word ?? "unknown") at its primary \(plan.plan.primary)",
            about: transaction)
        expect(
            decided?.date == date, "M7",
            "\(transaction) is told to be of \(date) at \(province), it is of "
                + "\(word(decided?.date)) at its primary \(plan.plan.primary)", about: transaction)
        let told = AuditedClients.shares(settlement.draws).map(\.fen)
        expect(
            decided?.finals.map(\.value) == told, "M6",
            "\(transaction): \(told.map(String.init).joined(separator: "+")) fen are told at "
                + "\(province), others are settled", about: transaction)
    }

    private func promiseRelease(
        of transaction: Identifier, _ settlement: Gongji_V1_Settlement, _ province: ProvinceCode
    ) -> Bool {
        expect(
            clients.settlements[.init(province, transaction)]?.settled == nil, "M8",
            "\(province): \(transaction) is told to be released after it was told to be settled",
            about: transaction)
        clients.settlements[.init(province, transaction), default: .init()].released = true
        return Identifier(settlement.transaction) == transaction
    }

    private func promiseReversal(
        _ settlement: Gongji_V1_Settlement, _ id: Identifier, of transaction: Identifier,
        _ book: AuditedBook, _ province: ProvinceCode
    ) -> Bool {
        // A primary that lies may have settled what it had refused to: no client was told.
        if let row = book.coordinations[transaction], isUnderLiar(row), row.commitRequest == nil {
            book.earned[row.order.institution, default: 0] -= row.finals.sum().value
            return row.state == .reversed && Identifier(settlement.reversal) == id
        }
        guard var known = clients.settlements[.init(province, transaction)],
            let settled = known.settled, !known.reversed
        else {
            fail(
                "M8",
                "\(province): \(transaction) is told to be reversed, it was not told to be settled "
                    + "or was reversed before", about: transaction)
            return true
        }
        expect(
            AuditedClients.shares(settlement.draws) == settled
                && settlement.finalFen == settled.sum, "M6",
            "\(province): \(settlement.finalFen) fen are told to be reversed of \(transaction), "
                + "\(settled.sum) were settled", about: transaction)
        checkSettled(settlement, transaction, book, province)
        let row = book.coordinations[transaction]
        expect(
            row?.state == .reversed
                && row?.reversalDate?.daysSince1970 == settlement.reversalDate, "M8",
            "\(province): \(transaction) is told to be reversed, and its record does not say so",
            about: transaction)
        known.reversed = true
        clients.settlements[.init(province, transaction)] = known
        spend(settled, of: transaction, book, -1)
        return Identifier(settlement.transaction) == transaction
            && Identifier(settlement.reversal) == id
    }

    func isUnderLiar(_ row: Coordination) -> Bool {
        row.plan.map { books[$0.plan.primary] == nil } ?? false
    }

    private func spend(
        _ shares: [AuditedClients.Share], of transaction: Identifier, _ book: AuditedBook,
        _ sign: Int64
    ) {
        guard let row = book.coordinations[transaction] else { return }
        let order = row.order
        book.earned[order.institution, default: 0] += sign * shares.sum
        // Under a primary that lies each payer has what it was told: its own record says how much.
        if isUnderLiar(row) { return }
        for share in shares {
            let source = AuditedClients.Request(
                share.province, share.relation ?? order.wallet.value)
            let spent = clients.spent[source, default: 0] + sign * share.fen
            clients.spent[source] = spent
            // Who gives in a province that lies tells nobody how much.
            guard let relation = share.relation, books[share.province] != nil else { continue }
            let given = clients.quotas[source, default: 0]
            // What is being reversed may have been given back, though no client was told yet.
            expect(
                spent <= given || spent <= given + clients.underReversal(source), "M5",
                "relation \(relation) of \(share.province): \(spent) fen are settled, at most "
                    + "\(given) were ever given", about: transaction)
        }
    }

    // MARK: Replies

    /// What a client hears is what is durable, or one of the refusals that are not kept.
    func heard(
        _ reply: Gongji_V1_ServiceReply, _ octets: Bytes, at province: ProvinceCode,
        _ book: AuditedBook
    ) {
        guard let id = Identifier(reply.id), let body = reply.body else {
            fail("M8", "\(province) sends a reply that is none")
            return
        }
        if let kept = book.answers[id]?.reply, kept == octets { return }
        if id == .zero { return }
        // What is out of form is no request, though it may have an id.
        if case .refused(let refused) = body, refused.status == Status.malformed.rawValue { return }
        guard clients.contentsCount(id, at: province) > 0 else {
            fail("M8", "\(province) answers \(id), which nobody asked", about: id)
            return
        }
        switch body {
        case .pending: return
        case .refused(let refused):
            switch Status(rawValue: refused.status) {
            case .notPermitted, .nodeStopped, .overloaded, .storageLow: return
            case .idReused:
                expect(
                    clients.contentsCount(id, at: province) > 1, "M8",
                    "\(province) says that \(id) was used for something else, it was not", about: id
                )
                return
            default: break
            }
        default: break
        }
        if clients.asksQuestion(id, at: province) { return }
        if case .refused(let refused) = body, let status = Status(rawValue: refused.status),
            clients.commands(id, at: province).contains(where: {
                AuditedRefusals.isUnkept(status, of: $0)
            })
        {
            return
        }
        expect(
            book.answers[id]?.reply != nil, "M8",
            "\(province) says of request \(id) what is not durable", about: id)
        fail("M8", "\(province) says of request \(id) something else than before", about: id)
    }
}

extension AuditedClients {
    static func shares(_ draws: [Gongji_V1_FinalDraw]) -> [Share] {
        draws.compactMap { draw in
            guard let province = ProvinceCode(draw.province) else { return nil }
            return Share(
                province: province, relation: Identifier(draw.relation), fen: draw.amountFen)
        }
    }
}

extension [AuditedClients.Share] {
    var sum: Int64 { reduce(0) { $0 + $1.fen } }
}
