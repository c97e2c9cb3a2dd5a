import ArgumentParser
import Domain
import Gateway
import Signing
import Storage
import StorageSQLite
import Wire

/// `gongji store check`: whether a store is what its node wrote, and its money has causes.
struct StoreCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check every page and row of a store, and recompute balances and causes.",
        discussion: """
            Looks at the structure of the file, at the tag of every row, at the chain of postings \
            and of the journals, and at all of them against the head of the store; adds up every \
            balance from its postings; looks for what caused each posting: an answered request, or \
            a transaction with its signed messages in the journal, whose signatures are checked. \
            Reads only; the node may be running. Exits 1 if something does not hold.

            With --store it looks at another file, such as a backup, with the node's directory.

            Example: gongji store check --node nodes/370000 --store backup.sqlite --key store.key
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("Another file than the node's store.", valueName: "file"))
    var store: String?
    @Option(
        help: ArgumentHelp(
            "The key that it is sealed under, if it is not the node's.", valueName: "file"))
    var key: String?

    func run() throws {
        try telling(json: output.json) {
            let node = try node.folder()
            let file = store.map(absolutePath) ?? node.storePath
            let report = try report(node, file)
            if output.json {
                Console.out(report.json(of: file))
            } else {
                Console.out(report.text(of: file))
            }
            if !report.holds { throw Exit.refused.code }
        }
    }

    /// A store that cannot be opened, or read to its end, is a finding too.
    private func report(_ node: LocalNode, _ file: String) throws -> StoreCheckReport {
        do {
            let evidence = try LocalEvidence(
                node, store: file, key: try key.map { try StoreKey(file: absolutePath($0)) })
            var shown = CheckProgress()
            let check = StoreCheck(
                of: evidence.province, sm3: SM3Hashing(),
                signers: StoreCheck.Signers(
                    network: evidence.directory.network, verifier: Verifier(evidence.directory))
            ) { shown.looked(at: $0, $1) }
            defer { Console.endProgress() }
            return try check.run(evidence.store)
        } catch StoreFailure.corrupt(let what) {
            var report = StoreCheckReport()
            report.add(.rows, what)
            return report
        }
    }
}

/// A line on standard error every two seconds.
private struct CheckProgress {
    private var shown = monotonicNanoseconds()

    mutating func looked(at what: String, _ count: Int) {
        let now = monotonicNanoseconds()
        guard now - shown >= 2_000_000_000 else { return }
        shown = now
        Console.progress(count == 0 ? what : "\(what): \(count)")
    }
}

extension StoreCheckReport {
    func json(of file: String) -> JSON {
        [
            "store": .text(file), "holds": .bool(holds),
            "commits": .int(Int64(clamping: examined.commits)), "rows": .int(examined.rows),
            "accounts": .int(accounts), "postings": .int(examined.postings),
            "batches": .int(examined.batches),
            "fault_count": .int(counts.values.reduce(0, +)),
            "faults": .array(
                faults.map { ["part": .text($0.part.rawValue), "words": .text($0.words)] }),
        ]
    }

    func text(of file: String) -> String {
        var lines = [
            "\(file)",
            "commit \(examined.commits): \(examined.rows) rows, \(accounts) accounts, "
                + "\(examined.postings) postings, \(examined.batches) batches",
        ]
        for part in Part.allCases {
            guard let count = counts[part] else { continue }
            lines.append("\(part.rawValue): \(count) do not hold")
            lines += faults.filter { $0.part == part }.map { "  " + $0.words }
        }
        if holds { lines.append("all of it holds") }
        return lines.joined(separator: "\n")
    }
}
