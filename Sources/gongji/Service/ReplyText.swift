import Domain
import Foundation
import Wire

// What a node's replies look like for people.

extension Gongji_V1_AccountState {
    var text: String {
        """
        wallet     \(wallet.hexText)
        insurance  \(insuranceWord(insurance))
        balance    \(YuanAmount.text(balanceFen))
        """
    }
}

extension Gongji_V1_RelationState {
    var text: String {
        """
        relation         \(relation.hexText)
        giver            \(giver.hexText)
        recipient        \(recipient.hexText) in \(recipientProvince)
        kinship          \(kinshipWord(kinship))
        state            \(phaseWord(phase))
        quota left       \(YuanAmount.text(availableFen))
        open holds       \(openHolds)
        giver's balance  \(YuanAmount.text(giverBalanceFen))
        """
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
        var table = TextTable("received from", "relation", ">quota left", "state", "since")
        for grant in received {
            table.add(
                String(grant.province), grant.relation.hexText, YuanAmount.text(grant.availableFen),
                grant.active ? "active" : "ended",
                Instant(milliseconds: grant.grantedMs).description)
        }
        if !table.isEmpty { lines.append(table.text()) }
        var given = TextTable("given to", "relation", ">quota left", "state", ">holds")
        for relation in self.given {
            given.add(
                "\(relation.recipient.hexText) in \(relation.recipientProvince)",
                relation.relation.hexText, YuanAmount.text(relation.availableFen),
                phaseWord(relation.phase), String(relation.openHolds))
        }
        if !given.isEmpty { lines.append(given.text()) }
        return lines.joined(separator: "\n")
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
