import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing

/// `gongji rules explain`: what every rule says to a request, and which one decides.
struct ExplainRules: ParsableCommand {
    static let requestBytesMax = 1 << 20

    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say which rule set answers a request, what each rule says, and which decides.",
        discussion: """
            The request is one JSON object: what is asked, where (places, or rule_set by name), \
            when, and what is known. Amounts are in fen; what is null or left out is not told. Begin \
            with --template. Exits 0 if it is allowed, 1 if it is refused, 2 if the request cannot \
            be read.

            Example: gongji rules explain request.json --rules deploy/rulesets
            """)

    @OptionGroup var rules: RulesOptions
    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions
    @Argument(
        help: ArgumentHelp("File of the request, or - for standard input.", valueName: "file"))
    var request: String?
    @Option(help: ArgumentHelp("Print a complete request of this kind instead.", valueName: "kind"))
    var template: ExplainTemplate?

    func validate() throws {
        guard (request == nil) != (template == nil) else {
            throw ValidationError("Give a request, or --template KIND.")
        }
        try rules.refuseBoth(node)
    }

    func run() throws {
        try telling(json: output.json) {
            if let template {
                Console.out(template.text)
                return
            }
            let (path, folder) = try rules.load(of: node)
            let asked: ExplainRequest
            do throws(RequestFaults) {
                asked = try ExplainRequest(try bytes(), now: Clock.now())
            } catch {
                show(error)
                throw Exit.usage.code
            }
            let explanation = try Explanation(asked, folder: folder, path: path)
            if output.json { Console.out(explanation.json) } else { Console.out(explanation.text) }
            if explanation.refusal != nil { throw Exit.refused.code }
        }
    }

    private func bytes() throws(RequestFaults) -> Bytes {
        do {
            guard request == "-" else {
                return try PublicFile.read(request ?? "", bytesMax: Self.requestBytesMax)
            }
            let data = try FileHandle.standardInput.read(upToCount: Self.requestBytesMax + 1)
            guard let data, data.count <= Self.requestBytesMax else {
                throw RequestFaults(faults: [
                    RequestFault(
                        path: "", what: data == nil ? "nothing was given" : "too large",
                        allowed: "one JSON object of at most \(Self.requestBytesMax) octets")
                ])
            }
            return Bytes(data)
        } catch let faults as RequestFaults {
            throw faults
        } catch {
            throw RequestFaults(faults: [RequestFault(path: "", what: "\(error)", allowed: "")])
        }
    }

    private func show(_ error: RequestFaults) {
        if output.json {
            Console.out([
                "outcome": "failed", "reason": "the request cannot be read",
                "faults": .array(error.faults.map(\.json)),
            ])
            return
        }
        let lines = error.faults.map { "  \($0)" }.joined(separator: "\n")
        Console.note(
            """
            gongji: the request cannot be read:
            \(lines)
            A complete one: gongji rules explain --template \
            \(ExplainTemplate.allCases.map(\.rawValue).joined(separator: "|"))
            """)
    }
}
