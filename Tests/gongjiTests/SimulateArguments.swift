import ArgumentParser
import Domain
import Foundation
import Simulation
import Testing

@testable import gongji

@Suite("gongji simulate")
struct SimulateArgumentTests {
    private static func scenario(_ words: String...) throws -> Scenario {
        let command = try SimulateCommand.parse(words)
        return command.scenario.scenario(seed: command.seed.first?.seeds.lowerBound ?? 0)
    }

    @Test("takes a seed, a range, and several of them")
    func seeds() throws {
        let one = try SimulateCommand.parse(["--seed", "7"])
        #expect(one.seed.map(\.seeds) == [7...7])
        #expect(!one.hasManySeeds && !one.isolates)
        let many = try SimulateCommand.parse(["--seed", "1...3", "--seed", "18446744073709551615"])
        #expect(many.seed.map(\.seeds) == [1...3, UInt64.max...UInt64.max])
        #expect(many.hasManySeeds && many.isolates)
        #expect(try !SimulateCommand.parse(["--seed", "1...3", "--no-isolate"]).isolates)
        #expect(try SimulateCommand.parse(["--seed", "1", "--shrink"]).isolates)
        #expect(try SimulateCommand.parse(["--hours", "0.5"]).isolates)
        #expect(try !SimulateCommand.parse([]).hasManySeeds)
    }

    @Test("hands out seeds one after the other, and no number twice")
    func source() {
        var source = SeedSource([5...7, 1...1, (UInt64.max - 1)...UInt64.max])
        var seeds: [UInt64] = []
        while let seed = source.take() { seeds.append(seed) }
        #expect(seeds == [5, 6, 7, 1, .max - 1, .max])
        var over = SeedSource(until: .now - .seconds(1))
        #expect(over.take() == nil)
    }

    @Test(
        "takes kinds of faults by their words",
        arguments: [
            ("all", Set(FaultKind.allCases)), ("none", []), ("loss", [.loss]),
            ("loss,slow-disk", [.loss, .slowDisk]), ("slow_disk", [.slowDisk]),
            ("all,-liar", Set(FaultKind.allCases).subtracting([.liar])),
            ("-liar,-clock", Set(FaultKind.allCases).subtracting([.liar, .clock])),
            ("loss,crash,-loss", [.crash]),
        ] as [(String, Set<FaultKind>)])
    func faults(text: String, kinds: Set<FaultKind>) throws {
        let selection = try #require(FaultSelection(argument: text))
        #expect(selection.kinds == kinds)
        #expect(FaultSelection(argument: selection.description) == selection)
        #expect(try Self.scenario("--faults=\(text)").faults == kinds)
    }

    @Test(
        "takes numbers and ranges of planned faults, and writes them as short as it can",
        arguments: [
            ("3,7,9", [3, 7, 9], "3,7,9"), ("1...4,9", [1, 2, 3, 4, 9], "1...4,9"),
            ("9,2,1", [1, 2, 9], "1,2,9"), ("5...5", [5], "5"),
        ] as [(String, Set<Int>, String)])
    func numbers(text: String, numbers: Set<Int>, written: String) throws {
        let list = try #require(NumberList(argument: text))
        #expect(list.numbers == numbers)
        #expect(list.description == written)
        #expect(try Self.scenario("--without-faults", text).withoutFaults == numbers)
    }

    @Test(
        "ends with 2 on words that mean nothing",
        arguments: [
            ["--seed", "x"], ["--seed", "5...1"], ["--seed", "1..3"], ["--seed", "-1"],
            ["--seed", "+1"], ["--seed", ""], ["--seed", "1...2...3"],
            ["--seed", "18446744073709551616"], ["--faults", "fire"], ["--faults", ""],
            ["--faults", "loss,"], ["--without-faults", "a"], ["--without-faults", "1,,2"],
            ["--without-faults", "0...9999999"], ["--provinces", "1"], ["--provinces", "33"],
            ["--minutes", "0"], ["--rate", "0"], ["--jobs", "0"], ["--hours", "0"],
            ["--hours", "1", "--seed", "1"], ["--limit-seconds", "0"], ["--about", "12"],
            ["--about", "0190a1b2c3d4e5f60718293a4b5c6d7e"],
            ["--seed", "1...2", "--list-faults"],
            ["--seed", "1...2", "--shrink", "--no-isolate"],
        ])
    func usage(words: [String]) {
        do {
            _ = try SimulateCommand.parse(words)
            Issue.record("\(words) was taken")
        } catch {
            #expect(Exit(SimulateCommand.exitCode(for: error)) == .usage)
        }
    }

    @Test("prints the command that repeats a run, with nothing that is as usual")
    func command() throws {
        #expect(Scenario(seed: 7).command == "gongji simulate --seed 7")
        var scenario = Scenario(
            seed: 9, provinces: 4, minutes: 3, faults: [.loss, .crash], settlementsPerMinute: 5)
        scenario.withoutFaults = [1, 2, 3, 8]
        #expect(
            scenario.command == "gongji simulate --seed 9 --provinces 4 --minutes 3 "
                + "--faults crash,loss --without-faults 1...3,8 --rate 5")
        for scenario in [scenario, Scenario(seed: 1, faults: []), Scenario(seed: 2, minutes: 1)] {
            let parsed = try SimulateCommand.parse(Array(scenario.words.dropFirst()))
            #expect(parsed.scenario.scenario(seed: scenario.seed) == scenario)
        }
    }

    @Test("has exit codes of its own, which nothing else has")
    func exits() {
        let codes = [Failure.Kind.safety, .liveness, .crash].map(\.exit.rawValue)
        #expect(codes == [4, 5, 6])
        for code in codes { #expect(Exit(ExitCode(code)).rawValue == code) }
    }

    @Test("reads back what another process wrote")
    func reading() throws {
        let run = Self.run
        let document = JSON.object([
            .init(key: "runs", value: .array([run.json(withPlan: true)]))
        ])
        let read = try #require(
            SimulatedRun(run.scenario, reading: Data(document.pretty.utf8)))
        #expect(read.json(withPlan: true) == run.json(withPlan: true))
        #expect(read.failure?.subject == run.failure?.subject)
        #expect(read.result.failedAt == run.result.failedAt)
        #expect(read.result.statistics == run.result.statistics)
        #expect(read.result.plan == run.result.plan)
        let other = Scenario(seed: 8)
        #expect(SimulatedRun(other, reading: Data(document.pretty.utf8)) == nil)
        #expect(SimulatedRun(run.scenario, reading: Data("Fatal error".utf8)) == nil)
    }

    @Test("tells of a failing seed how to repeat, trace and shrink it")
    func advice() throws {
        let advice = try #require(Self.run.advice)
        for text in [
            "seed 7", "safety, M1", "100 fen are gone", "gongji simulate --seed 7\n",
            "gongji simulate --seed 7 --trace", "gongji simulate --seed 7 --shrink",
        ] {
            #expect(advice.contains(text), "\(text)")
        }
        #expect(Self.run.line.contains("12/3/4 settled/reversed/released"))
        #expect(Self.run.text.contains("failed after 1 min 1.5 s"))
    }

    @Test("says by which signal a process ended, and why")
    func trap() {
        let errors = """
            Warm.swift: something
            Simulation/World.swift:12: Fatal error: index out of range

            Thread 0 crashed:
            0 World.run() in gongji at /src/Sources/Simulation/World.swift:12
            """
        let sentence = SimulationProcesses.sentence(of: SIGILL, Data(errors.utf8))
        #expect(sentence.contains("signal 4"))
        #expect(sentence.contains("Fatal error: index out of range"))
        #expect(sentence.hasSuffix("in Simulation/World.swift:12"))
        #expect(
            SimulationProcesses.sentence(of: 1 << 8, Data())
                == "the process ended with exit code 1 and no result")
    }

    private static let run: SimulatedRun = {
        var statistics = Statistics()
        (statistics.settled, statistics.reversed, statistics.released) = (12, 3, 4)
        statistics.faults = [.slowDisk: 2, .loss: 1]
        statistics.healedMilliseconds = 5
        return SimulatedRun(
            result: RunResult(
                scenario: Scenario(seed: 7),
                failure: Failure(
                    .safety, "M1", "100 fen are gone", about: Identifier(high: 1, low: 2)),
                failedAt: Simulator.beginning.advanced(byMilliseconds: 61_500),
                digest: Digest([UInt8](repeating: 7, count: 32))!, statistics: statistics,
                plan: [
                    PlannedFault(
                        number: 1, kind: .slowDisk, begins: 5, ends: 10,
                        province: ProvinceCode(370_000)!, peer: ProvinceCode(440_000),
                        parameter: -3)
                ], trace: []),
            seconds: 1.5)
    }()
}
