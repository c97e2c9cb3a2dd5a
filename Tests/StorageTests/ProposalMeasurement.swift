import Domain
import Foundation
import RuleSets
import Storage
import StorageSQLite
import Testing
import Wire

@testable import Settlement

/// Whether the time of an answer to a proposal tells who is there: `GONGJI_MEASURE=1 swift test --filter
/// ProposalMeasurement`. Prints figures and asserts nothing about time.
@Suite(
    "Measurement of proposals",
    .enabled(if: ProcessInfo.processInfo.environment["GONGJI_MEASURE"] != nil))
struct ProposalMeasurement {
    private static let count = 2000
    private static let payer = ProvinceCode(440_000)!
    private static let home = ProvinceCode(370_000)!

    /// The first octet of a box says whether it opens; the rest is the index.
    private struct Opener: IdentityOpening {
        func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? {
            guard box.first == 1, let index = Digest(Array(box.dropFirst())) else { return nil }
            return OpenedIdentity(index: index, born: Samples.day)
        }
    }

    private func id(_ high: UInt64, _ low: Int) -> Identifier {
        Identifier(high: high, low: UInt64(low))
    }

    @Test func knownAndUnknown() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.db"))
        let sm3 = Samples.hashing
        try store.write { transaction in
            var rows = WorkingSet()
            for number in 0..<Self.count {
                let wallet = WalletID(id(3, number))
                let index = sm3.digest(wallet.value.bytes)
                rows.persons.load(wallet, nil)
                rows.persons[wallet] = Person(
                    wallet: wallet, insurance: .resident, region: RegionCode(Self.home))
                rows.identities.load(index, nil)
                rows.identities[index] = wallet
            }
            try transaction.save(rows, at: Samples.now)
        }
        let kinds = ["known", "a number of nobody", "a box that does not open"]
        var times: [[Double]] = kinds.map { _ in [] }
        let clock = ContinuousClock()
        for number in 0..<Self.count {
            for kind in kinds.indices {
                let index = sm3.digest(id(kind == 0 ? 3 : 4, number).bytes)
                let proposal = RelationProposal(
                    relation: id(10 + UInt64(kind), number), giver: WalletID(id(5, number)),
                    giverRegion: RegionCode(Self.payer), kinship: .child,
                    recipient: .sealed([kind == 2 ? 0 : 1] + index.bytes), asksAge: false,
                    priority: 0, commitment: Commitment(digest: .zero, date: Samples.day))
                var engine = Engine(
                    environment: Environment(
                        province: Self.home, provinces: [Self.home, Self.payer], sm3: sm3,
                        rules: try RuleBook([]), register: .empty, identities: Opener()),
                    now: Samples.now)
                let time = try clock.measure {
                    try store.write { transaction in
                        try engine.run([
                            .message(.relationProposal(proposal), from: Self.payer, batch: nil)
                        ]) { keys, rows in try transaction.load(keys, into: &rows) }
                        try transaction.save(engine.rows, at: Samples.now)
                    }
                }
                times[kind].append(Double(time.components.attoseconds) / 1e12)
            }
        }
        for (kind, measured) in zip(kinds, times) {
            let sorted = measured.sorted()
            func at(_ share: Double) -> String {
                String(format: "%.0f", sorted[Int(share * Double(sorted.count - 1))])
            }
            print("\(kind): median \(at(0.5)) µs, quartiles \(at(0.25)) to \(at(0.75)) µs")
        }
    }
}
