package import Domain

/// Why a node settles nothing: a peer has had more from it than it remembers.
package struct Halt: Sendable {
    package let claimedBy: ProvinceCode

    /// Names of the notes in the store.
    package static let note = "halt"
    /// Frame 0 of the batch that made the claim, signed by the peer.
    static let evidenceNote = "halt_evidence"

    package init(claimedBy peer: ProvinceCode) { claimedBy = peer }

    init?(_ encoded: Bytes) {
        guard let peer = ProvinceCode(String(decoding: encoded, as: UTF8.self)) else { return nil }
        claimedBy = peer
    }

    var encoded: Bytes { Array(claimedBy.description.utf8) }

    package var sentence: String {
        "the store of this node is older than what \(claimedBy) has had from it, as after a restored "
            + "backup; it settles nothing until the newest store is put back"
    }
}
