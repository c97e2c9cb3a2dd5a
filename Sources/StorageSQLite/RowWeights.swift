import Storage

/// What a session remembers of the weights of rows that it reads and writes.
struct RowWeights {
    enum Use { case nothing, keeping, adding }

    let use: Use
    private var known: [RowName: UInt128] = [:]
    /// Of all rows that were read, if they are added up.
    private(set) var sum: UInt128 = 0

    /// `keeping`: a write transaction, to take what it changes out of the sum. `adding`: a check.
    init(_ use: Use) { self.use = use }

    /// 0 where there is no row; nil if it was neither read nor written.
    subscript(name: RowName) -> UInt128? { known[name] }

    mutating func read(_ name: RowName, _ weight: UInt128) {
        switch use {
        case .nothing: break
        case .keeping: known[name] = weight
        case .adding: sum &+= weight
        }
    }

    mutating func wrote(_ name: RowName, _ weight: UInt128) { known[name] = weight }

    /// Forgets everything: another transaction begins.
    mutating func clear() { known.removeAll(keepingCapacity: true) }
}
