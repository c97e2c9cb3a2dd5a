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
            Columns: payout,withdrawal,amount_yuan,result,reason; payout, withdrawal and amount as \
            the export wrote them, result paid or failed. Before any line is told to the node all \
            are checked, also against the withdrawals themselves: a line with another payout or \
            amount is a fault, and nothing is told. Each line is a request with an id of its own \
            that follows from the line, so that reading a file again is harmless; what was told \
            before is counted apart. Lines that the node refuses are listed, the others are done; \
            exits 1 then. The last lines tell how many withdrawals of each payout the bank has not \
            spoken of yet.

            Example: gongji withdraw return --node nodes/370000 return-2026-11-24.csv
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("The bank's file.", valueName: "file.csv")) var file: String

    func run() throws {
        try telling(json: output.json) {
            let file = try BankReturnFile(file: absolutePath(file))
            let lines = file.lines
            let client = try service.client()
            let before = try statesBefore(file, client)
            var totals = BankReturnTotals()
            for (index, line) in lines.enumerated() {
                if before[index] == (line.paid ? .paid : .returned) {
                    totals.addToldBefore(line)
                    continue
                }
                do {
                    try tell(line, client)
                    totals.add(line)
                } catch let failure as CommandFailure {
                    guard failure.exit == .refused else {
                        Console.endProgress()
                        throw stopped(failure, index, lines.count)
                    }
                    totals.refused.append((line, failure))
                }
                progress(index, lines.count, "told")
            }
            Console.endProgress()
            totals.waiting = waiting(Set(lines.map(\.payout)))
            if output.json { Console.out(totals.json) } else { Console.out(totals.text) }
            if !totals.refused.isEmpty { throw Exit.refused.code }
        }
    }

    /// How the withdrawal of each line stands. Throws ``CommandFailure`` with the lines whose payout
    /// or amount is not that of the withdrawal.
    private func statesBefore(
        _ file: BankReturnFile, _ client: ServiceClient
    ) throws -> [Gongji_V1_WithdrawalState] {
        var faults: [String] = []
        var states: [Gongji_V1_WithdrawalState] = []
        for (index, line) in file.lines.enumerated() {
            do {
                let view = try view(line.withdrawal, client)
                faults += line.faults(against: view).map { "\(file.name):\(line.number): \($0)" }
                states.append(view.state)
            } catch CommandFailure.refused(.withdrawalUnknown, _, _) {
                faults.append(
                    "\(file.name):\(line.number): no withdrawal \(line.withdrawal) is here")
            }
            progress(index, file.lines.count, "checked")
        }
        Console.endProgress()
        try BankReturnFile.refuse(faults)
        return states
    }

    private func view(
        _ withdrawal: Identifier, _ client: ServiceClient
    ) throws -> Gongji_V1_WithdrawalView {
        var body = Gongji_V1_ShowWithdrawal()
        body.withdrawal = withdrawal.data
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.body = .showWithdrawal(body)
        let answer = try answer(
            of: client, to: request, timeoutMilliseconds: service.timeoutMilliseconds,
            repeatableID: nil)
        guard case .withdrawal(let view) = answer else { throw unexpectedAnswer() }
        return view
    }

    private func progress(_ index: Int, _ count: Int, _ done: String) {
        guard (index + 1).isMultiple(of: 100) else { return }
        Console.progress("\(done) \(index + 1) of \(count) lines")
    }

    /// What the bank has of these payouts and has not spoken of. Nil if it cannot be asked for: what
    /// was told is told all the same.
    private func waiting(_ payouts: Set<Identifier>) -> [BankReturnTotals.Waiting]? {
        var waiting: [Identifier: Fund] = [:]
        do {
            try WithdrawalPages(Asking(service: service, output: output)).forEach(.handedOver) {
                guard let payout = Identifier($0.payout), payouts.contains(payout) else { return }
                waiting[payout, default: Fund()].add($0.amountFen)
            }
        } catch {
            return nil
        }
        return payouts.sorted().map { .init(payout: $0, fund: waiting[$0] ?? Fund()) }
    }

    private func tell(
        _ line: BankReturnFile.Line, _ client: ServiceClient
    ) throws {
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
        guard case .withdrawal = answer else { throw unexpectedAnswer() }
    }

    private func stopped(_ failure: CommandFailure, _ done: Int, _ all: Int) -> CommandFailure {
        Console.note("\(done) of \(all) lines were told; read the file again for the others")
        return failure
    }
}

extension BankReturnFile.Line {
    /// What it says of the withdrawal that the node says otherwise.
    func faults(against view: Gongji_V1_WithdrawalView) -> [String] {
        var faults: [String] = []
        if view.payout != payout.data {
            faults.append(
                view.payout.isEmpty
                    ? "\(withdrawal) was not handed over in any payout"
                    : "payout: \(withdrawal) was handed over in \(view.payout.hexText)")
        }
        if view.amountFen != amountFen {
            faults.append("amount_yuan: \(withdrawal) is \(YuanAmount.text(view.amountFen))")
        }
        return faults
    }
}

/// A number of payments and their sum.
struct Fund: Equatable {
    private(set) var count = 0
    private(set) var fen: Int64 = 0

    mutating func add(_ amountFen: Int64) {
        count += 1
        fen += amountFen
    }
}

/// What came of the lines of a bank's file.
struct BankReturnTotals {
    struct Waiting {
        let payout: Identifier
        let fund: Fund
    }

    private var paid = Fund()
    private var returned = Fund()
    private var toldBefore = Fund()
    var refused: [(line: BankReturnFile.Line, failure: CommandFailure)] = []
    /// Per payout; nil if it is not known.
    var waiting: [Waiting]?

    mutating func add(_ line: BankReturnFile.Line) {
        if line.paid { paid.add(line.amountFen) } else { returned.add(line.amountFen) }
    }

    mutating func addToldBefore(_ line: BankReturnFile.Line) { toldBefore.add(line.amountFen) }

    var text: String {
        var table = TextTable("result", ">lines", ">amount")
        func add(_ name: String, _ fund: Fund) {
            table.add(name, String(fund.count), YuanAmount.text(fund.fen))
        }
        add("paid", paid)
        add("returned, back in the account", returned)
        add("told before", toldBefore)
        table.add("refused", String(refused.count), "")
        let lines = refused.map { line, failure in
            "line \(line.number), \(line.withdrawal): " + failure.text.replacing("\n", with: " ")
        }
        let payouts =
            waiting?.map {
                $0.fund.count == 0
                    ? "payout \($0.payout): the bank has spoken of all"
                    : "payout \($0.payout): no word yet of \($0.fund.count), together "
                        + YuanAmount.text($0.fund.fen)
            } ?? ["of how many the bank has not spoken is not known: the node does not answer now"]
        return ([table.text()] + lines + payouts).joined(separator: "\n")
    }

    var json: JSON {
        [
            "outcome": refused.isEmpty ? "done" : "refused",
            "paid": .int(paid.count), "paid_fen": .int(paid.fen),
            "returned": .int(returned.count), "returned_fen": .int(returned.fen),
            "told_before": .int(toldBefore.count), "told_before_fen": .int(toldBefore.fen),
            "refused": .array(
                refused.map { line, failure in
                    JSON.object([
                        .init(key: "line", value: .int(line.number)),
                        .init(key: "withdrawal", value: .describing(line.withdrawal)),
                    ]).merging(failure.json)
                }),
            "payouts": waiting.map { waiting in
                .array(
                    waiting.map {
                        [
                            "payout": .describing($0.payout),
                            "without_word": .int($0.fund.count),
                            "without_word_fen": .int($0.fund.fen),
                        ]
                    })
            } ?? nil,
        ]
    }
}
