import ArgumentParser
import Domain
import Foundation
import Gateway
import Storage
import Wire

/// `gongji journal`: the evidence of a node, read from its store.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Verify, prove from and export the journal of all batches sent and received.",
        discussion: """
            Reads the node's store on this machine; the node may be running.

            Example: gongji journal verify --node nodes/370000
            """,
        subcommands: [VerifyCommand.self, Prove.self, Export.self])

    struct Prove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a receipt of one message, which openssl can check.",
            discussion: """
                Writes receipt.bin, receipt.json, signed.bin, signature.der, certificate.pem and \
                root.pem, and prints the commands that check them. Without --message it takes the \
                decision: the signed outcome. What came from others is preferred to what this node \
                said itself.

                Example: gongji journal prove --node nodes/310000 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e --message vote --out receipt
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier
        @Option(
            help: ArgumentHelp(
                "Which message: wallet_query, wallet_reply, reserve, vote, refusal, commit, release, "
                    + "inquire, reverse, decision, certificate, hold_end.",
                valueName: "kind"))
        var message = "decision"
        @Option(help: "The other side: who sent it to this node, or was sent it.")
        var peer: ProvinceCode?
        @Option(help: ArgumentHelp("Where the receipt goes: a new folder.", valueName: "dir"))
        var out = "receipt"

        func run() throws {
            try telling(json: output.json) {
                let evidence = try LocalEvidence(try node.folder())
                let (receipt, entry) = try find(evidence)
                let folder = absolutePath(out)
                try receipt.write(to: folder)
                if output.json {
                    output.show(
                        "", "receipt",
                        JSON.object([.init(key: "folder", value: .text(folder))])
                            .merging(receipt.json))
                } else {
                    Console.out(
                        """
                        \(receipt.message.name) of \(transaction) from journal entry \
                        \(entry.direction.word) \(entry.number): \(folder)
                        To check it with nothing of ours (OpenSSL 3):
                          cd \(out)
                        \(receipt.opensslCommands.map { "  " + $0 }.joined(separator: "\n"))
                        That signed.bin covers the message is one page (protocol/receipts.md), or:
                          python3 protocol/verify_receipt.py --root \(out)/root.pem \(out)
                        root.pem is this node's own copy: whoever judges takes the national root
                        from the national node instead.
                        """)
                }
            }
        }

        private func find(
            _ evidence: LocalEvidence
        ) throws -> (receipt: ReceiptFolder, entry: JournalEntry) {
            let kind = message.replacing("-", with: "_")
            var seen: Set<String> = []
            for direction in [JournalDirection.inbound, .outbound] {
                var found: (ReceiptFolder, JournalEntry)?
                try evidence.forEachEntry(direction) { entry in
                    if let peer, entry.peer != peer { return true }
                    for (index, frame) in entry.frames.enumerated() {
                        guard let message = LocalEvidence.message(frame),
                            message.transaction == transaction
                        else { continue }
                        seen.insert(message.name)
                        if message.name == kind {
                            found = (
                                try ReceiptFolder(entry, index: index, message, evidence), entry
                            )
                            return false
                        }
                    }
                    return true
                }
                if let found { return found }
            }
            throw CommandFailure.failed(
                seen.isEmpty
                    ? "the journal has no message of transaction \(transaction); ask another node "
                        + "that took part"
                    : "the journal has no \(kind) of \(transaction), but "
                        + seen.sorted().joined(separator: ", ") + ": choose one with --message")
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print journal entries as JSON lines, one batch a line.",
            discussion: """
                Example: gongji journal export --node nodes/370000 --direction inbound --from 1
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Which way; both, one after the other, if left out.")
        var direction: Word<JournalDirection>?
        @Option(help: "The number of the first entry.") var from: UInt64 = 1
        @Option(help: "The most entries of a direction.") var limit: Int = .max

        func validate() throws {
            guard from >= 1, limit >= 1 else {
                throw ValidationError("--from and --limit are at least 1.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                let evidence = try LocalEvidence(try node.folder())
                for direction in direction.map({ [$0.value] }) ?? JournalDirection.allCases {
                    var left = limit
                    try evidence.forEachEntry(direction, from: from) { entry in
                        Console.out(entry.json.compact)
                        left -= 1
                        return left > 0
                    }
                }
            }
        }
    }
}

extension JournalEntry {
    var json: JSON {
        [
            "direction": .text(direction.word), "number": .int(Int64(clamping: number)),
            "peer": .describing(peer), "epoch": .describing(epoch),
            "first_sequence": .int(Int64(clamping: firstSequence)), "at": .describing(at),
            "chain": .describing(chain), "envelope": .text(envelope.hex),
            "messages": .array(
                frames.enumerated().map { index, frame in
                    if let leaf = omitted[index] { return ["leaf": .describing(leaf)] }
                    let message = LocalEvidence.message(frame)
                    return [
                        "kind": .optional(message?.name), "transaction": .id(message?.transaction),
                        "frame": .text(frame.hex),
                    ]
                }),
        ]
    }
}
