import Domain
import Foundation
import Gateway
import Signing
import Storage
import StorageSQLite
import Wire

/// A node's journal, read from its store while the node may be running, with the directory that
/// says whose certificates are whose.
struct LocalEvidence {
    let province: ProvinceCode
    let store: SQLiteStore
    let directory: DirectoryDocument
    let root: X509Certificate

    init(_ node: LocalNode) throws {
        guard let province = ProvinceCode(node.configuration.province) else {
            throw CommandFailure.failed("\(node.configurationPath) has no province code")
        }
        self.province = province
        guard FileManager.default.fileExists(atPath: node.storePath) else {
            throw CommandFailure.failed("\(node.storePath) does not exist; the node never ran here")
        }
        store = try SQLiteStore(readOnlyPath: node.storePath)
        root = try X509Certificate(file: node.resolve(node.configuration.rootCertificate))
        directory = try DirectoryDocument.load(
            folder: parent(of: node.resolve(node.configuration.directory)), roots: [root],
            network: nil, current: nil, now: Clock.now())
    }

    /// Calls `body` with each entry from `number` on, in order, until it returns false.
    func forEachEntry(
        _ direction: JournalDirection, from number: UInt64 = 1,
        _ body: (JournalEntry) throws -> Bool
    ) throws {
        let page = 256
        var next = number
        while true {
            let entries = try store.read { try $0.journal(direction, from: next, limit: page) }
            for entry in entries where try !body(entry) { return }
            guard entries.count == page, let last = entries.last else { return }
            next = last.number + 1
        }
    }

    /// The certificate that a batch names; nil if the directory has no such.
    func certificate(_ keyID: Digest) -> X509Certificate? {
        directory.nodes.lazy.flatMap(\.certificates).first { $0.keyID == keyID }
    }

    /// The message in a frame of a journal entry, or nil if it was one that the node refused.
    static func message(_ frame: Bytes) -> Message? {
        try? Message(decoding: frame, hashing: SM3Hashing())
    }
}

extension JournalEntry {
    /// What proves the message at `index` (from 0): paths in the tree of this batch.
    func receipt(of index: Int) throws -> Receipt {
        let envelope = try BatchEnvelope(decoding: self.envelope)
        return Receipt(
            of: index, envelope: self.envelope, frames: frames, envelope.suite.hashing,
            header: envelope.header)
    }
}
