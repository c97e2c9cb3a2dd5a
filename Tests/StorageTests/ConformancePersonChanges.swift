import Domain
import Settlement
import Storage
import Testing
import Wire

/// What every store does with the history of people.
@Suite("Every store: changes of people", .serialized) struct ConformancePersonChanges {
    static let kinds = StoreKind.allCases

    private func add(_ changes: [PersonChange], to store: any Store) throws {
        try store.write { (transaction) throws in
            var rows = WorkingSet()
            rows.personChanges = changes
            try transaction.save(rows, at: Samples.now)
        }
    }

    @Test(
        "keeps each person's changes in their order, and gives them page by page", arguments: kinds)
    func order(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let changes = (1...4).map {
            Samples.personChange(1, $0, $0 == 1 ? .opened : .violation)
        }
        try add([changes[0], Samples.personChange(2, 1), changes[1]], to: tested.store)
        try add([changes[2], changes[3]], to: tested.store)
        try tested.store.read { (reading) throws in
            let wallet = Samples.wallet(1)
            #expect(try reading.personChanges(of: wallet, after: 0, limit: 10) == changes)
            #expect(
                try reading.personChanges(of: wallet, after: 1, limit: 2) == Array(changes[1...2]))
            #expect(try reading.personChanges(of: wallet, after: 4, limit: 2).isEmpty)
            #expect(try reading.personChanges(of: wallet, after: .max, limit: 2).isEmpty)
            #expect(
                try reading.personChanges(of: Samples.wallet(3), after: 0, limit: 2).isEmpty)
            var all: [PersonChange] = []
            try reading.forEachPersonChange { all.append($0) }
            #expect(all == changes + [Samples.personChange(2, 1)])
        }
    }

    @Test("never writes over a change", arguments: kinds)
    func again(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try add([Samples.personChange(1, 1)], to: tested.store)
        #expect(throws: (any Error).self) {
            try add([Samples.personChange(1, 1, .violation)], to: tested.store)
        }
        let kept = try tested.store.read {
            try $0.personChanges(of: Samples.wallet(1), after: 0, limit: 10)
        }
        #expect(kept == [Samples.personChange(1, 1)])
    }

    @Test("keeps none of a transaction that fails", arguments: kinds)
    func undone(_ kind: StoreKind) throws {
        struct Stop: Error {}
        let tested = try kind.make()
        #expect(throws: Stop.self) {
            try tested.store.write { (transaction) throws in
                var rows = WorkingSet()
                rows.personChanges = [Samples.personChange(1, 1)]
                try transaction.save(rows, at: Samples.now)
                throw Stop()
            }
        }
        #expect(
            try tested.store.read {
                try $0.personChanges(of: Samples.wallet(1), after: 0, limit: 1)
            }.isEmpty)
    }
}
