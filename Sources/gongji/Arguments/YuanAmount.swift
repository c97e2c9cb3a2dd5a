import ArgumentParser
import Domain

/// An amount on the command line: yuan with at most two decimals, `123`, `123.4` or `123.45`.
///
/// Zero, negative and too large amounts are read as well, so that the node can refuse them with
/// their own status; only what is no amount at all, or leaves 64 bits of fen, is bad usage.
struct YuanAmount: Hashable, ExpressibleByArgument {
    let fen: Int64

    init(fen: Int64) { self.fen = fen }

    init?(_ text: some StringProtocol) {
        let negative = text.hasPrefix("-")
        let digits = negative ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy(isDigit) }), let yuan = Int64(parts[0])
        else { return nil }
        var cents: Int64 = 0
        if parts.count == 2 {
            guard (1...2).contains(parts[1].utf8.count), let value = Int64(parts[1]) else {
                return nil
            }
            cents = parts[1].utf8.count == 1 ? value * 10 : value
        }
        let (whole, overflow) = yuan.multipliedReportingOverflow(by: 100)
        let (sum, carry) = whole.addingReportingOverflow(cents)
        guard !overflow, !carry else { return nil }
        fen = negative ? -sum : sum
    }

    /// Full-width digits are read as what they stand for.
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }

    var defaultValueDescription: String { YuanAmount.text(fen) }

    /// Yuan with two decimals, with a sign if below zero.
    static func text(_ fen: Int64) -> String {
        let size = fen.magnitude
        let cents = size % 100
        return "\(fen < 0 ? "-" : "")\(size / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
