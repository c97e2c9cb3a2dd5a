import ArgumentParser
import Domain
import Foundation
import Gateway
import ZeroMQ

/// Which node a command talks to, and how long it waits.
struct NodeOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder of the node, with its node.json. Without it: GONGJI_NODE.", valueName: "dir"))
    var node: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Folder of a cluster; goes with --province.", valueName: "dir"))
    var cluster: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The node of this province in --cluster.", valueName: "code"))
    var province: ProvinceCode?

    func validate() throws {
        if node != nil && cluster != nil {
            throw ValidationError("Give --node or --cluster, not both.")
        }
        if (cluster == nil) != (province == nil) {
            throw ValidationError("--cluster and --province go together.")
        }
    }

    /// Throws ``CommandFailure`` if no node was named or it has no readable `node.json`.
    func folder() throws -> LocalNode {
        if let cluster, let province {
            return try Cluster(at: cluster).node(province)
        }
        guard let path = node ?? ProcessInfo.processInfo.environment["GONGJI_NODE"] else {
            throw ValidationError(
                "Which node? Give --node DIR, or --cluster DIR --province CODE, or set GONGJI_NODE."
            )
        }
        return try LocalNode(path)
    }
}

/// A node to ask over its service socket.
struct ServiceOptions: ParsableArguments {
    @OptionGroup var node: NodeOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Ask this socket (tcp://host:port) instead; needs --server-key and --client-key.",
            valueName: "endpoint"))
    var service: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The node's CURVE public key, 64 hex digits.", valueName: "hex"))
    var serverKey: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "File with this client's CURVE secret key; the node's configuration names the public one.",
            valueName: "file"))
    var clientKey: String?

    @Option(name: .long, help: "How long to wait for the answer.")
    var timeoutSeconds: Double = 20

    func validate() throws {
        guard timeoutSeconds > 0, timeoutSeconds <= 3600 else {
            throw ValidationError("--timeout-seconds is above 0 and at most 3600.")
        }
        if service != nil && (serverKey == nil || clientKey == nil) {
            throw ValidationError("--service needs --server-key and --client-key.")
        }
        if let serverKey, Bytes(hex: serverKey)?.count != CurveKeyPair.keySize {
            throw ValidationError("--server-key is 64 hexadecimal digits.")
        }
    }

    var timeoutMilliseconds: Int { Int(timeoutSeconds * 1000) }

    func client() throws -> ServiceClient {
        if let service, let serverKey, let clientKey, let key = Bytes(hex: serverKey) {
            return try ServiceClient(
                endpoint: service,
                curve: ServiceClientKeys(serverKey: key, keys: curveKeys(at: clientKey)))
        }
        let endpoint = try node.folder().serviceEndpoint
        guard endpoint.hasPrefix("ipc://") else {
            throw CommandFailure.failed(
                "this node takes clients over TCP only: give --service \(endpoint), --server-key "
                    + "(its curve.pub) and --client-key (gongji pki client)")
        }
        return try ServiceClient(endpoint: endpoint)
    }
}

/// The id of a request that changes something.
struct RequestOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "32 hex digits; made and printed if left out. The same id is never done twice.",
            valueName: "hex"))
    var id: Identifier?
}
