import Domain

extension RuleSet {
    /// What each rule says to this withdrawal.
    package func verdict(on question: WithdrawalQuestion) -> Verdict {
        verdict(by: WithdrawalJudge(question: question), silence: silences.onWithdrawal)
    }
}

private struct WithdrawalJudge: Judging {
    let question: WithdrawalQuestion
    var explains: Bool { true }

    func judgement(of check: Check) -> Judgement {
        switch check {
        case .withdrawalReasons(let reasons): only(reasons)
        case .document(let reasons): document(reasons)
        case .wholeBalanceOnce(let reasons): wholeBalanceOnce(reasons)
        case .review(let reasons): review(reasons)
        case .withdrawalCommitment: commitment
        case .payoutBanks(let outlets): payout(by: outlets)
        case .noViolation: noViolation
        case .agentIdentity: agentIdentity(question.agentIdentified)
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .commitment,
            .channels, .joined, .giversOfRecipient, .oneWay, .giverNotSuspended, .verification,
            .consent, .familyGroup, .kinshipProof, .endsWithInsurance, .sharable, .quotaLimits,
            .notPassedOn, .ownAccount, .drawOrder, .categories, .neverFor, .burdenOnly,
            .premiumInFull, .designated, .places, .apartFromPooling, .familySchemeOnly,
            .ownCredential, .relativesCard:
            .notAsked
        }
    }

    private func only(_ reasons: [WithdrawalReason]) -> Judgement {
        hold(
            if: reasons.contains(question.reason), else: .withdrawalReasonNotAllowed,
            question.reason.word, limit: list(reasons.map(\.word)))
    }

    private func document(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason) else { return .notAsked }
        guard let amount = question.documentAmount else {
            return refuse(.documentMissing, "no document", limit: "a document")
        }
        return hold(
            if: question.amount == amount, else: .amountNotOfDocument, question.amount.inWords,
            limit: "\(amount.inWords) on the document")
    }

    private func wholeBalanceOnce(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason) else { return .notAsked }
        guard question.amount == question.balance else {
            return refuse(
                .notWholeBalance, question.amount.inWords,
                limit: "the whole \(question.balance.inWords)")
        }
        return hold(
            if: !question.paidBefore, else: .resettledBefore,
            question.paidBefore ? "paid before" : "not paid before", limit: "once")
    }

    private func review(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason) else { return .notAsked }
        guard let handler = question.handler, !handler.isEmpty else {
            return refuse(.handlerMissing, "no handler", limit: "a handler and a reviewer")
        }
        guard let reviewer = question.reviewer else {
            return hold("not reviewed yet", limit: "a handler and a reviewer")
        }
        return hold(
            if: StaffID(reviewer) != StaffID(handler), else: .reviewerIsHandler,
            StaffID(reviewer) == StaffID(handler) ? "one person" : "two persons",
            limit: "two persons")
    }

    private var commitment: Judgement {
        hold(
            if: question.hasCommitment, else: .commitmentMissing,
            question.hasCommitment ? "there" : "missing", limit: "signed commitment")
    }

    /// Without a card account there is no bank to look at.
    private func payout(by outlets: [Check.Outlet]) -> Judgement {
        guard question.hasCardAccount else {
            return refuse(.cardAccountMissing, "no card account", limit: "a card account")
        }
        return hold(
            if: outlets.contains { $0.bank == question.bank }, else: .bankNotListed,
            question.bank ?? "not told", limit: banks(of: outlets))
    }

    /// Each bank once, in the order of the outlets.
    private func banks(of outlets: [Check.Outlet]) -> String {
        var banks: [String] = []
        for outlet in outlets where !banks.contains(outlet.bank) { banks.append(outlet.bank) }
        return list(banks)
    }

    private var noViolation: Judgement {
        hold(
            if: !question.violation, else: .violationRecorded,
            question.violation ? "a violation on \(question.date)" : "no violation",
            limit: "no violation")
    }
}
