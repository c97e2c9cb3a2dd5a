import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji evidence`: what other provinces have signed that cannot be true.
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "List, show and export contradictions in what other provinces have signed.",
        discussion: """
            A node applies no decision that contradicts its plan, a vote, or what its primary signed \
            before. It keeps that such a one came, once a province, transaction and reason.

            Example: gongji evidence list --node nodes/310000
            """,
        subcommands: [List.self, Show.self, Export.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what contradicts, oldest first.",
            discussion: """
                Example: gongji evidence list --node nodes/310000 --limit 20
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Only those with a greater number.") var after: Int64 = 0
        @Option(help: "The most to list.") var limit: UInt32 = 100

        func validate() throws {
            guard (1...500).contains(limit), after >= 0 else {
                throw ValidationError("--limit is 1 to 500, --after at least 0.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ListEvidence()
                body.after = after
                body.limit = limit
                let answer = try Asking(service: service, output: output)
                    .query(.listEvidence(body))
                guard case .evidence(let list) = answer else { throw unexpectedAnswer() }
                output.show(id: nil, list.text, "evidence", list.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one contradiction with all statements about it.",
            discussion: """
                Example: gongji evidence show --node nodes/310000 --entry 3
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("Its number in the list.", valueName: "n")) var entry: Int64

        func run() throws {
            try telling(json: output.json) {
                let file = try EvidenceCommand.file(entry, service, output)
                output.show(id: nil, file.text, "evidence", file.evidence.json)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what convinces a third party of one contradiction.",
            discussion: """
                Writes evidence.json, and a receipt as a folder for each signed statement. If the \
                plan is with it, it holds digests of numbers of people (bill): give it to nobody but \
                those who judge.

                Example: gongji evidence export --node nodes/310000 --entry 3 --out evidence
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("Its number in the list.", valueName: "n")) var entry: Int64
        @Option(help: ArgumentHelp("Where it goes: a new folder.", valueName: "dir"))
        var out = "evidence"

        func run() throws {
            try telling(json: output.json) {
                let file = try EvidenceCommand.file(entry, service, output)
                let folder = absolutePath(out)
                let statements = try EvidenceFolder(file).write(to: folder)
                if output.json {
                    output.show(
                        "", "evidence",
                        file.evidence.json.merging([
                            "folder": .text(folder), "statements": .int(statements),
                        ]))
                } else {
                    Console.out(
                        """
                        \(file.evidence.sentence): \(statements) statements in \(folder)
                        To check it with nothing of ours:
                          python3 protocol/verify_receipt.py --root root.pem \(out)
                        root.pem is the national root: whoever judges takes it from the national node.
                        """)
                }
            }
        }
    }

    fileprivate static func file(
        _ number: Int64, _ service: ServiceOptions, _ output: OutputOptions
    ) throws -> Gongji_V1_EvidenceFile {
        var body = Gongji_V1_ShowEvidence()
        body.number = number
        let answer = try Asking(service: service, output: output).query(.showEvidence(body))
        guard case .evidenceFile(let file) = answer else { throw unexpectedAnswer() }
        return file
    }
}

extension Gongji_V1_Evidence {
    var json: JSON {
        [
            "number": .int(number), "accused": .province(accused),
            "subject": .text(subject.hexText), "reason": .text(reason), "at": .moment(atMs),
        ]
    }

    var sentence: String { "\(reason) of \(accused), \(subject.hexText)" }
}

extension Gongji_V1_EvidenceList {
    var json: JSON { ["evidence": .array(evidence.map(\.json)), "more": .bool(more)] }

    var text: String {
        guard !evidence.isEmpty else { return "no province has contradicted itself here" }
        var table = TextTable(">number", "accused", "reason", "subject", "found")
        for one in evidence {
            table.add(
                String(one.number), String(one.accused), one.reason, one.subject.hexText,
                Instant(milliseconds: one.atMs).description)
        }
        return table.text()
            + (more ? "\nthere are more: --after \(evidence.last?.number ?? 0)" : "")
    }
}

extension Gongji_V1_EvidenceFile {
    var text: String {
        var lines = [
            "number    \(evidence.number)", "accused   \(evidence.accused)",
            "reason    \(evidence.reason)", "subject   \(evidence.subject.hexText)",
            "found     \(Instant(milliseconds: evidence.atMs))",
            "plan      \(plan.isEmpty ? "none here" : "\(plan.count) octets")", "",
        ]
        var table = TextTable("statement", "from", "to", "signed at")
        for statement in statements {
            guard let told = statement.told else {
                table.add("\(statement.octets.count) octets", "-", "-", "-")
                continue
            }
            table.add(
                told.message.name, told.header.from.description, told.header.to.description,
                told.header.time.description)
        }
        lines.append(table.text())
        return lines.joined(separator: "\n")
    }
}
