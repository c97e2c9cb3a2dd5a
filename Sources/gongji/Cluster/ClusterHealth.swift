import Domain
import Foundation
import Gateway
import Glibc

extension Cluster {
    /// Starts every node that does not run.
    ///
    /// - Returns: the provinces whose node was started now.
    func start() throws -> [ProvinceCode] {
        try nodes().filter { $0.process.pid == nil }.map { node in
            try node.process.start()
            return node.province
        }
    }

    /// Waits until every node runs and is connected with all its peers.
    ///
    /// Throws ``CommandFailure`` with the end of a node's log if it ended, or says who is missing
    /// when the time is over.
    @discardableResult
    func waitUntilHealthy(seconds: Double, quiet: Bool = false) throws -> [NodeStatus] {
        let nodes = try nodes()
        let client = try StatusClient()
        let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
        var told = -1
        while true {
            var statuses: [NodeStatus] = []
            var missing: [String] = []
            var ready = 0
            for node in nodes {
                guard node.process.pid != nil else {
                    throw CommandFailure.failed(
                        """
                        the node of \(node.province) has ended. The end of \(node.process.logPath):
                        \(node.process.logTail(lines: 12))
                        """)
                }
                guard let status = try node.local.status(client, timeoutMilliseconds: 500) else {
                    missing.append(
                        "\(node.province) does not answer (log: \(node.process.logPath))")
                    continue
                }
                statuses.append(status)
                let complaints = missing.count
                if status.state != "running" {
                    missing.append("\(node.province) is \(status.state): \(status.halt ?? "")")
                }
                let away = status.peers.filter { !$0.connected }.map(\.province)
                if !away.isEmpty || status.peers.count != nodes.count - 1 {
                    missing.append(
                        "\(node.province) waits for "
                            + (away.isEmpty ? "its peers" : away.joined(separator: ", ")))
                }
                if missing.count == complaints { ready += 1 }
            }
            if missing.isEmpty {
                if !quiet {
                    Console.progress("\(nodes.count) of \(nodes.count) nodes ready")
                    Console.endProgress()
                }
                return statuses
            }
            if ContinuousClock.now >= deadline {
                throw CommandFailure.failed(
                    "not healthy after \(Int(seconds)) s: " + missing.joined(separator: "; "))
            }
            if !quiet, ready != told {
                Console.progress("\(ready) of \(nodes.count) nodes ready")
                told = ready
            }
            usleep(100_000)
        }
    }

    /// Ends every node, all at once. Returns the provinces whose node had to be killed.
    func stop() throws -> [ProvinceCode] {
        let nodes = try nodes()
        for node in nodes { node.process.signal(SIGTERM) }
        return nodes.filter { !$0.process.stop() }.map(\.province)
    }

    /// What the cluster looks like now, for people and for programs.
    func overview() throws -> (text: String, json: JSON) {
        let client = try StatusClient()
        var table = TextTable(
            "province", "pid", "state", ">peers", ">in doubt", ">refused", "listens at")
        var items: [JSON] = []
        for node in try nodes() {
            let pid = node.process.pid
            let status =
                pid == nil ? nil : try node.local.status(client, timeoutMilliseconds: 2000)
            let connected = status?.peers.filter(\.connected).count
            let state = status?.state ?? (pid == nil ? "down" : "not answering")
            let refused = status.map { $0.refusals.batches.values.reduce(0, +) }
            table.add(
                node.province.description, pid.map { String($0) } ?? "-", state,
                status.map { "\(connected ?? 0)/\($0.peers.count)" } ?? "-",
                status.map { String($0.inDoubt.count) } ?? "-", refused.map { String($0) } ?? "-",
                node.local.configuration.listen)
            items.append([
                "province": .describing(node.province), "pid": pid.map { .int(Int($0)) } ?? nil,
                "state": .text(state), "folder": .text(node.local.path),
                "listen": .text(node.local.configuration.listen),
                "service": .text(node.local.serviceEndpoint),
                "peers_connected": connected.map { .int($0) } ?? nil,
                "in_doubt": status.map { .int($0.inDoubt.count) } ?? nil,
                "batches_refused": refused.map { .int($0) } ?? nil,
            ])
        }
        let json: JSON = [
            "cluster": .text(path), "network": .text(manifest.network), "nodes": .array(items),
        ]
        return (table.text(), json)
    }
}

extension ClusterNode {
    /// Waits until the node answers `running`. Throws ``CommandFailure``.
    func waitUntilRunning(seconds: Double) throws {
        let client = try StatusClient()
        let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
        while ContinuousClock.now < deadline {
            if let status = try local.status(client, timeoutMilliseconds: 300),
                status.state == "running"
            {
                return
            }
            guard process.pid != nil else {
                throw CommandFailure.failed(
                    """
                    the node of \(province) has ended. The end of \(process.logPath):
                    \(process.logTail(lines: 12))
                    """)
            }
            usleep(20_000)
        }
        throw CommandFailure.failed("the node of \(province) does not answer within \(seconds) s")
    }
}
