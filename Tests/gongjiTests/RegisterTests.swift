import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

@testable import gongji

@Suite("gongji register")
struct RegisterTests {
    static let good = """
        code,kind,region,name,from,until
        H37030000001,medical,370300,淄博市中心医院,2021-06-24,
        P37030000002,pharmacy,370300,"大药房, 张店店",2021-06-24,2025-12-31
        P37030000002,pharmacy,370300,大药房,2026-07-01,
        end,3

        """

    /// A node's folder, with a register of one institution.
    let scratch: Scratch
    let file: String

    init() throws {
        scratch = try Scratch()
        file = scratch.path + "/new.csv"
        try write(RegisterTests.good, "new.csv")
        try write(RegisterTests.configuration(register: "institutions.csv"), "node.json")
        try write(
            RegisterTests.good.split(separator: "\n").prefix(2).joined(separator: "\n") + "\nend,1",
            "institutions.csv")
    }

    static func configuration(register: String?) -> String {
        """
        {
          \(register.map { "\"register\": \"\($0)\"," } ?? "")
          "province": "370000", "directory": "directory.json", "root_certificate": "root.pem",
          "signing_key": "signing.key", "signing_certificate": "signing.pem",
          "curve_key": "curve.key", "store_key": "store.key", "rules": "rules",
          "listen": "tcp://127.0.0.1:7370", "store": "gongji.sqlite",
          "service": "ipc://service.ipc", "status": "ipc://status.ipc",
          "events": "ipc://events.ipc"
        }
        """
    }

    func write(_ text: String, _ name: String) throws {
        try text.write(toFile: scratch.path + "/" + name, atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: scratch.path + "/" + name, encoding: .utf8)
    }

    @Test("counts the records of each kind, and those that hold on the day")
    func counts() throws {
        let register = try InstitutionRegisterFile.read(
            Bytes(RegisterTests.good.utf8), file: "new.csv")
        let page = RegisterPage(register, on: try RulesTests.day("2026-01-01"))
        #expect(page.text.contains(/pharmacy +2 +0\n/))
        #expect(page.text.contains(/medical +1 +1\n/))
        #expect(page.text.contains(/all +3 +1$/))
        let run = try Program.gongji("register", "check", file)
        #expect(run.output.hasSuffix("all is right\n"))
        let json = try Program.gongji("register", "check", file, "--json").json()
        #expect(Set(json.keys) == ["ok", "records", "on", "kinds"])
    }

    @Test("tells all faults by line, and how many")
    func faults() throws {
        try write(
            RegisterTests.good.replacing("medical,", with: "medcal,")
                .replacing("end,3", with: "P37030000002,pharmacy,370300,大药房,2026-08-01,\nend,4"),
            "new.csv")
        let run = try Program.gongji("register", "check", file, expecting: 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines[0].hasSuffix(
                ":2: bad kind \"medcal\"; nearest: medical; allowed: medical, pharmacy, collector, insurer"
            ))
        #expect(lines[1].contains(":5: P37030000002 is in line 4 too"))
        #expect(lines[2] == "2 faults")
        let json = try Program.gongji("register", "check", file, "--json", expecting: 1).json()
        #expect((json["faults"] as? [[String: Any]])?.map { $0["line"] as? Int } == [2, 5])
    }

    @Test("imports a register in the place of the node's, and shows what it has")
    func roundTrip() throws {
        let node = scratch.path
        let run = try Program.gongji("register", "import", file, "--node", node)
        #expect(try read("institutions.csv") == RegisterTests.good)
        #expect(run.output.contains("1 before, 3 records now"))
        #expect(run.output.contains("gongji status --node"))
        let left = try FileManager.default.contentsOfDirectory(atPath: node).sorted()
        #expect(left == ["institutions.csv", "new.csv", "node.json"])
        for (day, exit) in [("2025-12-31", Int32(0)), ("2026-01-01", 1), ("2026-07-01", 0)] {
            let shown = try Program.gongji(
                "register", "show", "P37030000002", "--node", node, "--on", day, expecting: exit)
            #expect(shown.output.contains("designated on \(day)"))
            #expect(shown.output.split(separator: "\n").count == 4)
            let json = try Program.gongji(
                "register", "show", "P37030000002", "--file", file, "--on", day, "--json",
                expecting: exit
            ).json()
            #expect(json["designated"] as? Bool == (exit == 0))
            #expect((json["records"] as? [[String: Any]])?.count == 2)
        }
        let unknown = try Program.gongji(
            "register", "show", "H1", "--file", file, expecting: 1)
        #expect(unknown.output == "H1 is not in the register\n")
        let counts = try Program.gongji("register", "show", "--node", node)
        #expect(counts.output.contains(/all +3 +/))
    }

    @Test("changes nothing if anything is wrong with the file, or the node names no register")
    func refused() throws {
        let before = try read("institutions.csv")
        try write(RegisterTests.good.replacing("370300,大", with: "37,大"), "new.csv")
        let run = try Program.gongji(
            "register", "import", file, "--node", scratch.path, expecting: 1)
        #expect(run.output.contains(":4: bad region \"37\""))
        #expect(try read("institutions.csv") == before)
        try write(
            RegisterTests.good.replacing("pharmacy,370300", with: "pharmacy,440300"), "new.csv")
        try Program.gongji("register", "check", file)
        let others = try Program.gongji(
            "register", "import", file, "--node", scratch.path, expecting: 1)
        let told = others.output.split(separator: "\n")
        #expect(told.count == 3)
        #expect(told.first?.hasSuffix("new.csv:3: region 440300 is not in 370000") == true)
        #expect(told.last == "2 faults")
        #expect(try read("institutions.csv") == before)
        try write(RegisterTests.good, "new.csv")
        try write(RegisterTests.configuration(register: nil), "node.json")
        let none = try Program.gongji(
            "register", "import", file, "--node", scratch.path, expecting: 1)
        #expect(none.errors.contains("\"register\": \"institutions.csv\""))
        #expect(try read("institutions.csv") == before)
    }

    @Test("takes no register without entries, or one that was cut off, unless that is said")
    func emptyOrCut() throws {
        let before = try read("institutions.csv")
        try write("code,kind,region,name,from,until\n", "new.csv")
        for arguments in [
            ["check", file], ["import", file, "--node", scratch.path, "--allow-empty"],
        ] {
            let run = try Program.gongji(["register"] + arguments, expecting: 1)
            #expect(run.output.contains("no end mark"))
        }
        try write("code,kind,region,name,from,until\nend,0\n", "new.csv")
        for arguments in [["check", file], ["import", file, "--node", scratch.path]] {
            let run = try Program.gongji(["register"] + arguments, expecting: 1)
            #expect(run.errors.contains("--allow-empty"))
        }
        try write(String(RegisterTests.good.dropLast(25)), "new.csv")
        let cut = try Program.gongji("register", "check", file, expecting: 1)
        #expect(!cut.output.contains("all is right"))
        #expect(try read("institutions.csv") == before)
        try write("code,kind,region,name,from,until\nend,0\n", "new.csv")
        try Program.gongji(
            "register", "import", file, "--node", scratch.path, "--allow-empty")
        #expect(try read("institutions.csv") == "code,kind,region,name,from,until\nend,0\n")
    }

    @Test("reads what spreadsheet programs write, and keeps it as UTF-8")
    func otherEncoding() throws {
        let octets =
            Bytes("code,kind,region,name,from,until\nH1,medical,370300,".utf8)
            + [0xd7, 0xcd, 0xb2, 0xa9] + Bytes(",2021-06-24,\nend,1\n".utf8)
        try Data(octets).write(to: URL(fileURLWithPath: file))
        try Program.gongji("register", "import", file, "--node", scratch.path)
        #expect(try read("institutions.csv").contains(",淄博,"))
    }
}
