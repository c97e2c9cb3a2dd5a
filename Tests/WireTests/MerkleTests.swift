import Domain
import Signing
import Testing
import Wire

/// The tree as RFC 6962 §2.1 writes it down: recursion over lists, split at the largest power of
/// two below their length.
private struct NaiveTree {
    let hashing: any Hashing

    private func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    func root(_ data: ArraySlice<Bytes>) -> Digest {
        if data.count == 1 { return hashing.digest([0] + data[data.startIndex]) }
        let middle = data.startIndex + split(data.count)
        return hashing.digest(
            [1] + root(data[..<middle]).bytes + root(data[middle...]).bytes)
    }

    func path(_ index: Int, _ data: ArraySlice<Bytes>) -> [Digest] {
        if data.count == 1 { return [] }
        let power = split(data.count)
        let middle = data.startIndex + power
        return index < power
            ? path(index, data[..<middle]) + [root(data[middle...])]
            : path(index - power, data[middle...]) + [root(data[..<middle])]
    }
}

@Suite struct MerkleTests {
    static let data = (0..<64).map { Bytes("leaf \($0)".utf8) }

    @Test(arguments: Wire.Suite.allCases)
    func rootsAndPathsAreThoseOfTheRFC(_ suite: Wire.Suite) {
        let hashing = suite.hashing
        let naive = NaiveTree(hashing: hashing)
        for count in 1...64 {
            let data = MerkleTests.data[..<count]
            let leaves = data.map { hashing.leaf($0) }
            let root = Merkle.root(leaves, hashing)
            #expect(root == naive.root(data))
            for index in 0..<count {
                let path = Merkle.path(of: index, in: leaves, hashing)
                #expect(path == naive.path(index, data))
                #expect(
                    Merkle.root(from: leaves[index], at: index, of: count, path: path, hashing)
                        == root)
            }
        }
    }

    @Test func aPathOfAnotherLengthOrPlaceGivesNoRoot() {
        let hashing = SM3Hashing()
        for count in 1...33 {
            let leaves = MerkleTests.data[..<count].map { hashing.leaf($0) }
            let root = Merkle.root(leaves, hashing)
            for index in 0..<count {
                let leaf = leaves[index]
                let path = Merkle.path(of: index, in: leaves, hashing)
                func check(at place: Int, of size: Int, _ path: [Digest]) -> Digest? {
                    Merkle.root(from: leaf, at: place, of: size, path: path, hashing)
                }
                #expect(check(at: index, of: count, path + [root]) == nil)
                if !path.isEmpty {
                    #expect(check(at: index, of: count, Array(path.dropLast())) == nil)
                }
                #expect(check(at: -1, of: count, path) == nil)
                #expect(check(at: count, of: count, path) == nil)
                for other in 0..<count where other != index {
                    #expect(check(at: other, of: count, path) != root)
                }
            }
        }
    }

    @Test func aLeafIsNoInnerNode() {
        let hashing = SM3Hashing()
        let (left, right) = (hashing.leaf([1]), hashing.leaf([2]))
        #expect(hashing.node(left, right) != hashing.leaf(left.bytes + right.bytes))
        #expect(Merkle.root([left], hashing) == left)
    }
}
