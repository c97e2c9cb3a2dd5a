import Domain
package import Settlement

/// What stands in a store beside the number of ``KeptEvidence``.
extension Evidence: KeptRecord {
    package static var kind: String { "evidence" }
    package static var table: RowTable { .evidence }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.octet(reason.rawValue)
        writer.octet(earlier == nil ? 0 : 1)
        writer.province(accused)
        writer.identifier(subject)
        writer.instant(at)
        writer.statement(statement)
        if let earlier { writer.statement(earlier) }
    }

    package init(key: Int64, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let reason = try reader.oneOf(Reason.self)
        let hasEarlier = try reader.octet()
        guard hasEarlier <= 1 else { throw .field }
        let accused = try reader.province()
        let subject = try reader.identifier()
        let at = try reader.instant()
        let statement = try reader.statement()
        self.init(
            accused: accused, subject: subject, reason: reason, at: at, statement: statement,
            earlier: hasEarlier == 1 ? try reader.statement() : nil)
    }
}

extension ByteWriter {
    fileprivate mutating func statement(_ statement: Evidence.Statement) {
        switch statement {
        case .received(let entry, let message):
            octet(1)
            number(entry)
            count(message)
        case .octets(let bytes):
            octet(2)
            octets(bytes)
        }
    }
}

extension ByteReader {
    fileprivate mutating func statement() throws(RecordDamage) -> Evidence.Statement {
        switch try octet() {
        case 1:
            let entry = try number()
            guard let message = Int(exactly: try number()) else { throw .field }
            return .received(entry: entry, message: message)
        case 2:
            return .octets(Bytes(try octets(atMost: Evidence.octetsMax)))
        default: throw .field
        }
    }
}
