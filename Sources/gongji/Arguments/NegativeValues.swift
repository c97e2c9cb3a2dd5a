import Domain

/// An amount below zero after an option: the parser takes `-100` for an option of its own and says that
/// the value is missing. Joined with `=` it is the value, and is refused as what it is.
enum NegativeValues {
    static func joined(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        var position = 0
        while position < arguments.count {
            let argument = arguments[position]
            // After it everything is what it is.
            if argument == "--" { return joined + arguments[position...] }
            let next = position + 1 < arguments.count ? arguments[position + 1] : ""
            if argument.hasPrefix("--"), !argument.contains("="), isNegative(next) {
                joined.append("\(argument)=\(next)")
                position += 2
            } else {
                joined.append(argument)
                position += 1
            }
        }
        return joined
    }

    /// A minus of any width, and a digit or a dot.
    private static func isNegative(_ text: String) -> Bool {
        let scalars = Array(CanonicalText.typed(text).unicodeScalars)
        guard scalars.count > 1, scalars[0] == "-" else { return false }
        return ("0"..."9").contains(scalars[1]) || scalars[1] == "."
    }
}
