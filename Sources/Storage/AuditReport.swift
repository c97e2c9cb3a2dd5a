/// What an audit found: for each invariant of design §2 whether it holds, with the numbers.
package struct AuditReport: Sendable, Equatable {
    package struct Invariant: Sendable, Equatable {
        /// `M1` … `M8`.
        package let id: String
        package let sentence: String
        package internal(set) var numbers: [(name: String, value: Int64)] = []
        /// In words, at most ``violationsMax``; ``violationCount`` counts all.
        package internal(set) var violations: [String] = []
        package internal(set) var violationCount = 0

        package var holds: Bool { violationCount == 0 }

        package static let violationsMax = 20

        init(_ id: String, _ sentence: String) {
            self.id = id
            self.sentence = sentence
        }

        mutating func violated(_ words: @autoclosure () -> String) {
            violationCount += 1
            if violations.count < Invariant.violationsMax { violations.append(words()) }
        }

        mutating func check(_ holds: Bool, _ words: @autoclosure () -> String) {
            if !holds { violated(words()) }
        }

        mutating func add(_ name: String, _ value: Int64) {
            if let index = numbers.firstIndex(where: { $0.name == name }) {
                numbers[index].value += value
            } else {
                numbers.append((name, value))
            }
        }

        package static func == (left: Invariant, right: Invariant) -> Bool {
            left.id == right.id && left.violations == right.violations
                && left.violationCount == right.violationCount
                && left.numbers.elementsEqual(right.numbers, by: ==)
        }
    }

    package internal(set) var m1 = Invariant("M1", "each posting sums to zero")
    package internal(set) var m2 = Invariant("M2", "no balance is below zero")
    package internal(set) var m3 = Invariant("M3", "a transaction has one outcome, everywhere")
    package internal(set) var m4 = Invariant("M4", "nothing is applied twice")
    package internal(set) var m5 = Invariant(
        "M5", "a quota is never usable by its giver, nor passed on")
    package internal(set) var m6 = Invariant(
        "M6", "payable and receivable differ only by what is in flight")
    package internal(set) var m7 = Invariant(
        "M7", "each settled transaction is in exactly one business day, the same on both sides")
    package internal(set) var m8 = Invariant(
        "M8", "what a client was told is settled stays settled; what was signed can be produced")

    package var invariants: [Invariant] { [m1, m2, m3, m4, m5, m6, m7, m8] }
    package var holds: Bool { invariants.allSatisfy(\.holds) }
}
