import Domain

extension RuleSet {
    /// What each rule says to binding this giver and this recipient.
    package func verdict(on question: BindingQuestion) -> Verdict {
        verdict(by: BindingJudge(question: question), silence: nil)
    }
}

private struct BindingJudge: Judging {
    let question: BindingQuestion
    var explains: Bool { true }

    func judgement(of check: Check) -> Judgement {
        switch check {
        case .giverInsurance(let kinds): giverInsurance(kinds)
        case .recipientInsurance(let kinds): recipientInsurance(kinds)
        case .recipientInRegion: recipientInRegion
        case .kinship(let kinds): kinship(kinds)
        case .commitment: commitment
        case .channels(let channels): self.channels(channels)
        case .joined(let entries): joined(entries)
        case .giversOfRecipient(let most): giversOfRecipient(atMost: most)
        case .oneWay: oneWay
        case .giverNotSuspended: giverNotSuspended
        case .verification(let methods, let days): verification(methods, withinDays: days)
        case .consent(let age, _, _): consent(fromAge: age)
        case .familyGroup: familyGroup
        case .noViolation: noViolation
        case .kinshipProof: kinshipProof
        case .agentIdentity: agentIdentity
        case .endsWithInsurance: endsWithInsurance
        case .sharable, .quotaLimits, .notPassedOn, .ownAccount, .drawOrder, .categories,
            .neverFor, .burdenOnly, .premiumInFull, .designated, .places, .visits,
            .apartFromPooling, .nothingPooled, .familySchemeOnly, .ownCredential, .relativesCard,
            .withdrawalReasons, .document, .issuerElsewhere, .wholeBalanceOnce,
            .resettlementRecord, .review, .withdrawalCommitment, .payoutBanks:
            .notAsked
        }
    }

    // MARK: Insurance

    private func giverInsurance(_ kinds: [Insurance]) -> Judgement {
        let insurance = question.giver.insurance
        return hold(
            if: kinds.contains(insurance), else: .giverNotEmployeeInsured, insurance.word,
            limit: list(kinds.map(\.word)))
    }

    private func recipientInsurance(_ kinds: [Insurance]) -> Judgement {
        let limit = list(kinds.map(\.word))
        guard let insurance = question.recipient.insurance else {
            return refuse(.recipientNotInsured, "not insured", limit: limit)
        }
        switch question.recipient.standing {
        case .ended, .moved:
            return refuse(
                .recipientNotInsured, "\(insurance.word), \(question.recipient.standing.word)",
                limit: limit)
        case .insured, .suspended:
            return hold(
                if: kinds.contains(insurance), else: .recipientNotInsured, insurance.word,
                limit: limit)
        }
    }

    /// Two counties of one city are one region.
    private var recipientInRegion: Judgement {
        let city = question.giver.region.prefecture ?? question.giver.region
        return hold(
            if: city.holds(question.recipient.region), else: .recipientNotInRegion,
            "region \(question.recipient.region)", limit: "region \(city)")
    }

    private var giverNotSuspended: Judgement {
        let standing = question.giver.standing
        return hold(
            if: standing != .suspended, else: .giverSuspended, standing.word,
            limit: "not suspended")
    }

    private var endsWithInsurance: Judgement {
        let standing = question.giver.standing
        return hold(
            if: standing != .ended && standing != .moved, else: .insuranceChanged,
            standing.word, limit: "neither ended nor moved")
    }

    // MARK: Taking part

    private func channels(_ channels: [Channel]) -> Judgement {
        hold(
            if: channels.contains(question.channel), else: .channelNotAllowed,
            question.channel.word, limit: list(channels.map(\.word)))
    }

    private func joined(_ entries: [Check.Joined]) -> Judgement {
        for region in [question.giver.region, question.recipient.region] {
            let entry = Check.entry(for: region, in: entries)
            guard let entry, entry.since <= question.date else {
                return refuse(
                    .provinceNotJoined, "region \(region) on \(question.date)",
                    limit: entry.map { "joined since \($0.since)" } ?? "not joined")
            }
        }
        let channels =
            Check.entry(for: question.giver.region, in: entries)?.channels ?? []
        return self.channels(channels)
    }

    // MARK: Others who are bound

    private func giversOfRecipient(atMost most: Int) -> Judgement {
        let givers = question.recipient.givers
        return hold(
            if: givers < most, else: .recipientHasGiver, count(givers, "giver") + " already",
            limit: "at most " + count(most, "giver"))
    }

    private var oneWay: Judgement {
        if question.recipient.givers > 0 {
            return refuse(
                .recipientHasGiver, count(question.recipient.givers, "giver") + " already",
                limit: "no giver")
        }
        if question.recipient.gives {
            return refuse(.recipientIsGiver, "the recipient gives", limit: "one way only")
        }
        return hold(
            if: !question.giver.receives, else: .giverIsRecipient,
            question.giver.receives ? "the giver receives" : "the giver receives nothing",
            limit: "one way only")
    }

    private var familyGroup: Judgement {
        let words =
            switch question.groups {
            case .open: "not in two groups"
            case .same: "the same group"
            case .different: "two groups"
            }
        return hold(
            if: question.groups != .different, else: .familyGroupOfAnother, words,
            limit: "one group")
    }

    private var noViolation: Judgement {
        let violation = question.giver.violation || question.recipient.violation
        return hold(
            if: !violation, else: .violationRecorded,
            violation ? "a violation on \(question.date)" : "no violation",
            limit: "no violation")
    }

    // MARK: What is shown

    private func kinship(_ kinds: [Kinship]) -> Judgement {
        hold(
            if: question.kinship.map(kinds.contains) ?? false, else: .kinshipNotAllowed,
            question.kinship?.word ?? "not told", limit: list(kinds.map(\.word)))
    }

    private var commitment: Judgement {
        hold(
            if: question.hasCommitment, else: .commitmentMissing,
            question.hasCommitment ? "there" : "missing", limit: "commitment letter")
    }

    private func verification(
        _ methods: [VerificationMethod], withinDays days: Int
    ) -> Judgement {
        // The lower status number first.
        if question.verification != nil, question.verifiedDaysAgo > days {
            return refuse(
                .verificationTooOld, "verified \(count(question.verifiedDaysAgo, "day")) ago",
                limit: "at most " + count(days, "day"))
        }
        return hold(
            if: question.verification.map(methods.contains) ?? false,
            else: .verificationMissing, question.verification?.word ?? "not verified",
            limit: list(methods.map(\.word)))
    }

    /// Never refuses: the relation waits for the consent.
    private func consent(fromAge age: Int) -> Judgement {
        hold(
            question.recipient.age.map { count($0, "year") } ?? "age not known",
            limit: count(age, "year"))
    }

    /// Never refuses: the relation waits for the proof.
    private var kinshipProof: Judgement {
        hold(question.hasKinshipProof ? "there" : "missing", limit: "kinship proof")
    }

    private var agentIdentity: Judgement { agentIdentity(question.agentIdentified) }
}

extension Judging {
    /// An agent who acts for a person, at binding and at a withdrawal; nil: there is none.
    func agentIdentity(_ identified: Bool?) -> Judgement {
        guard let identified else { return .notAsked }
        return hold(
            if: identified, else: .agentIdentityMissing, identified ? "there" : "missing",
            limit: "identity of the agent")
    }
}
