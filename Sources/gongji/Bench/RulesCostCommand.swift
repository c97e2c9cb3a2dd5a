import ArgumentParser
import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Wire
import Wire
import ZeroMQ

extension BenchCommand {
    /// `gongji bench rules`: what the rules cost a settlement, as a ratio in one run.
    struct RulesCost: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rules",
            abstract: "Compare settlements by the rule sets with settlements by the least of sets.",
            discussion: """
                One cluster of two provinces in a temporary folder settles without a pause, while \
                its nodes go by the rule sets and by the least one in turn, slice by slice: a node \
                takes no set that does not say what may be paid for, and whose credential counts, \
                so the least has these two rules. What is told is the ratio of the two, for the \
                rate and for the CPU time of the nodes.

                Example: gongji bench rules --clients 64 --slices 10 --seconds 3
                """)

        @OptionGroup var output: OutputOptions
        @Option(help: "Settlements under way at any time.") var clients = 64
        @Option(help: "Slices with the rules, and as many without.") var slices = 10
        @Option(help: "How long one slice is.") var seconds: Double = 3
        @Option(
            help: ArgumentHelp("Where the cluster is made.", valueName: "dir")) var parent: String?
        @OptionGroup var rules: RulesOptions

        func validate() throws {
            guard (1...100_000).contains(clients), (1...1000).contains(slices), seconds >= 0.5,
                seconds <= 3600
            else {
                throw ValidationError(
                    "--clients is 1 to 100000, --slices 1 to 1000, --seconds 0.5 to 3600.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                try withTemporaryCluster(
                    provinces: [ProvinceCode(370_000), ProvinceCode(440_000)].compactMap { $0 },
                    suite: .sm2WithSM3, parent: parent, rules: rules.folder()
                ) { cluster in
                    let comparison = try measure(cluster)
                    if output.json {
                        Console.out(comparison.json)
                    } else {
                        Console.out(comparison.text)
                    }
                }
            }
        }

        private func measure(_ cluster: Cluster) throws -> RulesComparison {
            let nodes = try cluster.nodes()
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
            try drive(&load, seconds: 1)
            let folders = try RuleFolderSwap(cluster)
            var comparison = RulesComparison(
                clients: clients, seconds: seconds, conditions: BenchConditions.current(),
                fileSystem: BenchConditions.fileSystem(of: cluster.path))
            for slice in 0..<slices {
                // Whichever comes first in a pair takes turns, so that a drift favours neither.
                for withRules in slice.isMultiple(of: 2) ? [true, false] : [false, true] {
                    try folders.put(withRules)
                    try wait(nodes, for: withRules, &load)
                    let before = try statuses(of: nodes)
                    load.reset()
                    let start = monotonicNanoseconds()
                    try drive(&load, seconds: seconds)
                    let measured = Double(monotonicNanoseconds() - start) / 1_000_000_000
                    let work = NodeWork(from: before, to: try statuses(of: nodes))
                    guard load.settled > 0, load.refused.isEmpty else {
                        throw CommandFailure.failed(
                            "settlements were refused: \(load.refused); see gongji status")
                    }
                    comparison.add(
                        withRules: withRules, rate: Double(load.settled) / measured,
                        cpuMicroseconds: work.cpuSeconds * 1_000_000 / Double(load.settled))
                    Console.progress(
                        "slice \(slice + 1) of \(slices), \(withRules ? "with" : "without") "
                            + "rules: \(Int(Double(load.settled) / measured)) settlements a second")
                }
            }
            Console.endProgress()
            try load.finish(seconds: 30)
            return comparison
        }

        private func drive(_ load: inout SettleLoad, seconds: Double) throws {
            let end = monotonicNanoseconds() + UInt64(seconds * 1_000_000_000)
            while monotonicNanoseconds() < end {
                let left = Int((end - min(end, monotonicNanoseconds())) / 1_000_000)
                try load.step(milliseconds: min(left, 100), goOn: true)
                try load.resend()
            }
        }

        /// Settles on until all nodes have taken the other rule sets over.
        private func wait(
            _ nodes: [ClusterNode], for withRules: Bool, _ load: inout SettleLoad
        ) throws {
            let deadline = monotonicNanoseconds() + 30_000_000_000
            while true {
                let inForce = try statuses(of: nodes).map(\.rules.inForce)
                if inForce.allSatisfy({ ($0 == [RuleFolderSwap.emptyName]) != withRules }) {
                    return
                }
                guard monotonicNanoseconds() < deadline else {
                    throw CommandFailure.failed(
                        "the nodes did not take the rule sets over within 30 s; see gongji status")
                }
                try drive(&load, seconds: 0.1)
            }
        }
    }
}

/// Puts one of two folders of rule sets where the nodes of a cluster look.
private struct RuleFolderSwap {
    static let emptyName = "least-rules"

    private let place: String
    private let aside: (rules: String, empty: String)

    init(_ cluster: Cluster) throws {
        place = "\(cluster.path)/rulesets"
        aside = ("\(cluster.path)/rulesets-kept", "\(cluster.path)/rulesets-empty")
        try FileManager.default.createDirectory(
            atPath: aside.empty, withIntermediateDirectories: false)
        let text = """
            name: \(RuleFolderSwap.emptyName)
            title: the least that a node takes, to measure what rules cost
            source: gongji bench rules
            regions: [100000]
            from: 2000-01-01
            rules:
              - id: LEAST-A
                check: categories
                allow: [\(Category.allCases.map(\.word).joined(separator: ", "))]
              - id: LEAST-B
                check: own_credential
            ...

            """
        try Data(text.utf8).write(
            to: URL(fileURLWithPath: "\(aside.empty)/\(RuleFolderSwap.emptyName).yaml"))
    }

    func put(_ withRules: Bool) throws {
        let files = FileManager.default
        let (wanted, other) =
            withRules ? (aside.rules, aside.empty) : (aside.empty, aside.rules)
        // Already there if it does not lie aside.
        guard files.fileExists(atPath: wanted) else { return }
        try files.moveItem(atPath: place, toPath: other)
        try files.moveItem(atPath: wanted, toPath: place)
    }
}

/// What both kinds of slices came to.
struct RulesComparison {
    let clients: Int
    let seconds: Double
    let conditions: BenchConditions
    let fileSystem: String
    private var rates: (with: [Double], without: [Double]) = ([], [])
    private var cpu: (with: [Double], without: [Double]) = ([], [])

    init(clients: Int, seconds: Double, conditions: BenchConditions, fileSystem: String) {
        self.clients = clients
        self.seconds = seconds
        self.conditions = conditions
        self.fileSystem = fileSystem
    }

    mutating func add(withRules: Bool, rate: Double, cpuMicroseconds: Double) {
        if withRules {
            rates.with.append(rate)
            cpu.with.append(cpuMicroseconds)
        } else {
            rates.without.append(rate)
            cpu.without.append(cpuMicroseconds)
        }
    }

    /// With the rules over without them, medians of the slices.
    var rateRatio: Double { median(rates.with) / median(rates.without) }
    var cpuRatio: Double { median(cpu.with) / median(cpu.without) }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    var json: JSON {
        [
            "rate_ratio": .rounded(rateRatio, digits: 4),
            "cpu_ratio": .rounded(cpuRatio, digits: 4),
            "settlements_per_second": [
                "with_rules": .rounded(median(rates.with), digits: 1),
                "without_rules": .rounded(median(rates.without), digits: 1),
            ],
            "cpu_microseconds_per_settlement_nodes": [
                "with_rules": .rounded(median(cpu.with), digits: 1),
                "without_rules": .rounded(median(cpu.without), digits: 1),
            ],
            "conditions": conditions.json.merging([
                "clients": .int(clients), "slices": .int(rates.with.count),
                "seconds": .rounded(seconds, digits: 2), "synchronous": "FULL",
                "file_system": .text(fileSystem),
            ]),
        ]
    }

    var text: String {
        var table = TextTable("", ">the rule sets", ">the least", ">ratio")
        table.add(
            "settlements a second", JSON.rounded(median(rates.with), digits: 0).compact,
            JSON.rounded(median(rates.without), digits: 0).compact,
            JSON.rounded(rateRatio, digits: 3).compact)
        table.add(
            "CPU a settlement, nodes", JSON.rounded(median(cpu.with), digits: 0).compact + " µs",
            JSON.rounded(median(cpu.without), digits: 0).compact + " µs",
            JSON.rounded(cpuRatio, digits: 3).compact)
        return table.text() + """


            medians of \(rates.with.count) slices each of \
            \(JSON.rounded(seconds, digits: 1).compact) s in turn, \(clients) clients, 2 nodes, \
            synchronous FULL on \(fileSystem), \(conditions.build) build \(conditions.version)
            \(conditions.cores) cores of \(conditions.cpuModel), Linux \(conditions.kernel), \
            \(conditions.os)
            """
    }
}
