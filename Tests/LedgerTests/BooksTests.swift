import Domain
import Testing

@testable import Ledger

/// Accounts and postings: all or nothing, never below zero, always in balance.
@Suite struct BooksTests {
    let giver = WalletID(Identifier(high: 1, low: 1))
    let relation = Identifier(high: 2, low: 2)
    let cause = Identifier(high: 3, low: 3)
    let care = ProvinceCode(310_000)!

    func posting(
        _ debit: Account, _ credit: Account, _ fen: Int64, _ step: PostingStep = .setQuota
    ) -> Posting {
        Posting(cause: cause, step: step, debit: debit, credit: credit, amount: Fen(fen)!)
    }

    func books(_ balances: [(Account, Int64)]) -> Books {
        var books = Books()
        for (account, balance) in balances { books.load(account, balance: balance) }
        return books
    }

    @Test func moneyMovesFromTheDebitedToTheCreditedAccount() throws {
        var books = books([(.personal(giver), 100), (.available(relation: relation), 0)])
        try books.post([posting(.personal(giver), .available(relation: relation), 30)])
        #expect(books.balance(.personal(giver)) == 70)
        #expect(books.balance(.available(relation: relation)) == 30)
        #expect(books.changed == [.personal(giver), .available(relation: relation)])
        #expect(books.postings.count == 1)
    }

    @Test func aPostingThatWouldGoOutOfRangeChangesNothing() {
        var books = books([(.personal(giver), 100), (.available(relation: relation), 5)])
        #expect(throws: Books.OutOfRange(account: .personal(giver))) {
            try books.post([posting(.personal(giver), .available(relation: relation), 101)])
        }
        #expect(books.balance(.personal(giver)) == 100)
        #expect(books.balance(.available(relation: relation)) == 5)
        #expect(books.changed.isEmpty)
        #expect(books.postings.isEmpty)
    }

    @Test func ofSeveralPostingsAllAreMadeOrNone() {
        let held = Account.held(transaction: cause, source: relation)
        var books = books([
            (.personal(giver), 10), (.available(relation: relation), 50), (held, 0), (.payout, 0),
        ])
        #expect(throws: Books.OutOfRange(account: .personal(giver))) {
            try books.post([
                posting(.available(relation: relation), held, 50, .reserve),
                posting(.personal(giver), .payout, 11, .withdraw),
            ])
        }
        #expect(books.balance(.available(relation: relation)) == 50)
        #expect(books.balance(held) == 0)
        #expect(books.postings.isEmpty)
    }

    @Test func onlyTheEndOfAUnitMustNotBeOutOfRange() throws {
        var books = books([(.personal(giver), 0), (.available(relation: relation), 0), (.fund, 0)])
        try books.post([
            posting(.personal(giver), .available(relation: relation), 20),
            posting(.fund, .personal(giver), 20, .deposit),
        ])
        #expect(books.balance(.personal(giver)) == 0)
        #expect(books.balance(.available(relation: relation)) == 20)
    }

    @Test func everyFenThatIsThereCanBeTaken() throws {
        var books = books([(.personal(giver), 100), (.payout, 0)])
        try books.post([posting(.personal(giver), .payout, 100, .withdraw)])
        #expect(books.balance(.personal(giver)) == 0)
        #expect(throws: Books.OutOfRange(account: .personal(giver))) {
            try books.post([posting(.personal(giver), .payout, 1, .withdraw)])
        }
    }

    @Test func aPostingOfZeroFenIsLeftOutAndNeedsNoAccount() throws {
        var books = Books()
        try books.post([posting(.personal(giver), .payout, 0, .withdraw)])
        #expect(books.postings.isEmpty)
        #expect(books.changed.isEmpty)
        #expect(!books.isLoaded(.payout))
    }

    @Test func aDebitMakesFundAndReceivableLargerAndTheOthersSmaller() throws {
        let institution = Account.institution(InstitutionCode("H1")!)
        var books = books([
            (.fund, 0), (.personal(giver), 0), (.receivable(care), 0), (institution, 0),
        ])
        try books.post([
            posting(.fund, .personal(giver), 7, .deposit),
            posting(.receivable(care), institution, 9, .claim),
        ])
        #expect(books.balance(.fund) == 7)
        #expect(books.balance(.personal(giver)) == 7)
        #expect(books.balance(.receivable(care)) == 9)
        #expect(books.balance(institution) == 9)
        try books.post([posting(institution, .receivable(care), 9, .claimReversal)])
        #expect(books.balance(.receivable(care)) == 0)
        #expect(throws: Books.OutOfRange(account: institution)) {
            try books.post([posting(institution, .receivable(care), 1, .claimReversal)])
        }
    }

    @Test func debitNormalAreFundAndReceivableOnly() {
        let accounts: [(Account, Bool)] = [
            (.fund, true), (.receivable(care), true), (.personal(giver), false),
            (.available(relation: relation), false),
            (.held(transaction: cause, source: relation), false), (.payable(care), false),
            (.institution(InstitutionCode("H1")!), false), (.payout, false),
        ]
        for (account, expected) in accounts { #expect(account.isDebitNormal == expected) }
    }

    /// Debits and credits of random postings stay equal, and the books never go below zero.
    @Test func randomPostingsKeepTheBooksInBalance() {
        var state = UInt64.random(in: 1 ... .max)
        print("BooksTests seed \(state)")
        func random(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        let accounts: [Account] = [
            .fund, .personal(giver), .available(relation: relation),
            .held(transaction: cause, source: relation), .payable(care), .receivable(care), .payout,
        ]
        var books = books(accounts.map { ($0, 0) })
        for _ in 0..<2000 {
            let postings = (0...random(3)).map { _ in
                posting(
                    accounts[Int(random(7))], accounts[Int(random(7))], Int64(random(1000)))
            }
            let before = accounts.map { books.balance($0) }
            do {
                try books.post(postings)
            } catch {
                #expect(accounts.map { books.balance($0) } == before)
            }
            let sides = accounts.reduce(Int64(0)) {
                $0 + ($1.isDebitNormal ? books.balance($1) : -books.balance($1))
            }
            #expect(sides == 0)
            #expect(accounts.allSatisfy { books.balance($0) >= 0 })
        }
    }

    @Test func aBalanceThatIsHereIsNotLoadedAgain() {
        var books = books([(.payout, 5)])
        books.load(.payout, balance: 99)
        #expect(books.balance(.payout) == 5)
    }
}

@Suite struct AccountKeys {
    static let accounts: [Account] = [
        .fund, .personal(WalletID(Identifier(high: .max, low: 0))),
        .available(relation: Identifier(high: 0, low: .max)),
        .held(transaction: Identifier(high: 1, low: 2), source: Identifier(high: 3, low: 4)),
        .payable(.national), .receivable(ProvinceCode(910_000)!),
        .institution(InstitutionCode("A")!),
        .institution(InstitutionCode(String(repeating: "Z", count: 32))!), .payout,
    ]

    @Test(arguments: accounts)
    func aKeyStandsForItsAccount(_ account: Account) throws {
        #expect(try Account(key: account.key) == account)
    }

    @Test func keysAreDifferent() {
        #expect(Set(AccountKeys.accounts.map(\.key)).count == AccountKeys.accounts.count)
        #expect(Set(AccountKeys.accounts.map(\.description)).count == AccountKeys.accounts.count)
    }

    @Test(arguments: accounts)
    func aKeyOfAnotherLengthIsNoAccount(_ account: Account) {
        let key = account.key
        // A code of an institution may be shorter or longer; every other key has one length.
        if case .institution = account { return }
        #expect(throws: Account.Malformed.self) { try Account(key: key + [0x41]) }
        #expect(throws: Account.Malformed.self) { try Account(key: Bytes(key.dropLast())) }
    }

    @Test(arguments: [Bytes(), [0], [9], [255], [5, 0x33], [7], [7, 0x61]])
    func otherOctetsAreNoAccount(_ key: Bytes) {
        #expect(throws: Account.Malformed.self) { try Account(key: key) }
    }

    @Test func stepsHaveTheirNumbersAndWords() {
        #expect(PostingStep.allCases.map(\.rawValue) == Array(1...11))
        #expect(Set(PostingStep.allCases.map(\.word)).count == 11)
    }
}
