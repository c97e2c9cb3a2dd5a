package import Domain
package import Settlement

/// The form in which one kind of record stands in a store: hand-written, as it is on the hot path
/// of every settlement, and versioned, so that a later version of the code reads what an earlier
/// one wrote.
///
/// A record stands without its key, which the row has; the first octet is the version of the form.
/// Every form ends where its octets end: none too few, none left over.
package protocol KeptRecord: Sendable {
    associatedtype Key: RowKey
    /// The kind, as it stands in messages about damage.
    static var kind: String { get }
    static var table: RowTable { get }
    func encode(into writer: inout ByteWriter)
    init(key: Key, decoding reader: inout ByteReader) throws(RecordDamage)
}

extension KeptRecord {
    package func encoded() -> Bytes {
        var writer = ByteWriter(capacity: 256)
        encode(into: &writer)
        return writer.bytes
    }

    /// The record under `key`. Throws ``StoreFailure/corrupt(_:)`` for octets that are none.
    package init(key: Key, decoding bytes: UnsafeRawBufferPointer) throws {
        do throws(RecordDamage) {
            var reader = ByteReader(bytes)
            self = try Self(key: key, decoding: &reader)
            try reader.finish()
        } catch {
            throw StoreFailure.corrupt("\(Self.kind) \(key): \(error.rawValue)")
        }
    }

    package init(key: Key, decoding bytes: Bytes) throws {
        self = try bytes.withUnsafeBytes { try Self(key: key, decoding: $0) }
    }
}

/// A set of optional fields that are there.
struct FieldFlags {
    private(set) var bits: UInt64 = 0

    init() {}
    init(_ reader: inout ByteReader) throws(RecordDamage) { bits = try reader.number() }

    mutating func set(_ index: Int, _ present: Bool) { if present { bits |= 1 << UInt64(index) } }
    subscript(index: Int) -> Bool { bits >> UInt64(index) & 1 == 1 }

    /// Throws if a flag from `count` on is set: it belongs to a form that is not known.
    func limit(_ count: Int) throws(RecordDamage) {
        guard bits >> UInt64(count) == 0 else { throw .field }
    }
}

extension ByteReader {
    mutating func version(_ known: UInt8) throws(RecordDamage) {
        guard try octet() == known else { throw .version }
    }
}

extension Answer: KeptRecord {
    package static var kind: String { "answer" }
    package static var table: RowTable { .answer }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.octet(reply == nil ? 0 : 1)
        writer.digest(requestDigest)
        writer.principal(by)
        writer.instant(at)
        if let reply { writer.octets(reply) }
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let replied = try reader.octet()
        guard replied <= 1 else { throw .field }
        let digest = try reader.digest()
        let principal = try reader.principal()
        let at = try reader.instant()
        self.init(
            requestDigest: digest, by: principal, at: at,
            reply: replied == 1 ? try reader.octets() : nil)
    }
}

extension LinkRecord: KeptRecord {
    package static var kind: String { "link with" }
    package static var table: RowTable { .link }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.position(sent)
        writer.number(acknowledged)
        writer.number(assigned)
        writer.octet(received == nil ? 0 : 1)
        if let received { writer.position(received) }
    }

    package init(key: ProvinceCode, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let sent = try reader.linkPosition()
        let acknowledged = try reader.number()
        let assigned = try reader.number()
        let heard = try reader.octet()
        guard heard <= 1 else { throw .field }
        self.init(
            peer: key, sent: sent, acknowledged: acknowledged, assigned: assigned,
            received: heard == 1 ? try reader.linkPosition() : nil)
    }
}
