package import Domain

// What every store refuses, in the same words.

extension JournalEntry {
    /// Throws unless this entry's number is the one after `last`.
    package func checkFollows(_ last: UInt64?) throws {
        guard number == (last ?? 0) + 1 else {
            throw StoreFailure.other(
                "\(direction.word) journal: entry \(number) does not follow \(last ?? 0)")
        }
    }
}

extension StoreFailure {
    /// Throws if messages wait whose next number would be `next`, and `first` is another one.
    package static func checkOutbox(
        _ peer: ProvinceCode, first: UInt64, next: UInt64?
    ) throws {
        guard let next, next != first else { return }
        throw StoreFailure.other("outbox for \(peer): message \(first) does not follow \(next - 1)")
    }
}

extension StoreFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full: "the disk is full; nothing was written"
        case .corrupt(let what): "the store is damaged, and is not served: \(what)"
        case .otherKey:
            "store_key is not the one under which this store is sealed; put that one back"
        case .locked: "another process has the store open for writing"
        case .newerSchema(let found, let known):
            "the store has schema \(found), made by a newer gongji; this one knows \(known)"
        case .outcomeUnknown(let why): "whether the commit happened is not known: \(why)"
        case .other(let what): what
        }
    }
}
