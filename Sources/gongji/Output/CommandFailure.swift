import ArgumentParser
import Domain

/// How the command ends (design §7).
enum Exit: Int32, CaseIterable {
    case done = 0
    /// The request was refused, or something that was looked at is not as it must be.
    case refused = 1
    case usage = 2
    /// The node is out of reach, the outcome is unknown, or something could not be set up.
    case unreachable = 3
    /// In a simulation something happened that must never happen.
    case safety = 4
    /// In a simulation something did not happen that must happen in the end.
    case liveness = 5
    /// In a simulation the code gave up, contradicted itself or did not end.
    case crash = 6

    /// The exit of `gongji` for an exit code of ArgumentParser, whose own for bad usage is 64.
    init(_ code: ExitCode) {
        if code == .validationFailure {
            self = .usage
        } else {
            self = Exit(rawValue: code.rawValue) ?? .refused
        }
    }

    var code: ExitCode { ExitCode(rawValue) }
}

/// Why a command did not do what it was asked for.
enum CommandFailure: Error {
    /// A node refused, with one status and, if a rule is behind it, that rule.
    case refused(Status, grounds: Grounds? = nil, id: Identifier?)
    /// A node refused with a number that this version has no word for.
    case refusedUnknown(number: UInt32, word: String, grounds: Grounds? = nil, id: Identifier?)
    /// Nothing was sent.
    case notReached(String)
    /// It was sent; whether it was done is not known.
    case outcomeUnknown(id: Identifier?, waitsFor: String?)
    /// What the command needs of this machine is not there, or not allowed; nothing was done.
    case notSetUp(String)
    /// What was given cannot be what it has to be; nothing was sent.
    case badInput(String)
    /// Anything else, in words that say what to do.
    case failed(String)

    var exit: Exit {
        switch self {
        case .refused, .refusedUnknown, .failed: .refused
        case .badInput: .usage
        case .notReached, .outcomeUnknown, .notSetUp: .unreachable
        }
    }

    var text: String {
        switch self {
        case .refused(let status, let grounds, _):
            """
            refused: \(status.rawValue) \(status.word): \(status.sentence)\(line(of: grounds))
            \(status.advice)
            """
        case .refusedUnknown(let number, let word, let grounds, _):
            """
            refused: \(number) \(word)\(line(of: grounds))
            This gongji has no advice for that status; the node is newer. Use the node's own version.
            """
        case .notReached(let why):
            """
            node out of reach: \(why)
            Nothing was sent. Check that the node runs: gongji status --node DIR
            """
        case .outcomeUnknown(let id, let waitsFor):
            "unknown whether it was done\(waitsFor.map { ": the node waits for \($0)" } ?? "")"
                + (id.map { "\nAsk again with the same --id \($0): it is never done twice." }
                    ?? "\nAsk again.")
        case .notSetUp(let why), .badInput(let why), .failed(let why): why
        }
    }

    var json: JSON {
        switch self {
        case .refused(let status, let grounds, let id):
            JSON.object([
                .init(key: "outcome", value: "refused"), .init(key: "id", value: .id(id)),
                .init(key: "status", value: .int(Int64(status.rawValue))),
                .init(key: "word", value: .text(status.word)),
                .init(key: "sentence", value: .text(status.sentence)),
                .init(key: "advice", value: .text(status.advice)),
                .init(key: "new_id_can_help", value: .bool(status.newIDCanHelp)),
            ]).merging(JSON.grounds(grounds))
        case .refusedUnknown(let number, let word, let grounds, let id):
            JSON.object([
                .init(key: "outcome", value: "refused"), .init(key: "id", value: .id(id)),
                .init(key: "status", value: .int(Int64(number))),
                .init(key: "word", value: .text(word)),
            ]).merging(JSON.grounds(grounds))
        case .notReached(let why): ["outcome": "not_reached", "reason": .text(why)]
        case .outcomeUnknown(let id, let waitsFor):
            ["outcome": "unknown", "id": .id(id), "waits_for": waitsFor.map { .text($0) } ?? nil]
        case .notSetUp(let why), .badInput(let why), .failed(let why):
            ["outcome": "failed", "reason": .text(why)]
        }
    }
}

private func line(of grounds: Grounds?) -> String {
    grounds.map { "\n\($0.sentence)" } ?? ""
}

/// Runs `body`; a ``CommandFailure`` is told on standard error, or as JSON on standard output, and
/// becomes the exit code that goes with it.
func telling(json: Bool, _ body: () throws -> Void) throws {
    do {
        try body()
    } catch let failure as CommandFailure {
        if json { Console.out(failure.json) } else { Console.note("gongji: " + failure.text) }
        throw failure.exit.code
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        let failure = CommandFailure.failed("\(error)")
        if json { Console.out(failure.json) } else { Console.note("gongji: " + failure.text) }
        throw failure.exit.code
    }
}

extension JSON {
    static func id(_ id: Identifier?) -> JSON { id.map { .text($0.description) } ?? .null }
    static func describing(_ value: some CustomStringConvertible) -> JSON {
        .text(value.description)
    }
    static func optional(_ text: String?) -> JSON { text.map { .text($0) } ?? .null }
}
