import ArgumentParser
import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Wire
import ZeroMQ

/// `gongji bench`: measurements over the service sockets of real nodes.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure settlements, what rules cost them, and memory with many wallets.",
        discussion: "Example: gongji bench settle --clients 64 --seconds 10",
        subcommands: [Settle.self, RulesCost.self, WalletsCommand.self])

    struct Settle: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Settle as fast as N clients can, for S seconds, and say what it took.",
            discussion: """
                Each client is a patient with a giver in another province, and settles one bill \
                after the other: reserve, then commit. Without --cluster it makes a cluster of two \
                provinces of its own in a temporary folder, and removes it at the end. Latency is \
                from the reserve to the reply that says settled.

                Example: gongji bench settle --clients 512 --seconds 20 --json
                """)

        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("A running cluster to drive.", valueName: "dir"))
        var cluster: String?
        @Option(help: "Settlements under way at any time.") var clients = 64
        @Option(help: "How long to measure.") var seconds: Double = 10
        @Option(help: "How long to run before measuring.") var warmUpSeconds: Double = 1
        @Option(help: "Signature suite of an own cluster.") var suite = Word(Suite.sm2WithSM3)
        @Option(
            help: ArgumentHelp(
                "Where an own cluster is made; the disk that is flushed is this one's.",
                valueName: "dir"))
        var parent: String?
        @OptionGroup var rules: RulesOptions

        func validate() throws {
            guard (1...100_000).contains(clients) else {
                throw ValidationError("--clients is 1 to 100000.")
            }
            guard seconds >= 0.1, seconds <= 86_400, (0...3600).contains(warmUpSeconds) else {
                throw ValidationError("--seconds is 0.1 to 86400, --warm-up-seconds 0 to 3600.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                try withCluster { cluster in
                    let report = try measure(cluster)
                    if output.json { Console.out(report.json) } else { Console.out(report.text) }
                    if report.settled == 0 {
                        throw CommandFailure.failed("nothing was settled; see gongji status")
                    }
                }
            }
        }

        private func withCluster(_ body: (Cluster) throws -> Void) throws {
            if let cluster { return try body(try Cluster(at: cluster)) }
            try withTemporaryCluster(
                provinces: [ProvinceCode(370_000), ProvinceCode(440_000)].compactMap { $0 },
                suite: suite.value, parent: parent, rules: rules.folder(), body)
        }

        private func measure(_ cluster: Cluster) throws -> SettleReport {
            let nodes = try cluster.nodes()
            guard nodes.count >= 2 else {
                throw CommandFailure.failed("the cluster needs at least two provinces")
            }
            try cluster.waitUntilHealthy(seconds: 60)
            let context = try Context()
            let sockets = try nodes.map {
                try ServiceClient(endpoint: $0.local.serviceEndpoint, context: context)
            }
            let provinces = nodes.map(\.province)
            Console.note("preparing \(clients) patients")
            let patients = try LoadPreparation(provinces: provinces, clients: sockets)
                .prepare(count: clients)
            var load = SettleLoad(patients, provinces: provinces, clients: sockets)
            try load.begin()
            try run(&load, seconds: warmUpSeconds, "warming up")
            load.reset()

            let before = try statuses(of: nodes)
            let cpuBefore = ownCPUSeconds()
            let start = monotonicNanoseconds()
            try run(&load, seconds: seconds, "measuring")
            let measured = Double(monotonicNanoseconds() - start) / 1_000_000_000
            let loadCPU = ownCPUSeconds() - cpuBefore
            let after = try statuses(of: nodes)
            let report = SettleReport(
                settled: load.settled, seconds: measured, refused: load.refused,
                resent: load.resent, latency: load.latency,
                work: NodeWork(from: before, to: after), loadCPUSeconds: loadCPU,
                clients: clients, nodes: nodes.count, suite: cluster.manifest.suite,
                fileSystem: BenchConditions.fileSystem(of: cluster.path),
                residentBytes: after.map(\.process.residentBytes),
                conditions: BenchConditions.current())
            try load.finish(seconds: 30)
            return report
        }

        /// Drives the load, with a line of progress a second.
        private func run(_ load: inout SettleLoad, seconds: Double, _ what: String) throws {
            let start = monotonicNanoseconds()
            let end = start + UInt64(seconds * 1_000_000_000)
            var shown = start
            var shownSettled = load.settled
            while true {
                let now = monotonicNanoseconds()
                if now >= end { break }
                let left = Int((end - now) / 1_000_000)
                try load.step(milliseconds: min(left, 100), goOn: true)
                if now - shown >= 1_000_000_000 {
                    try load.resend()
                    let rate = Double(load.settled - shownSettled) * 1e9 / Double(now - shown)
                    Console.progress(
                        "\(what): \(Int(Double(now - start) / 1e9)) of \(Int(seconds)) s, "
                            + "\(Int(rate)) settlements a second")
                    (shown, shownSettled) = (now, load.settled)
                }
            }
            Console.endProgress()
        }
    }
}

/// One document a node. Throws ``CommandFailure`` if one does not answer.
func statuses(of nodes: [ClusterNode]) throws -> [NodeStatus] {
    let client = try StatusClient()
    return try nodes.map { node in
        guard let status = try node.local.status(client, timeoutMilliseconds: 5000) else {
            throw CommandFailure.notReached("no answer from \(node.local.statusEndpoint)")
        }
        return status
    }
}

/// A new cluster for as long as `body` runs; stopped and removed whatever comes of it.
func withTemporaryCluster(
    provinces: [ProvinceCode], suite: Suite, parent: String?, rules: String,
    _ body: (Cluster) throws -> Void
) throws {
    let parent = absolutePath(parent ?? FileManager.default.temporaryDirectory.path)
    let path = "\(parent)/gongji-\(Clock.newIdentifier().description.suffix(12))"
    Console.note("own cluster in \(path)")
    let cluster = try Cluster.found(
        at: path, provinces: provinces, suite: suite, network: newNetworkName(), rules: rules)
    defer {
        _ = try? cluster.stop()
        try? cluster.remove()
    }
    let interrupted = InterruptGuard(cluster)
    defer { interrupted.end() }
    _ = try cluster.start()
    try cluster.waitUntilHealthy(seconds: 60)
    try body(cluster)
}

extension SettleLoad {
    /// Lets what is under way come to its end. Throws ``CommandFailure`` if that takes too long.
    mutating func finish(seconds: Double) throws {
        let deadline = monotonicNanoseconds() + UInt64(seconds * 1_000_000_000)
        while isBusy {
            guard monotonicNanoseconds() < deadline else {
                throw CommandFailure.failed(
                    "settlements are still without an answer after \(Int(seconds)) s; "
                        + "see gongji indoubt list")
            }
            try step(milliseconds: 100, goOn: false)
            try resend()
        }
    }
}
