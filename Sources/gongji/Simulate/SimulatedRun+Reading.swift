import Domain
import Foundation
import Simulation

// Reads what another process of this program wrote about its runs.

extension SimulatedRun {
    /// The run of `scenario` in a document of `gongji simulate --json`; nil if it is none.
    init?(_ scenario: Scenario, reading document: Data) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let document = try? decoder.decode(RunDocument.self, from: document),
            let run = document.runs.first, run.seed == String(scenario.seed),
            let digest = Bytes(hex: run.digest).flatMap({ Digest($0) })
        else { return nil }
        let beginning = Simulator.beginning
        self.init(
            result: RunResult(
                scenario: scenario, failure: run.failure.flatMap(Failure.init(_:)),
                failedAt: run.failedAfterMilliseconds.map {
                    beginning.advanced(byMilliseconds: $0)
                },
                digest: digest, statistics: Statistics(run),
                plan: (run.plan ?? []).compactMap(PlannedFault.init(_:)), trace: []),
            seconds: run.seconds)
        guard (failure == nil) == run.holds else { return nil }
    }
}

private struct RunDocument: Decodable {
    struct Run: Decodable {
        struct Failed: Decodable {
            let kind: String
            let invariant: String
            let sentence: String
            let subject: String?
        }

        struct Planned: Decodable {
            let number: Int
            let kind: String
            let beginsMilliseconds: Int64
            let endsMilliseconds: Int64
            let province: String
            let peer: String?
            let parameter: Int64
        }

        let seed: String
        let holds: Bool
        let failure: Failed?
        let failedAfterMilliseconds: Int64?
        let digest: String
        let settled: Int
        let reversed: Int
        let released: Int
        let messages: Int
        let batches: Int
        let requests: Int
        let rounds: Int
        let events: Int
        let crashes: Int
        let faults: [String: Int]
        let healedMilliseconds: Int64?
        let seconds: Double
        let plan: [Planned]?
    }

    let runs: [Run]
}

extension Failure {
    fileprivate init?(_ failed: RunDocument.Run.Failed) {
        guard let kind = Kind(rawValue: failed.kind) else { return nil }
        self.init(
            kind, failed.invariant, failed.sentence,
            about: failed.subject.flatMap { Identifier($0) })
    }
}

extension PlannedFault {
    fileprivate init?(_ planned: RunDocument.Run.Planned) {
        guard let kind = FaultKind(rawValue: planned.kind),
            let province = ProvinceCode(planned.province)
        else { return nil }
        self.init(
            number: planned.number, kind: kind, begins: planned.beginsMilliseconds,
            ends: planned.endsMilliseconds, province: province,
            peer: planned.peer.flatMap { ProvinceCode($0) }, parameter: planned.parameter)
    }
}

extension Statistics {
    fileprivate init(_ run: RunDocument.Run) {
        self.init()
        events = run.events
        rounds = run.rounds
        batches = run.batches
        messages = run.messages
        requests = run.requests
        settled = run.settled
        reversed = run.reversed
        released = run.released
        crashes = run.crashes
        healedMilliseconds = run.healedMilliseconds
        for (word, count) in run.faults {
            if let kind = FaultKind(rawValue: word) { faults[kind] = count }
        }
    }
}
