import ArgumentParser
import Domain
import Foundation
import Gateway
import Glibc
import ZeroMQ

/// `gongji status`: what a node says of itself.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a node's peers, queues, refusals, in-doubt transactions and latencies.",
        discussion: """
            --json prints the node's document as it is; --watch draws it anew every second; \
            --events prints what happens as it happens, one JSON document a line, until \
            interrupted.

            Example: gongji status --node nodes/370000 --watch
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "Draw it again every second, until interrupted.") var watch = false
    @Flag(help: "Print the node's events as JSON lines, until interrupted.") var events = false
    @Option(help: "How long to wait for the node.") var timeoutSeconds: Double = 5

    func validate() throws {
        if watch && (output.json || events) || events && output.json {
            throw ValidationError("Give only one of --json, --watch and --events.")
        }
        guard timeoutSeconds > 0, timeoutSeconds <= 3600 else {
            throw ValidationError("--timeout-seconds is above 0 and at most 3600.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let folder = try node.folder()
            let client = try StatusClient()
            if events { try follow(folder, client) }
            repeat {
                let timeout = Int(timeoutSeconds * 1000)
                let endpoint = folder.statusEndpoint
                let document = try client.document(at: endpoint, timeoutMilliseconds: timeout)
                if watch { Console.clear() }
                if let document {
                    if output.json {
                        Console.out(String(decoding: document, as: UTF8.self))
                    } else {
                        Console.out(try NodeStatus(decoding: document).page)
                    }
                } else {
                    let failure = CommandFailure.notReached("no answer from \(endpoint)")
                    guard watch else { throw failure }
                    Console.out(failure.text)
                }
                if watch { sleep(1) }
            } while watch
        }
    }

    private func follow(_ folder: LocalNode, _ client: StatusClient) throws -> Never {
        let socket = try client.events(at: folder.eventsEndpoint)
        while true {
            if case .message(let message)? = try socket.receive(), let event = message.frames.last {
                Console.out(String(decoding: event, as: UTF8.self))
            }
        }
    }
}

extension NodeStatus {
    /// For people, on one screen.
    var page: String {
        var lines: [String] = [
            "\(province) on network \(network): \(state), version \(version), pid \(process.pid)",
            "now \(time), since \(started)",
        ]
        if let halt { lines.append("STOPPED SETTLING: \(halt)") }
        lines.append(
            "directory version \(directory.version) of \(directory.issued); "
                + "certificate has \(directory.certificateDaysLeft) days left"
                + (directory.revocationListsDue.map { "; next revocation list due \($0)" } ?? ""))
        if let failure = directory.lastReloadFailure {
            lines.append("THE DIRECTORY WAS NOT RELOADED: \(failure)")
        }
        lines.append(
            "rules in force: "
                + (rules.inForce.isEmpty ? "NONE" : rules.inForce.joined(separator: ", "))
                + "; \(rules.institutions) entries in the register")
        if let failure = rules.lastFailure {
            lines.append("THE RULES WERE NOT RELOADED: \(failure)")
        }
        lines += ["", peerTable.text()]
        for peer in peers {
            guard let standstill = peer.standstill else { continue }
            lines.append("\(standstill.state): \(standstill.sentence)")
        }
        for alarm in alarms {
            lines.append("ALARM: \(alarm.peer) \(alarm.words), since \(alarm.since)")
        }
        lines += ["", transactionTable.text()]
        lines += ["", "in doubt  \(inDoubt.count)"]
        if let oldest = inDoubt.oldest {
            lines.append(
                "  oldest \(oldest.transaction) since \(oldest.since), waits for \(oldest.waitsFor)"
            )
        }
        lines.append("evidence  \(evidence.count)")
        if let last = evidence.last {
            lines.append(
                "  LAST CONTRADICTION \(last.reason) of \(last.accused) at \(last.time): "
                    + "gongji evidence list")
        }
        lines.append("")
        lines.append(
            "store     \(store.commits) commits, \(store.fsyncs) fsyncs, commit p50 "
                + "\(milliseconds(store.commitMilliseconds.p50)) p99 "
                + "\(milliseconds(store.commitMilliseconds.p99)) max "
                + "\(milliseconds(store.commitMilliseconds.max)), "
                + "\(mebibytes(store.freeBytes)) free")
        lines.append(
            "flushes   \(flush.count) with \(flush.signatures) signatures; sent "
                + "\(flush.messagesSent) messages in \(flush.batchesSent) batches, received "
                + "\(flush.messagesReceived) in \(flush.batchesReceived)")
        lines.append(
            "queues    \(queues.requests) requests, \(queues.inboundBatches) batches, "
                + "\(queues.waiters) clients waiting")
        lines.append(
            "process   \(mebibytes(process.residentBytes)) resident, "
                + "\(seconds(process.cpuSeconds)) of CPU")
        lines += ["", connectionTable.text(), "", refusalText]
        lines += troubleText
        return lines.joined(separator: "\n")
    }

    private var peerTable: TextTable {
        var table = TextTable(
            "peer", "endpoint", "connected", "last heard", ">sent", ">acked", ">in flight",
            ">outbox", ">received")
        for peer in peers {
            table.add(
                peer.province, peer.endpoint,
                peer.standstill != nil ? "STANDS STILL" : peer.connected ? "yes" : "NO",
                peer.lastHeard ?? "never", String(peer.sent), String(peer.acknowledged),
                String(peer.inFlightMessages), String(peer.outbox), String(peer.received))
        }
        return table
    }

    private var connectionTable: TextTable {
        var table = TextTable("connections", ">known", ">not known yet", ">accepted", ">refused")
        for (gate, seen) in connections.sorted(by: { $0.key < $1.key }) {
            table.add(
                gate, String(seen.open), String(seen.unauthenticated), String(seen.accepted),
                String(seen.refused.values.reduce(0, +)))
        }
        return table
    }

    /// Who floods, and which peers let this node not in; in words.
    private var troubleText: [String] {
        var lines: [String] = []
        for peer in peers {
            guard let failure = peer.connectFailure, !peer.connected else { continue }
            lines.append("\(peer.province) does not let this node in: \(failure)")
        }
        for (gate, seen) in connections.sorted(by: { $0.key < $1.key }) {
            for source in seen.sources {
                var words = source.refused.sorted { $0.key < $1.key }
                    .map { "refused \($0.value) times (\($0.key))" }
                if source.heldBack > 0 {
                    words.append("held back \(source.heldBack) times for its octets")
                }
                lines.append(
                    "\(source.name) at \(gate): \(words.joined(separator: ", ")); "
                        + "\(source.connections) connections, "
                        + "\(mebibytes(Int64(source.bytesLastMinute))) in the last minute")
            }
        }
        for most in refusals.most {
            let reasons = most.reasons.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            lines.append("\(most.kind) \(most.name): \(reasons)")
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    private var transactionTable: TextTable {
        var table = TextTable("transactions", "state", ">count")
        for (state, count) in transactions.coordinator.sorted(by: { $0.key < $1.key }) {
            table.add("as care node", state, String(count))
        }
        for (state, count) in transactions.participant.sorted(by: { $0.key < $1.key }) {
            table.add("as payer", state, String(count))
        }
        return table
    }

    private var refusalText: String {
        var table = TextTable("refused", "reason", ">count")
        let kinds =
            [
                ("batches", refusals.batches), ("messages", refusals.messages),
                ("clients", refusals.clients),
            ]
            + connections.sorted { $0.key < $1.key }
            .map { ("connections (\($0.key))", $0.value.refused) }
        for (kind, counts) in kinds {
            for (reason, count) in counts.sorted(by: { $0.key < $1.key }) where count > 0 {
                table.add(kind, reason, String(count))
            }
        }
        if table.isEmpty { return "nothing was refused" }
        let last = refusals.last.suffix(5).map { last in
            "  \(last.time) \(last.peer) \(last.reason) \(last.detail)"
        }
        return ([table.text()] + last).joined(separator: "\n")
    }
}

extension StatusDocument.Alarm {
    /// What the peer did; `deploy/README.md` says what to do about it.
    fileprivate var words: String {
        switch what {
        case "proposals": "asked for more relations than it may: \(count) were not answered"
        case "wallet_queries": "asked for more wallets than it may: \(count) were not answered"
        case "document_claims": "claimed more documents than it may: \(count) were not answered"
        case "one_wallet": "asked about one wallet too often: \(count) times not answered"
        case "proposals_found_nobody": "asks for people who are not here: \(count) so far"
        default: "\(what): \(count)"
        }
    }
}

func milliseconds(_ value: Double) -> String { "\(JSON.rounded(value, digits: 2).compact) ms" }
func seconds(_ value: Double) -> String { "\(JSON.rounded(value, digits: 1).compact) s" }
func mebibytes(_ bytes: Int64) -> String {
    "\(JSON.rounded(Double(bytes) / 1_048_576, digits: 1).compact) MiB"
}
