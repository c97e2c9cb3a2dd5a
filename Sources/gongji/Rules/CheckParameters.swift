import Domain
import RuleSets

/// A parameter of a check under its key, for people and for programs.
struct CheckParameter: Equatable {
    let key: String
    let value: Value

    init(_ key: String, _ value: Value) { (self.key, self.value) = (key, value) }

    indirect enum Value: Equatable {
        case words([String])
        case amount(Fen)
        case day(BusinessDate)
        /// Minutes since midnight.
        case clock(Int)
        case number(Int)
        case flag(Bool)
        case fields([CheckParameter])
        case rows([[CheckParameter]])
    }
}

extension CheckParameter {
    /// One line; of rows, one for each.
    var lines: [String] {
        guard case .rows(let rows) = value else { return ["\(key): \(value.text)"] }
        return ["\(key):"] + rows.map { "  " + CheckParameter.Value.fields($0).text }
    }

    var member: JSON.Member {
        if case .amount = value { return JSON.Member(key: key + "_fen", value: value.json) }
        return JSON.Member(key: key, value: value.json)
    }
}

extension CheckParameter.Value {
    fileprivate var text: String {
        switch self {
        case .words(let words): words.joined(separator: ", ")
        case .amount(let amount): "\(amount) yuan"
        case .day(let day): day.description
        case .clock(let minutes): clockText(minutes)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "yes" : "no"
        case .fields(let fields):
            fields.map { "\($0.key) \($0.value.text)" }.joined(separator: "; ")
        case .rows(let rows):
            rows.map { CheckParameter.Value.fields($0).text }.joined(separator: " | ")
        }
    }

    fileprivate var json: JSON {
        switch self {
        case .words(let words): .array(words.map { .text($0) })
        case .amount(let amount): .int(amount.value)
        case .day(let day): .describing(day)
        case .clock(let minutes): .text(clockText(minutes))
        case .number(let number): .int(number)
        case .flag(let flag): .bool(flag)
        case .fields(let fields): .object(fields.map(\.member))
        case .rows(let rows): .array(rows.map { .object($0.map(\.member)) })
        }
    }
}

private func clockText(_ minutes: Int) -> String {
    [minutes / 60, minutes % 60].map { ($0 < 10 ? "0" : "") + String($0) }.joined(separator: ":")
}

extension Check {
    /// Under the keys that a file has them under; what a file leaves out is left out.
    var parameters: [CheckParameter] {
        switch self {
        case .giverInsurance(let kinds), .recipientInsurance(let kinds):
            [CheckParameter("allow", .words(kinds.map(\.word)))]
        case .kinship(let kinds): [CheckParameter("allow", .words(kinds.map(\.word)))]
        case .channels(let channels): [CheckParameter("allow", .words(channels.map(\.word)))]
        case .joined(let entries): [CheckParameter("rows", .rows(Check.rows(of: entries)))]
        case .giversOfRecipient(let most): [CheckParameter("at_most", .number(most))]
        case .verification(let methods, let days):
            [
                CheckParameter("allow", .words(methods.map(\.word))),
                CheckParameter("within_days", .number(days)),
            ]
        case .consent(let age, let days, let methods):
            [
                CheckParameter("from_age", .number(age)),
                CheckParameter("within_days", .number(days)),
                CheckParameter("verified_by", .words(methods.map(\.word))),
            ]
        case .visits(let visits): [CheckParameter("allow", .words(visits.map(\.word)))]
        case .sharable(.carriedOver): [CheckParameter("carried_over", .flag(true))]
        case .sharable(.above(let thresholds)):
            [
                CheckParameter(
                    "above",
                    .rows(
                        thresholds.map {
                            [
                                CheckParameter("from", .day($0.from)),
                                CheckParameter("amount", .amount($0.amount)),
                            ]
                        }))
            ]
        case .quotaLimits(let limits): limits.parameters
        case .ownAccount(let use): [CheckParameter("use", .words([use.ruleWord]))]
        case .drawOrder(let order): [CheckParameter("order", .words([order.word]))]
        case .categories(let categories):
            [CheckParameter("allow", .words(categories.map(\.word)))]
        case .neverFor(let categories):
            [CheckParameter("refuse", .words(categories.map(\.word)))]
        case .places(let places):
            [
                CheckParameter(
                    "rows",
                    .rows(
                        places.map {
                            [
                                CheckParameter("category", .words([$0.category.word])),
                                CheckParameter("kinds", .words($0.kinds.map(\.word))),
                            ]
                        }))
            ]
        case .relativesCard(let card): card.parameters
        case .withdrawalReasons(let reasons):
            [CheckParameter("allow", .words(reasons.map(\.word)))]
        case .document(let reasons), .wholeBalanceOnce(let reasons), .review(let reasons),
            .issuerElsewhere(let reasons), .resettlementRecord(let reasons),
            .withdrawalCommitment(let reasons):
            [CheckParameter("reasons", .words(reasons.map(\.word)))]
        case .payoutBanks(let outlets):
            [
                CheckParameter(
                    "outlets",
                    .rows(
                        outlets.map {
                            [
                                CheckParameter("bank", .words([$0.bank])),
                                CheckParameter("name", .words([$0.name])),
                                CheckParameter("address", .words([$0.address])),
                                CheckParameter("phone", .words([$0.phone])),
                            ]
                        }))
            ]
        case .recipientInRegion, .commitment, .oneWay, .giverNotSuspended, .familyGroup,
            .noViolation, .kinshipProof, .agentIdentity, .endsWithInsurance, .notPassedOn,
            .burdenOnly, .premiumInFull, .designated, .apartFromPooling, .nothingPooled,
            .familySchemeOnly, .ownCredential:
            []
        }
    }

    /// What the check comes to on a day, where that is not plain from its parameters.
    func note(on day: BusinessDate) -> String? {
        switch self {
        case .sharable(.above(let thresholds)):
            let begun = thresholds.filter { $0.from <= day }
            guard let latest = begun.max(by: { $0.from < $1.from }) else {
                return "on \(day): no row has begun, so nothing may be shared"
            }
            return "on \(day): what is above \(latest.amount) yuan"
        case .joined(let entries):
            let count = entries.count { $0.since <= day }
            return "on \(day): \(counted(count, "region")) of \(entries.count)"
        case .relativesCard(let card):
            return card.until.map { "on \(day): \(day <= $0 ? "serves" : "serves no longer")" }
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .commitment,
            .channels, .giversOfRecipient, .oneWay, .giverNotSuspended, .verification, .consent,
            .familyGroup, .noViolation, .kinshipProof, .agentIdentity, .endsWithInsurance,
            .sharable(.carriedOver), .quotaLimits, .notPassedOn, .ownAccount, .drawOrder,
            .categories, .neverFor, .burdenOnly, .premiumInFull, .designated, .places, .visits,
            .apartFromPooling, .nothingPooled, .familySchemeOnly, .ownCredential,
            .withdrawalReasons, .document, .issuerElsewhere, .wholeBalanceOnce,
            .resettlementRecord, .review, .withdrawalCommitment, .payoutBanks:
            return nil
        }
    }

    /// Regions that follow each other with the same day and channels share a row, as in a file.
    private static func rows(of entries: [Joined]) -> [[CheckParameter]] {
        var rows: [(regions: [RegionCode], like: Joined)] = []
        for entry in entries {
            if let last = rows.last, last.like.since == entry.since,
                last.like.channels == entry.channels
            {
                rows[rows.count - 1].regions.append(entry.region)
            } else {
                rows.append(([entry.region], entry))
            }
        }
        return rows.map { row in
            [
                CheckParameter("regions", .words(row.regions.map(\.description))),
                CheckParameter("since", .day(row.like.since)),
                CheckParameter("channels", .words(row.like.channels.map(\.word))),
            ]
        }
    }
}

extension Check.OwnAccount {
    /// The word that a file has.
    var ruleWord: String {
        switch self {
        case .first: "first"
        case .onlyWhenEmpty: "only_when_empty"
        }
    }
}

extension Check.QuotaLimits {
    fileprivate var parameters: [CheckParameter] {
        var parameters: [CheckParameter] = []
        if let perDay { parameters.append(CheckParameter("per_day", .number(perDay))) }
        if let raiseAtMost {
            parameters.append(CheckParameter("raise_at_most", .amount(raiseAtMost)))
        }
        if let closed {
            parameters.append(
                CheckParameter(
                    "closed",
                    .fields([
                        CheckParameter("from", .clock(closed.from)),
                        CheckParameter("to", .clock(closed.to)),
                    ])))
        }
        return parameters
    }
}

extension Check.RelativesCard {
    fileprivate var parameters: [CheckParameter] {
        var parameters = [
            CheckParameter("kinships", .words(kinships.map(\.word))),
            CheckParameter("note", .flag(note)),
        ]
        if let until { parameters.append(CheckParameter("until", .day(until))) }
        if let pharmacyRecordFrom {
            parameters.append(
                CheckParameter("pharmacy_record_from", .amount(pharmacyRecordFrom)))
        }
        return parameters
    }
}
