import ArgumentParser
import Domain
import Signing
import Storage
import StorageSQLite

/// `gongji journal verify`: whether the evidence is whole.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Walk the journal: chain, Merkle roots, signatures, and no gap in any link.",
        discussion: """
            Exits 1 and names the first entry that is broken, in either direction.

            Example: gongji journal verify --node nodes/370000
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try telling(json: output.json) {
            let evidence = try LocalEvidence(try node.folder())
            let verifier = Verifier(evidence.directory)
            var table = TextTable("direction", ">batches", ">messages", "chain ends with")
            var members: [JSON.Member] = []
            var breaks: [String] = []
            var shown = JournalProgress()
            for direction in JournalDirection.allCases {
                let result = try evidence.store.read { store in
                    try JournalVerification.run(
                        store, direction, at: evidence.province,
                        network: evidence.directory.network, verifier: verifier,
                        sm3: SM3Hashing()
                    ) { entry, _ in shown.checked(entry, of: evidence.province) }
                }
                shown.end()
                table.add(
                    direction.word, String(result.entries), String(result.messages),
                    result.chain.description)
                members.append(.init(key: direction.word, value: result.json))
                if let found = result.firstBreak {
                    breaks.append("\(direction.word) entry \(found.number): \(found.reason)")
                }
            }
            if output.json {
                Console.out(.object([.init(key: "ok", value: .bool(breaks.isEmpty))] + members))
            } else {
                Console.out(table.text())
                Console.out(breaks.isEmpty ? "the journal is whole" : "THE JOURNAL IS BROKEN")
                for found in breaks { Console.out("  " + found) }
            }
            if !breaks.isEmpty { throw Exit.refused.code }
        }
    }
}

extension JournalVerification.Report {
    fileprivate var json: JSON {
        [
            "ok": .bool(firstBreak == nil), "batches": .int(Int64(clamping: entries)),
            "messages": .int(Int64(clamping: messages)), "chain": .describing(chain),
            "first_break": firstBreak.map { found in
                [
                    "number": .int(Int64(clamping: found.number)), "reason": .text(found.reason),
                ]
            } ?? nil,
        ]
    }
}
