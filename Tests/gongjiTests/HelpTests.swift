import ArgumentParser
import Foundation
import Testing

@testable import gongji

@Suite("The command tree")
struct HelpTests {
    /// Every command with the words that lead to it.
    static let commands: [(words: [String], type: any ParsableCommand.Type)] = walk(
        GongjiCommand.self, ["gongji"])

    static func walk(
        _ type: any ParsableCommand.Type, _ words: [String]
    ) -> [(words: [String], type: any ParsableCommand.Type)] {
        [(words, type)]
            + type.configuration.subcommands.flatMap { child in
                walk(child, words + [child._commandName])
            }
    }

    @Test(
        "has the groups of the design",
        arguments: [
            "node", "cluster", "status", "pki", "account", "relation", "family", "quota", "wallet",
            "settle", "withdraw", "indoubt", "rules", "register", "journal", "evidence",
            "simulate", "bench",
        ])
    func groups(name: String) {
        #expect(HelpTests.commands.contains { $0.words == ["gongji", name] })
    }

    @Test("says what each command is for, with an example that begins with its own words")
    func examples() throws {
        for (words, type) in HelpTests.commands {
            let path = words.joined(separator: " ")
            #expect(!type.configuration.abstract.isEmpty, "\(path) has no abstract")
            let example = try #require(
                HelpTests.example(of: type), "\(path) has no example in its help")
            #expect(example.starts(with: words), "the example of \(path) is of another command")
            #expect(type.helpMessage(columns: 100).contains("Example:"))
        }
    }

    @Test("shows only examples that its own parser takes")
    func examplesParse() throws {
        for (words, type) in HelpTests.commands {
            let example = try #require(HelpTests.example(of: type))
            do {
                _ = try GongjiCommand.parseAsRoot(Array(example.dropFirst()))
            } catch {
                Issue.record(
                    "\(words.joined(separator: " ")): \(GongjiCommand.fullMessage(for: error))")
            }
        }
    }

    @Test("writes words in examples with underscores, as the help lists them")
    func underscores() throws {
        for (words, type) in HelpTests.commands {
            let example = try #require(HelpTests.example(of: type))
            for (option, value) in zip(example, example.dropFirst())
            where [
                "--mode", "--state", "--kinship", "--category", "--verified", "--channel",
                "--reason", "--user-kinship", "--document-kind",
            ].contains(option) {
                #expect(!value.contains("-"), "\(words): \(option) \(value)")
            }
        }
        #expect(GongjiCommand.helpMessage(columns: 100).contains("--mode up_to"))
    }

    @Test("takes --json on every command but `node run`")
    func json() {
        for (words, type) in HelpTests.commands where type.configuration.subcommands.isEmpty {
            let has = type.helpMessage(columns: 100).contains("--json")
            #expect(has == (words != ["gongji", "node", "run"]), "\(words)")
        }
    }

    @Test("shows words, never the numbers that stand for them")
    func words() {
        let options = [
            "mode", "suite", "channel", "category", "kinship", "insurance", "direction", "reason",
            "signal", "standing", "verified", "user-kinship", "card-note-kinship", "state",
            "format",
        ]
        var seen: Set<String> = []
        for (words, type) in HelpTests.commands {
            // A long name has its help in a line of its own.
            let help = type.helpMessage(columns: 1000)
                .replacing(/>\n +(?=[^ ])/, with: ">  ")
            for line in help.split(separator: "\n") {
                #expect(!line.hasSuffix(" -"), "\(words): \(line)")
                guard let name = options.first(where: { line.hasPrefix("  --\($0) <\($0)>") })
                else {
                    continue
                }
                seen.insert(name)
                #expect(line.contains("(values: "), "\(words): \(line)")
                #expect(!line.contains(/default: [0-9]/), "\(words): \(line)")
            }
        }
        #expect(seen == Set(options))
    }

    @Test("takes --id on everything that asks a node for a change")
    func ids() {
        let changes = [
            "account open", "account deposit", "account insurance", "account violation",
            "account card", "account confirm-card", "relation create", "relation consent",
            "relation proof", "relation end",
            "family leave", "quota set", "settle reserve", "settle commit", "settle cancel",
            "settle reverse", "withdraw request", "withdraw review", "withdraw export",
            "indoubt resolve", "link resume",
        ]
        for (words, type) in HelpTests.commands where type.configuration.subcommands.isEmpty {
            let name = words.dropFirst().joined(separator: " ")
            let has = type.helpMessage(columns: 100).contains("--id <hex>")
            #expect(has == changes.contains(name), "\(name)")
        }
    }

    @Test("never takes a number of a person or a card from the argument list, where ps shows it")
    func hidden() {
        let options = [
            "identity", "reason-file", "recipient-identity", "agent-identity", "number",
            "proxy-identity",
            "proxy-patient-identity", "card-note-holder-card", "card-note-patient-card",
            "card-note-contact",
        ]
        var seen: Set<String> = []
        for (words, type) in HelpTests.commands {
            for line in type.helpMessage(columns: 1000).split(separator: "\n") {
                guard let name = options.first(where: { line.hasPrefix("  --\($0) <") }) else {
                    continue
                }
                seen.insert(name)
                #expect(line.hasPrefix("  --\(name) <file>"), "\(words): \(line)")
            }
        }
        #expect(seen == Set(options))
    }

    /// The words of the example, as a shell would split them.
    private static func example(of type: any ParsableCommand.Type) -> [String]? {
        let discussion = type.configuration.discussion
        guard let range = discussion.range(of: "Example: ") else { return nil }
        var words: [String] = []
        var word = ""
        var quoted = false
        for character in discussion[range.upperBound...] {
            switch character {
            case "\"": quoted.toggle()
            case _ where character.isWhitespace && !quoted:
                if !word.isEmpty { words.append(word) }
                word = ""
            default: word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
