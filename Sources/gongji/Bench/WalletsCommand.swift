import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji bench wallets`: fills a node with people, and says what memory it takes.
struct WalletsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallets",
        abstract: "Open many wallets at one node, and report its memory.",
        discussion: """
            The accounts stay: use it on a cluster for tests. Memory is what the node's status \
            says of its resident set.

            Example: gongji bench wallets --node work-cluster/nodes/370000 --count 1000000
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "How many wallets to open.") var count = 1_000_000

    func validate() throws {
        guard (1...100_000_000).contains(count) else {
            throw ValidationError("--count is 1 to 100000000.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let folder = try node.folder()
            let client = try ServiceClient(endpoint: folder.serviceEndpoint)
            let before = try status(folder)
            let seconds = try open(client)
            let after = try status(folder)
            let rate = Double(count) / seconds
            let size = fileSize(folder.storePath)
            let json: JSON = [
                "wallets": .int(count), "seconds": .rounded(seconds, digits: 2),
                "wallets_per_second": .rounded(rate, digits: 0),
                "resident_bytes_before": .int(before.process.residentBytes),
                "resident_bytes": .int(after.process.residentBytes),
                "store_bytes": size.map { .int($0) } ?? nil,
                "conditions": BenchConditions.current().json,
            ]
            if output.json {
                Console.out(json)
            } else {
                Console.out(
                    """
                    \(count) wallets in \(JSON.rounded(seconds, digits: 1).compact) s, \
                    \(Int(rate)) a second
                    resident memory of the node: \(mebibytes(before.process.residentBytes)) before, \
                    \(mebibytes(after.process.residentBytes)) after
                    store: \(size.map(mebibytes) ?? "unknown")
                    """)
            }
        }
    }

    /// Returns how many seconds it took.
    private func open(_ client: ServiceClient) throws -> Double {
        let start = monotonicNanoseconds()
        let target = Clock.newIdentifier()
        var body = Gongji_V1_OpenAccount()
        body.wallet = target.data
        body.insurance = .employee
        body.balanceFen = 10_000
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .openAccount(body)
        var template = RequestTemplate(request, target: target)
        let wallets = Clock.newIdentifier()
        var shown = start
        var pipeline = Pipeline()
        pipeline.window = 4096
        try pipeline.run(
            client, count: count,
            request: { place, id in
                let wallet = Identifier(
                    high: wallets.high, low: wallets.low &+ UInt64(place) &* 0x9e37_79b9_7f4a_7c15)
                return template.encoded(id: id, target: wallet)
            },
            receive: { _, _ in },
            progress: { done in
                let now = monotonicNanoseconds()
                guard now - shown >= 1_000_000_000 else { return }
                shown = now
                let rate = Double(done) * 1e9 / Double(now - start)
                Console.progress("\(done) of \(count) wallets, \(Int(rate)) a second")
            })
        Console.endProgress()
        return Double(monotonicNanoseconds() - start) / 1_000_000_000
    }

    private func status(_ folder: LocalNode) throws -> NodeStatus {
        guard let status = try folder.status(try StatusClient(), timeoutMilliseconds: 5000) else {
            throw CommandFailure.notReached("no answer from \(folder.statusEndpoint)")
        }
        return status
    }

    private func fileSize(_ path: String) -> Int64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.size] as? Int64
    }
}
