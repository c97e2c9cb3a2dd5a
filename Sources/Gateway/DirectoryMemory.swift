import Domain
import Settlement
import Signing
import Storage

/// Which directory this node has had in force, kept in its store: after a restart too nobody makes
/// it go back to an older one, in which a stolen certificate is still good, nor to an older list of
/// revoked certificates in a newer one.
enum DirectoryMemory {
    private static let note = "directory"

    /// Throws ``DirectoryRefusal`` if `edition` does not follow what was kept last; then keeps it.
    static func claim(_ edition: DirectoryEdition, _ store: any Store) throws {
        try check(edition, store)
        try keep(edition, store)
    }

    /// Throws ``DirectoryRefusal`` if `edition` does not follow what was kept last.
    static func check(_ edition: DirectoryEdition, _ store: any Store) throws {
        if let kept = try kept(store), let refusal = edition.refusal(after: kept) { throw refusal }
    }

    /// With what is kept of roots that `edition` has no list of.
    static func keep(_ edition: DirectoryEdition, _ store: any Store) throws {
        let before = try kept(store)
        let following = before.map { edition.following($0) } ?? edition
        guard following != before else { return }
        try store.write { try $0.setNote(note, encoded(following)) }
    }

    private static func kept(_ store: any Store) throws -> DirectoryEdition? {
        guard let octets = try store.read({ try $0.note(note) }) else { return nil }
        guard let edition = decoded(octets) else {
            throw NodeFailure.configuration(
                "the store's note of the directory that was in force cannot be read; restore a good "
                    + "copy of the store")
        }
        return edition
    }

    /// Version and digest; then of each list issuer, number, milliseconds and digest, with colons.
    private static func encoded(_ edition: DirectoryEdition) -> Bytes {
        let words =
            ["\(edition.version)", edition.digest?.description ?? "-"]
            + edition.lists.map {
                "\($0.issuer):\($0.number):\($0.thisUpdate.milliseconds):\($0.digest)"
            }
        return Bytes(words.joined(separator: " ").utf8)
    }

    private static func decoded(_ octets: Bytes) -> DirectoryEdition? {
        let words = String(decoding: octets, as: UTF8.self).split(separator: " ")
        guard words.count >= 2, let version = UInt64(words[0]) else { return nil }
        let digest = Bytes(hex: words[1]).flatMap { Digest($0) }
        guard digest != nil || words[1] == "-" else { return nil }
        var lists: [RevocationListEdition] = []
        for word in words.dropFirst(2) {
            let parts = word.split(separator: ":")
            guard parts.count == 4, let issuer = Bytes(hex: parts[0]).flatMap({ Digest($0) }),
                let number = UInt64(parts[1]), let thisUpdate = Int64(parts[2]),
                let digest = Bytes(hex: parts[3]).flatMap({ Digest($0) })
            else { return nil }
            lists.append(
                RevocationListEdition(
                    issuer: issuer, number: number,
                    thisUpdate: Instant(milliseconds: thisUpdate), digest: digest))
        }
        return DirectoryEdition(version: version, digest: digest, lists: lists)
    }
}
