import ArgumentParser
import Domain
import Foundation
import Gateway

/// `gongji cluster chaos`: faults on real processes under load, then healing, then the audit.
struct ChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kill, freeze, cut off and damage nodes under load; then nothing may be lost.",
        discussion: """
            Makes a cluster of its own, drives settlements, cancellations and reversals without \
            pause, and does to its nodes what the plan says, which comes from the seed: the same \
            seed and options make the same plan. Then all is healed, and checked: nothing is in \
            doubt after a while, every node settles again, what a client was told stands, no damaged \
            store was served, no node ended without cause, and the audit holds.

            Exits 0 if all of that is so, 1 if not, with the cluster's folder kept, 3 if a fault \
            that was asked for by name cannot be made on this machine. Without --faults those that \
            cannot be made are left out.

            \(ChaosFault.allCases.map { "\($0.rawValue): \($0.sentence)" }.joined(separator: "\n"))

            Example: gongji cluster chaos --minutes 30 --seed 7 --faults kill,cut,store
            """)

    @OptionGroup var output: OutputOptions
    @Option(help: "For how long.") var minutes: Double = 10
    @Option(help: "Which plan; a new one is made and printed if left out.") var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Which faults, with commas between; all if left out.", valueName: "kinds"),
        transform: faultKinds)
    var faults: [ChaosFault] = []
    @Option(help: ArgumentHelp("Seconds from fault to fault, on average.", valueName: "seconds"))
    var every: Double = 10
    @Option(
        help: ArgumentHelp("Whose nodes.", valueName: "codes"), transform: provinceList)
    var provinces: [ProvinceCode] = [370_000, 440_000, 330_000].compactMap { ProvinceCode($0) }
    @Option(help: "Settlements under way at any time.") var clients = 64
    @Option(help: ArgumentHelp("Where the cluster is made.", valueName: "dir"))
    var parent: String?
    @Flag(help: "Print the plan, and do nothing.") var planOnly = false
    @OptionGroup var rules: RulesOptions

    func validate() throws {
        guard minutes >= 0.05, minutes <= 10_080, every >= 0.2 else {
            throw ValidationError("--minutes is 0.05 to 10080, --every at least 0.2.")
        }
        guard (1...100_000).contains(clients), (2...100).contains(provinces.count) else {
            throw ValidationError("--clients is 1 to 100000, and --provinces are 2 to 100.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let seed = seed ?? UInt64.random(in: 0...UInt64.max)
            let stage = Guarded<ChaosStage?>(nil)
            // Whoever interrupts while the stage is made waits for it, and clears it away.
            let interrupted =
                planOnly
                ? nil
                : InterruptGuard {
                    stage.withLock { $0?.clearAway(keepingFolder: false) }
                }
            defer { interrupted?.end() }
            let kinds = planOnly ? asked : try stage.withLock { _ in try possible() }
            let plan = ChaosPlan(
                seed: seed, minutes: minutes, everySeconds: every, kinds: kinds,
                nodes: provinces.count)
            let names = provinces.map(\.description)
            let planned: JSON = [
                "seed": .text(String(seed)),
                "plan": .array(plan.faults.map { $0.json(names) }),
            ]
            if planOnly {
                if output.json { return Console.out(planned) }
                return plan.faults.forEach {
                    Console.out("\($0.atMilliseconds / 1000) s: \($0.sentence(names))")
                }
            }
            Console.note("seed \(seed), \(plan.faults.count) faults")
            let (report, path) = try carryOut(plan, kinds, stage)
            if output.json {
                Console.out(report.json.merging(planned))
            } else {
                Console.out(report.text)
                Console.out("seed \(seed)")
            }
            if !report.holds {
                Console.note("the cluster's folder is kept: \(path)")
                throw Exit.refused.code
            }
        }
    }

    private var asked: [ChaosFault] { faults.isEmpty ? ChaosFault.allCases : faults }

    /// Throws ``CommandFailure`` if one that was asked for by name cannot be made here.
    private func possible() throws -> [ChaosFault] {
        try asked.filter { kind in
            guard let why = ChaosStage.hindrance(kind) else { return true }
            if !faults.isEmpty {
                throw CommandFailure.notSetUp("\(kind.rawValue) cannot be done here: \(why)")
            }
            Console.note("left out: \(kind.rawValue), for \(why)")
            return false
        }
    }

    private func carryOut(
        _ plan: ChaosPlan, _ kinds: [ChaosFault], _ held: Guarded<ChaosStage?>
    ) throws -> (report: ChaosReport, path: String) {
        let parent = absolutePath(parent ?? FileManager.default.temporaryDirectory.path)
        let path = "\(parent)/gongji-\(Clock.newIdentifier().description.suffix(12))"
        Console.note("own cluster in \(path)")
        let stage: ChaosStage
        do {
            stage = try held.withLock { held in
                let stage = try ChaosStage(
                    at: path, provinces: provinces, kinds: Set(kinds), rules: rules.folder())
                held = stage
                return stage
            }
        } catch let failure as Tool.Failed {
            throw CommandFailure.notSetUp("the faults cannot be prepared: \(failure)")
        }
        var run = ChaosRun(
            stage: stage, plan: plan, clearSeconds: kinds == [.kill] ? 10 : 60)
        do {
            let report = try run.run(clients: clients)
            stage.clearAway(keepingFolder: !report.holds)
            return (report, path)
        } catch {
            stage.clearAway(keepingFolder: true)
            Console.note("the cluster's folder is kept: \(path)")
            throw error
        }
    }
}

/// `kill,freeze` and so on.
private func faultKinds(_ text: String) throws -> [ChaosFault] {
    let kinds = try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
        guard let kind = ChaosFault(rawValue: String(word)) else {
            throw ValidationError(
                "\(word) is no fault; there are "
                    + ChaosFault.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        return kind
    }
    // In one order, so that the plan does not depend on how they were listed.
    return ChaosFault.allCases.filter { kinds.contains($0) }
}
