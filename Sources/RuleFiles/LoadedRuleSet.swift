package import Domain
package import RuleSets

/// A rule set and where it came from, for display.
package struct LoadedRuleSet: Hashable, Sendable {
    package let set: RuleSet
    /// The name of the file, without its folder.
    package let file: String
    /// Who published the document, and when.
    package let source: String
    /// The file as it stands.
    package let text: String
    /// Where each rule begins.
    package let lines: [RuleID: Int]
}
