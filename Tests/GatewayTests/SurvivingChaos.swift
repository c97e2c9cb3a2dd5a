import Foundation
import Glibc
import Testing

/// Faults of every kind on real processes under load: nothing that a client was told is lost, no damaged
/// store is served, and the audit holds. Those that need root are done where there is root.
@Suite(.serialized) struct SurvivingChaos {
    private struct Report: Decodable {
        let holds: Bool
        let seed: String
        let settled: Int
        let told: Int
        let lost: [String]
        let failures: [String]
        let faults: [String: Int]
        let damagedStores: [String: Int]
    }

    /// Runs `gongji cluster chaos` with `words`, in a folder that goes away.
    private func chaos(_ words: [String]) throws -> (
        exit: ChildProcess.Exit?, said: String, json: Data
    ) {
        let folder = try ShortFolder()
        let output = "\(folder.path)/output"
        let process = try ChildProcess(
            ChildProcess.gongji,
            ["cluster", "chaos", "--rules", deployedRuleSets, "--parent", folder.path] + words,
            output: output)
        let exit = try process.waitForExit(within: 300_000)
        let said = try String(contentsOfFile: output, encoding: .utf8)
        // Progress and report are in one file; the report comes last.
        let json = said.range(of: "\n{\n").map { Data(said[$0.lowerBound...].utf8) } ?? Data()
        return (exit, said, json)
    }

    private func expectHolds(_ words: [String]) throws -> Report {
        let (exit, said, json) = try chaos(words + ["--json"])
        #expect(exit == .code(0), "\(said)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(Report.self, from: json)
        #expect(report.holds, "seed \(report.seed): \(report.failures) \(report.lost)")
        #expect(report.settled > 0 && report.told > 0)
        #expect(report.damagedStores["served"] == nil)
        return report
    }

    @Test func nothingIsLostToFaultsThatAnyoneCanMake() throws {
        let report = try expectHolds([
            "--faults", "kill,freeze,store", "--minutes", "0.15", "--every", "1.5",
            "--clients", "16",
        ])
        #expect(Set(report.faults.keys) == ["kill", "freeze", "store"])
    }

    @Test func nothingIsLostToWrongClocks() throws {
        let report = try expectHolds([
            "--faults", "clock", "--minutes", "0.1", "--every", "2", "--clients", "16",
        ])
        #expect(Set(report.faults.keys) == ["clock"])
    }

    @Test(.enabled(if: geteuid() == 0, "networks and disks of their own need root"))
    func nothingIsLostToCutsAndFullDisks() throws {
        let report = try expectHolds([
            "--faults", "disk,cut", "--minutes", "0.1", "--every", "1.5", "--clients", "16",
        ])
        #expect(Set(report.faults.keys) == ["disk", "cut"])
    }

    @Test(.enabled(if: geteuid() != 0, "root can do it"))
    func whatCannotBeDoneIsRefusedIfItWasAskedForByName() throws {
        let (exit, said, _) = try chaos(["--faults", "disk", "--minutes", "0.05"])
        #expect(exit == .code(3))
        #expect(said.contains("disk cannot be done here: it needs root"))
    }

    @Test func theSameSeedMakesTheSamePlan() throws {
        let words = ["--plan-only", "--minutes", "5", "--seed", "7"]
        let plan = try chaos(words).said
        #expect(plan == (try chaos(words).said))
        #expect(plan.split(separator: "\n").count == 30)
        #expect(plan != (try chaos(["--plan-only", "--minutes", "5", "--seed", "8"]).said))
        #expect(try chaos(["--faults", "fire"]).exit == .code(2))
    }

    /// An interrupted run leaves no process, network, disk or folder.
    @Test func anInterruptedRunLeavesNothing() throws {
        let folder = try ShortFolder()
        let output = "\(folder.path)/output"
        let process = try ChildProcess(
            ChildProcess.gongji,
            [
                "cluster", "chaos", "--rules", deployedRuleSets, "--parent", folder.path,
                "--minutes", "1", "--every", "1", "--clients", "8",
                "--faults", geteuid() == 0 ? "kill,disk,cut" : "kill,freeze,store",
            ], output: output)
        func said() -> String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
        try eventually("the first fault", within: 60_000, seen: said) { said().contains(" s: ") }
        process.signal(SIGINT)
        #expect(try process.waitForExit(within: 60_000) == .code(128 + SIGINT))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left == ["output"])
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        #expect(!mounts.contains(folder.path))
        let spaces =
            (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
        #expect(!spaces.contains { $0.hasPrefix("gongji\(process.pid)-") })
    }
}
