package import Domain
import Wire

/// SM3 (GB/T 32905, GM/T 0004).
package struct SM3Hashing: Hashing {
    package init() {}
    package func digest(_ bytes: Bytes) -> Digest { DigestAlgorithm.sm3.digest(bytes) }
    package func leaf(_ data: Bytes) -> Digest { DigestAlgorithm.sm3.leaf(data) }
    package func node(_ left: Digest, _ right: Digest) -> Digest {
        DigestAlgorithm.sm3.node(left, right)
    }
}
