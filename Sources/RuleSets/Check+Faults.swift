import Domain

extension Check {
    /// What the check cannot mean by itself; in words, what would be allowed.
    var faults: [String] {
        switch self {
        case .giverInsurance(let kinds): needed(kinds, "kind of insurance")
        case .recipientInsurance(let kinds): needed(kinds, "kind of insurance")
        case .kinship(let kinds): needed(kinds, "kinship")
        case .channels(let channels): needed(channels, "channel")
        case .joined(let entries): Check.faults(of: entries)
        case .giversOfRecipient(let most): needed(most >= 1, "a recipient has at least one giver")
        case .verification(let methods, let days):
            needed(methods, "method of verification")
                + needed((1...365).contains(days), "a verification counts for 1 to 365 days")
        case .consent(let age, let days, let methods):
            needed((0...150).contains(age), "the age of consent is 0 to 150 years")
                + needed((1...365).contains(days), "consent is given within 1 to 365 days")
                + needed(methods, "method of verification")
        case .sharable(.above(let thresholds)): Check.faults(of: thresholds)
        case .quotaLimits(let limits): Check.faults(of: limits)
        case .categories(let categories): needed(categories, "category")
        case .neverFor(let categories): needed(categories, "category")
        case .places(let places): Check.faults(of: places)
        case .visits(let visits): needed(visits, "type of visit")
        case .relativesCard(let card): Check.faults(of: card)
        case .withdrawalReasons(let reasons): needed(reasons, "reason")
        case .document(let reasons): needed(reasons, "reason")
        case .issuerElsewhere(let reasons): needed(reasons, "reason")
        case .wholeBalanceOnce(let reasons): needed(reasons, "reason")
        case .resettlementRecord(let reasons): needed(reasons, "reason")
        case .withdrawalCommitment(let reasons): needed(reasons, "reason")
        case .review(let reasons): needed(reasons, "reason")
        case .payoutBanks(let outlets): Check.faults(of: outlets)
        case .recipientInRegion, .commitment, .oneWay, .giverNotSuspended, .familyGroup,
            .noViolation, .kinshipProof, .agentIdentity, .endsWithInsurance,
            .sharable(.carriedOver), .notPassedOn, .ownAccount, .drawOrder, .burdenOnly,
            .premiumInFull, .designated, .apartFromPooling, .nothingPooled, .familySchemeOnly,
            .ownCredential:
            []
        }
    }

    private static func faults(of entries: [Joined]) -> [String] {
        needed(entries, "region")
            + needed(Set(entries.map(\.region)).count == entries.count, "each region stands once")
            + needed(
                entries.allSatisfy { !$0.channels.isEmpty }, "each region has a channel or more")
    }

    private static func faults(of thresholds: [Threshold]) -> [String] {
        needed(thresholds, "threshold")
            + needed(
                zip(thresholds, thresholds.dropFirst()).allSatisfy { $0.from < $1.from },
                "each threshold is from a later day than the one before")
    }

    private static func faults(of limits: QuotaLimits) -> [String] {
        let minutes = limits.closed.map { [$0.from, $0.to] } ?? []
        return needed(
            limits.perDay != nil || limits.raiseAtMost != nil || limits.closed != nil,
            "one limit or more")
            + needed(limits.perDay.map { $0 >= 1 } ?? true, "one change a day or more")
            + needed(limits.raiseAtMost.map { $0 > .zero } ?? true, "a raise of 1 fen or more")
            + needed(
                minutes.allSatisfy((0..<1440).contains), "closed hours are from 00:00 to 23:59")
            + needed(
                limits.closed.map { $0.from != $0.to } ?? true,
                "closed hours begin and end at different times")
    }

    private static func faults(of places: [Place]) -> [String] {
        needed(places, "category")
            + needed(
                Set(places.map(\.category)).count == places.count, "each category stands once")
            + needed(
                places.allSatisfy { !$0.kinds.isEmpty },
                "each category has a kind of institution or more")
    }

    private static func faults(of card: RelativesCard) -> [String] {
        needed(card.kinships, "kinship")
    }

    private static func faults(of outlets: [Outlet]) -> [String] {
        needed(outlets, "outlet")
            + needed(
                outlets.allSatisfy { !$0.bank.isEmpty && $0.bank.utf8.allSatisfy(isCodeLetter) },
                "the code of a bank is of A-Z and 0-9")
    }

    private static func isCodeLetter(_ letter: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter)
    }
}

extension Check {
    /// What a second check of the kind would say differently, in words; nil where several add up, or
    /// say the same.
    var kindThatStandsOnce: String? {
        switch self {
        case .giverInsurance: "how a giver is insured"
        case .recipientInsurance: "how a recipient is insured"
        case .kinship: "which kinships there are"
        case .channels: "which channels there are"
        case .joined: "who takes part"
        case .giversOfRecipient: "how many givers a recipient has"
        case .verification: "how a giver is verified"
        case .consent: "who consents"
        case .sharable(.above): "above what may be shared"
        case .sharable(.carriedOver): "that what was carried over may be shared"
        case .quotaLimits: "how quotas change"
        case .ownAccount: "when the own account pays"
        case .drawOrder: "in which order quotas pay"
        case .categories: "what is paid"
        case .visits: "which care is paid"
        case .relativesCard: "when the card of a relative serves"
        case .withdrawalReasons: "for which reasons money is withdrawn"
        case .payoutBanks: "which banks pay out"
        case .recipientInRegion, .commitment, .oneWay, .giverNotSuspended, .familyGroup,
            .noViolation, .kinshipProof, .agentIdentity, .endsWithInsurance, .notPassedOn,
            .neverFor, .burdenOnly, .premiumInFull, .designated, .places, .apartFromPooling,
            .nothingPooled, .familySchemeOnly, .ownCredential, .document, .issuerElsewhere,
            .wholeBalanceOnce, .resettlementRecord, .review, .withdrawalCommitment:
            nil
        }
    }

    var allowedCategories: [Category] {
        if case .categories(let categories) = self { categories } else { [] }
    }

    var placedCategories: [Category] {
        if case .places(let places) = self { places.map(\.category) } else { [] }
    }
}

private func needed(_ holds: Bool, _ allowed: String) -> [String] { holds ? [] : [allowed] }

private func needed(_ list: [some Any], _ thing: String) -> [String] {
    needed(!list.isEmpty, "one \(thing) or more")
}
