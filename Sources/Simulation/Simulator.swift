import Domain

/// Runs simulated worlds.
package enum Simulator {
    /// Runs `scenario` to its end or to the first failure. One thread, no clock, no file: the same
    /// scenario gives the same result everywhere.
    package static func run(_ scenario: Scenario, tracing: Bool = false) -> RunResult {
        let world = World(scenario, tracing: tracing)
        world.run()
        var statistics = world.statistics
        (statistics.settled, statistics.reversed, statistics.released) = world.outcomes
        return RunResult(
            scenario: scenario, failure: world.failure,
            failedAt: world.failure.map { _ in world.now }, digest: world.digest,
            statistics: statistics, plan: world.plan.faults, trace: world.tracer?.events ?? [])
    }
}
