/// Everything that is left to chance in a run, from one seed: SplitMix64 (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014).
package struct Chance: Sendable, RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// An independent stream: what one part of a world draws does not change what another part gets.
    package init(seed: UInt64, for purpose: String) {
        var mixed = Chance(seed: seed)
        for octet in purpose.utf8 { mixed.state = mixed.next() ^ UInt64(octet) }
        self = mixed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

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
