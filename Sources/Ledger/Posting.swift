package import Domain

/// Why money moved (design §2). The number stands in the store.
package enum PostingStep: UInt8, Sendable, CaseIterable {
    case deposit = 1
    case setQuota = 2
    case lowerQuota = 3
    case reserve = 4
    case commit = 5
    case release = 6
    case claim = 7
    case reversal = 8
    case claimReversal = 9
    case withdraw = 10
    /// The bank could not pay out what was withdrawn.
    case payoutReturned = 11

    package var word: String {
        switch self {
        case .deposit: "deposit"
        case .setQuota: "set_quota"
        case .lowerQuota: "lower_quota"
        case .reserve: "reserve"
        case .commit: "commit"
        case .release: "release"
        case .claim: "claim"
        case .reversal: "reversal"
        case .claimReversal: "claim_reversal"
        case .withdraw: "withdraw"
        case .payoutReturned: "payout_returned"
        }
    }
}

/// One movement of money: debits one account and credits another by the same amount, so that it
/// sums to zero by its form (invariant M1).
package struct Posting: Hashable, Sendable {
    /// The transaction or request that it belongs to.
    package let cause: Identifier
    package let step: PostingStep
    package let debit: Account
    package let credit: Account
    package let amount: Fen

    package init(
        cause: Identifier, step: PostingStep, debit: Account, credit: Account, amount: Fen
    ) {
        self.cause = cause
        self.step = step
        self.debit = debit
        self.credit = credit
        self.amount = amount
    }
}

/// The books of one unit of work: balances that were loaded, and the postings made to them.
///
/// Reading or posting to an account that was not loaded is an error of the program and traps.
package struct Books: Sendable {
    private var balances: [Account: Int64] = [:]
    /// Every account whose balance changed, in order of first change.
    package private(set) var changed: [Account] = []
    private var changedSet: Set<Account> = []
    package private(set) var postings: [Posting] = []

    /// Why a posting was refused: it would have taken `account` below zero, or out of 64 bits.
    package struct OutOfRange: Error, Equatable {
        package let account: Account
    }

    package init() {}

    /// Gives the balance that the store has (0 if it has none). Ignored if it is here already.
    package mutating func load(_ account: Account, balance: Int64) {
        if balances[account] == nil { balances[account] = balance }
    }

    package func isLoaded(_ account: Account) -> Bool { balances[account] != nil }

    /// The balance on the account's normal side, in fen.
    package func balance(_ account: Account) -> Int64 {
        guard let balance = balances[account] else {
            preconditionFailure("account \(account) was not loaded")
        }
        return balance
    }

    /// Checks that no account ends below zero, then posts all of `postings`, or none.
    /// A posting of zero fen is left out.
    package mutating func post(_ postings: [Posting]) throws(OutOfRange) {
        var after: [Account: Int64] = [:]
        for posting in postings where posting.amount > .zero {
            let amount = posting.amount.value
            for (account, change) in [
                (posting.debit, posting.debit.isDebitNormal ? amount : -amount),
                (posting.credit, posting.credit.isDebitNormal ? -amount : amount),
            ] {
                let (sum, overflow) = (after[account] ?? balance(account))
                    .addingReportingOverflow(change)
                guard !overflow else { throw OutOfRange(account: account) }
                after[account] = sum
            }
        }
        for posting in postings {
            for account in [posting.debit, posting.credit] where after[account, default: 0] < 0 {
                throw OutOfRange(account: account)
            }
        }
        for posting in postings where posting.amount > .zero {
            self.postings.append(posting)
            for account in [posting.debit, posting.credit] {
                balances[account] = after[account]
                if changedSet.insert(account).inserted { changed.append(account) }
            }
        }
    }
}
