package import Domain

/// What is wrong with the octets of a record.
package enum RecordDamage: String, Error, Sendable {
    case tooShort = "the octets end too early"
    case tooLong = "octets are left over"
    case version = "the record version is not known"
    case field = "a field is not what it may be"
}

/// Takes apart what a ``ByteWriter`` wrote. Octets of any kind lead to a value or to a
/// ``RecordDamage``, never to a trap, and no more memory is taken than the octets can fill.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// Reads `bytes`, which must stay where they are as long as the reader is in use.
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package var remaining: Int { bytes.count - offset }

    /// Throws unless all octets were read.
    package func finish() throws(RecordDamage) {
        guard offset == bytes.count else { throw .tooLong }
    }

    package mutating func octet() throws(RecordDamage) -> UInt8 {
        guard offset < bytes.count else { throw .tooShort }
        defer { offset += 1 }
        return bytes[offset]
    }

    package mutating func number() throws(RecordDamage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try octet()
            // The tenth octet holds the 64th bit and nothing else.
            guard shift < 63 || next <= 1 else { throw .field }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    package mutating func signed() throws(RecordDamage) -> Int64 {
        let folded = try number()
        return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }

    /// A count of things that take at least `size` octets each.
    package mutating func count(of size: Int = 1) throws(RecordDamage) -> Int {
        let value = try number()
        guard value <= UInt64(remaining / size) else { throw .tooShort }
        return Int(value)
    }

    /// The next `count` octets where they stand.
    private mutating func take(_ count: Int) throws(RecordDamage) -> UnsafeRawBufferPointer {
        guard count <= remaining else { throw .tooShort }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    package mutating func octets() throws(RecordDamage) -> Bytes {
        Bytes(try take(try self.count()))
    }

    /// The next octets where they stand; throws if they are more than `most`.
    package mutating func octets(
        atMost most: Int
    ) throws(RecordDamage) -> UnsafeRawBufferPointer {
        let count = try self.count()
        guard count <= most else { throw .field }
        return try take(count)
    }

    package mutating func text() throws(RecordDamage) -> String {
        String(decoding: try take(try self.count()), as: UTF8.self)
    }
}

extension ByteReader {
    package mutating func identifier() throws(RecordDamage) -> Identifier {
        Identifier(unchecked: try take(Identifier.size))
    }

    package mutating func digest() throws(RecordDamage) -> Digest {
        let octets = try take(Digest.size)
        return Digest(writing: { $0.copyMemory(from: octets) })
    }

    package mutating func fen() throws(RecordDamage) -> Fen {
        guard let value = Fen(Int64(clamping: try number())) else { throw .field }
        return value
    }

    package mutating func fens() throws(RecordDamage) -> [Fen] {
        let count = try self.count()
        var values: [Fen] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try fen()) }
        return values
    }

    package mutating func instant() throws(RecordDamage) -> Instant {
        Instant(milliseconds: try signed())
    }

    package mutating func date() throws(RecordDamage) -> BusinessDate {
        guard let days = Int32(exactly: try signed()) else { throw .field }
        return BusinessDate(daysSince1970: days)
    }

    package mutating func province() throws(RecordDamage) -> ProvinceCode {
        guard let code = ProvinceCode(UInt32(clamping: try number())) else { throw .field }
        return code
    }

    package mutating func status() throws(RecordDamage) -> Status {
        guard let status = Status(rawValue: UInt32(clamping: try number())) else { throw .field }
        return status
    }

    /// One octet that stands for a case.
    package mutating func oneOf<Value: RawRepresentable<UInt8>>(
        _: Value.Type
    ) throws(RecordDamage) -> Value {
        guard let value = Value(rawValue: try octet()) else { throw .field }
        return value
    }

    package mutating func digests() throws(RecordDamage) -> [Digest] {
        let count = try self.count(of: Digest.size)
        var values: [Digest] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try digest()) }
        return values
    }
}

extension Identifier {
    /// The id in exactly ``size`` octets.
    package init(unchecked octets: UnsafeRawBufferPointer) {
        self.init(
            high: UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
