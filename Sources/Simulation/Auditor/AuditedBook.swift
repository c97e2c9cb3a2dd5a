import Domain
import Ledger
import Settlement
import Storage
import Wire

/// What the auditor knows to be durable at one province.
final class AuditedBook {
    var balances: [Account: Int64] = [:]
    /// Of the accounts that are debit-normal, and of the others.
    var debits: Int64 = 0
    var credits: Int64 = 0
    var postings = 0
    /// Every movement that was made, so that none is made again.
    var moved: Set<Movement> = []
    var relations: [Identifier: Relation] = [:]
    /// Transactions that hold money of a relation.
    var holds: [Identifier: Int] = [:]
    var coordinations: [Identifier: Coordination] = [:]
    var participations: [Identifier: Participation] = [:]
    var withdrawals: [Identifier: Withdrawal] = [:]
    var answers: [Identifier: Answer] = [:]
    var persons: Set<WalletID> = []
    /// By its transactions, what this province owes each care province, and claims of each payer.
    var owed: [ProvinceCode: Int64] = [:]
    var claimed: [ProvinceCode: Int64] = [:]
    /// What institutions were told to be theirs.
    var earned: [InstitutionCode: Int64] = [:]
    /// Withdrawals that the bank is to pay, or has paid.
    var paidOut: Int64 = 0

    struct Movement: Hashable {
        let cause: Identifier
        let step: PostingStep
        let debit: Account
        let credit: Account

        init(_ posting: Posting) {
            cause = posting.cause
            step = posting.step
            debit = posting.debit
            credit = posting.credit
        }

        init(_ cause: Identifier, _ step: PostingStep, _ debit: Account, _ credit: Account) {
            self.cause = cause
            self.step = step
            self.debit = debit
            self.credit = credit
        }
    }
}

/// One row that changed.
struct AuditedChange<Record: Equatable> {
    let id: Identifier
    let before: Record?
    let after: Record?
}

/// All that one durable round changed, from the round itself or from what a store has more than is
/// known of it.
struct AuditedStep {
    let province: ProvinceCode
    /// Nil if it was found in a store only: several rounds may be behind it.
    let nodeTime: Instant?
    var participations: [AuditedChange<Participation>] = []
    var coordinations: [AuditedChange<Coordination>] = []
    var relations: [AuditedChange<Relation>] = []
    var withdrawals: [AuditedChange<Withdrawal>] = []
    var answers: [(id: Identifier, answer: Answer?)] = []
    /// Requests that were answered, in this order. Of a store the lowest id first.
    var answered: [Identifier] = []
    var persons: [WalletID] = []
    var postings: [Posting] = []
    /// Of every account that changed: what it has now.
    var balances: [(account: Account, balance: Int64)] = []

    /// Why a store is no later moment of what is known.
    struct Gap: Error {
        let sentence: String
    }

    var isEmpty: Bool {
        participations.isEmpty && coordinations.isEmpty && relations.isEmpty
            && withdrawals.isEmpty && answers.isEmpty && persons.isEmpty && postings.isEmpty
            && balances.isEmpty
    }

    /// Relations that changed, and those of which money is or was held.
    func touchedRelations(at province: ProvinceCode) -> [Identifier] {
        var touched = relations.map(\.id)
        for change in participations {
            for draw in change.after?.plan?.plan.draws ?? [] where draw.province == province {
                if case .quota(let relation) = draw.source { touched.append(relation) }
            }
        }
        return touched
    }

    /// Transactions of which a row changed.
    var transactions: [Identifier] {
        participations.map(\.id) + coordinations.map(\.id)
    }
}
