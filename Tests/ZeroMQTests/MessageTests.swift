import Foundation
import Glibc
import Synchronization
import Testing
import ZeroMQ

@Suite("Messages")
struct MessageTests {
    let context: Context

    init() throws { context = try Context() }

    @Test("A multipart message comes out as it went in", arguments: ["tcp", "ipc", "inproc"])
    func roundTrip(transport: String) throws {
        let endpoints = [
            "tcp": "tcp://127.0.0.1:*", "ipc": "ipc://*", "inproc": "inproc://round.trip",
        ]
        let frames = [
            [], bytes("共济"), [UInt8](repeating: 7, count: 33), [0, 255],
            [UInt8](repeating: 9, count: 1 << 20), [],
        ]
        let pull = try Socket(.pull, in: context)
        let endpoint = try pull.bind(try #require(endpoints[transport]))
        let push = try Socket(.push, in: context)
        try push.connect(endpoint)
        #expect(try push.send(frames))
        #expect(try push.send([bytes("next")]))
        #expect(try pull.receiveMessageSoon() == .init(frames: frames, userID: nil))
        #expect(try pull.receiveMessageSoon() == .init(frames: [bytes("next")], userID: nil))
        #expect(try pull.receive(dontWait: true) == nil)
    }

    @Test("A router answers the dealer that asked")
    func dealerAndRouter() throws {
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:") && !endpoint.hasSuffix("*"))
        var dealers: [Socket] = []
        for name in ["a", "b"] {
            var options = SocketOptions()
            options.routingID = bytes(name)
            let dealer = try Socket(.dealer, in: context, options: options)
            try dealer.connect(endpoint)
            #expect(try dealer.send([bytes("from"), bytes(name)]))
            dealers.append(dealer)
        }
        for _ in dealers {
            let frames = try router.receiveMessageSoon().frames
            #expect(frames.count == 3 && frames[0] == frames[2])
            #expect(try router.send([frames[0], bytes("to"), frames[2]]))
        }
        #expect(try dealers[0].receiveMessageSoon().frames == [bytes("to"), bytes("a")])
        #expect(try dealers[1].receiveMessageSoon().frames == [bytes("to"), bytes("b")])
    }

    @Test("A subscriber sees what it asked for")
    func publish() throws {
        let publisher = try Socket(.publish, in: context)
        let endpoint = try publisher.bind("inproc://publish")
        let subscriber = try Socket(.subscribe, in: context)
        try subscriber.subscribe(to: bytes("peer."))
        try subscriber.connect(endpoint)
        // Over inproc:// the subscription stands once the publisher looks at its pipes.
        #expect(try publisher.wait(for: .output, timeoutMilliseconds: patienceMilliseconds))
        #expect(try publisher.send([bytes("other"), [1]]))
        #expect(try publisher.send([bytes("peer.up"), [2]]))
        #expect(try subscriber.receiveMessageSoon().frames == [bytes("peer.up"), [2]])
        try subscriber.unsubscribe(from: bytes("peer."))
        try subscriber.subscribe(to: [])
        #expect(try publisher.wait(for: .output, timeoutMilliseconds: patienceMilliseconds))
        #expect(try publisher.send([bytes("other"), [3]]))
        #expect(try subscriber.receiveMessageSoon().frames == [bytes("other"), [3]])
    }

    @Test("A mandatory router says that there is no such peer")
    func unroutable() throws {
        var options = SocketOptions()
        options.routerMandatory = true
        let router = try Socket(.router, in: context, options: options)
        let error = #expect(throws: ZeroMQError.self) {
            try router.send([bytes("nobody"), [1]], dontWait: true)
        }
        #expect(error?.isUnroutable == true)
    }

    @Test(
        "What is over a limit is drained and reported, and the next message is whole",
        arguments: [
            (ReceiveLimits(framesMax: 2, octetsMax: 100), 2),
            (ReceiveLimits(framesMax: 9, octetsMax: 7), 2),
            (ReceiveLimits(framesMax: 9, octetsMax: 3), 0),
            (ReceiveLimits(framesMax: 3, octetsMax: 12), 3),
        ])
    func oversize(limits: ReceiveLimits, headCount: Int) throws {
        let pull = try Socket(.pull, in: context)
        let endpoint = try pull.bind("inproc://oversize")
        let push = try Socket(.push, in: context)
        try push.connect(endpoint)
        let frames = [bytes("aaaa"), bytes("bbb"), bytes("ccccc")]
        #expect(try push.send(frames))
        #expect(try push.send([[1]]))
        let received = try pull.receiveSoon(limits: limits)
        if headCount == frames.count {
            #expect(received == .message(.init(frames: frames, userID: nil)))
        } else {
            let oversize = Received.Oversize(
                head: Array(frames.prefix(headCount)), frameCount: 3, octetCount: 12, userID: nil)
            #expect(received == .oversize(oversize))
        }
        #expect(try pull.receiveSoon() == .message(.init(frames: [[1]], userID: nil)))
    }

    @Test("A frame over the limit ends the connection")
    func frameBytesMax() throws {
        var options = SocketOptions()
        options.frameBytesMax = 1000
        let pull = try Socket(.pull, in: context, options: options)
        let monitor = try SocketMonitor(of: pull)
        let endpoint = try pull.bind("tcp://127.0.0.1:*")
        let push = try Socket(.push, in: context)
        try push.connect(endpoint)
        #expect(try push.send([[UInt8](repeating: 0, count: 1000)]))
        #expect(try push.send([[UInt8](repeating: 0, count: 1001)]))
        #expect(try pull.receiveMessageSoon().frames[0].count == 1000)
        try monitor.waitFor { $0 == .disconnected }
    }

    @Test("A full queue says no, takes nothing, and says yes again when it was read")
    func highWater() throws {
        var options = SocketOptions()
        options.sendHighWaterMessages = 2
        options.receiveHighWaterMessages = 1
        let pull = try Socket(.pull, in: context, options: options)
        try pull.bind("inproc://high.water")
        let push = try Socket(.push, in: context, options: options)
        #expect(try !push.send([[0], [0]], dontWait: true), "there is no peer")
        try push.connect("inproc://high.water")
        var taken: UInt8 = 0
        while try push.send([[taken], [taken]], dontWait: true) { taken += 1 }
        #expect(taken == 3, "over inproc:// the two marks add up")
        #expect(try !push.wait(for: .output, timeoutMilliseconds: 0))
        for number in 0..<taken {
            #expect(try pull.receiveMessageSoon().frames == [[number], [number]])
        }
        #expect(try push.wait(for: .output, timeoutMilliseconds: patienceMilliseconds))
        #expect(try push.send([[9], [9]], dontWait: true))
        #expect(try pull.receiveMessageSoon().frames == [[9], [9]])
    }

    @Test("Peers that go away in the middle of a message never get parts of two")
    func atomicSend() throws {
        var options = SocketOptions()
        options.sendHighWaterMessages = 2
        options.receiveHighWaterMessages = 2
        let push = UnsafeHandover(try Socket(.push, in: context, options: options))
        try push.value.bind("inproc://atomic")
        let isOver = Flag()
        // So many that the library looks for news of its peers while it takes them.
        let frameCount = 10_000
        let hasEnded = Flag()
        // A thread of its own: other tests may block all those that tasks run on.
        Thread.detachNewThread {
            var number: UInt64 = 0
            while !isOver.isSet {
                number += 1
                let frame = withUnsafeBytes(of: number) { [UInt8]($0) }
                let frames = Array(repeating: frame, count: frameCount)
                do {
                    if try !push.value.send(frames, dontWait: true) {
                        _ = try push.value.wait(for: .output, timeoutMilliseconds: 1)
                    }
                } catch {
                    Issue.record(error)
                    break
                }
            }
            hasEnded.set()
        }
        defer {
            isOver.set()
            while !hasEnded.isSet { usleep(1000) }
        }
        for _ in 0..<20 {
            let pull = try Socket(.pull, in: context, options: options)
            try pull.connect("inproc://atomic")
            for _ in 0..<2 {
                let frames = try pull.receiveMessageSoon().frames
                #expect(frames.count == frameCount && frames.allSatisfy { $0 == frames[0] })
            }
        }
    }

    @Test("A closed socket, a taken address and a bad value are errors that name themselves")
    func errors() throws {
        let pull = try Socket(.pull, in: context)
        let endpoint = try pull.bind("tcp://127.0.0.1:*")
        let other = try Socket(.pull, in: context)
        #expect(
            throws: ZeroMQError(code: EADDRINUSE, operation: "zmq_bind", subject: endpoint)
        ) { try other.bind(endpoint) }
        #expect(
            ZeroMQError(code: EADDRINUSE, operation: "zmq_bind", subject: "ipc://x").description
                == "zmq_bind ipc://x: Address already in use (errno \(EADDRINUSE))")
        var options = SocketOptions()
        options.sendHighWaterMessages = -1
        #expect(
            throws: ZeroMQError(code: EINVAL, operation: "zmq_setsockopt", subject: "SNDHWM")
        ) { try other.apply(options) }
        pull.close()
        pull.close()
        #expect(throws: ZeroMQError(code: ENOTSOCK, operation: "zmq_send")) {
            try pull.send([[]])
        }
    }

    @Test("Every option is known to the library")
    func options() throws {
        var options = SocketOptions()
        options.lingerMilliseconds = 100
        options.sendHighWaterMessages = 1000
        options.receiveHighWaterMessages = 1000
        options.sendBufferBytes = 1 << 18
        options.receiveBufferBytes = 1 << 18
        options.frameBytesMax = 1 << 20
        options.immediate = true
        options.reconnectMilliseconds = 100
        options.reconnectMillisecondsMax = 2000
        options.routingID = bytes("370000")
        options.routerMandatory = true
        options.routerHandover = true
        options.connectTimeoutMilliseconds = 3000
        options.handshakeMilliseconds = 3000
        options.heartbeatMilliseconds = 2000
        options.heartbeatTimeoutMilliseconds = 6000
        options.heartbeatTTLMilliseconds = 6000
        options.tcpKeepalive = .init(idleSeconds: 30, intervalSeconds: 5, probes: 3)
        options.ipv6 = true
        options.backlog = 256
        _ = try Socket(.router, in: context, options: options)
    }

    @Test("A shut-down context ends a wait on another thread, and terminates")
    func shutdown() async throws {
        let socket = UnsafeHandover(try Socket(.pull, in: context))
        try socket.value.bind("inproc://shutdown")
        async let ended = Task.detached {
            defer { socket.value.close() }
            do {
                _ = try socket.value.receive()
                return false
            } catch let error as ZeroMQError {
                return error.isTerminated
            }
        }.value
        context.shutdown()
        #expect(try await ended)
        context.terminate()
        #expect(throws: ZeroMQError.self) { try Socket(.pull, in: context) }
    }
}
