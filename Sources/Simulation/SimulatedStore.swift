import Domain
import Settlement
import Storage
import Wire

/// The power is cut: nothing of the process goes on.
struct PowerCut: Error {}

/// The disk of a simulated node: a memory store that a crash leaves as it was last committed, and
/// that can fail in each way that a store may.
final class SimulatedStore: Store, @unchecked Sendable {
    private(set) var disk: MemoryStore
    /// Called before and after each commit; throws ``PowerCut`` when that is where the power is cut.
    var effect: () throws -> Void = {}
    var isFull = false
    /// How the next commit fails, leaving open whether it happened.
    var doubt: Doubt?

    enum Doubt { case happened, didNotHappen }

    init(_ disk: MemoryStore) { self.disk = disk }

    func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
        let doubt = doubt
        self.doubt = nil
        let result = try disk.write { transaction in
            let result = try body(transaction)
            if isFull { throw StoreFailure.full }
            if doubt == .didNotHappen { throw StoreFailure.outcomeUnknown("the disk went away") }
            try effect()
            return result
        }
        if doubt == .happened { throw StoreFailure.outcomeUnknown("the disk went away") }
        try effect()
        return result
    }

    func read<Result>(_ body: (any StoreReading) throws -> Result) throws -> Result {
        try disk.read(body)
    }

    var counters: StoreCounters { disk.counters }

    /// Puts another disk in place; the node must not run.
    func replace(with other: MemoryStore) { disk = other }
}
