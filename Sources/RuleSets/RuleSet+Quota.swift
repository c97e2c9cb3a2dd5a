import Domain

extension RuleSet {
    /// What each rule says to this change of a quota.
    package func verdict(on question: QuotaQuestion) -> Verdict {
        verdict(by: QuotaJudge(question: question), silence: nil)
    }
}

private struct QuotaJudge: Judging {
    let question: QuotaQuestion
    var explains: Bool { true }

    func judgement(of check: Check) -> Judgement {
        switch check {
        case .sharable(.above(let thresholds)): above(thresholds)
        case .sharable(.carriedOver): carriedOver
        case .quotaLimits(let limits): self.limits(limits)
        case .notPassedOn: notPassedOn
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .commitment,
            .channels, .joined, .giversOfRecipient, .oneWay, .giverNotSuspended, .verification,
            .consent, .familyGroup, .noViolation, .kinshipProof, .agentIdentity,
            .endsWithInsurance, .ownAccount, .drawOrder, .categories, .neverFor, .burdenOnly,
            .premiumInFull, .designated, .places, .visits, .apartFromPooling, .nothingPooled,
            .familySchemeOnly, .ownCredential, .relativesCard, .withdrawalReasons, .document,
            .issuerElsewhere, .wholeBalanceOnce, .resettlementRecord, .review,
            .withdrawalCommitment, .payoutBanks:
            .notAsked
        }
    }

    private var isRaise: Bool { question.raise > .zero }

    private func above(_ thresholds: [Check.Threshold]) -> Judgement {
        guard isRaise else { return .notAsked }
        let today = BusinessDate(at: question.now)
        let past = thresholds.filter { $0.from <= today }
        let left = "\(question.balance.value - question.raise.value) fen left"
        guard let threshold = past.max(by: { $0.from < $1.from }) else {
            return refuse(.notSharable, left, limit: "no threshold on \(today)")
        }
        return hold(
            if: question.raise + threshold.amount <= question.balance, else: .notSharable, left,
            limit: "\(threshold.amount.inWords) since \(threshold.from)")
    }

    private var carriedOver: Judgement {
        guard isRaise else { return .notAsked }
        return hold(
            if: question.raise <= question.carriedOver, else: .notSharable,
            question.raise.inWords, limit: "\(question.carriedOver.inWords) of past years")
    }

    /// The amount is about raises alone; the number a day and the closed hours about any change.
    private func limits(_ limits: Check.QuotaLimits) -> Judgement {
        if let most = limits.raiseAtMost, question.raise > most {
            return refuse(.quotaChangeTooLarge, question.raise.inWords, limit: most.inWords)
        }
        if let most = limits.perDay, question.changesToday >= most {
            return refuse(
                .quotaChangedTooOften, count(question.changesToday, "change") + " today",
                limit: "\(count(most, "change")) a day")
        }
        let minute = question.now.minuteOfDay
        if let closed = limits.closed, closed.contains(minute) {
            return refuse(
                .quotaClosedHours, clock(minute),
                limit: "closed \(clock(closed.from)) to \(clock(closed.to))")
        }
        let isAboutThis = limits.perDay != nil || limits.closed != nil || isRaise
        return isAboutThis ? hold(question.raise.inWords, limit: "within") : .notAsked
    }

    private var notPassedOn: Judgement {
        guard isRaise else { return .notAsked }
        return hold(
            if: question.received == .zero || question.raise <= question.balance,
            else: .quotaNotPassedOn, question.raise.inWords,
            limit: "\(question.balance.inWords) of the giver's own")
    }
}

extension Check.Closed {
    func contains(_ minute: Int) -> Bool {
        from <= to ? from <= minute && minute < to : from <= minute || minute < to
    }
}

extension Instant {
    /// Minutes since midnight in Asia/Shanghai.
    fileprivate var minuteOfDay: Int {
        let midnight = BusinessDate(at: self)
        let utc = Int64(midnight.daysSince1970) * 86_400_000 - 8 * 3_600_000
        return Int((milliseconds - utc) / 60_000)
    }
}

/// `06:00`.
private func clock(_ minute: Int) -> String {
    let (hours, minutes) = (minute / 60, minute % 60)
    return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
}
