import Glibc
import Testing
import ZeroMQ

@Suite("Who is let in")
struct AdmissionTests {
    let context: Context
    let serverKeys: CurveKeyPair
    let clientKeys: CurveKeyPair

    init() throws {
        context = try Context()
        serverKeys = try .generate()
        clientKeys = try .generate()
    }

    private func server() throws -> (Socket, SocketMonitor, endpoint: String) {
        let router = try Socket(
            .router, in: context, options: .quick(.curveServer(keys: serverKeys, domain: "nodes")))
        let monitor = try SocketMonitor(of: router)
        return (router, monitor, try router.bind("tcp://127.0.0.1:*"))
    }

    private func client(
        handshakeMilliseconds: Int? = nil
    ) throws -> (Socket, SocketMonitor) {
        let security = SocketSecurity.curveClient(
            serverKey: serverKeys.publicKey, keys: clientKeys)
        var options = SocketOptions.quick(security)
        options.handshakeMilliseconds = handshakeMilliseconds
        let dealer = try Socket(.dealer, in: context, options: options)
        return (dealer, try SocketMonitor(of: dealer))
    }

    @Test("A known key gets in, and every message bears the name that the handler gave it")
    func known() throws {
        let keeper = Doorkeeper(.allow(userID: "370000"))
        let handler = try ZAPHandler(in: context, decide: keeper.decide)
        let (router, serverMonitor, endpoint) = try server()
        let (dealer, clientMonitor) = try client()
        try dealer.connect(endpoint)
        #expect(try dealer.send([bytes("one"), bytes("two")]))
        let message = try router.receiveMessageSoon()
        #expect(Array(message.frames.dropFirst()) == [bytes("one"), bytes("two")])
        #expect(message.userID == "370000")
        #expect(
            keeper.asked == [
                ZAPRequest(
                    domain: "nodes", address: "127.0.0.1", routingID: [], mechanism: "CURVE",
                    publicKey: clientKeys.publicKey)
            ])

        #expect(try dealer.send([[UInt8](repeating: 0, count: 100)]))
        let limits = ReceiveLimits(framesMax: 9, octetsMax: 50)
        guard case .oversize(let oversize) = try router.receiveSoon(limits: limits) else {
            throw TookTooLong()
        }
        #expect(oversize.userID == "370000" && oversize.head == [message.frames[0]])

        #expect(try clientMonitor.waitFor { $0 == .connected }.endpoint == endpoint)
        try clientMonitor.waitFor { $0 == .handshakeSucceeded }
        #expect(try serverMonitor.waitFor { $0 == .accepted }.endpoint == endpoint)
        try serverMonitor.waitFor { $0 == .handshakeSucceeded }
        dealer.close()
        try serverMonitor.waitFor { $0 == .disconnected }
        router.close()
        try serverMonitor.waitFor { $0 == .stopped }
        handler.stop()
    }

    @Test("A denied key stays out until its owner connects anew")
    func denied() throws {
        let keeper = Doorkeeper(.deny)
        let handler = try ZAPHandler(in: context, decide: keeper.decide)
        let (router, serverMonitor, endpoint) = try server()
        let (dealer, clientMonitor) = try client()
        try dealer.connect(endpoint)
        let refusal = SocketMonitor.Kind.handshakeFailed(.unauthenticated(status: 400))
        try serverMonitor.waitFor { $0 == refusal }
        try clientMonitor.waitFor { $0 == refusal }
        #expect(keeper.asked.map(\.publicKey) == [clientKeys.publicKey])

        keeper.set(.allow(userID: "370000"))
        try clientMonitor.waitFor { $0 == .disconnected }
        #expect(try !clientMonitor.socket.wait(timeoutMilliseconds: 100), "it tried again")
        #expect(keeper.asked.count == 1)
        try dealer.disconnect(endpoint)
        try dealer.connect(endpoint)
        #expect(try dealer.send([bytes("in")]))
        #expect(try router.receiveMessageSoon().frames.last == bytes("in"))
        handler.stop()
    }

    @Test("A key that is denied for now gets in by itself as soon as it may")
    func deniedForNow() throws {
        let keeper = Doorkeeper(.denyForNow)
        let handler = try ZAPHandler(in: context, decide: keeper.decide)
        let (router, serverMonitor, endpoint) = try server()
        let (dealer, _) = try client(handshakeMilliseconds: 200)
        try dealer.connect(endpoint)
        #expect(try dealer.send([bytes("patient")]))
        try serverMonitor.waitFor { $0 == .handshakeFailed(.unauthenticated(status: 300)) }
        keeper.set(.allow(userID: "370000"))
        #expect(try router.receiveMessageSoon().frames.last == bytes("patient"))
        handler.stop()
    }

    @Test("Without a handler nobody gets in, and with the next one all is well")
    func noHandler() throws {
        let (router, serverMonitor, endpoint) = try server()
        let (dealer, _) = try client(handshakeMilliseconds: 200)
        try dealer.connect(endpoint)
        #expect(try dealer.send([bytes("patient")]))
        try serverMonitor.waitFor {
            if case .handshakeFailed(.unspecified) = $0 { true } else { false }
        }
        let keeper = Doorkeeper(.allow(userID: "x"))
        var handler: ZAPHandler? = try ZAPHandler(in: context, decide: keeper.decide)
        #expect(throws: ZeroMQError.self) { try ZAPHandler(in: context) { _ in .deny } }
        #expect(try router.receiveMessageSoon().userID == "x")
        handler?.stop()
        handler?.stop()
        handler = nil
        let second = try ZAPHandler(in: context) { _ in .deny }
        second.stop()
    }

    @Test("A peer without CURVE, and one with the wrong server key, do not get in")
    func mismatch() throws {
        let keeper = Doorkeeper(.allow(userID: "x"))
        let handler = try ZAPHandler(in: context, decide: keeper.decide)
        let (router, serverMonitor, endpoint) = try server()
        let impostor = try CurveKeyPair.generate()
        for security in [
            SocketSecurity.open,
            .curveClient(serverKey: impostor.publicKey, keys: clientKeys),
        ] {
            let dealer = try Socket(.dealer, in: context, options: .quick(security))
            try dealer.connect(endpoint)
            _ = try dealer.send([bytes("let me in")], dontWait: true)
            try serverMonitor.waitFor {
                if case .handshakeFailed(.protocol) = $0 { true } else { false }
            }
        }
        #expect(keeper.asked.isEmpty)
        #expect(try router.receive(dontWait: true) == nil)
        handler.stop()
    }

    @Test("A NULL server asks by address, also over a local socket")
    func nullServer() throws {
        let keeper = Doorkeeper(.allow(userID: "local"))
        let handler = try ZAPHandler(in: context, decide: keeper.decide)
        let reply = try Socket(
            .reply, in: context, options: .quick(.nullServer(domain: "service")))
        let endpoint = try reply.bind("ipc://*")
        let request = try Socket(.request, in: context, options: .quick())
        try request.connect(endpoint)
        #expect(try request.send([bytes("status")]))
        #expect(try reply.receiveMessageSoon().userID == "local")
        #expect(try reply.send([bytes("ok")]))
        #expect(try request.receiveMessageSoon() == .init(frames: [bytes("ok")], userID: nil))
        #expect(keeper.asked.map(\.mechanism) == ["NULL"])
        #expect(keeper.asked.map(\.domain) == ["service"])
        handler.stop()
    }

    @Test("A handler survives a context that ends before it")
    func contextFirst() throws {
        let handler = try ZAPHandler(in: context) { _ in .deny }
        context.terminate()
        handler.stop()
    }

    @Test("A key of the wrong size and an empty domain are refused")
    func badSecurity() throws {
        let bad: [(SocketSecurity, String)] = [
            (.curveServer(keys: serverKeys, domain: ""), "ZAP_DOMAIN"),
            (.nullServer(domain: ""), "ZAP_DOMAIN"),
            (.curveClient(serverKey: [1, 2], keys: clientKeys), "CURVE_SERVERKEY"),
        ]
        for (security, name) in bad {
            #expect(
                throws: ZeroMQError(code: EINVAL, operation: "zmq_setsockopt", subject: name)
            ) { try Socket(.router, in: context, options: .quick(security)) }
        }
    }
}
