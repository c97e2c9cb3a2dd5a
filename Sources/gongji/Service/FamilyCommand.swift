import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji family`: groups of people who see each other and share (家庭成员组, rule G12).
struct FamilyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "family", abstract: "Show a person's family group (家庭成员组), or leave it.",
        discussion: """
            A group forms by itself where the rule set keeps groups: a relation that becomes \
            active brings both into one.

            Example: gongji family show --node nodes/370000 \
            --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
            """,
        subcommands: [Show.self, Leave.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the members of a person's group.",
            discussion: """
                Example: gongji family show --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ShowFamily()
                body.wallet = wallet.data
                let answer = try Asking(service: service, output: output).query(.showFamily(body))
                guard case .family(let family) = answer else { throw unexpectedAnswer() }
                output.show(id: nil, family.text, "members", family.json)
            }
        }
    }

    struct Leave: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a person out of their group; relations go on.",
            discussion: """
                Tells who is left in the group.

                Example: gongji family leave --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_LeaveFamily()
                body.wallet = wallet.data
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.leaveFamily(body), id: request.id)
                guard case .family(let family) = answer else { throw unexpectedAnswer() }
                output.show(
                    id: id,
                    family.members.isEmpty
                        ? "left; nobody is in the group any more"
                        : "left; in the group stay\n\(family.text)",
                    "members", family.json)
            }
        }
    }
}
