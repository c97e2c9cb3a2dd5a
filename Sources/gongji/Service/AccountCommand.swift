import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji account`: personal accounts of the province whose node is asked.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Open, fund and show personal accounts (个人账户).",
        discussion: """
            Accounts live in the node of the province where the person is insured.

            Example: gongji account open --node nodes/370000 --insurance employee --balance 600
            """,
        subcommands: [Open.self, Deposit.self, Show.self])

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open the account of a person who is insured here.",
            discussion: """
                The wallet id is opaque and says nothing about the person; it is made and printed \
                if left out.

                Example: gongji account open --node nodes/440000 --insurance employee \
                --balance 8000.00
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID?
        @Option(help: "How the person is insured.") var insurance: Word<Insurance>
        @Option(help: "What the account begins with, in yuan.") var balance = YuanAmount(fen: 0)

        func run() throws {
            try telling(json: output.json) {
                let wallet = wallet ?? WalletID(Clock.newIdentifier())
                Console.note("wallet \(wallet)")
                var body = Gongji_V1_OpenAccount()
                body.wallet = wallet.data
                body.insurance = insurance.value.proto
                body.balanceFen = balance.fen
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.openAccount(body), id: request.id)
                guard case .account(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "account", state.json)
            }
        }
    }

    struct Deposit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pay money into an account.",
            discussion: """
                Example: gongji account deposit --node nodes/440000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --amount 250.00
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(help: "How much, in yuan.") var amount: YuanAmount

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_Deposit()
                body.wallet = wallet.data
                body.amountFen = amount.fen
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.deposit(body), id: request.id)
                guard case .account(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "account", state.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a person's own account.",
            discussion: """
                Example: gongji account show --node nodes/440000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ShowWallet()
                body.wallet = wallet.data
                let answer = try Asking(service: service, output: output).query(.showWallet(body))
                guard case .wallet(let state) = answer else { throw unexpectedAnswer() }
                guard state.hasOwn else { throw CommandFailure.refused(.walletUnknown, id: nil) }
                output.show(id: nil, state.own.text, "account", state.own.json)
            }
        }
    }
}

/// `gongji withdraw`: money out of a personal account to the bank (支取).
struct WithdrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Pay money out of a personal account (支取).",
        discussion: """
            Quotas that were given away cannot be withdrawn; lower the quota first.

            Example: gongji withdraw --node nodes/440000 \
            --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --amount 100.00
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
    @Option(help: "How much, in yuan.") var amount: YuanAmount

    func run() throws {
        try telling(json: output.json) {
            var body = Gongji_V1_Withdraw()
            body.wallet = wallet.data
            body.amountFen = amount.fen
            let (id, answer) = try Asking(service: service, output: output)
                .change(.withdraw(body), id: request.id)
            guard case .account(let state) = answer else { throw unexpectedAnswer() }
            output.show(id: id, state.text, "account", state.json)
        }
    }
}

extension OutputOptions {
    /// What was done, or what was found: text for people, or one JSON object with the id of the
    /// request and `value` under `name`.
    func show(id: Identifier?, _ text: String, _ name: String, _ value: JSON) {
        if json {
            var members: [JSON.Member] = [.init(key: "outcome", value: "done")]
            if let id { members.append(.init(key: "id", value: .id(id))) }
            members.append(.init(key: name, value: value))
            Console.out(.object(members))
        } else {
            Console.out(text)
        }
    }
}

extension Insurance {
    var proto: Gongji_V1_Insurance { Gongji_V1_Insurance(rawValue: Int(rawValue)) ?? .unspecified }
}
