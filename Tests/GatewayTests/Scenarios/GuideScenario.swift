import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// The guide of 2024, in a city that it describes: consent, proofs, family groups, sealed identity
/// numbers. A second province is there to be named by mistake, and to name people of the first.
@Suite(
    .serialized,
    .scene {
        try ProvinceNetwork(
            nodes: [ProvinceNetwork.xinjiang, ProvinceNetwork.guangdong],
            cities: [RegionCode(650_100)!])
    })
struct GuideScenario {
    private let scene = Scene.current!
    private let urumqi = RegionCode(650_100)!
    private let xinjiang = ProvinceNetwork.xinjiang
    private let guangdong = ProvinceNetwork.guangdong

    private static let proof = Data(repeating: 3, count: 32)

    private func proposal(
        _ giver: Citizen, _ recipient: Citizen, _ kinship: Gongji_V1_Kinship = .child,
        _ change: (inout Gongji_V1_CreateRelation) -> Void = { _ in }
    ) -> Gongji_V1_ServiceRequest {
        scene.proposal(giver, recipient, kinship) {
            $0.kinshipProof = GuideScenario.proof
            $0.verification = .by(.face)
            change(&$0)
        }
    }

    private func bind(
        _ giver: Citizen, _ recipient: Citizen, _ kinship: Gongji_V1_Kinship = .child,
        quota: Int64 = 0
    ) throws -> Identifier {
        try scene.bind(giver, recipient, kinship, quota: quota) {
            $0.kinshipProof = GuideScenario.proof
            $0.verification = .by(.face)
        }
    }

    /// A person with an identity number, whose `years`th birthday is so many days from now.
    private func citizen(
        turning years: Int, inDays days: Int32 = 0, _ sequence: Int,
        _ insurance: Gongji_V1_Insurance = .resident, fen: Int64 = 0
    ) throws -> (citizen: Citizen, identity: String) {
        let identity = SampleIdentity.number(
            turning: years, inDays: days, today: scene.today, sequence: sequence)
        return (
            try scene.citizen(of: urumqi, insurance, fen: fen, identity: identity), identity
        )
    }

    // MARK: Consent and proof

    @Test("G11: a child of 15 is bound at once, one of 16 is asked first")
    func consent() throws {
        let giver = try scene.citizen(of: urumqi, fen: 100_000)
        let younger = try citizen(turning: 16, inDays: 2, 101).citizen
        let older = try citizen(turning: 16, 102).citizen
        let unknown = try scene.citizen(of: urumqi, .resident)
        _ = try bind(giver, younger, quota: 1000)

        for person in [older, unknown] {
            let proposal = proposal(giver, person)
            let asked = try scene.ask(proposal, at: xinjiang).relation
            #expect(asked.phase == .awaitingConsent)
            #expect(asked.waitsFor == "consent of the recipient")
            let days = Double(asked.consentUntilMs - Clock.now().milliseconds) / 86_400_000
            #expect((29.9...30).contains(days))
            try scene.expectRefusal(
                .setQuota(proposal.identifier, fen: 100), at: xinjiang, .relationNotActive)
            try scene.expectRefusal(
                scene.bill(person, at: urumqi, fen: 100), at: xinjiang, .insufficientQuota)
        }
        try scene.network.waitUntilBooksAgree()
    }

    @Test("G11: who declines is not bound; who consents shows who they are")
    func answersToConsent() throws {
        let giver = try scene.citizen(of: urumqi, fen: 100_000)
        let son = try citizen(turning: 20, 103).citizen
        func consent(
            to relation: Identifier, _ accepted: Bool, _ verification: Gongji_V1_Verification?,
            as person: Citizen? = nil
        ) -> Gongji_V1_ServiceRequest {
            .consent(
                to: relation, of: (person ?? son).wallet, accepted: accepted, verification)
        }

        let first = proposal(giver, son)
        try scene.ask(first, at: xinjiang)
        let declined = try scene.ask(consent(to: first.identifier, false, nil), at: xinjiang)
        #expect(declined.wallet.received.map(\.phase) == [.ended])
        #expect(declined.wallet.received.map(\.status) == [Status.consentDeclined.rawValue])
        let ended = try scene.relation(first.identifier, of: giver)
        #expect(ended.phase == .ended)
        #expect(ended.status == Status.consentDeclined.rawValue)
        #expect(ended.grounds.rule == "G11")
        #expect(ended.grounds.compared == "declined")
        #expect(ended.grounds.limit == "consent within 30 days")
        try scene.expectRefusal(
            consent(to: first.identifier, true, .by(.face)), at: xinjiang, .relationEnded)

        let second = proposal(giver, son)
        try scene.ask(second, at: xinjiang)
        try scene.expectRefusal(
            consent(to: second.identifier, true, nil), at: xinjiang, .verificationMissing)
        try scene.expectRefusal(
            consent(to: second.identifier, true, .by(.realName)), at: xinjiang,
            .verificationMissing, by: "G11", "real_name", limit: "face")
        try scene.expectRefusal(
            consent(to: second.identifier, true, .by(.face), as: giver), at: xinjiang,
            .relationUnknown)
        let accepted = try scene.ask(
            consent(to: second.identifier, true, .by(.face)), at: xinjiang)
        #expect(accepted.wallet.received.map(\.phase) == [.active])
        let kept = try scene.network[xinjiang].read { try $0.relation(second.identifier) }
        #expect(kept?.consent?.method == .face)
        try scene.expectRefusal(
            consent(to: second.identifier, true, .by(.face)), at: xinjiang, .nothingAwaited)

        try scene.setQuota(second.identifier, fen: 5000, giver, son)
        #expect(
            try scene.pay(scene.bill(son, at: urumqi, fen: 700), at: urumqi)
                == [.quota(second.identifier, 700)])
        #expect(try scene.balance(giver) == 95_000)
        #expect(try scene.usage(.recipient, of: son, count: 1)[0].amountFen == 700)
        #expect(try scene.usage(.giver, of: giver, count: 1)[0].other == son.wallet.data)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("G18: before the proof of kinship there is no relation")
    func kinshipProof() throws {
        let giver = try scene.citizen(of: urumqi, fen: 100_000)
        let child = try citizen(turning: 9, 104).citizen
        let son = try citizen(turning: 30, 105).citizen
        for person in [child, son] {
            let request = scene.proposal(giver, person, .child) {
                $0.verification = .by(.face)
            }
            let proposed = try scene.ask(request, at: xinjiang).relation
            #expect(proposed.phase == .proposed)
            #expect(proposed.waitsFor == "proof of kinship")
            try scene.expectRefusal(
                .setQuota(request.identifier, fen: 100), at: xinjiang, .relationNotActive)
            let proven = try scene.ask(.supplyProof(request.identifier), at: xinjiang).relation
            #expect(proven.phase == (person.wallet == son.wallet ? .awaitingConsent : .active))
            try scene.expectRefusal(
                .supplyProof(request.identifier), at: xinjiang, .nothingAwaited)
        }
    }

    @Test("G2 G3 G4 G9: parents, spouse and children of an employee, insured, over four channels")
    func kinship() throws {
        let giver = try scene.citizen(of: urumqi, fen: 1000)
        let other = try scene.citizen(of: urumqi, .resident)
        try scene.expectRefusal(
            proposal(giver, other, .parentInLaw), at: xinjiang, .kinshipNotAllowed, by: "G2",
            "parent_in_law", limit: "spouse, parent, child")
        try scene.expectRefusal(
            proposal(other, giver), at: xinjiang, .giverNotEmployeeInsured, by: "G4",
            "resident", limit: "employee")
        let nobody = Citizen(wallet: WalletID(Clock.newIdentifier()), region: urumqi)
        try scene.expectRefusal(proposal(giver, nobody), at: xinjiang, .recipientNotInsured)
        try scene.expectRefusal(
            proposal(giver, other) { $0.channel = .institutionOffice }, at: xinjiang,
            .channelNotAllowed, by: "G9", "institution_office",
            limit: "national_app, provincial_platform, city_platform, agency_window")
        try scene.ask(.changeInsurance(other.wallet, .ended, .resident), at: xinjiang)
        try scene.expectRefusal(
            proposal(giver, other), at: xinjiang, .recipientNotInsured, by: "G3",
            "resident, ended", limit: "employee, resident")
    }

    @Test("G12: members of a family give both ways, see each other, and are in one family")
    func family() throws {
        let wife = try scene.citizen(of: urumqi, fen: 50_000)
        let husband = try citizen(turning: 40, 106, .employee, fen: 50_000).citizen
        let child = try citizen(turning: 5, 107).citizen
        let there = proposal(wife, husband, .spouse)
        #expect(try scene.ask(there, at: xinjiang).relation.phase == .awaitingConsent)
        try scene.ask(
            .consent(
                to: there.identifier, of: husband.wallet, accepted: true, .by(.face)),
            at: xinjiang)
        // Who has come into the family has consented to its members.
        let back = try bind(husband, wife, .spouse, quota: 7000)
        _ = try bind(husband, child)
        try scene.setQuota(there.identifier, fen: 3000, wife, husband)
        for member in [wife, husband, child] {
            let family = try scene.ask(.showFamily(member.wallet), at: xinjiang).family
            #expect(family.members == [wife, husband, child].map(\.wallet.data))
        }
        #expect(
            try scene.pay(
                scene.bill(husband, at: urumqi, fen: 1000) { $0.withoutOwnAccount = true },
                at: urumqi) == [.quota(there.identifier, 1000)])
        #expect(
            try scene.pay(
                scene.bill(wife, at: urumqi, fen: 2000) { $0.withoutOwnAccount = true },
                at: urumqi) == [.quota(back, 2000)])

        let stranger = try scene.citizen(of: urumqi, fen: 1000)
        let friend = try citizen(turning: 6, 108).citizen
        _ = try bind(stranger, friend)
        try scene.expectRefusal(
            proposal(wife, friend), at: xinjiang, .familyGroupOfAnother, by: "G12",
            "two groups", limit: "one group")
        let left = try scene.ask(.leaveFamily(friend.wallet), at: xinjiang).family
        #expect(left.members == [stranger.wallet.data])
        _ = try bind(wife, friend)
        #expect(try scene.balance(wife) == 47_000)
        #expect(try scene.balance(husband) == 43_000)
        try scene.network.waitUntilBooksAgree()
    }

    // MARK: Identity numbers

    @Test("a recipient is named by a sealed identity number, which is nowhere to be read")
    func sealedIdentity() throws {
        let giver = try scene.citizen(of: urumqi, fen: 100_000)
        let far = try scene.citizen(of: RegionCode(guangdong), fen: 100_000)
        let (child, identity) = try citizen(turning: 8, 109)
        let (_, other) = try citizen(turning: 8, 110)
        func named(
            _ giver: Citizen, _ identity: String, sealedTo province: ProvinceCode? = nil,
            for context: Identifier? = nil
        ) throws -> Gongji_V1_ServiceRequest {
            var request = proposal(giver, child)
            request.createRelation.recipient = Data()
            request.createRelation.sealedIdentity = try scene.sealed(
                identity, to: province ?? xinjiang, context ?? request.identifier)
            return request
        }

        let near = try scene.ask(try named(giver, identity), at: xinjiang).relation
        #expect(near.phase == .active)
        #expect(near.recipient == child.wallet.data)
        #expect(near.recipientRegion == urumqi.number)
        // From another province, by the national rules: nobody is asked for an age.
        let crossing = try scene.ask(try named(far, identity), at: guangdong).relation
        #expect(crossing.phase == .active)
        #expect(crossing.recipient == child.wallet.data)

        try scene.expectRefusal(
            try named(giver, identity, sealedTo: guangdong), at: xinjiang, .recipientNotInsured)
        try scene.expectRefusal(
            try named(far, identity, sealedTo: guangdong), at: guangdong, .recipientNotInsured)
        try scene.expectRefusal(
            try named(giver, identity, for: Clock.newIdentifier()), at: xinjiang,
            .recipientNotInsured)
        let nobody = SampleIdentity.number(turning: 8, today: scene.today, sequence: 999)
        try scene.expectRefusal(try named(giver, nobody), at: xinjiang, .recipientNotInsured)
        // One number is one person.
        var again = Gongji_V1_ServiceRequest.open(
            WalletID(Clock.newIdentifier()), .resident, fen: 0, in: urumqi)
        again.openAccount.sealedIdentity = try scene.sealed(
            other, to: xinjiang, again.identifier)
        try scene.expectRefusal(again, at: xinjiang, .walletExists)

        try scene.network.waitUntilBooksAgree()
        for number in [identity, other, nobody] {
            #expect(try places(where: number) == [])
        }
        // The search finds what is there.
        #expect(try !places(where: near.recipient.hex).isEmpty)
    }

    /// Where `text` can be read: in any file of the network, in what the status sockets say, in any
    /// frame of a journal. Also as hexadecimal digits and as the octets that they stand for.
    private func places(where text: String) throws -> [String] {
        let forms =
            [Data(text.utf8), Data(Data(text.utf8).hex.utf8)]
            + [Bytes(hex: text).map { Data($0) }].compactMap { $0 }
        func isIn(_ data: Data) -> Bool { forms.contains { data.range(of: $0) != nil } }
        var found: [String] = []
        let root = scene.network.path
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else {
                continue
            }
            if isIn(data) { found.append(name) }
        }
        for (province, node) in scene.network.nodes {
            if let status = try node.statusOctets(), isIn(status) {
                found.append("status of \(province)")
            }
            try node.read { store in
                for direction in JournalDirection.allCases {
                    for entry in try store.journal(direction, from: 1, limit: .max)
                    where ([entry.envelope] + entry.frames).contains(where: { isIn(Data($0)) }) {
                        found.append("journal of \(province)")
                    }
                }
            }
        }
        return found
    }

    // MARK: How much, and for what

    @Test("G1: only what past years left is shared")
    func carriedOver() throws {
        let giver = try scene.citizen(of: urumqi, fen: 30_000)
        let child = try citizen(turning: 7, 111).citizen
        try scene.ask(.deposit(giver.wallet, fen: 50_000), at: xinjiang)
        let relation = try bind(giver, child)
        try scene.expectRefusal(
            .setQuota(relation, fen: 30_001), at: xinjiang, .notSharable, by: "G1",
            "30001 fen", limit: "30000 fen of past years")
        try scene.setQuota(relation, fen: 30_000, giver, child)
        try scene.expectRefusal(
            .setQuota(relation, fen: 30_001), at: xinjiang, .notSharable, by: "G1", "1 fen",
            limit: "0 fen of past years")
        // What comes back was of past years before it went.
        try scene.setQuota(relation, fen: 10_000, giver, child)
        try scene.setQuota(relation, fen: 30_000, giver, child)
        #expect(try scene.balance(giver) == 50_000)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("G5 G6 G16 G17: the burden only, an insurer's products, no pooled money")
    func whatIsPaid() throws {
        let giver = try scene.citizen(of: urumqi, fen: 100_000)
        let child = try citizen(turning: 7, 112).citizen
        let relation = try bind(giver, child, quota: 50_000)
        func hospital(_ fen: Int64, selfPaid: Int64 = 2500) -> Gongji_V1_ServiceRequest {
            scene.bill(child, at: urumqi, fen: fen) {
                $0.bill.totalFen = 10_000
                $0.bill.pooledFen = 4000
                $0.bill.burdenFen = 3500
                $0.bill.selfPaidFen = selfPaid
            }
        }
        try scene.expectRefusal(
            hospital(6000), at: xinjiang, .aboveBurden, by: "G5-A", "6000 fen",
            limit: "personal burden 3500 fen")
        try scene.expectRefusal(
            hospital(3500, selfPaid: 2499), at: xinjiang, .billIncomplete, by: "G5-A",
            "9999 fen", limit: "total 10000 fen")
        #expect(try scene.pay(hospital(3500), at: urumqi) == [.quota(relation, 3500)])

        #expect(
            try scene.pay(
                scene.bill(child, at: urumqi, fen: 12_000, .commercialInsurance), at: urumqi)
                == [.quota(relation, 12_000)])
        try scene.expectRefusal(
            scene.bill(child, at: urumqi, fen: 100, .commercialInsurance) {
                $0.institution = "H65010000001"
            }, at: xinjiang, .institutionOfAnotherKind, by: "G5-C", "medical",
            limit: "insurer")
        try scene.expectRefusal(
            scene.bill(child, at: urumqi, fen: 100) { $0.bill.pooledScheme = true },
            at: xinjiang, .pooledScheme, by: "G17", "pooled scheme", limit: "family scheme")
        try scene.expectRefusal(
            scene.bill(child, at: urumqi, fen: 100) { $0.bill.countsTowardsDeductible = true },
            at: xinjiang, .notForPooling, by: "G16", "counts towards a deductible",
            limit: "apart from pooling")

        try scene.waitUntilKnown(relation, to: child, available: 34_500)
        let records = try scene.usage(.giver, of: giver, count: 2)
        #expect(Set(records.map(\.category)) == [.medicalCare, .commercialInsurance])
        let insurance = try scene.usage(.giver, of: giver, count: 1) {
            $0.category = .commercialInsurance
            $0.insured = xinjiang.number
            $0.year = UInt32(scene.today.civil.year)
        }
        #expect(insurance[0].institution == "I65010000001")
        _ = try scene.usage(.giver, of: giver, count: 0) { $0.year = 2025 }
        try scene.network.waitUntilBooksAgree()
    }

    @Test(
        "G7 G8: never for what keeps well people well or makes them beautiful",
        arguments: [
            Gongji_V1_Category.publicHealth, .sportAndFitness, .wellness, .cosmeticMedicine,
            .plasticSurgery, .weightLoss, .bodybuilding, .healthCheckup,
        ])
    func forbidden(_ category: Gongji_V1_Category) throws {
        let giver = try scene.citizen(of: urumqi, fen: 10_000)
        let child = try citizen(turning: 7, 200 + category.rawValue).citizen
        let relation = try bind(giver, child, quota: 5000)
        let bill = scene.bill(child, at: urumqi, fen: 100, category)
        let reply = try scene.desk(xinjiang, for: bill).ask(bill)
        #expect(reply.refusal == .categoryNotAllowed)
        #expect(["G7", "G8"].contains(reply.refused.grounds.rule))
        #expect(reply.refused.grounds.compared == Category(category)?.word)
        #expect(try scene.relation(relation, of: giver).availableFen == 5000)
    }

    @Test("G10: the patient's own credential, and of whoever buys for them both identities")
    func impersonation() throws {
        let giver = try scene.citizen(of: urumqi, fen: 10_000)
        let child = try citizen(turning: 7, 113).citizen
        let relation = try bind(giver, child, quota: 5000)
        func purchase(
            _ change: (inout Gongji_V1_Bill) -> Void
        ) -> Gongji_V1_ServiceRequest {
            scene.bill(child, at: urumqi, fen: 100, .pharmacy) { change(&$0.bill) }
        }
        let own = "the patient's own credential"
        try scene.expectRefusal(
            purchase { $0.credential = giver.wallet.data }, at: xinjiang, .impersonation,
            by: "G10", "the credential of someone else", limit: own)
        try scene.expectRefusal(
            purchase { $0.credential = Data() }, at: xinjiang, .impersonation, by: "G10",
            "no credential", limit: own)
        try scene.expectRefusal(
            purchase {
                $0.patient = giver.wallet.data
                $0.credential = giver.wallet.data
            }, at: xinjiang, .impersonation, by: "G10", "the credential of someone else", limit: own
        )
        let identity = Data(repeating: 6, count: 32)
        try scene.expectRefusal(
            purchase { $0.proxy.proxyIdentity = identity }, at: xinjiang,
            .identityRecordMissing, by: "G10", "1 identity record",
            limit: "those of patient and proxy")
        #expect(
            try scene.pay(
                purchase {
                    $0.proxy.proxyIdentity = identity
                    $0.proxy.patientIdentity = identity
                }, at: urumqi) == [.quota(relation, 100)])
        try scene.network.waitUntilBooksAgree()
    }
}

extension Data {
    fileprivate var hex: String { Bytes(self).hex }
}
