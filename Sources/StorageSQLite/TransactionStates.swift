import Domain

/// What one write transaction knows of the states of transactions, and how the numbers of
/// transactions by state have changed in it.
struct TransactionStates {
    /// Parts, as they stand in the table `tally`.
    static let coordination: Int64 = 1
    static let participation: Int64 = 2

    private var coordinations: [Identifier: UInt8] = [:]
    private var participations: [Identifier: UInt8] = [:]
    private(set) var changes = [Int](repeating: 0, count: 2 * TransactionStates.stateCount)

    private static let stateCount = 16

    subscript(part: Int64, id: Identifier) -> UInt8? {
        get { part == TransactionStates.coordination ? coordinations[id] : participations[id] }
        set {
            if part == TransactionStates.coordination {
                coordinations[id] = newValue
            } else {
                participations[id] = newValue
            }
        }
    }

    /// A transaction goes from state `old` to state `new`; 0 stands for no row.
    mutating func move(_ part: Int64, _ id: Identifier, from old: UInt8, to new: UInt8) {
        self[part, id] = new
        guard old != new else { return }
        if old != 0 { changes[TransactionStates.index(part, old)] -= 1 }
        if new != 0 { changes[TransactionStates.index(part, new)] += 1 }
    }

    private static func index(_ part: Int64, _ state: UInt8) -> Int {
        Int(part - 1) * stateCount + Int(state)
    }

    /// Calls `body` with every number that changed, and forgets the changes.
    mutating func takeChanges(_ body: (_ part: Int64, _ state: Int64, Int) throws -> Void) rethrows
    {
        for (index, change) in changes.enumerated() where change != 0 {
            try body(
                Int64(index / TransactionStates.stateCount) + 1,
                Int64(index % TransactionStates.stateCount), change)
            changes[index] = 0
        }
    }

    /// Forgets everything: another transaction begins.
    mutating func clear() {
        coordinations.removeAll(keepingCapacity: true)
        participations.removeAll(keepingCapacity: true)
        for index in changes.indices { changes[index] = 0 }
    }
}
