package import Domain

/// Merkle trees of RFC 6962 §2.1, over leaf digests that the caller has made.
package enum Merkle {
    /// The root over `leaves`, of which there must be at least one.
    package static func root(_ leaves: some RandomAccessCollection<Digest>, _ hashing: any Hashing)
        -> Digest
    {
        precondition(!leaves.isEmpty, "a tree without leaves")
        var level = Array(leaves)
        // Pairing from the left and carrying an odd last node up gives the same tree as splitting
        // at the largest power of two.
        while level.count > 1 {
            var next: [Digest] = []
            next.reserveCapacity((level.count + 1) / 2)
            var index = 0
            while index + 1 < level.count {
                next.append(hashing.node(level[index], level[index + 1]))
                index += 2
            }
            if index < level.count { next.append(level[index]) }
            level = next
        }
        return level[0]
    }

    /// The audit path (RFC 6962 §2.1.1) of the leaf at `index`, from the leaf up.
    package static func path(
        of index: Int, in leaves: some RandomAccessCollection<Digest>, _ hashing: any Hashing
    ) -> [Digest] {
        precondition(index >= 0 && index < leaves.count, "a leaf outside the tree")
        var path: [Digest] = []
        var level = Array(leaves)
        var position = index
        while level.count > 1 {
            let sibling = position ^ 1
            if sibling < level.count { path.append(level[sibling]) }
            var next: [Digest] = []
            next.reserveCapacity((level.count + 1) / 2)
            var pair = 0
            while pair + 1 < level.count {
                next.append(hashing.node(level[pair], level[pair + 1]))
                pair += 2
            }
            if pair < level.count { next.append(level[pair]) }
            level = next
            position /= 2
        }
        return path
    }

    /// The root that `leaf` at `index` of `count` leaves gives with `path`; nil if the path does
    /// not have the length that such a tree has.
    package static func root(
        from leaf: Digest, at index: Int, of count: Int, path: [Digest], _ hashing: any Hashing
    ) -> Digest? {
        guard index >= 0, index < count else { return nil }
        var digest = leaf
        var position = index
        var last = count - 1
        var siblings = path.makeIterator()
        while last > 0 {
            if position.isMultiple(of: 2) {
                // The last node of a level with an odd count has no sibling and moves up as it is.
                if position < last {
                    guard let right = siblings.next() else { return nil }
                    digest = hashing.node(digest, right)
                }
            } else {
                guard let left = siblings.next() else { return nil }
                digest = hashing.node(left, digest)
            }
            position /= 2
            last /= 2
        }
        return siblings.next() == nil ? digest : nil
    }
}
