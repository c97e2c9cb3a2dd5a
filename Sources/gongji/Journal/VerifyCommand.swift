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
            Exits 1 and names the first entry that does not hold, in either direction.
            An entry whose signature is not accepted (its certificate was revoked, or has
            left the directory) is no evidence; those after it are checked all the same.
            One that does not fit to the entry before it ends the walk.

            Example: gongji journal verify --node nodes/370000
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try telling(json: output.json) {
            let evidence = try LocalEvidence(try node.folder())
            let verifier = Verifier(evidence.directory)
            var table = TextTable(
                "direction", ">batches", ">messages", ">as digests", "chain ends with")
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
                    String(result.omitted),
                    result.chain.description)
                members.append(.init(key: direction.word, value: result.json))
                breaks += result.faults.map { "\(direction.word) \($0)" }
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
            "messages": .int(Int64(clamping: messages)),
            "as_digests": .int(Int64(clamping: omitted)), "chain": .describing(chain),
            "refused_signatures": .int(Int64(clamping: refused)),
            "first_refused": firstRefused?.json ?? nil, "cut": cut?.json ?? nil,
        ]
    }
}

extension JournalVerification.Report.Break {
    fileprivate var json: JSON {
        ["number": .int(Int64(clamping: number)), "reason": .text(reason)]
    }
}
