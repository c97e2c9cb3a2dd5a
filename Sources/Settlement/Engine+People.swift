import Domain
import Ledger
import RuleSets
import Wire

/// What an agency records of a person of this province.
extension Engine {
    mutating func openAccount(
        _ order: ServiceRequest.AccountOrder, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        let region = order.region ?? RegionCode(province)
        guard let insurance = order.insurance else {
            return .refused(.form("insurance", "employee or resident"))
        }
        guard region.province == province else {
            return .refused(.form("region", "a region of \(province)"))
        }
        let balance: Fen
        switch amount(order.balance, zeroAllowed: true) {
        case .success(let fen): balance = fen
        case .failure(let status): return .refused(status)
        }
        guard rows.persons[order.wallet] == nil else { return .refused(.walletExists) }
        guard balance.value <= environment.controls.openingBalanceFenMax else {
            return .refused(.depositAboveLimit)
        }
        var born: BusinessDate?
        if let box = order.sealedIdentity {
            guard let opened = environment.identities.open(box, context: id) else {
                return .refused(.identityUnreadable)
            }
            guard opened.born <= today else { return .refused(.birthInFuture) }
            guard rows.identities[opened.index] == nil else { return .refused(.walletExists) }
            rows.identities[opened.index] = order.wallet
            born = opened.born
        }
        // What an account begins with was there before the year's first deposit (rule G1).
        let person = Person(
            wallet: order.wallet, insurance: insurance, region: region, born: born,
            year: today.civil.year, carriedOver: balance.value)
        keep(person, .opened, before: "", after: person.insuranceWords, id, caller)
        return post(
            Posting(
                cause: id, step: .deposit, debit: .fund, credit: .personal(order.wallet),
                amount: balance),
            of: order.wallet)
    }

    mutating func deposit(
        _ wallet: WalletID, _ value: Int64, id: Identifier
    ) -> CommandResult {
        switch amount(value) {
        case .failure(let status): return .refused(status)
        case .success(let fen):
            guard let person = rows.persons[wallet] else { return .refused(.walletUnknown) }
            let day = today
            let before = person.depositDay == day ? person.depositedFen : 0
            guard before + fen.value <= environment.controls.depositFenMax else {
                return .refused(.depositAboveLimit)
            }
            turnYear(wallet)
            // Rule G1: what was spent of past years' money is not replaced by what comes in.
            if let carriedOver = rows.persons[wallet]?.carriedOver {
                rows.persons[wallet]?.carriedOver = min(
                    carriedOver, rows.books.balance(.personal(wallet)))
            }
            let result = post(
                Posting(
                    cause: id, step: .deposit, debit: .fund, credit: .personal(wallet),
                    amount: fen),
                of: wallet)
            if case .done = result {
                rows.persons[wallet]?.depositDay = day
                rows.persons[wallet]?.depositedFen = before + fen.value
            }
            return result
        }
    }

    /// Rule G1: what is there when a year begins was carried over from the years before.
    mutating func turnYear(_ wallet: WalletID) {
        guard var person = rows.persons[wallet], person.year < today.civil.year else { return }
        person.year = today.civil.year
        person.carriedOver = rows.books.balance(.personal(wallet))
        rows.persons[wallet] = person
    }

    private mutating func post(_ posting: Posting, of wallet: WalletID) -> CommandResult {
        guard let person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        guard post([posting]) else { return .refused(.amountTooLarge) }
        return .done(.account(view(person)))
    }

    func view(_ person: Person) -> ServiceReply.AccountView {
        ServiceReply.AccountView(person, balance: rows.books.balance(.personal(person.wallet)))
    }

    /// Writes what is now recorded of a person, and what changed into their history.
    private mutating func keep(
        _ person: Person, _ kind: PersonChangeKind, before: String, after: String,
        _ request: Identifier, _ caller: Caller
    ) {
        var person = person
        person.changes += 1
        rows.persons[person.wallet] = person
        rows.personChanges.append(
            PersonChange(
                wallet: person.wallet, number: person.changes, what: kind, before: before,
                after: after, by: caller.principal, at: now, request: request))
    }

    // MARK: The account of the card

    mutating func setCardAccount(
        _ wallet: WalletID, _ bank: String, _ number: String, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard var person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        guard !bank.isEmpty, bank.utf8.allSatisfy({ isUpperCase($0) || isDigit($0) }),
            !number.isEmpty, number.utf8.allSatisfy(isDigit)
        else { return .refused(.form("bank, account", "A-Z and 0-9 each, digits")) }
        // The same once more changes nothing: not who set it, and not since when it stands.
        if person.cardAccount?.isSameAccount(bank, number) == true {
            return .done(.account(view(person)))
        }
        let before = person.cardAccount?.words ?? ""
        let card = Person.CardAccount(
            bank: bank, number: number, since: now, setBy: caller.principal.person)
        person.cardAccount = card
        keep(person, .cardAccount, before: before, after: card.words, id, caller)
        return .done(.account(view(person)))
    }

    /// The second person gives the number too: nobody confirms what they have not seen.
    mutating func confirmCardAccount(
        _ wallet: WalletID, _ bank: String, _ number: String, id: Identifier, _ caller: Caller
    ) -> CommandResult {
        guard var person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        guard var card = person.cardAccount, card.isSameAccount(bank, number) else {
            return .refused(.cardAccountMissing)
        }
        guard Principal.areTwo(caller.principal.person, card.setBy) else {
            return .refused(.secondPersonMissing)
        }
        guard card.confirmedBy == nil else { return .done(.account(view(person))) }
        card.confirmedBy = caller.principal.person
        person.cardAccount = card
        keep(person, .cardConfirmed, before: card.words, after: card.words, id, caller)
        return .done(.account(view(person)))
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private func isUpperCase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    // MARK: What relations hang on

    mutating func changeInsurance(
        _ wallet: WalletID, _ insurance: Insurance?, _ standing: Standing?, id: Identifier,
        _ caller: Caller
    ) -> CommandResult {
        guard let insurance else {
            return .refused(.form("insurance", "employee or resident"))
        }
        guard let standing else {
            return .refused(.form("standing", "insured, suspended, ended or moved"))
        }
        guard var person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        let before = person.insuranceWords
        person.insurance = insurance
        person.standing = standing
        keep(person, .insurance, before: before, after: person.insuranceWords, id, caller)
        reviewGiven(person)
        // rule N14: the payer provinces hear of it, and decide.
        if !person.isInsured {
            for grant in rows.grants[wallet] ?? [] where grant.phase.isAlive {
                send(
                    .recipientChange(
                        RecipientChange(relation: grant.relation, standing: standing)),
                    to: grant.payer)
            }
        }
        return .done(.account(view(person)))
    }

    mutating func recordViolation(
        _ wallet: WalletID, _ reason: String, _ until: BusinessDate, id: Identifier,
        _ caller: Caller
    ) -> CommandResult {
        guard !CanonicalText.isBlank(reason) else {
            return .refused(.form("reason", "a text that says something"))
        }
        guard var person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        // A day that is over lifts it; the record stays, with the reason that was given last.
        let violation = Person.Violation(reason: reason, until: until)
        let before = person.violation?.words ?? ""
        person.violation = violation
        keep(person, .violation, before: before, after: violation.words, id, caller)
        reviewGiven(person)
        return .done(.account(view(person)))
    }

    /// Ends, suspends or resumes what a person gives, as it now stands with them.
    private mutating func reviewGiven(_ person: Person) {
        for id in rows.given[person.wallet] ?? [] {
            guard let relation = rows.relations[id], relation.phase.isAlive else { continue }
            let set = ruleSet(of: relation)
            // rule N14
            if set?.endsWithInsurance == true,
                !person.isInsured || person.insurance != .employee
            {
                end(relation, RefusalReason(.insuranceChanged), cause: id)
                continue
            }
            suspendOrResume(relation, person, set)
        }
    }
}

extension ServiceReply.AccountView {
    /// A person's account as clients see it. Balance in fen.
    package init(_ person: Person, balance: Int64) {
        self.init(
            wallet: person.wallet, insurance: person.insurance, standing: person.standing,
            region: person.region,
            violation: person.violation.map { Violation(reason: $0.reason, until: $0.until) },
            card: person.cardAccount.map {
                Card(
                    bank: $0.bank, since: $0.since, setBy: $0.setBy, confirmedBy: $0.confirmedBy)
            }, balance: balance)
    }
}
