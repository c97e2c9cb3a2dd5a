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
            (.failed("broken"), .refused),
            (.notReached("no socket"), .unreachable),
            (.outcomeUnknown(id: nil, waitsFor: nil), .unreachable),
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
        #expect(Exit.allCases.map(\.rawValue) == [0, 1, 2, 3])
    }

    @Test(
        "is 2 for words that the parser does not take",
        arguments: [
            ["account", "open"], ["settle", "commit", "--amount", "1.234"], ["nonsense"],
            ["wallet", "show", "--wallet", "12"], ["cluster", "up", "--provinces", "37"],
            ["account", "show", "--node", "a", "--cluster", "b", "--wallet", id],
            ["quota", "set", "--relation", id, "--amount", "5", "--timeout-seconds", "0"],
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
