/// Looks for a smaller scenario that fails in the same way: the same kind of failure, the same
/// invariant.
///
/// It tries fewer minutes, provinces, kinds of faults, planned faults and settlements, one after
/// the other and again until nothing more can be taken away. What it finds is small, not the
/// smallest there is: another scenario is another run, so that nothing but a run can tell whether it
/// fails. The same failing run and the same limit of runs always find the same scenario.
package struct Shrinking {
    package struct Limits: Sendable {
        package var runs: Int
        package var seconds: Int

        package init(runs: Int = 200, seconds: Int = 600) {
            self.runs = runs
            self.seconds = seconds
        }
    }

    /// One run that was tried.
    package struct Attempt: Sendable {
        /// Which run it was, from 1.
        package let number: Int
        package let scenario: Scenario
        /// Whether it failed in the same way, and so is the smallest one now.
        package let fails: Bool
    }

    /// The smallest failing run so far; before ``run()`` the one that is to be made smaller.
    package private(set) var smallest: RunResult
    /// How many runs were made.
    package private(set) var runs = 0
    /// A limit was reached: there may be more to take away.
    package private(set) var wasCutShort = false

    private let failure: Failure
    private let limits: Limits
    private let attempt: (Scenario) -> RunResult
    private let progress: (Attempt) -> Void
    private var known: [Scenario: Bool]
    private var deadline = ContinuousClock.now

    /// Nil if `failing` did not fail.
    ///
    /// - Parameters:
    ///   - attempt: runs a scenario.
    ///   - progress: is told of every run.
    package init?(
        _ failing: RunResult, limits: Limits = Limits(),
        attempt: @escaping (Scenario) -> RunResult,
        progress: @escaping (Attempt) -> Void = { _ in }
    ) {
        guard let failure = failing.failure else { return nil }
        smallest = failing
        self.failure = failure
        self.limits = limits
        self.attempt = attempt
        self.progress = progress
        known = [failing.scenario: true]
    }

    /// Takes away until nothing more can be taken away, or a limit is reached; returns
    /// ``smallest``.
    package mutating func run() -> RunResult {
        deadline = ContinuousClock.now + .seconds(limits.seconds)
        var before: Scenario
        repeat {
            before = smallest.scenario
            takeMinutesBehindTheFailure()
            lower(\.minutes, to: 1)
            lower(\.provinces, to: 2)
            takeKinds()
            takePlannedFaults()
            forgetNumbersWithoutFault()
            lower(\.settlementsPerMinute, to: 1)
        } while smallest.scenario != before && !wasCutShort
        return smallest
    }

    private mutating func fails(_ scenario: Scenario) -> Bool {
        if let known = known[scenario] { return known }
        guard runs < limits.runs, ContinuousClock.now < deadline else {
            wasCutShort = true
            return false
        }
        runs += 1
        let result = attempt(scenario)
        let same =
            result.failure?.kind == failure.kind && result.failure?.invariant == failure.invariant
        if same { smallest = result }
        known[scenario] = same
        progress(Attempt(number: runs, scenario: scenario, fails: same))
        return same
    }

    /// The failure's own minute is the last that is needed, unless the shorter run goes otherwise.
    private mutating func takeMinutesBehindTheFailure() {
        guard let failedAfter = smallest.failedAfterMilliseconds else { return }
        var scenario = smallest.scenario
        let needed = failedAfter / 60_000 + 1
        guard needed >= 1, needed < Int64(scenario.minutes) else { return }
        scenario.minutes = Int(needed)
        _ = fails(scenario)
    }

    /// The least value, or what bisecting finds.
    private mutating func lower(_ value: WritableKeyPath<Scenario, Int>, to least: Int) {
        var scenario = smallest.scenario
        guard scenario[keyPath: value] > least else { return }
        scenario[keyPath: value] = least
        if fails(scenario) { return }
        var low = least + 1
        var high = smallest.scenario[keyPath: value]
        while low < high {
            let middle = low + (high - low) / 2
            scenario[keyPath: value] = middle
            if fails(scenario) { high = middle } else { low = middle + 1 }
        }
    }

    private mutating func takeKinds() {
        var scenario = smallest.scenario
        _ = Shrinking.minimal(scenario.faults.sorted()) { kinds in
            scenario.faults = Set(kinds)
            return fails(scenario)
        }
    }

    private mutating func takePlannedFaults() {
        var scenario = smallest.scenario
        let left = scenario.withoutFaults
        let numbers = smallest.faultsInPlay.map(\.number).sorted()
        _ = Shrinking.minimal(numbers) { kept in
            scenario.withoutFaults = left.union(numbers).subtracting(kept)
            return fails(scenario)
        }
    }

    /// Numbers of faults that are not in play anyway say nothing.
    private mutating func forgetNumbersWithoutFault() {
        var scenario = smallest.scenario
        let inPlay = smallest.plan.filter { scenario.faults.contains($0.kind) }
        scenario.withoutFaults.formIntersection(inPlay.map(\.number))
        _ = fails(scenario)
    }

    /// A part of `items` that still fails, and does not without any single one of them: ddmin
    /// (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002).
    static func minimal<Item>(_ items: [Item], fails: ([Item]) -> Bool) -> [Item] {
        if items.isEmpty || fails([]) { return [] }
        var items = items
        var parts = 2
        while items.count >= 2 {
            let cuts = (0...parts).map { items.count * $0 / parts }
            let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
            if let range = ranges.first(where: { fails(Array(items[$0])) }) {
                items = Array(items[range])
                parts = 2
            } else if parts > 2,
                let range = ranges.first(where: { fails(items.leavingOut($0)) })
            {
                items = items.leavingOut(range)
                parts -= 1
            } else if parts < items.count {
                parts = min(2 * parts, items.count)
            } else {
                break
            }
            parts = min(parts, max(items.count, 2))
        }
        return items
    }
}

extension Array {
    fileprivate func leavingOut(_ range: Range<Int>) -> [Element] {
        Array(self[..<range.lowerBound] + self[range.upperBound...])
    }
}
