import CSockets
import Glibc

/// A listening socket of the kernel: TCP over IPv4 or IPv6, or a path of the file system.
final class Listener {
    let descriptor: Descriptor
    /// As bound, with the port that `:*` or `:0` came to.
    let endpoint: String
    /// Of a unix socket.
    private let path: String?

    private init(_ descriptor: Descriptor, endpoint: String, path: String?) {
        self.descriptor = descriptor
        self.endpoint = endpoint
        self.path = path
    }

    /// Ends the listening; a path goes from the file system.
    func close() {
        if let path { unlink(path) }
        descriptor.close()
    }

    /// - Parameters:
    ///   - endpoint: `tcp://address:port`, with an address of this machine, `*` for every IPv4 or
    ///     `[::]` for every address; or `ipc://path`.
    ///   - fileMode: rights of the path.
    static func bind(_ endpoint: String, fileMode: mode_t) throws(EntranceFailure) -> Listener {
        if let path = Listener.path(of: endpoint) {
            return try bindPath(endpoint, path, fileMode)
        }
        return try bindTCP(endpoint)
    }

    /// The path of an `ipc://` endpoint.
    static func path(of endpoint: String) -> String? {
        let prefix = "ipc://"
        return endpoint.hasPrefix(prefix) ? String(endpoint.dropFirst(prefix.count)) : nil
    }

    /// The next connection, which does not block; nil if none waits.
    func accept() throws(EntranceFailure) -> (Descriptor, Origin)? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                gongji_accept(descriptor.number, $0, &size)
            }
        }
        guard number >= 0 else {
            switch errno {
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: throw .last("accept4")
            // The caller has gone again, or none waits.
            default: return nil
            }
        }
        let accepted = Descriptor(number)
        if path != nil {
            guard let origin = Origin.local(number) else { return nil }
            return (accepted, origin)
        }
        var on: Int32 = 1
        setsockopt(
            number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(number, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        return (accepted, Origin.remote(storage))
    }

    private static let backlog: Int32 = 128

    private static func bindPath(
        _ endpoint: String, _ path: String, _ fileMode: mode_t
    ) throws(EntranceFailure) -> Listener {
        let descriptor = try UnixAddress.make()
        if try UnixAddress.connect(descriptor, to: path) { throw .inUse(endpoint) }
        // Whoever listened there has gone without taking its path along.
        var entry = stat()
        if lstat(path, &entry) == 0, entry.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let bound = try UnixAddress.make()
        try UnixAddress.bind(bound, to: path)
        guard chmod(path, fileMode) == 0 else { throw .last("chmod \(path)") }
        guard listen(bound.number, backlog) == 0 else { throw .last("listen \(path)") }
        return Listener(bound, endpoint: endpoint, path: path)
    }

    private static func bindTCP(_ endpoint: String) throws(EntranceFailure) -> Listener {
        let prefix = "tcp://"
        guard endpoint.hasPrefix(prefix), let colon = endpoint.lastIndex(of: ":") else {
            throw .badEndpoint(endpoint)
        }
        var host = String(endpoint[..<colon].dropFirst(prefix.count))
        let port = String(endpoint[endpoint.index(after: colon)...])
        guard port == "*" || UInt16(port) != nil, !host.isEmpty else {
            throw .badEndpoint(endpoint)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        hints.ai_family = host == "*" ? AF_INET : AF_UNSPEC
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host == "*" ? nil : host, port == "*" ? "0" : port, &hints, &found) == 0,
            let info = found
        else { throw .badEndpoint(endpoint) }
        defer { freeaddrinfo(found) }
        let number = socket(
            info.pointee.ai_family,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = Descriptor(number)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard Glibc.bind(number, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 else {
            if errno == EADDRINUSE { throw .inUse(endpoint) }
            throw .last("bind \(endpoint)")
        }
        guard listen(number, backlog) == 0 else { throw .last("listen \(endpoint)") }
        return Listener(
            descriptor,
            endpoint: "\(prefix)\(endpoint[..<colon].dropFirst(prefix.count)):\(boundPort(number))",
            path: nil)
    }

    private static func boundPort(_ number: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        // The port stands at the same place for both families.
        return withUnsafeBytes(of: storage) {
            UInt16(bigEndian: $0.loadUnaligned(as: sockaddr_in.self).sin_port)
        }
    }
}
