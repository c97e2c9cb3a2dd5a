import Domain
import Gateway
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// The scheme of Zibo (2021): one giver, one way, own money first, and a face at each step.
@Suite(
    .serialized,
    .scene {
        try ProvinceNetwork(
            nodes: [ProvinceNetwork.shandong, ProvinceNetwork.shanghai],
            cities: [RegionCode(370_300)!])
    })
struct ZiboScenario {
    private let scene = Scene.current!
    private let zibo = RegionCode(370_300)!
    private let shandong = ProvinceNetwork.shandong
    private let shanghai = RegionCode(ProvinceNetwork.shanghai)

    private func bind(
        _ giver: Citizen, _ recipient: Citizen, quota: Int64 = 0
    ) throws -> Identifier {
        try scene.bind(giver, recipient, quota: quota) { $0.verification = .by(.face) }
    }

    private func proposal(_ giver: Citizen, _ recipient: Citizen) -> Gongji_V1_ServiceRequest {
        scene.proposal(giver, recipient) { $0.verification = .by(.face) }
    }

    @Test("Z2 Z4: one giver, one way; each of the three reasons has its own status")
    func oneWay() throws {
        let giver = try scene.citizen(of: zibo, fen: 10_000)
        let other = try scene.citizen(of: zibo, fen: 10_000)
        let spouse = try scene.citizen(of: zibo, fen: 10_000)
        let child = try scene.citizen(of: zibo, .resident)
        let bound = try bind(giver, spouse)

        // Z2 stands before Z4, which would say the same.
        try scene.expectRefusal(
            proposal(other, spouse), at: shandong, .recipientHasGiver, by: "Z2",
            "1 giver already", limit: "at most 1 giver")
        try scene.expectRefusal(
            proposal(other, giver), at: shandong, .recipientIsGiver, by: "Z4",
            "the recipient gives", limit: "one way only")
        try scene.expectRefusal(
            proposal(spouse, child), at: shandong, .giverIsRecipient, by: "Z4",
            "the giver receives", limit: "one way only")
        // A giver has many relatives.
        _ = try bind(giver, child)

        // What is ended stands in nobody's way.
        try scene.ask(
            .endRelation(bound) { $0.verification = .by(.face) }, at: shandong)
        _ = try bind(other, spouse)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("Z1: the parents of the spouse are none of the three")
    func kinship() throws {
        let giver = try scene.citizen(of: zibo, fen: 10_000)
        let other = try scene.citizen(of: zibo, .resident)
        for kinship in [Gongji_V1_Kinship.parentInLaw, .sibling] {
            let word = kinship == .sibling ? "sibling" : "parent_in_law"
            try scene.expectRefusal(
                scene.proposal(giver, other, kinship) { $0.verification = .by(.face) },
                at: shandong, .kinshipNotAllowed, by: "Z1-A", word,
                limit: "spouse, parent, child")
        }
        let resident = try scene.citizen(of: zibo, .resident)
        try scene.expectRefusal(
            proposal(resident, other), at: shandong, .giverNotEmployeeInsured, by: "Z1-B",
            "resident", limit: "employee")
    }

    @Test("Z6: the own account pays first, then what was shared, whatever is asked for")
    func ownAccountFirst() throws {
        let giver = try scene.citizen(of: zibo, fen: 50_000)
        let mother = try scene.citizen(of: zibo, fen: 1000)
        let relation = try bind(giver, mother, quota: 20_000)

        #expect(
            try scene.pay(scene.bill(mother, at: zibo, fen: 300), at: zibo) == [.own(300)])
        let untouched = scene.bill(mother, at: zibo, fen: 2500) { $0.withoutOwnAccount = true }
        #expect(
            try scene.pay(untouched, at: zibo) == [.own(700), .quota(relation, 1800)])
        #expect(
            try scene.pay(scene.bill(mother, at: zibo, fen: 400, .pharmacy), at: zibo)
                == [.quota(relation, 400)])

        #expect(try scene.balance(mother) == 0)
        #expect(try scene.balance(giver) == 30_000)
        let left = try scene.relation(relation, of: giver)
        #expect(left.availableFen == 17_800)
        let given = try scene.usage(.giver, of: giver, count: 2)
        #expect(given.map(\.amountFen).sorted() == [400, 1800])
        let received = try scene.usage(.recipient, of: mother, count: 4)
        #expect(received.map(\.amountFen).sorted() == [300, 400, 700, 1800])
        #expect(received.count { $0.other.isEmpty } == 2)
        let pharmacy = try scene.usage(.recipient, of: mother, count: 1) {
            $0.category = .pharmacy
        }
        #expect(pharmacy[0].institution == "P37030000001")
        try scene.network.waitUntilBooksAgree()
        #expect(
            try scene.network.books()[shandong]?.balance(.payable(shandong))
                == scene.network.books()[shandong]?.balance(.receivable(shandong)))
    }

    @Test("Z7: nothing that has to do with pooled money, and the burden only")
    func apartFromPooling() throws {
        let person = try scene.citizen(of: zibo, fen: 10_000)
        try scene.expectRefusal(
            scene.bill(person, at: zibo, fen: 100) { $0.bill.asksForPooling = true },
            at: shandong, .notForPooling, by: "Z7-A", "asks for pooled reimbursement",
            limit: "apart from pooling")
        try scene.expectRefusal(
            scene.bill(person, at: zibo, fen: 800) {
                $0.bill.burdenFen = 500
                $0.bill.selfPaidFen = 300
            }, at: shandong, .aboveBurden, by: "Z7-B", "800 fen",
            limit: "personal burden 500 fen")
        try scene.expectRefusal(
            scene.bill(person, at: zibo, fen: 500) {
                $0.bill.totalFen = 700
                $0.bill.pooledFen = 200
            }, at: shandong, .notForPooling, by: "Z7-C", "pooled part 200 fen",
            limit: "no pooled part")
        for visit in [Gongji_V1_VisitType.inpatient, .unspecified] {
            try scene.expectRefusal(
                scene.bill(person, at: zibo, fen: 500) { $0.bill.visit = visit }, at: shandong,
                .visitNotAllowed, by: "Z7-D", visit == .inpatient ? "inpatient" : "not told",
                limit: "outpatient, special_outpatient")
        }
        // Z8. In which city it lies, nobody knows: the national rules hold for the whole province.
        try scene.expectRefusal(
            scene.bill(person, at: zibo, fen: 100) { $0.institution = "H37030012345" },
            at: shandong, .institutionNotDesignated, by: "Z8-A", "H37030012345",
            limit: "in the register of 370000 on …")
        #expect(try scene.balance(person) == 10_000)
    }

    @Test("Z3: who is suspended binds nobody, and bound relatives wait until insurance resumes")
    func suspended() throws {
        let giver = try scene.citizen(of: zibo, fen: 50_000)
        let mother = try scene.citizen(of: zibo, .resident)
        let child = try scene.citizen(of: zibo, .resident)
        let relation = try bind(giver, mother, quota: 20_000)
        try scene.ask(.changeInsurance(giver.wallet, .suspended), at: shandong)

        try scene.expectRefusal(
            proposal(giver, child), at: shandong, .giverSuspended, by: "Z3", "suspended",
            limit: "not suspended")
        #expect(try scene.relation(relation, of: giver).phase == .suspended)
        try scene.waitUntilKnown(relation, to: mother, available: 20_000, .suspended)
        try scene.expectRefusal(
            scene.bill(mother, at: zibo, fen: 500), at: shandong, .insufficientQuota)
        try scene.expectRefusal(
            .setQuota(relation, fen: 30_000), at: shandong, .relationSuspended)

        try scene.ask(.changeInsurance(giver.wallet, .insured), at: shandong)
        try scene.waitUntilKnown(relation, to: mother, available: 20_000)
        #expect(
            try scene.pay(scene.bill(mother, at: zibo, fen: 500), at: zibo)
                == [.quota(relation, 500)])
        _ = try bind(giver, child)
        #expect(try scene.usage(.giver, of: giver, count: 1)[0].amountFen == 500)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("Z5 Z9: the giver shows who they are when binding, and again when unbinding")
    func verification() throws {
        let giver = try scene.citizen(of: zibo, fen: 50_000)
        let mother = try scene.citizen(of: zibo, .resident)
        try scene.expectRefusal(
            scene.proposal(giver, mother), at: shandong, .verificationMissing, by: "Z5",
            "not verified", limit: "face")
        try scene.expectRefusal(
            scene.proposal(giver, mother) { $0.verification = .by(.inPerson) }, at: shandong,
            .verificationMissing, by: "Z5", "in_person", limit: "face")
        let relation = try bind(giver, mother, quota: 20_000)

        try scene.expectRefusal(
            .endRelation(relation), at: shandong, .verificationMissing, by: "Z5", "none",
            limit: "face")
        try scene.expectRefusal(
            .endRelation(relation) { $0.verification = .by(.inPerson) }, at: shandong,
            .verificationMissing, by: "Z5", "in_person", limit: "face")
        #expect(try scene.relation(relation, of: giver).phase == .active)
        let ended = try scene.ask(
            .endRelation(relation) { $0.verification = .by(.face) }, at: shandong
        ).relation
        #expect(ended.phase == .ended)
        #expect(ended.giverBalanceFen == 50_000)
        let kept = try scene.network[shandong].read { try $0.relation(relation) }
        #expect(kept?.verification?.method == .face)
        #expect(kept?.endVerification?.method == .face)
        // At any time, as often as they like.
        _ = try bind(giver, mother)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("What crosses the province is none of Zibo's: a second giver, and no face")
    func acrossProvinces() throws {
        let giver = try scene.citizen(of: zibo, fen: 50_000)
        let mother = try scene.citizen(of: zibo, .resident)
        let far = try scene.citizen(of: shanghai, fen: 50_000)
        let near = try bind(giver, mother, quota: 1000)
        let second = try scene.bind(far, mother, quota: 2000)
        #expect(
            try scene.pay(scene.bill(mother, at: shanghai, fen: 2500), at: shanghai)
                == [.quota(near, 1000), .quota(second, 1500)])
        // But a further one from Zibo would be the second for Zibo.
        let other = try scene.citizen(of: zibo, fen: 50_000)
        try scene.expectRefusal(
            proposal(other, mother), at: shandong, .recipientHasGiver, by: "Z2",
            "1 giver already", limit: "at most 1 giver")
        try scene.network.waitUntilBooksAgree()
    }
}
