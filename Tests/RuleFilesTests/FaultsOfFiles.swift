import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

@Suite struct FaultsOfFiles {
    @Test func aFileThatIsRightHasNone() {
        #expect(faults(rule("commitment")) == [])
        #expect(faults("\u{feff}" + rule("commitment")) == [])
        #expect(faults(rule("commitment").replacing("\n", with: "\r\n")) == [])
        #expect(faults("# R & D, A&B, 2 * 3, a*b\n" + rule("commitment")) == [])
    }

    @Test func aFileThatWasCutOffIsRefusedWhereverItWasCut() throws {
        for file in try Repository.files() {
            let lines = String(decoding: file.bytes, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
            for count in 1..<lines.count - 1 {
                let cut = lines.prefix(count).joined(separator: "\n") + "\n"
                let other =
                    file.name == "national-2026.yaml"
                    ? []
                    : [
                        RuleFolder.File(name: "n.yaml", bytes: Array(national.utf8))
                    ]
                #expect(throws: RuleFileFaults.self, "\(file.name) after \(count) lines") {
                    try RuleFolder.read(
                        [RuleFolder.File(name: file.name, bytes: Array(cut.utf8))] + other)
                }
            }
        }
    }

    static let kinships =
        "spouse, parent, child, sibling, paternal_grandparent, maternal_grandparent, "
        + "sons_child, daughters_child, parent_in_law"

    static let rules: [(text: String, faults: [String])] = [
        // Keys of checks
        (
            rule("kinship", "    alow: [spouse]\n"),
            [
                "7: check kinship lacks the key \"allow\"; allowed: a list of \(kinships)",
                "9: unknown key \"alow\" of check kinship; allowed: allow",
            ]
        ),
        (
            rule("consent", "    from_age: 16\n    with_days: 3\n"),
            [
                "7: check consent lacks the key \"within_days\"; allowed: a whole number from 1 to 365",
                "7: check consent lacks the key \"verified_by\"; allowed: a list of face, real_name, in_person",
                "10: unknown key \"with_days\" of check consent; "
                    + "nearest: within_days; allowed: from_age, within_days, verified_by",
            ]
        ),
        (
            rule(
                "consent",
                "    form_age: 16\n    within_days: 3\n    from_age: 3\n    verified_by: [face]\n"),
            [
                "9: unknown key \"form_age\" of check consent; nearest: from_age; "
                    + "allowed: from_age, within_days, verified_by"
            ]
        ),
        (
            rule("commitment", "    allow: [spouse]\n"),
            ["9: unknown key \"allow\" of check commitment; allowed: no keys"]
        ),
        (
            rule("commitment", "    [a, b]: c\n"),
            ["9: unknown key of several parts of check commitment; allowed: no keys"]
        ),
        (
            rule("commitment", "    <<: {a: b}\n"),
            ["9: unknown key \"<<\" of check commitment; allowed: no keys"]
        ),
        // Words
        (
            rule("kinship", "    allow:\n      - spouse\n      - sibing\n"),
            [
                "11: unknown word \"sibing\" in \"allow\" of check kinship; nearest: sibling; "
                    + "allowed: \(kinships)"
            ]
        ),
        (
            rule("kinship", "    allow: [spouse, child, spouse]\n"),
            ["9: spouse stands twice in \"allow\" of check kinship"]
        ),
        (
            rule("kinship", "    allow: spouse\n"),
            ["9: \"allow\" of check kinship is no list; allowed: a list of \(kinships)"]
        ),
        (
            rule("kinship", "    allow: []\n"),
            ["9: \"allow\" of check kinship is empty; allowed: a list of \(kinships)"]
        ),
        (
            rule("kinship", "    allow: [[spouse]]\n"),
            [
                "9: \"allow\" of check kinship holds no single value; allowed: a list of \(kinships)"
            ]
        ),
        (
            rule("own_account", "    use: first_\n"),
            [
                "9: unknown word \"first_\" in \"use\" of check own_account; nearest: first; "
                    + "allowed: first, only_when_empty"
            ]
        ),
        (
            rule("draw_order", "    order: zzz\n"),
            [
                "9: unknown word \"zzz\" in \"order\" of check draw_order; "
                    + "allowed: oldest-grant-first, balance-descending, giver-priority"
            ]
        ),
        // Numbers, amounts, days, times, flags
        (
            rule("givers_of_recipient", "    at_most: 0\n"),
            [
                "9: bad number \"0\" in \"at_most\" of check givers_of_recipient; "
                    + "allowed: a whole number from 1 to 1000"
            ]
        ),
        (
            rule("givers_of_recipient", "    at_most: 1.0\n"),
            [
                "9: bad number \"1.0\" in \"at_most\" of check givers_of_recipient; "
                    + "allowed: a whole number from 1 to 1000"
            ]
        ),
        (
            rule("sharable", "    above:\n      - {from: 2011-02-29, amount: 1.005}\n      - 7\n"),
            [
                "10: bad day \"2011-02-29\" in \"from\" of row 1 of \"above\"; "
                    + "allowed: a day, YYYY-MM-DD",
                "10: bad amount \"1.005\" in \"amount\" of row 1 of \"above\"; "
                    + "allowed: yuan with at most two decimals, such as 4205.00",
                "11: row 2 of \"above\" is no mapping; allowed: from, amount",
            ]
        ),
        (
            rule(
                "sharable",
                "    above:\n      - {from: 2012-07-01, amount: 1}\n"
                    + "      - {from: 2012-07-01, amount: 2}\n"),
            ["11: \"from\" of row 2 of \"above\" is not after that of the row before"]
        ),
        (
            rule("sharable"),
            ["7: check sharable needs one of two keys; allowed: above or carried_over"]
        ),
        (
            rule("sharable", "    carried_over: false\n"),
            ["9: \"carried_over\" of check sharable is true or not there"]
        ),
        (
            rule("sharable", "    carried_over: yes\n"),
            [
                "9: bad value \"yes\" in \"carried_over\" of check sharable; allowed: true or false"
            ]
        ),
        (
            rule("quota_limits"),
            [
                "7: check quota_limits limits nothing; allowed: per_day, raise_at_most, closed"
            ]
        ),
        (
            rule("quota_limits", "    closed: {from: 24:00, to: 6:00}\n"),
            [
                "9: bad time \"24:00\" in \"from\" of \"closed\" of check quota_limits; "
                    + "allowed: a time of day, HH:MM",
                "9: bad time \"6:00\" in \"to\" of \"closed\" of check quota_limits; "
                    + "allowed: a time of day, HH:MM",
            ]
        ),
        (
            rule("quota_limits", "    closed: {from: 06:00, to: 06:00}\n"),
            ["9: \"to\" of \"closed\" of check quota_limits is the same as from"]
        ),
        (
            rule(
                "joined",
                "    rows:\n      - regions: [370000, 37]\n        since: today\n"
                    + "        channels: [fax]\n"),
            [
                "10: bad region \"37\" in \"regions\" of row 1 of \"rows\"; "
                    + "allowed: six digits, 100000 or from 110000 to 919999",
                "11: bad day \"today\" in \"since\" of row 1 of \"rows\"; "
                    + "allowed: a day, YYYY-MM-DD",
                "12: unknown word \"fax\" in \"channels\" of row 1 of \"rows\"; allowed: "
                    + "national_app, provincial_platform, agency_window, institution_office, "
                    + "city_platform",
            ]
        ),
        (
            rule(
                "joined",
                "    rows:\n"
                    + "      - {regions: [370000], since: 2026-07-01, channels: [agency_window]}\n"
                    + "      - {regions: [370000], since: 2027-07-01, channels: [agency_window]}\n"),
            ["11: \"regions\" of row 2 of \"rows\" has 370000, which an earlier row has"]
        ),
        (
            rule(
                "places",
                "    rows:\n      - {category: pharmacy, kinds: [pharmacy]}\n"
                    + "      - {category: pharmacy, kinds: [medical]}\n"),
            ["11: \"category\" of row 2 of \"rows\" is pharmacy, which an earlier row has"]
        ),
        (
            rule(
                "payout_banks",
                "    outlets:\n      - {bank: icbc, name: \"a\\tb\", address: '', phone: 1}\n"),
            [
                "10: bad bank \"icbc\" in \"bank\" of row 1 of \"outlets\"; "
                    + "allowed: 1 to 16 of A-Z and 0-9",
                "10: bad text \"a?b\" in \"name\" of row 1 of \"outlets\"; "
                    + "allowed: one line of at most 100 characters",
                "10: bad text \"\" in \"address\" of row 1 of \"outlets\"; "
                    + "allowed: one line of at most 200 characters",
            ]
        ),
        // Rules
        (
            local("  - kinship\n"),
            ["7: a rule is no mapping; allowed: id, check and the keys of the check"]
        ),
        (
            local("  - check: commitment\n"),
            ["7: a rule lacks the key \"id\"; allowed: 1 to 8 of A-Z, 0-9 and -"]
        ),
        (
            local("  - id: z1\n    check: commitment\n"),
            [
                "7: bad rule id \"z1\" in \"id\" of a rule; allowed: 1 to 8 of A-Z, 0-9 and -"
            ]
        ),
        (
            local("  - id: Z1\n    check: commitment\n  - id: Z1\n    check: one_way\n"),
            ["9: \"id\" of a rule is Z1, which the rule in line 7 has"]
        ),
        (
            local("  - id: Z1\n    check: commitment\n    id: Z2\n"),
            ["7: duplicate key \"id\" of one mapping; the first stands here"]
        ),
        // RuleSet.faults
        (
            rule("designated"),
            [
                "7: rule L1 cannot be as it is; allowed: "
                    + "a set with a rule on uses also says which categories are paid"
            ]
        ),
    ]

    @Test(arguments: rules.indices)
    func aRuleThatIsWrongIsToldByLine(_ index: Int) {
        let (text, expected) = FaultsOfFiles.rules[index]
        #expect(faults(text) == expected.map { "local.yaml:\($0)" })
    }

    @Test(arguments: [
        ("0", true), ("0.5", true), ("0.50", true), ("4205.00", true), ("'4205.00'", true),
        ("10000000000", true), ("10000000000.00", true), ("10000000000.01", false),
        ("99999999999", false), ("123456789012", false), ("", false), ("1.", false),
        (".5", false), ("00.5", false), ("01", false), ("-1", false), ("+1", false),
        ("1e3", false), ("1_000", false), ("1,000", false), ("0x10", false), ("1.000", false),
        ("' 1'", false), ("１", false), (".inf", false), ("1.2.3", false),
    ])
    func anAmountIsReadDigitByDigit(_ text: String, _ isAmount: Bool) {
        let told = faults(rule("quota_limits", "    raise_at_most: \(text)\n    per_day: 1\n"))
        // A raise of nothing is an amount, but no limit.
        #expect(told.allSatisfy { $0.contains("bad amount") } != (text == "0"))
        #expect(told.contains { $0.contains("bad amount") } != isAmount)
    }

    @Test(arguments: [
        ("2024-02-29", true), ("2000-02-29", true), ("1900-01-01", true), ("2999-12-31", true),
        ("2023-02-29", false), ("2100-02-29", false), ("2021-04-31", false),
        ("2021-00-10", false), ("2021-13-10", false), ("2021-01-00", false),
        ("2021-01-32", false), ("1899-12-31", false), ("3000-01-01", false),
        ("2021/01/01", false), ("20210101", false), ("2021-1-1", false),
        ("2021-01-01 00:00:00", false), ("２０２１-01-01", false), ("~", false),
    ])
    func aDayIsOneOfTheCalendar(_ text: String, _ isDay: Bool) {
        #expect(faults(local("  - id: L1\n    check: commitment\n", from: text)).isEmpty == isDay)
    }

    static let heads: [(change: (String, String), fault: String)] = [
        (
            ("name: local-2021", "name: Local"),
            "1: bad name \"Local\" in \"name\" of the rule set; allowed: 1 to 32 of a-z, 0-9 and -"
        ),
        (
            ("title: T\n", ""),
            "1: the rule set lacks the key \"title\"; allowed: one line of at most 200 characters"
        ),
        (
            ("title: T", "titel: T\ntitle: T"),
            "2: unknown key \"titel\" of the rule set; nearest: title; "
                + "allowed: name, title, source, regions, from, until, rules"
        ),
        (
            ("title: T", "title: [T]"),
            "2: \"title\" of the rule set holds no single value; "
                + "allowed: one line of at most 200 characters"
        ),
        (
            ("source: S", "source:"),
            "3: bad text \"\" in \"source\" of the rule set; "
                + "allowed: one line of at most 200 characters"
        ),
        (
            ("[370300]", "[370300, 370300]"),
            "4: 370300 stands twice in \"regions\" of the rule set"
        ),
        (
            ("[370300]", "370300"),
            "4: \"regions\" of the rule set is no list; "
                + "allowed: a list of codes of six digits, such as [370300]"
        ),
        (
            ("[370300]", "[950000]"),
            "4: bad region \"950000\" in \"regions\" of the rule set; "
                + "allowed: six digits, 100000 or from 110000 to 919999"
        ),
        (
            ("2021-06-24", "2021-6-24"),
            "5: bad day \"2021-6-24\" in \"from\" of the rule set; allowed: a day, YYYY-MM-DD"
        ),
        (
            ("2021-06-24", "2021-06-24\nuntil: 2021-06-23"),
            "6: \"until\" of the rule set is 2021-06-23, before from, 2021-06-24"
        ),
        (
            ("rules:\n  - id: L1\n    check: commitment", "rules: none"),
            "6: \"rules\" of the rule set is no list; "
                + "allowed: a list of rules, each with id and check"
        ),
        (
            ("name: local-2021", "name: national-2026"),
            "1: the name \"national-2026\" is that of local.yaml:1 too"
        ),
        (
            ("[370300]", "[100000]\nuntil: 2026-06-09"),
            "4: region 100000 has the set of local.yaml:4 too from 2026-06-09 on; "
                + "allowed: one set for a region on a day"
        ),
    ]

    @Test(arguments: heads.indices)
    func aHeadThatIsWrongIsToldByLine(_ index: Int) {
        let ((old, new), expected) = FaultsOfFiles.heads[index]
        let text = rule("commitment")
        #expect(text.contains(old))
        // Of two files that do not fit, the one that comes later is told.
        let file =
            expected.contains("local.yaml") ? "national-2026.yaml" : "local.yaml"
        #expect(faults(text.replacing(old, with: new)) == ["\(file):\(expected)"])
    }

    @Test func setsThatTouchDoNotOverlap() {
        #expect(
            faults(rule("commitment").replacing("[370300]", with: "[100000]\nuntil: 2026-06-08"))
                == [])
    }

    static let texts: [(text: String, fault: String)] = [
        ("", ":1: the file is empty; allowed: one rule set"),
        ("# nothing\n", ":1: the file is empty; allowed: one rule set"),
        (
            "- a\n",
            ":1: the rule set is no mapping; allowed: name, title, source, regions, from, until (optional), rules"
        ),
        ("a: b\n---\nc: d\n", ":3: a second document begins; allowed: one rule set"),
        ("a: b\na: c\n", ":1: duplicate key \"a\" of one mapping; the first stands here"),
        (
            "a: [b\nc: d\n",
            ":2: not YAML: did not find expected ',' or ']', while parsing a flow sequence in line 1"
        ),
        (
            "a:\n\t- b\n",
            ":2: not YAML: found character that cannot start any token, while scanning for the next token in line 2"
        ),
        ("a: b\nc: \u{1}\n", ":2: not YAML: control characters are not allowed"),
        (
            "a: &x b\n",
            ":1: anchors and aliases (&, *) are not read; allowed: & or * only after a letter or before a space"
        ),
        (
            "a: b\nc: [d,*e]\n",
            ":2: anchors and aliases (&, *) are not read; allowed: & or * only after a letter or before a space"
        ),
        (
            "a: b\n# \n? &_ c",
            ":3: anchors and aliases (&, *) are not read; allowed: & or * only after a letter or before a space"
        ),
    ]

    @Test(arguments: texts.indices)
    func aTextThatIsNoRuleSetIsToldByLine(_ index: Int) {
        let (text, expected) = FaultsOfFiles.texts[index]
        #expect(faults(text).first == "local.yaml\(expected)")
    }

    @Test func whatIsNotUTF8IsToldByLine() {
        let file = RuleFolder.File(name: "local.yaml", bytes: Array("a: b\nc: ".utf8) + [0xff])
        #expect(
            throws: RuleFileFaults([
                RuleFileFault(
                    file: "local.yaml", line: 2,
                    what: "neither UTF-8 nor surely GB18030; save it as UTF-8, or convert it: "
                        + "iconv -f GB18030 -t UTF-8 FILE > NEW")
            ])
        ) {
            try RuleFolder.read([file])
        }
    }

    @Test func aTreeTooDeepIsNoCrash() {
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
            String(repeating: "? ", count: 100_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
            String(repeating: "- ", count: 900) + "a",
        ] {
            #expect(faults(text).count == 1)
        }
    }

    @Test func aFileWithoutEndOfFaultsTellsAHundred() {
        let told = faults((0..<1000).map { "k\($0): v\n" }.joined())
        #expect(told.count == 101)
        #expect(told.last == "local.yaml:100: and 907 more faults")
    }

    @Test func allFaultsOfAllFilesAreTold() {
        let told = faults([
            "a.yaml": rule("kinship"), "b.yaml": rule("comitment"),
            "c.yaml": "\"",
        ])
        #expect(
            told.map { String($0.prefix(9)) } == [
                "a.yaml:7:", "b.yaml:1:", "b.yaml:4:", "b.yaml:8:", "c.yaml:1:",
            ])
    }

    @Test func withoutANationalSetNothingIsTaken() {
        #expect(
            faults(["local.yaml": rule("commitment")]) == [
                "rulesets: no national set; allowed: one set or more with the region 100000"
            ])
        #expect(
            faults([:]) == [
                "rulesets: no national set; allowed: one set or more with the region 100000"
            ])
    }

    @Test func aFaultIsOneLineWhateverTheFileHolds() {
        let told = faults(
            rule("kinship", "    \"a\\nb\\e[2J\\u202e\": [spouse]\n")
                + "    allow: [\"\(String(repeating: "x", count: 500))\"]\n")
        #expect(told.count == 2)
        #expect(told[0].hasPrefix("local.yaml:9: unknown key \"a?b?[2J?\" of check kinship"))
        #expect(told.allSatisfy { !$0.contains("\n") && $0.count < 400 })
    }
}

@Suite struct FaultsOfFolders {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    func load() -> [String] {
        do {
            _ = try RuleFolder.load(folder: scratch.path)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func onlyYAMLIsReadInTheOrderOfTheNames() throws {
        try scratch.write("b.yaml", national)
        try scratch.write("a.yaml", ended(rule("commitment")))
        try scratch.write("README.md", "not a rule set")
        try scratch.write(".a.yaml.swp", "\"")
        #expect(load() == [])
        let folder = try RuleFolder.load(folder: scratch.path + "/")
        #expect(folder.sets.map(\.file) == ["a.yaml", "b.yaml"])
        #expect(folder.sets.map(\.source) == ["S", "S"])
        #expect(folder.sets[1].text == national)
        #expect(folder.sets[1].lines == [try #require(RuleID("N6")): 7])
    }

    @Test func whatIsNoFileOfRulesIsTold() throws {
        try scratch.write("a.yml", national)
        try scratch.write(
            "b.yaml", Bytes(repeating: UInt8(ascii: "#"), count: RuleFolder.fileBytesMax + 1))
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/c.yaml", withIntermediateDirectories: false)
        #expect(
            load() == [
                "a.yml: the file is not read, by its name; allowed: names that end in .yaml",
                "b.yaml: the file is larger than 1048576 octets",
                "c.yaml: the file is not a regular file",
            ])
    }

    @Test func aFileAtTheLimitIsRead() throws {
        let filler = RuleFolder.fileBytesMax - national.utf8.count - 1
        try scratch.write("a.yaml", String(repeating: "#", count: filler) + "\n" + national)
        #expect(load() == [])
    }

    @Test func tooManyFilesAreNotRead() throws {
        for number in 0...RuleFolder.filesMax { try scratch.write("\(number).yaml", "") }
        let name = scratch.path.split(separator: "/").last ?? ""
        #expect(load() == ["\(name): 257 files; allowed: at most 256"])
    }

    @Test func aFolderThatIsNotThereIsTold() {
        #expect(throws: RuleFileFaults.self) { try RuleFolder.load(folder: "/nowhere/at/all") }
        do { _ = try RuleFolder.load(folder: "/nowhere/at/all") } catch {
            #expect(
                error.description
                    == "/nowhere/at/all: the folder could not be opened: No such file or directory")
        }
    }
}
