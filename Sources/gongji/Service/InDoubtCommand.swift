import ArgumentParser
import Domain
import Foundation
import Signing
import Wire

/// `gongji indoubt`: transactions whose outcome this node does not know yet.
struct InDoubtCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "indoubt",
        abstract: "List, explain and push transactions without a known outcome.",
        discussion: """
            A transaction is in doubt at a node that has asked for an outcome, or holds money, and \
            does not know what the primary decided. Nobody decides by hand: resolve asks again.

            Example: gongji indoubt list --node nodes/310000
            """,
        subcommands: [List.self, Explain.self, Resolve.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what is in doubt here, oldest first.",
            discussion: """
                With --all it lists every open transaction, whether in doubt or just under way, and \
                says which is which. A node tells of its oldest 500 open transactions.

                Example: gongji indoubt list --node nodes/310000 --limit 20
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Flag(help: "List all that are open, in doubt or not.") var all = false
        @Option(help: "The most to list.") var limit: UInt32 = 50

        func validate() throws {
            guard (1...OpenTransactions.askedMax).contains(limit) else {
                throw ValidationError("--limit is 1 to \(OpenTransactions.askedMax).")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ListInDoubt()
                body.limit = all ? limit : OpenTransactions.askedMax
                let answer = try Asking(service: service, output: output).query(.listInDoubt(body))
                guard case .inDoubt(let open) = answer else { throw unexpectedAnswer() }
                if all {
                    output.show(id: nil, open.text(all: true), "open", open.json)
                } else {
                    let list = open.inDoubtOnly(limit: Int(limit))
                    output.show(id: nil, list.text(all: false), "in_doubt", list.json)
                }
            }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say why a transaction has no outcome here, and what ends that.",
            discussion: """
                Example: gongji indoubt explain --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier

        func run() throws {
            try telling(json: output.json) {
                let state = try transactionState(transaction, service, output)
                output.show(
                    id: nil, state.text + "\n\n" + explanation(of: state), "transaction",
                    state.json.merging(["explanation": .text(explanation(of: state))]))
            }
        }
    }

    struct Resolve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the primary about a transaction now instead of when its turn comes.",
            discussion: """
                It never decides anything by itself: if the primary is away, it stays in doubt. With \
                --certificate it ends the holds of a plan whose primary is silent, if two operators \
                of the national node have signed that (gongji pki hold-end).

                Example: gongji indoubt resolve --node nodes/440000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier
        @Option(help: ArgumentHelp("What two national operators signed.", valueName: "file"))
        var certificate: String?

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ResolveInDoubt()
                body.transaction = transaction.data
                if let certificate {
                    body.certificate = Data(
                        try PublicFile.read(
                            absolutePath(certificate), bytesMax: Limits.messageBytesMax))
                }
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.resolveInDoubt(body), id: request.id)
                guard case .transaction(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "transaction", state.json)
            }
        }
    }
}

/// The node's answer to `ListInDoubt` has all open transactions, each with whether it is in doubt.
enum OpenTransactions {
    /// The most that a node tells at once.
    static let askedMax: UInt32 = 500
}

extension Gongji_V1_InDoubtList {
    /// Only what is in doubt, at most `limit`. There may be more if the node left any out.
    func inDoubtOnly(limit: Int) -> Gongji_V1_InDoubtList {
        let doubtful = transactions.filter(\.inDoubt)
        var list = Gongji_V1_InDoubtList()
        list.transactions = Array(doubtful.prefix(limit))
        list.more = more || doubtful.count > limit
        return list
    }
}

/// What an operator can do about `state`, in a paragraph.
func explanation(of state: Gongji_V1_TransactionState) -> String {
    if !state.inDoubt {
        return "It is not in doubt here: there is nothing to do."
    }
    let primary = state.primary == 0 ? "the primary" : "the primary, \(state.primary),"
    return """
        Only \(primary) decides this transaction, and this node has not heard what. It asks again by
        itself until it hears. If \(primary) is down, start it: it answers from what is durable there.
        See that the peer is connected (gongji status), then: gongji indoubt resolve \
        --transaction \(state.transaction.hexText)
        If \(primary) does not come back, or has left the directory, asking helps nobody: then two operators
        of the national node can end what is held, \(Limits.holdEndAfterMilliseconds / 3_600_000) hours after \
        the hold must have ended:
        gongji pki hold-end make --transaction \(state.transaction.hexText) \
        --plan-digest \(state.planDigest.hexText) --care \(state.care) --primary \(state.primary)
        """
}
