package import Domain

extension RuleSet {
    /// What each rule says to paying this from this source.
    package func verdict(on question: UseQuestion) -> Verdict {
        let judge = UseJudge(question, hasRelativesCard: silences.hasRelativesCard, explains: true)
        return verdict(by: judge, silence: silences.onUse(question))
    }

    /// Exactly `verdict(on: question).refusal`, but nothing is put into words unless something refuses.
    package func refusal(of question: UseQuestion) -> RefusalReason? {
        let judge = UseJudge(
            question, hasRelativesCard: silences.hasRelativesCard, explains: false)
        var decided: (status: Status, rule: Rule)?
        for rule in rulesOfUse {
            guard case .refuses(let status) = judge.judgement(of: rule.check).said else { continue }
            if let before = decided, before.status.rawValue <= status.rawValue { continue }
            decided = (status, rule)
        }
        let silence = silences.onUse(question)
        guard let (status, rule) = decided else { return silence.map { RefusalReason($0) } }
        if let silence, silence.rawValue < status.rawValue { return RefusalReason(silence) }
        let told = judge.explaining.judgement(of: rule.check)
        return RefusalReason(
            status, Grounds(rule: rule.id, compared: told.compared, limit: told.limit))
    }
}

struct UseJudge: Judging {
    let question: UseQuestion
    /// Then the card of a relative is judged as such.
    let hasRelativesCard: Bool
    let explains: Bool

    init(_ question: UseQuestion, hasRelativesCard: Bool, explains: Bool) {
        self.question = question
        self.hasRelativesCard = hasRelativesCard
        self.explains = explains
    }

    var explaining: UseJudge {
        UseJudge(question, hasRelativesCard: hasRelativesCard, explains: true)
    }

    func judgement(of check: Check) -> Judgement {
        switch check {
        case .kinship(let kinds): kinship(kinds)
        case .commitment: commitment
        case .verification(let methods, _): verification(methods)
        case .kinshipProof: kinshipProof
        case .giverNotSuspended: giverNotSuspended
        case .noViolation: noViolation
        case .categories(let categories): only(categories)
        case .neverFor(let categories): never(categories)
        case .burdenOnly: burdenOnly
        case .premiumInFull: premiumInFull
        case .designated: designated
        case .places(let places): self.places(places)
        case .visits(let visits): self.visits(visits)
        case .apartFromPooling: apartFromPooling
        case .nothingPooled: nothingPooled
        case .familySchemeOnly: familySchemeOnly
        case .ownCredential: ownCredential
        case .relativesCard(let card): relativesCard(card)
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .channels, .joined,
            .giversOfRecipient, .oneWay, .consent, .familyGroup, .agentIdentity,
            .endsWithInsurance, .sharable, .quotaLimits, .notPassedOn, .ownAccount, .drawOrder,
            .withdrawalReasons, .document, .issuerElsewhere, .wholeBalanceOnce,
            .resettlementRecord, .review, .withdrawalCommitment, .payoutBanks:
            .notAsked
        }
    }

    // MARK: From whom

    /// A relation that was made under other rules does not pay under these.
    private func kinship(_ kinds: [Kinship]) -> Judgement {
        guard case .quota(let kinship, _, _, _) = question.source else { return .notAsked }
        return hold(
            if: kinds.contains(kinship), else: .kinshipNotAllowed, kinship.word,
            limit: list(kinds.map(\.word)))
    }

    private var giverNotSuspended: Judgement {
        guard case .quota(_, let standing, _, _) = question.source else { return .notAsked }
        return hold(
            if: standing != .suspended, else: .giverSuspended, standing.word,
            limit: "not suspended")
    }

    private var noViolation: Judgement {
        guard case .quota(_, _, let violation, _) = question.source else { return .notAsked }
        return hold(
            if: !violation, else: .violationRecorded,
            violation ? "a violation on \(question.date)" : "no violation",
            limit: "no violation")
    }

    /// What the relation was made with has to do under the rules that are asked now, too (N6).
    private var shown: UseQuestion.Shown? {
        if case .quota(_, _, _, let shown) = question.source { shown } else { nil }
    }

    private var commitment: Judgement {
        guard let shown else { return .notAsked }
        return hold(
            if: shown.hasCommitment, else: .commitmentMissing,
            shown.hasCommitment ? "there" : "made without", limit: "commitment letter")
    }

    /// How long ago is of no matter now: the relation was made then.
    private func verification(_ methods: [VerificationMethod]) -> Judgement {
        guard let shown else { return .notAsked }
        return hold(
            if: shown.verification.map(methods.contains) ?? false, else: .verificationMissing,
            shown.verification?.word ?? "made without", limit: list(methods.map(\.word)))
    }

    private var kinshipProof: Judgement {
        guard let shown else { return .notAsked }
        return hold(
            if: shown.hasKinshipProof, else: .kinshipProofMissing,
            shown.hasKinshipProof ? "there" : "made without", limit: "kinship proof")
    }

    // MARK: For what

    private func only(_ categories: [Category]) -> Judgement {
        hold(
            if: categories.contains(question.category), else: .categoryNotAllowed,
            question.category.word, limit: list(categories.map(\.word)))
    }

    private func never(_ categories: [Category]) -> Judgement {
        hold(
            if: !categories.contains(question.category), else: .categoryNotAllowed,
            question.category.word, limit: "never " + list(categories.map(\.word)))
    }

    private var burdenOnly: Judgement {
        let bill = question.bill
        guard bill.isComplete else {
            return refuse(
                .billIncomplete, (bill.pooled + bill.burden + bill.selfPaid).inWords,
                limit: "total \(bill.total.inWords)")
        }
        return hold(
            if: question.amount <= bill.burden, else: .aboveBurden, question.amount.inWords,
            limit: "personal burden \(bill.burden.inWords)")
    }

    private var premiumInFull: Judgement {
        guard question.category.isPremium else { return .notAsked }
        if case .ownAccount = question.source {
            return refuse(.premiumInPart, "own account", limit: "quota alone")
        }
        guard question.exact else {
            return refuse(.premiumInPart, "any part", limit: "nothing less than all")
        }
        return hold(
            if: question.amount == question.bill.total, else: .premiumInPart,
            question.amount.inWords, limit: "total \(question.bill.total.inWords)")
    }

    private var apartFromPooling: Judgement {
        let bill = question.bill
        let words =
            bill.countsTowardsDeductible
            ? "counts towards a deductible"
            : bill.asksForPooling ? "asks for pooled reimbursement" : "apart"
        return hold(
            if: !bill.countsTowardsDeductible && !bill.asksForPooling, else: .notForPooling,
            words, limit: "apart from pooling")
    }

    private var nothingPooled: Judgement {
        let pooled = question.bill.pooled
        return hold(
            if: pooled == .zero, else: .notForPooling, "pooled part \(pooled.inWords)",
            limit: "no pooled part")
    }

    /// About care alone: what is bought or paid in is no visit.
    private func visits(_ visits: [VisitType]) -> Judgement {
        guard question.category == .medicalCare else { return .notAsked }
        let visit = question.bill.visit
        return hold(
            if: visit.map(visits.contains) ?? false, else: .visitNotAllowed,
            visit?.word ?? "not told", limit: list(visits.map(\.word)))
    }

    private var familySchemeOnly: Judgement {
        let pooled = question.bill.pooledScheme
        return hold(
            if: !pooled, else: .pooledScheme, pooled ? "pooled scheme" : "family scheme",
            limit: "family scheme")
    }

    // MARK: Where

    private var designated: Judgement {
        guard let designated = question.designated else { return .notAsked }
        return hold(
            if: designated, else: .institutionNotDesignated,
            (designated ? "" : "not ") + "in the register on \(question.date)",
            limit: "in the register")
    }

    private func places(_ places: [Check.Place]) -> Judgement {
        guard let place = places.first(where: { $0.category == question.category }) else {
            return .notAsked
        }
        return hold(
            if: place.kinds.contains(question.institutionKind), else: .institutionOfAnotherKind,
            question.institutionKind.word, limit: list(place.kinds.map(\.word)))
    }
}
