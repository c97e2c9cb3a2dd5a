import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// The national rules (2026), over four provinces: care, wallet and two givers.
@Suite(
    .serialized,
    .scene {
        try ProvinceNetwork(nodes: [
            ProvinceNetwork.shanghai, ProvinceNetwork.shandong, ProvinceNetwork.guangdong,
            ProvinceNetwork.zhejiang,
        ])
    })
struct NationalScenario {
    private let scene = Scene.current!
    private let shanghai = ProvinceNetwork.shanghai
    private let shandong = ProvinceNetwork.shandong
    private let guangdong = ProvinceNetwork.guangdong
    private let zhejiang = ProvinceNetwork.zhejiang

    private func citizen(
        of province: ProvinceCode, _ insurance: Gongji_V1_Insurance = .employee,
        fen: Int64 = 0, identity: String? = nil
    ) throws -> Citizen {
        try scene.citizen(of: RegionCode(province), insurance, fen: fen, identity: identity)
    }

    private func bill(
        _ citizen: Citizen, fen: Int64, _ category: Gongji_V1_Category = .medicalCare,
        _ mode: Gongji_V1_ReserveMode = .exact,
        _ change: (inout Gongji_V1_SettleReserve) -> Void = { _ in }
    ) -> Gongji_V1_ServiceRequest {
        scene.bill(citizen, at: RegionCode(shanghai), fen: fen, category, mode, change)
    }

    private func pay(_ bill: Gongji_V1_ServiceRequest) throws -> [Drawn] {
        try scene.pay(bill, at: RegionCode(shanghai))
    }

    private func owed(by payer: ProvinceCode) throws -> Int64 {
        try scene.network[payer].read { try $0.balance(.payable(shanghai)) }
    }

    // MARK: Who

    @Test("N7 G14 G15: many give to one and one gives to many; both are listed, and what was used")
    func manyToMany() throws {
        let mother = try citizen(of: shandong, .resident)
        let father = try citizen(of: shandong, fen: 400)
        let daughter = try citizen(of: guangdong, fen: 50_000)
        let son = try citizen(of: zhejiang, fen: 50_000)
        let before = [try owed(by: guangdong), try owed(by: zhejiang), try owed(by: shandong)]
        let first = try scene.bind(daughter, mother, quota: 2000)
        let second = try scene.bind(son, mother, quota: 3000)
        let third = try scene.bind(daughter, father, quota: 1000)

        let listed = try scene.ask(.showWallet(daughter.wallet), at: guangdong).wallet.given
        #expect(
            Set(listed.map(\.recipient)) == [mother.wallet.data, father.wallet.data])
        let hers = try scene.ask(.showWallet(mother.wallet), at: shandong).wallet.received
        #expect(Set(hers.map(\.giver)) == [daughter.wallet.data, son.wallet.data])

        let both = bill(mother, fen: 4500)
        #expect(try pay(both) == [.quota(first, 2000), .quota(second, 2500)])
        #expect(try pay(bill(father, fen: 900)) == [.own(400), .quota(third, 500)])
        #expect(try pay(bill(mother, fen: 300, .medicalDevice)) == [.quota(second, 300)])

        try scene.network.waitUntilBooksAgree()
        #expect(
            zip([try owed(by: guangdong), try owed(by: zhejiang), try owed(by: shandong)], before)
                .map { $0 - $1 } == [2500, 2800, 400])
        #expect(try scene.balance(daughter) == 47_000)
        #expect(try scene.balance(son) == 47_000)
        #expect(try scene.balance(father) == 0)

        let received = try scene.usage(.recipient, of: mother, count: 3)
        #expect(received.map(\.amountFen).sorted() == [300, 2000, 2500])
        #expect(received.allSatisfy { $0.care == shanghai.number })
        let ofSon = try scene.usage(.recipient, of: mother, count: 2) {
            $0.insured = zhejiang.number
        }
        #expect(ofSon.allSatisfy { $0.other == son.wallet.data })
        let given = try scene.usage(.giver, of: daughter, count: 2)
        #expect(Set(given.map(\.other)) == [mother.wallet.data, father.wallet.data])
        let device = Gongji_V1_ServiceRequest.listUsage(.institution) {
            $0.institution = "P31000000001"
            $0.category = .medicalDevice
        }
        let claims = try scene.ask(device, at: shanghai).usage.records
        #expect(claims.map(\.amountFen) == [300])
        #expect(claims.map(\.insured) == [zhejiang.number])

        // Undone, it is undone in all books, and the records say so.
        let reversed = try scene.ask(.reverse(both.identifier), at: shanghai).settlement
        #expect(reversed.outcome == .reversed)
        try scene.waitUntilKnown(first, to: mother, available: 2000)
        try scene.waitUntilKnown(second, to: mother, available: 2700)
        try eventually("the reversal among the records") {
            try scene.usage(.recipient, of: mother, count: 3)
                .count { $0.hasReversalDate } == 2
        }
        try scene.network.waitUntilBooksAgree()
        #expect(
            zip([try owed(by: guangdong), try owed(by: zhejiang), try owed(by: shandong)], before)
                .map { $0 - $1 } == [500, 300, 400])
    }

    @Test("N4: the eight kinds of relatives, siblings among them, and no ninth")
    func kinship() throws {
        let giver = try citizen(of: guangdong, fen: 1000)
        for kinship in Gongji_V1_Kinship.allCases where kinship != .unspecified {
            let relative = try citizen(of: zhejiang, .resident)
            if kinship == .parentInLaw {
                try scene.expectRefusal(
                    scene.proposal(giver, relative, kinship), at: guangdong,
                    .kinshipNotAllowed, by: "N4", "parent_in_law",
                    limit: "spouse, parent, child, sibling, …")
            } else {
                let relation = try scene.bind(giver, relative, kinship)
                let kept = try scene.network[guangdong].read { try $0.relation(relation) }
                #expect(kept?.kinship == Kinship(kinship))
            }
        }
        let sibling = try citizen(of: zhejiang, .resident)
        let relation = try scene.bind(giver, sibling, .sibling, quota: 500)
        #expect(try pay(bill(sibling, fen: 200)) == [.quota(relation, 200)])
        try scene.network.waitUntilBooksAgree()
    }

    @Test("N3 N6: an employee who signed gives, to anyone insured")
    func insuranceAndCommitment() throws {
        let giver = try citizen(of: guangdong, fen: 1000)
        let resident = try citizen(of: guangdong, .resident)
        let other = try citizen(of: zhejiang, .resident)
        try scene.expectRefusal(
            scene.proposal(resident, other), at: guangdong, .giverNotEmployeeInsured,
            by: "N3-A", "resident", limit: "employee")
        try scene.expectRefusal(
            scene.proposal(giver, other) { $0.commitmentDigest = Data() }, at: guangdong,
            .commitmentMissing, by: "N6", "missing", limit: "commitment letter")
        let nobody = Citizen(
            wallet: WalletID(Clock.newIdentifier()), region: RegionCode(zhejiang))
        try scene.expectRefusal(
            scene.proposal(giver, nobody), at: guangdong, .recipientNotInsured)
        let request = scene.proposal(giver, other)
        try scene.ask(request, at: guangdong)
        let kept = try scene.network[guangdong].read { try $0.relation(request.identifier) }
        #expect(kept?.commitmentDigest == Digest(request.createRelation.commitmentDigest))
        #expect(kept?.commitmentDate.daysSince1970 == request.createRelation.commitmentDate)
    }

    @Test("N5: three channels, and each is recorded")
    func channels() throws {
        let giver = try citizen(of: guangdong, fen: 1000)
        let other = try citizen(of: zhejiang, .resident)
        let channels: [(Gongji_V1_Channel, Channel)] = [
            (.nationalApp, .nationalApp), (.provincialPlatform, .provincialPlatform),
            (.agencyWindow, .agencyWindow),
        ]
        for (channel, word) in channels {
            let relation = try scene.bind(giver, other) { $0.channel = channel }
            try scene.ask(.endRelation(relation) { $0.channel = channel }, at: guangdong)
            let kept = try scene.network[guangdong].read { try $0.relation(relation) }
            #expect(kept?.madeOver == word)
            #expect(kept?.endedOver == word)
        }
        for (channel, word) in [
            (Gongji_V1_Channel.institutionOffice, "institution_office"),
            (.cityPlatform, "city_platform"),
        ] {
            try scene.expectRefusal(
                scene.proposal(giver, other) { $0.channel = channel }, at: guangdong,
                .channelNotAllowed, by: "N5", word,
                limit: "national_app, provincial_platform, agency_window")
        }
    }

    @Test("a recipient of another province is named by a sealed identity number")
    func sealedIdentity() throws {
        let identity = SampleIdentity.number(turning: 70, today: scene.today, sequence: 301)
        let mother = try citizen(of: shandong, .resident, identity: identity)
        let daughter = try citizen(of: guangdong, fen: 5000)
        var request = scene.proposal(daughter, mother)
        request.createRelation.recipient = Data()
        // As a client of the giver's province does it, by the certificate that its node shows.
        request.createRelation.sealedIdentity = try scene.sealed(
            identity, to: shandong, request.identifier)
        let relation = try scene.ask(request, at: guangdong).relation
        #expect(relation.phase == .active)
        #expect(relation.recipient == mother.wallet.data)
        try scene.setQuota(request.identifier, fen: 1000, daughter, mother)
        #expect(try pay(bill(mother, fen: 1000)) == [.quota(request.identifier, 1000)])

        var both = scene.proposal(daughter, mother)
        both.createRelation.sealedIdentity = try scene.sealed(
            identity, to: shandong, both.identifier)
        try scene.expectRefusal(
            both, at: guangdong, .malformed, by: "FORM", "field recipient",
            limit: "a wallet id or a sealed number, one of the two")
        try scene.network.waitUntilBooksAgree()
    }

    // MARK: How much

    @Test("N9: what was received is not given on")
    func noThirdPerson() throws {
        let giver = try citizen(of: guangdong, fen: 10_000)
        let middle = try citizen(of: zhejiang, fen: 500)
        let third = try citizen(of: shandong, .resident)
        _ = try scene.bind(giver, middle, .sibling, quota: 1000)
        let on = try scene.bind(middle, third)
        try scene.expectRefusal(
            .setQuota(on, fen: 501), at: zhejiang, .quotaNotPassedOn, by: "N9", "501 fen",
            limit: "500 fen of the giver's own")
        // Their own they may give.
        try scene.setQuota(on, fen: 500, middle, third)
        try scene.expectRefusal(
            .setQuota(on, fen: 501), at: zhejiang, .quotaNotPassedOn, by: "N9", "1 fen",
            limit: "0 fen of the giver's own")
        #expect(try scene.balance(middle) == 0)
        #expect(try scene.balance(giver) == 9000)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("N11: a relation that ends while money is held waits for the outcome")
    func endWithAHold() throws {
        let mother = try citizen(of: shandong, .resident)
        let daughter = try citizen(of: guangdong, fen: 50_000)
        let relation = try scene.bind(daughter, mother, quota: 5000)
        let held = bill(mother, fen: 3000)
        try scene.ask(held, at: shanghai)

        let ending = try scene.ask(.endRelation(relation), at: guangdong).relation
        #expect(ending.phase == .ending)
        #expect(ending.openHolds == 1)
        #expect(ending.availableFen == 0)
        #expect(ending.giverBalanceFen == 47_000)
        try scene.waitUntilKnown(relation, to: mother, available: 0, .ending)
        try scene.expectRefusal(.setQuota(relation, fen: 1), at: guangdong, .relationEnded)
        try scene.expectRefusal(bill(mother, fen: 1), at: shanghai, .insufficientQuota)

        let settled = try scene.ask(.commit(held.identifier, fen: 2200), at: shanghai)
        #expect(settled.settlement.finalFen == 2200)
        try scene.waitUntilKnown(relation, to: mother, available: 0, .ended)
        #expect(try scene.relation(relation, of: daughter).phase == .ended)
        #expect(try scene.balance(daughter) == 47_800)
        try scene.expectRefusal(.endRelation(relation), at: guangdong, .relationEnded)
        #expect(try scene.usage(.recipient, of: mother, count: 1)[0].amountFen == 2200)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("N14: a relation ends by itself when the insurance of either side is over")
    func insuranceMoved() throws {
        let moving = try citizen(of: shandong, .resident)
        let staying = try citizen(of: shandong, .resident)
        let daughter = try citizen(of: guangdong, fen: 50_000)
        let first = try scene.bind(daughter, moving, quota: 5000)
        let second = try scene.bind(daughter, staying, quota: 4000)
        // An interruption is no end.
        try scene.ask(.changeInsurance(moving.wallet, .suspended, .resident), at: shandong)
        try scene.ask(.changeInsurance(moving.wallet, .moved, .resident), at: shandong)
        try scene.waitUntilKnown(first, to: moving, available: 0, .ended)
        let ended = try scene.relation(first, of: daughter)
        #expect(ended.phase == .ended)
        #expect(ended.status == Status.insuranceChanged.rawValue)
        #expect(ended.giverBalanceFen == 46_000)
        try scene.expectRefusal(bill(moving, fen: 100), at: shanghai, .recipientNotInsured)
        try scene.expectRefusal(
            scene.proposal(daughter, moving), at: guangdong, .recipientNotInsured)

        // Retired as a resident, the giver has no account to give from.
        try scene.ask(.changeInsurance(daughter.wallet, .insured, .resident), at: guangdong)
        try scene.waitUntilKnown(second, to: staying, available: 0, .ended)
        #expect(try scene.balance(daughter) == 50_000)
        try scene.network.waitUntilBooksAgree()
    }

    // MARK: For what

    @Test("N13: a premium is paid in full and from quota alone")
    func premium() throws {
        let child = try citizen(of: shandong, fen: 100_000)
        let mother = try citizen(of: guangdong, fen: 90_000)
        let father = try citizen(of: zhejiang, fen: 90_000)
        try scene.expectRefusal(
            bill(child, fen: 40_000, .residentInsurancePremium), at: shanghai,
            .premiumNotCovered)
        let first = try scene.bind(mother, child, .child, quota: 30_000)
        let second = try scene.bind(father, child, .child, quota: 25_000)
        try scene.expectRefusal(
            bill(child, fen: 55_001, .residentInsurancePremium), at: shanghai,
            .premiumNotCovered)
        try scene.expectRefusal(
            bill(child, fen: 30_000, .residentInsurancePremium) {
                $0.bill.totalFen = 40_000
                $0.bill.burdenFen = 40_000
            }, at: shanghai, .premiumInPart, by: "N13", "30000 fen", limit: "total 40000 fen")
        try scene.expectRefusal(
            bill(child, fen: 40_000, .longTermCarePremium, .upTo), at: shanghai, .premiumInPart)
        let held = bill(child, fen: 40_000, .longTermCarePremium)
        try scene.ask(held, at: shanghai)
        try scene.expectRefusal(
            .commit(held.identifier, fen: 39_999), at: shanghai, .premiumInPart)
        try scene.ask(.cancel(held.identifier), at: shanghai)
        try scene.waitUntilKnown(first, to: child, available: 30_000)
        try scene.waitUntilKnown(second, to: child, available: 25_000)

        #expect(
            try pay(bill(child, fen: 40_000, .residentInsurancePremium))
                == [.quota(first, 30_000), .quota(second, 10_000)])
        #expect(try scene.balance(child) == 100_000)
        let records = try scene.usage(.recipient, of: child, count: 2)
        #expect(records.allSatisfy { $0.institution == "C31000000001" })
        try scene.network.waitUntilBooksAgree()
    }

    @Test("N10 N12: at institutions of the register, and of the right kind")
    func institutions() throws {
        let mother = try citizen(of: shandong, .resident)
        let daughter = try citizen(of: guangdong, fen: 50_000)
        let relation = try scene.bind(daughter, mother, quota: 5000)
        func visit(_ institution: String) -> Gongji_V1_ServiceRequest {
            bill(mother, fen: 100) { $0.institution = institution }
        }
        try scene.expectRefusal(
            visit("H31000000777"), at: shanghai, .institutionNotDesignated, by: "N10-B",
            "H31000000777", limit: "in the register of 310000 on …")
        try scene.expectRefusal(
            visit("P31000000001"), at: shanghai, .institutionOfAnotherKind, by: "N12-B",
            "pharmacy", limit: "medical")
        try scene.expectRefusal(
            bill(mother, fen: 100, .healthCheckup), at: shanghai, .categoryNotAllowed,
            by: "N12-A", "health_checkup", limit: "medical_care, pharmacy, …")

        try scene.expectRefusal(
            bill(mother, fen: 100) {
                $0.bill.burdenFen = 60
                $0.bill.selfPaidFen = 40
            }, at: shanghai, .aboveBurden, by: "N10-A", "100 fen",
            limit: "personal burden 60 fen")

        // A new entry of the register is taken over while the node runs.
        let node = scene.network[shanghai]
        let entries = try node.status().rules.institutions
        try scene.network.putRegister(
            SampleRegister.text(
                of: shanghai, and: "H31000000777,medical,310000,New hospital,2026-01-01,"),
            of: shanghai)
        try eventually("the new register") {
            try node.status().rules.institutions == entries + 1
        }
        #expect(try pay(visit("H31000000777")) == [.quota(relation, 100)])
        let list = Gongji_V1_ServiceRequest.listUsage(.institution) {
            $0.institution = "H31000000777"
        }
        let records = try scene.ask(list, at: shanghai).usage.records
        #expect(records.map(\.other) == [mother.wallet.data])
        try scene.network.waitUntilBooksAgree()
    }

    // MARK: Files

    @Test(
        "G9: who has not joined is refused; files that hold are taken over, files that do not are told"
    )
    func filesReplaced() throws {
        let giver = try citizen(of: guangdong, fen: 1000)
        let other = try citizen(of: zhejiang, .resident)
        let original = try scene.network.ruleSet("national-2026")
        let row = "          - 330000  # 浙江\n"
        #expect(original.contains(row))
        let without = original.replacing(row, with: "")
            .replacing("name: national-2026", with: "name: national-2026-b")
        try scene.network.put(ruleSet: "national-2026", without)
        try waitUntilInForce("national-2026-b")
        try scene.expectRefusal(
            scene.proposal(giver, other), at: guangdong, .provinceNotJoined, by: "G9",
            "region 330000 on …", limit: "not joined")
        let own = try citizen(of: zhejiang, fen: 1000)
        let near = try citizen(of: guangdong, .resident)
        try scene.expectRefusal(
            scene.proposal(own, near), at: zhejiang, .provinceNotJoined, by: "G9",
            "region 330000 on …", limit: "not joined")

        let lines = without.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("allow: [employee]") })
        try scene.network.put(
            ruleSet: "national-2026",
            without.replacing("allow: [employee]\n", with: "alow: [employee]\n"))
        let fault = "national-2026.yaml:\(line + 1)"
        for node in scene.network.nodes.values {
            var failure: String?
            try eventually("the fault in the status", seen: { failure ?? "none" }) {
                failure = try node.status().rules.lastFailure
                return failure?.contains(fault) == true
            }
            #expect(try node.status().rules.inForce.contains("national-2026-b"))
            #expect(try node.status().state == "running")
        }
        try scene.expectRefusal(
            scene.proposal(giver, other), at: guangdong, .provinceNotJoined, by: "G9",
            "region 330000 on …", limit: "not joined")

        try scene.network.put(ruleSet: "national-2026", original)
        try waitUntilInForce("national-2026")
        _ = try scene.bind(giver, other)
        _ = try scene.bind(own, near)
        try scene.network.waitUntilBooksAgree()
    }

    private func waitUntilInForce(_ name: String) throws {
        for node in scene.network.nodes.values {
            try eventually("rule set \(name) in force", seen: { node.lastWords }) {
                let rules = try node.status().rules
                return rules.inForce.contains(name) && rules.lastFailure == nil
            }
        }
    }
}
