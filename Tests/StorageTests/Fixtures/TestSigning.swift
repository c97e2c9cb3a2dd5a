import Domain
import Wire

/// A digest that is quick and good enough to tell contents apart (FNV-1a in four lanes); no test
/// here depends on it being hard to forge.
struct TestHashing: Hashing {
    func digest(_ bytes: Bytes) -> Digest { TestHashing.digest(tag: 2, bytes) }
    func leaf(_ data: Bytes) -> Digest { TestHashing.digest(tag: 0, data) }
    func node(_ left: Digest, _ right: Digest) -> Digest {
        TestHashing.digest(tag: 1, left.bytes + right.bytes)
    }

    private static func digest(tag: UInt8, _ bytes: Bytes) -> Digest {
        var octets: Bytes = []
        for lane in UInt64(0)..<4 {
            var value = 0xcbf2_9ce4_8422_2325 &+ lane &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(tag)
            for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
            withUnsafeBytes(of: value.bigEndian) { octets += $0 }
        }
        return Digest(octets)!
    }
}

/// Signs with a digest over key and content: everyone could, but nobody in a test does.
struct TestSigner: BatchSigning {
    let province: ProvinceCode
    var generation: UInt8 = 1

    var suite: Wire.Suite { .sm2WithSM3 }
    var keyID: Digest { TestHashing().digest(Array("\(province) \(generation)".utf8)) }

    func sign(_ bytes: Bytes) -> Bytes { TestHashing().digest(keyID.bytes + bytes).bytes }
}

struct TestVerifier: SignatureVerifying {
    var allowed: Set<Wire.Suite> = [.sm2WithSM3]

    func hashing(_ suite: Wire.Suite) -> (any Hashing)? {
        allowed.contains(suite) ? TestHashing() : nil
    }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        let keys = (1...2).map { TestSigner(province: signer, generation: UInt8($0)) }
        guard let key = keys.first(where: { $0.keyID == keyID }) else {
            return .unknownCertificate
        }
        return key.sign(bytes) == signature ? nil : .badSignature
    }

    func isMade(_ claim: SignatureClaim) -> Bool { refusal(of: claim) == nil }
}
