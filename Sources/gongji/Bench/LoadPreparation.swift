import Domain
import Foundation
import Gateway
import Glibc
import Wire
import ZeroMQ

/// A simulated patient: insured and treated in the care province, with a giver in the other one.
struct LoadClient {
    /// Index of the care province's node.
    let care: Int
    let payer: Int
    let wallet: WalletID
    let giver: WalletID
    var relation = Identifier.zero
}

/// Opens the accounts, relations and quotas that a load needs, over the service sockets.
struct LoadPreparation {
    /// The nodes that take turns as care province; the payer is the next one.
    let provinces: [ProvinceCode]
    let clients: [ServiceClient]

    /// Half of all that may be deposited: a quota that no benchmark uses up.
    private let quotaFen = Fen.limit.value / 2

    /// Makes `count` patients; care provinces take turns.
    func prepare(count: Int) throws -> [LoadClient] {
        var patients = (0..<count).map { index in
            LoadClient(
                care: index % provinces.count, payer: (index + 1) % provinces.count,
                wallet: WalletID(Clock.newIdentifier()), giver: WalletID(Clock.newIdentifier()))
        }
        for node in provinces.indices {
            let opened = patients.flatMap { patient in
                (patient.care == node ? [(patient.wallet, Int64(0))] : [])
                    + (patient.payer == node ? [(patient.giver, Fen.limit.value)] : [])
            }
            try Pipeline().run(
                clients[node], count: opened.count,
                request: { place, id in open(opened[place].0, opened[place].1, id) },
                receive: { _, _ in })
        }
        for node in provinces.indices {
            let mine = patients.indices.filter { patients[$0].payer == node }
            try Pipeline().run(
                clients[node], count: mine.count,
                request: { place, id in relate(patients[mine[place]], id) },
                receive: { place, body in
                    guard case .relation(let state) = body, state.phase == .active,
                        let id = Identifier(state.relation)
                    else { throw unexpectedAnswer() }
                    patients[mine[place]].relation = id
                })
            try Pipeline().run(
                clients[node], count: mine.count,
                request: { place, id in quota(patients[mine[place]].relation, id) },
                receive: { _, _ in })
        }
        try waitForQuotas(patients)
        return patients
    }

    /// The payer tells the wallet province about a quota after it has answered its own client.
    private func waitForQuotas(_ patients: [LoadClient]) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        for node in provinces.indices {
            var missing = patients.indices.filter { patients[$0].care == node }
            while !missing.isEmpty {
                var still: [Int] = []
                try Pipeline().run(
                    clients[node], count: missing.count,
                    request: { place, id in show(patients[missing[place]].wallet, id) },
                    receive: { place, body in
                        guard case .wallet(let state) = body else { throw unexpectedAnswer() }
                        let isThere = state.received.contains {
                            $0.phase == .active && $0.availableFen > 0
                        }
                        if !isThere { still.append(missing[place]) }
                    })
                missing = still
                if ContinuousClock.now > deadline {
                    throw CommandFailure.failed(
                        "quotas did not reach \(provinces[node]) within 60 s; see gongji status")
                }
                if !missing.isEmpty { usleep(20_000) }
            }
        }
    }

    private func open(_ wallet: WalletID, _ balance: Int64, _ id: Identifier) -> Bytes {
        var body = Gongji_V1_OpenAccount()
        body.wallet = wallet.data
        body.insurance = .employee
        body.balanceFen = balance
        return encoded(.openAccount(body), id)
    }

    private func relate(_ patient: LoadClient, _ id: Identifier) -> Bytes {
        var body = Gongji_V1_CreateRelation()
        body.giver = patient.giver.data
        body.recipient = patient.wallet.data
        body.recipientProvince = provinces[patient.care].number
        body.kinship = .parent
        body.commitmentDigest = Data(sm3(of: patient.giver.value.bytes).bytes)
        body.commitmentDate = BusinessDate(at: Clock.now()).daysSince1970
        body.channel = .nationalApp
        return encoded(.createRelation(body), id)
    }

    private func quota(_ relation: Identifier, _ id: Identifier) -> Bytes {
        var body = Gongji_V1_SetQuota()
        body.relation = relation.data
        body.availableFen = quotaFen
        return encoded(.setQuota(body), id)
    }

    private func show(_ wallet: WalletID, _ id: Identifier) -> Bytes {
        var body = Gongji_V1_ShowWallet()
        body.wallet = wallet.data
        return encoded(.showWallet(body), id)
    }

    private func encoded(_ body: Gongji_V1_ServiceRequest.OneOf_Body, _ id: Identifier) -> Bytes {
        var request = Gongji_V1_ServiceRequest()
        request.id = id.data
        request.body = body
        return ServiceClient.encode(request)
    }
}
