import Domain
import Foundation
import Simulation

/// A run that is over, and how long it took on the wall clock.
struct SimulatedRun: Sendable {
    let result: RunResult
    let seconds: Double

    var scenario: Scenario { result.scenario }
    var failure: Failure? { result.failure }

    /// False if the process of the run did not live to tell what happened in it.
    var wasToldInFull: Bool { result.digest != .zero }

    /// What becomes of a run whose process ended without a word.
    static func lost(_ scenario: Scenario, _ failure: Failure, seconds: Double) -> SimulatedRun {
        SimulatedRun(
            result: RunResult(
                scenario: scenario, failure: failure, failedAt: nil, digest: .zero,
                statistics: Statistics(), plan: [], trace: []),
            seconds: seconds)
    }

    private var faultCount: Int { result.statistics.faults.values.reduce(0, +) }

    /// `60 min, healed in 42.0 s`; of a run that failed, when.
    private var virtualTime: String {
        if let milliseconds = result.failedAfterMilliseconds {
            return "failed after \(minutesAndSeconds(milliseconds))"
        }
        let healed = result.statistics.healedMilliseconds.map {
            ", healed in \(minutesAndSeconds($0))"
        }
        return "\(scenario.minutes) min" + (healed ?? "")
    }

    // MARK: For people

    /// One line, of many seeds.
    var line: String {
        let verdict = failure.map { "FAILED \($0.kind.rawValue), \($0.invariant)" } ?? "held"
        let wall = String(format: "%.1f s", seconds)
        guard wasToldInFull else { return "seed \(scenario.seed)  \(verdict)  \(wall)" }
        let numbers = result.statistics
        return [
            "seed \(scenario.seed)", verdict, String(result.digest.description.prefix(16)),
            "\(numbers.settled)/\(numbers.reversed)/\(numbers.released) settled/reversed/released",
            "\(numbers.messages) messages", "\(numbers.crashes) crashes", "\(faultCount) faults",
            virtualTime, wall,
        ].joined(separator: "  ")
    }

    /// All of it, of one seed.
    var text: String {
        var table = TextTable("seed", String(scenario.seed))
        table.add("outcome", failure == nil ? "everything held" : "FAILED")
        if wasToldInFull {
            let numbers = result.statistics
            table.add("digest", result.digest.description)
            table.add(
                "transactions",
                "\(numbers.settled) settled, \(numbers.reversed) reversed, "
                    + "\(numbers.released) released")
            table.add(
                "messages",
                "\(numbers.messages) in \(numbers.batches) batches, \(numbers.requests) requests")
            table.add("crashes", String(numbers.crashes))
            let kinds = numbers.faults.sorted { $0.key < $1.key }
                .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
            table.add("faults", "\(faultCount)" + (kinds.isEmpty ? "" : ": " + kinds))
            table.add("virtual time", virtualTime)
        }
        table.add("real time", String(format: "%.1f s", seconds))
        return table.text()
    }

    /// What failed, and what to type next; nil if everything held.
    var advice: String? {
        guard let failure else { return nil }
        let again = scenario.command
        var lines = [
            "seed \(scenario.seed) FAILED: \(failure.kind.rawValue), \(failure.invariant)",
            "  " + failure.sentence,
        ]
        if let subject = failure.subject { lines.append("  about \(subject)") }
        lines.append("  repeat:  \(again)")
        if wasToldInFull { lines.append("  trace:   \(again) --trace trace.html") }
        lines.append("  shrink:  \(again) --shrink")
        return lines.joined(separator: "\n")
    }

    /// The faults that were planned for its seed.
    var planText: String {
        guard !result.plan.isEmpty else { return "no fault is planned" }
        let inPlay = Set(result.faultsInPlay.map(\.number))
        var table = TextTable(">number", "kind", "province", "peer", ">from", ">for", "")
        for fault in result.plan {
            table.add(
                String(fault.number), fault.kind.rawValue, fault.province.description,
                fault.peer?.description ?? "", minutesAndSeconds(fault.begins),
                minutesAndSeconds(fault.ends - fault.begins),
                inPlay.contains(fault.number) ? "" : "left out")
        }
        return table.text()
    }

    // MARK: For programs

    /// - Parameter withPlan: whether the planned faults come along; of a run that failed they do.
    func json(withPlan: Bool) -> JSON {
        let numbers = result.statistics
        var json: JSON = [
            "seed": .text(String(scenario.seed)), "holds": .bool(failure == nil),
            "failure": failure.map { failure in
                [
                    "kind": .text(failure.kind.rawValue), "invariant": .text(failure.invariant),
                    "sentence": .text(failure.sentence), "subject": .id(failure.subject),
                ]
            } ?? nil,
            "failed_after_milliseconds": result.failedAfterMilliseconds.map { .int($0) } ?? nil,
            "command": .text(scenario.command),
            "digest": wasToldInFull ? .describing(result.digest) : nil,
            "settled": .int(numbers.settled), "reversed": .int(numbers.reversed),
            "released": .int(numbers.released), "messages": .int(numbers.messages),
            "batches": .int(numbers.batches), "requests": .int(numbers.requests),
            "rounds": .int(numbers.rounds), "events": .int(numbers.events),
            "crashes": .int(numbers.crashes),
            "faults": .object(
                numbers.faults.sorted { $0.key < $1.key }
                    .map { JSON.Member(key: $0.key.rawValue, value: .int($0.value)) }),
            "virtual_minutes": .int(scenario.minutes),
            "healed_milliseconds": numbers.healedMilliseconds.map { .int($0) } ?? nil,
            "seconds": .rounded(seconds, digits: 3),
        ]
        if withPlan || failure != nil {
            let plan = JSON.array(result.plan.map(SimulatedRun.json(of:)))
            json = json.merging(.object([JSON.Member(key: "plan", value: plan)]))
        }
        return json
    }

    private static func json(of fault: PlannedFault) -> JSON {
        [
            "number": .int(fault.number), "kind": .text(fault.kind.rawValue),
            "begins_milliseconds": .int(fault.begins), "ends_milliseconds": .int(fault.ends),
            "province": .describing(fault.province),
            "peer": fault.peer.map { .describing($0) } ?? nil, "parameter": .int(fault.parameter),
        ]
    }
}

/// `1500` is `1.5 s`, `83250` is `1 min 23.2 s`.
private func minutesAndSeconds(_ milliseconds: Int64) -> String {
    let seconds = String(
        format: "%.1f s", (Double(milliseconds % 60_000) / 100).rounded(.down) / 10)
    return milliseconds < 60_000 ? seconds : "\(milliseconds / 60_000) min \(seconds)"
}
