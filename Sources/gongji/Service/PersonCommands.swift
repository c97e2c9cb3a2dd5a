import ArgumentParser
import Domain
import Foundation
import Wire

// What an agency records of a person, on which relations and withdrawals hang.

extension AccountCommand {
    struct ChangeInsurance: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "insurance",
            abstract: "Record how a person is insured now, and how that stands.",
            discussion: """
                Relations that need the insurance rest while it is suspended, and end when it \
                has ended or moved (rules Z3, N14).

                Example: gongji account insurance --node nodes/440000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --insurance employee \
                --standing suspended
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(help: "How the person is insured.") var insurance: Word<Insurance>
        @Option(help: "How the insurance stands.") var standing: Word<Standing>

        func run() throws {
            var body = Gongji_V1_ChangeInsurance()
            body.wallet = wallet.data
            body.insurance = insurance.value.proto
            body.standing =
                Gongji_V1_Standing(rawValue: Int(standing.value.rawValue)) ?? .unspecified
            try record(.changeInsurance(body), request.id, service, output)
        }
    }

    struct RecordViolation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "violation",
            abstract: "Record a violation of a person (失信) until a day, or lift it.",
            discussion: """
                While it stands, rule sets refuse the person new relations, payments and \
                withdrawals (rule W7). The reason is kept and shown: no personal data. It is read \
                from a file or standard input, never from the argument list.

                Example: gongji account violation --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --reason-file reason.txt \
                --until 2027-06-30
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(
            help: ArgumentHelp(
                "File with one line that says why it is recorded, or lifted, of at most 200 octets "
                    + "(-: standard input).", valueName: "file"))
        var reasonFile: HiddenInput
        @Option(help: ArgumentHelp("The last day on which it stands.", valueName: "day"))
        var until: DayArgument?
        @Flag(help: "It stands no longer.") var lift = false

        func validate() throws {
            guard (until == nil) == lift else {
                throw ValidationError("Give --until DAY, or --lift.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_RecordViolation()
                body.wallet = wallet.data
                body.reason = try reasonFile.remark(of: "--reason-file", bytesMax: 200)
                // A day that is over lifts it; day 0 is the first of 1970.
                body.untilDate = until?.date.daysSince1970 ?? 0
                try record(.recordViolation(body), request.id, service, output)
            }
        }
    }

    struct SetCard: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "card",
            abstract: "Record the account of a person's social-security card, for withdrawals.",
            discussion: """
                Withdrawals are paid to it and to no other (rule W11). The number is read from a \
                file or standard input, never from the argument list.

                Example: gongji account card --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --bank ICBC --number card.txt
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(help: ArgumentHelp("Code of the bank, as in the rule set.", valueName: "code"))
        var bank: String
        @Option(
            help: ArgumentHelp(
                "File with the number of the account, digits (-: standard input).",
                valueName: "file"))
        var number: HiddenInput

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SetCardAccount()
                body.wallet = wallet.data
                body.bank = bank
                body.account = try number.cardNumber(of: "--number")
                try record(.setCardAccount(body), request.id, service, output)
            }
        }
    }

    struct ConfirmCard: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm-card",
            abstract: "Confirm the account of a person's card, as a second person.",
            discussion: """
                The owner of the client key is another person than the one who set it, and reads \
                the number from the card anew. It is paid to at once; without that, only when the \
                cooling-off time of the node is over.

                Example: gongji account confirm-card --service tcp://10.37.0.2:7371 \
                --server-key \
                b3d8c1f07a2e4965d1c0837f5ea94b62719e0dc4a85f36b2e7c41d9083fa6b25 \
                --client-key window-4.key \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --bank ICBC --number card.txt
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(help: ArgumentHelp("Code of the bank, as in the rule set.", valueName: "code"))
        var bank: String
        @Option(
            help: ArgumentHelp(
                "File with the number of the account, digits (-: standard input).",
                valueName: "file"))
        var number: HiddenInput

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ConfirmCardAccount()
                body.wallet = wallet.data
                body.bank = bank
                body.account = try number.cardNumber(of: "--number")
                try record(.confirmCardAccount(body), request.id, service, output)
            }
        }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show what was recorded of a person: what, by whom, when, and what was before.",
            discussion: """
                Example: gongji account history --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(help: "The most to list.") var limit: UInt32 = 100
        @Option(help: "Only changes with a greater number: where the page before ended.")
        var after: UInt64 = 0

        func validate() throws {
            guard (1...500).contains(limit) else { throw ValidationError("--limit is 1 to 500.") }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ShowHistory()
                body.wallet = wallet.data
                body.after = after
                body.limit = limit
                let answer = try Asking(service: service, output: output)
                    .query(.showHistory(body))
                guard case .history(let history) = answer else { throw unexpectedAnswer() }
                output.show(id: nil, history.text, "history", history.json)
            }
        }
    }
}

extension HiddenInput {
    /// The number of a card's account. Throws ``CommandFailure``.
    fileprivate func cardNumber(of option: String) throws -> String {
        let digits = try text(of: option)
        guard digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }) else {
            throw CommandFailure.badInput(
                "the number of an account has digits only, no letters; check \(option)")
        }
        guard digits.utf8.count <= 32 else {
            throw CommandFailure.badInput(
                "the number of an account has at most 32 digits; check \(option)")
        }
        return digits
    }
}

/// Asks for the change and shows the account as it is now.
private func record(
    _ body: Asking.Body, _ id: Identifier?, _ service: ServiceOptions, _ output: OutputOptions
) throws {
    try telling(json: output.json) {
        let (id, answer) = try Asking(service: service, output: output).change(body, id: id)
        guard case .account(let state) = answer else { throw unexpectedAnswer() }
        output.show(id: id, state.text, "account", state.json)
    }
}
