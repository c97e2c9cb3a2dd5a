import Domain
import Settlement
import Storage
import Testing

@testable import Simulation

/// A province that lies as the primary or the secondary of what honest provinces coordinate.
@Suite struct LyingPayers {
    private func run(_ seed: UInt64, minutes: Int = 60) -> World {
        let world = World(
            Scenario(seed: seed, provinces: 5, minutes: minutes, faults: [.lyingPayer]),
            tracing: false)
        world.run()
        return world
    }

    /// Nothing gets lost in these runs, so whoever is lied to must find it.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyLieIsNamed(_ seed: UInt64) throws {
        let world = run(seed)
        #expect(world.failure == nil, "\(world.failure?.description ?? "")")
        let told = try #require(world.liar?.payer.told)
        #expect(!told.isEmpty)
        for lie in told {
            let kept = try world.node(lie.to).store.read {
                try $0.evidence(after: 0, limit: 10_000)
            }
            #expect(
                kept.contains {
                    $0.evidence.accused == Country.liar && $0.evidence.subject == lie.transaction
                        && $0.evidence.reason == lie.reason
                }, "\(lie.reason.word) of \(lie.transaction) at \(lie.to)")
        }
    }

    @Test func liesOfManyKindsAreTold() {
        var reasons: Set<Evidence.Reason> = []
        for seed in [1, 2, 3, 4] as [UInt64] {
            reasons.formUnion(run(seed).liar?.payer.told.map(\.reason) ?? [])
        }
        #expect(reasons.count >= 5, "\(reasons.map(\.word).sorted())")
    }

    @Test func nobodyIsAccusedWhereNobodyLies() throws {
        let world = World(Scenario(seed: 7, provinces: 6, minutes: 6), tracing: false)
        world.run()
        #expect(world.failure == nil)
        for province in world.provinces {
            let kept = try world.node(province).store.read {
                try $0.evidence(after: 0, limit: 10_000)
            }
            #expect(kept.allSatisfy { $0.evidence.accused == Country.liar })
        }
    }
}
