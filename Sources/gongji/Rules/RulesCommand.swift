import ArgumentParser
import Domain
import Foundation
import Gateway
import RuleFiles
import RuleSets

/// `gongji rules`: what is allowed, where and when, and why something was refused.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List, show and check rule sets; explain what they say to a request.",
        discussion: """
            Rule sets are files (docs/rulesets.md). They are read where they lie; no node is asked.

            Example: gongji rules list --rules deploy/rulesets
            """,
        subcommands: [List.self, Show.self, CheckRules.self, ExplainRules.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the rule sets: where and when each holds.",
            discussion: """
                With --region only those that can govern something in the region, and which of them \
                does on the day.

                Example: gongji rules list --rules deploy/rulesets --region 370300 --on 2026-11-23
                """)

        @OptionGroup var rules: RulesOptions
        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("The day; today if left out.", valueName: "day"))
        var on: DayArgument?
        @Option(help: ArgumentHelp("A region, six digits.", valueName: "code"))
        var region: RegionCode?

        func validate() throws { try rules.refuseBoth(node) }

        func run() throws {
            try telling(json: output.json) {
                let (path, folder) = try rules.load(of: node)
                let list = RuleSetList(
                    folder: folder, path: path, on: on?.date ?? BusinessDate(at: Clock.now()),
                    region: region)
                output.show(list.text, "rules", list.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a rule set: every rule, and what people are asked for.",
            discussion: """
                Each rule stands with its id, the line where it begins, its check, what holds, and \
                its parameters. No step asks a person for more than is listed (rule W12).

                Example: gongji rules show zibo-2021 --rules deploy/rulesets
                """)

        @OptionGroup var rules: RulesOptions
        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the set; gongji rules list has them.") var name: String
        @Option(help: ArgumentHelp("The day; today if left out.", valueName: "day"))
        var on: DayArgument?
        @Flag(help: "Print the file as it stands.") var source = false

        func validate() throws { try rules.refuseBoth(node) }

        func run() throws {
            try telling(json: output.json) {
                let (path, folder) = try rules.load(of: node)
                let loaded = try folder.named(name, in: path)
                if source {
                    if output.json {
                        output.show(
                            "", "rule_set",
                            [
                                "name": .text(name), "file": .text(loaded.file),
                                "text": .text(loaded.text),
                            ]
                        )
                    } else {
                        Console.out(loaded.text.withoutLastLineEnd)
                    }
                    return
                }
                let page = RuleSetPage(
                    loaded: loaded, on: on?.date ?? BusinessDate(at: Clock.now()))
                output.show(page.text, "rule_set", page.json)
            }
        }
    }
}

extension RuleFolder {
    /// Throws ``CommandFailure`` that lists the names there are.
    func named(_ name: String, in path: String) throws -> LoadedRuleSet {
        guard let loaded = loaded(name) else {
            throw CommandFailure.failed(
                "\(path) has no rule set \(name). It has "
                    + sets.map(\.set.name).joined(separator: ", ") + ".")
        }
        return loaded
    }
}

extension String {
    fileprivate var withoutLastLineEnd: String {
        last.map(\.isNewline) ?? false ? String(dropLast()) : self
    }
}
