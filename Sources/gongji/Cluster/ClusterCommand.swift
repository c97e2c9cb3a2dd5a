import ArgumentParser
import Domain
import Foundation
import Glibc
import Signing
import Wire
import Gateway

/// `gongji cluster`: a whole network on this machine, with real processes.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Run a network of nodes on this machine: up, down, audit, demo, chaos.",
        discussion: """
            Example: gongji cluster up --provinces 370000,440000
            """,
        subcommands: [
            Up.self, Down.self, Overview.self, Kill.self, Start.self, AuditCommand.self,
            DemoCommand.self, ChaosCommand.self,
        ])

    struct Up: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a cluster (or find it again), start its nodes, wait until all is well.",
            discussion: """
                Writes keys, certificates, the signed directory and a configuration a node into \
                the folder, on free ports of 127.0.0.1, with a copy of the rule sets and a \
                register of sample institutions: H31000000001 and H31000000002 (hospitals), \
                P31000000001 (pharmacy), C31000000001 (collects premiums), I31000000001 (insurer) \
                for 310000, and so on. Run again, it starts what does not run.

                Example: gongji cluster up --provinces 370000,440000,330000 --dir work-cluster
                """)

        @OptionGroup var folder: ClusterFolderOptions
        @OptionGroup var output: OutputOptions
        @Option(
            help: ArgumentHelp("Six-digit codes, with commas between.", valueName: "codes"),
            transform: provinceList)
        var provinces: [ProvinceCode] = []
        @Option(help: "Signature suite.") var suite = Word(Suite.sm2WithSM3)
        @OptionGroup var rules: RulesOptions
        @Option(help: "How long to wait for the nodes.") var waitSeconds: Double = 60

        func run() throws {
            try telling(json: output.json) {
                let cluster = try openOrFound()
                let started = try cluster.start()
                Console.note(
                    started.isEmpty
                        ? "all nodes run already"
                        : "started \(started.map(\.description).joined(separator: ", "))")
                try cluster.waitUntilHealthy(seconds: waitSeconds)
                let overview = try cluster.overview()
                if output.json {
                    Console.out(overview.json)
                } else {
                    Console.out(overview.text)
                    Console.out(
                        """

                        Ask a node:  gongji status --cluster \(folder.dir) --province \
                        \(cluster.manifest.provinces[0])
                        Check it:    gongji cluster audit --dir \(folder.dir)
                        Stop it:     gongji cluster down --dir \(folder.dir)
                        """)
                }
            }
        }

        private func openOrFound() throws -> Cluster {
            if Cluster.exists(at: folder.dir) {
                let cluster = try Cluster(at: folder.dir)
                guard provinces.isEmpty || Set(provinces) == Set(cluster.provinces) else {
                    throw CommandFailure.failed(
                        "\(folder.dir) is a cluster of other provinces: "
                            + cluster.manifest.provinces.joined(separator: ",")
                            + ". Choose another --dir, or remove that folder after cluster down.")
                }
                return cluster
            }
            guard provinces.count >= 2 else {
                throw ValidationError("A new cluster needs at least two --provinces.")
            }
            return try Cluster.found(
                at: folder.dir, provinces: provinces, suite: suite.value,
                network: newNetworkName(), rules: rules.folder())
        }
    }

    struct Down: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop all nodes of a cluster; their files stay.",
            discussion: "Example: gongji cluster down --dir work-cluster")

        @OptionGroup var folder: ClusterFolderOptions
        @OptionGroup var output: OutputOptions
        @Flag(help: "Remove the cluster's folder as well.") var rm = false

        func run() throws {
            try telling(json: output.json) {
                let cluster = try Cluster(at: folder.dir)
                let killed = try cluster.stop()
                if rm { try cluster.remove() }
                if output.json {
                    Console.out([
                        "outcome": "done", "killed": .array(killed.map { .describing($0) }),
                        "removed": .bool(rm),
                    ])
                } else {
                    Console.out(rm ? "stopped and removed" : "stopped")
                    for province in killed {
                        Console.out("\(province) did not end by itself and was killed")
                    }
                }
            }
        }
    }

    struct Overview: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Show which nodes of a cluster run, and how they are.",
            discussion: "Example: gongji cluster status --dir work-cluster")

        @OptionGroup var folder: ClusterFolderOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try telling(json: output.json) {
                let overview = try Cluster(at: folder.dir).overview()
                if output.json { Console.out(overview.json) } else { Console.out(overview.text) }
            }
        }
    }

    struct Kill: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a signal to one node of a cluster.",
            discussion: """
                Example: gongji cluster kill --dir work-cluster --province 440000 --signal KILL
                """)

        @OptionGroup var folder: ClusterFolderOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Whose node, six digits.") var province: ProvinceCode
        @Option(help: "Which signal.") var signal = SignalName.KILL

        func run() throws {
            try telling(json: output.json) {
                let process = NodeProcess(try Cluster(at: folder.dir).node(province))
                guard process.signal(signal.number) else {
                    throw CommandFailure.failed(
                        "the node of \(province) does not run; start it: gongji cluster start "
                            + "--dir \(folder.dir) --province \(province)")
                }
                if output.json {
                    Console.out(["outcome": "done", "signal": .text(signal.rawValue)])
                } else {
                    Console.out("sent SIG\(signal.rawValue) to the node of \(province)")
                }
            }
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start one node of a cluster, and wait until it answers.",
            discussion: "Example: gongji cluster start --dir work-cluster --province 440000")

        @OptionGroup var folder: ClusterFolderOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Whose node, six digits.") var province: ProvinceCode

        func run() throws {
            try telling(json: output.json) {
                let cluster = try Cluster(at: folder.dir)
                let node = ClusterNode(province: province, local: try cluster.node(province))
                let pid = try node.process.start()
                try node.waitUntilRunning(seconds: 30)
                if output.json {
                    Console.out(["outcome": "done", "pid": .int(Int(pid))])
                } else {
                    Console.out("the node of \(province) runs with pid \(pid)")
                }
            }
        }
    }
}

/// Which cluster.
struct ClusterFolderOptions: ParsableArguments {
    @Option(
        name: [.customLong("dir"), .customLong("cluster")],
        help: ArgumentHelp("The cluster's folder.", valueName: "dir"))
    var dir = "work-cluster"
}

enum SignalName: String, CaseIterable, ExpressibleByArgument {
    case KILL, TERM, INT, STOP, CONT

    var number: Int32 {
        switch self {
        case .KILL: SIGKILL
        case .TERM: SIGTERM
        case .INT: SIGINT
        case .STOP: SIGSTOP
        case .CONT: SIGCONT
        }
    }
}

/// `370000,440000`: each a province of its own.
@Sendable func provinceList(_ text: String) throws -> [ProvinceCode] {
    let codes = try text.split(separator: ",").map { part in
        guard let code = ProvinceCode(part), code != .national else {
            throw ValidationError("\(part) is no province code of six digits, such as 370000.")
        }
        return code
    }
    guard Set(codes).count == codes.count else {
        throw ValidationError("A province is named twice.")
    }
    return codes
}

/// A name that no other cluster has, so that their nodes never take each other's messages.
func newNetworkName() -> String { "cluster-\(Clock.newIdentifier().description.suffix(8))" }
