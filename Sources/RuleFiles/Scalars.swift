import Domain

// Exact readings of the texts of scalars; nil for anything that is not wholly in its form.

extension Fen {
    /// Yuan with at most two decimals: `500`, `4205.00`, `0.5`. No sign, no spaces, no needless zeros
    /// in front.
    init?(yuan text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...11).contains(whole.count), isDigits(whole),
            whole.count == 1 || whole.first != UInt8(ascii: "0"), parts.count <= 2
        else { return nil }
        var fen = number(whole) * 100
        if parts.count == 2 {
            guard (1...2).contains(parts[1].count), isDigits(parts[1]) else { return nil }
            fen += parts[1].count == 1 ? number(parts[1]) * 10 : number(parts[1])
        }
        self.init(Int64(fen))
    }
}

/// A whole number of at most nine digits, without zeros in front.
func wholeNumber(_ text: String) -> Int? {
    let utf8 = text.utf8
    guard (1...9).contains(utf8.count), isDigits(utf8),
        utf8.count == 1 || utf8.first != UInt8(ascii: "0")
    else { return nil }
    return number(utf8)
}

/// One line of text that a person reads: not empty, no spaces around it, nothing that moves the
/// cursor.
func isPlainLine(_ text: String, max: Int) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
        text.unicodeScalars.count <= max, !first.properties.isWhitespace,
        !last.properties.isWhitespace
    else { return false }
    return text.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
        || quotable(text, max: max).unicodeScalars.elementsEqual(text.unicodeScalars)
}

private func isDigits(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

private func number(_ digits: some Collection<UInt8>) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}
