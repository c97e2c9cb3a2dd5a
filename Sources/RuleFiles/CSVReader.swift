package import Domain

/// Reads CSV as RFC 4180 has it, record by record, with the line where each begins: fields between
/// commas, quotes around what holds commas, quotes or line breaks, quotes doubled inside quotes.
/// Lines end with CRLF or LF. What is not in this form is a fault and never guessed at.
package struct CSVReader: Sendable {
    package struct Record: Hashable, Sendable {
        /// Of its first octet, from 1.
        package let line: Int
        package let fields: [String]
    }

    package struct Fault: Error, Hashable, Sendable {
        package let line: Int
        package let what: String
    }

    package enum Item: Hashable, Sendable {
        case record(Record)
        /// Reading goes on in the next line, or ends where it could only guess.
        case fault(Fault)
    }

    private let bytes: Bytes
    private let recordBytesMax: Int
    private var position: Int
    private var line = 1
    /// Of the record that is being read.
    private var fields: [String] = []

    /// A mark of byte order (BOM) at the beginning is no part of the text.
    package init(_ bytes: Bytes, recordBytesMax: Int = 4096) {
        self.bytes = bytes
        self.recordBytesMax = recordBytesMax
        position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    }

    /// Nil at the end.
    package mutating func next() -> Item? {
        guard position < bytes.count else { return nil }
        let start = position
        let startLine = line
        fields.removeAll(keepingCapacity: true)
        do throws(Fault) {
            while try readField(start, startLine) {}
            return .record(Record(line: startLine, fields: fields))
        } catch {
            return .fault(error)
        }
    }

    /// Reads one field and what ends it; true if that was a comma.
    private mutating func readField(_ start: Int, _ startLine: Int) throws(Fault) -> Bool {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            return try readQuoted(start, startLine)
        }
        let from = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                try checkLength(start)
                try append(bytes[from..<position])
                return try readEnd()
            case UInt8(ascii: "\""):
                try skipLine("a quote in a field that does not begin with one")
            default: position += 1
            }
        }
        try checkLength(start)
        try append(bytes[from..<position])
        return false
    }

    private mutating func readQuoted(_ start: Int, _ startLine: Int) throws(Fault) -> Bool {
        var field: Bytes = []
        position += 1
        var from = position
        while position < bytes.count {
            guard position - start <= recordBytesMax else { break }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                position += 1
                continue
            }
            field += bytes[from..<position]
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                from = position
                position += 1
                continue
            }
            try append(field[...])
            guard position < bytes.count else { return false }
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return try readEnd()
            default: try skipLine("something stands after a closing quote")
            }
        }
        // Where the quote was to end is anybody's guess, and so is every line after it.
        let isEnd = position >= bytes.count
        position = bytes.count
        throw Fault(
            line: startLine,
            what: (isEnd
                ? "a quote is not closed"
                : "a quote is not closed within \(recordBytesMax) octets")
                + "; nothing after this line was read")
    }

    /// What ends a field: true for a comma, false for the end of a line.
    private mutating func readEnd() throws(Fault) -> Bool {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: ",") { return true }
        if byte == UInt8(ascii: "\r") {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\n") else {
                try skipLine("a carriage return without a line feed")
            }
            position += 1
        }
        line += 1
        return false
    }

    private mutating func append(_ octets: ArraySlice<UInt8>) throws(Fault) {
        guard let field = String(validating: octets, as: UTF8.self) else {
            try skipLine("not UTF-8")
        }
        fields.append(field)
    }

    private mutating func checkLength(_ start: Int) throws(Fault) {
        guard position - start > recordBytesMax else { return }
        try skipLine("a record of more than \(recordBytesMax) octets")
    }

    /// Goes to the line after that of ``position``.
    private mutating func skipLine(_ what: String) throws(Fault) -> Never {
        let fault = Fault(line: line, what: what)
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
        position = end.map { $0 + 1 } ?? bytes.count
        line += 1
        throw fault
    }
}
