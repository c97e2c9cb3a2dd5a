import Domain
import Foundation
import Gateway
import Glibc
import RuleSets
import Signing
import Testing
import Wire
import ZeroMQ

/// Whoever floods a node waits for itself, is named in its status, and takes nobody with it.
@Suite(.serialized) struct Floods {
    private let network: ProvinceNetwork
    private let node: TestNode
    private let hospital: CurveKeyPair
    private let agency: CurveKeyPair

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        node = network[ProvinceNetwork.shandong]
        hospital = try .generate()
        agency = try .generate()
    }

    /// Other provinces, which the test is itself.
    private func peers(_ provinces: ProvinceCode...) throws -> [HostilePeer] {
        let members = try provinces.map { try network.add(member: $0) }
        try network.publish()
        try node.start()
        return try members.map { try HostilePeer($0, in: network, against: node) }
    }

    private func overTCP() throws {
        node.configuration.service = "tcp://127.0.0.1:\(try freePort())"
        node.configuration.clients = [
            NodeConfiguration.Client(
                name: "hospital", owner: "H-1", role: .institution,
                curvePublicKey: hospital.publicKey.hex, institutions: ["H31000000001"]),
            NodeConfiguration.Client(
                name: "agency", owner: "A-1", role: .agency, curvePublicKey: agency.publicKey.hex),
        ]
        try network.publish()
        try node.start()
    }

    private func desk(_ keys: CurveKeyPair) throws -> ServiceDesk {
        ServiceDesk(
            try ServiceClient(
                endpoint: node.configuration.service,
                curve: ServiceClientKeys(serverKey: serverKey, keys: keys)))
    }

    private var serverKey: Bytes { network.members[node.province]!.address.curvePublicKey }

    private func isAlive() throws -> Bool { try node.status().state == "running" }

    /// A peer's client of libzmq with a routing id of its choice.
    private func dealer(
        _ endpoint: String, _ keys: CurveKeyPair?, routingID: [UInt8]?, in context: Context
    ) throws -> Socket {
        var options = SocketOptions()
        options.immediate = true
        options.routingID = routingID
        options.reconnectMilliseconds = 20
        if let keys { options.security = .curveClient(serverKey: serverKey, keys: keys) }
        let socket = try Socket(.dealer, in: context, options: options)
        try socket.connect(endpoint)
        return socket
    }

    // MARK: Aborts

    @Test func numbersOfConnectionsThatWereTakenByNameAbortNothing() throws {
        let honest = try peers(ProvinceNetwork.sichuan, ProvinceNetwork.guizhou)[0]
        let keys = try HostilePeer.curveKeys(of: network.members[ProvinceNetwork.guizhou]!)
        let context = try Context(socketsMax: 4000)
        for (endpoint, keys) in [
            (node.configuration.listen, keys),
            (node.endpoint(node.configuration.service), nil),
            (node.endpoint(node.configuration.status), nil),
        ] as [(String, CurveKeyPair?)] {
            // A counter that begins anywhere comes to one of these, were it shared by connections.
            var sockets: [Socket] = []
            for number in 0..<64 {
                sockets.append(
                    try dealer(
                        endpoint, keys, routingID: [0, 0, 0, 0, UInt8(number)], in: context))
            }
            for _ in 0..<32 {
                sockets.append(try dealer(endpoint, keys, routingID: nil, in: context))
            }
            pause(milliseconds: 500)
            #expect(try isAlive())
        }
        #expect(node.process?.hasEnded == false)
        try honest.isAnswered()
    }

    @Test func aHospitalThatTakesNumbersAbortsNothing() throws {
        try overTCP()
        let context = try Context(socketsMax: 4000)
        var sockets: [Socket] = []
        for number in 0..<48 {
            let id: [UInt8]? = number % 3 == 0 ? nil : [0, 0, 0, 0, UInt8(number)]
            sockets.append(
                try dealer(node.configuration.service, hospital, routingID: id, in: context))
        }
        _ = try desk(agency).person(fen: 1)
        #expect(node.process?.hasEnded == false)
        var shown = ""
        try eventually("the hospital is named", seen: { shown }) {
            let seen = try node.status().connections["service"]
            shown = "\(seen.map(String.init(describing:)) ?? "none")"
            return seen?.refused["connections_of_key", default: 0] ?? 0 > 0
                && seen?.sources.contains { $0.name == "hospital" } == true
        }
    }

    @Test func threeThousandSilentConnectionsAtFewDescriptorsAbortNothing() throws {
        node.descriptors = 1024
        let honest = try peers(ProvinceNetwork.sichuan)[0]
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max > 4000 else { return }
        var silent: [Int32] = []
        defer { for descriptor in silent { close(descriptor) } }
        for _ in 0..<3000 {
            guard let descriptor = knock(node.configuration.listen) else { break }
            silent.append(descriptor)
        }
        #expect(silent.count == 3000)
        for _ in 0..<20 { #expect(try isAlive()) }
        _ = try node.desk().person(fen: 1)
        try honest.isAnswered()
        let seen = try #require(try node.status().connections["peers"])
        #expect(seen.unauthenticated <= 1024)
        #expect(
            seen.refused["gave_way", default: 0] + seen.refused["out_of_descriptors", default: 0]
                > 0)
        #expect(seen.sources.contains { $0.name == "127.0.0.1" })
        // It is said, and not three thousand times.
        let lines = node.log.split(separator: "\n").count { $0.contains("connections_refused") }
        #expect((1...30).contains(lines))
    }

    /// A connection that says nothing.
    private func knock(_ endpoint: String) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = (UInt16(endpoint.split(separator: ":").last ?? "") ?? 0).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    // MARK: Work

    @Test func boxesThatDoNotOpenKeepTheirSenderOnly() throws {
        let both = try peers(ProvinceNetwork.sichuan, ProvinceNetwork.guizhou)
        let (flooder, other) = (both[0], both[1])
        try other.isAnswered()
        var told = 0
        for _ in 0..<3 {
            try flooder.tell(frames: (0..<600).map { _ in proposal(of: flooder.province) })
            told += 600
        }
        for _ in 0..<5 { try other.isAnswered() }
        // Others were answered five times while the flood was still waiting for its budget.
        #expect(try node.received(from: flooder.province) < UInt64(told))
        #expect(try isAlive())
    }

    private func proposal(of giver: ProvinceCode) -> Bytes {
        Message.relationProposal(
            RelationProposal(
                relation: Clock.newIdentifier(), giver: WalletID(Clock.newIdentifier()),
                giverRegion: RegionCode(giver), kinship: .parent,
                recipient: .sealed(Clock.newIdentifier().bytes + Bytes(repeating: 7, count: 150)),
                asksAge: false, priority: 0,
                commitment: Commitment(
                    digest: SM3Hashing().digest([1]), date: BusinessDate(at: Clock.now())))
        ).encoded()
    }

    @Test func questionsOfAHospitalDoNotDelayAnAgency() throws {
        try overTCP()
        let (asker, desk) = (try desk(hospital), try desk(agency))
        let wallet = try desk.person(fen: 1)
        var asked: [Identifier] = []
        for _ in 0..<4000 {
            let question = Gongji_V1_ServiceRequest.showTransaction(Clock.newIdentifier())
            asked.append(question.identifier)
            try asker.send(question)
        }
        let before = try asker.answered(asked)
        #expect(try desk.ask(.showWallet(wallet)).wallet.own.balanceFen == 1)
        // The agency's one question did not wait for the thousands that were asked before it.
        let after = try asker.answered(asked)
        #expect(before == asked.count || after < asked.count)
        for id in asked { _ = try asker.answer(to: id) }
    }

    @Test func aClientOverItsBudgetIsToldAndNamed() throws {
        try overTCP()
        let asker = try desk(hospital)
        var asked: [Identifier] = []
        for _ in 0..<Limits.requestsBurst + 3000 {
            let question = Gongji_V1_ServiceRequest.showTransaction(Clock.newIdentifier())
            asked.append(question.identifier)
            try asker.send(question)
        }
        let replies = try asked.map { try ServiceClient.decode(try asker.answer(to: $0)).refusal }
        #expect(replies.contains(.overloaded))
        #expect(try desk(agency).refusal(.open(WalletID(Clock.newIdentifier()), fen: 1)) == nil)
        let most = try node.status().refusals.most
        #expect(most.first { $0.kind == "client" }?.name == "hospital")
        #expect(most.first { $0.kind == "client" }?.reasons["overloaded", default: 0] ?? 0 > 0)
    }

    @Test func aMessageOfTooManyFramesEndsItsConnectionOnly() throws {
        try overTCP()
        let desk = try desk(agency)
        _ = try desk.person(fen: 1)
        let context = try Context()
        let socket = try dealer(node.configuration.service, hospital, routingID: nil, in: context)
        #expect(try socket.wait(for: .output, timeoutMilliseconds: 5000))
        let memory = try node.status().process.residentBytes
        _ = try socket.send([Bytes](repeating: Bytes(repeating: 1, count: 1000), count: 20_000))
        try eventually("its end") {
            try node.status().connections["service"]?.refused["unfinished_message", default: 0] ?? 0
                > 0
        }
        #expect(try node.status().process.residentBytes - memory < 64 * 1024 * 1024)
        _ = try desk.person(fen: 1)
    }
}
