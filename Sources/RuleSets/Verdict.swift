package import Domain

/// What one rule said to one question.
package struct Finding: Hashable, Sendable {
    package enum Said: Hashable, Sendable {
        case holds
        case refuses(Status)
        /// The rule is not about this, or another node can tell.
        case notAsked
    }

    package let rule: RuleID
    package let said: Said
    /// What was compared, and with what: short, with units, without personal data
    /// (``Grounds``). Empty where there is nothing to compare.
    package let compared: String
    package let limit: String

    package init(rule: RuleID, said: Said, compared: String = "", limit: String = "") {
        self.rule = rule
        self.said = said
        self.compared = compared
        self.limit = limit
    }
}

/// What a rule set says: every rule that was looked at, and which one decided.
package struct Verdict: Hashable, Sendable {
    /// The name of the rule set.
    package let set: String
    /// In the order of the file.
    package let findings: [Finding]
    /// Refused because no rule of the set speaks of it, so that none can be cited: what may be paid or
    /// withdrawn is a closed list. Nil: the set speaks.
    package let silence: Status?

    package init(set: String, findings: [Finding], silence: Status? = nil) {
        self.set = set
        self.findings = findings
        self.silence = silence
    }

    /// The refusal with the lowest status number, of several the first in the file; nil: allowed. One
    /// that cites a rule comes before a silence with the same number.
    package var refusal: RefusalReason? {
        var decided: (status: Status, finding: Finding)?
        for finding in findings {
            guard case .refuses(let status) = finding.said else { continue }
            if let before = decided, before.status.rawValue <= status.rawValue { continue }
            decided = (status, finding)
        }
        guard let (status, finding) = decided else { return silence.map { RefusalReason($0) } }
        if let silence, silence.rawValue < status.rawValue { return RefusalReason(silence) }
        return RefusalReason(
            status, Grounds(rule: finding.rule, compared: finding.compared, limit: finding.limit))
    }
}

extension RuleSet {
    /// Grounds for a refusal that is found outside of a verdict: they cite the first rule whose check
    /// `isMeant`. Nil if the set has none.
    package func grounds(
        compared: String, limit: String, citing isMeant: (Check) -> Bool
    ) -> Grounds? {
        rules.first { isMeant($0.check) }.map {
            Grounds(rule: $0.id, compared: compared, limit: limit)
        }
    }
}
