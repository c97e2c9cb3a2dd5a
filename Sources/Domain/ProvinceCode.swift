/// A province-level code of GB/T 2260 (`370000`), `660000` for 新疆生产建设兵团, `100000` for the
/// national node. Only the form is checked here; the directory says which provinces take part.
package struct ProvinceCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt32

    package static let national = ProvinceCode(checked: 100_000)

    private init(checked number: UInt32) { self.number = number }

    /// Nil unless the number is 110000...910000 in whole ten-thousands, or 100000.
    package init?(_ number: UInt32) {
        guard (100_000...910_000).contains(number), number.isMultiple(of: 10_000) else {
            return nil
        }
        self.number = number
    }

    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 6, let number = UInt32(text) else { return nil }
        self.init(number)
    }

    package var description: String { String(number) }
    package static func < (left: ProvinceCode, right: ProvinceCode) -> Bool {
        left.number < right.number
    }
}
