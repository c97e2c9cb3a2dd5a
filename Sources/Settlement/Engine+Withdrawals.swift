import Domain
import Ledger
import RuleSets
import Wire

/// Withdrawals (支取): out of a personal account to the person's own card
/// (`protocol/states.md`, Withdrawal).
extension Engine {
    mutating func withdraw(
        _ order: ServiceRequest.WithdrawalOrder, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard let reason = order.reason else {
            return .refused(.form("reason", "a reason of withdrawal"))
        }
        let wanted: Fen
        switch amount(order.amount) {
        case .success(let fen): wanted = fen
        case .failure(let status): return .refused(status)
        }
        guard let person = rows.persons[order.wallet] else { return .refused(.walletUnknown) }
        var document: Withdrawal.Document?
        if let shown = order.document {
            guard let userProvince = shown.userProvince,
                environment.provinces.contains(userProvince)
            else { return .refused(.unknownProvince) }
            switch amount(shown.amount) {
            case .failure(let status): return .refused(status)
            case .success(let fen):
                document = Withdrawal.Document(
                    digest: shown.digest, amount: fen, user: shown.user,
                    userProvince: userProvince)
            }
        }
        guard let set = environment.rules.set(for: [person.region], on: today) else {
            return .refused(Engine.noRules)
        }
        if let reason = issuerRefusal(order, set) { return .refused(reason) }
        // Known here too, whoever it is said to be for: a paper names one person.
        if let document, rows.documents[document.digest] != nil {
            return .refused(
                RefusalReason(.documentUsed, documentGrounds(.documentUsed, set, reason)))
        }
        // Rule W6: what was out in quotas when the balance was paid out was part of it.
        let isRest = reason == .resettlement && person.isResettled && person.resettledRest > 0
        let account = rows.books.balance(.personal(order.wallet))
        let question = WithdrawalQuestion(
            date: today, reason: reason, amount: wanted,
            balance: clamped(isRest ? min(account, person.resettledRest) : account),
            documentAmount: document?.amount, issuer: order.document.map(issuer),
            userKinship: order.userKinship,
            isForAnother: document.map { $0.user != order.wallet } ?? false,
            resettlementFiled: order.resettlement?.filed, violation: person.hasViolation(on: today),
            paidBefore: reason == .resettlement && person.isResettled && !isRest,
            hasCommitment: order.commitmentDigest != nil,
            handler: caller.principal.person, reviewer: nil,
            agentIdentified: order.byAgent ? order.agentIdentity != nil : nil,
            bank: person.cardAccount?.bank, hasCardAccount: person.cardAccount != nil)
        if let refusal = set.verdict(on: question).refusal { return .refused(refusal) }
        if reason == .resettlement, isHeld(ofQuotasOf: order.wallet) {
            return .refused(.inProgress)
        }
        // The money is set aside before anyone is asked: it cannot go twice.
        guard
            post([
                Posting(
                    cause: id, step: .reserve, debit: .personal(order.wallet),
                    credit: .held(transaction: id, source: order.wallet.value), amount: wanted)
            ])
        else { return .refused(.insufficientBalance) }
        // rule W6: once, so not while one is under way either.
        if isRest {
            rows.persons[order.wallet]?.resettledRest -= wanted.value
        } else if reason == .resettlement {
            let out = quotasOut(of: order.wallet)
            rows.persons[order.wallet]?.isResettled = true
            rows.persons[order.wallet]?.resettledRest = out
        }
        let withdrawal = Withdrawal(
            id: id, wallet: order.wallet, amount: wanted, reason: reason, document: document,
            userKinship: order.userKinship, commitmentDigest: order.commitmentDigest,
            agentIdentity: order.agentIdentity, resettlement: order.resettlement,
            handler: caller.principal.person,
            needsReview: set.reviewed.contains(reason), isRest: isRest,
            cardAccount: person.cardAccount.map(cardDigest), reviewer: "", state: .claiming,
            refusal: nil, bankReason: "", payout: nil, created: now)
        if let document {
            rows.withdrawals[id] = withdrawal
            rows.documents[document.digest] = DocumentUse(
                withdrawal: id, payer: province, at: now)
            send(
                .documentClaim(
                    DocumentClaim(
                        withdrawal: id, wallet: document.user, document: document.digest)),
                to: document.userProvince)
            return .waits
        }
        return .done(.withdrawal(ServiceReply.WithdrawalView(proceed(withdrawal))))
    }

    /// Where the issuer of a document is, as far as this province can tell (rule W4): by its own register,
    /// or by the region in a code of another province.
    private func issuer(
        _ document: ServiceRequest.WithdrawalOrder.Document
    ) -> WithdrawalQuestion.Issuer {
        if case .coded(let entry) = environment.register.issuer(document.issuer, on: today) {
            return .registered(entry.region, entry.kind)
        }
        let code = InstitutionCode(CanonicalText.folded(document.issuer))
        guard let region = code?.region, region.province != province else { return .unregistered }
        return .elsewhere(region)
    }

    /// Rules W1 W4: an issuer that the register has under a code is not named: the paper would have
    /// another digest, and serve once more. The grounds tell the code.
    private func issuerRefusal(
        _ order: ServiceRequest.WithdrawalOrder, _ set: RuleSet
    ) -> RefusalReason? {
        guard let document = order.document,
            case .named(let code) = environment.register.issuer(document.issuer, on: today)
        else { return nil }
        let named = "the name of an issuer"
        let grounds =
            set.grounds(compared: named, limit: "its code \(code)") {
                if case .document(let reasons) = $0 {
                    order.reason.map(reasons.contains) == true
                } else {
                    false
                }
            }
            ?? set.grounds(compared: named, limit: "its code \(code)") {
                if case .withdrawalReasons = $0 { true } else { false }
            }
        return RefusalReason(.issuerHasCode, grounds)
    }

    /// Once any document is this withdrawal's: to the reviewer, or on to the bank.
    private mutating func proceed(_ before: Withdrawal) -> Withdrawal {
        guard before.needsReview else { return approve(before) }
        var withdrawal = before
        withdrawal.state = .awaitingReview
        rows.withdrawals[withdrawal.id] = withdrawal
        return withdrawal
    }

    private mutating func approve(_ before: Withdrawal) -> Withdrawal {
        var withdrawal = before
        withdrawal.state = .approved
        move(
            withdrawal, .withdraw,
            from: .held(transaction: withdrawal.id, source: withdrawal.wallet.value),
            to: .payout)
        rows.withdrawals[withdrawal.id] = withdrawal
        return withdrawal
    }

    private mutating func refuse(_ before: Withdrawal, _ reason: RefusalReason) -> Withdrawal {
        var withdrawal = before
        withdrawal.state = .refused
        withdrawal.refusal = reason
        move(
            withdrawal, .release,
            from: .held(transaction: withdrawal.id, source: withdrawal.wallet.value),
            to: .personal(withdrawal.wallet))
        undoResettlement(withdrawal)
        rows.withdrawals[withdrawal.id] = withdrawal
        return withdrawal
    }

    /// Moves what the books must have, as the withdrawal's state says.
    private mutating func move(
        _ withdrawal: Withdrawal, _ step: PostingStep, from: Account, to: Account
    ) {
        let posting = Posting(
            cause: withdrawal.id, step: step, debit: from, credit: to, amount: withdrawal.amount)
        precondition(post([posting]), "money of a withdrawal is not there: \(withdrawal.id)")
    }

    /// What a giver has set aside in quotas and nobody holds.
    private func quotasOut(of giver: WalletID) -> Int64 {
        (rows.given[giver] ?? []).map { rows.books.balance(.available(relation: $0)) }
            .reduce(0, +)
    }

    /// Rule W6: what is held of a quota goes to whom it is held for, or comes back: until then nobody
    /// knows what the whole balance is.
    private func isHeld(ofQuotasOf giver: WalletID) -> Bool {
        (rows.given[giver] ?? []).contains { (rows.relations[$0]?.openHolds ?? 0) > 0 }
    }

    /// Rule W6: no money left for it, so it can be asked for once more.
    private mutating func undoResettlement(_ withdrawal: Withdrawal) {
        guard withdrawal.reason == .resettlement else { return }
        if withdrawal.isRest {
            rows.persons[withdrawal.wallet]?.resettledRest += withdrawal.amount.value
        } else {
            rows.persons[withdrawal.wallet]?.isResettled = false
            rows.persons[withdrawal.wallet]?.resettledRest = 0
        }
    }

    // MARK: Documents (rules W1, W4)

    mutating func take(_ claim: DocumentClaim, from payer: ProvinceCode) {
        let status: Status?
        let use = rows.documents[claim.document]
        if rows.persons[claim.wallet].map({ $0.standing == .moved }) ?? true {
            // Elsewhere someone remembers; here a document could be used once more. And who names nobody
            // of this province does not hear what was used here.
            status = .recipientUnknown
        } else if let use, use.withdrawal != claim.withdrawal || use.payer != payer {
            status = .documentUsed
        } else {
            rows.documents[claim.document] = DocumentUse(
                withdrawal: claim.withdrawal, payer: payer, at: now)
            status = nil
        }
        send(
            .documentAnswer(
                DocumentAnswer(
                    withdrawal: claim.withdrawal, document: claim.document, status: status)),
            to: payer)
    }

    /// The document did not serve after all: only whoever claimed it can say so.
    mutating func take(_ release: DocumentRelease, from payer: ProvinceCode) {
        guard let use = rows.documents[release.document],
            use.withdrawal == release.withdrawal, use.payer == payer
        else {
            reject(.documentRelease(release), payer, "not_claimed_by_this_withdrawal")
            return
        }
        rows.documents[release.document] = nil
    }

    /// Says where the document of a withdrawal is remembered that no money left for it.
    private mutating func giveBackDocument(of withdrawal: Withdrawal) {
        guard let document = withdrawal.document else { return }
        if document.userProvince != province { forget(document, of: withdrawal) }
        send(
            .documentRelease(
                DocumentRelease(withdrawal: withdrawal.id, document: document.digest)),
            to: document.userProvince)
    }

    mutating func take(_ answer: DocumentAnswer, from: ProvinceCode) {
        guard let withdrawal = rows.withdrawals[answer.withdrawal],
            let document = withdrawal.document, document.userProvince == from,
            document.digest == answer.document
        else {
            reject(.documentAnswer(answer), from, "not_asked")
            return
        }
        guard withdrawal.state == .claiming else { return }
        guard let status = answer.status else {
            let after = proceed(withdrawal)
            complete(after.id, .withdrawal(ServiceReply.WithdrawalView(after)))
            return
        }
        let grounds = documentGrounds(status, ruleSet(of: withdrawal), withdrawal.reason)
        let reason = RefusalReason(status, grounds)
        let after = refuse(withdrawal, reason)
        forget(document, of: withdrawal)
        complete(after.id, .refused(reason))
    }

    private func documentGrounds(
        _ status: Status, _ set: RuleSet?, _ reason: WithdrawalReason
    ) -> Grounds? {
        guard status != .askedTooOften else { return nil }
        return set?.grounds(
            compared: status == .documentUsed ? "used before" : "nobody of that wallet there",
            limit: status == .documentUsed ? "once" : "where its person is insured"
        ) { check in
            guard case .document(let reasons) = check else { return false }
            return reasons.contains(reason)
        }
    }

    /// What this province itself remembers of a document, if it is for just this withdrawal.
    private mutating func forget(_ document: Withdrawal.Document, of withdrawal: Withdrawal) {
        let use = rows.documents[document.digest]
        guard use?.withdrawal == withdrawal.id, use?.payer == province else { return }
        rows.documents[document.digest] = nil
    }

    // MARK: Two persons (rules W6, W10)

    mutating func reviewWithdrawal(
        _ id: Identifier, _ approved: Bool, _ caller: Caller
    ) -> CommandResult {
        guard var withdrawal = rows.withdrawals[id] else { return .refused(.withdrawalUnknown) }
        // Until the bank has it, what was approved can still be declined.
        let isTakenBack = withdrawal.state == .approved && !approved
        guard withdrawal.state == .awaitingReview || isTakenBack else {
            return .refused(.withdrawalNotOpen)
        }
        let reviewer = caller.principal.person
        if isTakenBack {
            withdrawal.reviewer = reviewer
            return .done(
                .withdrawal(ServiceReply.WithdrawalView(takeBack(withdrawal, "declined"))))
        }
        guard Principal.areTwo(reviewer, withdrawal.handler) else {
            let grounds = reviewGrounds(withdrawal, "one person")
            return .refused(RefusalReason(.reviewerIsHandler, grounds))
        }
        withdrawal.reviewer = reviewer
        let after =
            approved
            ? approve(withdrawal) : refuse(withdrawal, RefusalReason(.withdrawalDeclined))
        if !approved { giveBackDocument(of: after) }
        return .done(.withdrawal(ServiceReply.WithdrawalView(after)))
    }

    // MARK: The bank (rule W11)

    /// Hands all of `ids` over, or none. Nobody hands over what they have asked for themselves: money
    /// leaves by two persons, also where no rule asks for a review.
    mutating func exportPayouts(
        _ ids: [Identifier], id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard !ids.isEmpty, Set(ids).count == ids.count else {
            return .refused(.form("withdrawals", "one withdrawal or more, each once"))
        }
        var instructions: [ServiceReply.PayoutInstruction] = []
        for withdrawal in ids {
            guard let kept = rows.withdrawals[withdrawal] else {
                return .refused(.withdrawalUnknown)
            }
            guard kept.state == .approved else { return .refused(.withdrawalNotOpen) }
            if let reason = payoutRefusal(kept) { return .refused(reason) }
            guard let account = rows.persons[kept.wallet]?.cardAccount,
                kept.cardAccount == cardDigest(account)
            else {
                return .refused(
                    RefusalReason(
                        .cardAccountMissing, cardGrounds(kept, "the account it was asked for")))
            }
            guard environment.controls.mayPay(to: account, at: now) else {
                return .refused(
                    RefusalReason(
                        .cardAccountTooNew,
                        cardGrounds(kept, "an account that stands longer")
                            ?? formGrounds(kept, "an account that stands longer")))
            }
            // Whoever has set the account alone does not send money to it.
            guard
                account.confirmedBy != nil
                    || Principal.areTwo(caller.principal.person, account.setBy)
            else { return .refused(.secondPersonMissing) }
            guard Principal.areTwo(caller.principal.person, kept.handler) else {
                return .refused(
                    RefusalReason(
                        .secondPersonMissing,
                        reviewGrounds(kept, "withdrawal \(withdrawal)")
                            ?? formGrounds(kept, "two persons")))
            }
            instructions.append(
                ServiceReply.PayoutInstruction(
                    withdrawal: withdrawal, wallet: kept.wallet, bank: account.bank,
                    account: account.number, amount: kept.amount))
        }
        for withdrawal in ids {
            rows.withdrawals[withdrawal]?.state = .handedOver
            rows.withdrawals[withdrawal]?.payout = id
            rows.withdrawals[withdrawal]?.exporter = caller.principal.person
        }
        return .done(.payout(id, instructions))
    }

    /// Rules W7 W11: what has come to stand against a payment since it was approved. The grounds name
    /// the withdrawal, so that the others can be handed over without it.
    private func payoutRefusal(_ withdrawal: Withdrawal) -> RefusalReason? {
        guard let person = rows.persons[withdrawal.wallet],
            let set = ruleSet(of: withdrawal)
        else { return Engine.noRules }
        for rule in set.rules {
            let refused: (status: Status, limit: String)?
            switch rule.check {
            case .noViolation where person.hasViolation(on: today):
                refused = (.violationRecorded, "no violation")
            case .payoutBanks(let outlets):
                let isListed = outlets.contains { $0.bank == person.cardAccount?.bank }
                refused =
                    person.cardAccount == nil
                    ? (.cardAccountMissing, "a card account")
                    : isListed ? nil : (.bankNotListed, "a bank with an outlet")
            default: refused = nil
            }
            guard let refused else { continue }
            return RefusalReason(
                refused.status,
                Grounds(
                    rule: rule.id, compared: "withdrawal \(withdrawal.id)", limit: refused.limit))
        }
        return nil
    }

    private func cardDigest(_ account: Person.CardAccount) -> Digest {
        environment.sm3.digest(Bytes("\(account.bank) \(account.number)".utf8))
    }

    private func cardGrounds(_ withdrawal: Withdrawal, _ limit: String) -> Grounds? {
        ruleSet(of: withdrawal)?.grounds(
            compared: "withdrawal \(withdrawal.id)", limit: limit
        ) { check in if case .payoutBanks = check { true } else { false } }
    }

    /// Nil where no rule asks for a review.
    private func reviewGrounds(_ withdrawal: Withdrawal, _ compared: String) -> Grounds? {
        ruleSet(of: withdrawal)?.grounds(compared: compared, limit: "two persons") { check in
            if case .review = check { true } else { false }
        }
    }

    /// The rule that lets the money be withdrawn, for what no other rule asks for.
    private func formGrounds(_ withdrawal: Withdrawal, _ limit: String) -> Grounds? {
        ruleSet(of: withdrawal)?.grounds(
            compared: "withdrawal \(withdrawal.id)", limit: limit
        ) { check in if case .withdrawalReasons = check { true } else { false } }
    }

    private func ruleSet(of withdrawal: Withdrawal) -> RuleSet? {
        rows.persons[withdrawal.wallet].flatMap {
            environment.rules.set(for: [$0.region], on: today)
        }
    }

    mutating func returnPayout(
        _ withdrawal: Identifier, _ paid: Bool, _ reason: String, id: Identifier
    ) -> CommandResult {
        guard var kept = rows.withdrawals[withdrawal] else {
            return .refused(.withdrawalUnknown)
        }
        guard kept.state == .handedOver else {
            // The bank says the same again.
            let isSame = kept.state == (paid ? .paid : .returned)
            return isSame
                ? .done(.withdrawal(ServiceReply.WithdrawalView(kept)))
                : .refused(.withdrawalNotOpen)
        }
        guard paid else {
            return .done(.withdrawal(ServiceReply.WithdrawalView(takeBack(kept, reason))))
        }
        kept.state = .paid
        rows.withdrawals[withdrawal] = kept
        return .done(.withdrawal(ServiceReply.WithdrawalView(kept)))
    }

    /// What was approved goes back to its person: the bank could not pay, or nobody told it to.
    private mutating func takeBack(_ before: Withdrawal, _ reason: String) -> Withdrawal {
        var withdrawal = before
        withdrawal.state = .returned
        withdrawal.bankReason = reason
        move(withdrawal, .payoutReturned, from: .payout, to: .personal(withdrawal.wallet))
        undoResettlement(withdrawal)
        giveBackDocument(of: withdrawal)
        rows.withdrawals[withdrawal.id] = withdrawal
        return withdrawal
    }
}

extension ServiceReply.WithdrawalView {
    /// A withdrawal as clients see it.
    package init(_ withdrawal: Withdrawal) {
        self.init(
            withdrawal: withdrawal.id, wallet: withdrawal.wallet, amount: withdrawal.amount,
            reason: withdrawal.reason, state: withdrawal.state, handler: withdrawal.handler,
            reviewer: withdrawal.reviewer, exporter: withdrawal.exporter,
            refusal: withdrawal.refusal,
            bankReason: withdrawal.bankReason, payout: withdrawal.payout,
            created: withdrawal.created)
    }
}
