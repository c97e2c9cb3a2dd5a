import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji account`: personal accounts of the province whose node is asked.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Open, fund and show personal accounts (个人账户), and what hangs on a person.",
        discussion: """
            Accounts live in the node of the province where the person is insured.

            Example: gongji account open --node nodes/370000 --insurance employee --balance 600
            """,
        subcommands: [
            Open.self, Deposit.self, ChangeInsurance.self, RecordViolation.self, SetCard.self,
            ConfirmCard.self, Show.self, History.self,
        ])

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open the account of a person who is insured here.",
            discussion: """
                The wallet id is opaque and says nothing about the person; if left out it is the \
                id of the request. With --identity the person is also found by identity number, \
                and their age is known: the number is read from a file or standard input, never \
                from the argument list, and leaves this process sealed to the province only.

                Example: gongji account open --node nodes/440000 --insurance employee \
                --balance 8000.00 --region 440300 --identity number.txt
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var trust: SealingTrustOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID?
        @Option(help: "How the person is insured.") var insurance: Word<Insurance>
        @Option(help: "What the account begins with, in yuan.") var balance = YuanAmount(fen: 0)
        @Option(
            help: ArgumentHelp(
                "Where in the province the person is insured, six digits; the province as a whole "
                    + "if left out.", valueName: "code"))
        var region: RegionCode?
        @Option(
            help: ArgumentHelp(
                "File with the person's identity number of 18 characters (-: standard input).",
                valueName: "file"))
        var identity: HiddenInput?

        func run() throws {
            try telling(json: output.json) {
                let number = try identity?.identityNumber(of: "--identity")
                let asking = Asking(service: service, output: output)
                let opened = try asking.sealed(
                    id: request.id, isSealed: number != nil,
                    { id in
                        let wallet = wallet ?? WalletID(id)
                        Console.note("wallet \(wallet)")
                        var body = Gongji_V1_OpenAccount()
                        body.wallet = wallet.data
                        body.insurance = insurance.value.proto
                        body.balanceFen = balance.fen
                        body.region = region?.number ?? 0
                        if let number {
                            let sealer = Sealer(service: service, output: output, trust: trust)
                            body.sealedIdentity = try sealer.seal(
                                number, to: try province(), context: id)
                        }
                        return .openAccount(body)
                    },
                    before: { id in
                        let wallet = wallet ?? WalletID(id)
                        return try accountState(wallet, service, output).map { .account($0) }
                    })
                guard case .account(let state) = opened.answer else { throw unexpectedAnswer() }
                output.show(id: opened.id, state.text, "account", state.json)
            }
        }

        /// Whose certificate the number is sealed to.
        private func province() throws -> ProvinceCode {
            if let region { return region.province }
            guard service.service == nil else {
                throw CommandFailure.failed(
                    "say with --region where the person is insured: the number is sealed to that "
                        + "province")
            }
            return try service.node.folder().province()
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
                guard let state = try accountState(wallet, service, output) else {
                    throw CommandFailure.refused(.walletUnknown, id: nil)
                }
                output.show(id: nil, state.text, "account", state.json)
            }
        }
    }
}

/// The person's own account; nil if the asked node does not know them.
func accountState(
    _ wallet: WalletID, _ service: ServiceOptions, _ output: OutputOptions
) throws -> Gongji_V1_AccountState? {
    let state = try walletState(wallet, service, output)
    return state.hasOwn ? state.own : nil
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
