import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

@testable import gongji

@Suite("gongji rules explain")
struct RulesExplainTests {
    typealias Kind = ExplainTemplate

    /// 2026-11-23T10:00:00+08:00
    static let now = Instant(milliseconds: 1_795_399_200_000)
    let folder: RuleFolder

    init() throws { folder = try RuleFolder.load(folder: RulesTests.sets) }

    func explain(_ text: String) throws -> Explanation {
        let request = try ExplainRequest(Bytes(text.utf8), now: RulesExplainTests.now)
        return try Explanation(request, folder: folder, path: "rules")
    }

    /// The faults of a request, as they are told.
    func faults(_ text: String) -> [String] {
        do {
            _ = try ExplainRequest(Bytes(text.utf8), now: RulesExplainTests.now)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test("allows the request of every template, which has every key", arguments: Kind.allCases)
    func templates(kind: Kind) throws {
        let explanation = try explain(kind.text)
        #expect(explanation.refusal == nil)
        #expect(explanation.text.hasSuffix("\nallowed"))
        let known = try #require(
            faults(kind.text.replacing("\"ask\"", with: "\"x\": 1, \"ask\"")).first)
        let keys = try #require(known.split(separator: "allowed: ").last).split(separator: ", ")
        for key in keys where key != "rule_set" {
            #expect(kind.text.contains("\"\(key)\""), "\(kind) has no \(key)")
        }
    }

    static let refusals: [(kind: Kind, from: String, to: String, status: Status, rule: String?)] = [
        (.binding, "\"parent\"", "\"sibling\"", .kinshipNotAllowed, "Z1-A"),
        (.binding, "\"employee\"", "\"resident\"", .giverNotEmployeeInsured, "Z1-B"),
        (.binding, "\"givers\": 0", "\"givers\": 1", .recipientHasGiver, "Z2"),
        (.binding, "\"gives\": false", "\"gives\": true", .recipientIsGiver, "Z4"),
        (.binding, "\"face\"", "null", .verificationMissing, "Z5"),
        (.quota, "\"raise\": 500000", "\"raise\": 540501", .notSharable, "S1"),
        (.quota, "[\"440300\"]", "[\"650100\"]", .notSharable, "G1"),
        (.use, "\"parent\"", "\"parent_in_law\"", .kinshipNotAllowed, "N4"),
        (.use, "\"amount\": 12000", "\"amount\": 12001", .aboveBurden, "N10-A"),
        (.use, "\"designated\": true", "\"designated\": false", .institutionNotDesignated, "N10-B"),
        (.use, "\"medical_care\"", "\"wellness\"", .categoryNotAllowed, "N12-A"),
        (
            .use, "\"credential\": \"00000000000000000000000000000001\"", "\"credential\": null",
            .impersonation, "G10"
        ),
        (
            .withdrawal, "\"document_amount\": 35000", "\"document_amount\": null",
            .documentMissing, "W4-A"
        ),
        (.withdrawal, "\"ICBC\"", "\"ABC\"", .bankNotListed, "W11"),
        (.withdrawal, "\"violation\": false", "\"violation\": true", .violationRecorded, "W7"),
        (
            .resettlement, "\"amount\": 120000", "\"amount\": 119999", .notWholeBalance, "W6-A"
        ),
        (
            .resettlement, "\"paid_before\": false", "\"paid_before\": true", .resettledBefore,
            "W6-A"
        ),
        (.resettlement, "\"S-0042\"", "\"S-0017\"", .reviewerIsHandler, "W6-B"),
        (.resettlement, "\"2026-11-01\"", "\"2026-11-24\"", .resettlementRecordMissing, "W6-C"),
        (
            .withdrawal, "\"region\": \"310000\"", "\"region\": \"371002\", \"kind\": \"medical\"",
            .issuerNotElsewhere, "W4-B"
        ),
        (.withdrawal, "\"parent\"", "\"sibling\"", .kinshipNotAllowed, "W2-A"),
        (
            .binding, "\"verified_days_ago\": 0", "\"verified_days_ago\": 31", .verificationTooOld,
            "Z5"
        ),
        (.use, "\"has_commitment\": true", "\"has_commitment\": false", .commitmentMissing, "N6"),
        // The national set names no reasons, so no rule can be cited.
        (.withdrawal, "[\"371000\"]", "[\"371000\", \"440300\"]", .withdrawalReasonNotAllowed, nil),
        // No set is in force.
        (.binding, "2026-11-23", "2020-01-01", .provinceNotJoined, nil),
    ]

    @Test("tells the rule that refuses", arguments: refusals.indices)
    func refusal(index: Int) throws {
        let (kind, from, to, status, rule) = RulesExplainTests.refusals[index]
        let text = kind.text.replacing(from, with: to)
        #expect(text != kind.text)
        let explanation = try explain(text)
        #expect(explanation.refusal?.status == status)
        #expect(explanation.refusal?.grounds?.rule.text == rule)
        let last = try #require(explanation.text.split(separator: "\n").last)
        #expect(last.hasPrefix("refused: \(status.rawValue) \(status.word)"))
        guard let rule else { return }
        #expect(last.contains(", rule \(rule): "))
        let decides = explanation.text.split(separator: "\n").filter { $0.contains(", decides") }
        #expect(decides.count == 1)
        #expect(decides.allSatisfy { $0.hasPrefix(rule) })
    }

    @Test("says of the page's example what the page says, amounts in yuan")
    func page() throws {
        let page = try String(
            contentsOfFile: Program.packageFolder + "/docs/rulesets.md", encoding: .utf8)
        let lines = page.components(separatedBy: "\n")
        let first = try #require(lines.firstIndex(of: "    {"))
        let last = try #require(lines[first...].firstIndex(of: "    }"))
        let text = try explain(lines[first...last].joined(separator: "\n")).text
        let outcome = try #require(text.components(separatedBy: "\n").last)
        #expect(lines.contains("    " + outcome), "\(outcome)")
        #expect(!text.contains(" fen"))
        #expect(text.contains(" yuan"))
    }

    @Test("says which set was asked, and why")
    func choice() throws {
        let inside = try explain(Kind.binding.text)
        #expect(
            inside.why
                == "370300 is the smallest region with a set on 2026-11-23 that holds 370300")
        let across = try explain(
            Kind.use.text.replacing("\"440300\"", with: "\"371000\""))
        #expect(
            across.why
                == "100000 is the smallest region with a set on 2026-11-23 that holds 370300, "
                + "371000; none for 370000")
        let named = try explain(
            Kind.binding.text.replacing(
                "\"places\": [\"370300\"]", with: "\"rule_set\": \"guide-2024\""
            )
            .replacing("2026-11-23", with: "2024-09-30"))
        #expect(named.loaded?.set.name == "guide-2024")
        #expect(
            named.why == "the request names it; on 2024-09-30 it is not yet in force")
        #expect(named.text.contains("then it waits for kinship proof\n"))
        #expect(named.text.contains("then it waits for the recipient's consent, for 30 days"))
        let none = try explain(
            Kind.binding.text.replacing("2026-11-23", with: "2020-01-01"))
        #expect(none.why == "no region that holds 370300 has a set on 2020-01-01")
        #expect(throws: CommandFailure.self) {
            try explain(
                Kind.quota.text.replacing(
                    "\"places\": [\"440300\"]", with: "\"rule_set\": \"nowhere\""))
        }
    }

    @Test("takes today where no day is told, and the patient of the wallet with the own credential")
    func defaults() throws {
        let today = try explain(
            Kind.binding.text.replacing("\"date\": \"2026-11-23\",", with: ""))
        #expect(today.request.date.description == "2026-11-23")
        let use = try ExplainRequest(
            Bytes(
                Kind.use.text.replacing(
                    /"(wallet|patient|credential)": "0+1",/, with: ""
                ).utf8), now: RulesExplainTests.now)
        guard case .use(let question) = use.question else { return #expect(Bool(false)) }
        #expect(question.bill.patient == question.wallet)
        #expect(question.bill.credential == question.wallet)
        let own = try explain(
            Kind.use.text.replacing(
                /"source": \{[^}]*\}\s*\}/, with: "\"source\": \"own_account\""))
        #expect(own.refusal == nil)
    }

    static let wrong: [(kind: Kind, from: String, to: String, told: String)] = [
        (
            .binding, "\"age\": 62", "\"agee\": 62",
            "recipient.agee: unknown key; allowed: insurance, standing, region, violation, age, "
                + "givers, gives"
        ),
        (
            .binding, "\"groups\": \"open\"", "\"kin\": null, \"groups\": \"open\"",
            "kin: unknown key; allowed: ask, places, rule_set, date, "
        ),
        (
            .binding, "\"employee\"", "\"emploee\"",
            "giver.insurance: bad value \"emploee\"; allowed: employee, resident"
        ),
        (
            .binding, "\"receives\": false", "\"receives\": null",
            "giver.receives: missing; allowed: true, false"
        ),
        (.binding, "[\"370300\"]", "[]", "places: bad value []; allowed: a list of codes"),
        (
            .binding, "2026-11-23", "2026-02-30",
            "date: bad value \"2026-02-30\"; allowed: a day, such as 2026-11-23"
        ),
        (
            .quota, "\"raise\": 500000", "\"raise\": 5000.5",
            "raise: bad value 5000.5; allowed: fen, "
        ),
        (
            .quota, "\"now\": \"2026-11-23T10:00:00+08:00\"", "\"date\": \"2026-11-23\"",
            "date: unknown key; allowed: ask, places, rule_set, now, "
        ),
        (
            .use, "\"card_note\": null", "\"card_note\": {\"kinship\": \"x\"}",
            "bill.card_note.kinship: bad value \"x\"; allowed: spouse, parent, "
        ),
        (.use, "\"total\": 30000", "\"total\": -1", "bill.total: bad value -1; allowed: fen, "),
        (.use, "\"pooled\": 15000,", "", "bill.pooled: missing; allowed: fen, "),
        (.use, "\"quota\": {", "\"quote\": {", "source.quota.kinship: missing; allowed: spouse, "),
        (
            .withdrawal, "\"ask\": \"withdrawal\"", "\"ask\": \"all\"",
            "ask: unknown word; allowed: binding, quota, use, withdrawal"
        ),
        (
            .withdrawal, "\"places\": [\"371000\"],", "",
            "needs one of two keys; allowed: places, rule_set"
        ),
        (
            .withdrawal, "\"bank\": \"ICBC\",", "\"bank\": \"ICBC\"",
            "no JSON in line 20: a comma or } is missing"
        ),
        (
            .withdrawal, "\"handler\"", "\"bank\"",
            "no JSON in line 19: the key \"bank\" stands twice"
        ),
    ]

    @Test("names what is wrong with a request, with its path", arguments: wrong.indices)
    func wrongRequests(index: Int) {
        let (kind, from, to, told) = RulesExplainTests.wrong[index]
        let text = kind.text.replacing(from, with: to)
        #expect(text != kind.text)
        let found = faults(text)
        #expect(found.contains { $0.hasPrefix(told) }, "\(found)")
    }

    @Test("names everything that is missing at once")
    func missing() {
        let found = faults("{\"ask\": \"withdrawal\", \"rule_set\": \"weihai-2020\"}")
        #expect(
            found.map { $0.split(separator: ":")[0] } == [
                "reason", "amount", "balance", "violation", "paid_before", "has_commitment",
                "has_card_account",
            ])
    }

    @Test(
        "reads no JSON but JSON",
        arguments: [
            ("", "it ends too early"), ("{", "it ends too early"), ("[1", "it ends too early"),
            ("{} {}", "something stands after the end"), ("{\"a\":01}", "a comma or } is missing"),
            ("{\"a\":tru}", "no value"), ("{\"a\" 1}", "a colon is missing"),
            ("{\"a\":1,}", "a key in quotes is missing"), ("[\"\\x\"]", "no escape of JSON"),
            ("[\"\\ud800\"]", "no character of Unicode"), ("[\"a\nb\"]", "a quote is not closed"),
            (String(repeating: "[", count: 40), "nested deeper than 32"),
        ])
    func brokenJSON(text: String, told: String) {
        do {
            let value = try RequestJSON.read(Bytes(text.utf8))
            Issue.record("\(text) was read as \(value.compact)")
        } catch {
            #expect(error.what.hasPrefix(told), "\(error)")
        }
    }

    @Test(
        "reads what it writes",
        arguments: [
            "{\"a\":[1,-2,0.5,true,false,null,{}],\"b\":\"\\\"\\\\\\n药房🏥\",\"c\":[]}", "[]", "7",
        ])
    func json(text: String) throws {
        #expect(try RequestJSON.read(Bytes(text.utf8)).compact == text)
        let escaped = try RequestJSON.read(Bytes("\"\\u836f\\ud83c\\udfe5\\/\\t\"".utf8))
        #expect(escaped == "药🏥/\t")
    }

    // MARK: As a program

    @Test("exits 0 allowed, 1 refused, 2 for what cannot be read, with one JSON shape")
    func program() throws {
        let scratch = try Scratch()
        let file = scratch.path + "/request.json"
        let template = try Program.gongji("rules", "explain", "--template", "binding").output
        #expect(template == Kind.binding.text + "\n")
        for (text, exit, outcome) in [
            (template, Int32(0), "allowed"),
            (template.replacing("\"parent\"", with: "\"sibling\""), 1, "refused"),
        ] {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let plain = try Program.gongji(
                "rules", "explain", file, "--rules", RulesTests.sets, expecting: exit)
            #expect(plain.output.contains("\n\(outcome)"))
            let json = try Program.gongji(
                "rules", "explain", file, "--rules", RulesTests.sets, "--json", expecting: exit
            ).json()
            #expect(
                Set(json.keys) == [
                    "outcome", "status", "word", "sentence", "rule", "compared", "limit",
                    "waits_for", "ask", "date", "places", "rule_set", "because", "findings",
                ])
            #expect(json["outcome"] as? String == outcome)
            let findings = try #require(json["findings"] as? [[String: Any]])
            #expect(findings.count == folder.loaded("zibo-2021")?.set.rules.count)
            #expect(
                Set(findings[0].keys) == [
                    "rule", "line", "check", "said", "status", "word", "compared", "limit",
                    "decides",
                ])
            #expect(findings.contains { $0["decides"] as? Bool == true } == (exit == 1))
        }
        try "{\"ask\": 1}".write(toFile: file, atomically: true, encoding: .utf8)
        let bad = try Program.gongji(
            "rules", "explain", file, "--rules", RulesTests.sets, expecting: 2)
        #expect(bad.errors.contains("ask: unknown word; allowed: binding, quota, use, withdrawal"))
        let json = try Program.gongji(
            "rules", "explain", file, "--rules", RulesTests.sets, "--json", expecting: 2
        ).json()
        #expect((json["faults"] as? [[String: Any]])?.first?["path"] as? String == "ask")
        try Program.gongji("rules", "explain", "--rules", RulesTests.sets, expecting: 2)
        try Program.gongji(
            "rules", "explain", "-", "--rules", RulesTests.sets, expecting: 2)
    }
}
