import Glibc

/// A gate that cannot be opened, or a call of the kernel that failed. The description is safe to log
/// and says what failed on what.
package enum EntranceFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// An endpoint that is neither `tcp://address:port` nor `ipc://path`.
    case badEndpoint(String)
    /// Somebody listens there already.
    case inUse(String)
    case system(operation: String, code: Int32)

    static func last(_ operation: String) -> EntranceFailure {
        .system(operation: operation, code: errno)
    }

    package var description: String {
        switch self {
        case .badEndpoint(let endpoint):
            "\(endpoint) is neither tcp://address:port nor ipc://path"
        case .inUse(let endpoint): "\(endpoint): another process listens there"
        case .system(let operation, let code):
            "\(operation): \(String(cString: strerror(code))) (errno \(code))"
        }
    }
}
