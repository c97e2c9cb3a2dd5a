import COpenSSL
import Domain

/// A digest function of 32 octets: fetched from OpenSSL once, with one context per thread.
///
/// No call allocates, except the first one of each thread. Traps if memory for that runs out.
struct DigestAlgorithm: @unchecked Sendable {
    // An EVP_MD never changes after it is fetched; the key is a number.
    private let algorithm: OpaquePointer
    private let contexts: pthread_key_t

    static let sm3 = DigestAlgorithm(fetching: "SM3")
    static let sha256 = DigestAlgorithm(fetching: "SHA256")

    private init(fetching name: String) {
        var key = pthread_key_t()
        guard let algorithm = EVP_MD_fetch(nil, name, nil), gongji_make_digest_key(&key) == 1
        else { preconditionFailure("OpenSSL's default provider has no \(name)") }
        self.algorithm = algorithm
        contexts = key
    }

    func digest(
        _ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer
    ) -> Digest {
        Digest { output in
            let done = gongji_digest(
                algorithm, contexts, head.baseAddress, head.count, tail.baseAddress, tail.count,
                output.baseAddress!.assumingMemoryBound(to: UInt8.self))
            precondition(done == 1, "no memory for a digest context")
        }
    }

    func digest(_ bytes: Bytes) -> Digest {
        bytes.withUnsafeBytes { digest($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    /// RFC 6962 §2.1: the digest of 0x00 and the data of a leaf.
    func leaf(_ data: Bytes) -> Digest {
        var prefix: UInt8 = 0x00
        return withUnsafeBytes(of: &prefix) { head in
            data.withUnsafeBytes { digest(head, $0) }
        }
    }

    /// RFC 6962 §2.1: the digest of 0x01 and the digests of two children.
    func node(_ left: Digest, _ right: Digest) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.size, alignment: 1) { block in
            block[0] = 0x01
            left.withUnsafeBytes { block[1...].copyBytes(from: $0) }
            right.withUnsafeBytes { block[(1 + Digest.size)...].copyBytes(from: $0) }
            return digest(
                UnsafeRawBufferPointer(block), UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
