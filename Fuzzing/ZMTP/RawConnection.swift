import Glibc

package struct NoConnection: Error {}

/// A connection of the kernel that sends what a test wants, over TCP to this machine or to a path.
package final class RawConnection {
    private let descriptor: Int32

    package init(_ endpoint: String) throws {
        let isLocal = endpoint.hasPrefix("ipc://")
        descriptor = socket(isLocal ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw NoConnection() }
        let connected: Int32
        if isLocal {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) {
                $0.copyBytes(from: endpoint.dropFirst("ipc://".count).utf8)
            }
            connected = RawConnection.connect(descriptor, &address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = (UInt16(endpoint.split(separator: ":").last ?? "") ?? 0).bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            connected = RawConnection.connect(descriptor, &address)
        }
        guard connected == 0 else { throw NoConnection() }
    }

    deinit { close(descriptor) }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// False if the other end is gone.
    @discardableResult
    package func send(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// What comes within the time; nil if the other end has closed.
    package func receive(milliseconds: Int32) -> [UInt8]? {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, milliseconds) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Whether the other end closes within the time, whatever it sends before.
    package func isClosed(within milliseconds: Int32) -> Bool {
        for _ in 0..<max(1, milliseconds / 10) where receive(milliseconds: 10) == nil {
            return true
        }
        return false
    }
}
