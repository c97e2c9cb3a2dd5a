import Domain
import Testing

@testable import Simulation

/// Fails under a known condition, and counts how often it is run.
private final class FakeSimulator {
    var runs = 0
    let fails: (Scenario) -> Bool
    var failure = Failure(.safety, "M1", "money came from nowhere")
    var otherwise: Failure?
    var failedAfterMilliseconds: Int64 = 0

    init(fails: @escaping (Scenario) -> Bool) { self.fails = fails }

    /// Twenty planned faults, their kinds in turn.
    static let plan = (1...20).map { number in
        PlannedFault(
            number: number, kind: FaultKind.allCases[number % FaultKind.allCases.count],
            begins: 0, ends: 1000, province: ProvinceCode(370_000)!, peer: nil, parameter: 0)
    }

    func run(_ scenario: Scenario) -> RunResult {
        runs += 1
        let failure = fails(scenario) ? self.failure : otherwise
        return RunResult(
            scenario: scenario, failure: failure,
            failedAt: failure.map { _ in
                Simulator.beginning.advanced(byMilliseconds: failedAfterMilliseconds)
            },
            digest: .zero, statistics: Statistics(), plan: FakeSimulator.plan, trace: [])
    }

    func shrink(
        _ scenario: Scenario = Scenario(seed: 7), runs: Int = 1000, seconds: Int = 600
    ) throws -> (smallest: Scenario, shrinking: Shrinking) {
        var shrinking = try #require(
            Shrinking(
                run(scenario), limits: .init(runs: runs, seconds: seconds),
                attempt: { self.run($0) }))
        return (shrinking.run().scenario, shrinking)
    }
}

extension Scenario {
    fileprivate func plays(_ number: Int) -> Bool {
        let fault = FakeSimulator.plan[number - 1]
        return faults.contains(fault.kind) && !withoutFaults.contains(number)
    }
}

@Suite("Shrinking")
struct ShrinkingTests {
    @Test("takes away all that a failure does not need")
    func everything() throws {
        let simulator = FakeSimulator { _ in true }
        let (smallest, shrinking) = try simulator.shrink()
        #expect(
            smallest
                == Scenario(
                    seed: 7, provinces: 2, minutes: 1, faults: [], settlementsPerMinute: 1))
        #expect(!shrinking.wasCutShort)
    }

    @Test("finds the least minutes, provinces, rate, kinds and planned faults that it needs")
    func minimum() throws {
        let simulator = FakeSimulator {
            $0.minutes >= 13 && $0.provinces >= 5 && $0.settlementsPerMinute >= 9
                && $0.plays(4) && $0.plays(17)
        }
        let (smallest, _) = try simulator.shrink()
        let kinds = Set([4, 17].map { FakeSimulator.plan[$0 - 1].kind })
        #expect(smallest.minutes == 13)
        #expect(smallest.provinces == 5)
        #expect(smallest.settlementsPerMinute == 9)
        #expect(smallest.faults == kinds)
        let left = FakeSimulator.plan.filter { kinds.contains($0.kind) }.map(\.number)
        #expect(smallest.withoutFaults == Set(left).subtracting([4, 17]))
    }

    @Test("begins with the minute of the failure")
    func failedAt() throws {
        let simulator = FakeSimulator { $0.minutes >= 21 && $0.plays(3) }
        simulator.failedAfterMilliseconds = 20 * 60_000 + 1
        var tried: [Int] = []
        var shrinking = try #require(
            Shrinking(
                simulator.run(Scenario(seed: 7)), attempt: { simulator.run($0) },
                progress: { tried.append($0.scenario.minutes) }))
        #expect(shrinking.run().scenario.minutes == 21)
        #expect(tried.first == 21)
    }

    @Test("keeps to the kind of failure and its invariant")
    func sameFailure() throws {
        for other in [
            Failure(.safety, "M2", "another"), Failure(.liveness, "M1", "another"),
        ] {
            let simulator = FakeSimulator { $0.minutes >= 8 }
            simulator.otherwise = other
            #expect(try simulator.shrink().smallest.minutes == 8)
        }
    }

    @Test("ends with the limit of runs, at a scenario that fails")
    func limit() throws {
        for runs in [0, 1, 5, 20] {
            let simulator = FakeSimulator { $0.plays(4) && $0.plays(17) && $0.minutes >= 13 }
            let (smallest, shrinking) = try simulator.shrink(runs: runs)
            #expect(shrinking.runs == runs)
            #expect(simulator.runs == runs + 1)
            #expect(shrinking.wasCutShort)
            #expect(simulator.fails(smallest))
        }
    }

    @Test("ends when the time is over")
    func time() throws {
        let simulator = FakeSimulator { _ in true }
        let (smallest, shrinking) = try simulator.shrink(seconds: 0)
        #expect(smallest == Scenario(seed: 7))
        #expect(shrinking.wasCutShort)
    }

    @Test("finds the same scenario every time, and makes no run twice")
    func deterministic() throws {
        var found: [Scenario] = []
        for _ in 0..<3 {
            var seen: Set<Scenario> = []
            let simulator = FakeSimulator { scenario in
                #expect(seen.insert(scenario).inserted)
                return scenario.plays(2) && scenario.plays(9) && scenario.plays(11)
            }
            found.append(try simulator.shrink().smallest)
        }
        #expect(Set(found).count == 1)
    }

    @Test("forgets the numbers of planned faults that are not in play")
    func forgets() throws {
        var scenario = Scenario(seed: 7)
        scenario.withoutFaults = [1, 2, 900]
        let simulator = FakeSimulator { $0.plays(4) }
        let smallest = try simulator.shrink(scenario).smallest
        let kind = FakeSimulator.plan[3].kind
        #expect(smallest.faults == [kind])
        #expect(
            smallest.withoutFaults.allSatisfy { FakeSimulator.plan[$0 - 1].kind == kind })
    }

    @Test("is for runs that failed")
    func held() {
        let simulator = FakeSimulator { _ in false }
        #expect(Shrinking(simulator.run(Scenario(seed: 7)), attempt: simulator.run) == nil)
    }
}

@Suite("The least part that fails")
struct MinimalTests {
    @Test(
        "is found wherever it lies",
        arguments: [
            [], [0], [31], [0, 31], [3, 4, 5], [1, 9, 17, 30], Array(0..<32), [7, 8, 24],
        ])
    func found(needed: [Int]) {
        let found = Shrinking.minimal(Array(0..<32)) { kept in
            Set(needed).isSubset(of: kept)
        }
        #expect(found == needed)
    }

    @Test("of nothing is nothing, without a run")
    func nothing() {
        let found = Shrinking.minimal([Int]()) { _ in
            Issue.record("was run")
            return true
        }
        #expect(found.isEmpty)
    }
}
