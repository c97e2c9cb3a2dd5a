import CZeroMQ
import Glibc

/// What a socket is set to before it binds or connects. Nil leaves the library's default.
///
/// Most options hold for the binds and connects that follow, not for those already made.
package struct SocketOptions: Sendable {
    /// How long unsent messages live after close; 0 drops them, -1 keeps them without limit.
    package var lingerMilliseconds: Int?
    /// Messages (multipart ones, whole) queued per peer before a send would wait; 0 is no limit.
    package var sendHighWaterMessages: Int?
    package var receiveHighWaterMessages: Int?
    /// Kernel buffers of a connection.
    package var sendBufferBytes: Int?
    package var receiveBufferBytes: Int?
    /// The most octets of one **frame** from a peer; more ends the connection. -1 is no limit.
    package var frameBytesMax: Int64?
    /// Queue only to completed connections. Without it, messages queue up for a peer that is away
    /// and outlive the connection.
    package var immediate: Bool?
    /// First wait before connecting again. Doubles up to the maximum, if that is greater.
    package var reconnectMilliseconds: Int?
    package var reconnectMillisecondsMax: Int?
    /// 1 to 255 octets, the first not zero. A second peer with the same id is turned away.
    package var routingID: [UInt8]?
    /// A send to a peer that is not there throws ``ZeroMQError/isUnroutable``, and one to a peer
    /// whose queue is full says so, where a router would else drop the message in silence.
    package var routerMandatory: Bool?
    /// A new connection takes a routing id over from an older one, which ends.
    package var routerHandover: Bool?
    /// How long a TCP connect may take.
    package var connectTimeoutMilliseconds: Int?
    /// How long greeting and CURVE may take; 0 is no limit. The library's default is 30 s, which is
    /// also how long a refused or stuck handshake can keep a peer from its next attempt.
    package var handshakeMilliseconds: Int?
    /// ZMTP PING this often; 0 is never.
    package var heartbeatMilliseconds: Int?
    /// Silence after a PING that ends the connection; the interval itself if nil.
    package var heartbeatTimeoutMilliseconds: Int?
    /// Silence after which the *peer* ends the connection; in steps of 100.
    package var heartbeatTTLMilliseconds: Int?
    package var tcpKeepalive: TCPKeepalive?
    package var ipv6: Bool?
    /// Connections that wait to be accepted.
    package var backlog: Int?
    /// Chosen once for a socket: the library cannot take a ZAP domain back.
    package var security: SocketSecurity = .open

    package init() {}

    /// `SO_KEEPALIVE` and its times; nil leaves the system's.
    package struct TCPKeepalive: Sendable {
        package var idleSeconds: Int?
        package var intervalSeconds: Int?
        package var probes: Int?

        package init(idleSeconds: Int? = nil, intervalSeconds: Int? = nil, probes: Int? = nil) {
            self.idleSeconds = idleSeconds
            self.intervalSeconds = intervalSeconds
            self.probes = probes
        }
    }
}

/// Who may speak over a socket, and how (RFC 23, 25, 27).
package enum SocketSecurity: Sendable {
    /// NULL mechanism, nobody is asked: what a new socket is.
    case open
    /// NULL mechanism; the ``ZAPHandler`` decides by domain and address.
    case nullServer(domain: String)
    /// CURVE; the ``ZAPHandler`` decides by the client's key. Without a running handler every
    /// connection is refused. The domain must not be empty.
    case curveServer(keys: CurveKeyPair, domain: String)
    /// CURVE, to a server whose 32-octet public key is known.
    case curveClient(serverKey: [UInt8], keys: CurveKeyPair)
}

extension Socket {
    /// Sets what is not nil; stops at the first that the library refuses.
    ///
    /// - Throws: ``ZeroMQError`` naming the option; `EINVAL` for a value out of range, a key that
    ///   is not 32 octets, or an empty ZAP domain.
    package func apply(_ options: SocketOptions) throws(ZeroMQError) {
        try set(ZMQ_LINGER, "LINGER", options.lingerMilliseconds)
        try set(ZMQ_SNDHWM, "SNDHWM", options.sendHighWaterMessages)
        try set(ZMQ_RCVHWM, "RCVHWM", options.receiveHighWaterMessages)
        try set(ZMQ_SNDBUF, "SNDBUF", options.sendBufferBytes)
        try set(ZMQ_RCVBUF, "RCVBUF", options.receiveBufferBytes)
        if let frameBytesMax = options.frameBytesMax {
            try setBytes(ZMQ_MAXMSGSIZE, "MAXMSGSIZE", of: frameBytesMax)
        }
        try set(ZMQ_IMMEDIATE, "IMMEDIATE", options.immediate)
        try set(ZMQ_RECONNECT_IVL, "RECONNECT_IVL", options.reconnectMilliseconds)
        try set(ZMQ_RECONNECT_IVL_MAX, "RECONNECT_IVL_MAX", options.reconnectMillisecondsMax)
        if let routingID = options.routingID {
            try set(ZMQ_ROUTING_ID, "ROUTING_ID", routingID)
        }
        try set(ZMQ_ROUTER_MANDATORY, "ROUTER_MANDATORY", options.routerMandatory)
        try set(ZMQ_ROUTER_HANDOVER, "ROUTER_HANDOVER", options.routerHandover)
        try set(ZMQ_CONNECT_TIMEOUT, "CONNECT_TIMEOUT", options.connectTimeoutMilliseconds)
        try set(ZMQ_HANDSHAKE_IVL, "HANDSHAKE_IVL", options.handshakeMilliseconds)
        try set(ZMQ_HEARTBEAT_IVL, "HEARTBEAT_IVL", options.heartbeatMilliseconds)
        try set(ZMQ_HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", options.heartbeatTimeoutMilliseconds)
        try set(ZMQ_HEARTBEAT_TTL, "HEARTBEAT_TTL", options.heartbeatTTLMilliseconds)
        if let keepalive = options.tcpKeepalive {
            try set(ZMQ_TCP_KEEPALIVE, "TCP_KEEPALIVE", true)
            try set(ZMQ_TCP_KEEPALIVE_IDLE, "TCP_KEEPALIVE_IDLE", keepalive.idleSeconds)
            try set(ZMQ_TCP_KEEPALIVE_INTVL, "TCP_KEEPALIVE_INTVL", keepalive.intervalSeconds)
            try set(ZMQ_TCP_KEEPALIVE_CNT, "TCP_KEEPALIVE_CNT", keepalive.probes)
        }
        try set(ZMQ_IPV6, "IPV6", options.ipv6)
        try set(ZMQ_BACKLOG, "BACKLOG", options.backlog)
        try apply(options.security)
    }

    private func apply(_ security: SocketSecurity) throws(ZeroMQError) {
        switch security {
        case .open:
            break
        case .nullServer(let domain):
            try ask(domain)
        case .curveServer(let keys, let domain):
            try set(ZMQ_CURVE_SERVER, "CURVE_SERVER", true)
            try set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", keys.secretKey)
            try ask(domain)
        case .curveClient(let serverKey, let keys):
            guard serverKey.count == CurveKeyPair.keySize else {
                throw ZeroMQError(
                    code: EINVAL, operation: "zmq_setsockopt", subject: "CURVE_SERVERKEY")
            }
            try set(ZMQ_CURVE_PUBLICKEY, "CURVE_PUBLICKEY", keys.publicKey)
            try set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", keys.secretKey)
            try set(ZMQ_CURVE_SERVERKEY, "CURVE_SERVERKEY", serverKey)
        }
    }

    /// Makes the ZAP handler decide, and a missing one mean "no" instead of the library's default,
    /// "yes".
    private func ask(_ domain: String) throws(ZeroMQError) {
        try set(ZMQ_ZAP_DOMAIN, "ZAP_DOMAIN", Array(domain.utf8))
        try set(Int32(GONGJI_ZMQ_ZAP_ENFORCE_DOMAIN), "ZAP_ENFORCE_DOMAIN", true)
    }

    private func set(_ option: Int32, _ name: String, _ value: Bool?) throws(ZeroMQError) {
        if let value { try setBytes(option, name, of: Int32(value ? 1 : 0)) }
    }

    private func set(_ option: Int32, _ name: String, _ value: Int?) throws(ZeroMQError) {
        guard let value else { return }
        guard let number = Int32(exactly: value) else {
            throw ZeroMQError(code: EINVAL, operation: "zmq_setsockopt", subject: name)
        }
        try setBytes(option, name, of: number)
    }

    private func setBytes(
        _ option: Int32, _ name: String, of value: some BitwiseCopyable
    ) throws(ZeroMQError) {
        try set(option, name, withUnsafeBytes(of: value) { [UInt8]($0) })
    }

    func set(_ option: Int32, _ name: String, _ value: [UInt8]) throws(ZeroMQError) {
        let handle = try opened("zmq_setsockopt")
        let code = value.withUnsafeBytes {
            // The library takes "nothing" only in the form of a null pointer.
            zmq_setsockopt(handle, option, $0.isEmpty ? nil : $0.baseAddress, $0.count)
        }
        if code != 0 { throw .last("zmq_setsockopt", name) }
    }
}
