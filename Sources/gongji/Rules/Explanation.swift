import Domain
import RuleFiles
import RuleSets

/// What the rule sets of a folder say to a request, and why that set was asked.
struct Explanation {
    let request: ExplainRequest
    /// Nil: no set governs it, so that it is refused.
    let loaded: LoadedRuleSet?
    let verdict: Verdict?
    /// Why ``loaded`` was asked, or why none was.
    let why: String

    /// Throws ``CommandFailure`` if the request names a set that is not there.
    init(_ request: ExplainRequest, folder: RuleFolder, path: String) throws {
        self.request = request
        switch request.place {
        case .ruleSet(let name):
            let loaded = try folder.named(name, in: path)
            self.loaded = loaded
            let standing = loaded.set.standing(on: request.date)
            why = "the request names it; on \(request.date) it is \(standing)"
        case .places(let places):
            let set = folder.book.set(for: places, on: request.date)
            loaded = set.flatMap { folder.loaded($0.name) }
            why = Self.reason(for: set, places, request.date)
        }
        verdict = loaded?.set.verdict(on: request.question)
    }

    private static func reason(
        for set: RuleSet?, _ places: [RegionCode], _ date: BusinessDate
    ) -> String {
        guard let first = places.first else { return "no places" }
        let region = places.dropFirst().reduce(first) { $0.enclosing($1) }
        let names = places.map(\.description).joined(separator: ", ")
        let without: [RegionCode]
        var text: String
        if let set, let chosen = region.path.first(where: set.regions.contains) {
            text = "\(chosen) is the smallest region with a set on \(date) that holds \(names)"
            without = Array(region.path.prefix { $0 != chosen })
        } else {
            text = "no region that holds \(names) has a set on \(date)"
            without = []
        }
        if !without.isEmpty {
            text += "; none for \(without.map(\.description).joined(separator: ", "))"
        }
        return text
    }

    /// Nil: allowed.
    var refusal: RefusalReason? {
        // What no set governs is refused everywhere with this status.
        guard let verdict else { return RefusalReason(.provinceNotJoined) }
        return verdict.refusal
    }

    // MARK: For people

    var text: String {
        var lines = [
            "asked     \(request.question.kind.rawValue) on \(request.date)",
            "rule set  \(loaded.map { "\($0.set.name): \($0.set.title)" } ?? "none")",
            "because   \(why)",
        ]
        if let loaded, let verdict {
            var table = TextTable("rule", "check", "said", "compared", "limit")
            for (rule, finding) in zip(loaded.set.rules, verdict.findings) {
                table.add(
                    finding.rule.description, CheckForm.word(of: rule.check),
                    said(by: finding), finding.compared.withYuan, finding.limit.withYuan)
            }
            lines += ["", table.text(), ""]
        }
        lines += waits.map { "then it waits for \($0)" }
        return (lines + [outcome]).joined(separator: "\n")
    }

    private func said(by finding: Finding) -> String {
        switch finding.said {
        case .holds: "holds"
        case .notAsked: "not asked"
        case .refuses(let status):
            "refuses \(status.rawValue) \(status.word)" + (decides(finding) ? ", decides" : "")
        }
    }

    private func decides(_ finding: Finding) -> Bool {
        refusal?.grounds.map { $0.rule == finding.rule } ?? false
    }

    private var outcome: String {
        guard let refusal else { return "allowed" }
        let head = "refused: \(refusal.status.rawValue) \(refusal.status.word)"
        guard let grounds = refusal.grounds else {
            return head
                + (loaded == nil ? ": no rule set governs it" : ": no rule of the set speaks of it")
        }
        return "\(head), \(grounds.sentence)"
    }

    /// What an allowed relation still needs before it is active.
    private var waits: [String] {
        guard refusal == nil, let set = loaded?.set, case .binding(let question) = request.question
        else { return [] }
        var waits: [String] = []
        if set.asksForKinshipProof && !question.hasKinshipProof { waits.append("kinship proof") }
        if let consent = set.consent, set.needsConsent(age: question.recipient.age) {
            waits.append(
                "the recipient's consent, for \(counted(consent.withinDays, "day")) at most")
        }
        return waits
    }

    // MARK: For programs

    var json: JSON {
        let grounds = refusal?.grounds
        return [
            "outcome": refusal == nil ? "allowed" : "refused",
            "status": refusal.map { .int(Int64($0.status.rawValue)) } ?? nil,
            "word": .optional(refusal?.status.word),
            "sentence": .optional(refusal?.status.sentence),
            "rule": .optional(grounds?.rule.description), "compared": .optional(grounds?.compared),
            "limit": .optional(grounds?.limit), "waits_for": .array(waits.map { .text($0) }),
            "ask": .text(request.question.kind.rawValue), "date": .describing(request.date),
            "places": .array(places.map { .describing($0) }),
            "rule_set": loaded?.head(on: request.date) ?? nil, "because": .text(why),
            "findings": .array(findings),
        ]
    }

    /// None if the request names a set.
    private var places: [RegionCode] {
        switch request.place {
        case .places(let places): places
        case .ruleSet: []
        }
    }

    private var findings: [JSON] {
        guard let loaded, let verdict else { return [] }
        return zip(loaded.set.rules, verdict.findings).map { rule, finding in
            var status: Status?
            if case .refuses(let refused) = finding.said { status = refused }
            return [
                "rule": .describing(finding.rule),
                "line": loaded.lines[finding.rule].map { .int($0) } ?? nil,
                "check": .text(CheckForm.word(of: rule.check)),
                "said": .text(finding.said.word),
                "status": status.map { .int(Int64($0.rawValue)) } ?? nil,
                "word": .optional(status?.word), "compared": .text(finding.compared),
                "limit": .text(finding.limit), "decides": .bool(decides(finding)),
            ]
        }
    }
}

extension Finding.Said {
    fileprivate var word: String {
        switch self {
        case .holds: "holds"
        case .refuses: "refuses"
        case .notAsked: "not_asked"
        }
    }
}

extension RuleSet {
    fileprivate func verdict(on question: ExplainRequest.Question) -> Verdict {
        switch question {
        case .binding(let question): verdict(on: question)
        case .quota(let question): verdict(on: question)
        case .use(let question): verdict(on: question)
        case .withdrawal(let question): verdict(on: question)
        }
    }
}
