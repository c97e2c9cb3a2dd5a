import Domain
import Foundation

extension Digest {
    /// Of something that was shown: not of nothing, such as a file that was never written.
    init(evidence data: Data) throws(DecodingRefusal) {
        let digest = try Digest(field: data)
        guard !digest.isOfNothing else { throw .badField }
        self = digest
    }
}
