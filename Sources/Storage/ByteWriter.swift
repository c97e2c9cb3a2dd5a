package import Domain

/// Octets in the making: the form in which records stand in a store.
///
/// Numbers are LEB128 (7 bits an octet, low bits first); signed ones are folded (zigzag) first, so
/// that small negative ones stay short. Ids and digests stand as they are; texts and octet strings
/// follow their length. ``clear()`` keeps the memory, so one writer can serve many records.
package struct ByteWriter: Sendable {
    package private(set) var bytes: Bytes = []

    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// The octets so far, to be changed where they stand.
    package mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeMutableBytes(body)
    }

    package mutating func octet(_ value: UInt8) { bytes.append(value) }

    package mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A count or length; never negative.
    package mutating func count(_ value: Int) { number(UInt64(value)) }

    package mutating func signed(_ value: Int64) {
        number(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    package mutating func octets(_ value: Bytes) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    package mutating func octets(_ value: UnsafeRawBufferPointer) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    /// Octets as they are, without their length.
    package mutating func append(_ value: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            count(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }
}

extension ByteWriter {
    package mutating func identifier(_ value: Identifier) {
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    package mutating func digest(_ value: Digest) {
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    package mutating func fen(_ value: Fen) { number(UInt64(value.value)) }

    package mutating func fens(_ values: [Fen]) {
        count(values.count)
        for value in values { fen(value) }
    }

    package mutating func instant(_ value: Instant) { signed(value.milliseconds) }
    package mutating func date(_ value: BusinessDate) { signed(Int64(value.daysSince1970)) }
    package mutating func province(_ value: ProvinceCode) { number(UInt64(value.number)) }
    package mutating func status(_ value: Status) { number(UInt64(value.rawValue)) }

    package mutating func digests(_ values: [Digest]) {
        count(values.count)
        for value in values { digest(value) }
    }
}
