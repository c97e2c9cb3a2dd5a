package import Domain

/// An account of a node's books. Its balance is kept on its normal side and is never below zero
/// (invariant M2).
package enum Account: Hashable, Sendable {
    /// The money that stands behind the personal accounts. Debit-normal.
    case fund
    /// A person's own account (个人账户).
    case personal(WalletID)
    /// What a recipient may still spend under a relation.
    case available(relation: Identifier)
    /// What a transaction holds of a quota (`source` is the relation) or of the recipient's own
    /// account (`source` is the wallet).
    case held(transaction: Identifier, source: Identifier)
    /// What this province owes a care province.
    case payable(ProvinceCode)
    /// What a payer province owes this one. Debit-normal.
    case receivable(ProvinceCode)
    /// What this province owes an institution.
    case institution(InstitutionCode)
    /// Withdrawals handed to the bank.
    case payout

    /// Whether a debit makes the balance larger.
    package var isDebitNormal: Bool {
        switch self {
        case .fund, .receivable: true
        case .personal, .available, .held, .payable, .institution, .payout: false
        }
    }
}

extension Account {
    /// Why a row of the store is not an account.
    package struct Malformed: Error {}

    /// One octet for the kind, then its fields: the key of the account in a store.
    package var key: Bytes {
        switch self {
        case .fund: [1]
        case .personal(let wallet): [2] + wallet.value.bytes
        case .available(let relation): [3] + relation.bytes
        case .held(let transaction, let source): [4] + transaction.bytes + source.bytes
        case .payable(let province): [5] + Array(province.description.utf8)
        case .receivable(let province): [6] + Array(province.description.utf8)
        case .institution(let code): [7] + Array(code.text.utf8)
        case .payout: [8]
        }
    }

    /// The account that ``key`` was made from.
    package init(key: Bytes) throws(Malformed) {
        let field = key.dropFirst()
        switch key.first {
        case 1 where field.isEmpty: self = .fund
        case 2:
            guard let id = Identifier(field) else { throw Malformed() }
            self = .personal(WalletID(id))
        case 3:
            guard let id = Identifier(field) else { throw Malformed() }
            self = .available(relation: id)
        case 4:
            guard let transaction = Identifier(field.prefix(Identifier.size)),
                let source = Identifier(field.dropFirst(Identifier.size))
            else { throw Malformed() }
            self = .held(transaction: transaction, source: source)
        case 5:
            guard let code = ProvinceCode(String(decoding: field, as: UTF8.self)) else {
                throw Malformed()
            }
            self = .payable(code)
        case 6:
            guard let code = ProvinceCode(String(decoding: field, as: UTF8.self)) else {
                throw Malformed()
            }
            self = .receivable(code)
        case 7:
            guard let code = InstitutionCode(String(decoding: field, as: UTF8.self)) else {
                throw Malformed()
            }
            self = .institution(code)
        case 8 where field.isEmpty: self = .payout
        default: throw Malformed()
        }
    }
}

extension Account: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fund: "fund"
        case .personal(let wallet): "personal:\(wallet)"
        case .available(let relation): "available:\(relation)"
        case .held(let transaction, let source): "held:\(transaction):\(source)"
        case .payable(let province): "payable:\(province)"
        case .receivable(let province): "receivable:\(province)"
        case .institution(let code): "institution:\(code)"
        case .payout: "payout"
        }
    }
}
