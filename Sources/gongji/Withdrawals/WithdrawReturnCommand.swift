import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji withdraw return`: reads what the bank says came of its payments.
struct WithdrawReturnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "return",
        abstract: "Read the bank's return file: what was paid, and what failed and comes back.",
        discussion: """
            Columns: withdrawal,result,reason with result paid or failed. All lines are checked \
            before any is told to the node; each line is a request with an id of its own that \
            follows from the line, so that reading a file again is harmless. Lines that the node \
            refuses are listed, the others are done; exits 1 then.

            Example: gongji withdraw return --node nodes/370000 return-2026-11-24.csv
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("The bank's file.", valueName: "file.csv")) var file: String

    func run() throws {
        try telling(json: output.json) {
            let lines = try BankReturnFile(file: absolutePath(file)).lines
            let client = try service.client()
            var totals = Totals()
            for (index, line) in lines.enumerated() {
                do {
                    try checkHandedOver(line, client)
                    totals.add(try tell(line, client))
                } catch let failure as CommandFailure {
                    guard failure.exit == .refused else {
                        Console.endProgress()
                        throw stopped(failure, index, lines.count)
                    }
                    totals.refused.append((line, failure))
                }
                if (index + 1).isMultiple(of: 100) {
                    Console.progress("\(index + 1) of \(lines.count) lines")
                }
            }
            Console.endProgress()
            if output.json { Console.out(totals.json) } else { Console.out(totals.text) }
            if !totals.refused.isEmpty { throw Exit.refused.code }
        }
    }

    /// A refusal would stay the answer to the id of this line for ever, so what cannot be told yet is
    /// not told.
    private func checkHandedOver(
        _ line: BankReturnFile.Line, _ client: ServiceClient
    ) throws {
        var body = Gongji_V1_ShowWithdrawal()
        body.withdrawal = line.withdrawal.data
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .showWithdrawal(body)
        let answer = try answer(
            of: client, to: request, timeoutMilliseconds: service.timeoutMilliseconds,
            repeatableID: nil)
        guard case .withdrawal(let state) = answer else { throw unexpectedAnswer() }
        switch state.state {
        case .handedOver, .paid, .returned: return
        case .claiming, .awaitingReview, .approved, .refused, .unspecified, .UNRECOGNIZED:
            throw CommandFailure.refused(.withdrawalNotOpen, id: nil)
        }
    }

    private func tell(
        _ line: BankReturnFile.Line, _ client: ServiceClient
    ) throws -> Gongji_V1_WithdrawalView {
        var body = Gongji_V1_ReturnPayout()
        body.withdrawal = line.withdrawal.data
        body.paid = line.paid
        body.reason = line.reason
        var request = Gongji_V1_ServiceRequest()
        request.id = line.request.data
        request.body = .returnPayout(body)
        let answer = try answer(
            of: client, to: request, timeoutMilliseconds: service.timeoutMilliseconds,
            repeatableID: line.request)
        guard case .withdrawal(let state) = answer else { throw unexpectedAnswer() }
        return state
    }

    private func stopped(_ failure: CommandFailure, _ done: Int, _ all: Int) -> CommandFailure {
        Console.note("\(done) of \(all) lines were told; read the file again for the others")
        return failure
    }

    /// What came of the lines.
    struct Totals {
        var paid = (count: 0, fen: Int64(0))
        var failed = (count: 0, fen: Int64(0))
        var refused: [(line: BankReturnFile.Line, failure: CommandFailure)] = []

        mutating func add(_ state: Gongji_V1_WithdrawalView) {
            if state.state == .paid {
                paid = (paid.count + 1, paid.fen + state.amountFen)
            } else {
                failed = (failed.count + 1, failed.fen + state.amountFen)
            }
        }

        var text: String {
            var table = TextTable("result", ">lines", ">amount")
            table.add("paid", String(paid.count), YuanAmount.text(paid.fen))
            table.add(
                "failed, back in the account", String(failed.count), YuanAmount.text(failed.fen))
            table.add("refused", String(refused.count), "")
            let told = refused.map { line, failure in
                "line \(line.number), \(line.withdrawal): "
                    + failure.text.replacing("\n", with: " ")
            }
            return ([table.text()] + told).joined(separator: "\n")
        }

        var json: JSON {
            [
                "outcome": refused.isEmpty ? "done" : "refused",
                "paid": .int(paid.count), "paid_fen": .int(paid.fen),
                "failed": .int(failed.count), "failed_fen": .int(failed.fen),
                "refused": .array(
                    refused.map { line, failure in
                        JSON.object([
                            .init(key: "line", value: .int(line.number)),
                            .init(key: "withdrawal", value: .describing(line.withdrawal)),
                        ]).merging(failure.json)
                    }),
            ]
        }
    }
}
