import Dispatch
import Domain
import Foundation
import Simulation

/// Which seeds are run.
struct SeedSource {
    private var ranges: ArraySlice<ClosedRange<UInt64>>
    private var next: UInt64?
    private let deadline: ContinuousClock.Instant?

    /// One after the other.
    init(_ ranges: [ClosedRange<UInt64>]) {
        self.ranges = ranges[...]
        next = ranges.first?.lowerBound
        deadline = nil
    }

    /// Fresh ones, until the time is over.
    init(until deadline: ContinuousClock.Instant) {
        ranges = []
        self.deadline = deadline
    }

    mutating func take() -> UInt64? {
        if let deadline {
            return ContinuousClock.now < deadline ? UInt64.random(in: 0...UInt64.max) : nil
        }
        guard let seed = next, let range = ranges.first else { return nil }
        if seed < range.upperBound {
            next = seed + 1
        } else {
            ranges.removeFirst()
            next = ranges.first?.lowerBound
        }
        return seed
    }
}

/// Many seeds on some threads, each run by itself.
final class SimulationBatch: Sendable {
    struct Outcome: Sendable {
        var done = 0
        /// In order of completion; only what `keepsAll` asks for.
        var runs: [SimulatedRun] = []
        var failed: [SimulatedRun] = []
        /// The signal that ended it.
        var interruptedBy: Int32?
        fileprivate var isStopping = false
        fileprivate var failure: (any Error)?
    }

    private struct State {
        var seeds: SeedSource
        var outcome = Outcome()
    }

    private let state: Guarded<State>
    private let keepsGoing: Bool
    private let keepsAll: Bool
    private let run: @Sendable (UInt64) throws -> SimulatedRun?
    private let stopRuns: @Sendable () -> Void
    private let report: @Sendable (SimulatedRun, Outcome) -> Void

    /// - Parameters:
    ///   - keepsGoing: past a seed that fails.
    ///   - keepsAll: every run is in the outcome, rather than the failing ones alone.
    ///   - stop: ends runs that are under way.
    ///   - report: is told of each run, one at a time.
    ///   - run: nil if it was stopped.
    init(
        _ seeds: SeedSource, keepsGoing: Bool, keepsAll: Bool,
        stop: @escaping @Sendable () -> Void,
        report: @escaping @Sendable (SimulatedRun, Outcome) -> Void,
        run: @escaping @Sendable (UInt64) throws -> SimulatedRun?
    ) {
        state = Guarded(State(seeds: seeds))
        self.keepsGoing = keepsGoing
        self.keepsAll = keepsAll
        stopRuns = stop
        self.report = report
        self.run = run
    }

    /// Waits until all seeds are done, one fails, or the batch is interrupted.
    func run(jobs: Int) throws -> Outcome {
        let group = DispatchGroup()
        for _ in 0..<jobs {
            group.enter()
            let thread = Thread {
                self.work()
                group.leave()
            }
            // As much as the first thread of a process has: runs call deeply.
            thread.stackSize = 8 << 20
            thread.start()
        }
        group.wait()
        let outcome = state.withLock { $0.outcome }
        if let failure = outcome.failure { throw failure }
        return outcome
    }

    func interrupt(_ signal: Int32) {
        state.withLock { state in
            state.outcome.interruptedBy = signal
            state.outcome.isStopping = true
        }
        stopRuns()
    }

    private func work() {
        while let seed = state.withLock({ $0.outcome.isStopping ? nil : $0.seeds.take() }) {
            let ended = Result { try run(seed) }
            let stops = state.withLock { state in
                if state.outcome.isStopping { return false }
                switch ended {
                case .failure(let error):
                    state.outcome.failure = error
                    state.outcome.isStopping = true
                case .success(let run?):
                    state.outcome.done += 1
                    if run.failure != nil {
                        state.outcome.failed.append(run)
                        state.outcome.isStopping = !keepsGoing
                    }
                    if keepsAll || run.failure != nil { state.outcome.runs.append(run) }
                    report(run, state.outcome)
                case .success(nil): break
                }
                return state.outcome.isStopping
            }
            if stops { stopRuns() }
        }
    }
}

/// Tells a batch of SIGINT, SIGTERM and SIGHUP for as long as `body` runs.
func interruptible<Result>(
    _ interrupt: @escaping @Sendable (Int32) -> Void, _ body: () throws -> Result
) rethrows -> Result {
    let numbers = [SIGINT, SIGTERM, SIGHUP]
    let sources = numbers.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { interrupt(number) }
        source.resume()
        return source
    }
    defer {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
    return try body()
}
