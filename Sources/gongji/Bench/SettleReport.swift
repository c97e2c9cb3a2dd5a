import Domain
import Gateway
import Histogram

/// What `gongji bench settle` has measured.
struct SettleReport {
    var settled: Int
    var seconds: Double
    var refused: [Status: Int]
    var resent: Int
    /// Microseconds.
    var latency: Histogram<UInt64>
    /// Of all nodes together, during the measurement.
    var work: NodeWork
    var loadCPUSeconds: Double
    var clients: Int
    var nodes: Int
    var suite: String
    var fileSystem: String
    var residentBytes: [Int64]
    var conditions: BenchConditions

    var settlementsPerSecond: Double { Double(settled) / seconds }

    private func each(_ value: Double) -> Double {
        settled > 0 ? value / Double(settled) : .nan
    }

    private func percentile(_ percentile: Double) -> Double {
        Double(latency.valueAtPercentile(percentile)) / 1000
    }

    private var cpuMicroseconds: (nodes: Double, load: Double) {
        (each(work.cpuSeconds * 1_000_000), each(loadCPUSeconds * 1_000_000))
    }

    var json: JSON {
        [
            "settlements_per_second": .rounded(settlementsPerSecond, digits: 1),
            "settlements": .int(settled),
            "latency_milliseconds": [
                "p50": .rounded(percentile(50), digits: 3),
                "p90": .rounded(percentile(90), digits: 3),
                "p99": .rounded(percentile(99), digits: 3),
                "p999": .rounded(percentile(99.9), digits: 3),
                "max": .rounded(percentile(100), digits: 3),
            ],
            "messages_per_batch": .rounded(work.messagesPerBatch, digits: 2),
            "signatures_per_settlement": .rounded(each(Double(work.signatures)), digits: 4),
            "fsyncs_per_settlement": .rounded(each(Double(work.fsyncs)), digits: 4),
            "commits_per_settlement": .rounded(each(Double(work.commits)), digits: 4),
            "messages_per_settlement": .rounded(each(Double(work.messagesSent)), digits: 3),
            "cpu_microseconds_per_settlement": .rounded(
                cpuMicroseconds.nodes + cpuMicroseconds.load, digits: 1),
            "cpu_microseconds_per_settlement_nodes": .rounded(cpuMicroseconds.nodes, digits: 1),
            "cpu_microseconds_per_settlement_load": .rounded(cpuMicroseconds.load, digits: 1),
            "resident_bytes": .array(residentBytes.map { .int($0) }),
            "refused": .object(
                refused.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { JSON.Member(key: $0.key.word, value: .int($0.value)) }),
            "resent": .int(resent),
            "conditions": conditions.json.merging([
                "suite": .text(suite), "synchronous": "FULL", "clients": .int(clients),
                "seconds": .rounded(seconds, digits: 2), "nodes": .int(nodes),
                "file_system": .text(fileSystem),
            ]),
        ]
    }

    var text: String {
        var table = TextTable("", ">")
        let rows: [(String, JSON, String)] = [
            ("settlements a second", .rounded(settlementsPerSecond, digits: 1), ""),
            ("latency p50", .rounded(percentile(50), digits: 2), " ms"),
            ("latency p99", .rounded(percentile(99), digits: 2), " ms"),
            ("latency p99.9", .rounded(percentile(99.9), digits: 2), " ms"),
            ("latency max", .rounded(percentile(100), digits: 2), " ms"),
            ("messages a batch", .rounded(work.messagesPerBatch, digits: 1), ""),
            ("messages a settlement", .rounded(each(Double(work.messagesSent)), digits: 2), ""),
            ("signatures a settlement", .rounded(each(Double(work.signatures)), digits: 3), ""),
            ("fsyncs a settlement", .rounded(each(Double(work.fsyncs)), digits: 3), ""),
            ("CPU a settlement, nodes", .rounded(cpuMicroseconds.nodes, digits: 0), " µs"),
            ("CPU a settlement, load", .rounded(cpuMicroseconds.load, digits: 0), " µs"),
        ]
        for (name, value, unit) in rows { table.add(name, value.compact + unit) }
        for (status, count) in refused.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            table.add("refused: \(status.word)", String(count))
        }
        if resent > 0 { table.add("sent again", String(resent)) }
        return table.text() + """


            \(clients) clients for \(JSON.rounded(seconds, digits: 1).compact) s on \(nodes) nodes, \
            \(suite), synchronous FULL on \(fileSystem), \(conditions.build) build \
            \(conditions.version)
            \(conditions.cores) cores of \(conditions.cpuModel), Linux \(conditions.kernel), \
            \(conditions.os)
            """
    }
}

/// What nodes did between two of their status documents, added up.
struct NodeWork {
    var flushes = 0
    var signatures = 0
    var batchesSent = 0
    var messagesSent = 0
    var fsyncs: UInt64 = 0
    var commits: UInt64 = 0
    var cpuSeconds: Double = 0

    init(from before: [NodeStatus], to after: [NodeStatus]) {
        for (before, after) in zip(before, after) {
            flushes += after.flush.count - before.flush.count
            signatures += after.flush.signatures - before.flush.signatures
            batchesSent += after.flush.batchesSent - before.flush.batchesSent
            messagesSent += after.flush.messagesSent - before.flush.messagesSent
            fsyncs += after.store.fsyncs - before.store.fsyncs
            commits += after.store.commits - before.store.commits
            cpuSeconds += after.process.cpuSeconds - before.process.cpuSeconds
        }
    }

    var messagesPerBatch: Double {
        batchesSent > 0 ? Double(messagesSent) / Double(batchesSent) : .nan
    }
}
