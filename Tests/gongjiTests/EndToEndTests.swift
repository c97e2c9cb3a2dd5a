import Domain
import Foundation
import Gateway
import Glibc
import Testing

@testable import gongji

/// Real node processes on this machine. One after the other, for they measure time.
@Suite("Real nodes", .serialized, .timeLimit(.minutes(5)))
struct EndToEndTests {
    @Test("tell the story of the demo as it must go")
    func demo() throws {
        let scratch = try Scratch()
        let json = try Program.gongji(
            "cluster", "demo", "--dir", scratch.path + "/c", "--rules", Program.rules, "--rm",
            "--json"
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
    func kills() throws {
        let run = try Program.gongji(
            "cluster", "chaos", "--faults", "kill", "--minutes", "0.13", "--every", "1.5",
            "--clients", "32", "--rules", Program.rules, "--json")
        let json = try run.json()
        let seed = json["seed"] ?? "?"
        #expect(json["holds"] as? Bool == true, "seed \(seed)")
        #expect((json["faults"] as? [String: Int]) == ["kill": 5])
        #expect((json["lost"] as? [String])?.isEmpty == true, "seed \(seed)")
        #expect((json["told"] as? Int ?? 0) > 0)
        for count in ["settled", "cancelled", "reversed"] {
            #expect((json[count] as? Int ?? 0) > 0, "\(count)")
        }
    }

    @Test("are measured by the benchmark, which leaves nothing behind")
    func bench() throws {
        let scratch = try Scratch()
        let json = try Program.gongji(
            "bench", "settle", "--clients", "8", "--seconds", "1", "--warm-up-seconds", "0.2",
            "--parent", scratch.path, "--rules", Program.rules, "--json"
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
        try Program.gongji(
            "cluster", "up", "--provinces", "370000,440000", "--dir", cluster, "--rules",
            Program.rules)
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
            ["withdraw", "request", "--reason", "other"] + shandong
                + ["--wallet", wallet, "--amount", "0", "--json"])
        #expect(try zero.json()["word"] as? String == "amount_not_positive")
        // Across provinces nothing is withdrawn, and no rule says so: the list is closed.
        let closed = try Program.start(
            Program.path,
            ["withdraw", "request", "--reason", "other"] + shandong
                + ["--wallet", wallet, "--amount", "6.51", "--json"])
        #expect(try closed.json()["word"] as? String == "withdrawal_reason_not_allowed")

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

    @Test("take a relation through proof, consent, use and end, all in one city")
    func life() throws {
        let scratch = try Scratch()
        let cluster = scratch.path + "/c"
        try Program.gongji(
            "cluster", "up", "--provinces", "650000,370000", "--dir", cluster, "--rules",
            Program.rules)
        defer { _ = try? Program.gongji("cluster", "down", "--dir", cluster) }
        let city = Desk(node: ["--cluster", cluster, "--province", "650000"])
        let number = try scratch.file("number", "110101 19900307 0038\n")
        let letter = try scratch.file("letter", "I commit myself, and sign.\n")
        let (giver, recipient) = (city.newID(), city.newID())
        try city.done(
            "account", "open", "--insurance", "employee", "--balance", "1000", "--region",
            "650100", "--wallet", giver)
        let open = [
            "account", "open", "--insurance", "resident", "--region", "650100", "--wallet",
            recipient, "--identity", number, "--id", city.newID(),
        ]
        try city.done(open)
        // Sealed anew it has other octets; what is there is the answer all the same.
        let again = try city.object("account", open)
        #expect(again["wallet"] as? String == recipient)
        #expect(again["region"] as? String == "650100")

        let relation = city.newID()
        let made = try city.object(
            "relation", "relation", "create", "--id", relation, "--giver", giver,
            "--recipient-identity", number, "--recipient-province", "650000", "--kinship", "child",
            "--commitment", letter, "--channel", "city-platform", "--verified", "face",
            "--verification-reference", "F-1")
        #expect(made["state"] as? String == "proposed")
        #expect(made["waits_for"] as? String == "proof of kinship")
        #expect(made["recipient"] as? String == recipient)
        let proven = try city.object(
            "relation", "relation", "proof", "--relation", relation, "--kinship-proof", letter)
        #expect(proven["state"] as? String == "awaiting_consent")
        #expect(proven["consent_until"] is String)
        let consent = ["relation", "consent", "--relation", relation, "--wallet", recipient]
        // The guide takes consent by face alone; the real name changes nothing.
        let byName = try city.ask(
            consent + ["--verified", "real-name", "--verification-reference", "R-1"], expecting: 1)
        #expect(byName["word"] as? String == "verification_missing")
        #expect(byName["rule"] as? String == "G11")
        let consented = try city.done(
            consent + ["--verified", "face", "--verification-reference", "R-1"])
        let received = try #require(consented["received"] as? [[String: Any]])
        #expect(received.map { $0["state"] as? String } == ["active"])
        let given = try city.done("relation", "list", "--giver", giver)["given"]
        #expect((given as? [[String: Any]])?.map { $0["relation"] as? String } == [relation])
        let members = try city.done("family", "show", "--wallet", giver)["members"] as? [String]
        #expect(Set(members ?? []) == [giver, recipient])

        try city.done("quota", "set", "--relation", relation, "--amount", "300")
        let settle = ["--wallet", recipient, "--wallet-province", "650000", "--institution"]
        let refused = try city.ask(
            ["settle", "reserve", "--category", "health_checkup", "--amount", "10"] + settle
                + ["H65000000001"], expecting: 1)
        #expect(refused["word"] as? String == "category_not_allowed")
        #expect(refused["compared"] as? String == "health_checkup")
        #expect(refused["rule"] is String)
        let transaction = city.newID()
        try city.done(
            ["settle", "reserve", "--id", transaction, "--category", "pharmacy", "--amount", "12"]
                + settle + ["P65000000001", "--total", "20", "--pooled", "5", "--self-paid", "3"])
        try city.done("settle", "commit", "--transaction", transaction, "--amount", "12")
        let usage = try city.object(
            "usage", "wallet", "usage", "--institution", "P65000000001", "--all", "--limit", "1")
        #expect(usage["sum_fen"] as? Int == 1200)
        let csv = try Program.start(
            Program.path,
            ["wallet", "usage", "--giver", giver, "--format", "csv"] + city.node)
        #expect(csv.output.split(separator: "\n").count == 2)
        #expect(csv.output.contains(",P65000000001,pharmacy,12.00,,\(recipient)\n"))

        let left = try city.done("family", "leave", "--wallet", recipient)["members"]
        #expect(left as? [String] == [giver])
        let end = ["relation", "end", "--relation", relation, "--channel", "city-platform"]
        // Unbinding needs the giver verified as binding does.
        let unverified = try city.ask(end, expecting: 1)
        #expect(unverified["word"] as? String == "verification_missing")
        #expect(unverified["rule"] as? String == "Z5")
        let ended = try city.object(
            "relation", end + ["--verified", "face", "--verification-reference", "F-2"])
        #expect(ended["state"] as? String == "ended")
        #expect(ended["giver_balance_fen"] as? Int == 988_00)
    }

    @Test("pay withdrawals by way of the bank, each once, however often files are written and read")
    func withdrawals() throws {
        let scratch = try Scratch()
        let cluster = scratch.path + "/c"
        try Program.gongji(
            "cluster", "up", "--provinces", "370000,440000", "--dir", cluster, "--rules",
            Program.rules)
        defer { _ = try? Program.gongji("cluster", "down", "--dir", cluster) }
        let desks = try twoPersons(of: "370000", in: cluster, scratch)
        let (city, cashier) = (desks.handler, desks.cashier)
        let card = try scratch.file("card", "6222 0000 1111 2222\n")
        let letter = try scratch.file("letter", "I commit myself, and sign.\n")
        let person = city.newID()
        try city.done(
            "account", "open", "--insurance", "employee", "--balance", "100", "--region",
            "371000", "--wallet", person)
        let form = [
            "withdraw", "request", "--wallet", person, "--reason", "premium", "--commitment",
            letter, "--document-kind", "premium", "--document-issuer", "C37000000001",
            "--user-province",
            "370000",
        ]
        let without = try city.ask(
            form + ["--amount", "10", "--document-number", "A 1"], expecting: 1)
        #expect(without["word"] as? String == "card_account_missing")
        #expect(without["rule"] as? String == "W11")
        try city.done("account", "card", "--wallet", person, "--bank", "ICBC", "--number", card)
        let confirm = [
            "account", "confirm-card", "--wallet", person, "--bank", "ICBC", "--number", card,
        ]
        let alone = try city.ask(confirm, expecting: 1)
        #expect(alone["word"] as? String == "second_person_missing")
        try cashier.done(confirm)
        let (paid, failed, later) = (city.newID(), city.newID(), city.newID())
        for (id, number) in [(paid, "A 1"), (failed, "A 2")] {
            let view = try city.object(
                "withdrawal",
                form + ["--id", id, "--amount", "10.50", "--document-number", number])
            #expect(view["state"] as? String == "approved")
        }
        let twice = try city.ask(
            form + ["--amount", "10.50", "--document-number", "A1"], expecting: 1)
        #expect(twice["word"] as? String == "document_used")

        let (file, again) = (scratch.path + "/p.csv", scratch.path + "/again.csv")
        let payout = city.newID()
        try cashier.done("withdraw", "export", "--out", file, "--id", payout)
        try city.done(form + ["--id", later, "--amount", "1", "--document-number", "A 3"])
        try cashier.done("withdraw", "export", "--out", again, "--id", payout)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try String(contentsOfFile: again, encoding: .utf8) == text)
        #expect(text.hasSuffix("\r\ntotal,2,,,21.00\r\n"))
        #expect(text.contains("\(payout),\(paid),ICBC,6222000011112222,10.50\r\n"))
        try cashier.ask(["withdraw", "export", "--out", file], expecting: 1)

        let header = "payout,withdrawal,amount_yuan,result,reason\n"
        let told = { (result: String) in "\(payout),\(paid),10.50,\(result),\n" }
        // One fault, and nothing is told: not of this payout, another amount.
        let wrong = try scratch.file(
            "w.csv",
            header + told("paid") + "\(payout),\(later),1.00,paid,\n"
                + "\(payout),\(failed),10.51,failed,closed\n")
        let faults = try city.ask(["withdraw", "return", wrong], expecting: 1)["reason"] as? String
        #expect(faults?.contains("w.csv:3: ") == true && faults?.contains("w.csv:4: ") == true)

        let first = try scratch.file("r.csv", header + told("paid"))
        let report = try city.done("withdraw", "return", first)
        #expect(report["paid_fen"] as? Int == 1050)
        #expect(report["told_before"] as? Int == 0)
        let payouts = report["payouts"] as? [[String: Any]]
        #expect(payouts?.map { $0["without_word"] as? Int } == [1])

        let all = try scratch.file(
            "a.csv", header + told("paid") + "\(payout),\(failed),10.50,failed,closed\n")
        for round in 0..<2 {
            let report = try city.done("withdraw", "return", all)
            #expect(report["paid"] as? Int == 0)
            #expect(report["returned_fen"] as? Int == (round == 0 ? 1050 : 0))
            #expect(report["told_before_fen"] as? Int == (round == 0 ? 1050 : 2100))
            let payouts = report["payouts"] as? [[String: Any]]
            #expect(payouts?.map { $0["without_word"] as? Int } == [0])
        }
        // The bank says the contrary of what it said.
        let contrary = try scratch.file("c.csv", header + told("failed"))
        let refusals =
            try city.ask(["withdraw", "return", contrary], expecting: 1)["refused"]
            as? [[String: Any]]
        #expect(refusals?.map { $0["word"] as? String } == ["withdrawal_not_open"])

        let list = try city.object("list", "withdraw", "list", "--state", "returned")
        let views = list["withdrawals"] as? [[String: Any]]
        #expect(views?.map { $0["bank_reason"] as? String } == ["closed"])
        let account = try city.object("account", "account", "show", "--wallet", person)
        #expect(account["balance_fen"] as? Int == 100_00 - 1150)

        // Who may not be paid any more is left out, and the others go.
        let other = city.newID()
        try city.done(
            "account", "open", "--insurance", "employee", "--balance", "100", "--region",
            "371000", "--wallet", other)
        try city.done("account", "card", "--wallet", other, "--bank", "ICBC", "--number", card)
        try cashier.done(
            "account", "confirm-card", "--wallet", other, "--bank", "ICBC", "--number", card)
        try city.done(
            "account", "violation", "--wallet", person, "--reason-file",
            try scratch.file("reason", "lent the card\n"), "--until", "2199-12-31")
        let third = city.newID()
        try city.done(
            "withdraw", "request", "--wallet", other, "--reason", "premium", "--commitment", letter,
            "--document-kind", "premium", "--document-issuer", "c37000000001 ", "--amount", "2",
            "--document-number", "a 4", "--id", third, "--user-province", "370000")
        let own = try city.ask(
            ["withdraw", "export", "--out", scratch.path + "/own.csv"], expecting: 1)
        #expect((own["payout"] as? [String: Any])?["count"] as? Int == 0)
        let rest = try cashier.object(
            "payout", "withdraw", "export", "--out", scratch.path + "/rest.csv")
        #expect(rest["withdrawals"] as? [String] == [third])
        let leftOut = rest["left_out"] as? [[String: Any]]
        #expect(leftOut?.map { $0["withdrawal"] as? String } == [later])
        #expect(leftOut?.map { $0["status"] as? Int } == [59])
        let none = try cashier.ask(
            ["withdraw", "export", "--out", scratch.path + "/none.csv"], expecting: 1)
        #expect((none["payout"] as? [String: Any])?["count"] as? Int == 0)

        // Who did what.
        let shown = try city.object("withdrawal", "withdraw", "show", "--withdrawal", third)
        #expect(shown["handler"] as? String == "S-17")
        #expect(shown["exporter"] as? String == "S-18")
        let command = try city.object("command", "answer", "show", "--command", payout)
        #expect((command["by"] as? [String: Any])?["person"] as? String == "S-18")
        let history = try city.object("history", "account", "history", "--wallet", person)
        let changes = history["changes"] as? [[String: Any]]
        #expect(
            changes?.map { $0["what"] as? String }
                == ["opened", "card_account", "card_confirmed", "violation"])
        #expect(changes?[1]["after"] as? String == "ICBC …2222")
        #expect(
            changes?.map { ($0["by"] as? [String: Any])?["person"] as? String }
                == ["S-17", "S-17", "S-18", "S-17"])
    }

    /// Lets the node of `province` take clients over TCP: two persons of its agency.
    private func twoPersons(
        of province: String, in cluster: String, _ scratch: Scratch
    ) throws -> (handler: Desk, cashier: Desk) {
        try Program.gongji("cluster", "down", "--dir", cluster)
        let folder = "\(cluster)/nodes/\(province)"
        let file = URL(fileURLWithPath: "\(folder)/node.json")
        var node = try JSONDecoder().decode(
            NodeConfiguration.self, from: try Data(contentsOf: file))
        node.service = "tcp://127.0.0.1:\(try freePort())"
        let server = try String(contentsOfFile: "\(folder)/curve.pub", encoding: .utf8)
            .filter { !$0.isWhitespace }
        node.clients = []
        let desks = try ["S-17", "S-18"].map { person -> Desk in
            let path = scratch.path + "/" + person
            let made = try Program.gongji("pki", "client", "--out", path, "--json").json()
            let client = try #require(made["client"] as? [String: Any])
            node.clients?.append(
                NodeConfiguration.Client(
                    name: "window of \(person)", owner: person, role: .agency,
                    curvePublicKey: try #require(client["curve_public_key"] as? String)))
            return Desk(node: [
                "--service", node.service, "--server-key", server, "--client-key", path + ".key",
            ])
        }
        try JSONEncoder().encode(node).write(to: file)
        try Program.gongji("cluster", "up", "--dir", cluster)
        return (desks[0], desks[1])
    }
}

/// One province's node, asked by command lines.
private struct Desk {
    let node: [String]

    func newID() -> String { Clock.newIdentifier().description }

    /// The JSON answer of a command that ends so.
    @discardableResult
    func ask(_ words: [String], expecting exit: Int32) throws -> [String: Any] {
        let run = try Program.start(Program.path, words + node + ["--json"])
        #expect(run.exit == exit, "\(words)\n\(run.output)\n\(run.errors)")
        return try run.json()
    }

    @discardableResult
    func done(_ words: [String]) throws -> [String: Any] { try ask(words, expecting: 0) }

    @discardableResult
    func done(_ words: String...) throws -> [String: Any] { try ask(words, expecting: 0) }

    /// The object under `name` of the answer.
    func object(_ name: String, _ words: [String]) throws -> [String: Any] {
        try #require(try done(words)[name] as? [String: Any])
    }

    func object(_ name: String, _ words: String...) throws -> [String: Any] {
        try object(name, words)
    }
}

extension Scratch {
    /// A file with this text; its path.
    fileprivate func file(_ name: String, _ text: String) throws -> String {
        let path = self.path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// A port on 127.0.0.1 that nobody listens on.
private func freePort() throws -> UInt16 {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
        }
    }
    try #require(bound)
    return UInt16(bigEndian: address.sin_port)
}
