import Settlement

/// One step of the schema. What was released is never changed: a later need is a later step.
struct SQLiteMigration {
    /// 1, 2, …; stands in `PRAGMA user_version`.
    let number: Int
    /// What it is for, kept in the table `migration`.
    let note: String
    let sql: String
}

enum SQLiteSchema {
    /// `PRAGMA application_id`: the ASCII text `GONG`. Tells a store from any other SQLite file.
    static let applicationID: Int32 = 0x474f_4e47

    static let migrations = [
        SQLiteMigration(
            number: 1,
            note:
                "the first schema: books, people, transactions, withdrawals, usage, links, journal",
            sql: tables + views)
    ]

    static var version: Int { migrations.count }

    // Narrow rows with a random key are WITHOUT ROWID; rows with a large body have a rowid, as such
    // bodies would make the inner pages of a WITHOUT ROWID tree wide and the tree deep.
    //
    // The account `available` of a relation stands in the relation's own row, not in `account`: a
    // settlement changes both, and one page of a random place less to write is a tenth of the cost
    // of a settlement. A row without a body is such a balance without a relation.
    //
    // Every `body`, `frame` of the outbox and `value` of a note is a tag of 16 octets and what it seals
    // (`Storage/Sealing`); the other columns of such a row are made from it, to search by. `seal` is the
    // tag of the columns of a row without a body; a `chain` of postings covers the posting before.
    //
    // `live` is 1 while a transaction is open or has a `wake`, else null, so that the index on it
    // holds only those few. `tally` has the number of transactions in each state (part 1:
    // coordination, 2: participation), as counting millions of rows would take seconds. Its part 3 is
    // the number of commits that changed something, with the sealed head of the store: a table of one
    // page that nearly every commit writes anyway. Part 4 tells the key that all is sealed under.
    //
    // `usage` is read in the order of its key: `subject` is the side (1: giver, 2: recipient, 3:
    // institution) with the wallet or the code, `age` the date with its sign turned, so that the
    // newest comes first in an order that one comparison of the whole key can begin anywhere in.
    // `institution` is null where the subject says it.
    private static let tables = """
        PRAGMA application_id = 0x474f4e47;

        CREATE TABLE migration (
            number INTEGER PRIMARY KEY, note TEXT NOT NULL, applied TEXT NOT NULL
        ) STRICT;
        CREATE TABLE note (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE account (
            key BLOB PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance > 0),
            seal BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE posting (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, cause BLOB NOT NULL,
            step INTEGER NOT NULL, debit BLOB NOT NULL, credit BLOB NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0), chain BLOB NOT NULL
        ) STRICT;

        CREATE TABLE identity (
            "index" BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE family (
            id BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE person (
            wallet BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE relation (
            id BLOB PRIMARY KEY, giver BLOB, recipient BLOB, phase INTEGER, open_holds INTEGER,
            wake INTEGER, available INTEGER NOT NULL DEFAULT 0 CHECK (available >= 0),
            available_seal BLOB, body BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX relation_giver ON relation (giver, id) WHERE giver IS NOT NULL;
        CREATE INDEX relation_wake ON relation (wake, id) WHERE wake IS NOT NULL;
        CREATE TABLE grants (
            wallet BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE coordination (
            "transaction" BLOB PRIMARY KEY, state INTEGER NOT NULL, live INTEGER, wake INTEGER,
            created INTEGER NOT NULL, business_date INTEGER, amount INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX coordination_live ON coordination (wake, "transaction") WHERE live = 1;
        CREATE TABLE participation (
            "transaction" BLOB PRIMARY KEY, state INTEGER NOT NULL, live INTEGER, wake INTEGER,
            care INTEGER NOT NULL, business_date INTEGER, amount INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX participation_live ON participation (wake, "transaction") WHERE live = 1;
        CREATE TABLE tally (
            part INTEGER NOT NULL, state INTEGER NOT NULL, count INTEGER NOT NULL, seal BLOB,
            PRIMARY KEY (part, state)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE answer (
            id BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT;

        CREATE TABLE document (
            digest BLOB PRIMARY KEY, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE withdrawal (
            id BLOB PRIMARY KEY, wallet BLOB NOT NULL, state INTEGER NOT NULL,
            created INTEGER NOT NULL, amount INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX withdrawal_state ON withdrawal (state, id);
        CREATE TABLE usage (
            subject BLOB NOT NULL, age INTEGER NOT NULL, "transaction" BLOB NOT NULL,
            source BLOB NOT NULL, insured INTEGER NOT NULL, care INTEGER NOT NULL,
            institution TEXT, category INTEGER NOT NULL, amount INTEGER NOT NULL,
            reversal_date INTEGER, other BLOB, seal BLOB NOT NULL,
            PRIMARY KEY (subject, age, "transaction", source)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE person_change (
            wallet BLOB NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (wallet, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE evidence (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, accused INTEGER NOT NULL,
            subject BLOB NOT NULL, reason INTEGER NOT NULL, body BLOB NOT NULL,
            UNIQUE (subject, accused, reason)
        ) STRICT;

        CREATE TABLE link (peer INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        CREATE TABLE outbox (
            peer INTEGER NOT NULL, sequence INTEGER NOT NULL, frame BLOB NOT NULL,
            PRIMARY KEY (peer, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE journal_inbound (
            number INTEGER PRIMARY KEY, peer INTEGER NOT NULL, epoch BLOB NOT NULL,
            first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
            at INTEGER NOT NULL, chain BLOB NOT NULL, seal BLOB NOT NULL,
            envelope BLOB NOT NULL, frames BLOB NOT NULL
        ) STRICT;
        CREATE INDEX journal_inbound_sequence
            ON journal_inbound (peer, epoch, last_sequence, first_sequence);
        CREATE TABLE journal_outbound (
            number INTEGER PRIMARY KEY, peer INTEGER NOT NULL, epoch BLOB NOT NULL,
            first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
            at INTEGER NOT NULL, chain BLOB NOT NULL, seal BLOB NOT NULL,
            envelope BLOB NOT NULL, frames BLOB NOT NULL
        ) STRICT;
        CREATE INDEX journal_outbound_sequence
            ON journal_outbound (peer, epoch, last_sequence, first_sequence);

        """

    private static func words(of account: String) -> String {
        """
        CASE substr(\(account), 1, 1)
            WHEN x'01' THEN 'fund'
            WHEN x'02' THEN 'personal:' || lower(hex(substr(\(account), 2)))
            WHEN x'03' THEN 'available:' || lower(hex(substr(\(account), 2)))
            WHEN x'04' THEN 'held:' || lower(hex(substr(\(account), 2, 16))) || ':'
                || lower(hex(substr(\(account), 18)))
            WHEN x'05' THEN 'payable:' || CAST(substr(\(account), 2) AS TEXT)
            WHEN x'06' THEN 'receivable:' || CAST(substr(\(account), 2) AS TEXT)
            WHEN x'07' THEN 'institution:' || CAST(substr(\(account), 2) AS TEXT)
            WHEN x'08' THEN 'payout'
        END
        """
    }

    private static func yuan(_ column: String) -> String {
        "printf('%d.%02d', \(column) / 100, \(column) % 100)"
    }

    private static func time(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000 + 28800, 'unixepoch')"
            + " || printf('.%03d+08:00', \(column) % 1000)"
    }

    private static func day(_ column: String) -> String { "date(\(column) * 86400, 'unixepoch')" }

    private static let reasons = Evidence.Reason.allCases
        .map { "WHEN \($0.rawValue) THEN '\($0.word)'" }.joined(separator: " ")

    /// Views for people: ids in hexadecimal, numbers in words, amounts in yuan, Shanghai time.
    private static let views = """
        CREATE VIEW readable_account AS
            SELECT \(words(of: "key")) AS account, \(yuan("balance")) AS yuan FROM account
            UNION ALL
            SELECT 'available:' || lower(hex(id)), \(yuan("available")) FROM relation
            WHERE available > 0;
        CREATE VIEW readable_posting AS
            SELECT number, \(time("at")) AS at, lower(hex(cause)) AS cause,
                CASE step
                    WHEN 1 THEN 'deposit' WHEN 2 THEN 'set_quota' WHEN 3 THEN 'lower_quota'
                    WHEN 4 THEN 'reserve' WHEN 5 THEN 'commit' WHEN 6 THEN 'release'
                    WHEN 7 THEN 'claim' WHEN 8 THEN 'reversal' WHEN 9 THEN 'claim_reversal'
                    WHEN 10 THEN 'withdraw' WHEN 11 THEN 'payout_returned'
                END AS step,
                \(words(of: "debit")) AS debit, \(words(of: "credit")) AS credit,
                \(yuan("amount")) AS yuan
            FROM posting;
        CREATE VIEW readable_relation AS
            SELECT lower(hex(id)) AS id, lower(hex(giver)) AS giver,
                nullif(lower(hex(recipient)), '') AS recipient,
                CASE phase
                    WHEN 1 THEN 'proposed' WHEN 2 THEN 'awaiting_consent' WHEN 3 THEN 'active'
                    WHEN 4 THEN 'suspended' WHEN 5 THEN 'ending' WHEN 6 THEN 'ended'
                END AS phase,
                open_holds, \(time("wake")) AS wake, \(yuan("available")) AS available_yuan
            FROM relation WHERE body IS NOT NULL;
        CREATE VIEW readable_withdrawal AS
            SELECT lower(hex(id)) AS id, lower(hex(wallet)) AS wallet,
                CASE state
                    WHEN 1 THEN 'claiming' WHEN 2 THEN 'awaiting_review' WHEN 3 THEN 'approved'
                    WHEN 4 THEN 'handed_over' WHEN 5 THEN 'paid' WHEN 6 THEN 'returned'
                    WHEN 7 THEN 'refused'
                END AS state,
                \(time("created")) AS created, \(yuan("amount")) AS yuan
            FROM withdrawal;
        CREATE VIEW readable_usage AS
            SELECT CASE substr(subject, 1, 1)
                    WHEN x'01' THEN 'giver:' || lower(hex(substr(subject, 2)))
                    WHEN x'02' THEN 'recipient:' || lower(hex(substr(subject, 2)))
                    WHEN x'03' THEN 'institution:' || CAST(substr(subject, 2) AS TEXT)
                END AS subject,
                \(day("-age")) AS business_date, lower(hex("transaction")) AS "transaction",
                lower(hex(source)) AS source, insured, care,
                coalesce(institution, CAST(substr(subject, 2) AS TEXT)) AS institution,
                CASE category
                    WHEN 1 THEN 'medical_care' WHEN 2 THEN 'pharmacy'
                    WHEN 3 THEN 'resident_insurance_premium' WHEN 4 THEN 'long_term_care_premium'
                    WHEN 5 THEN 'medical_device' WHEN 6 THEN 'medical_consumable'
                    WHEN 7 THEN 'commercial_insurance' WHEN 8 THEN 'health_checkup'
                    WHEN 9 THEN 'public_health' WHEN 10 THEN 'sport_and_fitness'
                    WHEN 11 THEN 'wellness' WHEN 12 THEN 'cosmetic_medicine'
                    WHEN 13 THEN 'plastic_surgery' WHEN 14 THEN 'weight_loss'
                    WHEN 15 THEN 'bodybuilding'
                END AS category,
                \(yuan("amount")) AS yuan, \(day("reversal_date")) AS reversal_date,
                nullif(lower(hex(other)), '') AS other
            FROM usage;
        CREATE VIEW readable_coordination AS
            SELECT lower(hex("transaction")) AS "transaction",
                CASE state
                    WHEN 1 THEN 'asking_wallet' WHEN 2 THEN 'reserving' WHEN 3 THEN 'reserved'
                    WHEN 4 THEN 'committing' WHEN 5 THEN 'settled' WHEN 6 THEN 'reversing'
                    WHEN 7 THEN 'reversed' WHEN 8 THEN 'releasing' WHEN 9 THEN 'released'
                END AS state,
                \(time("created")) AS created, \(day("business_date")) AS business_date,
                \(time("wake")) AS wake, \(yuan("amount")) AS yuan
            FROM coordination;
        CREATE VIEW readable_participation AS
            SELECT lower(hex("transaction")) AS "transaction",
                CASE state
                    WHEN 1 THEN 'held' WHEN 2 THEN 'committed' WHEN 3 THEN 'released'
                    WHEN 4 THEN 'reversed'
                END AS state,
                care, \(day("business_date")) AS business_date, \(time("wake")) AS wake,
                \(yuan("amount")) AS yuan
            FROM participation;
        CREATE VIEW readable_evidence AS
            SELECT number, \(time("at")) AS at, accused, lower(hex(subject)) AS subject,
                CASE reason
                    \(reasons)
                END AS reason
            FROM evidence;
        CREATE VIEW readable_journal AS
            SELECT 'inbound' AS direction, number, peer, lower(hex(epoch)) AS epoch,
                first_sequence, last_sequence, \(time("at")) AS at,
                lower(hex(chain)) AS chain, length(frames) AS bytes
            FROM journal_inbound
            UNION ALL
            SELECT 'outbound', number, peer, lower(hex(epoch)), first_sequence, last_sequence,
                \(time("at")), lower(hex(chain)), length(frames)
            FROM journal_outbound;
        """
}
