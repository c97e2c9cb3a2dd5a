import Foundation

/// What people type from a paper or a card, in the one form of which digests are made
/// (`protocol/messages.md`, Digests of documents and numbers): however it is spaced, punctuated,
/// capitalised or encoded, the same paper has the same digest in every province.
package enum CanonicalText {
    /// Letters and digits alone: compatibility forms as what they stand for (NFKC: `３` is `3`, `№` is
    /// `No`), decimal digits of any script as `0` to `9`, letters in upper case, and every space, dash,
    /// dot, slash, bracket, mark and invisible character left out.
    package static func folded(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        let capitals = text.precomposedStringWithCompatibilityMapping.uppercased()
        for scalar in capitals.precomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .decimalNumber:
                guard let value = scalar.properties.numericValue,
                    let digit = Unicode.Scalar(UInt32(value) + ("0" as Unicode.Scalar).value)
                else { continue }
                scalars.append(digit)
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter, .letterNumber, .otherNumber:
                scalars.append(scalar)
            case .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation,
                .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
                .modifierSymbol, .otherSymbol, .spaceSeparator, .lineSeparator,
                .paragraphSeparator, .control, .format, .surrogate, .privateUse, .unassigned:
                continue
            @unknown default: continue
            }
        }
        return String(scalars)
    }

    /// A number of a paper, a card, a telephone or a record: folded, without words that only say that
    /// a number follows. Empty if nothing is left.
    package static func number(_ text: String) -> String {
        var rest = Array(folded(text).unicodeScalars)[...]
        while let word = word(before: rest) { rest = rest.dropFirst(word) }
        if let last = rest.last, rest.count > 1, last == "号" || last == "號" {
            rest.removeLast()
        }
        return String(String.UnicodeScalarView(rest))
    }

    /// The octets whose SM3 is the digest of a document: kind, issuer and number, a line feed between.
    package static func document(kind: String, issuer: String, number: String) -> Bytes {
        Bytes([kind, folded(issuer), self.number(number)].joined(separator: "\n").utf8)
    }

    /// A text in which nothing is said: empty, or of white space and invisible characters alone.
    package static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            if scalar.properties.isWhitespace { return true }
            return switch scalar.properties.generalCategory {
            case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator,
                .paragraphSeparator, .spaceSeparator, .unassigned:
                true
            default:
                // Letters that show nothing: fillers of Hangul, and the empty pattern of Braille.
                ["\u{115f}", "\u{1160}", "\u{3164}", "\u{ffa0}", "\u{2800}"].contains(scalar)
            }
        }
    }

    /// A value of one line as it was typed, compatibility forms as what they stand for and without
    /// spaces around it: `３７００００` is `370000`.
    package static func typed(_ text: String) -> String {
        var scalars = text.precomposedStringWithCompatibilityMapping.unicodeScalars[...]
        while scalars.first.map(isAround) == true { scalars.removeFirst() }
        while scalars.last.map(isAround) == true { scalars.removeLast() }
        return String(scalars)
    }

    private static func isAround(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
    }

    /// Words before a number, in the order in which they are tried.
    private static let words: [[Unicode.Scalar]] = [
        "结算单", "結算單", "凭证", "憑證", "单据", "單據", "票据", "票據", "发票", "發票", "收据", "收據",
        "流水", "编号", "編號", "号码", "號碼", "单号", "單號", "票号", "票號", "号", "號", "第",
    ].map { Array($0.unicodeScalars) }

    /// How long the word is that `number` begins with; nil: it begins with none, or is nothing else.
    private static func word(before number: ArraySlice<Unicode.Scalar>) -> Int? {
        for word in words where number.starts(with: word) && number.count > word.count {
            return word.count
        }
        // Before anything but a digit `NO` may be the beginning of the number itself.
        guard number.starts(with: ["N", "O"]), let next = number.dropFirst(2).first,
            ("0"..."9").contains(next)
        else { return nil }
        return 2
    }
}
