import Domain

/// Signatures that have been found good, so that one that comes again (a resent batch, a forwarded
/// certificate of decision) costs a digest only. Bounded; what was used least recently goes first.
final class VerificationCache: Sendable {
    /// SHA-256 of the signature's length, the signature and what it was made over.
    struct Key: Hashable {
        let keyID: Digest
        let content: Digest

        init(keyID: Digest, signature: Bytes, bytes: Bytes) {
            self.keyID = keyID
            // A signature has at most 72 octets: the length in front makes the split certain.
            let head = [UInt8(truncatingIfNeeded: signature.count)] + signature
            content = head.withUnsafeBytes { head in
                bytes.withUnsafeBytes { DigestAlgorithm.sha256.digest(head, $0) }
            }
        }
    }

    private let state: Guarded<State>

    init(capacity: Int) { state = Guarded(State(capacity: capacity)) }

    func contains(_ key: Key) -> Bool { state.withLock { $0.touch(key) } }
    func insert(_ key: Key) { state.withLock { $0.insert(key) } }
    var count: Int { state.withLock { $0.places.count } }

    /// A ring of slots linked by age: `slots[0]` is the fixed end between newest and oldest.
    private struct State {
        struct Slot {
            var key: Key?
            var newer: Int
            var older: Int
        }

        let capacity: Int
        var slots = [Slot(key: nil, newer: 0, older: 0)]
        var places: [Key: Int] = [:]

        init(capacity: Int) {
            precondition(capacity > 0, "a cache without room")
            self.capacity = capacity
        }

        mutating func touch(_ key: Key) -> Bool {
            guard let place = places[key] else { return false }
            unlink(place)
            linkAsNewest(place)
            return true
        }

        mutating func insert(_ key: Key) {
            guard !touch(key) else { return }
            let place: Int
            if places.count < capacity {
                place = slots.count
                slots.append(Slot(key: key, newer: 0, older: 0))
            } else {
                place = slots[0].newer
                unlink(place)
                if let oldest = slots[place].key { places[oldest] = nil }
                slots[place].key = key
            }
            places[key] = place
            linkAsNewest(place)
        }

        private mutating func unlink(_ place: Int) {
            let slot = slots[place]
            slots[slot.newer].older = slot.older
            slots[slot.older].newer = slot.newer
        }

        // The end's `older` is the newest slot, its `newer` the oldest one.
        private mutating func linkAsNewest(_ place: Int) {
            let newest = slots[0].older
            slots[place].older = newest
            slots[place].newer = 0
            slots[newest].newer = place
            slots[0].older = place
        }
    }
}
