/// The statements of the hot path, each prepared once for a connection.
enum SQLiteQuery: Int, CaseIterable {
    case balance, setBalance, deleteBalance, available, setAvailable, addPosting
    case person, setPerson, deletePerson
    case relation, updateRelation, setRelation, deleteRelation
    case grants, setGrants, deleteGrants
    case coordination, coordinationState, setCoordination, deleteCoordination
    case participation, participationState, setParticipation, deleteParticipation
    case addTally
    case answer, setAnswer, deleteAnswer
    case setLink
    case lastOutbox, outboxFrames, addOutbox, deleteOutbox, countOutbox
    case lastInbound, addInbound, lastOutbound, addOutbound
    case dueCoordinations, dueParticipations
    case note, setNote, deleteNote

    var sql: String {
        switch self {
        case .balance: "SELECT balance FROM account WHERE key = ?"
        case .setBalance:
            """
            INSERT INTO account (key, balance) VALUES (?, ?)
            ON CONFLICT (key) DO UPDATE SET balance = excluded.balance
            """
        case .deleteBalance: "DELETE FROM account WHERE key = ?"
        case .available: "SELECT available FROM relation WHERE id = ?"
        case .setAvailable:
            """
            INSERT INTO relation (id, available) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET available = excluded.available
            """
        case .addPosting:
            """
            INSERT INTO posting (at, cause, step, debit, credit, amount)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        case .person: "SELECT body FROM person WHERE wallet = ?"
        case .setPerson:
            """
            INSERT INTO person (wallet, body) VALUES (?, ?)
            ON CONFLICT (wallet) DO UPDATE SET body = excluded.body
            """
        case .deletePerson: "DELETE FROM person WHERE wallet = ?"
        case .relation: "SELECT body FROM relation WHERE id = ? AND body IS NOT NULL"
        case .updateRelation:
            """
            UPDATE relation SET phase = ?4, open_holds = ?5, body = ?6
            WHERE id = ?1 AND giver = ?2 AND recipient = ?3
            """
        case .setRelation:
            """
            INSERT INTO relation (id, giver, recipient, phase, open_holds, body)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET giver = excluded.giver,
                recipient = excluded.recipient, phase = excluded.phase,
                open_holds = excluded.open_holds, body = excluded.body
            """
        case .deleteRelation:
            """
            UPDATE relation SET giver = NULL, recipient = NULL, phase = NULL, open_holds = NULL,
                body = NULL
            WHERE id = ?
            """
        case .grants: "SELECT body FROM grants WHERE wallet = ?"
        case .setGrants:
            """
            INSERT INTO grants (wallet, body) VALUES (?, ?)
            ON CONFLICT (wallet) DO UPDATE SET body = excluded.body
            """
        case .deleteGrants: "DELETE FROM grants WHERE wallet = ?"
        case .coordination: #"SELECT body FROM coordination WHERE "transaction" = ?"#
        case .coordinationState: #"SELECT state FROM coordination WHERE "transaction" = ?"#
        case .setCoordination:
            """
            INSERT INTO coordination
                ("transaction", state, live, wake, created, business_date, amount, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT ("transaction") DO UPDATE SET state = excluded.state,
                live = excluded.live, wake = excluded.wake,
                business_date = excluded.business_date, amount = excluded.amount,
                body = excluded.body
            """
        case .deleteCoordination: #"DELETE FROM coordination WHERE "transaction" = ?"#
        case .participation: #"SELECT body FROM participation WHERE "transaction" = ?"#
        case .participationState: #"SELECT state FROM participation WHERE "transaction" = ?"#
        case .setParticipation:
            """
            INSERT INTO participation
                ("transaction", state, live, wake, care, business_date, amount, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT ("transaction") DO UPDATE SET state = excluded.state,
                live = excluded.live, wake = excluded.wake,
                business_date = excluded.business_date, amount = excluded.amount,
                body = excluded.body
            """
        case .deleteParticipation: #"DELETE FROM participation WHERE "transaction" = ?"#
        case .addTally:
            """
            INSERT INTO tally (part, state, count) VALUES (?, ?, ?)
            ON CONFLICT (part, state) DO UPDATE SET count = count + excluded.count
            """
        case .answer: "SELECT body FROM answer WHERE id = ?"
        case .setAnswer:
            """
            INSERT INTO answer (id, body) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET body = excluded.body
            """
        case .deleteAnswer: "DELETE FROM answer WHERE id = ?"
        case .setLink: "INSERT OR REPLACE INTO link (peer, body) VALUES (?, ?)"
        case .lastOutbox: "SELECT max(sequence) FROM outbox WHERE peer = ?"
        case .outboxFrames:
            """
            SELECT sequence, frame FROM outbox WHERE peer = ? ORDER BY sequence LIMIT ?
            """
        case .addOutbox: "INSERT INTO outbox (peer, sequence, frame) VALUES (?, ?, ?)"
        case .deleteOutbox: "DELETE FROM outbox WHERE peer = ? AND sequence < ?"
        case .countOutbox: "SELECT count(*) FROM outbox WHERE peer = ?"
        case .lastInbound: SQLiteQuery.last("journal_inbound")
        case .lastOutbound: SQLiteQuery.last("journal_outbound")
        case .addInbound: SQLiteQuery.add("journal_inbound")
        case .addOutbound: SQLiteQuery.add("journal_outbound")
        case .dueCoordinations: SQLiteQuery.due("coordination")
        case .dueParticipations: SQLiteQuery.due("participation")
        case .note: "SELECT value FROM note WHERE name = ?"
        case .setNote: "INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)"
        case .deleteNote: "DELETE FROM note WHERE name = ?"
        }
    }

    private static func last(_ table: String) -> String {
        "SELECT number, chain FROM \(table) ORDER BY number DESC LIMIT 1"
    }

    private static func add(_ table: String) -> String {
        """
        INSERT INTO \(table)
            (number, peer, epoch, first_sequence, last_sequence, at, chain, envelope, frames)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    }

    private static func due(_ table: String) -> String {
        """
        SELECT wake, "transaction" FROM \(table)
        WHERE live = 1 AND wake <= ? ORDER BY wake, "transaction" LIMIT ?
        """
    }
}
