import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji answer`: who sent a command.
struct AnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Show who sent a command, in which role, and when.",
        discussion: """
            Example: gongji answer show --node nodes/370000 \
            --command 0190a1b2c3d4e5f60718293a4b5c6d7e
            """,
        subcommands: [Show.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who sent the command with an id.",
            discussion: """
                Of a posting the id is its cause; the id of a withdrawal, a relation or a \
                transaction is that of the command that made it.

                Example: gongji answer show --node nodes/370000 \
                --command 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The command's id, 32 hex digits.") var command: Identifier

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ShowCommand()
                body.request = command.data
                let answer = try Asking(service: service, output: output)
                    .query(.showCommand(body))
                guard case .command(let record) = answer else { throw unexpectedAnswer() }
                output.show(id: nil, record.text, "command", record.json)
            }
        }
    }
}
