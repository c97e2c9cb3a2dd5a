import Domain
import Gateway
import Glibc
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// SIGKILL at the worst moments of a settlement over four provinces.
@Suite(.serialized) struct SurvivingKills {
    private static let care = ProvinceNetwork.shanghai
    private static let wallet = ProvinceNetwork.shandong
    /// Has the larger quota, and so decides.
    private static let primary = ProvinceNetwork.guangdong
    private static let secondary = ProvinceNetwork.zhejiang

    private let network: ProvinceNetwork
    private let mother: WalletID
    /// Of the secondary; the older one, so that it is drawn on first.
    private let relation: Identifier

    init() throws {
        network = try ProvinceNetwork(nodes: [
            SurvivingKills.care, SurvivingKills.wallet, SurvivingKills.primary,
            SurvivingKills.secondary,
        ])
        try network.start()
        mother = try network[SurvivingKills.wallet].desk().person(fen: 900)
        relation = try network[SurvivingKills.secondary].desk().relation(
            to: mother, of: SurvivingKills.wallet, account: 100_000, quota: 1)
        _ = try network[SurvivingKills.primary].desk().relation(
            to: mother, of: SurvivingKills.wallet, account: 200_000, quota: 200_000)
    }

    /// Reserves 8,000 fen of the primary's quota and `SurvivingKills.share` of the secondary's.
    private func reserve(
        besides own: Int64 = 0
    ) throws -> (request: Gongji_V1_ServiceRequest, octets: Bytes) {
        try network[SurvivingKills.secondary].desk()
            .done(.setQuota(relation, fen: SurvivingKills.share))
        let wallet = network[SurvivingKills.wallet]
        try eventually("the wallet to know its quotas") {
            let grants = try wallet.read { try $0.grants(mother) }
            return grants.first { $0.relation == relation }?.available.value
                == SurvivingKills.share
                && grants.contains { $0.payer == SurvivingKills.primary && $0.available.value > 0 }
        }
        let request = Gongji_V1_ServiceRequest.reserve(
            mother, of: SurvivingKills.wallet, fen: own + SurvivingKills.bill)
        let octets = try network[SurvivingKills.care].desk().octets(request)
        let reply = try ServiceClient.decode(octets)
        #expect(reply.isReservation, "\(String(describing: reply.refusal))")
        #expect(Set(reply.reservation.draws.map(\.province)).count == (own > 0 ? 3 : 2))
        return (request, octets)
    }

    private static let share: Int64 = 1000
    private static let bill: Int64 = 9000

    private func restart(_ node: TestNode) throws {
        node.kill()
        try node.start()
    }

    @Test func aSettlementFinishesWhenANodeIsKilledBetweenReserveAndCommit() throws {
        var spent: Int64 = 0
        // Care, primary, secondary, wallet: one after the other, each in a settlement of its own.
        for (round, province) in [
            SurvivingKills.care, SurvivingKills.primary, SurvivingKills.secondary,
            SurvivingKills.wallet,
        ].enumerated() {
            let own: Int64 = round == 0 ? 900 : 0
            let fen = own + SurvivingKills.bill - 500
            let reserved = try reserve(besides: own)

            try restart(network[province])

            let after = try network[SurvivingKills.care].desk()
            let again = try after.octets(reserved.request)
            #expect(again == reserved.octets, "the same reservation again")
            let commit = Gongji_V1_ServiceRequest.commit(reserved.request.identifier, fen: fen)
            let answer = try after.ask(commit)
            #expect(answer.isSettled, "killed: \(province)")
            spent += fen
            try network.waitUntilBooksAgree()
        }
        try expectSpent(spent)
    }

    /// Whoever dies right after the request was sent: there is one outcome, told to the client and
    /// standing in all books.
    @Test func aCommitIsDefiniteWhenANodeIsKilledAtOnce() throws {
        var spent: Int64 = 0
        for (round, province) in [
            SurvivingKills.care, SurvivingKills.primary, SurvivingKills.secondary,
            SurvivingKills.care, SurvivingKills.primary,
        ].enumerated() {
            let own: Int64 = round == 0 ? 900 : 0
            let fen = own + SurvivingKills.bill
            let reserved = try reserve(besides: own).request
            let commit = Gongji_V1_ServiceRequest.commit(reserved.identifier, fen: fen)
            let desk = try network[SurvivingKills.care].desk()
            try desk.send(commit)
            // From before the request is read to after all is done.
            usleep(UInt32(round) * 4000)
            try restart(network[province])

            let after = try network[SurvivingKills.care].desk()
            let answer = try after.octets(commit)
            let reply = try ServiceClient.decode(answer)
            #expect(reply.isSettled, "killed: \(province), \(String(describing: reply.refusal))")
            #expect(try after.octets(commit) == answer, "the same answer again")
            spent += fen
            try network.waitUntilBooksAgree()
        }
        try expectSpent(spent)
    }

    @Test func everyNodeKilledAtOnceInTheMiddleOfManySettlements() throws {
        let desk = try network[SurvivingKills.care].desk()
        let reserves = (0..<12).map { _ in
            Gongji_V1_ServiceRequest.reserve(mother, of: SurvivingKills.wallet, fen: 1000)
        }
        for reserve in reserves { try desk.send(reserve) }
        pause(milliseconds: 15)
        for node in network.nodes.values { node.kill() }
        for node in network.nodes.values { try node.start(waiting: false) }
        try network.waitUntilConnected()

        let after = try network[SurvivingKills.care].desk()
        var spent: Int64 = 0
        for reserve in reserves {
            guard try after.ask(reserve).isReservation else { continue }
            #expect(try after.ask(.commit(reserve.identifier, fen: 1000)).isSettled)
            spent += 1000
        }
        try network.waitUntilBooksAgree()
        try expectSpent(spent)
    }

    private func expectSpent(_ fen: Int64) throws {
        let books = try network.books()
        let care = try #require(books[SurvivingKills.care])
        #expect(care.balance(.institution(InstitutionCode("H31000000001")!)) == fen)
        let owed = books.values.reduce(0) { $0 + $1.balance(.payable(SurvivingKills.care)) }
        #expect(owed == fen)
        #expect(books.values.allSatisfy { $0.held == 0 })
    }
}
