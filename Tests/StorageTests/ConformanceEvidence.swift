import Domain
import Settlement
import Storage
import Testing
import Wire

/// What every store does with evidence.
@Suite("Every store: evidence", .serialized) struct ConformanceEvidence {
    static let kinds = StoreKind.allCases

    @Test("keeps evidence in the order in which it was found", arguments: kinds)
    func order(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let all = [
            Samples.evidence(
                3, .twoOutcomes, statement: .received(entry: 7, message: 3),
                earlier: .received(entry: 2, message: 0)),
            Samples.evidence(1, .otherCare),
            Samples.evidence(
                2, .historiesDiffer, accused: Samples.zhejiang,
                statement: .octets(Bytes(repeating: 5, count: Evidence.octetsMax)),
                earlier: .octets([])),
        ]
        try tested.store.write { (transaction) throws in
            for evidence in all { #expect(try transaction.add(evidence)) }
        }
        try tested.store.read { (reading) throws in
            let kept = try reading.evidence(after: 0, limit: 10)
            #expect(kept.map(\.evidence) == all)
            #expect(kept.map(\.number) == [1, 2, 3])
            #expect(try reading.lastEvidence() == kept.last)
            #expect(try reading.evidence(after: 1, limit: 1) == [kept[1]])
            #expect(try reading.evidence(after: 3, limit: 10).isEmpty)
        }
    }

    @Test("keeps only the first of an accused, subject and reason", arguments: kinds)
    func again(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let first = Samples.evidence(1, statement: .received(entry: 1, message: 0))
        let others = [
            Samples.evidence(2), Samples.evidence(1, .twoDates),
            Samples.evidence(1, accused: Samples.zhejiang),
        ]
        try tested.store.write { (transaction) throws in
            #expect(try transaction.add(first))
            #expect(
                try !transaction.add(
                    Samples.evidence(1, statement: .received(entry: 9, message: 0))))
            for other in others { #expect(try transaction.add(other)) }
        }
        try tested.store.write { (transaction) throws in
            #expect(try !transaction.add(first))
        }
        let kept = try tested.store.read { try $0.evidence(after: 0, limit: 10) }
        #expect(kept.map(\.evidence) == [first] + others)
        #expect(kept.map(\.number) == [1, 2, 3, 4])
    }

    @Test("keeps none of what a transaction found that fails", arguments: kinds)
    func undone(_ kind: StoreKind) throws {
        struct Stop: Error {}
        let tested = try kind.make()
        #expect(throws: Stop.self) {
            try tested.store.write { (transaction) throws in
                #expect(try transaction.add(Samples.evidence(1)))
                throw Stop()
            }
        }
        #expect(try tested.store.read { try $0.lastEvidence() } == nil)
        try tested.store.write { (transaction) throws in
            #expect(try transaction.add(Samples.evidence(1)))
        }
        #expect(try tested.store.read { try $0.lastEvidence()?.number } == 1)
    }
}
