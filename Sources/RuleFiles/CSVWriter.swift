/// Writes CSV as RFC 4180 has it. Guards nothing but the form: a text that a spreadsheet would take
/// for a formula goes out as it is.
package struct CSVWriter: Sendable {
    package enum LineEnd: String, Sendable {
        case crlf = "\r\n"
        case lf = "\n"
    }

    private let lineEnd: LineEnd
    package private(set) var text = ""

    package init(lineEnd: LineEnd = .crlf) { self.lineEnd = lineEnd }

    /// Appends one record; a field is quoted if it must be. A record has a field or more.
    package mutating func write(_ fields: [String]) {
        precondition(!fields.isEmpty, "a record without fields")
        // One empty field alone would be an empty line.
        if fields == [""] { text += "\"\"" }
        var isFirst = true
        for field in fields {
            if !isFirst { text += "," }
            isFirst = false
            if CSVWriter.needsQuotes(field) {
                text += "\""
                for scalar in field.unicodeScalars {
                    if scalar == "\"" { text += "\"" }
                    text.unicodeScalars.append(scalar)
                }
                text += "\""
            } else {
                text += field
            }
        }
        text += lineEnd.rawValue
    }

    private static func needsQuotes(_ field: String) -> Bool {
        // By octets, as CRLF is one Character.
        field.utf8.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\r")
                || $0 == UInt8(ascii: "\n")
        } || field.unicodeScalars.first == "\u{feff}"
    }
}
