import Domain
import Foundation
import Gateway
import Signing

/// A node's folder on this machine, and what its `node.json` says with all paths made absolute.
struct LocalNode {
    /// Absolute.
    let path: String
    let configuration: NodeConfiguration

    /// Throws ``CommandFailure`` if there is no readable `node.json`.
    init(_ path: String) throws {
        self.path = absolutePath(path)
        let file = self.path + "/node.json"
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure.failed(
                "\(file) cannot be read. Give the folder of a node with --node DIR.")
        }
        do {
            configuration = try JSONDecoder().decode(NodeConfiguration.self, from: data)
        } catch {
            throw CommandFailure.failed("\(file) is no node configuration: \(error)")
        }
    }

    var configurationPath: String { path + "/node.json" }
    var storePath: String { resolve(configuration.store) }
    /// Throws ``FileRefusal``, ``AuthorityRefusal``.
    func storeKey() throws -> StoreKey { try StoreKey(file: resolve(configuration.storeKey)) }
    var serviceEndpoint: String { resolveEndpoint(configuration.service) }
    var statusEndpoint: String { resolveEndpoint(configuration.status) }
    var eventsEndpoint: String { resolveEndpoint(configuration.events) }

    func resolve(_ file: String) -> String {
        absolutePath(file.hasPrefix("/") ? file : path + "/" + file)
    }

    private func resolveEndpoint(_ endpoint: String) -> String {
        NodeConfiguration.endpoint(endpoint, folder: path)
    }
}

/// `path` from the root, without `.` and `..`; links are left as they are.
func absolutePath(_ path: String) -> String {
    let full =
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return URL(fileURLWithPath: full).standardizedFileURL.path
}
