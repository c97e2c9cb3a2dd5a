import Domain

/// Everything that is left to chance in a run, from one seed.
package struct Chance: Sendable, RandomNumberGenerator {
    private var generator: SeededGenerator

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// An independent stream: what one part of a world draws does not change what another part gets.
    package init(seed: UInt64, for purpose: String) {
        var mixed = Chance(seed: seed)
        for octet in purpose.utf8 { mixed = Chance(seed: mixed.next() ^ UInt64(octet)) }
        self = mixed
    }

    package mutating func next() -> UInt64 { generator.next() }

    /// A number of `range`. Not by the standard library, which may change how it does it.
    package mutating func number(in range: ClosedRange<Int64>) -> Int64 {
        let size = UInt64(bitPattern: range.upperBound &- range.lowerBound) &+ 1
        guard size != 0 else { return Int64(bitPattern: next()) }
        return range.lowerBound &+ Int64(next().multipliedFullWidth(by: size).high)
    }

    package mutating func index(below count: Int) -> Int {
        Int(number(in: 0...Int64(count - 1)))
    }

    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[index(below: elements.count)]
    }

    /// True `parts` times in a million.
    package mutating func happens(perMillion parts: Int) -> Bool {
        number(in: 0...999_999) < Int64(parts)
    }
}
