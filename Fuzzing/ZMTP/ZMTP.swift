/// Octets of ZMTP 3.1 with the NULL mechanism (RFC 23, RFC 37), made by hand.
package enum ZMTP {
    package static func greeting(version: UInt8 = 3, mechanism: String = "NULL") -> [UInt8] {
        let name = Array(mechanism.utf8)
        return [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, version, 1] + name
            + [UInt8](repeating: 0, count: 20 - name.count) + [UInt8](repeating: 0, count: 32)
    }

    package static func ready(_ socketType: String, routingID: [UInt8]? = nil) -> [UInt8] {
        var body = [5] + Array("READY".utf8) + property("Socket-Type", Array(socketType.utf8))
        if let routingID { body += property("Identity", routingID) }
        if body.count <= 255 { return [4, UInt8(body.count)] + body }
        return [6] + (0..<8).map { UInt8(truncatingIfNeeded: body.count >> (56 - 8 * $0)) } + body
    }

    package static func frame(_ octets: [UInt8], more: Bool = false) -> [UInt8] {
        let flags: UInt8 = more ? 1 : 0
        if octets.count <= 255 { return [flags, UInt8(octets.count)] + octets }
        return [flags | 2]
            + (0..<8).map { UInt8(truncatingIfNeeded: octets.count >> (56 - 8 * $0)) }
            + octets
    }

    private static func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8)
            + (0..<4).map { UInt8(truncatingIfNeeded: value.count >> (24 - 8 * $0)) } + value
    }
}

extension RawConnection {
    /// The whole handshake, as a well-behaved client does it.
    package func shakeHands(as socketType: String, routingID: [UInt8]? = nil) {
        send(ZMTP.greeting())
        var heard: [UInt8] = []
        // Greeting 64, READY with at least its head.
        while heard.count < 66, let more = receive(milliseconds: 5000), !more.isEmpty {
            heard += more
        }
        send(ZMTP.ready(socketType, routingID: routingID))
    }
}
