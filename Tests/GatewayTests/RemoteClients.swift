import Domain
import Foundation
import Gateway
import Settlement
import Signing
import Storage
import SwiftProtobuf
import Testing
import Wire
import ZeroMQ

/// The service socket over TCP: CURVE, client keys from the configuration, each with a role.
@Suite(.serialized) struct RemoteClients {
    private let network: ProvinceNetwork
    private let node: TestNode
    private let keys: [NodeConfiguration.Role: CurveKeyPair]

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        node = network[ProvinceNetwork.shandong]
        var keys: [NodeConfiguration.Role: CurveKeyPair] = [:]
        for role in NodeConfiguration.Role.allCases { keys[role] = try .generate() }
        self.keys = keys
        node.configuration.service = "tcp://127.0.0.1:\(try freePort())"
        node.configuration.clients = NodeConfiguration.Role.allCases.map { role in
            NodeConfiguration.Client(
                name: "desk-\(role)", owner: "S-\(role)", role: role,
                curvePublicKey: keys[role]!.publicKey.hex,
                institutions: role == .institution ? ["H31000000001"] : nil)
        }
        try network.publish()
    }

    private func desk(_ own: CurveKeyPair) throws -> ServiceDesk {
        ServiceDesk(
            try ServiceClient(
                endpoint: node.configuration.service,
                curve: ServiceClientKeys(
                    serverKey: network.members[node.province]!.address.curvePublicKey, keys: own)))
    }

    private func desk(_ role: NodeConfiguration.Role) throws -> ServiceDesk {
        try desk(keys[role]!)
    }

    @Test func aNodeWithoutClientsDoesNotListenOnTCP() throws {
        for clients in [nil, []] as [[NodeConfiguration.Client]?] {
            node.configuration.clients = clients
            let end = try node.startInVain()
            #expect(end.exit == .code(1))
            #expect(end.words.contains("needs `clients` with CURVE keys and roles"))
        }
    }

    @Test func clientsMustBeToldApart() throws {
        let good = node.configuration.clients!
        var sameName = good
        sameName[1].name = sameName[0].name
        var sameKey = good
        sameKey[1].curvePublicKey = sameKey[0].curvePublicKey
        var noName = good
        noName[0].name = ""
        var shortKey = good
        shortKey[0].curvePublicKey = "00ff"
        var noOwner = good
        noOwner[0].owner = ""
        var confusable = good
        // Looks like another, and is none.
        confusable[0].owner = "S-\u{200d}17"
        for clients in [sameName, sameKey, noName, shortKey, noOwner, confusable] {
            node.configuration.clients = clients
            let end = try node.startInVain()
            #expect(end.exit == .code(1))
            #expect(end.words.contains("client"))
        }
    }

    @Test func eachRoleMayDoItsOwnAndNoMore() throws {
        try node.start()
        let wallet = WalletID(Clock.newIdentifier())
        let unknown = Clock.newIdentifier()
        typealias Role = NodeConfiguration.Role
        let requests: [(request: () -> Gongji_V1_ServiceRequest, allowed: Set<Role>)] = [
            ({ .open(WalletID(Clock.newIdentifier()), fen: 1) }, [.agency]),
            ({ .deposit(wallet, fen: 1) }, [.agency]),
            ({ .withdraw(wallet, fen: 1) }, [.agency]),
            ({ .relate(wallet, to: WalletID(unknown), of: ProvinceNetwork.shandong) }, [.agency]),
            ({ .setQuota(unknown, fen: 1) }, [.agency]),
            ({ .endRelation(unknown) }, [.agency]),
            ({ .supplyProof(unknown) }, [.agency]),
            ({ .consent(to: unknown, of: wallet, accepted: false) }, [.agency]),
            ({ .leaveFamily(WalletID(unknown)) }, [.agency]),
            ({ .changeInsurance(WalletID(unknown), .insured) }, [.agency]),
            (
                { .recordViolation(WalletID(unknown), until: BusinessDate(daysSince1970: 1)) },
                [.agency]
            ),
            ({ .setCardAccount(WalletID(unknown), bank: "ICBC", account: "1") }, [.agency]),
            ({ .confirmCardAccount(WalletID(unknown), bank: "ICBC", account: "1") }, [.agency]),
            ({ .review(unknown, approved: true) }, [.agency]),
            ({ .exportPayouts([unknown]) }, [.agency]),
            ({ .returnPayout(unknown, paid: true) }, [.agency]),
            ({ .reserve(wallet, of: ProvinceNetwork.shandong, fen: 1) }, [.institution]),
            ({ .commit(unknown, fen: 1) }, [.institution]),
            ({ .resolve(unknown) }, [.operator]),
            ({ .showWallet(wallet) }, [.agency, .operator, .auditor]),
            ({ .showRelation(unknown) }, [.agency, .operator, .auditor]),
            ({ .showWithdrawal(unknown) }, [.agency, .operator, .auditor]),
            ({ .showFamily(wallet) }, [.agency, .operator, .auditor]),
            ({ .showHistory(wallet) }, [.agency, .operator, .auditor]),
            ({ .showCommand(unknown) }, [.agency, .operator, .auditor]),
            (
                { .showCertificate(of: ProvinceNetwork.shandong) },
                [.agency, .operator, .auditor]
            ),
            (
                { .listUsage(.giver) { $0.wallet = wallet.data } },
                [.agency, .operator, .auditor]
            ),
            ({ .listUsage(.institution) { $0.institution = "H31000000001" } }, Set(Role.allCases)),
            ({ .showTransaction(unknown) }, Set(Role.allCases)),
        ]
        try desk(.agency).done(.open(wallet, fen: 100))
        var denied = 0
        for role in Role.allCases {
            let desk = try desk(role)
            for (request, allowed) in requests {
                let before = try node.books()
                let status = try desk.refusal(request())
                if allowed.contains(role) {
                    #expect(status != .notPermitted, "\(role), \(request())")
                } else {
                    #expect(status == .notPermitted, "\(role), \(request())")
                    #expect(try node.books() == before)
                    denied += 1
                }
            }
        }
        #expect(try node.status().refusals.clients["not_permitted"] == denied)
    }

    @Test func theRoleIsCheckedBeforeTheForm() throws {
        try node.start()
        let id = Clock.newIdentifier()
        // A deposit whose wallet has one octet, cut in the middle of a field.
        let malformed = [0x0a, 16] + id.bytes + [0x5a, 3, 0x0a, 9, 1]
        func answer(_ role: NodeConfiguration.Role) throws -> Status? {
            let desk = try desk(role)
            try desk.send(octets: malformed)
            return try ServiceClient.decode(try desk.answer(to: id)).refusal
        }
        #expect(try answer(.agency) == .malformed)
        for role in [NodeConfiguration.Role.institution, .operator, .auditor] {
            #expect(try answer(role) == .notPermitted)
        }
        // Two bodies, the permitted one first: the last one would be done.
        let query = Gongji_V1_ServiceRequest.showWallet(WalletID(id))
        let deposit = Gongji_V1_ServiceRequest.deposit(WalletID(id), fen: 1)
        let second: Bytes = try deposit.serializedBytes()
        let first: Bytes = try query.serializedBytes()
        // Without the second id, which is 18 octets with its tag.
        let both = first + second.dropFirst(18)
        let auditor = try desk(.auditor)
        try auditor.send(octets: both)
        #expect(
            try ServiceClient.decode(try auditor.answer(to: query.identifier)).refusal
                == .malformed)
    }

    @Test func everyCommandKeepsWhoAskedAndWhen() throws {
        try node.start()
        let before = Clock.now()
        let open = try desk(.agency).done(.open(WalletID(Clock.newIdentifier()), fen: 1))
        let answers = try node.read { store -> [Identifier: Answer] in
            var answers: [Identifier: Answer] = [:]
            try store.forEachAnswer { answers[$0] = $1 }
            return answers
        }
        let kept = try #require(answers[open])
        #expect(kept.by == Principal(client: "desk-agency", person: "S-agency", role: .agency))
        #expect(before <= kept.at && kept.at <= Clock.now())
    }

    @Test func anInstitutionTouchesItsOwnSettlementsOnly() throws {
        let other = try CurveKeyPair.generate()
        node.configuration.clients?.append(
            NodeConfiguration.Client(
                name: "rival", owner: "S-9", role: .institution,
                curvePublicKey: other.publicKey.hex,
                institutions: ["H31000000002"]))
        try node.start()
        let wallet = WalletID(Clock.newIdentifier())
        try desk(.agency).done(.open(wallet, fen: 100))
        let rival = try desk(other)
        #expect(
            try rival.refusal(.reserve(wallet, of: ProvinceNetwork.shandong, fen: 1))
                == .notPermitted)
        let reserve = Gongji_V1_ServiceRequest.reserve(
            wallet, of: ProvinceNetwork.shandong, fen: 50)
        try desk(.institution).done(reserve)
        let transaction = try #require(Identifier(reserve.id))
        for request in [
            Gongji_V1_ServiceRequest.commit(transaction, fen: 1), .cancel(transaction),
            .reverse(transaction), .showTransaction(transaction),
        ] {
            #expect(try rival.refusal(request) == .transactionUnknown)
        }
        try desk(.institution).done(.commit(transaction, fen: 50))
        func usage(_ code: String) -> Gongji_V1_ServiceRequest {
            .listUsage(.institution) { $0.institution = code }
        }
        #expect(try rival.refusal(usage("H31000000001")) == .notPermitted)
        #expect(try rival.ask(usage("H31000000002")).usage.records.isEmpty)
        #expect(try desk(.institution).ask(usage("H31000000001")).usage.records.count == 1)
    }

    @Test func anInstitutionWithoutCodesIsRefusedAtTheStart() throws {
        node.configuration.clients = [
            NodeConfiguration.Client(
                name: "h", owner: "S-1", role: .institution,
                curvePublicKey: keys[.agency]!.publicKey.hex)
        ]
        let end = try node.startInVain()
        #expect(end.exit == .code(1))
        #expect(end.words.contains("institutions"))
    }

    @Test func aRefusalOfTheRoleIsNotKept() throws {
        try node.start()
        let request = Gongji_V1_ServiceRequest.open(WalletID(Clock.newIdentifier()), fen: 1)
        #expect(try desk(.auditor).refusal(request) == .notPermitted)
        #expect(try desk(.agency).refusal(request) == nil)
    }

    @Test func anUnknownKeyDoesNotGetIn() throws {
        try node.start()
        let before = try node.status().refusals.curve
        let stranger = try ServiceClient(
            endpoint: node.configuration.service,
            curve: ServiceClientKeys(
                serverKey: network.members[node.province]!.address.curvePublicKey,
                keys: try .generate()))
        #expect(throws: ServiceClientFailure.notReached(endpoint: node.configuration.service)) {
            try stranger.request(
                .showWallet(WalletID(Clock.newIdentifier())), timeoutMilliseconds: 800)
        }
        #expect(try node.status().refusals.curve > before)
        // A peer's key is no client's key.
        let peer = try HostilePeer.curveKeys(of: network.members[node.province]!)
        let other = try ServiceClient(
            endpoint: node.configuration.service,
            curve: ServiceClientKeys(
                serverKey: network.members[node.province]!.address.curvePublicKey, keys: peer))
        #expect(throws: ServiceClientFailure.notReached(endpoint: node.configuration.service)) {
            try other.request(
                .showWallet(WalletID(Clock.newIdentifier())), timeoutMilliseconds: 800)
        }
        _ = try desk(.agency).person(fen: 1)
    }
}
