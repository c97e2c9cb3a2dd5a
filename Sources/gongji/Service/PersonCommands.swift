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
                withdrawals (rule W7). The reason is kept and shown: no personal data.

                Example: gongji account violation --node nodes/370000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --reason "card lent" --until 2027-06-30
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The person's wallet id, 32 hex digits.") var wallet: WalletID
        @Option(
            help: ArgumentHelp(
                "Why it is recorded, or lifted; at most 200 octets.", valueName: "text"))
        var reason: String
        @Option(help: ArgumentHelp("The last day on which it stands.", valueName: "day"))
        var until: DayArgument?
        @Flag(help: "It stands no longer.") var lift = false

        func validate() throws {
            guard (until == nil) == lift else {
                throw ValidationError("Give --until DAY, or --lift.")
            }
            guard (1...200).contains(reason.utf8.count) else {
                throw ValidationError("--reason has 1 to 200 octets.")
            }
        }

        func run() throws {
            var body = Gongji_V1_RecordViolation()
            body.wallet = wallet.data
            body.reason = reason
            // A day that is over lifts it; day 0 is the first of 1970.
            body.untilDate = until?.date.daysSince1970 ?? 0
            try record(.recordViolation(body), request.id, service, output)
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
                let digits = try number.text(of: "--number")
                guard digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }) else {
                    throw CommandFailure.badInput(
                        "the number of an account has digits only, no letters; check --number")
                }
                guard digits.utf8.count <= 32 else {
                    throw CommandFailure.badInput(
                        "the number of an account has at most 32 digits; check --number")
                }
                var body = Gongji_V1_SetCardAccount()
                body.wallet = wallet.data
                body.bank = bank
                body.account = digits
                try record(.setCardAccount(body), request.id, service, output)
            }
        }
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
