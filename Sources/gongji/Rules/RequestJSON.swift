import Domain

/// Reads JSON as RFC 8259 has it, and tells the line of what is not: people write requests by hand.
/// A key that stands twice in an object is a fault too, as nobody could say which one is meant.
struct RequestJSON {
    struct Fault: Error, Equatable {
        /// From 1.
        let line: Int
        let what: String
    }

    static let depthMax = 32

    private let bytes: Bytes
    private var position = 0
    private var depth = 0

    private init(_ bytes: Bytes) { self.bytes = bytes }

    static func read(_ bytes: Bytes) throws(Fault) -> JSON {
        var reader = RequestJSON(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw reader.fault("something stands after the end")
        }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func fault(_ what: String) -> Fault {
        let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
        return Fault(line: line, what: position < bytes.count ? what : "it ends too early")
    }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func value() throws(Fault) -> JSON {
        skipSpace()
        guard let next else { throw fault("no value") }
        switch next {
        case UInt8(ascii: "{"): return try nested { (reader) throws(Fault) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(Fault) in try reader.array() }
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            if take(word: "true") { return true }
            if take(word: "false") { return false }
            if take(word: "null") { return nil }
            throw fault("no value")
        }
    }

    private mutating func nested(
        _ read: (inout RequestJSON) throws(Fault) -> JSON
    ) throws(Fault) -> JSON {
        guard depth < Self.depthMax else { throw fault("nested deeper than \(Self.depthMax)") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try read(&self)
    }

    private mutating func object() throws(Fault) -> JSON {
        var members: [JSON.Member] = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a key in quotes is missing") }
            let start = self
            let key = try string()
            guard !members.contains(where: { $0.key == key }) else {
                throw start.fault("the key \(key.debugDescription) stands twice")
            }
            skipSpace()
            guard take(":") else { throw fault("a colon is missing") }
            members.append(JSON.Member(key: key, value: try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("a comma or } is missing") }
        return .object(members)
    }

    private mutating func array() throws(Fault) -> JSON {
        var items: [JSON] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            items.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("a comma or ] is missing") }
        return .array(items)
    }

    private mutating func number() throws(Fault) -> JSON {
        let rest = String(decoding: bytes[position...].prefix(40), as: UTF8.self)
        guard
            let match = rest.prefixMatch(of: /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/)
        else { throw fault("no number") }
        position += match.output.utf8.count
        if let whole = Int64(match.output) { return .int(whole) }
        guard let number = Double(match.output) else { throw fault("no number") }
        return .double(number)
    }

    private mutating func string() throws(Fault) -> String {
        position += 1
        var text: Bytes = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw fault("not UTF-8")
                }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                position += 1
                text += String(try escaped()).utf8
            case 0..<0x20: throw fault("a quote is not closed in its line")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw fault("a quote is not closed")
    }

    private mutating func escaped() throws(Fault) -> Unicode.Scalar {
        let plain: [(Unicode.Scalar, Unicode.Scalar)] = [
            ("\"", "\""), ("\\", "\\"), ("/", "/"), ("b", "\u{8}"), ("f", "\u{c}"), ("n", "\n"),
            ("r", "\r"), ("t", "\t"),
        ]
        for (letter, meant) in plain where take(letter) { return meant }
        guard take("u"), let unit = hexadecimal() else { throw fault("no escape of JSON") }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard take("\\"), take("u"), let second = hexadecimal(),
            (0xd800...0xdbff).contains(unit), (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(
                0x10000 + ((UInt32(unit) - 0xd800) << 10) + (UInt32(second) - 0xdc00))
        else { throw fault("no character of Unicode") }
        return scalar
    }

    /// Four digits.
    private mutating func hexadecimal() -> UInt16? {
        let digits = bytes[position...].prefix(4)
        guard let octets = Bytes(hex: String(decoding: digits, as: UTF8.self)), octets.count == 2
        else { return nil }
        position += 4
        return UInt16(octets[0]) << 8 | UInt16(octets[1])
    }
}
