import Domain
import Foundation
import SwiftProtobuf
import Wire

/// What else people and agencies want, now and then.
extension Workload {
    func nextWish() {
        // About half as many as settlements.
        let mean = 120_000 / Int64(max(1, settlementsPerMinute))
        after(arrivals.wait(0, 2 * mean), .wish)
        var chance = Chance(seed: arrivals.next())
        let giver = chance.pick(givers)
        let recipient = chance.pick(recipients)
        switch chance.index(below: 100) {
        case 0..<12: deposit(chance.number(in: 50_00...1_000_00), to: giver)
        case 12..<34: changeQuota(&chance)
        case 34..<42: endSomeBond(&chance)
        case 42..<48: bindAnew(giver, recipient, &chance)
        case 48..<53: trouble(giver, chance.pick([.suspended, .suspended, .ended]), &chance)
        case 53..<56: trouble(recipient, chance.pick([.ended, .moved]), &chance)
        case 56..<59: violate(chance.happens(percent: 70) ? giver : recipient, &chance)
        case 59..<63: leaveFamily(chance.happens(percent: 50) ? giver : recipient)
        case 63..<66: setCardAccount(chance.happens(percent: 80) ? giver : recipient)
        case 66..<72: decline(&chance)
        case 72..<75: resolve(&chance)
        case 75..<79: depositAndResettle(chance.happens(percent: 60) ? recipient : giver)
        case 79..<97: withdrawSome(giver, &chance)
        default: if misbehaves { mischievousWish() } else { changeQuota(&chance) }
        }
    }

    /// One of a few that are active, if there is one.
    private func someBond(_ chance: inout Chance) -> Int? {
        for _ in 0..<5 {
            let number = chance.index(below: bonds.count)
            if bonds[number].phase == .active { return number }
        }
        return nil
    }

    private func changeQuota(_ chance: inout Chance) {
        guard let number = someBond(&chance) else { return }
        switch chance.index(below: 10) {
        case 0: bonds[number].wanted = 0
        case 1...3: bonds[number].wanted = bonds[number].available / 2
        case 4: bonds[number].wanted = chance.number(in: 2_000_00...6_000_00)
        default: bonds[number].wanted = bonds[number].available + chance.number(in: 1...800_00)
        }
        bonds[number].wish = .quota
        bond(number)
    }

    private func endSomeBond(_ chance: inout Chance) {
        guard let number = someBond(&chance) else { return }
        bonds[number].wish = .end
        bond(number)
    }

    private func decline(_ chance: inout Chance) {
        guard let number = someBond(&chance) else { return }
        bonds[number].wish = .decline
        bond(number)
    }

    /// Two who had no relation so far, or a new one beside the old one.
    private func bindAnew(_ giver: Int, _ recipient: Int, _ chance: inout Chance) {
        guard bonds.count < 12 * provinces.count * 4 else { return }
        bond(tie(giver, recipient, &chance))
    }

    /// Insurance rests, ends or moves away, and is as before some minutes later.
    private func trouble(_ number: Int, _ standing: Standing, _ chance: inout Chance) {
        guard residents[number].hasAccount, !residents[number].isInTrouble else { return }
        residents[number].isInTrouble = true
        insure(number, residents[number].insurance, standing)
        after(chance.wait(20_000, 240_000), .recover(number))
    }

    private func violate(_ number: Int, _ chance: inout Chance) {
        guard residents[number].hasAccount, !residents[number].isInTrouble else { return }
        residents[number].isInTrouble = true
        let today = BusinessDate(at: desk.now)
        recordViolation(number, until: chance.happens(percent: 50) ? today : today.next)
        after(chance.wait(20_000, 240_000), .recover(number))
    }

    /// An operator looks at a transaction, or sets a link going that perhaps runs.
    private func resolve(_ chance: inout Chance) {
        if chance.happens(percent: 50) {
            // Often it is the one with the liar.
            let peer = chance.happens(percent: 50) ? Country.liar : chance.pick(provinces)
            let province = chance.pick(provinces.filter { $0 != peer })
            ask(.resumeLink(.with { $0.peer = peer.number }), at: province, for: .nobody)
            return
        }
        guard !lately.isEmpty || visitsBegun > 0 else { return }
        // Of those that are under way, if there is one among the last.
        for number in stride(from: visitsBegun - 1, through: max(0, visitsBegun - 8), by: -1) {
            if let visit = visits[number] {
                resolve(visit.transaction, at: visit.care)
                return
            }
        }
        guard !lately.isEmpty else { return }
        let old = chance.pick(lately)
        resolve(old.transaction, at: old.care)
    }

    func resolve(_ transaction: Identifier, at province: ProvinceCode) {
        ask(
            .resolveInDoubt(.with { $0.transaction = Data(transaction.bytes) }), at: province,
            for: .nobody)
    }

    private func depositAndResettle(_ number: Int) {
        guard residents[number].hasAccount else { return }
        residents[number].resettles = true
        deposit(choices.number(in: 1_00...20_00), to: number)
    }

    private func withdrawSome(_ giver: Int, _ chance: inout Chance) {
        let user =
            residents[giver].bonds.isEmpty || chance.happens(percent: 40)
            ? giver : bonds[chance.pick(residents[giver].bonds)].recipient
        let reason = chance.pick([
            WithdrawalReason.premium, .premium, .visit, .visit, .checkup, .other,
        ])
        withdraw(giver, reason, for: user)
    }
}
