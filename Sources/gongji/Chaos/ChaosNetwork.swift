import Glibc

/// A network for the nodes of a cluster alone: a network namespace a node, and one with the bridge
/// between them. Nothing of the machine's own network is touched.
struct ChaosNetwork {
    private let prefix: String
    private let count: Int

    private var hub: String { prefix + "hub" }
    private func space(_ node: Int) -> String { "\(prefix)\(node)" }

    /// Where a node listens; every namespace has all ports for itself.
    static func address(_ node: Int) -> String { "10.213.47.\(node + 1)" }
    static func endpoint(_ node: Int) -> String { "tcp://\(address(node)):27000" }

    /// What a process must be started with to be in the namespace of `node`.
    func entry(_ node: Int) -> [String] { ["/usr/bin/nsenter", "--net=/run/netns/\(space(node))"] }

    /// Throws if this process may not, or the kernel cannot; then nothing is left.
    init(nodes: Int) throws {
        prefix = "gongji\(getpid())-"
        count = nodes
        do {
            try make()
        } catch {
            remove()
            throw error
        }
    }

    private func make() throws {
        try Tool.run("ip", "netns", "add", hub)
        try Tool.run("ip", "-n", hub, "link", "add", "name", "gongji", "type", "bridge")
        try Tool.run("ip", "-n", hub, "link", "set", "dev", "gongji", "up")
        for node in 0..<count {
            let space = space(node)
            try Tool.run("ip", "netns", "add", space)
            try Tool.run(
                "ip", "-n", hub, "link", "add", "name", "node\(node)", "type", "veth", "peer",
                "name", "eth0", "netns", space)
            try Tool.run("ip", "-n", hub, "link", "set", "dev", "node\(node)", "master", "gongji")
            try Tool.run("ip", "-n", hub, "link", "set", "dev", "node\(node)", "up")
            let address = ChaosNetwork.address(node) + "/24"
            try Tool.run("ip", "-n", space, "addr", "add", address, "dev", "eth0")
            try Tool.run("ip", "-n", space, "link", "set", "dev", "eth0", "up")
            try Tool.run("ip", "-n", space, "link", "set", "dev", "lo", "up")
        }
    }

    /// Between `node` and `peer`, or all others; one way, only what `node` sends is lost.
    func cut(_ node: Int, from peer: Int?, isOneWay: Bool) throws {
        try change("add", node, peer, isOneWay)
    }

    func heal(_ node: Int, from peer: Int?, isOneWay: Bool) throws {
        try change("del", node, peer, isOneWay)
    }

    private func change(_ verb: String, _ node: Int, _ peer: Int?, _ isOneWay: Bool) throws {
        if peer == nil && !isOneWay {
            // The cable itself: not even what is under way arrives.
            let state = verb == "add" ? "down" : "up"
            return try Tool.run("ip", "-n", hub, "link", "set", "dev", "node\(node)", state)
        }
        for other in peer.map({ [$0] }) ?? (0..<count).filter({ $0 != node }) {
            try route(verb, of: node, to: other, by: node)
            if !isOneWay { try route(verb, of: other, to: node, by: node) }
        }
    }

    /// The cuts of each node have a metric of their own, so that those of two may overlap.
    private func route(_ verb: String, of node: Int, to other: Int, by cause: Int) throws {
        try Tool.run(
            "ip", "-n", space(node), "route", verb, "blackhole",
            ChaosNetwork.address(other) + "/32", "metric", "\(100 + cause)")
    }

    /// Removes all of it; processes in it go on, cut off.
    func remove() {
        for node in 0..<count { try? Tool.run("ip", "netns", "del", space(node)) }
        try? Tool.run("ip", "netns", "del", hub)
    }
}
