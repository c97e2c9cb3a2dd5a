import Domain
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

/// What every store does, whichever it is: people, relations and withdrawals.
@Suite("Every store: people", .serialized) struct ConformancePeople {
    static let kinds = StoreKind.allCases

    private func at(_ milliseconds: Int64) -> Instant {
        Samples.now.advanced(byMilliseconds: milliseconds)
    }

    @Test("gives rows of every kind back, replaces them, and deletes them", arguments: kinds)
    func rows(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let store = tested.store
        let (index, document) = (Samples.digest("index"), Samples.digest("voucher"))
        func save(_ change: (inout WorkingSet) -> Void) throws {
            try store.change {
                $0.identities = [index]
                $0.families = [Samples.id(1)]
                $0.documents = [document]
                $0.withdrawals = [Samples.id(2)]
                $0.persons = [Samples.wallet(3)]
            } _: {
                change(&$0)
            }
        }
        try save { rows in
            #expect(rows.identities[index] == nil && rows.families[Samples.id(1)] == nil)
            #expect(rows.documents[document] == nil && rows.withdrawals[Samples.id(2)] == nil)
            rows.identities[index] = Samples.wallet(3)
            rows.families[Samples.id(1)] = Family(members: [Samples.wallet(3)])
            rows.documents[document] = Samples.documentUse(2)
            rows.withdrawals[Samples.id(2)] = Samples.withdrawal(2, .claiming)
            rows.persons[Samples.wallet(3)] = Samples.fullPerson(3)
        }
        try save { rows in
            #expect(rows.identities[index] == Samples.wallet(3))
            #expect(rows.families[Samples.id(1)]?.members == [Samples.wallet(3)])
            #expect(rows.documents[document] == Samples.documentUse(2))
            #expect(rows.withdrawals[Samples.id(2)] == Samples.withdrawal(2, .claiming))
            #expect(rows.persons[Samples.wallet(3)] == Samples.fullPerson(3))
            rows.identities[index] = Samples.wallet(4)
            rows.families[Samples.id(1)]?.members.append(Samples.wallet(4))
            rows.documents[document] = Samples.documentUse(9)
            rows.withdrawals[Samples.id(2)]?.state = .paid
        }
        try store.read { (reading) throws in
            #expect(try reading.identity(index) == Samples.wallet(4))
            #expect(try reading.family(Samples.id(1))?.members.count == 2)
            #expect(try reading.documentUse(document) == Samples.documentUse(9))
            #expect(try reading.withdrawal(Samples.id(2)) == Samples.withdrawal(2, .paid))
        }
        try save { rows in
            rows.identities[index] = nil
            rows.families[Samples.id(1)] = nil
            rows.documents[document] = nil
            rows.withdrawals[Samples.id(2)] = nil
        }
        try store.read { (reading) throws in
            #expect(try reading.identity(index) == nil)
            #expect(try reading.family(Samples.id(1)) == nil)
            #expect(try reading.documentUse(document) == nil)
            #expect(try reading.withdrawal(Samples.id(2)) == nil)
            #expect(try reading.withdrawals(in: .paid, after: .zero, limit: 9).isEmpty)
            try reading.forEachWithdrawal { _ in Issue.record("a deleted withdrawal") }
            try reading.forEachDocumentUse { _, _ in Issue.record("a deleted document") }
        }
    }

    @Test("lists withdrawals by state, lowest id first, from any id on", arguments: kinds)
    func withdrawals(_ kind: StoreKind) throws {
        let tested = try kind.make()
        var random = SeededGenerator.printed("withdrawals \(kind)")
        let numbers = (1...60).map { UInt64($0) }.shuffled(using: &random)
        func state(_ number: UInt64) -> WithdrawalState {
            WithdrawalState(rawValue: UInt8(number % 7) + 1)!
        }
        try tested.store.set(
            numbers.map { number -> Withdrawal in
                number.isMultiple(of: 2)
                    ? Samples.withdrawal(number, state(number))
                    : Samples.bareWithdrawal(number, state(number))
            })
        try tested.store.read { (reading) throws in
            for state in WithdrawalState.allCases {
                let ids = numbers.sorted().filter { UInt8($0 % 7) + 1 == state.rawValue }
                for (after, limit) in [(0, 100), (0, 3), (10, 3), (30, 100), (60, 5), (0, 0)] {
                    let listed = try reading.withdrawals(
                        in: state, after: after == 0 ? .zero : Samples.id(UInt64(after)),
                        limit: limit)
                    let expected = ids.filter { $0 > after }.prefix(limit).map(Samples.id)
                    #expect(listed.map(\.id) == Array(expected), "\(state.word) after \(after)")
                    #expect(listed.allSatisfy { $0.state == state })
                }
            }
            var walked: [Identifier] = []
            try reading.forEachWithdrawal { walked.append($0.id) }
            #expect(walked == numbers.sorted().map(Samples.id))
        }
        // What changes its state is in one list, the new one.
        try tested.store.set([Samples.withdrawal(7, .paid)])
        try tested.store.read { (reading) throws in
            let old = try reading.withdrawals(in: state(7), after: .zero, limit: 100)
            #expect(!old.contains { $0.id == Samples.id(7) })
            let new = try reading.withdrawals(in: .paid, after: .zero, limit: 100)
            #expect(new.filter { $0.id == Samples.id(7) }.count == 1)
        }
    }

    @Test("walks grants and documents in the order of their keys", arguments: kinds)
    func walks(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let numbers = 1...40 as ClosedRange<UInt64>
        let documents = numbers.map { Samples.digest("document \($0)") }
        try tested.store.change {
            $0.grants = Set(numbers.map(Samples.wallet))
            $0.documents = Set(documents)
        } _: { rows in
            for (number, document) in zip(numbers, documents) {
                rows.grants[Samples.wallet(number)] = [Samples.grant(number)]
                rows.documents[document] = Samples.documentUse(number)
            }
        }
        try tested.store.read { (reading) throws in
            var wallets: [WalletID] = []
            try reading.forEachGrants { wallet, grants in
                wallets.append(wallet)
                #expect(grants == [Samples.grant(UInt64(wallets.count))])
            }
            #expect(wallets == numbers.map(Samples.wallet))
            var walked: [Digest] = []
            try reading.forEachDocumentUse { document, use in
                walked.append(document)
                #expect(documents[Int(use.withdrawal.high) - 1] == document)
            }
            #expect(
                walked
                    == documents.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
        }
    }

    @Test("finds what a giver gives and has not ended, lowest first", arguments: kinds)
    func given(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let phases = RelationPhase.allCases
        try tested.store.set(
            (1...30).reversed().map {
                Samples.bareRelation($0, giver: $0 % 2, phases[Int($0 % 6)])
            })
        func given(_ giver: UInt64) throws -> [Identifier]? {
            var found: [Identifier]?
            try tested.store.change({ $0.given = [Samples.wallet(giver)] }) {
                found = $0.given[Samples.wallet(giver)]
            }
            return found
        }
        let living = (1...30 as ClosedRange<UInt64>).filter { phases[Int($0 % 6)] != .ended }
        #expect(try given(0) == living.filter { $0.isMultiple(of: 2) }.map(Samples.id))
        #expect(try given(1) == living.filter { !$0.isMultiple(of: 2) }.map(Samples.id))
        #expect(try given(5) == [])
        // What ended meanwhile, has another giver, or is gone.
        try tested.store.change {
            $0.relations = [Samples.id(2), Samples.id(4), Samples.id(6)]
        } _: { rows in
            rows.relations[Samples.id(2)]?.phase = .ended
            rows.relations[Samples.id(4)] = Samples.bareRelation(4, giver: 1)
            rows.relations[Samples.id(6)] = nil
        }
        #expect(
            try given(0)
                == living.filter { $0.isMultiple(of: 2) && $0 > 6 }.map(Samples.id))
        #expect(try given(1)?.contains(Samples.id(4)) == true)
    }

    @Test("tells of one relation more than a giver may have, and no more", arguments: kinds)
    func givenLimit(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let count = UInt64(Limits.relationsOfOneGiverMax)
        try tested.store.set((1...count + 9).map { Samples.bareRelation($0) })
        try tested.store.change({ $0.given = [Samples.wallet(1)] }) {
            #expect($0.given[Samples.wallet(1)] == (1...count + 1).map(Samples.id))
        }
        // What a working set has already is left as it is.
        try tested.store.write { (transaction) throws in
            var rows = WorkingSet()
            rows.given[Samples.wallet(1)] = [Samples.id(7)]
            var keys = RowKeys()
            keys.given = [Samples.wallet(1)]
            try transaction.load(keys, into: &rows)
            #expect(rows.given[Samples.wallet(1)] == [Samples.id(7)])
        }
    }

    @Test("keeps relations without a recipient, and finds one when it comes", arguments: kinds)
    func recipient(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.set([Samples.bareRelation(1)])
        #expect(try tested.store.read { try $0.relation(Samples.id(1)) } == Samples.bareRelation(1))
        try tested.store.set([Samples.relation(1)])
        #expect(try tested.store.read { try $0.relation(Samples.id(1)) } == Samples.relation(1))
        try tested.store.set([Samples.bareRelation(1)])
        #expect(try tested.store.read { try $0.relation(Samples.id(1)) } == Samples.bareRelation(1))
        #expect(
            try tested.store.read {
                try $0.relations(givenBy: Samples.wallet(1), limit: 9)
            } == [Samples.bareRelation(1)])
    }

    @Test("tells of relations that are due, among transactions", arguments: kinds)
    func due(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.set([
            Samples.relation(3, wake: at(1)), Samples.relation(1, wake: at(2)),
            Samples.relation(8, wake: nil), Samples.relation(9, wake: at(9)),
        ])
        try tested.store.set([Samples.coordination(3, wake: at(1))])
        try tested.store.set([
            Samples.participation(3, wake: at(1)), Samples.participation(2, wake: at(1)),
        ])
        let expected: [DueTransaction] = [
            DueTransaction(part: .participation, transaction: Samples.id(2)),
            DueTransaction(part: .coordination, transaction: Samples.id(3)),
            DueTransaction(part: .participation, transaction: Samples.id(3)),
            DueTransaction(part: .relation, transaction: Samples.id(3)),
            DueTransaction(part: .relation, transaction: Samples.id(1)),
        ]
        func due(_ limit: Int = 10) throws -> [DueTransaction] {
            try tested.store.read { try $0.due(at: at(2), limit: limit) }
        }
        for limit in 0...6 { #expect(try due(limit) == Array(expected.prefix(limit))) }
        // Put off, done, and gone; and one that begins to wait.
        try tested.store.change {
            $0.relations = [Samples.id(3), Samples.id(1), Samples.id(8)]
        } _: { rows in
            rows.relations[Samples.id(3)]?.wake = at(3)
            rows.relations[Samples.id(1)] = nil
            rows.relations[Samples.id(8)]?.wake = at(0)
        }
        #expect(
            try due() == [
                DueTransaction(part: .relation, transaction: Samples.id(8)), expected[0],
                expected[1], expected[2],
            ])
        try tested.store.change({ $0.relations = [Samples.id(8)] }) {
            $0.relations[Samples.id(8)]?.wake = nil
        }
        #expect(try due() == Array(expected.prefix(3)))
    }
}
