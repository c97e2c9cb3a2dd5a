/// Why a file was not read or written. Paths are not secret; the description is safe to log.
package enum FileRefusal: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    case exists(path: String)
    case notRegular(path: String)
    /// Others than the owner may read or write the file.
    case tooOpen(path: String, mode: UInt16)
    /// The file belongs neither to this user nor to root.
    case foreign(path: String)
    /// Others may put another file in the place of this one.
    /// Others may change it.
    case changeable(path: String, mode: UInt16)
    case folderTooOpen(path: String, mode: UInt16)
    case tooLarge(path: String, bytesMax: Int)
    case failed(path: String, operation: String, reason: String)

    package var description: String {
        switch self {
        case .missing(let path):
            "\(path) does not exist"
        case .exists(let path):
            "\(path) exists already and is not overwritten: move it away first"
        case .notRegular(let path):
            "\(path) is not a regular file"
        case .tooOpen(let path, let mode):
            "\(path) has mode 0\(String(mode, radix: 8)), others may reach the secret in it: "
                + "run chmod 600 on it, and replace the key if someone else may have read it"
        case .foreign(let path):
            "\(path) belongs to another user: chown it to the user that runs this program"
        case .changeable(let path, let mode):
            "\(path) has mode 0\(String(mode, radix: 8)), others may change it: run chmod go-w on it"
        case .folderTooOpen(let path, let mode):
            "folder \(path) has mode 0\(String(mode, radix: 8)), others may replace the secrets "
                + "in it: run chmod 700 on it"
        case .tooLarge(let path, let bytesMax):
            "\(path) is larger than \(bytesMax) octets"
        case .failed(let path, let operation, let reason):
            "could not \(operation) \(path): \(reason)"
        }
    }
}
