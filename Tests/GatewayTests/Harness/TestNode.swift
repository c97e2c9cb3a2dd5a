import Domain
import Foundation
import Gateway
import Glibc
import Signing
import Storage
import StorageSQLite
import ZeroMQ

struct NodeEnded: Error, CustomStringConvertible {
    let log: String
    var description: String { "the node has ended: \(log)" }
}

/// A node as a process of its own, as an operator would run it.
final class TestNode {
    let folder: String
    let province: ProvinceCode
    var configuration: NodeConfiguration
    /// Added to the environment of the process when it is started.
    var variables: [String: String] = [:]
    /// How many the process may have open; nil as many as the tests.
    var descriptors: Int?
    private(set) var process: ChildProcess?
    private let statuses: StatusClient

    init(folder: String, _ configuration: NodeConfiguration) throws {
        self.folder = folder
        self.configuration = configuration
        province = ProvinceCode(configuration.province)!
        statuses = try StatusClient()
    }

    deinit { end() }

    var storePath: String { "\(folder)/\(configuration.store)" }
    private var logPath: String { "\(folder)/node.log" }
    var log: String {
        String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self)
    }
    /// The end of the log, for a failure's message.
    var lastWords: String { log.split(separator: "\n").suffix(4).joined(separator: "\n") }

    // MARK: Life and death

    func start(waiting: Bool = true) throws {
        try JSONEncoder().encode(configuration)
            .write(to: URL(fileURLWithPath: "\(folder)/node.json"))
        process?.end()
        var command = [ChildProcess.gongji, "node", "run", "--config", "\(folder)/node.json"]
        if let descriptors {
            command = ["/bin/sh", "-c", "ulimit -n \(descriptors); exec \"$@\"", "sh"] + command
        }
        process = try ChildProcess(
            command[0], Array(command.dropFirst()), variables: variables, output: logPath)
        if waiting { try waitUntilRunning() }
    }

    /// Starts it, and expects it to end by itself. Returns what it said, and how it ended.
    func startInVain() throws -> (exit: ChildProcess.Exit?, words: String) {
        let before = log.utf8.count
        try start(waiting: false)
        let exit = try process?.waitForExit()
        return (exit, String(decoding: log.utf8.dropFirst(before), as: UTF8.self))
    }

    func waitUntilRunning() throws { try waitFor(state: "running") }

    func waitFor(state: String) throws {
        try eventually("\(province) to be \(state)", seen: { lastWords }) {
            if process?.hasEnded != false { throw NodeEnded(log: lastWords) }
            return try statusIfThere(milliseconds: 200)?.state == state
        }
    }

    func signal(_ number: Int32) { process?.signal(number) }

    /// SIGKILL.
    func kill() { process?.end() }

    /// SIGTERM; returns how it ended.
    func stop() throws -> ChildProcess.Exit? {
        signal(SIGTERM)
        return try process?.waitForExit()
    }

    func end() { process?.end() }

    // MARK: What it says

    func status() throws -> StatusDocument {
        guard let status = try statusIfThere(milliseconds: 5000) else {
            throw TooLate(waitedFor: "the status of \(province)", seen: lastWords)
        }
        return status
    }

    func peer(_ other: ProvinceCode) throws -> StatusDocument.Peer {
        let status = try status()
        guard let peer = status.peers.first(where: { $0.province == other.description }) else {
            throw TooLate(waitedFor: "a link of \(province) to \(other)", seen: "")
        }
        return peer
    }

    /// The last message of `other` that is durable here.
    func received(from other: ProvinceCode) throws -> UInt64 { try peer(other).received }

    private func statusIfThere(milliseconds: Int) throws -> StatusDocument? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try statusOctets(milliseconds: milliseconds)
            .map { try decoder.decode(StatusDocument.self, from: $0) }
    }

    func statusOctets(milliseconds: Int = 5000) throws -> Data? {
        try statuses.document(
            at: endpoint(configuration.status), timeoutMilliseconds: milliseconds
        ).map { Data($0) }
    }

    func endpoint(_ name: String) -> String {
        NodeConfiguration.endpoint(name, folder: folder)
    }

    func desk() throws -> ServiceDesk {
        ServiceDesk(try ServiceClient(endpoint: endpoint(configuration.service)))
    }

    func storeKey() throws -> StoreKey { try NodeFolder(folder).storeKey() }

    /// What is durable, read beside the running node.
    func books() throws -> Books {
        let store = try SQLiteStore(readOnlyPath: storePath, key: storeKey())
        defer { try? store.close() }
        return try store.read { try Books($0) }
    }

    func read<Result>(_ body: (any StoreReading) throws -> Result) throws -> Result {
        let store = try SQLiteStore(readOnlyPath: storePath, key: storeKey())
        defer { try? store.close() }
        return try store.read(body)
    }
}

/// The store of a node that does not run, with what is kept beside the file.
func copyStore(_ from: String, to: String) throws {
    for suffix in ["", "-wal", "-shm", "-mark"] {
        try? FileManager.default.removeItem(atPath: to + suffix)
        if FileManager.default.fileExists(atPath: from + suffix) {
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
    }
}
