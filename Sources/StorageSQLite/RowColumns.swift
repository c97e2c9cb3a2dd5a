import Domain
import Settlement

// The columns by which records are searched and shown, beside their sealed bodies.

struct RelationColumns: Equatable {
    let giver: Identifier
    let recipient: Identifier?
    let phase: Int64
    let openHolds: Int64
    let wake: Int64?
}

struct WithdrawalColumns: Equatable {
    let wallet: Identifier
    let state: Int64
    let created: Int64
    let amount: Int64
}

struct CoordinationColumns: Equatable {
    let state: Int64
    let live: Int64?
    let wake: Int64?
    let created: Int64
    let date: Int64?
    let amount: Int64
}

struct ParticipationColumns: Equatable {
    let state: Int64
    let live: Int64?
    let wake: Int64?
    let care: Int64
    let date: Int64?
    let amount: Int64
}

struct EvidenceColumns: Equatable {
    let at: Int64
    let accused: Int64
    let subject: Identifier
    let reason: Int64
}

extension Relation {
    var columns: RelationColumns {
        RelationColumns(
            giver: giver.value, recipient: recipient?.value, phase: Int64(phase.rawValue),
            openHolds: Int64(openHolds), wake: wake?.milliseconds)
    }
}

extension Withdrawal {
    var columns: WithdrawalColumns {
        WithdrawalColumns(
            wallet: wallet.value, state: Int64(state.rawValue), created: created.milliseconds,
            amount: amount.value)
    }
}

extension Coordination {
    var columns: CoordinationColumns {
        let settled = finals.isEmpty ? nil : finals.sum()
        return CoordinationColumns(
            state: Int64(state.rawValue), live: state.isOpen || wake != nil ? 1 : nil,
            wake: wake?.milliseconds, created: created.milliseconds,
            date: date.map { Int64($0.daysSince1970) }, amount: (settled ?? order.amount).value)
    }
}

extension Participation {
    var columns: ParticipationColumns {
        ParticipationColumns(
            state: Int64(state.rawValue), live: state == .held || wake != nil ? 1 : nil,
            wake: wake?.milliseconds, care: Int64(care.number),
            date: date.map { Int64($0.daysSince1970) }, amount: held.sum().value)
    }
}

extension Evidence {
    var columns: EvidenceColumns {
        EvidenceColumns(
            at: at.milliseconds, accused: Int64(accused.number), subject: subject,
            reason: Int64(reason.rawValue))
    }
}
