import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji settle`: the two phases of a shared payment, asked for at the care province's node.
struct SettleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Reserve, commit, cancel, reverse and show settlements (预结算, 结算, 冲正).",
        discussion: """
            Ask the node of the province where care was received. First reserve, then commit (at \
            most what is reserved) or cancel; a settled transaction can be reversed.

            Example: gongji settle reserve --node nodes/310000 \
            --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --wallet-province 370000 \
            --institution H31000000001 --category medical_care --amount 5400.00
            """,
        subcommands: [Reserve.self, Commit.self, Cancel.self, Reverse.self, Show.self])

    struct Reserve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold the personal burden of a bill over all sources of a wallet (预结算).",
            discussion: """
                The id of the request becomes the transaction's. `exact` holds the whole amount or \
                nothing, `up_to` what there is of it. A premium is always exact.

                The bill goes with the request: total = pooled + burden + self-paid. Without its \
                options the amount is the whole bill, and the credential the wallet's own.

                Example: gongji settle reserve --node nodes/310000 \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --wallet-province 370000 \
                --institution H31000000001 --category medical_care --amount 5400.00 \
                --total 18000.00 --pooled 12000.00 --self-paid 600.00
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The wallet id of who pays, 32 hex digits.") var wallet: WalletID
        @Option(help: "Where that person is insured, six digits.") var walletProvince: ProvinceCode
        @Option(
            help: ArgumentHelp(
                "National code of the institution, pharmacy, collecting agency or insurer.",
                valueName: "code"))
        var institution: InstitutionCode
        @Option(help: "What is paid for.") var category = Word(Category.medicalCare)
        @Option(help: "What is asked for of the personal burden, in yuan.") var amount: YuanAmount
        @Option(help: "Hold the whole amount or nothing, or what there is of it.")
        var mode = Word(ReserveMode.exact)
        @Option(help: "How long to hold without a commit; 0: the node's default of 30 minutes.")
        var holdSeconds: Double = 0
        @Flag(
            help: "Leave the own account untouched, where the rule set does not put it first.")
        var withoutOwnAccount = false
        @OptionGroup(title: "Bill") var bill: BillOptions
        @OptionGroup(title: "Records of the institution") var records: BillRecordOptions

        func validate() throws {
            guard holdSeconds == 0 || (1...86_400).contains(holdSeconds) else {
                throw ValidationError("--hold-seconds is 1 to 86400, or 0 for the node's default.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SettleReserve()
                body.wallet = wallet.data
                body.walletProvince = walletProvince.number
                body.institution = institution.text
                body.category = category.value.proto
                body.amountFen = amount.fen
                body.mode =
                    Gongji_V1_ReserveMode(rawValue: Int(mode.value.rawValue)) ?? .unspecified
                body.holdMs = Int64(holdSeconds * 1000)
                body.withoutOwnAccount = withoutOwnAccount
                body.bill = try bill.bill(amount: amount.fen, wallet: wallet)
                try records.add(to: &body.bill)
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.settleReserve(body), id: request.id)
                guard case .reservation(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "reservation", state.json)
            }
        }
    }

    struct Commit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Settle a reservation with the final amount (结算).",
            discussion: """
                What was held above the final amount goes back. If the outcome is not known in \
                time the command says so and exits 3; ask again with the same --id.

                Example: gongji settle commit --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e --amount 5150.00
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier
        @Option(help: "The final amount, in yuan; at most what is reserved.")
        var amount: YuanAmount

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SettleCommit()
                body.transaction = transaction.data
                body.finalFen = amount.fen
                try settle(.settleCommit(body), request.id, service, output)
            }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a reservation up; what is held goes back.",
            discussion: """
                Example: gongji settle cancel --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SettleCancel()
                body.transaction = transaction.data
                try settle(.settleCancel(body), request.id, service, output)
            }
        }
    }

    struct Reverse: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Undo a settlement as a whole (冲正): a refund.",
            discussion: """
                Each source gets back what it paid: the quota, or the giver's account if the \
                relation has ended.

                Example: gongji settle reverse --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SettleReverse()
                body.transaction = transaction.data
                try settle(.settleReverse(body), request.id, service, output)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where a transaction stands, as this node knows it.",
            discussion: """
                Example: gongji settle show --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier

        func run() throws {
            try telling(json: output.json) {
                let state = try transactionState(transaction, service, output)
                output.show(id: nil, state.text, "transaction", state.json)
            }
        }
    }
}

/// Asks for the second phase, or what undoes it, and shows the settlement that comes of it.
private func settle(
    _ body: Asking.Body, _ id: Identifier?, _ service: ServiceOptions, _ output: OutputOptions
) throws {
    let (id, answer) = try Asking(service: service, output: output).change(body, id: id)
    guard case .settlement(let state) = answer else { throw unexpectedAnswer() }
    output.show(id: id, state.text, "settlement", state.json)
}

/// Asks a node for what it knows of a transaction.
func transactionState(
    _ transaction: Identifier, _ service: ServiceOptions, _ output: OutputOptions
) throws -> Gongji_V1_TransactionState {
    var body = Gongji_V1_ShowTransaction()
    body.transaction = transaction.data
    let answer = try Asking(service: service, output: output).query(.showTransaction(body))
    guard case .transaction(let state) = answer else { throw unexpectedAnswer() }
    return state
}
