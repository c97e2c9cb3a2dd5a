import Domain
import Entrance
import Testing
import ZMTPFuzzing
import ZeroMQ

/// What a gate lets through, and what it costs those who are not let through.
@Suite(.serialized) struct GateTests {
    @Test func aMessageComesThroughAndBack() throws {
        let stage = try GateStage()
        defer { stage.end() }
        let client = try stage.client(stage.member("one"))
        #expect(try stage.echoes(client))
        #expect(try stage.echoes(client, [[], Array(repeating: 7, count: 10_000), [1]]))
        #expect(stage.gate.report.open == 1)
        #expect(stage.gate.report.unauthenticated == 0)
    }

    @Test func manyMessagesKeepTheirOrder() throws {
        let stage = try GateStage(local: true)
        defer { stage.end() }
        let client = try stage.client()
        #expect(try client.wait(for: .output, timeoutMilliseconds: 5000))
        var next = 0
        for number in 0..<20_000 {
            let octets = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            #expect(try client.send([octets]))
            while case .message(let message)? = try client.receive(dontWait: true) {
                #expect(
                    message.frames == [(0..<4).map { UInt8(truncatingIfNeeded: next >> (8 * $0)) }])
                next += 1
            }
        }
        while next < 20_000 {
            guard try client.wait(timeoutMilliseconds: 5000),
                case .message(let message)? = try client.receive(dontWait: true)
            else { break }
            #expect(message.frames == [(0..<4).map { UInt8(truncatingIfNeeded: next >> (8 * $0)) }])
            next += 1
        }
        #expect(next == 20_000)
    }

    /// libzmq numbers connections without a routing id as 00 and a counter, and aborts when a peer has
    /// taken the number by name.
    @Test(arguments: [Socket.Kind.router, .dealer, .reply])
    func aNumberThatWasTakenByNameHurtsNobody(_ kind: Socket.Kind) throws {
        let stage = try GateStage(local: true, kind: kind) {
            $0.descriptorsMax = 2000
            $0.connectionsPerKeyMax = 200
            $0.unauthenticatedMax = 200
            $0.handshakesMax = 200
        }
        defer { stage.end() }
        let type = kind == .reply ? "REQ" : "DEALER"
        var taken: [RawConnection] = []
        for number in 0..<60 {
            let connection = try stage.knock()
            connection.shakeHands(as: type, routingID: [0, 0, 0, 0, UInt8(number)])
            taken.append(connection)
        }
        #expect(stage.sees { $0.open == 60 })
        for _ in 0..<30 {
            let anonymous = try stage.knock()
            anonymous.shakeHands(as: type)
            taken.append(anonymous)
        }
        #expect(stage.sees { $0.open == 90 })
        if kind != .reply { #expect(try stage.echoes(try stage.client())) }
    }

    @Test func whoeverSaysNothingGivesWay() throws {
        let stage = try GateStage { $0.handshakeMilliseconds = 60_000 }
        defer { stage.end() }
        var silent: [RawConnection] = []
        for _ in 0..<100 { silent.append(try stage.knock()) }
        #expect(stage.sees { $0.accepted == 100 })
        #expect(stage.gate.report.unauthenticated <= 20)
        #expect(stage.gate.report.turnedAway[.gaveWay] == 80)
        #expect(try stage.echoes(try stage.client(stage.member("one"))))
        #expect(stage.notes.withLock { $0.count { $0.reason == .gaveWay } } == 1)
    }

    @Test func whoeverSaysNothingIsEndedInTime() throws {
        let stage = try GateStage { $0.handshakeMilliseconds = 300 }
        defer { stage.end() }
        let silent = try stage.knock()
        let slow = try stage.knock()
        slow.send(Array(ZMTP.greeting().prefix(5)))
        #expect(silent.isClosed(within: 5000))
        #expect(slow.isClosed(within: 5000))
        #expect(stage.gate.report.turnedAway[.silent] == 2)
    }

    @Test(arguments: [
        (Array("GET / HTTP/1.1\r\n\r\n".utf8), Turning.notZMTP),
        (ZMTP.greeting(version: 1), .notZMTP),
        (ZMTP.greeting(version: 2), .notZMTP),
        (ZMTP.greeting(mechanism: "NULL"), .wrongMechanism),
        (ZMTP.greeting(mechanism: "PLAIN"), .wrongMechanism),
    ])
    func whatIsNoGreetingOfThisGateIsEnded(_ octets: [UInt8], _ reason: Turning) throws {
        let stage = try GateStage()
        defer { stage.end() }
        let connection = try stage.knock()
        connection.send(octets)
        #expect(connection.isClosed(within: 5000))
        #expect(stage.sees { $0.turnedAway == [reason: 1] })
        #expect(try stage.echoes(try stage.client(stage.member("one"))))
    }

    @Test func anUnknownKeyIsCountedAndSaidOnce() throws {
        let stage = try GateStage()
        defer { stage.end() }
        let stranger = try stage.client(.generate())
        #expect(stage.sees { $0.turnedAway[.unknownKey, default: 0] >= 5 })
        #expect(try !stranger.wait(for: .output, timeoutMilliseconds: 0))
        #expect(stage.notes.withLock { $0.count { $0.reason == .unknownKey } } == 1)
        #expect(stage.sees { $0.sources.first?.name == "127.0.0.1" })
    }

    @Test func aKeyHasSoManyConnectionsAndOthersHaveTheirs() throws {
        let stage = try GateStage()
        defer { stage.end() }
        let greedy = try stage.member("greedy")
        let clients = try (0..<6).map { _ in try stage.client(greedy) }
        #expect(stage.sees { $0.turnedAway[.connectionsOfKey, default: 0] > 1 && $0.open == 4 })
        #expect(try stage.echoes(try stage.client(stage.member("other"))))
        #expect(stage.sees { $0.open == 5 })
        _ = clients
    }

    @Test func aKeyThatHasLeftIsTurnedOut() throws {
        let stage = try GateStage()
        defer { stage.end() }
        let client = try stage.client(stage.member("one"))
        #expect(try stage.echoes(client))
        stage.names.withLock { $0 = [:] }
        #expect(stage.sees { $0.turnedAway[.keyLeft] == 1 && $0.open == 0 })
    }

    @Test func aMessageWithoutEndIsEnded() throws {
        let stage = try GateStage(local: true)
        defer { stage.end() }
        let endless = try stage.knock()
        endless.shakeHands(as: "DEALER")
        let frames = (0..<1000).flatMap { _ in ZMTP.frame([1, 2, 3, 4, 5, 6, 7, 8], more: true) }
        var sent = 0
        while endless.send(frames) { sent += frames.count }
        #expect(stage.sees { $0.turnedAway[.unfinishedMessage] == 1 })
        // What the kernel keeps of a connection, and what the gate lets in.
        #expect(sent < 4_000_000)
        #expect(stage.received.withLock { $0 } == 0)
        #expect(try stage.echoes(try stage.client()))
    }

    @Test func whoeverReadsNoAnswersIsEnded() throws {
        let stage = try GateStage(local: true)
        defer { stage.end() }
        let deaf = try stage.knock()
        deaf.shakeHands(as: "DEALER")
        let question = ZMTP.frame([UInt8](repeating: 1, count: 5000))
        for _ in 0..<2000 where !deaf.send(question) { break }
        #expect(stage.sees { $0.turnedAway[.unreadAnswers] == 1 })
        #expect(try stage.echoes(try stage.client()))
    }

    @Test func whoeverIsOverItsOctetsWaitsForItself() throws {
        let stage = try GateStage {
            $0.bytesPerSecond = 10_000
            $0.bytesBurst = 100_000
        }
        defer { stage.end() }
        let flooder = try stage.client(stage.member("flooder"))
        #expect(try flooder.wait(for: .output, timeoutMilliseconds: 5000))
        for _ in 0..<900 {
            _ = try flooder.send([[UInt8](repeating: 1, count: 1000)], dontWait: true)
        }
        #expect(stage.sees { $0.sources.contains { $0.name == "flooder" && $0.heldBack > 0 } })
        #expect(try stage.echoes(try stage.client(stage.member("other"))))
        #expect(stage.received.withLock { $0 } < 900)
        #expect(!stage.gate.report.sources.contains { $0.name == "other" })
    }

    @Test func whoeverIsLetWaitIsNotAtFault() throws {
        let stage = try GateStage()
        defer { stage.end() }
        let client = try stage.client(stage.member("one"))
        #expect(try stage.echoes(client))
        stage.serves.withLock { $0 = false }
        for _ in 0..<200 {
            _ = try client.send([[UInt8](repeating: 1, count: 1000)], dontWait: true)
        }
        #expect(!stage.sees(within: 400) { $0.open == 0 })
        stage.serves.withLock { $0 = true }
        #expect(stage.received.eventually { $0 == 201 })
    }

    @Test func aLocalUserIsKnownByTheKernel() throws {
        let stage = try GateStage(local: true) { $0.connectionsPerKeyMax = 2 }
        defer { stage.end() }
        let clients = try (0..<3).map { _ in try stage.client() }
        #expect(stage.sees { $0.turnedAway[.connectionsOfKey, default: 0] > 0 })
        #expect(stage.sees { $0.sources.first?.name.hasPrefix("local:") == true })
        _ = clients
    }
}
