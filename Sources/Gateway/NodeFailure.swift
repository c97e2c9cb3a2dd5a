package import Domain

/// Why a node does not start, or cannot go on. The description says what to do, and is safe to log.
package enum NodeFailure: Error, CustomStringConvertible {
    case configuration(String)
    case notInDirectory(ProvinceCode)
    case keyNotInDirectory(String)
    case stopped(String)

    package var description: String {
        switch self {
        case .configuration(let sentence): sentence
        case .notInDirectory(let province):
            "the directory does not name province \(province); ask the national node for one that does"
        case .keyNotInDirectory(let what):
            "the directory does not hold this node's \(what); "
                + "publish a directory with it before starting"
        case .stopped(let sentence): sentence
        }
    }
}
