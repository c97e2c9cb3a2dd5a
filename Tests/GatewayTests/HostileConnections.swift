import Domain
import Gateway
import Glibc
import Testing
import Wire
import ZeroMQ

extension Hostilities {
    @Suite struct Connections {
        @Test func anUnknownKeyDoesNotGetIn() throws {
            let stage = HostileStage.current!
            let before = (
                curve: try stage.node.status().refusals.curve, books: try stage.node.books()
            )
            let member = try stage.network.add(member: ProvinceNetwork.zhejiang)
            let stranger = try HostilePeer(
                member, in: stage.network, against: stage.node, curve: try .generate())
            #expect(try !stranger.connects(within: 1200))
            let refusals = try stage.node.status().refusals
            #expect(refusals.curve > before.curve)
            #expect(refusals.last.last?.reason == "unknown_curve_key")
            #expect(refusals.last.last?.detail == "connection")
            #expect(try stage.node.books() == before.books)
            try stage.expectGoodMessageToWork()
        }

        @Test func whoeverSpeaksWithoutCurveDoesNotGetIn() throws {
            let stage = HostileStage.current!
            let before = try stage.node.books()
            let context = try Context()
            var options = SocketOptions()
            options.immediate = true
            options.handshakeMilliseconds = 500
            let dealer = try Socket(.dealer, in: context, options: options)
            defer { dealer.close() }
            try dealer.connect(stage.node.configuration.listen)
            #expect(try !dealer.wait(for: .output, timeoutMilliseconds: 700))
            #expect(try stage.node.books() == before)
            try stage.expectGoodMessageToWork()
        }

        @Test func aWrongServerKeyDoesNotGetIn() throws {
            let stage = HostileStage.current!
            let context = try Context()
            var options = SocketOptions()
            options.immediate = true
            options.handshakeMilliseconds = 500
            options.security = .curveClient(
                serverKey: try CurveKeyPair.generate().publicKey,
                keys: try HostilePeer.curveKeys(
                    of: stage.network.members[stage.attacker.province]!))
            let dealer = try Socket(.dealer, in: context, options: options)
            defer { dealer.close() }
            try dealer.connect(stage.node.configuration.listen)
            #expect(try !dealer.wait(for: .output, timeoutMilliseconds: 700))
            try stage.expectGoodMessageToWork()
        }

        @Test func rawOctetsOnThePortDoNoHarm() throws {
            let stage = HostileStage.current!
            let port = UInt16(stage.node.configuration.listen.split(separator: ":").last!)!
            for octets in [
                Array("GET / HTTP/1.1\r\n\r\n".utf8), Bytes(repeating: 0xff, count: 4096), [0],
            ] {
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                defer { close(descriptor) }
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
                let connected = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                #expect(connected == 0)
                _ = Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
            }
            try stage.expectGoodMessageToWork()
        }
    }
}
