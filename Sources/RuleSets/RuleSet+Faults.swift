import Domain

extension RuleSet {
    package static let rulesMax = 200

    /// Empty for a set that can be used. First those of the head, then in the order of the rules, then
    /// what is missing. Of a set with too many rules no rule is looked at.
    package var faults: [RuleSetFault] {
        var faults = headFaults.map { RuleSetFault(rule: nil, allowed: $0) }
        guard rules.count <= RuleSet.rulesMax else { return faults }
        for (index, rule) in rules.enumerated() {
            let earlier = rules[..<index]
            let found =
                rule.check.faults + repetitions(of: rule, after: earlier)
                + contradictions(of: rule.check)
            faults += found.map { RuleSetFault(rule: index, allowed: $0) }
        }
        return faults + silenceFaults
    }

    private var headFaults: [String] {
        var faults: [String] = []
        if regions.isEmpty { faults.append("a set is for one region or more") }
        if Set(regions).count < regions.count { faults.append("each region stands once") }
        if let until, until < from { faults.append("until is the day of from or a later one") }
        if rules.count > RuleSet.rulesMax {
            faults.append("a set has at most \(RuleSet.rulesMax) rules")
        }
        return faults
    }

    /// What stands for the second time, and may not.
    private func repetitions(of rule: Rule, after earlier: ArraySlice<Rule>) -> [String] {
        var faults: [String] = []
        if earlier.contains(where: { $0.id == rule.id }) {
            faults.append("an id stands once in a set; a second rule has one of its own")
        }
        if let kind = rule.check.kindThatStandsOnce,
            earlier.contains(where: { $0.check.kindThatStandsOnce == kind })
        {
            faults.append("one rule of a set says \(kind)")
        }
        if case .places(let places) = rule.check {
            let before = Set(earlier.flatMap { $0.check.placedCategories })
            if places.contains(where: { before.contains($0.category) }) {
                faults.append("one rule of a set says where a category is paid")
            }
        }
        return faults
    }

    /// What the rest of the set does not let this check mean.
    private func contradictions(of check: Check) -> [String] {
        switch check {
        case .drawOrder(.balanceDescending):
            let provinces = Set(regions.map(\.province))
            guard provinces.count != 1 || provinces.contains(.national) else { return [] }
            return ["the order by balance is for sets within one province"]
        case .relativesCard(let card):
            guard let until = card.until, until < from else { return [] }
            return ["the card of a relative serves until a day on which the set is in force"]
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .commitment,
            .channels, .joined, .giversOfRecipient, .oneWay, .giverNotSuspended, .verification,
            .consent, .familyGroup, .noViolation, .kinshipProof, .agentIdentity,
            .endsWithInsurance, .sharable, .quotaLimits, .notPassedOn, .ownAccount,
            .drawOrder(.oldestGrantFirst), .drawOrder(.giverPriority), .categories, .neverFor,
            .burdenOnly, .premiumInFull, .designated, .places, .visits, .apartFromPooling,
            .nothingPooled, .familySchemeOnly, .ownCredential, .withdrawalReasons, .document,
            .issuerElsewhere, .wholeBalanceOnce, .resettlementRecord, .review,
            .withdrawalCommitment, .payoutBanks:
            return []
        }
    }

    /// Rules about uses or withdrawals of which the set allows none.
    private var silenceFaults: [RuleSetFault] {
        var faults: [RuleSetFault] = []
        func missing(after index: Int?, _ allowed: String) {
            if let index { faults.append(RuleSetFault(rule: index, allowed: allowed)) }
        }
        if !silences.namesCategories {
            missing(
                after: rules.firstIndex { $0.check.steps == .use },
                "a set with a rule on uses also says which categories are paid")
        }
        if !silences.hasOwnCredential && !silences.hasRelativesCard {
            missing(
                after: rules.firstIndex { !$0.check.allowedCategories.isEmpty },
                "a set with categories also says whose credential or card counts")
        }
        if !silences.namesWithdrawalReasons {
            missing(
                after: rules.firstIndex { $0.check.steps == .withdrawal },
                "a set with a rule on withdrawals also says for which reasons")
        }
        return faults
    }
}
