package import Domain
import Foundation
package import Settlement
package import Signing
import Wire
import ZeroMQ

/// Whom the node believes: the directory that is in force, and what follows from it. Replaced as a
/// whole when the directory changes; threads take it anew for every batch.
package final class Trust: Sendable {
    package struct Edition: Sendable {
        package let directory: DirectoryDocument
        package let verifier: Verifier
        /// Whoever may speak to this node, by the name that ZAP gave the connection: it names the
        /// CURVE key, so that a key which the directory has replaced says nothing any more, on old
        /// connections too.
        let speakers: [String: ProvinceCode]
        package let environment: Environment

        /// The name for connections with this CURVE key; nil if it is nobody's.
        func speaker(withKey key: Bytes) -> String? {
            let name = key.hex
            return speakers[name] == nil ? nil : name
        }
    }

    private let edition: Guarded<Edition>

    package init(_ directory: DirectoryDocument, province: ProvinceCode) {
        edition = Guarded(Trust.make(directory, province: province))
    }

    package var current: Edition { edition.withLock { $0 } }

    func replace(with directory: DirectoryDocument, province: ProvinceCode) {
        let next = Trust.make(directory, province: province)
        edition.withLock { $0 = next }
    }

    private static func make(
        _ directory: DirectoryDocument, province: ProvinceCode
    ) -> Edition {
        Edition(
            directory: directory, verifier: Verifier(directory),
            speakers: Dictionary(
                directory.nodes.map { ($0.curvePublicKey.hex, $0.province) },
                uniquingKeysWith: { first, _ in first }),
            environment: Environment(
                province: province, provinces: Set(directory.nodes.map(\.province)),
                sm3: SM3Hashing()))
    }
}
