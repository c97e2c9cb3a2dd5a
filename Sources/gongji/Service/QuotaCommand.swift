import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji quota`: how much a recipient may spend (共济额度).
struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "Set and show quotas (共济额度).",
        discussion: """
            What is set as quota the giver can no longer use (rule N8).

            Example: gongji quota set --node nodes/440000 \
            --relation 0190a1b2c3d4e5f60718293a4b5c6d7e --amount 3000.00
            """,
        subcommands: [SetQuota.self, Show.self])

    struct SetQuota: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Set what the recipient may spend from now on.",
            discussion: """
                The difference moves from the giver's account, or back to it. Money that \
                transactions hold is not part of the amount.

                Example: gongji quota set --node nodes/440000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e --amount 3000.00
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier
        @Option(help: "What the recipient may spend, in yuan; 0 takes all back.")
        var amount: YuanAmount

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SetQuota()
                body.relation = relation.data
                body.availableFen = amount.fen
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.setQuota(body), id: request.id)
                guard case .relation(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "relation", state.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is left of a quota.",
            discussion: """
                Example: gongji quota show --node nodes/440000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier

        func run() throws {
            try telling(json: output.json) {
                let state = try relationState(relation, service, output)
                output.show(
                    id: nil,
                    """
                    quota left  \(YuanAmount.text(state.availableFen))
                    state       \(phaseWord(state.phase))
                    open holds  \(state.openHolds)
                    """,
                    "quota",
                    [
                        "relation": .text(state.relation.hexText),
                        "available_fen": .int(state.availableFen),
                        "state": .text(phaseWord(state.phase)),
                        "open_holds": .int(Int64(state.openHolds)),
                    ])
            }
        }
    }
}
