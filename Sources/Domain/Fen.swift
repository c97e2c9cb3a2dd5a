/// An amount of money in whole fen (0.01 yuan), never negative.
///
/// What comes from outside is at most ``limit``, so that sums of any number of amounts that one
/// message can hold stay inside `Int64`.
package struct Fen: Hashable, Comparable, Sendable {
    package let value: Int64

    package static let zero = Fen(unchecked: 0)
    /// The most that one amount may be: ten billion yuan.
    package static let limit = Fen(unchecked: 1_000_000_000_000)

    private init(unchecked value: Int64) { self.value = value }

    /// Nil below zero and above ``limit``.
    package init?(_ value: Int64) {
        guard (0...Fen.limit.value).contains(value) else { return nil }
        self.value = value
    }

    package static func < (left: Fen, right: Fen) -> Bool { left.value < right.value }

    /// The sum; traps if it leaves `Int64`, which amounts within ``limit`` cannot reach.
    package static func + (left: Fen, right: Fen) -> Fen {
        Fen(unchecked: left.value + right.value)
    }

    /// The difference; traps below zero.
    package static func - (left: Fen, right: Fen) -> Fen {
        precondition(left.value >= right.value, "an amount below zero")
        return Fen(unchecked: left.value - right.value)
    }
}

extension Sequence where Element == Fen {
    package func sum() -> Fen { reduce(.zero, +) }
}

extension Fen: CustomStringConvertible {
    /// Yuan with two decimals: `1234.50`.
    package var description: String {
        let cents = value % 100
        return "\(value / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
