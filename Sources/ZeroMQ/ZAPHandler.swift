import Glibc

/// What a socket with a ZAP domain asks about a peer that wants in (RFC 27).
package struct ZAPRequest: Hashable, Sendable {
    /// The domain that the socket's ``SocketSecurity`` names.
    package let domain: String
    /// The peer's network address; empty over `ipc://`.
    package let address: String
    /// The routing id that the asking *socket* has set; as a rule empty.
    package let routingID: [UInt8]
    /// `CURVE` or `NULL`.
    package let mechanism: String
    /// The 32 octets of the peer's long-term key, proven to be its own; empty unless `CURVE`.
    package let publicKey: [UInt8]

    package init(
        domain: String, address: String, routingID: [UInt8], mechanism: String, publicKey: [UInt8]
    ) {
        self.domain = domain
        self.address = address
        self.routingID = routingID
        self.mechanism = mechanism
        self.publicKey = publicKey
    }
}

package enum ZAPDecision: Hashable, Sendable {
    /// In, under a name of 1 to 255 octets that each of its messages then bears.
    case allow(userID: String)
    /// Out (status 400). A peer that is libzmq is told, and does not try again until its owner
    /// connects anew (see ``Socket/connect(_:)``).
    case deny
    /// Out for now (status 300). The peer is not told; when the handshake time of either side is
    /// over (``SocketOptions/handshakeMilliseconds``, by default 30 s) the connection ends, and the
    /// peer tries again by itself.
    case denyForNow
}

/// Decides, on a thread of its own, who may connect to the sockets of a context.
///
/// Start it before any socket with a ZAP domain binds; there can be one per context. While it does
/// not run, such sockets let nobody new in. A decision holds for the life of a connection: to shut
/// a peer out later, its connection has to end as well.
package final class ZAPHandler: Sendable {
    private let stopper: Waker
    private let thread: ServiceThread

    /// - Parameter decide: called on the handler's thread, one request at a time; all handshakes
    ///   wait for it, so it must not.
    /// - Throws: ``ZeroMQError``; `EADDRINUSE` if the context has a handler already.
    package init(
        in context: Context, decide: @escaping @Sendable (ZAPRequest) -> ZAPDecision
    ) throws(ZeroMQError) {
        let socket = try Socket(.reply, in: context)
        try socket.bind(ZAPServer.endpoint)
        let stopper = try Waker()
        let handover = UnsafeHandover(ZAPServer(socket: socket, stopper: stopper, decide: decide))
        self.stopper = stopper
        thread = try ServiceThread { handover.value.run() }
    }

    deinit { stop() }

    /// Ends the thread, and returns when it has ended. From any thread; again does nothing.
    package func stop() {
        stopper.wake()
        thread.join()
    }
}

/// What the handler's thread runs.
private final class ZAPServer {
    static let endpoint = "inproc://zeromq.zap.01"

    private let socket: Socket
    private let stopper: Waker
    private let decide: @Sendable (ZAPRequest) -> ZAPDecision

    init(
        socket: Socket, stopper: Waker, decide: @escaping @Sendable (ZAPRequest) -> ZAPDecision
    ) {
        self.socket = socket
        self.stopper = stopper
        self.decide = decide
    }

    /// Until ``stopper`` wakes or the context is shut down. Any failure ends it too, which keeps
    /// everybody out: an error here must not open the door.
    func run() {
        defer {
            // Closing alone gives the name back some time later, and the next handler needs it now.
            // In a context that is shut down this fails, and nobody needs it.
            try? socket.unbind(ZAPServer.endpoint)
            socket.close()
        }
        let poller = Poller()
        _ = poller.add(socket)
        let stop = poller.add(stopper)
        do throws(ZeroMQError) {
            while true {
                _ = try poller.wait(timeoutMilliseconds: nil)
                if !poller.readiness(of: stop).isEmpty { return }
                while let received = try socket.receive(limits: limits, dontWait: true) {
                    _ = try socket.send(answer(received))
                }
            }
        } catch {
            return
        }
    }

    /// Far above any request that libzmq makes.
    private let limits = ReceiveLimits(framesMax: 16, octetsMax: 16_384)

    /// RFC 27: version, request id, domain, address, routing id, mechanism, credentials.
    private func answer(_ received: Received) -> [[UInt8]] {
        switch received {
        case .oversize(let oversize):
            return reply(to: oversize.head, status: "500", text: "too large")
        case .message(let message):
            let frames = message.frames
            guard frames.count >= 6, frames[0] == version else {
                return reply(to: frames, status: "500", text: "malformed")
            }
            let mechanism = String(decoding: frames[5], as: UTF8.self)
            let isCurve = mechanism == "CURVE"
            let credentials = frames.dropFirst(6)
            if isCurve && (credentials.count != 1 || frames[6].count != CurveKeyPair.keySize) {
                return reply(to: frames, status: "500", text: "malformed")
            }
            let request = ZAPRequest(
                domain: String(decoding: frames[2], as: UTF8.self),
                address: String(decoding: frames[3], as: UTF8.self),
                routingID: frames[4], mechanism: mechanism,
                publicKey: isCurve ? frames[6] : [])
            switch decide(request) {
            case .allow(let userID):
                precondition((1...255).contains(userID.utf8.count), "a ZAP user id of this length")
                return reply(to: frames, status: "200", text: "OK", userID: userID)
            case .deny:
                return reply(to: frames, status: "400", text: "denied")
            case .denyForNow:
                return reply(to: frames, status: "300", text: "denied for now")
            }
        }
    }

    private let version = Array("1.0".utf8)

    private func reply(
        to request: [[UInt8]], status: String, text: String, userID: String = ""
    ) -> [[UInt8]] {
        let requestID = request.count > 1 ? request[1] : []
        return [
            version, requestID, Array(status.utf8), Array(text.utf8), Array(userID.utf8), [],
        ]
    }
}
