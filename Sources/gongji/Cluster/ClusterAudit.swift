import Domain
import Glibc
import Signing
import Storage
import StorageSQLite

/// What the audit says of a cluster: M1 to M8 of design §2, over the stores of all its nodes.
struct ClusterAudit {
    private let report: AuditReport

    /// Times that the stores are read when something does not hold.
    private static let readingsMax = 3

    /// Reads every node's store; the nodes may be running. Their moments are some milliseconds apart,
    /// so that under load one store can seem to know too early what another has done since: what
    /// does not hold is read again a second later, and counts only if it never held.
    init(of cluster: Cluster) throws {
        let evidence = try cluster.nodes().map { try LocalEvidence($0.local) }
        guard let directory = evidence.first?.directory else {
            throw CommandFailure.failed("the cluster has no nodes")
        }
        var found: AuditReport
        var readings = 0
        var shown = JournalProgress()
        repeat {
            if readings > 0 { sleep(1) }
            readings += 1
            found = try ClusterAudit.reading(evidence[...], []) { nodes in
                try Audit.run(
                    nodes, network: directory.network, verifier: Verifier(directory),
                    sm3: SM3Hashing()
                ) { shown.checked($1, of: $0) }
            }
        } while !found.holds && readings < ClusterAudit.readingsMax
        shown.end()
        report = found
    }

    /// Holds a consistent moment of each store open while `body` runs.
    private static func reading(
        _ rest: ArraySlice<LocalEvidence>, _ open: [Audit.Node],
        _ body: ([Audit.Node]) throws -> AuditReport
    ) throws -> AuditReport {
        guard let next = rest.first else { return try body(open) }
        return try next.store.read { store in
            try reading(
                rest.dropFirst(), open + [Audit.Node(province: next.province, store: store)], body)
        }
    }

    var holds: Bool { report.holds }

    var text: String {
        var table = TextTable("", "invariant", "holds", "numbers")
        for invariant in report.invariants {
            table.add(
                invariant.id, invariant.sentence, invariant.holds ? "yes" : "NO",
                invariant.numbers.map { "\(words($0.name)) \($0.value)" }
                    .joined(separator: ", "))
        }
        var lines = [table.text()]
        for invariant in report.invariants where !invariant.holds {
            lines.append("\(invariant.id) is violated \(invariant.violationCount) times:")
            lines += invariant.violations.map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        .object(
            report.invariants.map { invariant in
                JSON.Member(
                    key: invariant.id,
                    value: [
                        "holds": .bool(invariant.holds), "sentence": .text(invariant.sentence),
                        "numbers": .object(
                            invariant.numbers.map {
                                JSON.Member(key: $0.name, value: .int($0.value))
                            }),
                        "violation_count": .int(invariant.violationCount),
                        "violations": .array(invariant.violations.map { .text($0) }),
                    ])
            })
    }

    private func words(_ name: String) -> String { name.replacing("_", with: " ") }
}
