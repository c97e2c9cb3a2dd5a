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

    /// - Parameters:
    ///   - file: another store of the node, such as a backup.
    ///   - key: what that one is sealed under, if it is not the node's key.
    init(_ node: LocalNode, store file: String? = nil, key: StoreKey? = nil) throws {
        guard let province = ProvinceCode(node.configuration.province) else {
            throw CommandFailure.failed("\(node.configurationPath) has no province code")
        }
        self.province = province
        let path = file ?? node.storePath
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure.failed("\(path) does not exist; the node never ran here")
        }
        store = try SQLiteStore(readOnlyPath: path, key: key ?? node.storeKey())
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
        guard omitted[index] == nil else {
            throw CommandFailure.failed(
                "journal entry \(number) has only the digest of this message, which was refused")
        }
        let hashing = try BatchEnvelope(decoding: envelope).suite.hashing
        return try JournalVerification.receipt(of: index, in: self, hashing: hashing)
    }
}
