import Domain
import Entrance
import Glibc
import ZeroMQ

/// Four gates of each kind in this process, and connections of a ``ZMTPFuzzer`` against them. An
/// assertion of libzmq ends the process; what else must hold is looked at every so many inputs.
package final class FuzzRun {
    package struct Broken: Error, CustomStringConvertible {
        package let description: String
    }

    private let stages: [GateStage]
    private var fuzzer: ZMTPFuzzer
    private var chance: SeededGenerator
    private let member: CurveKeyPair
    /// Connections that stay open for a while, so that many are there at once.
    private var open: [RawConnection] = []
    private var named: [Socket] = []
    /// Inputs that were made.
    package private(set) var count = 0

    private static let openMax = 24
    private static let honestEvery = 500

    package init(seed: UInt64) throws {
        func few(_ limits: inout GateLimits) {
            limits.connectionsPerKeyMax = 64
            limits.descriptorsMax = 600
            limits.unauthenticatedMax = 60
            limits.handshakesMax = 40
            limits.handshakeMilliseconds = 300
        }
        stages = [
            try GateStage(local: true, kind: .router, limits: few),
            try GateStage(local: true, kind: .dealer, limits: few),
            try GateStage(local: true, kind: .publish, limits: few),
            try GateStage(limits: few),
        ]
        member = try stages[3].member("fuzzer")
        fuzzer = ZMTPFuzzer(seed: seed)
        chance = SeededGenerator(seed: seed ^ 0x5a5a)
    }

    package func end() {
        open = []
        for socket in named { socket.close() }
        for stage in stages { stage.end() }
    }

    /// One connection to one gate. Every sixteenth is a client of libzmq behind CURVE, with a routing id
    /// and frames of chance.
    package func step() throws {
        count += 1
        if count % 16 == 0 {
            try authenticated()
        } else {
            play(fuzzer.script(), against: stages[Int(chance.next() % 4)])
        }
        if count % FuzzRun.honestEvery == 0 { try look() }
    }

    private func play(_ script: [ZMTPFuzzer.Step], against stage: GateStage) {
        // A gate that is busy taking leave of others is asked again with the next input.
        guard let connection = try? stage.knock() else { return }
        for step in script {
            switch step {
            case .send(let octets): if !connection.send(octets) { return }
            case .hear(let milliseconds):
                if connection.receive(milliseconds: milliseconds) == nil { return }
            }
        }
        guard chance.next() % 3 == 0 else { return }
        if open.count >= FuzzRun.openMax {
            open.remove(at: Int(chance.next() % UInt64(open.count)))
        }
        open.append(connection)
    }

    private func authenticated() throws {
        let stage = stages[3]
        let id: [UInt8]? =
            chance.next() % 3 == 0 ? nil : [0, 0, 0, 0, UInt8(chance.next() % 64)]
        let socket = try stage.client(member) { $0.routingID = id }
        if chance.next() % 2 == 0, try socket.wait(for: .output, timeoutMilliseconds: 200) {
            let frames = (0...Int(chance.next() % 6)).map { _ in
                [UInt8](repeating: UInt8(chance.next() % 256), count: Int(chance.next() % 600))
            }
            _ = try socket.send(frames, dontWait: true)
        }
        if named.count >= FuzzRun.openMax { named.removeFirst().close() }
        named.append(socket)
    }

    /// An honest client is served at each gate, whatever came before.
    private func look() throws {
        for stage in stages[..<2] {
            let client = try stage.client()
            defer { client.close() }
            guard try stage.echoes(client) else {
                throw Broken(description: "an honest client is not answered after input \(count)")
            }
        }
        let client = try stages[3].client(stages[3].member("honest"))
        defer { client.close() }
        guard try stages[3].echoes(client) else {
            throw Broken(
                description: "an honest client is not answered under CURVE after input \(count)")
        }
        for stage in stages where stage.gate.report.open > 90 {
            throw Broken(description: "\(stage.gate.report.open) connections after input \(count)")
        }
    }
}
