import Domain
import GRDB
import Storage

/// The head of the store, and the key that all is sealed under: parts 3 and 4 of the table `tally`.
extension SQLiteSession {
    func writeFirstHead(_ key: any StoreKeying) throws {
        let statement = try walk("INSERT INTO tally (part, state, count, seal) VALUES (4, 0, 0, ?)")
        try statement.with(1, key.check) { try statement.run() }
        try writeHead()
    }

    /// Throws ``StoreFailure/otherKey`` unless the store is sealed under `key`.
    func checkKey(_ key: any StoreKeying) throws {
        let kept = try walk("SELECT seal FROM tally WHERE part = 4").one { $0.bytes(0) }
        guard let kept else {
            throw StoreFailure.corrupt("it does not say under which key it is sealed")
        }
        guard kept == key.check else { throw StoreFailure.otherKey }
    }

    func readHead() throws -> StoreHead {
        let found = try statement(.head).one { row in
            let head = try opened(row.octets(0), StoreHead.Only(), as: StoreHead.self)
            guard Int64(clamping: head.commits) == row.integer(1) else {
                throw SQLiteSession.doesNotHold("the number of commits")
            }
            return head
        }
        guard let found else { throw StoreFailure.corrupt("it has no head") }
        return found
    }

    /// The head, once the ends of the chains are as it says: what was added behind them, or taken
    /// away from there, is found in no time.
    func checkedHead(_ key: any StoreKeying) throws -> StoreHead {
        try checkKey(key)
        let head = try readHead()
        let end = try statement(.endOfPostings).one { ($0.integer(0), $0.tag(1)) }
        guard (end?.0 ?? 0) == head.postings, (end?.1 ?? 0) == head.chain else {
            throw StoreFailure.corrupt(
                "the last posting is \(end?.0 ?? 0), and the head of the store says "
                    + "\(head.postings); find out more: gongji store check")
        }
        for direction in JournalDirection.allCases {
            let last = try lastJournalEntry(direction)
            guard (last?.number ?? 0) == head[direction].number,
                (last?.chain ?? .zero) == head[direction].chain
            else {
                throw StoreFailure.corrupt(
                    "the last \(direction.word) journal entry is \(last?.number ?? 0), and the head "
                        + "of the store says \(head[direction].number)")
            }
        }
        return head
    }
}
