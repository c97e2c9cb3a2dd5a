/// What a combination of rules cannot mean: found when a set is loaded, never while one is asked.
package struct RuleSetFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Index in ``RuleSet/rules``; nil: the head of the set.
    package let rule: Int?
    /// In words, what would be allowed.
    package let allowed: String

    package init(rule: Int?, allowed: String) {
        self.rule = rule
        self.allowed = allowed
    }

    package var description: String {
        rule.map { "rule number \($0 + 1): \(allowed)" } ?? allowed
    }
}
