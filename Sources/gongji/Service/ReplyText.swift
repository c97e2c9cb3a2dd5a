import Domain
import Foundation
import Wire

// What a node's replies look like for people.

extension Gongji_V1_AccountState {
    var text: String {
        var lines = [
            "wallet     \(wallet.hexText)",
            "insurance  \(insuranceWord(insurance)), \(standingWord(standing))",
        ]
        if region != 0 { lines.append("region     \(region)") }
        lines.append("balance    \(YuanAmount.text(balanceFen))")
        if hasViolationUntil {
            lines.append(
                "violation  until \(BusinessDate(daysSince1970: violationUntil)): \(violationReason)"
            )
        }
        if !bank.isEmpty {
            let confirmed =
                cardConfirmedBy.isEmpty ? "not confirmed" : "confirmed by \(cardConfirmedBy)"
            lines.append(
                "card       account at \(bank), set by \(cardSetBy) at "
                    + "\(Instant(milliseconds: cardSetMs)), \(confirmed)")
        }
        return lines.joined(separator: "\n")
    }
}

extension Gongji_V1_RelationState {
    var text: String {
        var lines = [
            "relation         \(relation.hexText)",
            "giver            \(giver.hexText)\(place(giverRegion))",
            "recipient        \(recipientText)",
            "kinship          \(kinshipWord(kinship))",
            "state            \(stateWord)\(awaited.isEmpty ? "" : ": waits for \(awaited)")",
        ]
        if consentUntilMs != 0 {
            lines.append("consent until    \(Instant(milliseconds: consentUntilMs))")
        }
        if status != 0 {
            let verb = isRefusal(phase, status) ? "refused" : "ended"
            lines.append("\(verb) because".padded(17) + statusText(status))
        }
        if hasGrounds, let grounds = Grounds(grounds) { lines.append(grounds.sentence) }
        lines.append("quota left       \(YuanAmount.text(availableFen))")
        lines.append("open holds       \(openHolds)")
        if priority != 0 { lines.append("priority         \(priority)") }
        lines.append("giver's balance  \(YuanAmount.text(giverBalanceFen))")
        lines += next.map { "next             \($0)" }
        return lines.joined(separator: "\n")
    }

    private var stateWord: String { isRefusal(phase, status) ? "refused" : phaseWord(phase) }

    /// All that it waits for: a proof may be missing, and the consent after it.
    fileprivate var awaited: String {
        switch phase {
        case .proposed where consentUntilMs != 0 && recipientRegion != 0:
            "\(waitsFor), then consent of the recipient"
        case .proposed, .awaitingConsent, .suspended, .ending: waitsFor
        case .active, .ended, .unspecified, .UNRECOGNIZED: ""
        }
    }

    /// What people do for it to become active, in order.
    var next: [String] {
        let consent =
            "at the node of \(recipientProvince): gongji relation consent --relation "
            + "\(relation.hexText) --wallet \(recipient.isEmpty ? "ID" : recipient.hexText) "
            + "--verified METHOD --verification-reference TEXT"
        switch phase {
        case .proposed where recipientRegion == 0:
            return ["gongji relation show --relation \(relation.hexText)"]
        case .proposed:
            return [
                "gongji relation proof --relation \(relation.hexText) --kinship-proof FILE"
            ] + (consentUntilMs == 0 ? [] : [consent])
        case .awaitingConsent: return [consent]
        case .active, .suspended, .ending, .ended, .unspecified, .UNRECOGNIZED: return []
        }
    }

    /// Not known until the province has opened a sealed identity number.
    private var recipientText: String {
        (recipient.isEmpty ? "not told yet," : recipient.hexText)
            + place(recipientRegion == 0 ? recipientProvince : recipientRegion)
    }

    private func place(_ region: UInt32) -> String { region == 0 ? "" : " in \(region)" }

    /// The cells of ``givenTable(_:)``.
    fileprivate var cells: [String] {
        [
            recipientText, relation.hexText, kinshipWord(kinship), YuanAmount.text(availableFen),
            stateWord, String(openHolds), note(status, consentUntilMs),
        ]
    }
}

extension Gongji_V1_Reservation {
    var text: String {
        """
        reserved     \(YuanAmount.text(reservedFen))
        transaction  \(transaction.hexText)
        holds until  \(Instant(milliseconds: expiresMs))
        \(drawsText(draws))
        """
    }
}

extension Gongji_V1_Settlement {
    var text: String {
        var lines = [
            "\(settledWord(outcome).padded(11))  \(YuanAmount.text(finalFen))",
            "transaction  \(transaction.hexText)",
        ]
        if businessDate != 0 {
            lines.append("date         \(BusinessDate(daysSince1970: businessDate))")
        }
        if primary != 0 { lines.append("decided by   \(primary)") }
        if !reversal.isEmpty {
            lines.append("reversal     \(reversal.hexText)")
            lines.append("reversed on  \(BusinessDate(daysSince1970: reversalDate))")
        }
        if !draws.isEmpty { lines.append(drawsText(draws)) }
        return lines.joined(separator: "\n")
    }
}

extension Gongji_V1_TransactionState {
    var text: String {
        var lines = ["transaction   \(transaction.hexText)"]
        if !coordinator.isEmpty {
            lines.append("as care node  \(coordinator): \(coordinatorSentence(coordinator))")
        }
        if !participant.isEmpty {
            lines.append("as payer      \(participant): \(participantSentence(participant))")
        }
        lines.append("care          \(care)")
        if primary != 0 { lines.append("primary       \(primary)") }
        if !participants.isEmpty {
            lines.append("participants  \(participants.map(String.init).joined(separator: " "))")
        }
        lines.append("bill          \(YuanAmount.text(amountFen))")
        if finalFen != 0 { lines.append("settled       \(YuanAmount.text(finalFen))") }
        if businessDate != 0 {
            lines.append("date          \(BusinessDate(daysSince1970: businessDate))")
        }
        if let status = Status(rawValue: status) {
            lines.append("status        \(status.rawValue) \(status.word): \(status.sentence)")
        }
        if createdMs != 0 { lines.append("since         \(Instant(milliseconds: createdMs))") }
        if !planDigest.isEmpty { lines.append("plan digest   \(planDigest.hexText)") }
        lines.append("in doubt      \(inDoubt ? "yes" : "no")")
        if !waitsFor.isEmpty { lines.append("waits for     \(waitsFor)") }
        return lines.joined(separator: "\n")
    }
}

extension Gongji_V1_WalletState {
    var text: String {
        var lines = ["wallet  \(wallet.hexText)"]
        if hasOwn {
            lines.append(
                "own     \(YuanAmount.text(own.balanceFen)) (\(insuranceWord(own.insurance)))")
        }
        if !received.isEmpty {
            lines.append(receivedTable(received, of: wallet.hexText))
        }
        if !given.isEmpty { lines.append(givenTable(given)) }
        return lines.joined(separator: "\n")
    }
}

/// What a person gives, one relation a line.
func givenTable(_ relations: [Gongji_V1_RelationState]) -> String {
    if relations.isEmpty { return "nothing is given" }
    var table = TextTable(
        "given to", "relation", "kinship", ">quota left", "state", ">holds", "note")
    for relation in relations { table.add(relation.cells) }
    let waiting = relations.filter { !$0.awaited.isEmpty }.flatMap { relation in
        ["\(relation.relation.hexText) waits for \(relation.awaited)"]
            + relation.next.map { "  next: \($0)" }
    }
    return ([table.text()] + waiting).joined(separator: "\n")
}

/// What a person receives, one relation a line. What transactions hold of a quota is known in the
/// giver's province only.
func receivedTable(_ grants: [Gongji_V1_ReceivedQuota], of wallet: String) -> String {
    if grants.isEmpty { return "nothing is received" }
    var table = TextTable(
        "received from", "relation", "kinship", ">quota (holds not counted)", "state", "since",
        "note")
    for grant in grants {
        table.add(
            "\(grant.giver.hexText) in \(grant.province)", grant.relation.hexText,
            kinshipWord(grant.kinship), YuanAmount.text(grant.availableFen),
            isRefusal(grant.phase, grant.status) ? "refused" : phaseWord(grant.phase),
            Instant(milliseconds: grant.grantedMs).description,
            note(grant.status, grant.consentUntilMs))
    }
    return ([table.text()] + grants.flatMap { $0.awaited(by: wallet) }).joined(separator: "\n")
}

extension Gongji_V1_ReceivedQuota {
    fileprivate func awaited(by wallet: String) -> [String] {
        let id = relation.hexText
        switch phase {
        case .proposed:
            return [
                "\(id) waits for what its giver's province tells",
                "  next: at the node of \(province): gongji relation show --relation \(id)",
            ]
        case .awaitingConsent:
            return [
                "\(id) waits for consent of the recipient",
                "  next: gongji relation consent --relation \(id) --wallet \(wallet) "
                    + "--verified METHOD --verification-reference TEXT",
            ]
        case .active, .suspended, .ending, .ended, .unspecified, .UNRECOGNIZED: return []
        }
    }
}

/// Whether it ended before it was active. By itself an active one ends with the insurance only, and
/// without a status when the giver wishes.
private func isRefusal(_ phase: Gongji_V1_RelationPhase, _ status: UInt32) -> Bool {
    phase == .ended && status != 0 && status != UInt32(Status.insuranceChanged.rawValue)
}

private func note(_ status: UInt32, _ consentUntilMs: Int64) -> String {
    if status != 0 { return Status(rawValue: status)?.word ?? String(status) }
    return consentUntilMs == 0 ? "" : "consent until \(Instant(milliseconds: consentUntilMs))"
}

private func statusText(_ number: UInt32) -> String {
    guard let status = Status(rawValue: number) else { return String(number) }
    return "\(status.rawValue) \(status.word): \(status.sentence)"
}

extension Gongji_V1_Family {
    var text: String {
        if members.isEmpty { return "in no family group" }
        return members.map(\.hexText).joined(separator: "\n")
    }
}

extension Gongji_V1_WithdrawalView {
    var text: String {
        var lines = [
            "withdrawal   \(withdrawal.hexText)",
            "wallet       \(wallet.hexText)",
            "amount       \(YuanAmount.text(amountFen))",
            "reason       \(reasonWord(reason))",
            "state        \(withdrawalWord(state))",
        ]
        if status != 0 { lines.append("because      \(statusText(status))") }
        if hasGrounds, let grounds = Grounds(grounds) { lines.append(grounds.sentence) }
        if !bankReason.isEmpty { lines.append("bank         \(bankReason)") }
        if !handler.isEmpty { lines.append("handler      \(handler)") }
        if !reviewer.isEmpty { lines.append("reviewer     \(reviewer)") }
        if !exporter.isEmpty { lines.append("exporter     \(exporter)") }
        if !payout.isEmpty { lines.append("payout       \(payout.hexText)") }
        lines.append("since        \(Instant(milliseconds: createdMs))")
        return lines.joined(separator: "\n")
    }
}

extension Gongji_V1_WithdrawalList {
    func text(_ state: WithdrawalState) -> String {
        if withdrawals.isEmpty { return "no withdrawal is \(state.word)" }
        var table = TextTable(
            "withdrawal", "wallet", "reason", ">amount", "handler", "reviewer", "since")
        for view in withdrawals {
            table.add(
                view.withdrawal.hexText, view.wallet.hexText, reasonWord(view.reason),
                YuanAmount.text(view.amountFen), view.handler.isEmpty ? "-" : view.handler,
                view.reviewer.isEmpty ? "-" : view.reviewer,
                Instant(milliseconds: view.createdMs).description)
        }
        let sum = withdrawals.map(\.amountFen).reduce(0, +)
        var text = table.text() + "\n\(withdrawals.count) together \(YuanAmount.text(sum))"
        if more, let last = withdrawals.last {
            text += "\nthere are more: --after \(last.withdrawal.hexText)"
        }
        return text
    }
}

extension Gongji_V1_InDoubtList {
    /// A table; with `all` it tells for each whether it is in doubt.
    func text(all: Bool) -> String {
        if transactions.isEmpty {
            if all { return "nothing is open" }
            return more
                ? "nothing is in doubt among the oldest \(OpenTransactions.askedMax) open transactions"
                : "nothing is in doubt"
        }
        var table = TextTable(
            [
                "transaction", "care", "primary", "as care node", "as payer", ">bill", "since",
                "waits for",
            ] + (all ? ["in doubt"] : []))
        for state in transactions {
            table.add(
                [
                    state.transaction.hexText, String(state.care), String(state.primary),
                    state.coordinator.isEmpty ? "-" : state.coordinator,
                    state.participant.isEmpty ? "-" : state.participant,
                    YuanAmount.text(state.amountFen),
                    Instant(milliseconds: state.createdMs).description, state.waitsFor,
                ] + (all ? [state.inDoubt ? "yes" : "no"] : []))
        }
        return table.text() + (more ? "\nthere may be more: give a larger --limit" : "")
    }
}

private func drawsText(_ draws: [Gongji_V1_FinalDraw]) -> String {
    var table = TextTable("from", "source", ">amount")
    for draw in draws {
        table.add(
            String(draw.province),
            draw.relation.isEmpty ? "own account" : "quota \(draw.relation.hexText)",
            YuanAmount.text(draw.amountFen))
    }
    return table.text()
}

private func settledWord(_ outcome: Gongji_V1_Outcome) -> String {
    switch outcome {
    case .committed: "settled"
    case .released: "released"
    case .reversed: "reversed"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
}

extension String {
    func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
