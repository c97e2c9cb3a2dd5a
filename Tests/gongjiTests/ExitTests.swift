import ArgumentParser
import Domain
import Gateway
import Testing

@testable import gongji

@Suite("The exit code")
struct ExitTests {
    @Test(
        "is 0 done, 1 refused, 2 usage, 3 out of reach or unknown",
        arguments: [
            (CommandFailure.refused(.insufficientQuota, id: nil), Exit.refused),
            (.refusedUnknown(number: 999, word: "later", id: nil), .refused),
            (.refused(.identityRecordMissing, grounds: grounds, id: nil), .refused),
            (.failed("broken"), .refused),
            (.notReached("no socket"), .unreachable),
            (.outcomeUnknown(id: nil, waitsFor: nil), .unreachable), (.badInput("x"), .usage),
        ])
    func failures(failure: CommandFailure, exit: Exit) {
        #expect(failure.exit == exit)
    }

    @Test(
        "of the parser is translated",
        arguments: [
            (ExitCode.success, Exit.done), (.validationFailure, .usage), (.failure, .refused),
            (ExitCode(2), .usage), (ExitCode(3), .unreachable), (ExitCode(77), .refused),
        ])
    func codes(code: ExitCode, exit: Exit) {
        #expect(Exit(code) == exit)
        #expect(Exit.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    }

    @Test(
        "is 2 for words that the parser does not take",
        arguments: [
            ["account", "open"], ["settle", "commit", "--amount", "1.234"], ["nonsense"],
            ["wallet", "show", "--wallet", "12"], ["cluster", "up", "--provinces", "37"],
            ["account", "show", "--node", "a", "--cluster", "b", "--wallet", id],
            ["quota", "set", "--relation", id, "--amount", "5", "--timeout-seconds", "0"],
            ["account", "violation", "--wallet", id, "--reason-file", "x"],
            [
                "account", "violation", "--wallet", id, "--reason-file", "x", "--lift", "--until",
                day,
            ],
            ["account", "violation", "--wallet", id, "--reason", "lent the card", "--lift"],
            ["account", "history", "--wallet", id, "--limit", "501"],
            ["relation", "create", "--giver", id, "--recipient-province", "370000"],
            relation + ["--recipient", id, "--recipient-identity", "file"],
            relation + ["--recipient", id, "--verified", "face"],
            relation + ["--recipient", id, "--priority", "256"],
            relation + ["--recipient-identity", "-", "--agent-identity", "-"],
            ["relation", "consent", "--relation", id, "--wallet", id],
            ["relation", "list"], ["relation", "list", "--giver", id, "--recipient", id],
            ["settle", "reserve", "--credential", id, "--no-credential"] + bill,
            ["settle", "reserve", "--identity-record", "a", "--identity-record-text", "b"] + bill,
            ["withdraw", "--wallet", id, "--amount", "1"],
            withdrawal + ["--document-kind", "premium"], withdrawal + ["--user", id],
            withdrawal + [
                "--document-kind", "voucher", "--document-issuer", "A", "--document-number", "1",
            ],
            withdrawal + ["--document-amount", "1"], ["withdraw", "list"],
            ["withdraw", "export"], ["withdraw", "export", "--out", "a", "--limit", "501"],
            ["withdraw", "return"], ["wallet", "usage"],
            ["wallet", "usage", "--giver", id, "--institution", "H1"],
            ["wallet", "usage", "--giver", id, "--json", "--format", "csv"],
            ["wallet", "usage", "--giver", id, "--limit", "201"],
            ["wallet", "usage", "--giver", id, "--cursor", "xyz"],
        ])
    func usage(words: [String]) {
        do {
            _ = try GongjiCommand.parseAsRoot(words)
            Issue.record("\(words) was taken")
        } catch {
            #expect(Exit(GongjiCommand.exitCode(for: error)) == .usage)
        }
    }

    @Test("is 0 for help and version", arguments: [["--help"], ["--version"], ["settle", "-h"]])
    func help(words: [String]) throws {
        do {
            var command = try GongjiCommand.parseAsRoot(words)
            try command.run()
            Issue.record("\(words) ran something")
        } catch {
            #expect(Exit(GongjiCommand.exitCode(for: error)) == .done)
        }
    }

    private static let id = "0190a1b2c3d4e5f60718293a4b5c6d7e"
    private static let day = "2027-01-01"
    private static let relation = [
        "relation", "create", "--giver", id, "--recipient-province", "370000", "--kinship", "child",
    ]
    private static let bill = [
        "--wallet", id, "--wallet-province", "370000", "--institution", "H1", "--amount", "1",
    ]
    private static let withdrawal = [
        "withdraw", "request", "--wallet", id, "--amount", "1", "--reason", "premium",
    ]
    private static let grounds = Grounds(
        rule: RuleID("W5")!, compared: "50000 fen", limit: "a record from 50000 fen on")
}

@Suite("A refusal")
struct AdviceTests {
    @Test("is told with number, word, meaning and what to do", arguments: Status.allCases)
    func told(status: Status) {
        let text = CommandFailure.refused(status, id: nil).text
        #expect(text.contains("\(status.rawValue) \(status.word)"))
        #expect(status.sentence.hasSuffix("."))
        #expect(!status.advice.isEmpty)
        #expect(text.contains(status.advice))
    }

    @Test("names the rule, with amounts in yuan for people and as they came for programs")
    func grounds() throws {
        let rule = try #require(RuleID("W5"))
        let failure = CommandFailure.refused(
            .identityRecordMissing,
            grounds: Grounds(
                rule: rule, compared: "50000 fen", limit: "a record from 50000 fen on"), id: nil)
        let lines = failure.text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("refused: 33 identity_record_missing: ") == true)
        #expect(lines[1] == "rule W5: 500.00 yuan; limit: a record from 500.00 yuan on")
        #expect(lines.last.map(String.init) == Status.identityRecordMissing.advice)
        let json = failure.json.compact
        #expect(json.contains(#""rule":"W5","compared":"50000 fen""#))
        #expect(json.contains(#""limit":"a record from 50000 fen on""#))
        let none = CommandFailure.refused(.walletUnknown, id: nil)
        #expect(none.text.split(separator: "\n").count == 2)
        #expect(none.json.compact.contains(#""rule":null,"compared":null,"limit":null"#))
    }

    @Test(
        "turns amounts of fen into yuan and nothing else",
        arguments: [
            ("50000 fen", "500.00 yuan"), ("-5 fen left", "-0.05 yuan left"),
            ("total 1 fen", "total 0.01 yuan"), ("the whole 100 fen", "the whole 1.00 yuan"),
            ("1234 fen since 2012-07-01", "12.34 yuan since 2012-07-01"), ("16 years", "16 years"),
            ("0 fen, 7 fen", "0.00 yuan, 0.07 yuan"), ("A12 fen", "A12 fen"), ("", ""),
            ("5 fences", "5 fences"), ("2012-07 fen", "2012-07 fen"),
        ])
    func yuan(fen: String, yuan: String) {
        #expect(fen.withYuan == yuan)
    }

    @Test("has a sentence of its own for every status")
    func distinct() {
        #expect(Set(Status.allCases.map(\.sentence)).count == Status.allCases.count)
    }

    @Test("names the id to ask again with when the outcome is unknown")
    func unknown() {
        let id = Clock.newIdentifier()
        let failure = CommandFailure.outcomeUnknown(id: id, waitsFor: "decision of 440000")
        #expect(failure.text.contains("--id \(id)"))
        #expect(failure.text.contains("decision of 440000"))
        #expect(!failure.text.contains("done."))
    }
}
