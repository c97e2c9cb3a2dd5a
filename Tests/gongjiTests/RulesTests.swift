import ArgumentParser
import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

@testable import gongji

@Suite("gongji rules")
struct RulesTests {
    static let sets = Program.packageFolder + "/deploy/rulesets"
    let folder: RuleFolder

    init() throws { folder = try RuleFolder.load(folder: RulesTests.sets) }

    static func day(_ text: String) throws -> BusinessDate {
        try #require(DayArgument(argument: text)).date
    }

    /// A copy of the deployed sets that may be broken.
    static func copy() throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: sets, toPath: scratch.path + "/rules")
        return scratch
    }

    static func edit(_ file: String, _ change: (String) -> String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try change(text).write(toFile: file, atomically: true, encoding: .utf8)
    }

    @Test(
        "has help with an example of its own",
        arguments: [
            ("rules", RulesCommand.self as any ParsableCommand.Type),
            ("rules list", RulesCommand.List.self), ("rules show", RulesCommand.Show.self),
            ("rules check", CheckRules.self), ("rules explain", ExplainRules.self),
            ("register", RegisterCommand.self), ("register check", RegisterCommand.Check.self),
            ("register import", RegisterCommand.Import.self),
            ("register show", RegisterCommand.Show.self),
        ])
    func help(words: String, type: any ParsableCommand.Type) {
        let help = type.helpMessage(columns: 100)
        #expect(help.contains("Example: gongji \(words) "))
    }

    // MARK: Where they are

    @Test("takes the first folder that is there, and names all places if there is none")
    func search() throws {
        let scratch = try RulesTests.copy()
        let none = scratch.path + "/none"
        let found = try RuleFolders.first(of: [none, scratch.path + "/rules", scratch.path])
        #expect(found == scratch.path + "/rules")
        do {
            _ = try RuleFolders.first(of: [none, none + "/deeper"])
            Issue.record("a folder was found")
        } catch CommandFailure.failed(let why) {
            #expect(why.contains("\(none), nor at \(none)/deeper"))
        }
        #expect(RuleFolders.places.count == 3)
    }

    @Test("reads the folder that node.json names")
    func ofNode() throws {
        let scratch = try RulesTests.copy()
        try RegisterTests.configuration(register: nil)
            .write(toFile: scratch.path + "/node.json", atomically: true, encoding: .utf8)
        let run = try Program.gongji("rules", "list", "--node", scratch.path, "--json")
        let rules = try #require(try run.json()["rules"] as? [String: Any])
        #expect((rules["folder"] as? String)?.hasSuffix("/rules") == true)
    }

    // MARK: list, show

    @Test(
        "tells which set governs a region on a day",
        arguments: [
            ("370300", "2026-11-23", "zibo-2021"), ("370301", "2026-11-23", "zibo-2021"),
            ("440300", "2012-02-13", "shenzhen-2012"), ("440300", "2012-02-12", nil),
        ])
    func governing(region: String, day: String, name: String?) throws {
        let list = RuleSetList(
            folder: folder, path: "x", on: try RulesTests.day(day), region: RegionCode(region))
        #expect(list.governing == name)
        #expect(list.text.hasSuffix("what stays inside \(region) on \(day)"))
    }

    @Test("lists every set with its days and how many rules it has")
    func list() throws {
        let day = try RulesTests.day("2024-01-01")
        let list = RuleSetList(folder: folder, path: "x", on: day, region: nil)
        let lines = list.text.split(separator: "\n")
        #expect(lines.count == 2 + folder.sets.count)
        #expect(lines[3].contains(/national-2026 +100000 +2026-06-09 +- +15 +not yet in force/))
        #expect(list.json.allKeys.filter { $0 == "in_force" }.count == folder.sets.count)
    }

    @Test("shows every rule of every set with its line, its check and its parameters")
    func show() throws {
        for loaded in folder.sets {
            let page = RuleSetPage(loaded: loaded, on: try RulesTests.day("2026-11-23"))
            for rule in loaded.set.rules {
                let word = CheckForm.word(of: rule.check)
                let line = try #require(loaded.lines[rule.id])
                #expect(page.text.contains("\n\(rule.id)  \(word), line \(line)\n"))
                for parameter in rule.check.parameters.flatMap(\.lines) {
                    #expect(page.text.contains("\n    \(parameter)"))
                }
                let form = try #require(CheckForm.named(word))
                let known = form.keys.map(\.name)
                #expect(rule.check.parameters.allSatisfy { known.contains($0.key) })
            }
        }
    }

    @Test("shows amounts in yuan, in JSON in fen, and what holds on the day")
    func parameters() throws {
        let loaded = try #require(folder.loaded("shenzhen-2012"))
        for (day, note) in [
            ("2012-03-01", "what is above 4205.00 yuan"), ("2012-07-01", "what is above 4595.00"),
            ("2012-03-01", "on 2012-03-01: serves"), ("2012-07-01", "serves no longer"),
        ] {
            let page = RuleSetPage(loaded: loaded, on: try RulesTests.day(day))
            #expect(page.text.contains("      from 2011-07-01; amount 4205.00 yuan\n"))
            #expect(page.text.contains(note))
            #expect(page.json.compact.contains("{\"from\":\"2011-07-01\",\"amount_fen\":420500}"))
        }
    }

    @Test("shows what people are asked for, with the rule that asks")
    func asked() throws {
        let weihai = RuleSetPage(
            loaded: try #require(folder.loaded("weihai-2020")),
            on: try RulesTests.day("2026-11-23"))
        #expect(weihai.text.contains("the document of what was paid (W1, W4-A)"))
        #expect(weihai.text.contains("the credential"))
        #expect(weihai.text.contains("(W5, G10)"))
        #expect(
            weihai.json.compact.contains("{\"document\":\"card_account\",\"rules\":[\"W11\"]}"))
        let guide = RuleSetPage(
            loaded: try #require(folder.loaded("guide-2024")),
            on: try RulesTests.day("2026-11-23"))
        #expect(guide.text.contains("of recipients from 16 years of age on, within 30 days"))
        #expect(guide.text.contains("oldest-grant-first (no rule names one)"))
    }

    @Test("prints a file as it stands")
    func source() throws {
        let run = try Program.gongji(
            "rules", "show", "zibo-2021", "--rules", RulesTests.sets, "--source")
        let file = try String(
            contentsOfFile: RulesTests.sets + "/zibo-2021.yaml", encoding: .utf8)
        #expect(run.output == file)
        let unknown = try Program.gongji(
            "rules", "show", "zibo", "--rules", RulesTests.sets, expecting: 1)
        #expect(unknown.errors.contains("no rule set zibo. It has guide-2024, national-2026"))
    }

    // MARK: check

    @Test("finds nothing wrong with the deployed sets, together or one by one")
    func right() throws {
        let all = RuleFilesChecked([RulesTests.sets])
        #expect(all.faults.isEmpty)
        #expect(all.summary.hasSuffix("all is right: 5 sets, 84 rules"))
        for loaded in folder.sets {
            let one = RuleFilesChecked([RulesTests.sets + "/" + loaded.file])
            #expect(one.faults.isEmpty)
            #expect(one.sets.map(\.set) == [loaded.set])
        }
    }

    @Test("tells all faults of a broken copy by file and line, with how many there are")
    func broken() throws {
        let scratch = try RulesTests.copy()
        let rules = scratch.path + "/rules"
        try RulesTests.edit(rules + "/zibo-2021.yaml") {
            $0.replacing("allow: [spouse, parent, child]", with: "alow: [spouse]")
                .replacing("use: first", with: "use: frist")
        }
        let run = try Program.gongji("rules", "check", rules, expecting: 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(
            lines.contains(
                "zibo-2021.yaml:13: unknown key \"alow\" of check kinship; allowed: allow"))
        #expect(
            lines.contains {
                $0.hasPrefix("zibo-2021.yaml:") && $0.contains("nearest: first; allowed: first, ")
            })
        #expect(lines.last == "3 faults")
        let json = try Program.gongji("rules", "check", rules, "--json", expecting: 1).json()
        #expect(json["ok"] as? Bool == false)
        let faults = try #require(json["faults"] as? [[String: Any]])
        #expect(faults.count == 3)
        #expect(
            Set(faults[0].keys) == ["file", "line", "column", "what", "nearest", "allowed"])
        // Whatever else reads them says the same.
        let list = try Program.gongji("rules", "list", "--rules", rules, expecting: 1)
        #expect(list.errors.contains("have 3 faults:\nzibo-2021.yaml:"))
    }

    @Test("checks files with each other, and names those that cannot be read")
    func files() throws {
        let scratch = try RulesTests.copy()
        let zibo = scratch.path + "/rules/zibo-2021.yaml"
        let twin = scratch.path + "/twin.yaml"
        try FileManager.default.copyItem(atPath: zibo, toPath: twin)
        let result = RuleFilesChecked([zibo, twin, scratch.path + "/none.yaml"])
        let texts = result.faults.map(\.description)
        #expect(texts.contains { $0.contains("none.yaml: the file does not exist") })
        #expect(texts.contains { $0.contains("the name \"zibo-2021\" is that of") })
        #expect(texts.contains { $0.contains("one set for a region on a day") })
        #expect(result.faults.count == 3)
    }

    @Test("counts the faults that a file has beyond those that are told")
    func more() {
        let faults = [
            RuleFileFault(file: "a", what: "one"),
            RuleFileFault(file: "a", what: "and 7 more faults"),
        ]
        #expect(faultCount(faults) == "8 faults")
        #expect(faultCount([faults[0]]) == "1 fault")
    }

    @Test("prints every check with its keys")
    func words() throws {
        let words = try Program.gongji("rules", "check", "--words").output
        for form in CheckForm.all {
            #expect(words.contains("\(form.word)\n    \(form.meaning)"))
            for key in form.keys { #expect(words.contains(key.value.description)) }
        }
    }
}
