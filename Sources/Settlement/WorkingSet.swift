package import Domain
package import Ledger

/// The rows of one kind that a unit of work has loaded, and which of them it changed.
///
/// Reading or writing a row that was not loaded is an error of the program and traps: what a
/// message needs can be told from the message (``RowKeys``).
package struct Rows<Key: Hashable & Sendable, Record: Sendable>: Sendable {
    private var records: [Key: Record?] = [:]
    private var originals: [Key: Record?] = [:]
    /// The keys of changed rows, in order of first change.
    package private(set) var changed: [Key] = []

    package init() {}

    /// What a changed row was when it was loaded.
    package func original(_ key: Key) -> Record? { originals[key] ?? nil }

    /// Gives what the store has for `key`. Ignored if the row is here already.
    package mutating func load(_ key: Key, _ record: Record?) {
        if records[key] == nil { records[key] = .some(record) }
    }

    package func isLoaded(_ key: Key) -> Bool { records[key] != nil }

    package subscript(key: Key) -> Record? {
        get {
            guard let record = records[key] else {
                preconditionFailure("row \(key) was not loaded")
            }
            return record
        }
        set {
            guard let before = records.updateValue(newValue, forKey: key) else {
                preconditionFailure("row \(key) was written and not loaded")
            }
            if originals[key] == nil {
                originals[key] = .some(before)
                changed.append(key)
            }
        }
    }
}

/// All that one unit of work reads and changes.
package struct WorkingSet: Sendable {
    package var books = Books()
    package var persons = Rows<WalletID, Person>()
    package var relations = Rows<Identifier, Relation>()
    /// The grants of a recipient, in no particular order.
    package var grants = Rows<WalletID, [Grant]>()
    package var coordinations = Rows<Identifier, Coordination>()
    package var participations = Rows<Identifier, Participation>()
    package var answers = Rows<Identifier, Answer>()
    /// People by the index of their identity number.
    package var identities = Rows<Digest, WalletID>()
    package var families = Rows<Identifier, Family>()
    package var documents = Rows<Digest, DocumentUse>()
    package var withdrawals = Rows<Identifier, Withdrawal>()
    /// Ids of the relations of a giver that have not ended, lowest first: not kept, but found by the
    /// store's index on relations.
    package var given: [WalletID: [Identifier]] = [:]
    /// Usage records to be written; of two with one key the later.
    package var usages: [Usage] = []
    /// Changes of people to be added, in order.
    package var personChanges: [PersonChange] = []

    package init() {}
}

/// Names of rows, for loading.
package struct RowKeys: Sendable {
    package var accounts: Set<Account> = []
    package var persons: Set<WalletID> = []
    package var relations: Set<Identifier> = []
    package var grants: Set<WalletID> = []
    package var coordinations: Set<Identifier> = []
    package var participations: Set<Identifier> = []
    package var answers: Set<Identifier> = []
    package var identities: Set<Digest> = []
    package var families: Set<Identifier> = []
    package var documents: Set<Digest> = []
    package var withdrawals: Set<Identifier> = []
    package var given: Set<WalletID> = []

    package init() {}

    package var isEmpty: Bool {
        accounts.isEmpty && persons.isEmpty && relations.isEmpty && grants.isEmpty
            && coordinations.isEmpty && participations.isEmpty && answers.isEmpty
            && identities.isEmpty && families.isEmpty && documents.isEmpty
            && withdrawals.isEmpty && given.isEmpty
    }
}
