import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Storage
import SwiftProtobuf
import Testing
import Wire

/// The notice of Shenzhen (2012), on the last day of a year of wages and on the first of the next.
/// The nodes run by a clock of that time; all that is told happens in one order of days.
@Suite(
    .serialized,
    .scene {
        try ProvinceNetwork(
            nodes: [ProvinceNetwork.guangdong, ProvinceNetwork.shanghai],
            cities: [RegionCode(440_300)!, RegionCode(440_100)!],
            clock: ShiftedClock(noonOf: BusinessDate(year: 2012, month: 6, day: 30)!))
    })
struct ShenzhenScenario {
    private let scene = Scene.current!
    private let shenzhen = RegionCode(440_300)!
    private let guangdong = ProvinceNetwork.guangdong
    private let shanghai = ProvinceNetwork.shanghai

    private func bind(
        _ giver: Citizen, _ recipient: Citizen, quota: Int64 = 0
    ) throws -> Identifier {
        try scene.bind(giver, recipient, quota: quota) { $0.channel = .cityPlatform }
    }

    private func proposal(
        _ giver: Citizen, _ recipient: Citizen, _ kinship: Gongji_V1_Kinship = .parent
    ) -> Gongji_V1_ServiceRequest {
        scene.proposal(giver, recipient, kinship) { $0.channel = .cityPlatform }
    }

    /// Stops the nodes and starts them anew at noon of that day, if it is not that day already.
    private func begin(_ month: Int, _ day: Int) throws {
        let date = BusinessDate(year: 2012, month: month, day: day)!
        if scene.today != date { try scene.restart(by: ShiftedClock(noonOf: date)) }
        #expect(scene.today == date)
        for node in scene.network.nodes.values {
            #expect(try node.status().time.hasPrefix("\(date)T12:"))
        }
        #expect(
            try scene.network[guangdong].status().rules.inForce == ["shenzhen-2012"])
    }

    @Test("S1: only what is above the average wage of the year is shared, and years change in July")
    func threshold() throws {
        try begin(6, 30)
        let june = try scene.citizen(of: shenzhen, fen: 500_000)
        let july = try scene.citizen(of: shenzhen, fen: 500_000)
        let mother = try scene.citizen(of: shenzhen, .resident)
        let first = try bind(june, mother)
        let second = try bind(july, mother)
        try scene.expectRefusal(
            .setQuota(first, fen: 79_501), at: guangdong, .notSharable, by: "S1",
            "420499 fen left", limit: "420500 fen since 2011-07-01")
        try scene.setQuota(first, fen: 79_500, june, mother)

        try begin(7, 1)
        try scene.expectRefusal(
            .setQuota(second, fen: 79_500), at: guangdong, .notSharable, by: "S1",
            "420500 fen left", limit: "459500 fen since 2012-07-01")
        try scene.expectRefusal(
            .setQuota(second, fen: 40_501), at: guangdong, .notSharable, by: "S1",
            "459499 fen left", limit: "459500 fen since 2012-07-01")
        try scene.setQuota(second, fen: 40_500, july, mother)
        // What was set aside before stays.
        #expect(try scene.relation(first, of: june).availableFen == 79_500)
        #expect(try scene.balance(june) == 420_500)
        #expect(try scene.balance(july) == 459_500)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("S8: the card of a relative serves with a full note, until the end of June")
    func transition() throws {
        let holder = try scene.citizen(of: shenzhen, fen: 10_000)
        let wife = try scene.citizen(of: shenzhen, .resident)
        func visit(
            _ change: (inout Gongji_V1_CardNote) -> Void = { _ in }, note: Bool = true
        ) -> Gongji_V1_ServiceRequest {
            scene.bill(holder, at: shenzhen, fen: 1000) {
                $0.bill.patient = wife.wallet.data
                $0.bill.credential = holder.wallet.data
                guard note else { return }
                var full = Gongji_V1_CardNote.with {
                    $0.kinship = .spouse
                    $0.holderCard = Data(repeating: 1, count: 32)
                    $0.patientCard = Data(repeating: 2, count: 32)
                    $0.contact = Data(repeating: 3, count: 32)
                }
                change(&full)
                $0.bill.cardNote = full
            }
        }
        try begin(6, 30)
        #expect(try scene.pay(visit(), at: shenzhen) == [.own(1000)])
        let whole = "both cards, kinship and contact"
        try scene.expectRefusal(
            visit(note: false), at: guangdong, .cardNoteMissing, by: "S8", "no note",
            limit: whole)
        try scene.expectRefusal(
            visit { $0.contact = Data() }, at: guangdong, .cardNoteMissing, by: "S8",
            "a note with gaps", limit: whole)
        try scene.expectRefusal(
            visit { $0.kinship = .sibling }, at: guangdong, .kinshipNotAllowed, by: "S8",
            "sibling", limit: "spouse, parent, child")

        try begin(7, 1)
        try scene.expectRefusal(
            visit(), at: guangdong, .relativesCardNotAllowed, by: "S8", "2012-07-01",
            limit: "until 2012-06-30")
        #expect(try scene.balance(holder) == 9000)
        let record = try scene.usage(.recipient, of: holder, count: 1) { $0.year = 2012 }[0]
        #expect(
            record.businessDate
                == BusinessDate(year: 2012, month: 6, day: 30)?.daysSince1970)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("S5: what is shared pays only for who has nothing of their own")
    func onlyWhenEmpty() throws {
        let giver = try scene.citizen(of: shenzhen, fen: 1_000_000)
        let spouse = try scene.citizen(of: shenzhen, fen: 300)
        let relation = try bind(giver, spouse, quota: 10_000)
        try scene.expectRefusal(
            scene.bill(spouse, at: shenzhen, fen: 500), at: guangdong, .insufficientQuota)
        try scene.expectRefusal(
            scene.bill(spouse, at: shenzhen, fen: 500) { $0.withoutOwnAccount = true },
            at: guangdong, .insufficientQuota)
        #expect(
            try scene.pay(
                scene.bill(spouse, at: shenzhen, fen: 500, .medicalCare, .upTo), at: shenzhen)
                == [.own(300)])
        #expect(
            try scene.pay(scene.bill(spouse, at: shenzhen, fen: 500), at: shenzhen)
                == [.quota(relation, 500)])
        #expect(try scene.balance(spouse) == 0)
        #expect(try scene.relation(relation, of: giver).availableFen == 9500)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("S4: the richest giver pays first; of equals the one whose relation has the lower id")
    func byBalance() throws {
        let mother = try scene.citizen(of: shenzhen, .resident)
        let poor = try scene.citizen(of: shenzhen, fen: 800_000)
        let poorToo = try scene.citizen(of: shenzhen, fen: 800_000)
        let rich = try scene.citizen(of: shenzhen, fen: 900_000)
        var relations: [Identifier] = []
        for giver in [poor, poorToo, rich] {
            relations.append(try bind(giver, mother, quota: 1000))
        }
        let equals = relations.prefix(2).sorted()
        #expect(
            try scene.pay(scene.bill(mother, at: shenzhen, fen: 2500), at: shenzhen)
                == [
                    .quota(relations[2], 1000), .quota(equals[0], 1000),
                    .quota(equals[1], 500),
                ])
        // It is the balance that counts, not what is left of the quota.
        try scene.setQuota(relations[2], fen: 200, rich, mother)
        #expect(
            try scene.pay(scene.bill(mother, at: shenzhen, fen: 600), at: shenzhen)
                == [.quota(relations[2], 200), .quota(equals[1], 400)])
        #expect(try scene.balance(rich) == 898_800)
        for giver in [poor, poorToo] { #expect(try scene.balance(giver) == 799_000) }
        #expect(
            try scene.usage(.recipient, of: mother, count: 5).allSatisfy {
                $0.insured == guangdong.number && $0.care == guangdong.number
            })
        #expect(
            try scene.usage(.giver, of: rich, count: 2).map(\.amountFen).sorted() == [200, 1000])
        try scene.network.waitUntilBooksAgree()
    }

    @Test("S2 G9: relatives of three kinds, insured in the city, over the channels of the city")
    func whoIsBound() throws {
        let giver = try scene.citizen(of: shenzhen, fen: 1_000_000)
        let brother = try scene.citizen(of: shenzhen, .resident)
        try scene.expectRefusal(
            proposal(giver, brother, .sibling), at: guangdong, .kinshipNotAllowed, by: "S2-A",
            "sibling", limit: "spouse, parent, child")
        try scene.expectRefusal(
            proposal(brother, giver), at: guangdong, .giverNotEmployeeInsured, by: "S2-D",
            "resident", limit: "employee")
        try scene.expectRefusal(
            scene.proposal(giver, brother), at: guangdong, .channelNotAllowed, by: "G9",
            "national_app", limit: "city_platform, agency_window, institution_office")
        // In 2012 no rules hold for two cities, nor for two provinces: nothing is allowed there.
        let neighbour = try scene.citizen(of: RegionCode(440_100)!, .resident)
        try scene.expectRefusal(proposal(giver, neighbour), at: guangdong, .provinceNotJoined)
        let far = try scene.citizen(of: RegionCode(shanghai), .resident)
        try scene.expectRefusal(proposal(giver, far), at: guangdong, .provinceNotJoined)
        try scene.expectRefusal(
            scene.bill(giver, at: RegionCode(shanghai), fen: 100), at: shanghai,
            .provinceNotJoined)
        #expect(try scene.balance(giver) == 1_000_000)
        try scene.network.waitUntilBooksAgree()
    }
}
