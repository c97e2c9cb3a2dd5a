import Domain
import Foundation
import Wire

// What a node's replies look like for programs: snake_case, amounts in fen, times in RFC 3339.

extension Gongji_V1_AccountState {
    var json: JSON {
        [
            "wallet": .text(wallet.hexText), "insurance": .text(insuranceWord(insurance)),
            "balance_fen": .int(balanceFen),
        ]
    }
}

extension Gongji_V1_RelationState {
    var json: JSON {
        [
            "relation": .text(relation.hexText), "giver": .text(giver.hexText),
            "recipient": .text(recipient.hexText),
            "recipient_province": .province(recipientProvince),
            "kinship": .text(kinshipWord(kinship)), "state": .text(phaseWord(phase)),
            "available_fen": .int(availableFen), "open_holds": .int(Int64(openHolds)),
            "giver_balance_fen": .int(giverBalanceFen),
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
            "in_doubt": .bool(inDoubt), "waits_for": waitsFor.isEmpty ? nil : .text(waitsFor),
            "created": .describing(Instant(milliseconds: createdMs)),
        ]
    }
}

extension Gongji_V1_WalletState {
    var json: JSON {
        [
            "wallet": .text(wallet.hexText), "own": hasOwn ? own.json : nil,
            "received": .array(
                received.map { grant in
                    [
                        "relation": .text(grant.relation.hexText),
                        "province": .province(grant.province),
                        "available_fen": .int(grant.availableFen),
                        "active": .bool(grant.active),
                        "granted": .describing(Instant(milliseconds: grant.grantedMs)),
                    ]
                }),
            "given": .array(given.map(\.json)),
        ]
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

    /// A province's number, 0 being none.
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

func phaseWord(_ phase: Gongji_V1_RelationPhase) -> String {
    switch phase {
    case .active: "active"
    case .ending: "ending"
    case .ended: "ended"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
}

func outcomeWord(_ outcome: Gongji_V1_Outcome) -> String {
    switch outcome {
    case .committed: "committed"
    case .released: "released"
    case .reversed: "reversed"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
}
