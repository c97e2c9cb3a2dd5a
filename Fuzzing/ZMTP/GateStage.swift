package import Domain
package import Entrance
import Foundation
import Glibc
package import ZeroMQ

/// A gate in this process, with somebody behind it who answers each message with itself.
package final class GateStage {
    package let context: Context
    package let keys: CurveKeyPair
    package let gate: Gate
    private let zap: ZAPHandler
    private let hall: Hall
    private let folder: String
    package let names = Guarded<[[UInt8]: String]>([:])
    package let notes = Guarded<[GateNote]>([])
    package let received = Guarded(0)
    /// While false, nothing is received.
    package let serves = Guarded(true)
    private let stopped = Guarded(false)
    private let server: ServiceThread
    private let ended = Guarded(false)

    /// - Parameter local: a path instead of TCP with CURVE.
    package init(
        local: Bool = false, kind: Socket.Kind = .dealer,
        limits change: (inout GateLimits) -> Void = { _ in }
    ) throws {
        folder = "/tmp/gj-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        context = try Context()
        keys = try .generate()
        hall = try Hall()
        var limits = GateLimits(
            descriptorsMax: 200, descriptorCeiling: 100_000, unauthenticatedMax: 20,
            handshakesMax: 10, connectionsPerKeyMax: 4, handshakeMilliseconds: 2000,
            unfinishedBytesMax: 20_000, bytesPerSecond: 1e9, bytesBurst: 1e9)
        change(&limits)
        var options = SocketOptions()
        options.lingerMilliseconds = 0
        options.receiveHighWaterMessages = 16
        // What is not read is bounded in octets.
        options.sendHighWaterMessages = 0
        options.handshakeMilliseconds = 3000
        let (names, notes) = (names, notes)
        let found = Guarded<Gate?>(nil)
        zap = try ZAPHandler(in: context) { request in
            guard let (_, number) = Gate.parse(domain: request.domain) else { return .denyForNow }
            return found.withLock { $0 }?.decide(number, key: request.publicKey) ?? .denyForNow
        }
        gate = try Gate.open(
            GatePlan(
                name: "test", endpoint: local ? "ipc://\(folder)/gate" : "tcp://127.0.0.1:*",
                kind: kind, options: options, curve: local ? nil : keys,
                admits: { key in names.withLock { $0[key] } },
                stillAdmits: { name in local || names.withLock { $0.values.contains(name) } },
                limits: limits, folder: try PrivateFolder(in: folder), owner: hall,
                note: { note in notes.withLock { $0.append(note) } }, failed: { fatalError($0) }),
            in: context)
        found.withLock { [gate] in $0 = gate }
        let (hall, received, serves, stopped) = (hall, received, serves, stopped)
        server = try ServiceThread {
            GateStage.serve(hall, received, serves, stopped)
        }
    }

    deinit { end() }

    package func end() {
        guard
            !ended.withLock({ ended in
                defer { ended = true }; return ended
            })
        else { return }
        stopped.withLock { $0 = true }
        hall.wake()
        server.join()
        gate.stop()
        zap.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func serve(
        _ hall: Hall, _ received: Guarded<Int>, _ serves: Guarded<Bool>, _ stopped: Guarded<Bool>
    ) {
        guard let guests = try? Guests(hall) else { return }
        let limits = ReceiveLimits(framesMax: 8, octetsMax: 1 << 20)
        while !stopped.withLock({ $0 }) {
            for guest in (try? guests.wait(milliseconds: 20)) ?? [] {
                guard serves.withLock({ $0 }) else {
                    guests.lookAgain(guest)
                    continue
                }
                while let message = try? guests.receive(from: guest, limits: limits) {
                    received.withLock { $0 += 1 }
                    guard case .message(let message) = message else { continue }
                    try? guests.send(message.frames, to: guest, unreadBytesMax: 100_000)
                }
            }
        }
        guests.close()
    }

    /// Keys that the gate knows under `name`.
    package func member(_ name: String) throws -> CurveKeyPair {
        let keys = try CurveKeyPair.generate()
        names.withLock { $0[keys.publicKey] = name }
        return keys
    }

    /// A client of libzmq with these keys; without, one of a local gate.
    package func client(
        _ own: CurveKeyPair? = nil, _ kind: Socket.Kind = .dealer,
        options change: (inout SocketOptions) -> Void = { _ in }
    ) throws -> Socket {
        var options = SocketOptions()
        options.immediate = true
        options.lingerMilliseconds = 0
        options.reconnectMilliseconds = 20
        options.handshakeMilliseconds = 1000
        if let own { options.security = .curveClient(serverKey: keys.publicKey, keys: own) }
        change(&options)
        let socket = try Socket(kind, in: context, options: options)
        try socket.connect(gate.endpoint)
        return socket
    }

    /// Whether a message comes back.
    package func echoes(_ socket: Socket, _ frames: [[UInt8]] = [[1, 2, 3]]) throws -> Bool {
        guard try socket.wait(for: .output, timeoutMilliseconds: 5000),
            try socket.send(frames, dontWait: true),
            try socket.wait(timeoutMilliseconds: 5000),
            case .message(let message)? = try socket.receive(dontWait: true)
        else { return false }
        return message.frames == frames
    }

    /// A plain connection to the gate.
    package func knock() throws -> RawConnection { try RawConnection(gate.endpoint) }

    /// Waits until the gate has seen what is wanted.
    package func sees(within hundredths: Int = 3000, _ isWanted: (GateReport) -> Bool) -> Bool {
        for _ in 0..<hundredths {
            if isWanted(gate.report) { return true }
            usleep(10_000)
        }
        return false
    }
}

extension Guarded where Value == Int {
    package func eventually(_ isWanted: (Int) -> Bool) -> Bool {
        for _ in 0..<3000 {
            if withLock({ isWanted($0) }) { return true }
            usleep(10_000)
        }
        return false
    }
}
