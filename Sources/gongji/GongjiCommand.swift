import ArgumentParser
import Foundation
import Gateway

/// `gongji`: the one command.
@main
struct GongjiCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gongji",
        abstract: "Gateway for the cross-province sharing of personal medical accounts (共济).",
        discussion: """
            Exits 0 when it is done, 1 when it was refused (with the status), 2 on wrong usage, 3 \
            when the node is out of reach or the outcome is not known; a simulation that fails \
            exits 4 (safety), 5 (liveness) or 6 (crash).

            Words of several parts are written with underscores, as in --mode up_to; amounts are \
            yuan with at most two decimals.

            Example: gongji cluster demo
            """,
        version: Node.version,
        subcommands: [
            NodeCommand.self, ClusterCommand.self, StatusCommand.self, PKICommand.self,
            AccountCommand.self, RelationCommand.self, FamilyCommand.self, QuotaCommand.self,
            WalletCommand.self, SettleCommand.self, WithdrawCommand.self, AnswerCommand.self,
            InDoubtCommand.self, LinkCommand.self, RulesCommand.self, RegisterCommand.self,
            JournalCommand.self, EvidenceCommand.self, StoreCommand.self, SimulateCommand.self,
            BenchCommand.self,
        ])

    static func main() {
        do {
            let arguments = NegativeValues.joined(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            let exit = Exit(exitCode(for: error))
            let text = fullMessage(for: error)
            if !text.isEmpty {
                if exit == .done { Console.out(text) } else { Console.note(text) }
            }
            Foundation.exit(exit.rawValue)
        }
    }
}
