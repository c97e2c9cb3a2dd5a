import Domain
import Ledger
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

/// What every store does, whichever it is: order, counts, links, outbox and journal.
@Suite("Every store: order", .serialized) struct ConformanceOrder {
    static let kinds = StoreKind.allCases

    private func at(_ milliseconds: Int64) -> Instant {
        Samples.now.advanced(byMilliseconds: milliseconds)
    }

    @Test("tells what is due, earliest first, at most as many as asked for", arguments: kinds)
    func due(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.set([
            Samples.coordination(5, wake: at(3)), Samples.coordination(3, wake: at(1)),
            Samples.coordination(2, wake: nil), Samples.coordination(8, wake: at(9)),
            // Even what is settled is woken, if it asks for it.
            Samples.coordination(6, .settled, wake: at(2)),
        ])
        try tested.store.set([
            Samples.participation(3, wake: at(1)), Samples.participation(4, wake: at(1)),
            Samples.participation(1, wake: at(3)), Samples.participation(7, .committed, wake: nil),
        ])
        let expected: [DueTransaction] = [
            DueTransaction(part: .coordination, transaction: Samples.id(3)),
            DueTransaction(part: .participation, transaction: Samples.id(3)),
            DueTransaction(part: .participation, transaction: Samples.id(4)),
            DueTransaction(part: .coordination, transaction: Samples.id(6)),
            DueTransaction(part: .participation, transaction: Samples.id(1)),
            DueTransaction(part: .coordination, transaction: Samples.id(5)),
        ]
        try tested.store.read { (reading) throws in
            #expect(try reading.due(at: at(0), limit: 10).isEmpty)
            for limit in 0...7 {
                #expect(
                    try reading.due(at: at(3), limit: limit) == Array(expected.prefix(limit)))
            }
        }
        // What was done is no longer due; what is put off is due later.
        try tested.store.set([
            Samples.coordination(3, .settled, wake: nil), Samples.coordination(5, wake: at(30)),
        ])
        let left = try tested.store.read { try $0.due(at: at(3), limit: 10) }
        #expect(
            left == expected.filter { $0.part == .participation }.prefix(2)
                + [expected[3], expected[4]])
    }

    @Test("counts transactions by state, and lists the open ones, oldest first", arguments: kinds)
    func open(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let states = Coordination.State.allCases
        try tested.store.set(
            states.enumerated().map { Samples.coordination(100 - UInt64($0), $1, wake: nil) })
        let parts = Participation.State.allCases
        try tested.store.set(
            parts.enumerated().map { Samples.participation(100 - UInt64($0), $1, wake: nil) })
        try tested.store.set([Samples.participation(50, .held, wake: nil)])
        try tested.store.read { (reading) throws in
            let counts = try reading.transactionCounts()
            #expect(
                counts.coordinator == Dictionary(uniqueKeysWithValues: states.map { ($0.word, 1) }))
            #expect(
                counts.participant == ["held": 2, "committed": 1, "released": 1, "reversed": 1])
            let open = try reading.open(inDoubt: false, limit: 100)
            #expect(
                open.coordinations.map(\.state) == states.filter(\.isOpen).reversed())
            #expect(open.participations.map(\.transaction) == [Samples.id(50), Samples.id(100)])
            let first = try reading.open(inDoubt: false, limit: 1)
            #expect(first.coordinations == Array(open.coordinations.prefix(1)))
            #expect(first.participations == Array(open.participations.prefix(1)))
        }
        // A state that changes is counted once, also twice within one write.
        try tested.store.write { (transaction) throws in
            for state in [Participation.State.committed, .reversed] {
                try transaction.change({ $0.participations = [Samples.id(50)] }) {
                    $0.participations[Samples.id(50)]?.state = state
                }
            }
        }
        let counts = try tested.store.read { try $0.transactionCounts().participant }
        #expect(counts == ["held": 1, "committed": 1, "released": 1, "reversed": 2])
    }

    @Test("counts rows that were saved without having been loaded here", arguments: kinds)
    func countsUnloaded(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.set([Samples.coordination(1, .reserving)])
        try tested.store.write { (transaction) throws in
            var rows = WorkingSet()
            rows.coordinations.load(Samples.id(1), nil)
            rows.coordinations[Samples.id(1)] = Samples.coordination(1, .settled)
            try transaction.save(rows, at: Samples.now)
        }
        #expect(
            try tested.store.read { try $0.transactionCounts().coordinator } == ["settled": 1])
    }

    @Test("walks everything in the order of its keys", arguments: kinds)
    func walks(_ kind: StoreKind) throws {
        let tested = try kind.make()
        var random = SeededGenerator.printed("walks \(kind)")
        let numbers = (1...200).map { UInt64($0) }.shuffled(using: &random)
        try tested.store.set(numbers.map { Samples.bareCoordination($0) })
        try tested.store.set(numbers.map { Samples.tombstone($0) })
        try tested.store.change {
            $0.relations = Set(numbers.map(Samples.id))
            $0.answers = Set(numbers.map(Samples.id))
            $0.accounts = Set(numbers.map { .personal(Samples.wallet($0)) })
            $0.accounts.formUnion(numbers.map { .available(relation: Samples.id($0)) })
            $0.accounts.formUnion([.fund, .payout, .payable(Samples.shandong)])
        } _: { rows in
            for number in numbers {
                rows.relations[Samples.id(number)] = Samples.relation(number, giver: number % 3)
                rows.answers[Samples.id(number)] = Samples.answer(.zero, reply: nil)
                try rows.books.post(
                    [
                        .personal(Samples.wallet(number)), .available(relation: Samples.id(number)),
                    ].map {
                        Posting(
                            cause: Samples.id(number), step: .deposit, debit: .fund, credit: $0,
                            amount: Samples.fen(1))
                    })
            }
            try rows.books.post([
                Posting(
                    cause: .zero, step: .commit, debit: .fund, credit: .payable(Samples.shandong),
                    amount: Samples.fen(1)),
                Posting(
                    cause: .zero, step: .withdraw, debit: .fund, credit: .payout,
                    amount: Samples.fen(1)),
            ])
        }
        let sorted = numbers.sorted().map(Samples.id)
        try tested.store.read { (reading) throws in
            var ids: [Identifier] = []
            try reading.forEachCoordination { ids.append($0.transaction) }
            #expect(ids == sorted)
            ids = []
            try reading.forEachParticipation { ids.append($0.transaction) }
            #expect(ids == sorted)
            ids = []
            try reading.forEachRelation { ids.append($0.id) }
            #expect(ids == sorted)
            ids = []
            try reading.forEachAnswer { id, _ in ids.append(id) }
            #expect(ids == sorted)
            var keys: [Bytes] = []
            try reading.forEachAccount { account, _ in keys.append(account.key) }
            #expect(keys.count == 403)
            #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
            let given = numbers.sorted().filter { $0 % 3 == 1 }.map(Samples.id)
            for limit in [0, 1, 10, 1000] {
                #expect(
                    try reading.relations(givenBy: Samples.wallet(1), limit: limit).map(\.id)
                        == Array(given.prefix(limit)))
            }
        }
    }

    @Test("keeps links and notes", arguments: kinds)
    func linksAndNotes(_ kind: StoreKind) throws {
        let tested = try kind.make()
        var link = Samples.link(Samples.shandong)
        try tested.store.write { (transaction) throws in
            try transaction.save(link)
            try transaction.save(Samples.link(Samples.shanghai, heard: false))
            link.acknowledged = 8
            try transaction.save(link)
            try transaction.setNote("halt", Array("no".utf8))
            try transaction.setNote("empty", [])
            try transaction.setNote("gone", [1])
            try transaction.setNote("gone", nil)
        }
        try tested.store.read { (reading) throws in
            #expect(try reading.links() == [Samples.link(Samples.shanghai, heard: false), link])
            #expect(try reading.note("halt") == Array("no".utf8))
            #expect(try reading.note("empty") == [])
            #expect(try reading.note("gone") == nil)
        }
    }

    @Test("gives the outbox back in order, within the limits asked for", arguments: kinds)
    func outbox(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let peer = Samples.shandong
        let frames = (0..<10).map { Bytes(repeating: UInt8($0), count: 10) }
        try tested.store.write { (transaction) throws in
            try transaction.appendOutbox(peer, first: 7, Array(frames.prefix(6)))
            try transaction.appendOutbox(peer, first: 13, Array(frames.dropFirst(6)))
            try transaction.appendOutbox(peer, first: 99, [])
            try transaction.appendOutbox(Samples.zhejiang, first: 1, [[1], []])
            #expect(try transaction.outboxCount(peer) == 10)
            #expect(try transaction.takeOutbox(peer, count: 0, bytes: 100).isEmpty)
            #expect(try transaction.takeOutbox(peer, count: 2, bytes: 100) == Array(frames[0..<2]))
            // At least one, even if it is too large.
            #expect(try transaction.takeOutbox(peer, count: 5, bytes: 3) == [frames[2]])
            #expect(try transaction.takeOutbox(peer, count: 5, bytes: 29) == Array(frames[3..<5]))
            #expect(try transaction.takeOutbox(peer, count: 5, bytes: 30) == Array(frames[5..<8]))
            #expect(try transaction.outboxCount(peer) == 2)
        }
        try tested.store.write { (transaction) throws in
            #expect(
                try transaction.takeOutbox(peer, count: 50, bytes: 1000) == Array(frames[8...]))
            #expect(try transaction.takeOutbox(peer, count: 50, bytes: 1000).isEmpty)
            #expect(try transaction.outboxCount(peer) == 0)
            #expect(try transaction.takeOutbox(Samples.zhejiang, count: 9, bytes: 9) == [[1], []])
            // An empty outbox takes any number.
            try transaction.appendOutbox(peer, first: 40, [[4]])
        }
        #expect(throws: StoreFailure.other("outbox for 370000: message 42 does not follow 40")) {
            try tested.store.write { try $0.appendOutbox(peer, first: 42, [[1]]) }
        }
        #expect(try tested.store.read { try $0.outboxCount(peer) } == 1)
    }

    @Test("refuses journal entries that do not follow", arguments: kinds)
    func journalNumbers(_ kind: StoreKind) throws {
        let tested = try kind.make()
        func append(_ entry: JournalEntry) throws {
            try tested.store.write { try $0.append(entry) }
        }
        for number in [0, 2, 7] as [UInt64] {
            #expect(throws: StoreFailure.self) {
                try append(Samples.entry(.inbound, number, first: 1, count: 1))
            }
        }
        try append(Samples.entry(.inbound, 1, first: 1, count: 3))
        for number in [1, 3] as [UInt64] {
            #expect(throws: StoreFailure.self) {
                try append(Samples.entry(.inbound, number, first: 4, count: 1))
            }
        }
        try append(Samples.entry(.outbound, 1, first: 1, count: 1))
        try append(Samples.entry(.inbound, 2, first: 4, count: 1))
        try tested.store.read { (reading) throws in
            #expect(try reading.lastJournalEntry(.inbound)?.number == 2)
            #expect(try reading.lastJournalEntry(.inbound)?.chain == Samples.digest("chain 2"))
            #expect(try reading.lastJournalEntry(.outbound)?.number == 1)
        }
    }

    @Test(
        "finds journal entries by number, by message, and by what is unacknowledged",
        arguments: kinds)
    func journal(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let peer = Samples.shandong
        let entries = [
            Samples.entry(.outbound, 1, first: 1, count: 4),
            Samples.entry(.outbound, 2, peer: Samples.zhejiang, first: 1, count: 9),
            // Only an acknowledgement: no message, and the number that the next will have.
            Samples.entry(.outbound, 3, first: 5, count: 0),
            Samples.entry(.outbound, 4, first: 5, count: 1),
            Samples.entry(.outbound, 5, epoch: 6, first: 1, count: 2),
            Samples.entry(.outbound, 6, first: 6, count: 5),
            Samples.entry(.outbound, 7, first: 11, count: 0),
            // Signed anew.
            Samples.entry(.outbound, 8, first: 6, count: 5),
        ]
        let inbound = Samples.entry(.inbound, 1, first: 1, count: 2)
            .omitting([1: Samples.digest("refused")])
        try tested.store.write { (transaction) throws in
            for entry in entries { try transaction.append(entry) }
            try transaction.append(inbound)
        }
        try tested.store.read { (reading) throws in
            #expect(try reading.journal(.outbound, from: 1, limit: 100) == entries)
            #expect(try reading.journal(.outbound, from: 0, limit: 2) == Array(entries[..<2]))
            #expect(try reading.journal(.outbound, from: 6, limit: 5) == Array(entries[5...]))
            #expect(try reading.journal(.outbound, from: 9, limit: 5).isEmpty)
            #expect(try reading.journal(.outbound, from: .max, limit: 5).isEmpty)
            #expect(try reading.journal(.inbound, from: 1, limit: 5) == [inbound])
            func ending(_ sequence: UInt64, epoch: UInt64 = 5, limit: Int = 9) throws -> [UInt64] {
                try reading.journalEntries(
                    .outbound, peer: peer, epoch: Samples.id(epoch), last: sequence, limit: limit
                ).map(\.number)
            }
            #expect(try ending(4) == [1])
            #expect(try ending(5) == [4])
            #expect(try ending(10) == [6, 8])
            #expect(try ending(10, limit: 1) == [6])
            for sequence in [0, 1, 9, 11, 1000] as [UInt64] {
                #expect(try ending(sequence).isEmpty)
            }
            #expect(try ending(2, epoch: 6) == [5])
            #expect(try ending(2, epoch: 7).isEmpty)
            func waiting(_ sequence: UInt64) throws -> [UInt64] {
                try reading.unacknowledged(peer, epoch: Samples.id(5), above: sequence)
                    .map(\.number)
            }
            #expect(try waiting(0) == [1, 4, 6, 8])
            #expect(try waiting(3) == [1, 4, 6, 8])
            #expect(try waiting(4) == [4, 6, 8])
            #expect(try waiting(9) == [6, 8])
            #expect(try waiting(10).isEmpty)
        }
    }

    @Test("a reader keeps its moment while others write", arguments: kinds)
    func moments(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.write { try $0.setNote("n", [1]) }
        try tested.store.read { (reading) throws in
            #expect(try reading.note("n") == [1])
            try tested.store.write { try $0.setNote("n", [2]) }
            #expect(try reading.note("n") == [1])
        }
        #expect(try tested.store.read { try $0.note("n") } == [2])
    }
}
