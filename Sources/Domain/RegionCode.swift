/// Where a person is insured, or care is received: a code of GB/T 2260, of a county (`371002` 环翠区), a
/// prefecture (`371000` 威海市), the whole of a province (`370000`), or the nation (`100000`).
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

    /// What the first four digits of a county stand for: mostly a prefecture (`440305` lies in
    /// `440300`), in a municipality its districts (`310100`). Nil for anything larger than a county.
    package var prefecture: RegionCode? {
        guard !number.isMultiple(of: 100) else { return nil }
        return RegionCode(checked: number / 100 * 100)
    }

    /// The region itself, its prefecture, its province, the nation: from the smallest on, each once.
    package var path: [RegionCode] {
        var path = [self]
        for larger in [prefecture, RegionCode(province), .national] {
            if let larger, !path.contains(larger) { path.append(larger) }
        }
        return path
    }

    /// Whether `other` lies in this region, or is it.
    package func holds(_ other: RegionCode) -> Bool { other.path.contains(self) }

    /// The smallest region that holds both.
    package func enclosing(_ other: RegionCode) -> RegionCode {
        path.first { $0.holds(other) } ?? .national
    }

    package var description: String { String(number) }
    package static func < (left: RegionCode, right: RegionCode) -> Bool {
        left.number < right.number
    }
}
