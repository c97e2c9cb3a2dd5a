import ArgumentParser
import Domain
import Foundation
import Glibc
import Simulation

/// What `gongji simulate` has found.
struct SimulationFindings {
    struct Drawing {
        /// Nil if nothing was drawn.
        let file: String?
        let first: SimulatedRun
        let again: SimulatedRun
    }

    let outcome: SimulationBatch.Outcome
    let seconds: Double
    var shrunk: SimulatedRun?
    private var file: String?
    private var differing: SimulatedRun?

    init(outcome: SimulationBatch.Outcome, seconds: Double) {
        self.outcome = outcome
        self.seconds = seconds
    }

    /// A run that was made twice must have gone the same way twice.
    mutating func add(_ drawing: Drawing) {
        file = drawing.file
        let (first, again) = (drawing.first.result.digest, drawing.again.result.digest)
        guard drawing.first.wasToldInFull, first != again else { return }
        let words =
            "the same scenario is another run the second time: digest \(first), then \(again)"
        Console.note(words)
        differing = .lost(
            drawing.first.scenario, Failure(.crash, "repeat", words),
            seconds: drawing.again.seconds)
    }

    var summary: String {
        let rate = Double(outcome.done) * 60 / max(seconds, 0.001)
        return "\(outcome.done) seeds in \(String(format: "%.1f", seconds)) s, "
            + "\(String(format: "%.1f", rate)) a minute; \(outcome.failed.count) failed"
            + (outcome.interruptedBy == nil ? "" : "; interrupted")
    }

    func json(withPlan: Bool) -> JSON {
        [
            "holds": .bool(failures.isEmpty), "seeds": .int(outcome.done),
            "failed": .int(outcome.failed.count),
            "interrupted": .bool(outcome.interruptedBy != nil),
            "seconds": .rounded(seconds, digits: 3),
            "runs": .array(outcome.runs.map { $0.json(withPlan: withPlan) }),
            "shrunk": shrunk.map { $0.json(withPlan: withPlan) } ?? nil,
            "differing": differing.map { $0.json(withPlan: false) } ?? nil,
            "trace": .optional(file),
        ]
    }

    private var failures: [SimulatedRun] { outcome.failed + [differing].compactMap { $0 } }

    var hasFailed: Bool { !failures.isEmpty }

    /// - Parameter endsByInterruption: whether a signal cut short what was asked for.
    func throwExit(endsByInterruption: Bool) throws {
        let kinds = Set(failures.compactMap { $0.failure?.kind })
        for kind in [Failure.Kind.safety, .crash, .liveness] where kinds.contains(kind) {
            throw kind.exit
        }
        if let signal = outcome.interruptedBy, endsByInterruption { exit(128 + signal) }
    }
}

extension Failure.Kind {
    /// How `gongji simulate` ends when a run has failed in this way.
    var exit: ExitCode {
        switch self {
        case .safety: ExitCode(4)
        case .liveness: ExitCode(5)
        case .crash: ExitCode(6)
        }
    }
}

/// Prints runs as they end.
final class SimulationReporter: Sendable {
    private let isJSON: Bool
    private let isAlone: Bool
    private let hasHours: Bool
    private let began = ContinuousClock.now
    private let shown = Guarded(ContinuousClock.now)

    init(isJSON: Bool, isAlone: Bool, hasHours: Bool) {
        self.isJSON = isJSON
        self.isAlone = isAlone
        self.hasHours = hasHours
    }

    func report(_ run: SimulatedRun, _ outcome: SimulationBatch.Outcome) {
        if !isJSON {
            let isShown = isAlone || !hasHours || run.failure != nil
            if hasHours, isShown { Console.endProgress() }
            if isShown { Console.out(isAlone ? run.text : run.line) }
            if let advice = run.advice { Console.out(advice) }
        }
        if hasHours { progress(outcome) }
    }

    /// Where nothing overwrites the line, a line a minute is enough.
    private func progress(_ outcome: SimulationBatch.Outcome) {
        let interval = Duration.seconds(isatty(STDERR_FILENO) == 1 ? 1 : 60)
        let now = ContinuousClock.now
        let isDue = shown.withLock { shown in
            guard shown.duration(to: now) >= interval else { return false }
            shown = now
            return true
        }
        guard isDue else { return }
        let minutes = began.duration(to: now) / .seconds(60)
        Console.progress(
            "\(outcome.done) seeds, \(String(format: "%.1f", Double(outcome.done) / minutes)) a "
                + "minute, \(outcome.failed.count) failed")
    }
}
