import Domain
import RuleFiles
import RuleSets

/// One rule set in words.
struct RuleSetPage {
    let loaded: LoadedRuleSet
    let on: BusinessDate

    private var set: RuleSet { loaded.set }

    var text: String {
        let head = """
            \(set.name): \(set.title)
            source   \(loaded.source)
            file     \(loaded.file)
            regions  \(set.regions.map(\.description).joined(separator: ", "))
            from     \(set.from)\(set.until.map { " until \($0)" } ?? ", until further notice")
            on \(on): \(set.standing(on: on))
            """
        var asked = TextTable("step", "what people are asked for")
        for (step, documents) in self.asked {
            let lines = documents.map { "\($0.document.sentence) (\(words(of: $0.rules)))" }
            asked.add(step, lines.first ?? "nothing")
            for more in lines.dropFirst() { asked.add("", more) }
        }
        return ([head] + set.rules.map(text) + [asked.text(), settings]).joined(separator: "\n\n")
    }

    var json: JSON {
        loaded.head(on: on).merging([
            "on": .describing(on),
            "rules": .array(
                set.rules.map { rule in
                    let word = CheckForm.word(of: rule.check)
                    return [
                        "id": .describing(rule.id), "line": line(of: rule),
                        "check": .text(word),
                        "meaning": .optional(CheckForm.named(word)?.meaning),
                        "parameters": .object(rule.check.parameters.map(\.member)),
                        "note": .optional(rule.check.note(on: on)),
                    ]
                }),
            "asked_for": .object(
                self.asked.map { step, documents in
                    JSON.Member(
                        key: step,
                        value: .array(
                            documents.map { asked in
                                [
                                    "document": .text(asked.document.word),
                                    "rules": .array(asked.rules.map { .describing($0) }),
                                ]
                            }))
                }),
            "own_account": .optional(set.ownAccount?.ruleWord),
            "draw_order": .text(set.drawOrder.word),
            "consent": set.consent.map {
                ["from_age": .int($0.fromAge), "within_days": .int($0.withinDays)]
            } ?? nil,
        ])
    }

    private func text(of rule: Rule) -> String {
        let word = CheckForm.word(of: rule.check)
        let place = loaded.lines[rule.id].map { "line \($0)" } ?? loaded.file
        let meaning = CheckForm.named(word).map { [$0.meaning] } ?? []
        let lines =
            meaning + rule.check.parameters.flatMap(\.lines)
            + [rule.check.note(on: on)].compactMap { $0 }
        return (["\(rule.id)  \(word), \(place)"] + lines.map { "    " + $0 })
            .joined(separator: "\n")
    }

    private func line(of rule: Rule) -> JSON { loaded.lines[rule.id].map { .int($0) } ?? nil }

    private var settings: String {
        let own =
            switch set.ownAccount {
            case .first: "used up before quota, in one settlement"
            case .onlyWhenEmpty: "quota pays only when it is empty or there is none"
            case nil: "the set does not say when it pays"
            }
        let names = set.rules.contains { if case .drawOrder = $0.check { true } else { false } }
        let consent =
            set.consent.map {
                "of recipients from \(counted($0.fromAge, "year")) of age on, within "
                    + counted($0.withinDays, "day")
            } ?? "nobody is asked"
        return """
            own account  \(own)
            draw order   \(set.drawOrder.word)\(names ? "" : " (no rule names one)")
            consent      \(consent)
            """
    }

    private struct Asked {
        let document: DocumentAsked
        let rules: [RuleID]
    }

    /// By step, each document with the rules that ask for it.
    private var asked: [(step: String, documents: [Asked])] {
        let all = set.documentsAsked
        let steps: [(String, (DocumentsAsked) -> [DocumentAsked])] = [
            ("binding", \.binding), ("quota", \.quota), ("use", \.use),
            ("withdrawal", \.withdrawal),
        ]
        return steps.map { step, documents in
            (
                step,
                documents(all).map { document in
                    Asked(
                        document: document,
                        rules: set.rules.filter {
                            documents(set.alone($0).documentsAsked).contains(document)
                        }.map(\.id))
                }
            )
        }
    }

    private func words(of rules: [RuleID]) -> String {
        rules.map(\.description).joined(separator: ", ")
    }
}

extension RuleSet {
    /// What one rule asks for is what a set of it alone asks for.
    fileprivate func alone(_ rule: Rule) -> RuleSet {
        RuleSet(
            name: name, title: title, regions: regions, from: from, until: until, rules: [rule])
    }
}

extension DocumentAsked {
    fileprivate var sentence: String {
        switch self {
        case .commitmentLetter: "a signed commitment letter"
        case .verification: "verification of the giver"
        case .consent: "the recipient's consent"
        case .kinshipProof: "proof of kinship"
        case .agentIdentity: "the identity of an agent, if one acts"
        case .credential: "the credential: electronic voucher or social-security card"
        case .proxyIdentities: "the identities of patient and proxy, if a proxy buys"
        case .cardNote: "the note on the card of a relative, if it is used"
        case .identityRecord:
            "an identity record of the user, at a pharmacy with the card of a relative"
        case .document: "the document of what was paid"
        case .cardAccount: "the account of the social-security card"
        case .resettlementRecord: "the filed record of the resettlement, with its day"
        }
    }
}
