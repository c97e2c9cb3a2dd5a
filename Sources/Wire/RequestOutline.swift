package import Domain

/// A request's id and kind, read from the outside of its octets: no part of the body is looked at, so
/// that a client outside its role learns nothing and costs nothing.
///
/// Stricter than Protocol Buffers, whose last body wins: with two bodies, with a field of a form that
/// no request has, or without a body that is known there is no kind.
package struct RequestOutline: Hashable, Sendable {
    /// Nil: there is no one to answer to.
    package let id: Identifier?
    package let kind: RequestKind?

    package init(_ bytes: Bytes) {
        var reader = FieldReader(bytes)
        var ids: [Bytes] = []
        var bodies: [Int] = []
        while let field = reader.next() {
            if field.number == 1 {
                ids.append(Bytes(field.octets))
            } else {
                bodies.append(field.number)
            }
        }
        guard reader.isAtEnd, ids.count == 1, let id = Identifier(ids[0]) else {
            (self.id, kind) = (nil, nil)
            return
        }
        self.id = id
        kind = bodies.count == 1 ? RequestKind(rawValue: bodies[0]) : nil
    }
}

/// The length-delimited fields of a message, one after the other; it stops before anything else.
private struct FieldReader {
    struct Field {
        let number: Int
        let octets: ArraySlice<UInt8>
    }

    private static let lengthDelimited: UInt64 = 2

    private let bytes: Bytes
    private var position = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func next() -> Field? {
        let start = position
        guard let tag = varint(), tag & 7 == FieldReader.lengthDelimited,
            let number = Int(exactly: tag >> 3), let length = varint(),
            length <= UInt64(bytes.count - position)
        else {
            position = start
            return nil
        }
        defer { position += Int(length) }
        return Field(number: number, octets: bytes[position..<position + Int(length)])
    }

    /// At most 10 octets, as in Protocol Buffers.
    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard position < bytes.count else { return nil }
            let octet = bytes[position]
            position += 1
            value |= UInt64(octet & 0x7f) << shift
            if octet & 0x80 == 0 { return value }
        }
        return nil
    }
}
