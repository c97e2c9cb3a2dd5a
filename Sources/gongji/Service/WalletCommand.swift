import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji wallet`: all that a person can spend, and has given away (医保钱包).
struct WalletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallet",
        abstract: "Show what a person can spend, has given, and what was used (医保钱包).",
        discussion: """
            Example: gongji wallet show --node nodes/370000 \
            --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
            """,
        subcommands: [Show.self, UsageCommand.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a wallet: own account, received quotas, given quotas.",
            discussion: """
                The recipient's province knows what was received, the giver's what was given. What \
                transactions hold of a received quota at this moment is not counted: the \
                recipient's province is not told of it.

                Example: gongji wallet show --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID

        func run() throws {
            try telling(json: output.json) {
                let state = try walletState(wallet, service, output)
                output.show(id: nil, state.text, "wallet", state.json)
            }
        }
    }
}

/// Asks a node for all that it knows of a wallet.
func walletState(
    _ wallet: WalletID, _ service: ServiceOptions, _ output: OutputOptions
) throws -> Gongji_V1_WalletState {
    var body = Gongji_V1_ShowWallet()
    body.wallet = wallet.data
    let answer = try Asking(service: service, output: output).query(.showWallet(body))
    guard case .wallet(let state) = answer else { throw unexpectedAnswer() }
    return state
}
