/// A 256-bit digest (SM3, GB/T 32905, or SHA-256, by the suite in use).
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// Octets 0-7, 8-15, 16-23 and 24-31, each read as a big-endian number.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    package static let size = 32
    package static let zero = Digest(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Nil unless there are exactly 32 octets.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.size else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var index = 0
        for byte in bytes {
            switch index / 8 {
            case 0: words.0 = words.0 << 8 | UInt64(byte)
            case 1: words.1 = words.1 << 8 | UInt64(byte)
            case 2: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
            index += 1
        }
        self.words = words
    }

    /// The digest that a C function writes into the 32 octets it is given.
    package init<Failure: Error>(
        writing fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var raw: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        try withUnsafeMutableBytes(of: &raw) { (buffer) throws(Failure) in try fill(buffer) }
        words = (raw.0.bigEndian, raw.1.bigEndian, raw.2.bigEndian, raw.3.bigEndian)
    }

    /// Calls `body` with the 32 octets.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let raw = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        return Swift.withUnsafeBytes(of: raw, body)
    }

    package var bytes: Bytes { withUnsafeBytes { Bytes($0) } }
    package var description: String { withUnsafeBytes { hexadecimal($0) } }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
