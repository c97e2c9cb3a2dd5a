import ArgumentParser
import RuleFiles

/// The rule sets that a new cluster copies.
struct RulesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the rule sets for a new cluster; without it deploy/rulesets here, or "
                + "rulesets in /etc/gongji or /usr/share/gongji.", valueName: "dir"))
    var rules: String?

    /// Absolute. Throws ``CommandFailure`` if there is none, and what is wrong with the sets in it.
    func folder() throws -> String {
        let path = try rules.map(absolutePath) ?? RuleFolders.default()
        let sets: [LoadedRuleSet]
        do { sets = try RuleFolder.load(folder: path).sets } catch {
            throw CommandFailure.failed(
                """
                no cluster can run with the rule sets of \(path):
                \(error)
                """)
        }
        guard !sets.isEmpty else {
            throw CommandFailure.failed(
                "\(path) has no rule sets (*.yaml), and without any nothing is allowed. "
                    + "Name their folder with --rules DIR")
        }
        return path
    }
}
