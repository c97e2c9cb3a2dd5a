import Domain
import Gateway
import Glibc
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// A peer that is away under load, and comes back.
@Suite(.serialized) struct PeerAway {
    enum Absence: String, CaseIterable {
        /// SIGSTOP: connections stay, nobody answers.
        case frozen
        /// SIGKILL.
        case dead
    }

    @Test(
        "Everything is caught up within five seconds when the peer was", arguments: Absence.allCases
    )
    func caughtUp(_ absence: Absence) throws {
        // One patient, a hundred times a second: more than a peer may ask about anybody.
        let network = try ProvinceNetwork(
            nodes: [ProvinceNetwork.shanghai, ProvinceNetwork.shandong],
            controls: .init(peerQuestionsFactor: 1000))
        try network.start()
        let stays = network[ProvinceNetwork.shanghai]
        let leaves = network[ProvinceNetwork.shandong]
        let load = try Load(stays, leaves)
        try load.run(milliseconds: 500)
        let memory = try stays.status().process.residentBytes

        switch absence {
        case .frozen: leaves.signal(SIGSTOP)
        case .dead: leaves.kill()
        }
        try load.run(milliseconds: 4500)
        #expect(
            try stays.peer(leaves.province).outbox + stays.peer(leaves.province).inFlightMessages
                > 0)
        let returned = ContinuousClock.now
        switch absence {
        case .frozen: leaves.signal(SIGCONT)
        case .dead: try leaves.start(waiting: false)
        }
        var shown = ""
        try eventually("nothing in flight", within: 15_000, seen: { shown }) {
            let here = try stays.peer(leaves.province)
            let there = try leaves.peer(stays.province)
            shown = "\(here)\n\(there)"
            return here.outbox + here.inFlightMessages + there.outbox + there.inFlightMessages == 0
                && here.sent == there.received && there.sent == here.received
                && here.acknowledged == here.sent && there.acknowledged == there.sent
                && here.connected && there.connected
        }
        let took = ContinuousClock.now - returned
        #expect(took < .seconds(5), "\(took)")

        try load.expectAllAnswered()
        try network.waitUntilBooksAgree()
        try load.expectEachDoneOnce()
        #expect(try stays.status().process.residentBytes - memory < 64 << 20)
        for node in [stays, leaves] { #expect(try node.status().queues.waiters == 0) }
    }
}

/// Settlements and changes of quota from one node to another, as many as a debug build bears.
private final class Load {
    private let stays: TestNode
    private let leaves: TestNode
    private let desk: ServiceDesk
    /// Insured where the peer is; many, since one has only so many holds at once.
    private let patients: [WalletID]
    /// Given by people of the node that stays.
    private let relation: Identifier
    private var quota: Int64 = 1
    private var reserves: [Gongji_V1_ServiceRequest] = []
    private var notices: [Identifier] = []

    init(_ stays: TestNode, _ leaves: TestNode) throws {
        self.stays = stays
        self.leaves = leaves
        desk = try stays.desk()
        let there = try leaves.desk()
        patients = try (0..<100).map { _ in try there.person(fen: 10_000) }
        relation = try desk.relation(
            to: patients[0], of: leaves.province, account: 1_000_000, quota: 1)
    }

    func run(milliseconds: Int) throws {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while ContinuousClock.now < end {
            let reserve = Gongji_V1_ServiceRequest.reserve(
                patients[reserves.count % patients.count], of: leaves.province, fen: 1,
                holdMilliseconds: 300_000)
            try desk.send(reserve)
            reserves.append(reserve)
            quota += 1
            let notice = Gongji_V1_ServiceRequest.setQuota(relation, fen: quota)
            try desk.send(notice)
            notices.append(notice.identifier)
            pause(milliseconds: 10)
        }
    }

    func expectAllAnswered() throws {
        var answered = 0
        let all = reserves.map(\.identifier) + notices
        try eventually("all answers", seen: { "\(answered) of \(all.count)" }) {
            answered = try desk.answered(all)
            return answered == all.count
        }
        for reserve in reserves {
            let reply = try ServiceClient.decode(try desk.answer(to: reserve.identifier))
            #expect(reply.isReservation)
            try desk.send(.commit(reserve.identifier, fen: 1))
        }
        try eventually("all settlements") {
            try stays.status().transactions.coordinator["settled"] == reserves.count
        }
    }

    func expectEachDoneOnce() throws {
        let there = try leaves.books()
        #expect(there.participations.count == reserves.count)
        #expect(there.balance(.payable(stays.province)) == Int64(reserves.count))
        let left = patients.map { there.balance(.personal($0)) }.reduce(0, +)
        #expect(left == Int64(patients.count) * 10_000 - Int64(reserves.count))
        let grants = try leaves.read { try $0.grants(patients[0]) }
        #expect(grants.map(\.available.value) == [quota])
        // A notice for each change, none twice: the relation's own, then one a round at most.
        #expect(try stays.books().relations[relation]?.noticeVersion == grants.first?.version)
    }
}
