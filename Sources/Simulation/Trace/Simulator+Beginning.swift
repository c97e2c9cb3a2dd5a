package import Domain

extension Simulator {
    /// The true time at which every run begins.
    package static var beginning: Instant { World.beginning }
}

extension RunResult {
    /// Milliseconds from the beginning until it failed.
    package var failedAfterMilliseconds: Int64? {
        failedAt?.milliseconds(since: Simulator.beginning)
    }

    /// The planned faults that its scenario did not leave out.
    package var faultsInPlay: [PlannedFault] {
        plan.filter {
            scenario.faults.contains($0.kind) && !scenario.withoutFaults.contains($0.number)
        }
    }
}
