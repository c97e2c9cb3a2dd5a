import Domain
import Foundation
import Gateway

/// What a node says of itself.
typealias NodeStatus = StatusDocument

extension StatusDocument {
    /// Throws ``CommandFailure`` for a document of another version.
    init(decoding document: Bytes) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(StatusDocument.self, from: Data(document))
        } catch {
            throw CommandFailure.failed(
                "the node's status document cannot be read by this version: \(error)")
        }
    }
}

extension LocalNode {
    /// Nil if the node does not answer in time.
    func status(_ client: StatusClient, timeoutMilliseconds: Int) throws -> NodeStatus? {
        try client.document(at: statusEndpoint, timeoutMilliseconds: timeoutMilliseconds)
            .map { try NodeStatus(decoding: $0) }
    }
}
