import Domain
import Settlement
import Signing
import Storage

/// Which directory this node has had in force, kept in its store: after a restart too nobody makes
/// it go back to an older one, in which a stolen certificate is still good.
enum DirectoryMemory {
    private static let note = "directory"

    /// Throws ``DirectoryRefusal`` if `edition` is not what was kept last or newer; then keeps it.
    static func claim(_ edition: DirectoryEdition, _ store: any Store) throws {
        if let kept = try store.read({ try $0.note(note) }).flatMap(decoded) {
            guard edition.version >= kept.version else {
                throw DirectoryRefusal.older(found: edition.version, current: kept.version)
            }
            if edition.version == kept.version {
                guard kept.digest == nil || kept.digest == edition.digest else {
                    throw DirectoryRefusal.otherContent(version: edition.version)
                }
                return
            }
        }
        try keep(edition, store)
    }

    static func keep(_ edition: DirectoryEdition, _ store: any Store) throws {
        let digest = edition.digest?.description ?? ""
        try store.write { try $0.setNote(note, Array("\(edition.version) \(digest)".utf8)) }
    }

    private static func decoded(_ octets: Bytes) -> DirectoryEdition? {
        let words = String(decoding: octets, as: UTF8.self).split(separator: " ")
        guard let version = words.first.flatMap({ UInt64($0) }) else { return nil }
        return DirectoryEdition(
            version: version,
            digest: words.dropFirst().first.flatMap { Bytes(hex: $0) }.flatMap { Digest($0) })
    }
}
