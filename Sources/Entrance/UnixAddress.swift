import CSockets
import Glibc

/// Unix stream sockets by path; none blocks.
enum UnixAddress {
    static func make() throws(EntranceFailure) -> Descriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let number = Glibc.socket(AF_UNIX, Int32(kind), 0)
        guard number >= 0 else { throw .last("socket") }
        return Descriptor(number)
    }

    static func bind(_ descriptor: Descriptor, to path: String) throws(EntranceFailure) {
        guard try call(path, { Glibc.bind(descriptor.number, $0, $1) }) == 0 else {
            throw .last("bind \(path)")
        }
    }

    /// False if nobody listens there; a unix socket connects at once or not at all.
    static func connect(_ descriptor: Descriptor, to path: String) throws(EntranceFailure) -> Bool {
        try call(path) { Glibc.connect(descriptor.number, $0, $1) } == 0
    }

    private static func call(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(EntranceFailure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        guard octets.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .system(operation: "unix socket \(path)", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
