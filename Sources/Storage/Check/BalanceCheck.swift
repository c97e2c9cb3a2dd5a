import Domain
import Ledger

/// Adds up every account from the postings, and compares it with what the store has.
///
/// Memory is bounded: of many postings only a share of the accounts is added up at a time, and all
/// postings are read once for each share.
struct BalanceCheck {
    let store: any StoreReading
    /// Accounts of which the sum is kept at a time, at the most.
    var accountsMax = 2_000_000

    /// Calls `found` for each account that does not agree. Returns how many there are.
    func run(_ found: (String) -> Void) throws -> Int {
        var postings = 0
        try store.forEachPosting { _ in postings += 1 }
        // Two accounts a posting at the most.
        let shares = 1 + 2 * postings / accountsMax
        var accounts = 0
        for share in 0..<shares { accounts += try run(share, of: shares, found) }
        return accounts
    }

    private func run(_ share: Int, of shares: Int, _ found: (String) -> Void) throws -> Int {
        // No sum of 64-bit amounts is out of this range.
        var sums: [Account: Int128] = [:]
        func add(_ account: Account, _ amount: Int64) {
            guard account.isIn(share, of: shares) else { return }
            let sum = sums[account, default: 0] + Int128(amount)
            sums[account] = sum == 0 ? nil : sum
        }
        try store.forEachPosting { entry in
            let posting = entry.posting
            let amount = posting.amount.value
            add(posting.debit, posting.debit.isDebitNormal ? amount : -amount)
            add(posting.credit, posting.credit.isDebitNormal ? -amount : amount)
        }
        var accounts = 0
        try store.forEachAccount { account, balance in
            guard account.isIn(share, of: shares) else { return }
            accounts += 1
            let sum = sums.removeValue(forKey: account) ?? 0
            if sum != Int128(balance) {
                found("\(account) has \(balance) fen, its postings make \(sum)")
            }
        }
        for (account, sum) in sums.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            found("\(account) is not there, its postings make \(sum) fen")
        }
        return accounts
    }
}

extension Account {
    fileprivate func isIn(_ share: Int, of shares: Int) -> Bool {
        shares == 1 || UInt(bitPattern: hashValue) % UInt(shares) == UInt(share)
    }
}
