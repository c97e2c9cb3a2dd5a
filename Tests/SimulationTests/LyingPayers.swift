import Domain
import Settlement
import Storage
import Testing
import Wire

@testable import Simulation

/// A province that lies as the primary or the secondary of what honest provinces coordinate.
@Suite struct LyingPayers {
    private func run(_ seed: UInt64, minutes: Int = 60) -> World {
        let world = World(
            Scenario(seed: seed, provinces: 5, minutes: minutes, faults: [.lyingPayer]),
            tracing: true)
        world.run()
        return world
    }

    /// What care keeps of `lie` when all of it has come (`protocol/states.md`). Nil: it cannot tell.
    private func expected(of lie: LyingPayer.Told, in world: World) throws -> Evidence.Reason? {
        let row = try world.node(lie.to).store.read { try $0.coordination(lie.transaction) }
        switch lie.reason {
        case .refusedAndCommitted:
            // Cancelled after the refusal, it has asked for no commit any more.
            guard let row, row.state == .releasing || row.state == .released else {
                return lie.reason
            }
            #expect(row.reason?.status == .reservationCancelled)
            return .amountNotAsked
        case .votedAndRefused: return hadEnded(lie, in: world) ? nil : lie.reason
        default: return lie.reason
        }
    }

    /// Whether care had heard of another's refusal, or told its client that nothing is reserved, before the
    /// liar's vote came: it keeps no votes for what has ended.
    private func hadEnded(_ lie: LyingPayer.Told, in world: World) -> Bool {
        let events = world.tracer?.events.filter { $0.subjects.first == lie.transaction } ?? []
        let vote = events.first { $0.label == "vote" && $0.from == .province(Country.liar) }
        let end = events.first { event in
            switch event.label {
            case "refused", "released": event.to == .clients(lie.to)
            case "refusal":
                event.to == .province(lie.to) && event.from != .province(Country.liar)
            default: false
            }
        }
        guard let vote, let end else { return false }
        return end.at < vote.at
    }

    /// Nothing gets lost in these runs, so whoever is lied to must find it.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyLieIsNamed(_ seed: UInt64) throws {
        let world = run(seed)
        #expect(world.failure == nil, "\(world.failure?.description ?? "")")
        let told = try #require(world.liar?.payer.told)
        #expect(!told.isEmpty)
        var isNamed = 0
        for lie in told {
            guard let reason = try expected(of: lie, in: world) else { continue }
            isNamed += 1
            let kept = try world.node(lie.to).store.read {
                try $0.evidence(after: 0, limit: 10_000)
            }
            #expect(
                kept.contains {
                    $0.evidence.accused == Country.liar && $0.evidence.subject == lie.transaction
                        && $0.evidence.reason == reason
                }, "\(reason.word) of \(lie.transaction) at \(lie.to)")
        }
        #expect(isNamed > told.count / 2)
    }

    /// Nothing gets lost in these runs: a client waits for what the liar has never decided, and for nothing else.
    @Test(arguments: [1, 3] as [UInt64])
    func onlyASilentPrimaryIsWaitedFor(_ seed: UInt64) throws {
        let world = run(seed)
        #expect(world.failure == nil, "\(world.failure?.description ?? "")")
        let payer = try #require(world.liar?.payer)
        var waiting = 0
        for province in world.provinces {
            let open = try world.node(province).store.read {
                try $0.open(inDoubt: true, limit: .max)
            }
            for row in open.coordinations where row.date == nil {
                waiting += 1
                #expect(row.plan?.plan.primary == Country.liar)
                #expect(!payer.hasDecided(row.transaction), "\(row.transaction) at \(province)")
            }
        }
        #expect(waiting > 0)
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
