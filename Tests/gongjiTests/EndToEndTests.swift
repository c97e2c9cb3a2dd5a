import Domain
import Foundation
import Gateway
import Testing

@testable import gongji

/// Real node processes on this machine. One after the other, for they measure time.
@Suite("Real nodes", .serialized, .timeLimit(.minutes(5)))
struct EndToEndTests {
    @Test("tell the story of the demo as it must go")
    func demo() throws {
        let scratch = try Scratch()
        let json = try Program.gongji(
            "cluster", "demo", "--dir", scratch.path + "/c", "--rm", "--json"
        )
        .json()
        let audit = try #require(json["audit"] as? [String: [String: Any]])
        #expect(audit.keys.sorted() == (1...8).map { "M\($0)" })
        for (name, finding) in audit { #expect(finding["holds"] as? Bool == true, "\(name)") }
        let after = try #require(json["after"] as? [String: Int])
        #expect(after["total_fen"] == 7_770_00)
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/c"))
    }

    @Test("lose nothing when they are killed at random moments under load")
    func torment() throws {
        let run = try Program.gongji(
            "cluster", "torment", "--seconds", "8", "--kills", "5", "--clients", "32", "--json")
        let json = try run.json()
        let seed = json["seed"] ?? "?"
        #expect(json["holds"] as? Bool == true, "seed \(seed)")
        #expect(json["kills"] as? Int == 5)
        #expect((json["lost"] as? [String])?.isEmpty == true, "seed \(seed)")
        #expect((json["told_settled"] as? Int ?? 0) > 0)
    }

    @Test("are measured by the benchmark, which leaves nothing behind")
    func bench() throws {
        let scratch = try Scratch()
        let json = try Program.gongji(
            "bench", "settle", "--clients", "8", "--seconds", "1", "--warm-up-seconds", "0.2",
            "--parent", scratch.path, "--json"
        ).json()
        #expect((json["settlements_per_second"] as? Double ?? 0) > 0)
        let latency = try #require(json["latency_milliseconds"] as? [String: Double])
        #expect(latency.keys.sorted() == ["max", "p50", "p90", "p99", "p999"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test(
        "answer clients with the documented exit codes, and the same request with the same answer")
    func clients() throws {
        let scratch = try Scratch()
        let cluster = scratch.path + "/c"
        try Program.gongji("cluster", "up", "--provinces", "370000,440000", "--dir", cluster)
        defer { _ = try? Program.gongji("cluster", "down", "--dir", cluster) }
        let shandong = ["--cluster", cluster, "--province", "370000"]
        let wallet = Clock.newIdentifier().description
        let id = Clock.newIdentifier().description
        let open =
            ["account", "open"] + shandong
            + ["--insurance", "employee", "--balance", "6.50", "--wallet", wallet, "--json"]

        let first = try Program.start(Program.path, open + ["--id", id])
        #expect(first.exit == 0, "\(first.errors)")
        let again = try Program.start(Program.path, open + ["--id", id])
        #expect(again.output == first.output)
        #expect(again.exit == 0)

        let other = try Program.start(Program.path, open)
        #expect(other.exit == 1)
        #expect(try other.json()["word"] as? String == "wallet_exists")
        let reused = try Program.start(
            Program.path,
            ["account", "deposit"] + shandong
                + ["--wallet", wallet, "--amount", "1", "--id", id, "--json"])
        #expect(reused.exit == 1)
        #expect(try reused.json()["word"] as? String == "id_reused")
        let zero = try Program.start(
            Program.path,
            ["withdraw"] + shandong + ["--wallet", wallet, "--amount", "0", "--json"])
        #expect(try zero.json()["word"] as? String == "amount_not_positive")
        let much = try Program.start(
            Program.path,
            ["withdraw"] + shandong + ["--wallet", wallet, "--amount", "6.51", "--json"])
        #expect(try much.json()["word"] as? String == "insufficient_balance")

        for (command, exit) in [
            (["status"] + shandong, Int32(0)),
            (["indoubt", "list"] + shandong, 0),
            (["pki", "check"] + shandong, 0),
            (["pki", "list", "--pki", cluster + "/pki"], 0),
            (["journal", "verify"] + shandong, 0),
            (["cluster", "audit", "--dir", cluster], 0),
            (["cluster", "status", "--dir", cluster, "--json"], 0),
            (["settle", "show", "--transaction", id] + shandong, 1),
            (["account", "show", "--wallet", wallet], 2),
        ] {
            let run = try Program.start(Program.path, command)
            #expect(run.exit == exit, "\(command)\n\(run.output)\n\(run.errors)")
        }

        try Program.gongji("cluster", "kill", "--dir", cluster, "--province", "370000")
        let away = try Program.start(
            Program.path,
            ["account", "show", "--wallet", wallet, "--timeout-seconds", "0.5", "--json"]
                + shandong)
        #expect(away.exit == 3)
        #expect(try away.json()["outcome"] as? String == "not_reached")
        try Program.gongji("cluster", "start", "--dir", cluster, "--province", "370000")
        let back = try Program.start(
            Program.path, ["account", "show", "--wallet", wallet, "--json"] + shandong)
        let account = try #require(try back.json()["account"] as? [String: Any])
        #expect(account["balance_fen"] as? Int == 650)
    }
}
