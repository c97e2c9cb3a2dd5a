import Domain

extension RuleSet {
    /// What each rule says to this withdrawal.
    package func verdict(on question: WithdrawalQuestion) -> Verdict {
        verdict(
            by: WithdrawalJudge(question: question, regions: regions),
            silence: silences.onWithdrawal)
    }
}

private struct WithdrawalJudge: Judging {
    let question: WithdrawalQuestion
    /// Of the set that is asked.
    let regions: [RegionCode]
    var explains: Bool { true }

    func judgement(of check: Check) -> Judgement {
        switch check {
        case .withdrawalReasons(let reasons): only(reasons)
        case .document(let reasons): document(reasons)
        case .kinship(let kinds): kinship(kinds)
        case .issuerElsewhere(let reasons): issuerElsewhere(reasons)
        case .wholeBalanceOnce(let reasons): wholeBalanceOnce(reasons)
        case .resettlementRecord(let reasons): resettlementRecord(reasons)
        case .review(let reasons): review(reasons)
        case .withdrawalCommitment(let reasons): commitment(reasons)
        case .payoutBanks(let outlets): payout(by: outlets)
        case .noViolation: noViolation
        case .agentIdentity: agentIdentity(question.agentIdentified)
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .commitment, .channels,
            .joined, .giversOfRecipient, .oneWay, .giverNotSuspended, .verification, .consent,
            .familyGroup, .kinshipProof, .endsWithInsurance, .sharable, .quotaLimits,
            .notPassedOn, .ownAccount, .drawOrder, .categories, .neverFor, .burdenOnly,
            .premiumInFull, .designated, .places, .visits, .apartFromPooling, .nothingPooled,
            .familySchemeOnly, .ownCredential, .relativesCard:
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

    /// Relatives are paid for (近亲属), and who withdraws.
    private func kinship(_ kinds: [Kinship]) -> Judgement {
        guard question.isForAnother || question.userKinship != nil else { return .notAsked }
        return hold(
            if: question.userKinship.map(kinds.contains) ?? false, else: .kinshipNotAllowed,
            question.userKinship?.word ?? "not told", limit: list(kinds.map(\.word)))
    }

    /// 异地定点医疗机构: in the set's own regions the card pays. Whether one of another province is
    /// designated there, only that province can tell.
    private func issuerElsewhere(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason), let issuer = question.issuer else {
            return .notAsked
        }
        let outside = "outside \(list(regions.map(\.description)))"
        switch issuer {
        case .registered(let place, let kind):
            guard !regions.contains(where: { $0.holds(place) }) else {
                return refuse(.issuerNotElsewhere, "in region \(place)", limit: outside)
            }
            return hold(
                if: kind == .medical, else: .institutionOfAnotherKind, kind.word,
                limit: InstitutionKind.medical.word)
        case .elsewhere(let place): return hold("in region \(place)", limit: outside)
        case .unregistered:
            return refuse(
                .institutionNotDesignated, "in no register", limit: "a designated institution")
        }
    }

    private func resettlementRecord(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason) else { return .notAsked }
        let limit = "a record filed by \(question.date)"
        guard let filed = question.resettlementFiled else {
            return refuse(.resettlementRecordMissing, "no record", limit: limit)
        }
        return hold(
            if: filed <= question.date, else: .resettlementRecordMissing, "filed \(filed)",
            limit: limit)
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
        guard let handler = question.handler, !CanonicalText.isBlank(handler) else {
            return refuse(.handlerMissing, "no handler", limit: "a handler and a reviewer")
        }
        guard let reviewer = question.reviewer else {
            return hold("not reviewed yet", limit: "a handler and a reviewer")
        }
        guard !CanonicalText.isBlank(reviewer) else {
            return refuse(.handlerMissing, "no reviewer", limit: "a handler and a reviewer")
        }
        return hold(
            if: StaffID(reviewer) != StaffID(handler), else: .reviewerIsHandler,
            StaffID(reviewer) == StaffID(handler) ? "one person" : "two persons",
            limit: "two persons")
    }

    private func commitment(_ reasons: [WithdrawalReason]) -> Judgement {
        guard reasons.contains(question.reason) else { return .notAsked }
        return hold(
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
