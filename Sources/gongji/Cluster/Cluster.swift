import Domain
import Foundation
import Wire

/// A folder with a whole network of nodes on this machine:
///
///     cluster.json      what the cluster is       pki/            the national root
///     directory.json    who takes part            nodes/<code>/   one node: keys, node.json, data, log
struct Cluster {
    /// Absolute.
    let path: String
    let manifest: Manifest

    /// `cluster.json`.
    struct Manifest: Codable {
        var format = 1
        var network: String
        var suite: String
        var provinces: [String]
    }

    /// Throws ``CommandFailure`` if there is no cluster.
    init(at path: String) throws {
        self.path = absolutePath(path)
        let file = self.path + "/cluster.json"
        guard let data = FileManager.default.contents(atPath: file),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else {
            throw CommandFailure.failed(
                "\(self.path) is no cluster. Make one: gongji cluster up --dir \(path) "
                    + "--provinces 370000,440000")
        }
        self.manifest = manifest
    }

    /// A cluster whose folder was just written.
    init(path: String, manifest: Manifest) {
        self.path = path
        self.manifest = manifest
    }

    static func exists(at path: String) -> Bool {
        FileManager.default.fileExists(atPath: absolutePath(path) + "/cluster.json")
    }

    var provinces: [ProvinceCode] { manifest.provinces.compactMap { ProvinceCode($0) } }

    func folder(of province: ProvinceCode) -> String { "\(path)/nodes/\(province)" }

    func node(_ province: ProvinceCode) throws -> LocalNode {
        guard provinces.contains(province) else {
            throw CommandFailure.failed(
                "the cluster has no node of \(province); it has "
                    + manifest.provinces.joined(separator: ", "))
        }
        return try LocalNode(folder(of: province))
    }

    func nodes() throws -> [ClusterNode] {
        try provinces.map { province in
            ClusterNode(province: province, local: try node(province))
        }
    }
}

/// One node of a cluster and its process.
struct ClusterNode {
    let province: ProvinceCode
    let local: LocalNode

    var process: NodeProcess { NodeProcess(local) }
}
