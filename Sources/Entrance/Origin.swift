import CSockets
import Glibc

/// Where a connection comes from.
package enum Origin: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address, without the port: one machine, or one network address translator.
    case remote(address: String)
    /// A process of this machine, by the user that the kernel says it runs as (`SO_PEERCRED`).
    case local(user: UInt32, name: String)

    /// The person at a unix socket; `local:gongji`, or `local:1000` for a user without a name.
    package var description: String {
        switch self {
        case .remote(let address): address
        case .local(_, let name): "local:\(name)"
        }
    }

    /// The origin at the other end of a unix connection; nil if the kernel does not say.
    static func local(_ descriptor: Int32) -> Origin? {
        var user: uid_t = 0
        guard gongji_peer_user(descriptor, &user) == 0 else { return nil }
        return .local(user: user, name: userName(user) ?? String(user))
    }

    private static func userName(_ user: uid_t) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(user, &entry, &text, text.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }

    /// The numeric address of what `accept(2)` gave; an IPv4 address that came in over IPv6 reads as
    /// the IPv4 address that it is.
    static func remote(_ storage: sockaddr_storage) -> Origin {
        withUnsafeBytes(of: storage) { octets -> Origin in
            switch Int32(storage.ss_family) {
            case AF_INET:
                return .remote(
                    address: text(octets, MemoryLayout<sockaddr_in>.offset(of: \.sin_addr), AF_INET)
                )
            default:
                let text = text(
                    octets, MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr), AF_INET6)
                let mapped = "::ffff:"
                return .remote(
                    address: text.hasPrefix(mapped) && text.contains(".")
                        ? String(text.dropFirst(mapped.count)) : text)
            }
        }
    }

    private static func text(
        _ octets: UnsafeRawBufferPointer, _ offset: Int?, _ family: Int32
    ) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard let base = octets.baseAddress, let offset,
            inet_ntop(family, base + offset, &text, socklen_t(text.count)) != nil
        else { return "unknown" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
