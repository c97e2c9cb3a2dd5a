import Domain
import Foundation
import Gateway
import Glibc
import Ledger
import Settlement
import Testing
import Wire

/// What a node refuses its clients, over the real socket.
@Suite(.serialized) struct ClientRefusals {
    /// A request, what it must be refused with, and where it is asked.
    private struct Case {
        let name: String
        let request: Gongji_V1_ServiceRequest
        let status: Status
        let atCare: Bool
    }

    @Test func everyRefusalIsTheSameOctetsAgainEvenAfterAKill() throws {
        let network = try ProvinceNetwork(nodes: [
            ProvinceNetwork.shanghai, ProvinceNetwork.shandong,
        ])
        try network.start()
        let care = network[ProvinceNetwork.shanghai]
        let payer = network[ProvinceNetwork.shandong]
        let desks = (care: try care.desk(), payer: try payer.desk())
        let cases = try self.cases(desks.care, desks.payer)

        let before = try network.books()
        var first: [Identifier: Bytes] = [:]
        for entry in cases {
            let octets = try (entry.atCare ? desks.care : desks.payer).octets(entry.request)
            first[entry.request.identifier] = octets
            let found = try ServiceClient.decode(octets).refusal
            #expect(found == entry.status, "\(entry.name)")
        }
        let after = try network.books()
        for (province, books) in after {
            #expect(books.accounts == before[province]?.accounts)
            // Of a proposal that was refused it is kept that it was, and why.
            #expect(
                books.relations.filter { $0.value.phase.isAlive }
                    == before[province]?.relations.filter { $0.value.phase.isAlive })
        }
        for node in [care, payer] {
            let counted = try node.status().refusals.clients
            for status in Set(cases.filter { $0.atCare == (node === care) }.map(\.status)) {
                #expect(counted[status.word, default: 0] >= 1, "\(status.word) in the status")
            }
        }

        func expectTheSameAgain(_ when: String) throws {
            let desks = (care: try care.desk(), payer: try payer.desk())
            for entry in cases {
                let again = try (entry.atCare ? desks.care : desks.payer).octets(entry.request)
                #expect(again == first[entry.request.identifier], "\(entry.name), \(when)")
            }
        }
        try expectTheSameAgain("at once")
        for node in [care, payer] { node.kill() }
        for node in [care, payer] { try node.start(waiting: false) }
        try network.waitUntilConnected()
        try expectTheSameAgain("after a kill")
        #expect(try network.books()[payer.province] == after[payer.province])
    }

    /// In no case may anything be done.
    private func cases(_ care: ServiceDesk, _ payer: ServiceDesk) throws -> [Case] {
        let shandong = ProvinceNetwork.shandong
        let nobody = WalletID(Clock.newIdentifier())
        let giver = try payer.person(fen: 100_000)
        let resident = try payer.person(.resident, fen: 0)
        let mother = try payer.person(fen: 1000)
        let relation = try payer.done(.relate(giver, to: mother, of: shandong))
        try payer.done(.setQuota(relation, fen: 5000))
        let ended = try payer.relation(to: mother, of: shandong, account: 100, quota: 50)
        try payer.done(.endRelation(ended))
        let poor = WalletID(Clock.newIdentifier())
        try payer.done(.open(poor, fen: 0, in: RegionCode(371_000)))
        try payer.done(.setCardAccount(poor, bank: "ICBC", account: "6222021614000000017"))

        let held = try care.done(.reserve(mother, of: shandong, fen: 500))
        let settled = try care.done(.reserve(mother, of: shandong, fen: 100))
        try care.done(.commit(settled, fen: 100))
        let premium = try care.done(
            .reserve(mother, of: shandong, fen: 700, .residentInsurancePremium))
        let expired = try care.done(
            .reserve(mother, of: shandong, fen: 200, holdMilliseconds: 1000))
        pause(milliseconds: 1300)

        var reused = Gongji_V1_ServiceRequest.deposit(giver, fen: 1)
        try payer.done(reused)
        reused.deposit.amountFen = 2

        func atPayer(_ name: String, _ request: Gongji_V1_ServiceRequest, _ status: Status) -> Case
        {
            Case(name: name, request: request, status: status, atCare: false)
        }
        func atCare(_ name: String, _ request: Gongji_V1_ServiceRequest, _ status: Status) -> Case {
            Case(name: name, request: request, status: status, atCare: true)
        }
        return [
            atPayer("unknown relation", .setQuota(Clock.newIdentifier(), fen: 1), .relationUnknown),
            atPayer(
                "end of an unknown one", .endRelation(Clock.newIdentifier()), .relationUnknown),
            atPayer("ended relation", .setQuota(ended, fen: 10), .relationEnded),
            atPayer("ended twice", .endRelation(ended), .relationEnded),
            atPayer(
                "quota above the account", .setQuota(relation, fen: 1_000_000), .insufficientBalance
            ),
            atPayer("negative quota", .setQuota(relation, fen: -1), .amountNotPositive),
            atPayer("quota beyond all limits", .setQuota(relation, fen: .max), .amountTooLarge),
            atPayer("deposit of nothing", .deposit(giver, fen: 0), .amountNotPositive),
            atPayer("negative deposit", .deposit(giver, fen: .min), .amountNotPositive),
            atPayer("deposit beyond all limits", .deposit(giver, fen: .max), .amountTooLarge),
            atPayer(
                "withdrawal above the account",
                .withdraw(poor, fen: 1) { $0.commitmentDigest = Data(repeating: 7, count: 32) },
                .insufficientBalance),
            atPayer(
                "withdrawal where no rules let it", .withdraw(giver, fen: 1),
                .withdrawalReasonNotAllowed),
            atPayer("withdrawal by nobody", .withdraw(nobody, fen: 1), .walletUnknown),
            atPayer("an account twice", .open(giver, fen: 1), .walletExists),
            atPayer("same id, other content", reused, .idReused),
            atPayer(
                "a province not in the directory", .relate(giver, to: mother, number: 650_000),
                .unknownProvince),
            atPayer(
                "a number that is no province", .relate(giver, to: mother, number: 7),
                .unknownProvince),
            atPayer(
                "a giver without an account", .relate(resident, to: mother, of: shandong),
                .giverNotEmployeeInsured),
            atPayer("a gift to oneself", .relate(giver, to: giver, of: shandong), .selfRelation),
            atCare(
                "a wallet of no known province", .reserve(mother, number: 650_000, fen: 10),
                .unknownProvince),
            atCare(
                "an institution of no register",
                .reserve(mother, of: shandong, fen: 10) { $0.institution = "H99" },
                .institutionNotDesignated),
            atCare(
                "more than the burden",
                .reserve(mother, of: shandong, fen: 10) {
                    $0.bill.burdenFen = 9
                    $0.bill.selfPaidFen = 1
                }, .aboveBurden),
            atCare(
                "a bill that does not add up",
                .reserve(mother, of: shandong, fen: 10) { $0.bill.totalFen = 11 },
                .billIncomplete),
            atCare(
                "no bill at all", .reserve(mother, of: shandong, fen: 10) { $0.clearBill() },
                .billIncomplete),
            atCare(
                "the credential of someone else",
                .reserve(mother, of: shandong, fen: 10) {
                    $0.bill.credential = giver.data
                }, .impersonation),
            atCare(
                "nobody's wallet", .reserve(nobody, of: shandong, fen: 10), .recipientNotInsured),
            atCare("a bill of nothing", .reserve(mother, of: shandong, fen: 0), .amountNotPositive),
            atCare("a negative bill", .reserve(mother, of: shandong, fen: -5), .amountNotPositive),
            atCare(
                "a bill beyond all limits", .reserve(mother, of: shandong, fen: .max),
                .amountTooLarge),
            atCare(
                "more than there is", .reserve(mother, of: shandong, fen: 50_000),
                .insufficientQuota),
            atCare(
                "a premium that is not covered",
                .reserve(mother, of: shandong, fen: 50_000, .longTermCarePremium),
                .premiumNotCovered),
            atCare(
                "a premium in part",
                .reserve(mother, of: shandong, fen: 100, .longTermCarePremium, .upTo),
                .premiumInPart),
            atCare("final above what is held", .commit(held, fen: 501), .finalAboveReserved),
            atCare("a final of nothing", .commit(held, fen: 0), .amountNotPositive),
            atCare("a negative final", .commit(held, fen: -1), .amountNotPositive),
            atCare("a final beyond all limits", .commit(held, fen: .max), .amountTooLarge),
            atCare("a premium committed in part", .commit(premium, fen: 699), .premiumInPart),
            atCare(
                "a commit of nothing known", .commit(Clock.newIdentifier(), fen: 1),
                .transactionUnknown),
            atCare("a commit after expiry", .commit(expired, fen: 200), .reservationExpired),
            atCare("a second commit", .commit(settled, fen: 100), .alreadySettled),
        ]
    }

    // MARK: What is no request

    @Test func whatIsNoRequestIsRefusedAndTheSocketGoesOn() throws {
        let network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let before = try node.books()

        var withoutID = Gongji_V1_ServiceRequest.deposit(WalletID(Clock.newIdentifier()), fen: 1)
        withoutID.id = Data()
        var shortID = withoutID
        shortID.id = Data(repeating: 1, count: 15)
        var shortWallet = Gongji_V1_ServiceRequest.deposit(WalletID(Clock.newIdentifier()), fen: 1)
        shortWallet.deposit.wallet = Data(repeating: 1, count: 15)
        var empty = shortWallet
        empty.body = nil
        let cases: [(name: String, octets: Bytes, id: Identifier)] = [
            ("nothing", [], .zero),
            ("random octets", Bytes(repeating: 0xff, count: 500), .zero),
            ("no id", ServiceClient.encode(withoutID), .zero),
            ("an id of 15 octets", ServiceClient.encode(shortID), .zero),
            ("a wallet of 15 octets", ServiceClient.encode(shortWallet), shortWallet.identifier),
            ("no body", ServiceClient.encode(empty), empty.identifier),
        ]
        let desk = try node.desk()
        for (name, octets, id) in cases {
            try desk.send(octets: octets)
            let reply = try ServiceClient.decode(try desk.next())
            #expect(reply.refusal == .malformed, "\(name)")
            #expect(Identifier(reply.id) == id, "\(name)")
        }
        #expect(try node.status().refusals.clients["malformed"] == cases.count)

        // A frame over the limit ends its connection; others do not notice.
        let other = try node.desk()
        try other.send(octets: Bytes(repeating: 0, count: Limits.requestBytesMax + 1))
        try desk.done(.open(WalletID(Clock.newIdentifier()), fen: 5))
        let after = try node.books()
        #expect(after.answers == before.answers + 1)
        #expect(after.postings == before.postings + 1)
    }

    @Test func aRequestThatIsAskedTwiceAtOnceIsDoneOnce() throws {
        let network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let desks = try (0..<5).map { _ in try node.desk() }
        let wallet = try desks[0].person(fen: 0)
        let deposit = Gongji_V1_ServiceRequest.deposit(wallet, fen: 7)
        for _ in 0..<10 { for desk in desks { try desk.send(deposit) } }
        var answers: Set<Bytes> = []
        for desk in desks { answers.insert(try desk.answer(to: deposit.identifier)) }
        #expect(answers.count == 1)
        #expect(try node.books().accounts[.personal(wallet)] == 7)
    }
}
