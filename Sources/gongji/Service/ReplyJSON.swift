import Domain
import Foundation
import Wire

// What a node's replies look like for programs: snake_case, amounts in fen, times in RFC 3339.

extension Gongji_V1_AccountState {
    var json: JSON {
        [
            "wallet": .text(wallet.hexText), "insurance": .text(insuranceWord(insurance)),
            "standing": .text(standingWord(standing)), "region": .province(region),
            "balance_fen": .int(balanceFen),
            "violation": hasViolationUntil
                ? [
                    "until": .describing(BusinessDate(daysSince1970: violationUntil)),
                    "reason": .text(violationReason),
                ] : nil,
            "bank": bank.isEmpty ? nil : .text(bank),
            "card_set": bank.isEmpty ? nil : .describing(Instant(milliseconds: cardSetMs)),
            "card_set_by": cardSetBy.isEmpty ? nil : .text(cardSetBy),
            "card_confirmed_by": cardConfirmedBy.isEmpty ? nil : .text(cardConfirmedBy),
        ]
    }
}

extension Gongji_V1_RelationState {
    var json: JSON {
        let members: JSON = [
            "relation": .text(relation.hexText), "giver": .text(giver.hexText),
            "giver_region": .province(giverRegion),
            "recipient": recipient.isEmpty ? nil : .text(recipient.hexText),
            "recipient_province": .province(recipientProvince),
            "recipient_region": .province(recipientRegion),
            "kinship": .text(kinshipWord(kinship)), "state": .text(phaseWord(phase)),
            "waits_for": waitsFor.isEmpty ? nil : .text(waitsFor),
            "next": .array(next.map { .text($0) }),
            "consent_until": .moment(consentUntilMs),
            "available_fen": .int(availableFen), "open_holds": .int(Int64(openHolds)),
            "giver_balance_fen": .int(giverBalanceFen), "priority": .int(Int64(priority)),
            "status": status == 0 ? nil : .int(Int64(status)),
            "word": .optional(Status(rawValue: status)?.word),
        ]
        return members.merging(JSON.grounds(hasGrounds ? Grounds(grounds) : nil))
    }
}

extension Gongji_V1_ReceivedQuota {
    var json: JSON {
        [
            "relation": .text(relation.hexText), "province": .province(province),
            "giver": .text(giver.hexText), "kinship": .text(kinshipWord(kinship)),
            "available_fen": .int(availableFen), "state": .text(phaseWord(phase)),
            "granted": .describing(Instant(milliseconds: grantedMs)),
            "consent_until": .moment(consentUntilMs),
            "status": status == 0 ? nil : .int(Int64(status)),
            "word": .optional(Status(rawValue: status)?.word),
        ]
    }
}

extension Gongji_V1_Reservation {
    var json: JSON {
        [
            "transaction": .text(transaction.hexText), "reserved_fen": .int(reservedFen),
            "expires": .describing(Instant(milliseconds: expiresMs)),
            "draws": .array(draws.map(\.json)),
        ]
    }
}

extension Gongji_V1_Settlement {
    var json: JSON {
        [
            "transaction": .text(transaction.hexText), "result": .text(outcomeWord(outcome)),
            "final_fen": .int(finalFen), "business_date": .day(businessDate),
            "primary": .province(primary), "draws": .array(draws.map(\.json)),
            "reversal": reversal.isEmpty ? nil : .text(reversal.hexText),
            "reversal_date": .day(reversalDate),
        ]
    }
}

extension Gongji_V1_FinalDraw {
    var json: JSON {
        [
            "province": .province(province),
            "source": relation.isEmpty ? "own_account" : "quota",
            "relation": relation.isEmpty ? nil : .text(relation.hexText),
            "amount_fen": .int(amountFen),
        ]
    }
}

extension Gongji_V1_TransactionState {
    var json: JSON {
        [
            "transaction": .text(transaction.hexText),
            "coordinator": coordinator.isEmpty ? nil : .text(coordinator),
            "participant": participant.isEmpty ? nil : .text(participant),
            "care": .province(care), "primary": .province(primary),
            "participants": .array(participants.map { .province($0) }),
            "amount_fen": .int(amountFen), "final_fen": .int(finalFen),
            "business_date": .day(businessDate),
            "status": status == 0 ? nil : .int(Int64(status)),
            "word": .optional(Status(rawValue: status)?.word),
            "plan_digest": planDigest.isEmpty ? nil : .text(planDigest.hexText),
            "in_doubt": .bool(inDoubt), "waits_for": waitsFor.isEmpty ? nil : .text(waitsFor),
            "created": .describing(Instant(milliseconds: createdMs)),
        ]
    }
}

extension Gongji_V1_WalletState {
    var json: JSON {
        [
            "wallet": .text(wallet.hexText), "own": hasOwn ? own.json : nil,
            "received": .array(received.map(\.json)),
            "given": .array(given.map(\.json)),
        ]
    }
}

extension Gongji_V1_Family {
    var json: JSON { .array(members.map { .text($0.hexText) }) }
}

extension Gongji_V1_WithdrawalView {
    var json: JSON {
        let members: JSON = [
            "withdrawal": .text(withdrawal.hexText), "wallet": .text(wallet.hexText),
            "amount_fen": .int(amountFen), "reason": .text(reasonWord(reason)),
            "state": .text(withdrawalWord(state)),
            "handler": handler.isEmpty ? nil : .text(handler),
            "reviewer": reviewer.isEmpty ? nil : .text(reviewer),
            "exporter": exporter.isEmpty ? nil : .text(exporter),
            "status": status == 0 ? nil : .int(Int64(status)),
            "word": .optional(Status(rawValue: status)?.word),
            "bank_reason": bankReason.isEmpty ? nil : .text(bankReason),
            "payout": payout.isEmpty ? nil : .text(payout.hexText),
            "created": .describing(Instant(milliseconds: createdMs)),
        ]
        return members.merging(JSON.grounds(hasGrounds ? Grounds(grounds) : nil))
    }
}

extension Gongji_V1_WithdrawalList {
    var json: JSON {
        ["withdrawals": .array(withdrawals.map(\.json)), "more": .bool(more)]
    }
}

extension Gongji_V1_InDoubtList {
    var json: JSON {
        ["transactions": .array(transactions.map(\.json)), "more": .bool(more)]
    }
}

extension JSON {
    /// A day as days since 1970-01-01, 0 being none.
    static func day(_ days: Int32) -> JSON {
        days == 0 ? nil : .describing(BusinessDate(daysSince1970: days))
    }

    /// A moment in milliseconds since 1970, 0 being none.
    static func moment(_ milliseconds: Int64) -> JSON {
        milliseconds == 0 ? nil : .describing(Instant(milliseconds: milliseconds))
    }

    /// A province's or region's number, 0 being none.
    static func province(_ number: UInt32) -> JSON {
        number == 0 ? nil : .text(String(number))
    }
}

extension Data {
    /// Lower-case hexadecimal.
    var hexText: String { Bytes(self).hex }
}

func insuranceWord(_ insurance: Gongji_V1_Insurance) -> String {
    Insurance(rawValue: UInt8(clamping: insurance.rawValue))?.word ?? "unknown"
}

func kinshipWord(_ kinship: Gongji_V1_Kinship) -> String {
    Kinship(rawValue: UInt8(clamping: kinship.rawValue))?.word ?? "unknown"
}

func standingWord(_ standing: Gongji_V1_Standing) -> String {
    Standing(rawValue: UInt8(clamping: standing.rawValue))?.word ?? "unknown"
}

func phaseWord(_ phase: Gongji_V1_RelationPhase) -> String {
    RelationPhase(rawValue: UInt8(clamping: phase.rawValue))?.word ?? "unknown"
}

func categoryWord(_ category: Gongji_V1_Category) -> String {
    Domain.Category(rawValue: UInt8(clamping: category.rawValue))?.word ?? "unknown"
}

func reasonWord(_ reason: Gongji_V1_WithdrawalReason) -> String {
    WithdrawalReason(rawValue: UInt8(clamping: reason.rawValue))?.word ?? "unknown"
}

func withdrawalWord(_ state: Gongji_V1_WithdrawalState) -> String {
    WithdrawalState(rawValue: UInt8(clamping: state.rawValue))?.word ?? "unknown"
}

func outcomeWord(_ outcome: Gongji_V1_Outcome) -> String {
    switch outcome {
    case .committed: "committed"
    case .released: "released"
    case .reversed: "reversed"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
}
