import Domain
import Foundation
import SwiftProtobuf
import Wire

/// People, what their agencies record of them, and with whom they live.
extension Workload {
    struct Resident {
        let wallet: WalletID
        /// Index of the province where they are insured.
        let home: Int
        let insurance: Insurance
        /// Nil: found by wallet id only.
        let number: String?
        let born: BusinessDate
        let opening: Int64
        /// Members of one household, within a province.
        let household: Int
        var hasAccount = false
        /// Suspended, ended, moved or in violation: until ``Workload/recover(_:)``.
        var isInTrouble = false
        /// Withdraws the whole balance as soon as it is told.
        var resettles = false
        /// Of their card, as it was set last.
        var card: (bank: String, account: String)?
        /// Whom they give to or get from.
        var bonds: [Int] = []
    }

    static let householdsPerProvince = 3

    /// Six givers and six recipients a province, in three households; relations mostly within the
    /// household and with partners of the province.
    func populate(_ chance: inout Chance) {
        let count = provinces.count
        partners = provinces.indices.map { home in
            let hubs = min(3, count)
            // Hubs trade with many, all others with their neighbours and one hub.
            let reach = home < hubs ? min(8, count - 1) : 2
            var found = [(home + count - 1) % count, home % hubs]
            for step in 1...max(reach, 1) { found.append((home + step) % count) }
            var partners: [Int] = []
            for partner in found where partner != home && !partners.contains(partner) {
                partners.append(partner)
            }
            return partners
        }
        for home in provinces.indices {
            for number in 0..<(4 * Workload.householdsPerProvince) {
                populate(home, number, &chance)
            }
        }
        for recipient in recipients { bind(recipient, &chance) }
    }

    private func populate(_ home: Int, _ number: Int, _ chance: inout Chance) {
        let gives = number % 4 < 2
        let isChild = !gives && chance.happens(percent: 30)
        let isEmployed = !gives && !isChild && chance.happens(percent: 40)
        let resident = Resident(
            // The time of birth is no wallet id's business: they are from before the run.
            wallet: WalletID(
                Identifier(
                    at: Instant(milliseconds: 1_700_000_000_000),
                    random: (chance.next(), chance.next()))),
            home: home,
            insurance: gives || isEmployed ? .employee : .resident,
            number: chance.happens(percent: 75) ? "P\(home)N\(number)" : nil,
            // 1955 to 1995, or 2012 to 2024.
            born: BusinessDate(
                daysSince1970: Int32(
                    isChild
                        ? chance.number(in: 15_400...19_700)
                        : chance.number(in: -5_400...9_100))),
            opening: chance.number(in: gives ? 3_000_00...20_000_00 : 0...800_00),
            household: number / 4)
        let index = residents.count
        residents.append(resident)
        if gives { givers.append(index) } else { recipients.append(index) }
        if !gives, number % 4 == 2, number / 4 == 0, home.isMultiple(of: 4) {
            hotRecipients.append(index)
        }
    }

    private func bind(_ recipient: Int, _ chance: inout Chance) {
        let isHot = hotRecipients.contains(recipient)
        let wanted = isHot ? 5 : Int(chance.number(in: 1...3))
        for _ in 0..<wanted {
            let giver = someGiver(for: recipient, &chance)
            guard !residents[recipient].bonds.contains(where: { bonds[$0].giver == giver })
            else { continue }
            tie(giver, recipient, &chance)
        }
    }

    /// Of the household, of the same province, of a partner or of anywhere.
    private func someGiver(for recipient: Int, _ chance: inout Chance) -> Int {
        let home = residents[recipient].home
        let households = Workload.householdsPerProvince
        let ofHome = home * 2 * households
        switch chance.index(below: 100) {
        case 0..<35:
            return givers[ofHome + 2 * residents[recipient].household + chance.index(below: 2)]
        case 35..<38: return givers[ofHome + chance.index(below: 2 * households)]
        case 38..<95:
            let partner = chance.pick(partners[home])
            return givers[partner * 2 * households + chance.index(below: 2 * households)]
        default: return chance.pick(givers)
        }
    }

    /// A relation that two people want to have from now on.
    @discardableResult
    func tie(_ giver: Int, _ recipient: Int, _ chance: inout Chance) -> Int {
        let number = bonds.count
        bonds.append(
            Bond(
                giver: giver, recipient: recipient,
                kinship: Kinship.allCases[chance.index(below: 8)],
                priority: UInt32(chance.index(below: 3)),
                wanted: chance.number(in: 200_00...2_000_00)))
        residents[giver].bonds.append(number)
        residents[recipient].bonds.append(number)
        return number
    }

    func province(of resident: Int) -> ProvinceCode { provinces[residents[resident].home] }

    // MARK: What their agencies record

    func open(_ number: Int) {
        let resident = residents[number]
        let province = provinces[resident.home]
        let id = newIdentifier()
        ask(
            .openAccount(
                .with {
                    $0.wallet = resident.wallet.octets
                    $0.insurance = insurance(resident.insurance)
                    $0.balanceFen = resident.opening
                    if let name = resident.number {
                        let box = SimulatedBox(
                            number: name, born: resident.born, to: province, context: id)
                        $0.sealedIdentity = Data(box.sealed)
                    }
                }), at: province, for: .resident(number), id: id)
    }

    func deposit(_ fen: Int64, to number: Int) {
        let wallet = residents[number].wallet
        ask(
            .deposit(
                .with {
                    $0.wallet = wallet.octets
                    $0.amountFen = fen
                }), at: province(of: number), for: .resident(number))
    }

    func insure(_ number: Int, _ insurance: Insurance, _ standing: Standing) {
        let wallet = residents[number].wallet
        ask(
            .changeInsurance(
                .with {
                    $0.wallet = wallet.octets
                    $0.insurance = self.insurance(insurance)
                    $0.standing =
                        Gongji_V1_Standing(rawValue: Int(standing.rawValue)) ?? .unspecified
                }), at: province(of: number), for: .resident(number))
    }

    func recordViolation(_ number: Int, until: BusinessDate) {
        let wallet = residents[number].wallet
        ask(
            .recordViolation(
                .with {
                    $0.wallet = wallet.octets
                    $0.reason = "card lent for money"
                    $0.untilDate = until.daysSince1970
                }), at: province(of: number), for: .resident(number))
    }

    func setCardAccount(_ number: Int) {
        let wallet = residents[number].wallet
        let bank = choices.happens(percent: 95) ? choices.pick(Country.banks) : "NOBANK"
        let account = String(choices.number(in: 100_000...999_999))
        residents[number].card = (bank, account)
        ask(
            .setCardAccount(
                .with {
                    $0.wallet = wallet.octets
                    $0.bank = bank
                    $0.account = account
                }), at: province(of: number), for: .resident(number))
    }

    private func confirmCardAccount(_ number: Int) {
        guard let card = residents[number].card else { return }
        let wallet = residents[number].wallet
        ask(
            .confirmCardAccount(
                .with {
                    $0.wallet = wallet.octets
                    $0.bank = card.bank
                    $0.account = card.account
                }), at: province(of: number), for: .resident(number))
    }

    func leaveFamily(_ number: Int) {
        let wallet = residents[number].wallet
        ask(
            .leaveFamily(.with { $0.wallet = wallet.octets }), at: province(of: number),
            for: .resident(number))
    }

    func resident(_ number: Int, heard answer: Answered) {
        switch answer.kind {
        case .openAccount:
            // Somebody else used the id: once more with a new one.
            if answer.status == .idReused {
                after(1_000, .open(number))
            } else {
                residents[number].hasAccount = true
                if residents[number].insurance == .employee, !isHealing { setCardAccount(number) }
            }
        case .setCardAccount:
            if !isHealing, choices.happens(percent: 50) { confirmCardAccount(number) }
        case .deposit:
            if residents[number].resettles, case .account(let account) = answer.body {
                residents[number].resettles = false
                if !isHealing { resettle(number, account.balanceFen) }
            }
        case .changeInsurance, .recordViolation:
            guard !residents[number].isInTrouble, !isHealing else { return }
            // Whatever has ended is made again.
            for bond in residents[number].bonds { after(choices.wait(500, 5_000), .bond(bond)) }
        default: break
        }
    }

    /// All is well again with somebody who was in trouble.
    func recover(_ number: Int) {
        residents[number].isInTrouble = false
        let yesterday = BusinessDate(daysSince1970: BusinessDate(at: desk.now).daysSince1970 - 1)
        recordViolation(number, until: yesterday)
        insure(number, residents[number].insurance, .insured)
    }

    func insurance(_ insurance: Insurance) -> Gongji_V1_Insurance {
        Gongji_V1_Insurance(rawValue: Int(insurance.rawValue)) ?? .unspecified
    }
}
