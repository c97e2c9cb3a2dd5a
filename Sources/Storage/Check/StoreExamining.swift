/// Reading a store row by row to find out what does not hold in it: what is damaged is told, and
/// reading goes on.
package protocol StoreExamining: StoreReading {
    /// Looks at the structure of the file, at the tag of every row, at the columns beside sealed
    /// bodies, at the chains, and at all of them against the head of the store. `progress` is
    /// called for each thousandth row.
    func examineRows(_ progress: (_ table: String, _ rows: Int) -> Void) throws -> RowsExamined
}

/// What was looked at.
package struct RowsExamined: Sendable, Equatable {
    package var rows = 0
    package var postings = 0
    package var batches = 0
    /// Of the head.
    package var commits: UInt64 = 0
    package init() {}
}

/// A store that can be read although it is damaged.
package protocol ExaminableStore {
    /// Calls `body` with what reads a consistent moment of the store and goes on after damage, which
    /// it tells `damaged` in words.
    func examine<Result>(
        _ damaged: @escaping (String) -> Void, _ body: (any StoreExamining) throws -> Result
    ) throws -> Result
}
