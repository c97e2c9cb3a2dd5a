import Domain
import Signing
import Wire
import ZeroMQ

/// The DEALERs, one a peer; used by the engine's thread only.
struct PeerSockets {
    private struct Entry {
        let socket: Socket
        let monitor: SocketMonitor
        let endpoint: String
        let serverKey: Bytes
        var connected = false
        /// Why there is no connection, as far as a handshake told.
        var failure: String?
    }

    private let context: Context
    private let keys: CurveKeyPair
    private var entries: [ProvinceCode: Entry] = [:]

    init(context: Context, keys: CurveKeyPair) {
        self.context = context
        self.keys = keys
    }

    /// Connects to peers that are new or have moved, and lets go of those that have left.
    mutating func follow(
        _ directory: DirectoryDocument, from province: ProvinceCode
    ) throws(ZeroMQError) {
        for (peer, entry) in entries {
            let node = directory.node(peer)
            if node?.endpoint != entry.endpoint || node?.curvePublicKey != entry.serverKey {
                entry.monitor.close()
                entry.socket.close()
                entries[peer] = nil
            }
        }
        for node in directory.nodes where node.province != province {
            if entries[node.province] != nil { continue }
            var options = SocketOptions()
            options.lingerMilliseconds = 0
            options.sendHighWaterMessages = Limits.windowBatchesMax * 2
            // A peer says nothing on a connection that this node made.
            options.receiveHighWaterMessages = 1
            // What cannot be sent now is sent again from the journal, in order.
            options.immediate = true
            options.reconnectMilliseconds = 100
            options.reconnectMillisecondsMax = 1000
            options.connectTimeoutMilliseconds = 5000
            options.handshakeMilliseconds = 3000
            options.heartbeatMilliseconds = 2000
            options.heartbeatTimeoutMilliseconds = 6000
            options.frameBytesMax = Int64(Limits.messageBytesMax)
            options.security = .curveClient(serverKey: node.curvePublicKey, keys: keys)
            let socket = try Socket(.dealer, in: context, options: options)
            let monitor = try SocketMonitor(of: socket)
            try socket.connect(node.endpoint)
            entries[node.province] = Entry(
                socket: socket, monitor: monitor, endpoint: node.endpoint,
                serverKey: node.curvePublicKey)
        }
    }

    /// False if it was not taken: no connection, or its queue is full.
    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws(ZeroMQError)
        -> Bool
    {
        guard let entry = entries[peer], entry.connected else { return false }
        return try entry.socket.send([envelope] + frames, dontWait: true)
    }

    struct Change {
        let peer: ProvinceCode
        let connected: Bool
        /// Set if a handshake failed.
        let failure: String?
    }

    /// What happened to the connections since the last call.
    mutating func changes() throws(ZeroMQError) -> [Change] {
        var changes: [Change] = []
        for peer in entries.keys.sorted() {
            while let event = try entries[peer]?.monitor.nextEvent() {
                switch event.kind {
                case .connected, .accepted, .stopped: break
                case .handshakeSucceeded:
                    entries[peer]?.connected = true
                    entries[peer]?.failure = nil
                    changes.append(Change(peer: peer, connected: true, failure: nil))
                case .disconnected:
                    // One that was never there has not gone.
                    guard entries[peer]?.connected == true else { continue }
                    entries[peer]?.connected = false
                    changes.append(Change(peer: peer, connected: false, failure: nil))
                case .handshakeFailed(let failure):
                    entries[peer]?.connected = false
                    entries[peer]?.failure = String(describing: failure)
                    // Refused by key, the library would not try again by itself; the peer may learn
                    // the key from its next directory.
                    if case .unauthenticated = failure, let entry = entries[peer] {
                        try entry.socket.disconnect(entry.endpoint)
                        try entry.socket.connect(entry.endpoint)
                    }
                    changes.append(
                        Change(
                            peer: peer, connected: false, failure: String(describing: failure)))
                }
            }
        }
        return changes
    }

    func isConnected(_ peer: ProvinceCode) -> Bool { entries[peer]?.connected ?? false }
    func failure(_ peer: ProvinceCode) -> String? { entries[peer]?.failure }
    func endpoint(_ peer: ProvinceCode) -> String { entries[peer]?.endpoint ?? "" }

    mutating func close() {
        for entry in entries.values {
            entry.monitor.close()
            entry.socket.close()
        }
        entries = [:]
    }
}
