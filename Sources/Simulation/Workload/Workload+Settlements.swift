import Domain
import Foundation
import SwiftProtobuf
import Wire

/// Visits to hospitals, pharmacies and collecting agencies that are paid from a wallet.
extension Workload {
    struct Visit {
        enum Step {
            case asked, reserved, committing, cancelling, settled, reversing
        }

        /// What its client is going to do.
        enum Fate {
            case commit
            /// Less than is reserved.
            case commitLess
            /// Before the reservation is answered.
            case cancelAtOnce
            case cancel
            /// While the commit is under way.
            case cancelDuringCommit
            /// After the hold has ended.
            case commitLate
            /// Never heard of again once it is reserved.
            case lapse
            case reverseDuringCommit
            case reverse
            /// Minutes later.
            case reverseLate

            // Of clients that misbehave.
            case commitTwice
            case commitTooMuch
            case commitAndCancel
            case reverseTwice
            case vanish
        }

        let transaction: Identifier
        let care: ProvinceCode
        let isPremium: Bool
        let fate: Fate
        let hold: Int64
        var chance: Chance
        var step = Step.asked
        var reserved: Int64 = 0
        /// Alarms of an earlier one mean nothing any more.
        var turn = 0
    }

    // MARK: Begun

    func nextVisit() {
        let mean = 60_000 / Int64(max(1, settlementsPerMinute))
        after(arrivals.wait(0, 2 * mean), .visit)
        guard settlementsPerMinute > 0 else { return }
        var chance = Chance(seed: arrivals.next())
        let isHot = chance.happens(percent: 30)
        var recipient = chance.pick(isHot ? hotRecipients : recipients)
        for _ in 0..<4 where !hasMoney(recipient) {
            recipient = chance.pick(isHot ? hotRecipients : recipients)
        }
        // Several at once on the same quotas.
        let count = isHot && chance.happens(percent: 20) ? chance.index(below: 3) + 2 : 1
        for _ in 0..<count { beginVisit(of: recipient, Chance(seed: chance.next())) }
    }

    private func hasMoney(_ recipient: Int) -> Bool {
        residents[recipient].hasAccount
            && residents[recipient].bonds.contains { bonds[$0].available > 0 }
    }

    private func beginVisit(of recipient: Int, _ given: Chance) {
        var chance = given
        let fate = someFate(&chance)
        let care = someCare(for: recipient, &chance)
        let known = residents[recipient].bonds.map { bonds[$0].available }.reduce(0, +)
        let kind = chance.index(below: 100)
        let isPremium = kind >= 93
        let hold = someHold(fate, &chance)
        var order = Gongji_V1_SettleReserve()
        order.wallet = residents[recipient].wallet.octets
        order.walletProvince = province(of: recipient).number
        order.mode = isPremium || chance.happens(percent: 65) ? .exact : .upTo
        order.holdMs = hold
        order.withoutOwnAccount = chance.happens(percent: 40)
        order.amountFen = someAmount(known, isPremium, &chance)
        switch kind {
        case 0..<70: take(&order, .medicalCare, .medical, care)
        case 70..<93: take(&order, .pharmacy, .pharmacy, care)
        case 93..<97: take(&order, .residentInsurancePremium, .collector, care)
        default: take(&order, .longTermCarePremium, .collector, care)
        }
        order.bill = bill(for: residents[recipient].wallet, order.amountFen, isPremium, &chance)
        let number = visitsBegun
        visitsBegun += 1
        let id = newIdentifier()
        visits[number] = Visit(
            transaction: id, care: care, isPremium: isPremium, fate: fate, hold: hold,
            chance: chance)
        ask(.settleReserve(order), at: care, for: .visit(number), id: id)
        if fate == .cancelAtOnce {
            after(chance.wait(5, 400), .visitor(number, turn: 0))
        } else if fate == .vanish, chance.happens(percent: 30) {
            abandon(id)
            statistics.abandoned += 1
            leave(number)
        }
    }

    private func someFate(_ chance: inout Chance) -> Visit.Fate {
        if misbehaves, chance.happens(percent: 8) {
            return chance.pick([
                .commitTwice, .commitTooMuch, .commitAndCancel, .reverseTwice, .vanish,
            ])
        }
        switch chance.index(below: 100) {
        case 0..<58: return .commit
        case 58..<78: return .commitLess
        case 78..<80: return .cancelAtOnce
        case 80..<84: return .cancel
        case 84..<86: return .cancelDuringCommit
        case 86..<89: return .commitLate
        case 89..<91: return .lapse
        case 91..<93: return .reverseDuringCommit
        case 93..<96: return .reverse
        default: return .reverseLate
        }
    }

    /// Mostly a partner of the wallet's province, sometimes that of the wallet or of a giver.
    private func someCare(for recipient: Int, _ chance: inout Chance) -> ProvinceCode {
        let home = residents[recipient].home
        switch chance.index(below: 100) {
        case 0..<18: return provinces[home]
        case 18..<28:
            let bonds = residents[recipient].bonds
            return bonds.isEmpty
                ? provinces[home] : payer(of: self.bonds[chance.pick(bonds)])
        case 28..<97: return provinces[chance.pick(partners[home])]
        default: return chance.pick(provinces)
        }
    }

    /// Milliseconds. Those that are not going to be committed hold for a short time.
    private func someHold(_ fate: Visit.Fate, _ chance: inout Chance) -> Int64 {
        switch fate {
        case .commitLate: return chance.number(in: 1_000...6_000)
        case .lapse, .vanish: return chance.number(in: 5_000...90_000)
        case .commit, .commitLess, .cancelAtOnce, .cancel, .cancelDuringCommit,
            .reverseDuringCommit, .reverse, .reverseLate, .commitTwice, .commitTooMuch,
            .commitAndCancel, .reverseTwice:
            switch chance.index(below: 10) {
            case 0: return chance.number(in: 10_000...30_000)
            case 1, 2: return chance.number(in: 60_000...300_000)
            case 3: return chance.number(in: 3_600_000...24 * 3_600_000)
            default: return 0
            }
        }
    }

    /// Small mostly; large ones draw on all that there is.
    private func someAmount(
        _ known: Int64, _ isPremium: Bool, _ chance: inout Chance
    ) -> Int64 {
        if isPremium { return chance.pick([50_00, 120_00, 400_00]) }
        if known > 50_00, chance.happens(percent: 40) {
            return min(4_000_00, known * chance.number(in: 40...98) / 100)
        }
        return chance.number(in: 1...250_00)
    }

    private func take(
        _ order: inout Gongji_V1_SettleReserve, _ category: Domain.Category,
        _ kind: InstitutionKind, _ care: ProvinceCode
    ) {
        order.category = Gongji_V1_Category(rawValue: Int(category.rawValue)) ?? .unspecified
        order.institution = Country.institution(kind, in: care).text
    }

    private func bill(
        for wallet: WalletID, _ amount: Int64, _ isPremium: Bool, _ chance: inout Chance
    ) -> Gongji_V1_Bill {
        let pooled = isPremium ? 0 : amount * chance.number(in: 0...2)
        let selfPaid = isPremium ? 0 : chance.number(in: 0...50_00)
        return .with {
            $0.totalFen = amount + pooled + selfPaid
            $0.pooledFen = pooled
            $0.burdenFen = amount
            $0.selfPaidFen = selfPaid
            $0.patient = wallet.octets
            $0.credential = wallet.octets
        }
    }

    // MARK: Gone on with

    /// The client of a visit does what it has in mind.
    func visitor(_ number: Int, _ turn: Int) {
        guard let visit = visits[number], visit.turn == turn else { return }
        switch visit.step {
        case .asked:
            if !isHealing { cancel(number, visit) }
        case .reserved: goOn(number, visit)
        case .settled:
            if !isHealing { reverse(number, visit) }
        case .committing, .cancelling, .reversing: break
        }
    }

    private func goOn(_ number: Int, _ visit: Visit) {
        switch visit.fate {
        case .commit, .reverse, .reverseLate, .commitLate, .reverseTwice:
            commit(number, visit, visit.reserved)
        case .commitLess:
            let least = min(1, visit.reserved)
            commit(
                number, visit,
                visit.isPremium
                    ? visit.reserved
                    : visits[number]?.chance.number(in: least...visit.reserved) ?? visit.reserved)
        case .cancelAtOnce, .cancel: cancel(number, visit)
        case .cancelDuringCommit:
            commit(number, visit, visit.reserved)
            cancel(number, visit)
        case .reverseDuringCommit:
            commit(number, visit, visit.reserved)
            // Asked about as well, the primary says twice that it committed.
            resolve(visit.transaction, at: visit.care)
            reverse(number, visit)
        case .lapse:
            if isHealing { cancel(number, visit) } else { leave(number) }
        case .vanish:
            guard !isHealing else {
                cancel(number, visit)
                return
            }
            // Half of them ask for the commit, and never for its answer.
            if visits[number]?.chance.happens(percent: 50) == true {
                abandon(commit(number, visit, visit.reserved))
            }
            statistics.abandoned += 1
            leave(number)
        case .commitTwice:
            commit(number, visit, visit.reserved)
            commit(number, visit, max(1, visit.reserved / 2))
        case .commitTooMuch: commit(number, visit, visit.reserved + 1)
        case .commitAndCancel:
            cancel(number, visit)
            commit(number, visit, visit.reserved)
        }
    }

    // The visit is as it was when its client made up their mind; by now it may be over.

    @discardableResult
    func commit(_ number: Int, _ visit: Visit, _ fen: Int64) -> Identifier {
        move(number, to: .committing)
        return ask(
            .settleCommit(
                .with {
                    $0.transaction = Data(visit.transaction.bytes)
                    $0.finalFen = fen
                }), at: visit.care, for: .visit(number))
    }

    func cancel(_ number: Int, _ visit: Visit) {
        move(number, to: visits[number]?.step == .committing ? .committing : .cancelling)
        ask(
            .settleCancel(.with { $0.transaction = Data(visit.transaction.bytes) }),
            at: visit.care, for: .visit(number))
    }

    func reverse(_ number: Int, _ visit: Visit) {
        move(number, to: .reversing)
        ask(
            .settleReverse(.with { $0.transaction = Data(visit.transaction.bytes) }),
            at: visit.care, for: .visit(number))
    }

    private func move(_ number: Int, to step: Visit.Step) {
        if visits[number]?.step == .reserved { visitsReserved -= 1 }
        if step == .reserved { visitsReserved += 1 }
        visits[number]?.step = step
        visits[number]?.turn += 1
    }

    /// Nothing more is going to be done about it.
    func leave(_ number: Int) {
        if visits[number]?.step == .reserved { visitsReserved -= 1 }
        visits[number] = nil
    }

    // MARK: Answers

    func visit(_ number: Int, heard answer: Answered) {
        // What was settled is counted whether its client still cares or not.
        if case .settlement(let settlement) = answer.body, settlement.outcome != .released {
            count(settlement)
        }
        guard let visit = visits[number] else { return }
        switch answer.body {
        case .reservation(let reservation): reserved(number, visit, reservation)
        case .settlement(let settlement):
            switch settlement.outcome {
            case .committed: settled(number)
            case .released, .reversed: finish(number, isReleased: settlement.outcome == .released)
            case .unspecified, .UNRECOGNIZED: break
            }
        default: refused(number, visit, answer)
        }
    }

    private func count(_ settlement: Gongji_V1_Settlement) {
        let isReversal = settlement.outcome == .reversed
        var payers: [UInt32] = []
        for draw in settlement.draws where draw.amountFen > 0 {
            if !payers.contains(draw.province) { payers.append(draw.province) }
            guard let relation = Identifier(draw.relation) else { continue }
            spent(isReversal ? -draw.amountFen : draw.amountFen, of: relation)
        }
        if isReversal {
            statistics.reversed += 1
        } else {
            statistics.settled += 1
            statistics.settledByParticipants[payers.count, default: 0] += 1
        }
    }

    private func reserved(
        _ number: Int, _ visit: Visit, _ reservation: Gongji_V1_Reservation
    ) {
        // Cancelled meanwhile.
        guard visit.step == .asked else { return }
        visits[number]?.reserved = reservation.reservedFen
        move(number, to: .reserved)
        guard let turn = visits[number]?.turn else { return }
        var wait = choices.wait(200, 12_000)
        if visit.fate == .commitLate || visit.fate == .lapse {
            wait = visit.hold + choices.wait(500, 20_000)
        }
        after(isHealing ? choices.wait(0, 2_000) : wait, .visitor(number, turn: turn))
    }

    private func settled(_ number: Int) {
        guard let visit = visits[number] else { return }
        if lately.count < 64 {
            lately.append((visit.transaction, visit.care))
        } else {
            lately[number % 64] = (visit.transaction, visit.care)
        }
        guard visit.step != .reversing else { return }
        guard !isHealing else {
            leave(number)
            return
        }
        move(number, to: .settled)
        guard let turn = visits[number]?.turn else { return }
        switch visit.fate {
        case .reverse: after(choices.wait(0, 3_000), .visitor(number, turn: turn))
        case .reverseLate: after(choices.wait(60_000, 1_200_000), .visitor(number, turn: turn))
        case .reverseTwice:
            reverse(number, visit)
            reverse(number, visit)
        case .commit, .commitLess, .cancelAtOnce, .cancel, .cancelDuringCommit, .commitLate,
            .lapse, .reverseDuringCommit, .commitTwice, .commitTooMuch, .commitAndCancel, .vanish:
            leave(number)
        }
    }

    private func finish(_ number: Int, isReleased: Bool) {
        if isReleased { statistics.released += 1 }
        leave(number)
    }

    private func refused(_ number: Int, _ visit: Visit, _ answer: Answered) {
        switch (answer.kind, answer.status) {
        case (.settleReserve, .idReused):
            // Something else has this id there; whatever it is, it is not wanted.
            if visit.step == .asked { cancel(number, visit) }
        case (.settleReserve, _): leave(number)
        case (.settleCommit, .finalAboveReserved), (.settleCommit, .idReused):
            commit(number, visit, visit.reserved)
        case (.settleCommit, .votesMissing), (.settleCommit, .premiumInPart):
            cancel(number, visit)
        // Another request about the same is under way, or has come first: its answer tells.
        case (_, .inProgress), (_, .alreadySettled), (.settleReverse, .notSettled): break
        case (.settleCancel, .idReused): cancel(number, visit)
        case (.settleReverse, .idReused): reverse(number, visit)
        case (.settleCommit, _): finish(number, isReleased: true)
        default: leave(number)
        }
    }
}
