/// What a check of one store found.
package struct StoreCheckReport: Sendable, Equatable {
    package enum Part: String, Sendable, CaseIterable {
        /// Pages, schema, indexes, tags, chains.
        case rows
        /// Balances that are not the sum of their postings.
        case balances
        /// Postings that nothing caused.
        case causes
        /// The journals and their signatures.
        case journal
    }

    package struct Fault: Sendable, Equatable {
        package let part: Part
        package let words: String
    }

    /// The first of each part, in words; ``counts`` has all.
    package private(set) var faults: [Fault] = []
    package private(set) var counts: [Part: Int] = [:]
    package var examined = RowsExamined()
    package var accounts = 0

    package static let toldMax = 50

    package init() {}

    package var holds: Bool { counts.isEmpty }

    package mutating func add(_ part: Part, _ words: String) {
        counts[part, default: 0] += 1
        if counts[part, default: 0] <= StoreCheckReport.toldMax {
            faults.append(Fault(part: part, words: words))
        }
    }
}
