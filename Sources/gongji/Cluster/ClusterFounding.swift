import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Wire

extension Cluster {
    /// Writes a new cluster into `path`: a root, keys and certificates for each province, the signed
    /// directory, and a configuration a node. Starts nothing.
    ///
    /// - Parameters:
    ///   - endpoints: where the nodes listen; without, on free ports of 127.0.0.1.
    ///   - store: the store's file in the folder of each node.
    static func found(
        at path: String, provinces: [ProvinceCode], suite: Suite, network: String,
        rules: String, endpoints: [String]? = nil, store: String = "gongji.sqlite"
    ) throws -> Cluster {
        let path = absolutePath(path)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let now = Clock.now()
        let authority = try AuthorityFolder.create(
            "\(path)/pki", organization: "Gongji test network", commonName: "\(network) root",
            now: now)
        try FileManager.default.copyItem(atPath: rules, toPath: "\(path)/rulesets")
        let endpoints =
            try endpoints ?? freePorts(provinces.count).map { "tcp://127.0.0.1:\($0)" }
        let manifest = Manifest(
            network: network, suite: suite.name, provinces: provinces.map(\.description))
        let cluster = Cluster(path: path, manifest: manifest)
        let sockets = try cluster.socketFolder()
        var addresses: [NodeAddress] = []
        for (province, endpoint) in zip(provinces, endpoints) {
            let folder = NodeFolder(cluster.folder(of: province))
            let keys = try newCurveKeys()
            _ = try authority.issue(
                to: province, suite: suite, into: folder, curveKeys: keys, now: now)
            addresses.append(
                NodeAddress(
                    province: province, endpoint: endpoint, curvePublicKey: keys.publicKey))
            let socket = { (name: String) in
                sockets.map { "ipc://\($0)/\(province).\(name)" } ?? "ipc://\(name).ipc"
            }
            try Data(sampleRegister(of: province).utf8)
                .write(to: URL(fileURLWithPath: "\(folder.path)/institutions.csv"))
            try cluster.write(
                NodeConfiguration(
                    province: province.description, directory: "../../directory.json",
                    rootCertificate: "../../pki/root.pem", signingKey: "signing.key",
                    signingCertificate: "signing.pem", curveKey: "curve.key",
                    identityKey: "identity.key", storeKey: "store.key", rules: "../../rulesets",
                    register: "institutions.csv", listen: endpoint,
                    store: store, service: socket("service"), status: socket("status"),
                    events: socket("events"), controls: labControls),
                to: "\(folder.path)/node.json")
        }
        try authority.publish(
            authority.draft(
                network: network, version: 1, suites: [suite], nodes: addresses, now: now),
            to: path, now: now)
        // Last: a folder without it is no cluster yet.
        try cluster.write(manifest, to: "\(path)/cluster.json")
        return cluster
    }

    /// Removes the folder and its sockets. The nodes must not run.
    func remove() throws {
        if let sockets = try socketFolder() { try? FileManager.default.removeItem(atPath: sockets) }
        try FileManager.default.removeItem(atPath: path)
    }

    private func write(_ value: some Encodable, to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(value) + Data("\n".utf8)).write(to: URL(fileURLWithPath: file))
    }

    /// Nil if sockets fit beside the nodes' files; else a folder of its own with a short name,
    /// for the path of a Unix socket has at most 107 octets (`unix(7)`).
    private func socketFolder() throws -> String? {
        let longest = "\(path)/nodes/000000/service.ipc"
        if longest.utf8.count <= 100 { return nil }
        let name = sm3(of: Bytes(path.utf8)).description.prefix(16)
        let folder = "/tmp/gongji-\(geteuid())-\(name)"
        if mkdir(folder, 0o700) != 0 {
            // Someone else may have made it first, to answer in a node's place.
            var status = stat()
            guard errno == EEXIST, lstat(folder, &status) == 0, status.st_uid == geteuid(),
                status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o077 == 0
            else {
                throw CommandFailure.failed(
                    "\(folder) is not a folder of yours alone; remove it, or take a shorter --dir")
            }
        }
        return folder
    }
}

/// Nothing in a cluster is money: benchmarks fill accounts to the brim.
private let labControls = NodeConfiguration.ControlSettings(
    depositFenMax: Fen.limit.value, openingBalanceFenMax: Fen.limit.value,
    peerQuestionsFactor: 1000)

/// Ports on 127.0.0.1 that nobody listens on, below the range from which the system takes ports for
/// outgoing connections: a node that is down for a while finds its port still free.
private func freePorts(_ count: Int) throws -> [UInt16] {
    var sockets: [Int32] = []
    var ports: [UInt16] = []
    defer { for socket in sockets { close(socket) } }
    for _ in 0..<2000 where ports.count < count {
        let port = UInt16.random(in: 26_000..<32_000)
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { break }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        sockets.append(socket)
        if bound == 0 { ports.append(port) }
    }
    guard ports.count == count else {
        throw CommandFailure.failed("no \(count) free ports were found on 127.0.0.1")
    }
    return ports
}

/// A hospital, a pharmacy, a collecting agency and an insurer of a province that exists only here.
private func sampleRegister(of province: ProvinceCode) -> String {
    let code = String(province.number / 10_000)
    let rows = [
        ("H\(code)000000001", "medical"), ("H\(code)000000002", "medical"),
        ("P\(code)000000001", "pharmacy"), ("C\(code)000000001", "collector"),
        ("I\(code)000000001", "insurer"), ("BENCH-\(province)", "medical"),
    ]
    return "code,kind,region,name,from,until\n"
        + rows.map { "\($0.0),\($0.1),\(province),Sample \($0.1) of \(province),2000-01-01,\n" }
        .joined() + "end,\(rows.count)\n"
}
