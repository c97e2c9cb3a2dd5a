package import Domain

/// Why a node does not start, or cannot go on. The description says what to do, and is safe to log.
package enum NodeFailure: Error, CustomStringConvertible {
    case configuration(String)
    case notInDirectory(ProvinceCode)
    case keyNotInDirectory(String)
    case storeOfAnother(String)
    case suiteChangedWithMessagesInFlight(ProvinceCode)
    case stopped(String)

    package var description: String {
        switch self {
        case .configuration(let sentence): sentence
        case .notInDirectory(let province):
            "the directory does not name province \(province); ask the national node for one that does"
        case .keyNotInDirectory(let what):
            "the directory does not hold this node's \(what); "
                + "publish a directory with it before starting"
        case .storeOfAnother(let owner):
            "the store belongs to \(owner); give this node its own file"
        case .suiteChangedWithMessagesInFlight(let peer):
            "messages to \(peer) wait that were signed with the other suite; start with the old key, "
                + "let them be acknowledged, then change the suite"
        case .stopped(let sentence): sentence
        }
    }
}
