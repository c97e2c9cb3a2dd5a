import ArgumentParser
import Gateway
import RuleFiles

/// Which rule sets a command reads, or copies into a new cluster.
struct RulesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the rule sets. Without it that of the node, if one is named; else "
                + "deploy/rulesets, /etc/gongji/rulesets or /usr/share/gongji/rulesets, whichever "
                + "is there first.", valueName: "dir"))
    var rules: String?

    /// For `validate()` of a command that takes a node as well.
    func refuseBoth(_ node: NodeOptions) throws {
        if rules != nil && (node.node != nil || node.cluster != nil) {
            throw ValidationError("Give --rules or a node, not both.")
        }
    }

    /// From the root.
    func path(of node: NodeOptions? = nil) throws -> String {
        if let rules { return absolutePath(rules) }
        guard let node, node.isNamed else { return try RuleFolders.default() }
        let local = try node.folder()
        return local.resolve(local.configuration.rules)
    }

    /// Throws ``CommandFailure`` with everything that is wrong in the folder.
    func load(of node: NodeOptions? = nil) throws -> (path: String, folder: RuleFolder) {
        let path = try path(of: node)
        do { return (path, try RuleFolder.load(folder: path)) } catch {
            throw CommandFailure.failed(
                """
                the rule sets of \(path) have \(faultCount(error.faults)):
                \(error)
                """)
        }
    }

    /// The folder for a new cluster, from the root. Throws ``CommandFailure`` if no cluster can run
    /// with it.
    func folder() throws -> String {
        let (path, folder) = try load()
        guard !folder.sets.isEmpty else {
            throw CommandFailure.failed(
                "\(path) has no rule sets (*.yaml), and without any nothing is allowed. "
                    + "Name their folder with --rules DIR")
        }
        return path
    }
}
