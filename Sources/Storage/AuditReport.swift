/// What an audit found: for each invariant of design §2 whether it holds, with the numbers.
package struct AuditReport: Sendable, Equatable {
    package struct Invariant: Sendable, Equatable {
        /// `M1` … `M8`.
        package let id: String
        package let sentence: String
        package internal(set) var numbers: [(name: String, value: Int64)] = []
        /// In words, the first ``told``; ``violationCount`` counts all.
        package internal(set) var violations: [String] = []
        package internal(set) var violationCount = 0

        package var holds: Bool { violationCount == 0 }

        package static let toldUsually = 20
        private let told: Int

        init(_ id: String, _ sentence: String, told: Int) {
            self.id = id
            self.sentence = sentence
            self.told = told
        }

        mutating func violated(_ words: @autoclosure () -> String) {
            violationCount += 1
            if violations.count < told { violations.append(words()) }
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

    package internal(set) var m1: Invariant
    package internal(set) var m2: Invariant
    package internal(set) var m3: Invariant
    package internal(set) var m4: Invariant
    package internal(set) var m5: Invariant
    package internal(set) var m6: Invariant
    package internal(set) var m7: Invariant
    package internal(set) var m8: Invariant

    /// `told`: how many violations of each invariant are put into words.
    init(told: Int = Invariant.toldUsually) {
        func invariant(_ id: String, _ sentence: String) -> Invariant {
            Invariant(id, sentence, told: told)
        }
        m1 = invariant("M1", "each posting sums to zero")
        m2 = invariant("M2", "no balance is below zero")
        m3 = invariant("M3", "a transaction has one outcome, everywhere")
        m4 = invariant("M4", "nothing is applied twice")
        m5 = invariant("M5", "a quota is never usable by its giver, nor passed on")
        m6 = invariant("M6", "payable and receivable differ only by what is in flight")
        m7 = invariant(
            "M7",
            "each settled transaction is in exactly one business day, the same on both sides")
        m8 = invariant(
            "M8", "what a client was told is settled stays settled; what was signed can be produced"
        )
    }

    package var invariants: [Invariant] { [m1, m2, m3, m4, m5, m6, m7, m8] }
    package var holds: Bool { invariants.allSatisfy(\.holds) }
}
