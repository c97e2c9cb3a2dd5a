import Domain
import Signing
import Testing
import Wire

@Suite struct HashingTests {
    /// GB/T 32905 appendix A, and FIPS 180-4's examples.
    @Test(
        "known digests",
        arguments: [
            (
                Wire.Suite.sm2WithSM3, "abc",
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
            ),
            (
                .sm2WithSM3, String(repeating: "abcd", count: 16),
                "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
            ),
            (
                .ed25519WithSHA256, "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            ),
            (
                .ed25519WithSHA256, "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ),
        ])
    func knownDigests(suite: Wire.Suite, text: String, expected: String) {
        #expect(suite.hashing.digest(Bytes(text.utf8)).description == expected)
    }

    @Test("a SHA-256 leaf of nothing and an inner node are those of RFC 6962's test vectors")
    func rfc6962() throws {
        let hashing = SHA256Hashing()
        let empty = hashing.leaf([])
        #expect(
            empty.description
                == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        // Root of the tree of the two leaves "" and 0x00, from Certificate Transparency's vectors.
        #expect(
            hashing.node(empty, hashing.leaf([0])).description
                == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
    }

    @Test(
        "a leaf and a node are the digest of their prefix and content",
        arguments: Wire.Suite.allCases)
    func prefixes(suite: Wire.Suite) {
        let hashing = suite.hashing
        for count in [0, 1, 31, 32, 55, 56, 63, 64, 65, 1000, 65_536] {
            let data = Bytes((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            #expect(hashing.leaf(data) == hashing.digest([0] + data))
        }
        let left = hashing.digest([1])
        let right = hashing.digest([2])
        #expect(hashing.node(left, right) == hashing.digest([1] + left.bytes + right.bytes))
        #expect(hashing.node(left, right) != hashing.node(right, left))
    }

    @Test("threads do not disturb each other")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let data = Bytes(repeating: UInt8(task), count: 100 + task)
                    let expected = SM3Hashing().digest(data)
                    return (0..<2000).allSatisfy { _ in SM3Hashing().digest(data) == expected }
                }
            }
            for await same in group { #expect(same) }
        }
    }
}
