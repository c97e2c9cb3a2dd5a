package import Domain
import Wire

/// SHA-256 (FIPS 180-4).
package struct SHA256Hashing: Hashing {
    package init() {}
    package func digest(_ bytes: Bytes) -> Digest { DigestAlgorithm.sha256.digest(bytes) }
    package func leaf(_ data: Bytes) -> Digest { DigestAlgorithm.sha256.leaf(data) }
    package func node(_ left: Digest, _ right: Digest) -> Digest {
        DigestAlgorithm.sha256.node(left, right)
    }
}
