import Domain
import Wire

/// The digest function of simulated nodes: a mixing function without cryptographic strength, ten times
/// as fast as SM3. Nobody in a simulated world searches for collisions.
struct QuickHashing: Hashing {
    func digest(_ bytes: Bytes) -> Digest {
        var mix = Mix(seed: 2)
        bytes.withUnsafeBytes { mix.absorb($0) }
        return mix.digest
    }

    func leaf(_ data: Bytes) -> Digest {
        var mix = Mix(seed: 0)
        data.withUnsafeBytes { mix.absorb($0) }
        return mix.digest
    }

    func node(_ left: Digest, _ right: Digest) -> Digest {
        var mix = Mix(seed: 1)
        left.withUnsafeBytes { mix.absorb($0) }
        right.withUnsafeBytes { mix.absorb($0) }
        return mix.digest
    }
}

/// Absorbs numbers and octets, and gives a digest of all of them in their order.
struct Mix {
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    private var count: UInt64 = 0

    init(seed: UInt64) {
        lanes = (seed ^ 0x9E37_79B9_7F4A_7C15, seed &+ 1, ~seed, seed &* 0xBF58_476D_1CE4_E5B9 &+ 3)
    }

    mutating func absorb(_ word: UInt64) {
        count &+= 1
        lanes.0 = Mix.scramble(lanes.0 ^ word)
        lanes.1 = (lanes.1 &+ lanes.0) ^ (word << 32 | word >> 32)
        lanes.2 = Mix.scramble(lanes.2 &+ lanes.1)
        lanes.3 = (lanes.3 ^ lanes.2) &+ count
    }

    mutating func absorb(_ octets: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= octets.count {
            absorb(
                UInt64(littleEndian: octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last = UInt64(octets.count) << 56
        while offset < octets.count {
            last = last << 8 ^ UInt64(octets[offset])
            offset += 1
        }
        absorb(last)
    }

    mutating func absorb(_ digest: Digest) { digest.withUnsafeBytes { absorb($0) } }

    var digest: Digest {
        var end = self
        for _ in 0..<4 { end.absorb(count) }
        let words = [end.lanes.0, end.lanes.1, end.lanes.2, end.lanes.3]
        return Digest { output in
            for (index, word) in words.enumerated() {
                output.storeBytes(
                    of: Mix.scramble(word).bigEndian, toByteOffset: index * 8, as: UInt64.self)
            }
        }
    }

    private static func scramble(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
