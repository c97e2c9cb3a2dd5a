import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji withdraw export`: hands what is approved to the bank.
struct WithdrawExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Hand approved withdrawals to the bank, as a CSV file with instructions.",
        discussion: """
            Takes the oldest approved ones, at most 500: all of them are handed over, or none. The \
            id of the request is the id of the payout, and is told before anything is done: if the \
            command breaks off before the file is there, repeat it with that --id and it writes \
            the same instructions again. The file has mode 0600 and is never written over another.

            A withdrawal that may not be paid any more (a violation has come up, or the card account \
            is gone or at a bank that is not listed) stays approved and is left out; the others are \
            handed over with a new id, which is told.

            Columns: payout,withdrawal,bank,account,amount_yuan; the last line has the word total, \
            the count and the sum.

            Example: gongji withdraw export --node nodes/370000 --out payout-2026-11-23.csv
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("The file to write; must not exist.", valueName: "file.csv"))
    var out: String
    @Option(help: "The most to hand over.") var limit: UInt32 = WithdrawalPages.limitMax

    func validate() throws {
        guard (1...WithdrawalPages.limitMax).contains(limit) else {
            throw ValidationError("--limit is 1 to \(WithdrawalPages.limitMax).")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let path = absolutePath(out)
            try PayoutFile.checkFree(path)
            let first = request.id ?? Clock.newIdentifier()
            let (withdrawals, more) = try chosen(first)
            guard !withdrawals.isEmpty else {
                output.show(
                    id: nil, "no withdrawal is approved; nothing was handed over", "payout", nil)
                return
            }
            let export = try handOver(withdrawals, id: first)
            guard let (id, batch) = export.done else {
                output.show(
                    id: nil, "nothing was handed over\n" + leftOutText(export.leftOut), "payout",
                    ["payout": nil, "count": 0, "left_out": leftOutJSON(export.leftOut)])
                throw Exit.refused.code
            }
            try write(batch, path, id)
            output.show(
                id: id, text(batch, path, export.leftOut, more: more), "payout",
                json(batch, path, export.leftOut, more))
        }
    }

    /// Refusals that speak of one withdrawal; the others can go without it.
    private static let ofOneWithdrawal: Set<Status> = [
        .violationRecorded, .bankNotListed, .cardAccountMissing, .cardAccountTooNew,
        .secondPersonMissing,
    ]

    private struct LeftOut {
        let withdrawal: Identifier
        let status: Status
        let grounds: Grounds
    }

    /// Asks again without whoever the node names, as often as there are withdrawals at the most.
    private func handOver(
        _ chosen: [Identifier], id first: Identifier
    ) throws -> (done: (id: Identifier, batch: Gongji_V1_PayoutBatch)?, leftOut: [LeftOut]) {
        var (withdrawals, id, leftOut) = (chosen, first, [LeftOut]())
        while !withdrawals.isEmpty {
            var body = Gongji_V1_ExportPayouts()
            body.withdrawals = withdrawals.map(\.data)
            do {
                let (_, answer) = try Asking(service: service, output: output)
                    .change(.exportPayouts(body), id: id)
                guard case .payout(let batch) = answer else { throw unexpectedAnswer() }
                return ((id, batch), leftOut)
            } catch CommandFailure.refused(let status, let grounds?, let refused) {
                guard WithdrawExportCommand.ofOneWithdrawal.contains(status),
                    let index = withdrawals.firstIndex(where: {
                        grounds.compared == "withdrawal \($0)"
                    })
                else {
                    throw CommandFailure.refused(status, grounds: grounds, id: refused)
                }
                let one = LeftOut(
                    withdrawal: withdrawals.remove(at: index), status: status, grounds: grounds)
                Console.note("left out: \(one.withdrawal), \(status.rawValue) \(status.word)")
                leftOut.append(one)
                id = Clock.newIdentifier()
            }
        }
        return (nil, leftOut)
    }

    private func leftOutText(_ leftOut: [LeftOut]) -> String {
        leftOut.map {
            "left out     \($0.withdrawal): \($0.status.rawValue) \($0.status.word) "
                + "(rule \($0.grounds.rule))"
        }.joined(separator: "\n")
    }

    private func leftOutJSON(_ leftOut: [LeftOut]) -> JSON {
        .array(
            leftOut.map {
                [
                    "withdrawal": .describing($0.withdrawal),
                    "status": .int(Int64($0.status.rawValue)), "word": .text($0.status.word),
                    "rule": .text($0.grounds.rule.text), "limit": .text($0.grounds.limit),
                ]
            })
    }

    /// What the payout `id` handed over before; if it did not, the oldest that are approved. Always
    /// in the order of ids, so that a repetition has the same content.
    private func chosen(_ id: Identifier) throws -> (withdrawals: [Identifier], more: Bool) {
        let pages = WithdrawalPages(Asking(service: service, output: output))
        if request.id != nil {
            var before: [Identifier] = []
            for state in [WithdrawalState.handedOver, .paid, .returned] {
                try pages.forEach(state) { view in
                    guard view.payout == id.data, let id = Identifier(view.withdrawal) else {
                        return
                    }
                    before.append(id)
                }
            }
            if !before.isEmpty { return (before.sorted(), false) }
        }
        let list = try pages.page(.approved, limit: limit)
        return (list.withdrawals.compactMap { Identifier($0.withdrawal) }.sorted(), list.more)
    }

    private func write(
        _ batch: Gongji_V1_PayoutBatch, _ path: String, _ id: Identifier
    ) throws {
        do {
            try PayoutFile.write(PayoutFile.text(batch), to: path, payout: id)
        } catch {
            let reason = (error as? CommandFailure)?.text ?? "\(error)"
            throw CommandFailure.failed(
                "the withdrawals are handed over, but the file is not there: \(reason). Repeat with "
                    + "--id \(id) and a file that can be written; it gives the same instructions")
        }
    }

    private func text(
        _ batch: Gongji_V1_PayoutBatch, _ path: String, _ leftOut: [LeftOut], more: Bool
    ) -> String {
        var lines = [
            "payout       \(batch.payout.hexText)",
            "handed over  \(batch.instructions.count), together \(YuanAmount.text(batch.totalFen))",
            "file         \(path)",
        ]
        if !leftOut.isEmpty { lines.append(leftOutText(leftOut)) }
        if more { lines.append("more are approved: run it again with another --out") }
        return lines.joined(separator: "\n")
    }

    private func json(
        _ batch: Gongji_V1_PayoutBatch, _ path: String, _ leftOut: [LeftOut], _ more: Bool
    ) -> JSON {
        [
            "payout": .text(batch.payout.hexText), "file": .text(path),
            "count": .int(batch.instructions.count), "total_fen": .int(batch.totalFen),
            "withdrawals": .array(batch.instructions.map { .text($0.withdrawal.hexText) }),
            "left_out": leftOutJSON(leftOut), "more": .bool(more),
        ]
    }
}
