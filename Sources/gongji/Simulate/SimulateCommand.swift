import ArgumentParser
import Domain
import Foundation
import Simulation

/// `gongji simulate`: runs a simulated country under faults, from a seed.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a simulated network of provinces under faults, from a seed.",
        discussion: """
            Everything is simulated: the network, disks, clocks, clients and what goes wrong with \
            them. The same seed with the same options is the same run on every machine, told by \
            its digest. First faults strike and nothing wrong may happen; then they end, and \
            everything has to come to its end.

            Of several seeds each runs in a process of its own, so that one that traps or hangs \
            counts as a crash of that seed alone. With --hours the failing seeds alone are printed.

            Exits 0 when everything held, 2 on wrong usage, 4 when something happened that must \
            never happen (safety), 5 when something did not happen that must happen in the end \
            (liveness), 6 when the code under test gave up, trapped or hung (crash). Of several \
            failing seeds safety counts before crash, crash before liveness.

            Example: gongji simulate --seed 1...100 --provinces 8 --jobs 2
            """)

    @Option(
        help: ArgumentHelp(
            "A seed, or a range such as 1...1000; may be given again. Without it: a fresh one.",
            valueName: "seed"))
    var seed: [SeedRange] = []
    @OptionGroup var scenario: ScenarioOptions
    @Option(help: "Seeds that are run at the same time.") var jobs = 1
    @Option(help: "Run fresh seeds for so many hours, or until Ctrl-C; failing ones do not end it.")
    var hours: Double?
    @Flag(help: "Do not stop at the first seed that fails.") var keepGoing = false
    @Flag(
        inversion: .prefixedNo,
        help: "Each seed in a process of its own (default: with several seeds, or --shrink).")
    var isolate: Bool?
    @Option(help: "A seed in a process of its own that takes longer has hung.")
    var limitSeconds = 600
    @Option(
        help: ArgumentHelp(
            "Draw the first run that fails, or the only one, as a page of HTML.",
            valueName: "file"))
    var trace: String?
    @Option(
        help: ArgumentHelp(
            "What --trace draws; without it, what the failure is about.", valueName: "hex"),
        transform: subject)
    var about: Identifier?
    @Flag(help: "Look for a smaller scenario in which the first seed that fails still fails.")
    var shrink = false
    @Option(help: "How many runs --shrink may make.") var shrinkRuns = 200
    @Option(help: "For how long --shrink may look.") var shrinkSeconds = 1800
    @Flag(help: "Print the faults that are planned for the seed, with their numbers.")
    var listFaults = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard hours == nil || seed.isEmpty else {
            throw ValidationError("--hours draws its own seeds: leave --seed out.")
        }
        guard hours.map({ $0 > 0 && $0 <= 8760 }) ?? true, (1...1024).contains(jobs) else {
            throw ValidationError("--hours is more than 0 and at most 8760, --jobs 1 to 1024.")
        }
        guard limitSeconds > 0, shrinkRuns > 0, shrinkSeconds > 0 else {
            throw ValidationError(
                "--limit-seconds, --shrink-runs and --shrink-seconds are at least 1.")
        }
        guard about == nil || trace != nil else {
            throw ValidationError("--about says what --trace draws: give both.")
        }
        guard !listFaults || !hasManySeeds else {
            throw ValidationError("--list-faults is for one seed.")
        }
        guard !hasManySeeds || isolate != false || !shrink else {
            throw ValidationError("--shrink of several seeds needs --isolate.")
        }
    }

    var hasManySeeds: Bool {
        hours != nil || seed.count > 1
            || seed.contains { $0.seeds.lowerBound < $0.seeds.upperBound }
    }

    var isolates: Bool { isolate ?? (hasManySeeds || shrink) }

    func run() throws {
        try telling(json: output.json) {
            if let trace { try checkWritable(trace) }
            let began = ContinuousClock.now
            let outcome = try runAll()
            var findings = SimulationFindings(
                outcome: outcome, seconds: began.duration(to: .now) / .seconds(1))
            if hasManySeeds, !output.json { Console.out(findings.summary) }
            // What could not be shrunk or drawn does not hide what was found.
            let looked = Result { try lookCloser(&findings) }
            if output.json {
                Console.out(findings.json(withPlan: listFaults))
            } else if listFaults, let run = outcome.runs.first {
                Console.out(run.planText)
            }
            if findings.hasFailed, case .failure(let failure as CommandFailure) = looked {
                Console.note(failure.text)
            }
            try findings.throwExit(endsByInterruption: hours == nil)
            try looked.get()
        }
    }

    /// Shrinks and draws the first run that fails, as far as it was asked for.
    private func lookCloser(_ findings: inout SimulationFindings) throws {
        let outcome = findings.outcome
        if let first = outcome.failed.first, shrink, isGoingOn(outcome) {
            findings.shrunk = try shrink(first)
        }
        guard let trace else { return }
        if isGoingOn(outcome),
            let run = findings.shrunk ?? outcome.failed.first
                ?? (hasManySeeds ? nil : outcome.runs.first)
        {
            findings.add(try draw(run, to: trace))
        } else {
            Console.note(
                outcome.failed.isEmpty
                    ? "no seed failed: nothing is drawn" : "interrupted: nothing is drawn")
        }
    }

    /// Whether a signal has not asked for the end; with `--hours` it asks for the end of the seeds.
    private func isGoingOn(_ outcome: SimulationBatch.Outcome) -> Bool {
        outcome.interruptedBy == nil || hours != nil
    }

    // MARK: Seeds

    private func runAll() throws -> SimulationBatch.Outcome {
        let source: SeedSource
        if let hours {
            source = SeedSource(until: .now + .seconds(hours * 3600))
        } else if seed.isEmpty {
            let fresh = UInt64.random(in: 0...UInt64.max)
            Console.note("seed \(fresh)")
            source = SeedSource([fresh...fresh])
        } else {
            source = SeedSource(seed.map(\.seeds))
        }
        let processes = try SimulationProcesses(secondsMax: limitSeconds)
        let reporter = SimulationReporter(
            isJSON: output.json, isAlone: !hasManySeeds, hasHours: hours != nil)
        let batch = SimulationBatch(
            source, keepsGoing: keepGoing || hours != nil, keepsAll: hours == nil,
            stop: { processes.stop() }, report: { reporter.report($0, $1) },
            run: { [isolates, options = scenario, traces = trace != nil && !hasManySeeds] seed in
                let scenario = options.scenario(seed: seed)
                return isolates
                    ? try processes.run(scenario)
                    : SimulatedRun(running: scenario, tracing: traces)
            })
        // A run in this very process cannot be stopped: there a signal ends the command at once.
        guard isolates else { return try batch.run(jobs: jobs) }
        return try interruptible({ batch.interrupt($0) }) { try batch.run(jobs: jobs) }
    }

    // MARK: Shrinking

    private func shrink(_ failing: SimulatedRun) throws -> SimulatedRun {
        let processes = try SimulationProcesses(secondsMax: limitSeconds)
        var runs: [Scenario: SimulatedRun] = [failing.scenario: failing]
        return try interruptible({ _ in processes.stop() }) {
            var refused: (any Error)?
            let isolates = isolates
            let search = Shrinking(
                failing.result, limits: .init(runs: shrinkRuns, seconds: shrinkSeconds),
                attempt: { scenario in
                    do {
                        let run =
                            isolates
                            ? try processes.run(scenario)
                            : SimulatedRun(running: scenario, tracing: false)
                        if let run {
                            runs[scenario] = run
                            return run.result
                        }
                    } catch { refused = error }
                    return .stopped(scenario)
                },
                progress: { attempt in
                    Console.progress(
                        "run \(attempt.number): \(attempt.fails ? "fails" : "does not") with "
                            + attempt.scenario.command)
                })
            guard var search else { return failing }
            let smallest = search.run()
            Console.endProgress()
            if let refused { throw refused }
            let run = runs[smallest.scenario] ?? failing
            if !output.json {
                Console.out(
                    """
                    shrunk in \(search.runs) runs\(search.wasCutShort ? ", cut short" : ""):
                    \(run.advice ?? "")
                    """)
            }
            return run
        }
    }

    // MARK: Drawing

    private func draw(_ run: SimulatedRun, to file: String) throws -> SimulationFindings.Drawing {
        let again: SimulatedRun?
        if !run.result.trace.isEmpty {
            again = run
        } else if isolates {
            let processes = try SimulationProcesses(secondsMax: limitSeconds)
            let options =
                ["--trace", absolutePath(file)] + (about.map { ["--about", $0.description] } ?? [])
            again = try interruptible({ _ in processes.stop() }) {
                try processes.run(run.scenario, options: options)
            }
        } else {
            again = SimulatedRun(running: run.scenario, tracing: true)
        }
        guard let again else { throw CommandFailure.failed("interrupted: nothing is drawn") }
        guard again.wasToldInFull else {
            Console.note("the process of that run ends before it can be drawn")
            return .init(file: nil, first: run, again: again)
        }
        // In a process of its own it has written the page itself.
        if !isolates {
            let page = SequenceDiagram(again.result, command: run.scenario.command, about: about)
            do {
                try Data(page.html().utf8).write(to: URL(fileURLWithPath: absolutePath(file)))
            } catch {
                throw CommandFailure.failed("\(file) cannot be written: \(error)")
            }
        }
        if !output.json { Console.out("drawn in \(file)") }
        return .init(file: file, first: run, again: again)
    }

    /// Before hours of work, not after them.
    private func checkWritable(_ file: String) throws {
        let path = absolutePath(file)
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let isWritable = FileManager.default.isWritableFile(atPath: exists ? path : folder)
        if isFolder.boolValue || !isWritable {
            throw CommandFailure.badInput("--trace: \(file) cannot be written")
        }
    }
}

@Sendable private func subject(_ text: String) throws -> Identifier {
    guard let id = Identifier(text) else {
        throw ValidationError("--about is an id of 32 hexadecimal digits.")
    }
    return id
}

extension SimulatedRun {
    /// Runs it in this process.
    fileprivate init(running scenario: Scenario, tracing: Bool) {
        let began = ContinuousClock.now
        let result = Simulator.run(scenario, tracing: tracing)
        self.init(result: result, seconds: began.duration(to: .now) / .seconds(1))
    }
}

extension RunResult {
    /// Of a run that was not made: it tells nothing, so it does not fail.
    fileprivate static func stopped(_ scenario: Scenario) -> RunResult {
        RunResult(
            scenario: scenario, failure: nil, failedAt: nil, digest: .zero,
            statistics: Statistics(), plan: [], trace: [])
    }
}
