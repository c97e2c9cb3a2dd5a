import Glibc

/// A folder of mode 0700 in which the gates of one process have the private ends of their passages: a
/// path stands there from the moment libzmq is bound to it until the gate has connected.
package final class PrivateFolder: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Makes a folder in `parent`, and removes those that killed processes have left there.
    package init(in parent: String) throws(EntranceFailure) {
        PrivateFolder.clean(parent)
        path = "\(parent)/\(PrivateFolder.prefix)\(getpid())"
        PrivateFolder.remove(path)
        guard mkdir(path, 0o700) == 0 else { throw .last("mkdir \(path)") }
        descriptor = Glibc.open(path, O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open \(path)") }
    }

    deinit {
        close(descriptor)
        PrivateFolder.remove(path)
    }

    /// A path of `name` in the folder that is short enough for a unix socket (`unix(7)`: 107 octets)
    /// however deep the folder is.
    func entry(_ name: String) -> String { "/proc/self/fd/\(descriptor)/\(name)" }

    private static let prefix = ".gates-"

    private static func clean(_ parent: String) {
        for name in names(in: parent) {
            guard name.hasPrefix(prefix), let process = pid_t(name.dropFirst(prefix.count)),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            remove("\(parent)/\(name)")
        }
    }

    private static func remove(_ path: String) {
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
