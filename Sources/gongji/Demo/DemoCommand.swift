import ArgumentParser
import Domain
import Foundation
import Signing
import Wire

/// `gongji cluster demo`: the whole of it, told with real processes.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Tell the story of one family's shared account, with four real nodes.",
        discussion: """
            A mother insured in Shandong is treated in Shanghai with the quotas of her son in \
            Guangdong and her daughter in Zhejiang. Every amount is checked; exits 1 if one is not \
            as expected. The nodes go on running afterwards, for a look at status and journal, \
            unless --stop or --rm is given. A demo cluster of an earlier run is removed first.

            Example: gongji cluster demo --dir work-demo
            """)

    @OptionGroup var output: OutputOptions
    @Option(
        name: [.customLong("dir"), .customLong("cluster")],
        help: ArgumentHelp("The demo's folder.", valueName: "dir"))
    var dir = "work-demo"
    @OptionGroup var rules: RulesOptions
    @Flag(help: "Stop the nodes at the end; the folder stays.") var stop = false
    @Flag(help: "Stop the nodes and remove the folder at the end.") var rm = false

    /// The names of the demo's networks begin so: only such a cluster is ever removed.
    private static let networkPrefix = "demo-"

    func run() throws {
        try telling(json: output.json) {
            let cluster = try freshCluster()
            let interrupted = InterruptGuard(cluster, removing: rm)
            defer { interrupted.end() }
            _ = try cluster.start()
            try cluster.waitUntilHealthy(seconds: 60)
            var story = try DemoStory(
                cluster, folder: dir, quiet: output.json, stops: stop || rm)
            let holds = try story.tell()
            if output.json { Console.out(story.json) }
            if rm || stop { _ = try cluster.stop() }
            if rm { try cluster.remove() }
            if !holds { throw CommandFailure.failed("the audit does not hold") }
        }
    }

    private func freshCluster() throws -> Cluster {
        let rules = try rules.folder()
        if Cluster.exists(at: dir) {
            let old = try Cluster(at: dir)
            guard old.manifest.network.hasPrefix(DemoCommand.networkPrefix) else {
                throw CommandFailure.failed(
                    "\(dir) is a cluster that no demo has made; choose another --dir")
            }
            _ = try old.stop()
            try old.remove()
        }
        let name = DemoCommand.networkPrefix + newNetworkName().suffix(8)
        return try Cluster.found(
            at: dir, provinces: DemoStory.provinces, suite: .sm2WithSM3, network: name,
            rules: rules)
    }
}
