import ArgumentParser
import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Wire
import ZeroMQ

/// `gongji cluster torment`: kills nodes at random moments under load, and looks at what is left.
struct TormentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torment",
        abstract: "SIGKILL nodes at random moments under load; then nothing may be lost.",
        discussion: """
            Drives settlements without pause, kills and restarts nodes as the seed says, and \
            checks afterwards: nothing is in doubt within 10 s of the last restart, everything \
            that a client was told is settled is settled, and the audit holds. Exits 1 if not. The \
            same seed makes the same plan of kills. Without --dir it makes a cluster of its own \
            and removes it.

            Example: gongji cluster torment --seconds 60 --kills 20 --seed 7
            """)

    @OptionGroup var output: OutputOptions
    @Option(
        name: [.customLong("dir"), .customLong("cluster")],
        help: ArgumentHelp("A cluster to torment, which must hold no real data.", valueName: "dir"))
    var dir: String?
    @Option(
        help: ArgumentHelp("Provinces of an own cluster.", valueName: "codes"),
        transform: provinceList)
    var provinces: [ProvinceCode] = [370_000, 440_000, 330_000].compactMap { ProvinceCode($0) }
    @Option(help: "For how long to kill.") var seconds: Double = 60
    @Option(help: "How often.") var kills = 20
    @Option(help: "Which plan of kills; a new one is made and printed if left out.")
    var seed: UInt64?
    @Option(help: "Settlements under way at any time.") var clients = 64
    @Option(
        help: ArgumentHelp("Where an own cluster is made.", valueName: "dir"))
    var parent: String?
    @OptionGroup var rules: RulesOptions

    func validate() throws {
        guard seconds >= 1, seconds <= 86_400, (0...10_000).contains(kills) else {
            throw ValidationError("--seconds is 1 to 86400, --kills 0 to 10000.")
        }
        guard (1...100_000).contains(clients), provinces.count >= 2 else {
            throw ValidationError("--clients is 1 to 100000, and two --provinces are the least.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let seed = seed ?? UInt64.random(in: 0...UInt64.max)
            Console.note("seed \(seed)")
            if let dir {
                try torment(Cluster(at: dir), seed)
            } else {
                try withTemporaryCluster(
                    provinces: provinces, suite: .sm2WithSM3, parent: parent,
                    rules: rules.folder()
                ) { try torment($0, seed) }
            }
        }
    }

    private func torment(_ cluster: Cluster, _ seed: UInt64) throws {
        var torment = Torment(
            cluster: cluster,
            plan: KillPlan(
                seed: seed, seconds: seconds, kills: kills, nodes: cluster.provinces.count))
        let report = try torment.run(clients: clients)
        if output.json {
            Console.out(report.json.merging(["seed": .text(String(seed))]))
        } else {
            Console.out(report.text)
            Console.out("seed \(seed)")
        }
        if !report.holds { throw Exit.refused.code }
    }
}

/// Which node is killed when, and for how long it stays down.
struct KillPlan: Equatable {
    struct Kill: Equatable {
        let node: Int
        let atMilliseconds: Int
        let downMilliseconds: Int
    }

    let kills: [Kill]
    let milliseconds: Int

    /// The same plan for the same arguments. Kills are in order of time; one that falls into the
    /// time in which its node is down has to wait until it is up.
    init(seed: UInt64, seconds: Double, kills: Int, nodes: Int) {
        var random = SeededGenerator(seed: seed)
        let milliseconds = Int(seconds * 1000)
        self.milliseconds = milliseconds
        self.kills = (0..<kills).map { _ in
            Kill(
                node: Int.random(in: 0..<nodes, using: &random),
                atMilliseconds: Int.random(in: 0..<milliseconds, using: &random),
                downMilliseconds: Int.random(in: 50...1500, using: &random))
        }.sorted { ($0.atMilliseconds, $0.node) < ($1.atMilliseconds, $1.node) }
    }
}

/// What a torment has shown.
struct TormentReport {
    var kills = 0
    var killsByProvince: [(ProvinceCode, Int)] = []
    var settled = 0
    var resent = 0
    var refused: [Status: Int] = [:]
    /// From the last restart until nothing was in doubt anywhere; nil if not within 10 s.
    var clearMilliseconds: Int?
    var toldSettled = 0
    /// Transactions that a client was told are settled, and whose node says otherwise.
    var lost: [Identifier] = []
    var audit: ClusterAudit

    var holds: Bool { clearMilliseconds != nil && lost.isEmpty && audit.holds }

    var text: String {
        var lines = [
            "\(kills) kills: "
                + killsByProvince.map { "\($0.0) \($0.1) times" }.joined(separator: ", "),
            "\(settled) settlements; \(resent) requests were sent again",
        ]
        for (status, count) in refused.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("  refused \(count) times: \(status.word)")
        }
        lines.append(
            clearMilliseconds.map { "nothing in doubt \($0) ms after the last restart" }
                ?? "STILL IN DOUBT 10 s after the last restart; see gongji indoubt list")
        lines.append(
            lost.isEmpty
                ? "all \(toldSettled) settlements that clients were told of are settled"
                : "LOST: \(lost.count) of \(toldSettled) settlements that clients were told of: "
                    + lost.prefix(10).map(\.description).joined(separator: " "))
        return (lines + [audit.text]).joined(separator: "\n")
    }

    var json: JSON {
        [
            "holds": .bool(holds), "kills": .int(kills), "settled": .int(settled),
            "resent": .int(resent),
            "refused": .object(
                refused.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { JSON.Member(key: $0.key.word, value: .int($0.value)) }),
            "in_doubt_clear_milliseconds": clearMilliseconds.map { .int($0) } ?? nil,
            "told_settled": .int(toldSettled),
            "lost": .array(lost.map { .describing($0) }), "audit": audit.json,
        ]
    }
}
