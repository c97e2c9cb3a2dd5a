/// A 128-bit, time-ordered id that its sender makes before it sends (design §1).
///
/// Layout, as in UUID version 7 (RFC 9562 §5.7) without its version bits: 48 bits of milliseconds
/// since 1970 UTC, then 80 random bits. Text form: 32 hexadecimal digits.
package struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package static let size = 16
    package static let zero = Identifier(high: 0, low: 0)

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An id made at `instant` from `random`; the top 48 bits of `random.0` give way to the time.
    package init(at instant: Instant, random: (UInt64, UInt64)) {
        high = UInt64(bitPattern: instant.milliseconds) << 16 | random.0 & 0xffff
        low = random.1
    }

    /// The sender's clock when it made the id, if it made it as it should.
    package var instant: Instant { Instant(milliseconds: Int64(high >> 16)) }

    /// Nil unless there are exactly 16 octets.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Identifier.size else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var index = 0
        for byte in bytes {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
            index += 1
        }
        self.init(high: high, low: low)
    }

    /// Nil unless `text` is 32 hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Bytes(hex: text) else { return nil }
        self.init(bytes)
    }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let raw = (high.bigEndian, low.bigEndian)
        return Swift.withUnsafeBytes(of: raw, body)
    }

    package var bytes: Bytes { withUnsafeBytes { Bytes($0) } }
    package var description: String { withUnsafeBytes { hexadecimal($0) } }

    package static func < (left: Identifier, right: Identifier) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// A person, on the wire and in the ledger: an opaque number that says nothing about them.
package struct WalletID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }

    /// Nil unless `text` is 32 hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard let value = Identifier(text) else { return nil }
        self.value = value
    }

    package var description: String { value.description }
    package static func < (left: WalletID, right: WalletID) -> Bool { left.value < right.value }
}
