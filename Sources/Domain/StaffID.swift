/// A member of an agency's staff, by the id that the agency uses. Spaces, dashes, dots, case and width
/// make no other person (rule W6: who handles and who reviews differ).
package struct StaffID: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let key: String

    /// Any text, for comparing.
    package init(_ text: String) {
        self.text = text
        key = CanonicalText.folded(text)
    }

    /// The longest id, in octets of UTF-8.
    package static let textBytesMax = 64

    /// Nil unless it is 1 to ``textBytesMax`` octets of letters and digits that are what they look
    /// like, `-`, `.`, `_` and single spaces between them.
    package init?(name text: String) {
        guard (1...StaffID.textBytesMax).contains(text.utf8.count),
            text.first != " ", text.last != " ", !text.contains("  ")
        else { return nil }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", " ", "\u{4e00}"..."\u{9fff}":
                continue
            default: return nil
            }
        }
        self.init(text)
    }

    package static func == (left: StaffID, right: StaffID) -> Bool { left.key == right.key }
    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
