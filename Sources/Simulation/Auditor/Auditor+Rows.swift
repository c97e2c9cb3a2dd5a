import Domain
import Ledger
import Settlement
import Wire

/// What each record may become by itself, and what it says that was moved.
extension Auditor {
    // MARK: Participations

    func check(
        _ change: AuditedChange<Participation>, _ book: AuditedBook, _ step: AuditedStep,
        _ moves: inout AuditedMoves
    ) {
        let province = step.province
        let id = change.id
        guard let after = change.after else {
            fail("M3", "\(province): participation \(id) is gone", about: id)
            return
        }
        let before = change.before
        if let before {
            expect(
                before.state.mayBecome(after.state), "M3",
                "\(province): \(id) was \(before.state.word) and is \(after.state.word)", about: id)
            expect(
                before.planDigest == after.planDigest && before.care == after.care
                    && before.primary == after.primary && before.held == after.held, "M4",
                "\(province): the plan or the hold of \(id) is another one", about: id)
        }
        book.participations[id] = after
        let wasTaken = before?.state.isTaken ?? false
        checkDates(of: after, before, step)
        guard let plan = after.plan?.plan else {
            expect(
                after.state == .released && after.held.isEmpty, "M3",
                "\(province): \(id) is \(after.state.word) without a plan", about: id)
            return
        }
        let own = plan.draws.enumerated().filter { $0.element.province == province }
        if after.held.isEmpty {
            // It had refused to hold.
            expect(
                after.state == .released, "M3",
                "\(province): \(id) is \(after.state.word) with nothing held", about: id)
            return
        }
        guard after.held.count == own.count,
            !after.state.isTaken || after.finals.count == plan.draws.count
        else {
            fail("M6", "\(province): \(id) has not one amount a draw", about: id)
            return
        }
        if before == nil { checkPermission(of: plan, step) }
        for (index, draw) in own.map(\.element).enumerated() {
            let held = after.held[index]
            let isWhole = plan.mode == .upTo || held == draw.limit
            expect(
                held <= draw.limit && isWhole, "M6",
                "\(province): \(id) holds \(held.value) fen where \(draw.limit.value) were asked for",
                about: id)
            let source = source(of: draw, plan)
            if before == nil { moves.expect(id, .reserve, .source(source), held.value) }
            let wasHeld = before.map { $0.state == .held } ?? true
            if after.state.isTaken, wasHeld {
                let final = after.finals[own[index].offset]
                expect(
                    final <= held, "M6",
                    "\(province): \(final.value) fen of \(id) are taken, and \(held.value) are held",
                    about: id)
                moves.expect(id, .commit, .source(source), final.value)
                moves.expect(id, .release, .source(source), held.value - final.value)
            }
            if after.state == .released, wasHeld {
                moves.expect(id, .release, .source(source), held.value)
            }
            if before == nil { checkUser(of: draw, plan, book, step) }
            countHolds(of: draw, before, after, book)
        }
        let final = after.isTaken ? after.finals(of: province) : 0
        if after.state == .reversed, before?.state != .reversed {
            moves.expect(id, .reversal, .whole, final)
        }
        let owedBefore = before?.state == .committed ? before?.finals(of: province) ?? 0 : 0
        book.owed[after.care, default: 0] += (after.state == .committed ? final : 0) - owedBefore
        if wasTaken {
            expect(
                before?.finals == after.finals, "M6",
                "\(province): the amounts of \(id) are others than when it was settled", about: id)
        }
        checkExpiry(of: after, before, step)
    }

    private func source(of draw: Draw, _ plan: Plan) -> Identifier {
        switch draw.source {
        case .quota(let relation): relation
        case .ownAccount: plan.wallet.value
        }
    }

    /// M5: only the recipient spends a quota, never its giver, and nobody what is over.
    private func checkUser(
        of draw: Draw, _ plan: Plan, _ book: AuditedBook, _ step: AuditedStep
    ) {
        guard case .quota(let id) = draw.source else { return }
        let province = step.province
        let relation = book.relations[id]
        // It may have ended behind the hold, in one round.
        let before = step.relations.first { $0.id == id }?.before ?? relation
        expect(
            before?.phase.isAlive == true || step.nodeTime == nil, "M5",
            "\(province): money of relation \(id) is held, which was "
                + "\(before?.phase.word ?? "unknown")", about: plan.transaction)
        expect(
            relation?.recipient == plan.wallet && relation?.giver != plan.wallet, "M5",
            "\(province): \(plan.wallet) draws on \(id), a quota for "
                + "\(relation?.recipient?.description ?? "nobody")", about: plan.transaction)
    }

    private func countHolds(
        of draw: Draw, _ before: Participation?, _ after: Participation, _ book: AuditedBook
    ) {
        guard case .quota(let relation) = draw.source else { return }
        let change = (after.state == .held ? 1 : 0) - (before?.state == .held ? 1 : 0)
        book.holds[relation, default: 0] += change
    }

    /// M7: the primary's own clock says the day.
    private func checkDates(
        of after: Participation, _ before: Participation?, _ step: AuditedStep
    ) {
        let (id, province) = (after.transaction, step.province)
        expect(
            after.state.isTaken == (after.date != nil)
                && (after.state == .reversed) == (after.reversalDate != nil), "M7",
            "\(province): \(id) is \(after.state.word), its days are "
                + "\(word(after.date)) and \(word(after.reversalDate))", about: id)
        if let before, before.state.isTaken {
            expect(
                before.date == after.date, "M7",
                "\(province): the day of \(id) was \(word(before.date)) and is \(word(after.date))",
                about: id)
        }
        if before?.state == .reversed {
            expect(
                before?.reversalDate == after.reversalDate, "M7",
                "\(province): the day on which \(id) was reversed was "
                    + "\(word(before?.reversalDate)) and is \(word(after.reversalDate))", about: id)
        }
        guard after.primary == province, let decided = after.decided else { return }
        let today = shanghaiDay(step.nodeTime ?? decided)
        if after.state == .committed, before?.state != .committed {
            expect(
                after.date == today, "M7",
                "\(province) settles \(id) with day \(word(after.date)) on \(today)", about: id)
        }
        if after.state == .reversed, before?.state != .reversed {
            // Not before the settlement, though the clock was set back.
            let day = max(today, after.date ?? today)
            expect(
                after.reversalDate == day, "M7",
                "\(province) reverses \(id) with day \(word(after.reversalDate)) on \(today)",
                about: id)
        }
    }

    /// The day in Asia/Shanghai: UTC+8, without daylight saving.
    private func shanghaiDay(_ instant: Instant) -> BusinessDate {
        let milliseconds = Double(instant.milliseconds + 8 * 3_600_000)
        return BusinessDate(daysSince1970: Int32((milliseconds / 86_400_000).rounded(.down)))
    }

    func word(_ date: BusinessDate?) -> String { date?.description ?? "none" }

    /// A hold of the primary lasts as long as the plan says, and ends when its own clock says so and not
    /// before; one of another province never ends by itself.
    private func checkExpiry(
        of after: Participation, _ before: Participation?, _ step: AuditedStep
    ) {
        if after.primary == step.province, after.state == .held, before == nil,
            let plan = after.plan?.plan, let time = step.nodeTime
        {
            expect(
                after.expires == time.advanced(byMilliseconds: plan.holdMilliseconds), "expiry",
                "\(step.province): the hold of \(after.transaction) began at \(time) for "
                    + "\(plan.holdMilliseconds) milliseconds, and lasts until "
                    + "\(after.expires?.description ?? "the end of time")",
                about: after.transaction)
        }
        if after.primary == step.province, after.state == .committed, before?.state != .committed,
            let decided = after.decided, let expires = after.expires
        {
            expect(
                decided < expires, "expiry",
                "\(step.province): \(after.transaction) was settled at \(decided), its hold was to "
                    + "last until \(expires)", about: after.transaction)
        }
        guard after.primary == step.province, after.state == .released,
            before?.state != .released, after.reason?.status == .reservationExpired,
            let time = step.nodeTime ?? after.decided, let expires = after.expires
        else { return }
        expect(
            expires <= time, "expiry",
            "\(step.province): the hold of \(after.transaction) ended at \(time), it was to last "
                + "until \(expires)", about: after.transaction)
    }

    // MARK: Coordinations

    func check(
        _ change: AuditedChange<Coordination>, _ book: AuditedBook, _ step: AuditedStep,
        _ moves: inout AuditedMoves
    ) {
        let province = step.province
        let id = change.id
        guard let after = change.after else {
            fail("M3", "\(province): coordination \(id) is gone", about: id)
            return
        }
        let before = change.before
        if let before {
            let isLegal =
                before.state.mayBecome(after.state)
                && (before.date == nil || after.state != .released)
            expect(
                isLegal, "M3",
                "\(province): \(id) was \(before.state.word) and is \(after.state.word)", about: id)
            expect(
                before.order == after.order && (before.plan == nil || before.plan == after.plan),
                "M4", "\(province): the order or the plan of \(id) is another one", about: id)
            expect(
                before.date == nil || before.date == after.date, "M7",
                "\(province): the day of \(id) was \(word(before.date)) and is \(word(after.date))",
                about: id)
            expect(
                before.date == nil || before.finals == after.finals, "M6",
                "\(province): the amounts of \(id) are others than when it was settled", about: id)
        }
        book.coordinations[id] = after
        let isSettled =
            switch after.state {
            case .settled, .reversed: true
            case .reversing: after.date != nil
            case .askingWallet, .reserving, .reserved, .committing, .releasing, .released: false
            }
        expect(
            isSettled == (after.date != nil)
                && (after.state == .reversed) == (after.reversalDate != nil), "M7",
            "\(province): \(id) is \(after.state.word), its days are \(word(after.date)) and "
                + word(after.reversalDate), about: id)
        checkTimeout(of: after, before, step)
        guard let plan = after.plan?.plan, isSettled else { return }
        let isNew = before?.date == nil
        let isUndone = after.state == .reversed && before?.state != .reversed
        if isNew, after.commitRequest == nil {
            // The primary had refused the commit: no client is told, and the institution is owed all the same.
            expect(
                isUnderLiar(after), "M3",
                "\(province): \(id) is settled, and no commit is under way", about: id)
            book.earned[after.order.institution, default: 0] += after.finals.sum().value
        }
        for (draw, final) in zip(plan.draws, after.finals) {
            if isNew { moves.expect(id, .claim, .payer(draw.province), final.value) }
            if isUndone { moves.expect(id, .claimReversal, .payer(draw.province), final.value) }
            book.claimed[draw.province, default: 0] +=
                (isNew ? final.value : 0) - (isUndone ? final.value : 0)
        }
    }

    /// Whether the clock of `province` was set after `created`, by whichever clock that was.
    private func wasSetSince(_ created: Instant, at province: ProvinceCode) -> Bool {
        clocksSet[province].map {
            $0.milliseconds(since: created) > -2 * Limits.clockSkewMillisecondsMax
        } ?? false
    }

    /// Nobody is given up before the time that they have.
    private func checkTimeout(
        of after: Coordination, _ before: Coordination?, _ step: AuditedStep
    ) {
        guard after.reason?.status == .participantTimeout, before?.reason == nil,
            !wasSetSince(after.created, at: step.province), let time = step.nodeTime
        else { return }
        let waited = time.milliseconds(since: after.created)
        expect(
            waited >= Limits.voteWaitMilliseconds, "timeout",
            "\(step.province): \(after.transaction) was given up after \(waited) milliseconds",
            about: after.transaction)
    }

    // MARK: Relations and withdrawals

    func check(
        _ change: AuditedChange<Relation>, _ book: AuditedBook, _ province: ProvinceCode
    ) {
        let id = change.id
        guard let after = change.after else {
            fail("M5", "\(province): relation \(id) is gone", about: id)
            return
        }
        if let before = change.before {
            expect(
                before.phase.mayBecome(after.phase), "M5",
                "\(province): relation \(id) was \(before.phase.word) and is \(after.phase.word)",
                about: id)
            expect(
                before.giver == after.giver && before.recipientProvince == after.recipientProvince
                    && (before.recipient == nil || before.recipient == after.recipient), "M5",
                "\(province): relation \(id) is of other people than before", about: id)
        }
        expect(
            after.recipient != after.giver || !after.phase.isAlive || after.phase == .proposed,
            "M5", "\(province): \(after.giver) gives to themselves by \(id)", about: id)
        book.relations[id] = after
    }

    /// What must be so when the whole round is known.
    func checkRest(of id: Identifier, _ book: AuditedBook, _ province: ProvinceCode) {
        guard let relation = book.relations[id] else { return }
        let holds = book.holds[id, default: 0]
        expect(
            relation.openHolds == holds, "M5",
            "\(province) relation \(id): \(relation.openHolds) open holds, \(holds) transactions "
                + "hold money of it", about: id)
        let left = book.balances[.available(relation: id), default: 0]
        expect(
            relation.phase.isAlive || left == 0, "M5",
            "\(province) relation \(id): \(relation.phase.word) with \(left) fen left", about: id)
        expect(
            relation.phase != .ending || holds > 0, "M5",
            "\(province) relation \(id): ending, and nothing is held of it", about: id)
        expect(
            relation.phase != .ended || holds == 0, "M5",
            "\(province) relation \(id): ended, and \(holds) transactions hold money of it",
            about: id)
    }

    func check(
        _ change: AuditedChange<Withdrawal>, _ book: AuditedBook, _ province: ProvinceCode,
        _ moves: inout AuditedMoves
    ) {
        let id = change.id
        guard let after = change.after else {
            fail("M4", "\(province): withdrawal \(id) is gone", about: id)
            return
        }
        let before = change.before
        let amount = after.amount.value
        if let before {
            expect(
                before.state.mayBecome(after.state), "M4",
                "\(province): withdrawal \(id) was \(before.state.word) and is "
                    + after.state.word, about: id)
            expect(
                before.amount == after.amount && before.wallet == after.wallet, "M4",
                "\(province): withdrawal \(id) is of another amount or person", about: id)
            expect(
                before.payout == nil || before.payout == after.payout, "M4",
                "\(province): withdrawal \(id) is handed to the bank once more", about: id)
        } else {
            moves.expect(id, .reserve, .source(after.wallet.value), amount)
        }
        let was = before?.state
        if after.state.wasApproved, was?.wasApproved != true {
            moves.expect(id, .withdraw, .whole, amount)
        }
        if after.state == .returned, was != .returned {
            moves.expect(id, .payoutReturned, .whole, amount)
        }
        if after.state == .refused, was != .refused {
            moves.expect(id, .release, .source(after.wallet.value), amount)
        }
        book.paidOut += (after.state.isPaidOut ? amount : 0) - (was?.isPaidOut == true ? amount : 0)
        book.withdrawals[id] = after
        checkDocument(of: after, was, province)
    }

    /// M4: a document is paid for once, in all provinces.
    private func checkDocument(
        of withdrawal: Withdrawal, _ was: WithdrawalState?, _ province: ProvinceCode
    ) {
        guard let document = withdrawal.document else { return }
        let origin = document.userProvince
        if origins[document.digest, default: origin] != origin { misnamed.insert(document.digest) }
        origins[document.digest] = origins[document.digest] ?? origin
        let key = Document(digest: document.digest, origin: origin)
        let mine = PaidDocument(province: province, withdrawal: withdrawal.id)
        let other = paidDocuments[key]
        if withdrawal.state.isPaidOut {
            // What a province that lies remembers, nobody can rely on.
            if let other, other != mine, books[origin] != nil {
                fail(
                    "M4",
                    "document \(document.digest): paid by \(other.province) for "
                        + "\(other.withdrawal), and by \(province) for \(withdrawal.id)",
                    about: withdrawal.id)
            }
            paidDocuments[key] = mine
        } else if other == mine {
            paidDocuments[key] = nil
        }
    }
}

extension Participation {
    fileprivate var isTaken: Bool { state.isTaken }

    /// What was taken in `province`, in fen.
    func finals(of province: ProvinceCode) -> Int64 {
        guard let draws = plan?.plan.draws else { return 0 }
        return zip(draws, finals).reduce(0) { sum, part in
            sum + (part.0.province == province ? part.1.value : 0)
        }
    }
}
