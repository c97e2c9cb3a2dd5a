/// The statements of the hot path, each prepared once for a connection.
enum SQLiteQuery: Int, CaseIterable {
    case balance, setBalance, deleteBalance, available, setAvailable, addPosting
    case person, setPerson, deletePerson
    case relation, updateRelation, setRelation, deleteRelation, given
    case grants, setGrants, deleteGrants
    case coordination, coordinationState, setCoordination, deleteCoordination
    case participation, participationState, setParticipation, deleteParticipation
    case addTally, head, setHead, endOfPostings
    case answer, setAnswer, deleteAnswer
    case identity, setIdentity, deleteIdentity
    case family, setFamily, deleteFamily
    case document, setDocument, deleteDocument
    case withdrawal, setWithdrawal, deleteWithdrawal
    case setUsage
    case addEvidence, lastEvidence
    case addPersonChange
    case link, setLink
    case lastOutbox, outboxFrames, addOutbox, deleteOutbox, countOutbox
    case lastInbound, addInbound, lastOutbound, addOutbound
    case dueCoordinations, dueParticipations, dueRelations
    case note, setNote, deleteNote

    var sql: String {
        switch self {
        case .balance: "SELECT balance, seal FROM account WHERE key = ?"
        case .setBalance:
            """
            INSERT INTO account (key, balance, seal) VALUES (?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET balance = excluded.balance, seal = excluded.seal
            """
        case .deleteBalance: "DELETE FROM account WHERE key = ?"
        case .available: "SELECT available, available_seal FROM relation WHERE id = ?"
        case .setAvailable:
            """
            INSERT INTO relation (id, available, available_seal) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET available = excluded.available,
                available_seal = excluded.available_seal
            """
        case .addPosting:
            """
            INSERT INTO posting (number, at, cause, step, debit, credit, amount, chain)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
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
            UPDATE relation SET phase = ?5, open_holds = ?6, body = ?7
            WHERE id = ?1 AND giver = ?2 AND recipient IS ?3 AND wake IS ?4
            """
        case .setRelation:
            """
            INSERT INTO relation (id, giver, recipient, wake, phase, open_holds, body)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET giver = excluded.giver,
                recipient = excluded.recipient, wake = excluded.wake, phase = excluded.phase,
                open_holds = excluded.open_holds, body = excluded.body
            """
        case .deleteRelation:
            """
            UPDATE relation SET giver = NULL, recipient = NULL, wake = NULL, phase = NULL,
                open_holds = NULL, body = NULL
            WHERE id = ?
            """
        case .given:
            """
            SELECT id FROM relation WHERE giver = ? AND giver IS NOT NULL AND phase <> ?
            ORDER BY id LIMIT ?
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
        case .head: "SELECT seal, count FROM tally WHERE part = 3"
        case .setHead:
            "INSERT OR REPLACE INTO tally (part, state, count, seal) VALUES (3, 0, ?, ?)"
        case .endOfPostings: "SELECT number, chain FROM posting ORDER BY number DESC LIMIT 1"
        case .answer: "SELECT body FROM answer WHERE id = ?"
        case .setAnswer:
            """
            INSERT INTO answer (id, body) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET body = excluded.body
            """
        case .deleteAnswer: "DELETE FROM answer WHERE id = ?"
        case .identity: #"SELECT body FROM identity WHERE "index" = ?"#
        case .setIdentity: #"INSERT OR REPLACE INTO identity ("index", body) VALUES (?, ?)"#
        case .deleteIdentity: #"DELETE FROM identity WHERE "index" = ?"#
        case .family: "SELECT body FROM family WHERE id = ?"
        case .setFamily: "INSERT OR REPLACE INTO family (id, body) VALUES (?, ?)"
        case .deleteFamily: "DELETE FROM family WHERE id = ?"
        case .document: "SELECT body FROM document WHERE digest = ?"
        case .setDocument: "INSERT OR REPLACE INTO document (digest, body) VALUES (?, ?)"
        case .deleteDocument: "DELETE FROM document WHERE digest = ?"
        case .withdrawal: "SELECT body FROM withdrawal WHERE id = ?"
        case .setWithdrawal:
            """
            INSERT INTO withdrawal (id, wallet, state, created, amount, body)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET wallet = excluded.wallet, state = excluded.state,
                created = excluded.created, amount = excluded.amount, body = excluded.body
            """
        case .deleteWithdrawal: "DELETE FROM withdrawal WHERE id = ?"
        case .setUsage:
            """
            INSERT OR REPLACE INTO usage
                (subject, age, "transaction", source, insured, care, institution, category,
                amount, reversal_date, other, seal)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        case .addEvidence:
            """
            INSERT INTO evidence (number, at, accused, subject, reason, body)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (subject, accused, reason) DO NOTHING
            """
        case .lastEvidence: "SELECT number, body FROM evidence ORDER BY number DESC LIMIT 1"
        case .link: "SELECT body FROM link WHERE peer = ?"
        case .addPersonChange: "INSERT INTO person_change (wallet, number, body) VALUES (?, ?, ?)"
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
        case .dueRelations:
            "SELECT wake, id FROM relation WHERE wake <= ? ORDER BY wake, id LIMIT ?"
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
            (number, peer, epoch, first_sequence, last_sequence, at, chain, seal, envelope,
            frames)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    }

    private static func due(_ table: String) -> String {
        """
        SELECT wake, "transaction" FROM \(table)
        WHERE live = 1 AND wake <= ? ORDER BY wake, "transaction" LIMIT ?
        """
    }
}
