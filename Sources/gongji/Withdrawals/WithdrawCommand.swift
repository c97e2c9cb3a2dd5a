import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji withdraw`: money out of a personal account to the person's own card (支取).
struct WithdrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Withdraw from personal accounts to the person's card (支取), by way of the bank.",
        discussion: """
            The form is filled with request, someone else reviews it where the rule set asks for \
            that, export hands what is approved to the bank as a CSV file, and return reads what \
            the bank says came of it. Quotas that were given away cannot be withdrawn; lower the \
            quota first.

            Example: gongji withdraw list --node nodes/370000 --state awaiting_review
            """,
        subcommands: [
            WithdrawRequestCommand.self, Review.self, Show.self, List.self,
            WithdrawExportCommand.self, WithdrawReturnCommand.self,
        ])

    struct Review: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve a withdrawal that awaits review, or decline it.",
            discussion: """
                The reviewer is the owner of the client key, and someone else than the handler \
                (rules W6, W10).

                Example: gongji withdraw review --service tcp://10.37.0.2:7371 \
                --server-key \
                b3d8c1f07a2e4965d1c0837f5ea94b62719e0dc4a85f36b2e7c41d9083fa6b25 \
                --client-key window-4.key \
                --withdrawal 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The withdrawal's id, 32 hex digits.") var withdrawal: Identifier
        @Flag(help: "Decline it; the money goes back to the account.") var decline = false

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ReviewWithdrawal()
                body.withdrawal = withdrawal.data
                body.approved = !decline
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.reviewWithdrawal(body), id: request.id)
                guard case .withdrawal(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "withdrawal", state.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where a withdrawal stands.",
            discussion: """
                Example: gongji withdraw show --node nodes/370000 \
                --withdrawal 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The withdrawal's id, 32 hex digits.") var withdrawal: Identifier

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ShowWithdrawal()
                body.withdrawal = withdrawal.data
                let answer = try Asking(service: service, output: output)
                    .query(.showWithdrawal(body))
                guard case .withdrawal(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: nil, state.text, "withdrawal", state.json)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the withdrawals in one state, in the order of their ids.",
            discussion: """
                Example: gongji withdraw list --node nodes/370000 --state handed_over
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "In which state.") var state: Word<WithdrawalState>
        @Option(help: "The most to list.") var limit: UInt32 = 100
        @Option(help: "Only those with a greater id: where the page before ended.")
        var after: Identifier?

        func validate() throws {
            guard (1...WithdrawalPages.limitMax).contains(limit) else {
                throw ValidationError("--limit is 1 to \(WithdrawalPages.limitMax).")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                let list = try WithdrawalPages(Asking(service: service, output: output))
                    .page(state.value, after: after, limit: limit)
                output.show(id: nil, list.text(state.value), "list", list.json)
            }
        }
    }
}

/// Withdrawals of one state, page by page.
struct WithdrawalPages {
    static let limitMax: UInt32 = 500

    private let asking: Asking

    init(_ asking: Asking) { self.asking = asking }

    func page(
        _ state: WithdrawalState, after: Identifier? = nil, limit: UInt32 = limitMax
    ) throws -> Gongji_V1_WithdrawalList {
        var body = Gongji_V1_ListWithdrawals()
        body.state =
            Gongji_V1_WithdrawalState(rawValue: Int(state.rawValue)) ?? .unspecified
        body.limit = limit
        if let after { body.after = after.data }
        guard case .withdrawals(let list) = try asking.query(.listWithdrawals(body)) else {
            throw unexpectedAnswer()
        }
        return list
    }

    /// Every withdrawal in `state`.
    func forEach(
        _ state: WithdrawalState, _ body: (Gongji_V1_WithdrawalView) throws -> Void
    ) throws {
        var after: Identifier?
        while true {
            let list = try page(state, after: after)
            for view in list.withdrawals { try body(view) }
            guard list.more, let last = list.withdrawals.last,
                let id = Identifier(last.withdrawal), id != after
            else { return }
            after = id
        }
    }
}
