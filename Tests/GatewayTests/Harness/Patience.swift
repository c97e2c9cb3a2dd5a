import Domain
import Foundation
import Glibc

/// Something that should have come to pass did not in time.
struct TooLate: Error, CustomStringConvertible {
    let waitedFor: String
    let seen: String
    var description: String {
        "waited in vain for: \(waitedFor)\(seen.isEmpty ? "" : "; seen last: \(seen)")"
    }
}

/// Waits until `condition` holds. Throws ``TooLate`` with what `seen` says when the time is over.
func eventually(
    _ what: String, within milliseconds: Int = 30_000, seen: () -> String = { "" },
    _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            throw TooLate(waitedFor: what, seen: seen())
        }
        usleep(10_000)
    }
}

func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

/// A folder of mode 0700 with a path short enough for the sockets in it (`unix(7)`: 107 octets).
/// It goes with the value.
final class ShortFolder {
    let path: String

    init() throws {
        let given = FileManager.default.temporaryDirectory.standardizedFileURL.path
        let parent = given.utf8.count <= 40 ? given : "/tmp"
        path = "\(parent)/gj-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct NoFreePort: Error {}

/// Ports that this process has given away: a node may bind its port later than another test asks. Nobody
/// gets one again, as a node that was killed comes back to its own. Clusters of `gongji` take theirs
/// from 26000 on.
private let givenPorts = Guarded<Set<UInt16>>([])

/// A port on 127.0.0.1 that nobody listens on, outside the range from which the system takes ports
/// for outgoing connections.
func freePort() throws -> UInt16 {
    for _ in 0..<500 {
        let port = UInt16.random(in: 20_000..<26_000)
        guard givenPorts.withLock({ $0.insert(port).inserted }) else { continue }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { break }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0 { return port }
    }
    throw NoFreePort()
}
