import Domain
import Foundation
import Signing
import Testing
import Wire

/// Lists of revoked certificates only go forward, whatever directory brings them.
@Suite("The order of revocation lists") struct RevocationListOrder {
    let network: TestNetwork
    let first: [X509Certificate]
    let second: [X509Certificate]

    init() throws {
        network = try TestNetwork()
        first = [try network.certified().certificate]
        second = [try network.certified(TestNetwork.sichuan).certificate]
    }

    private func list(_ number: UInt64, day: Int64, revokes: Bool = false) throws -> RevocationList
    {
        try network.authority.revocationList(
            number: number,
            revokes
                ? [
                    .init(
                        serial: first[0].serial, revokedAt: TestNetwork.at(day: 1),
                        reason: .keyCompromise)
                ] : [],
            thisUpdate: TestNetwork.at(day: day), nextUpdate: TestNetwork.at(day: day + 30))
    }

    private func load(
        _ version: UInt64, _ lists: [RevocationList], after current: DirectoryEdition?
    ) throws -> DirectoryDocument {
        var draft = try network.draft(first, second)
        draft.version = version
        draft.revocationLists = lists
        let files = try draft.signed(by: network.authority)
        return try DirectoryDocument(
            bytes: files.directory, signature: files.signature, roots: [network.root],
            network: nil, current: current, now: TestNetwork.at(day: 20))
    }

    @Test("a newer directory with an older list is refused, and with a newer one it is not")
    func order() throws {
        let revoking = try list(5, day: 12, revokes: true)
        let edition = try load(3, [revoking], after: nil).edition
        #expect(throws: DirectoryRefusal.revocationListGoesBack(found: 4, current: 5)) {
            _ = try load(4, [try list(4, day: 11)], after: edition)
        }
        // A greater number that was made earlier: somebody's old work with a new number.
        #expect(throws: DirectoryRefusal.revocationListGoesBack(found: 6, current: 5)) {
            _ = try load(4, [try list(6, day: 11)], after: edition)
        }
        // The same number, another list.
        #expect(throws: DirectoryRefusal.revocationListGoesBack(found: 5, current: 5)) {
            _ = try load(4, [try list(5, day: 12)], after: edition)
        }
        #expect(try load(4, [revoking], after: edition).version == 4)
        let next = try load(4, [try list(6, day: 12, revokes: true)], after: edition)
        #expect(next.edition.lists.map(\.number) == [6])
    }

    @Test("what a root's list had reached is not forgotten with a directory that has none of it")
    func remembered() throws {
        let other = RevocationListEdition(
            issuer: SM3Hashing().digest([1]), number: 9, thisUpdate: TestNetwork.at(day: 1),
            digest: .zero)
        let before = DirectoryEdition(version: 2, lists: [other])
        let loaded = try load(3, [try list(1, day: 10)], after: before).edition
        #expect(loaded.lists.count == 2)
        #expect(loaded.lists.contains(other))
    }

    @Test("an edition after another: version, content and lists")
    func editions() throws {
        let known = try load(3, [try list(5, day: 12)], after: nil).edition
        #expect(known.refusal(after: known) == nil)
        #expect(
            DirectoryEdition(version: 2).refusal(after: known)
                == .older(found: 2, current: 3))
        #expect(
            DirectoryEdition(version: 3, digest: .zero).refusal(after: known)
                == .otherContent(version: 3))
        #expect(DirectoryEdition(version: 4).refusal(after: known) == nil)
        #expect(DirectoryEdition(version: 4).following(known).lists == known.lists)
    }
}
