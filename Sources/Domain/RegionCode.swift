/// Where a person is insured, or care is received: a code of GB/T 2260 (`371000` 威海市), or the
/// whole of a province (`370000`), or the nation (`100000`).
package struct RegionCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt32

    package static let national = RegionCode(checked: 100_000)

    private init(checked number: UInt32) { self.number = number }

    /// Nil unless the number is 110000...919999, or 100000.
    package init?(_ number: UInt32) {
        guard number == 100_000 || (110_000...919_999).contains(number) else { return nil }
        self.number = number
    }

    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 6, let number = UInt32(text) else { return nil }
        self.init(number)
    }

    /// The whole of a province.
    package init(_ province: ProvinceCode) { number = province.number }

    /// The province that it lies in; of the nation, the national node.
    package var province: ProvinceCode {
        guard let province = ProvinceCode(number / 10_000 * 10_000) else {
            preconditionFailure("a region is of a province")
        }
        return province
    }

    /// The region itself, its province, the nation: from the smallest on, each once.
    package var path: [RegionCode] {
        var path = [self]
        let province = RegionCode(self.province)
        if province != self { path.append(province) }
        if self != .national && province != .national { path.append(.national) }
        return path
    }

    /// The smallest region that holds both.
    package func enclosing(_ other: RegionCode) -> RegionCode {
        if self == other { return self }
        return province == other.province ? RegionCode(province) : .national
    }

    package var description: String { String(number) }
    package static func < (left: RegionCode, right: RegionCode) -> Bool {
        left.number < right.number
    }
}
