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

// As they stand in a row, from a column on, in the order above.

extension RelationColumns {
    init(_ row: PreparedStatement, _ column: Int32) throws {
        self.init(
            giver: try row.identifier(column), recipient: try row.identifierIfAny(column + 1),
            phase: row.integer(column + 2), openHolds: row.integer(column + 3),
            wake: row.integerIfAny(column + 4))
    }
}

extension WithdrawalColumns {
    init(_ row: PreparedStatement, _ column: Int32) throws {
        self.init(
            wallet: try row.identifier(column), state: row.integer(column + 1),
            created: row.integer(column + 2), amount: row.integer(column + 3))
    }
}

extension CoordinationColumns {
    init(_ row: PreparedStatement, _ column: Int32) throws {
        self.init(
            state: row.integer(column), live: row.integerIfAny(column + 1),
            wake: row.integerIfAny(column + 2), created: row.integer(column + 3),
            date: row.integerIfAny(column + 4), amount: row.integer(column + 5))
    }
}

extension ParticipationColumns {
    init(_ row: PreparedStatement, _ column: Int32) throws {
        self.init(
            state: row.integer(column), live: row.integerIfAny(column + 1),
            wake: row.integerIfAny(column + 2), care: row.integer(column + 3),
            date: row.integerIfAny(column + 4), amount: row.integer(column + 5))
    }
}

extension EvidenceColumns {
    init(_ row: PreparedStatement, _ column: Int32) throws {
        self.init(
            at: row.integer(column), accused: row.integer(column + 1),
            subject: try row.identifier(column + 2), reason: row.integer(column + 3))
    }
}
