package import Domain
import Foundation
import RuleFiles
package import Settlement
package import Signing
import Wire
import ZeroMQ

/// Whom the node believes and by which rules it goes: the directory and the rule sets that are in
/// force, and what follows from them. Replaced as a whole when one of them changes; threads take it
/// anew for every batch.
package final class Trust: Sendable {
    package struct Edition: Sendable {
        package let directory: DirectoryDocument
        package let rules: LocalRules
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

    private let province: ProvinceCode
    private let identities: any IdentityOpening
    private let seals: any PermissionSealing
    private let controls: Controls

    package init(
        _ directory: DirectoryDocument, province: ProvinceCode, rules: LocalRules,
        identities: any IdentityOpening, seals: any PermissionSealing, controls: Controls
    ) {
        self.province = province
        self.identities = identities
        self.seals = seals
        self.controls = controls
        edition = Guarded(Trust.make(directory, province, rules, identities, seals, controls))
    }

    package var current: Edition { edition.withLock { $0 } }

    func replace(with directory: DirectoryDocument) {
        edition.withLock {
            $0 = Trust.make(directory, province, $0.rules, identities, seals, controls)
        }
    }

    func replace(with rules: LocalRules) {
        edition.withLock {
            $0 = Trust.make($0.directory, province, rules, identities, seals, controls)
        }
    }

    private static func make(
        _ directory: DirectoryDocument, _ province: ProvinceCode, _ rules: LocalRules,
        _ identities: any IdentityOpening, _ seals: any PermissionSealing, _ controls: Controls
    ) -> Edition {
        let verifier = Verifier(directory)
        return Edition(
            directory: directory, rules: rules, verifier: verifier,
            speakers: Dictionary(
                directory.nodes.map { ($0.curvePublicKey.hex, $0.province) },
                uniquingKeysWith: { first, _ in first }),
            environment: Environment(
                province: province, provinces: Set(directory.nodes.map(\.province)),
                sm3: SM3Hashing(), rules: rules.folder.book, register: rules.register,
                identities: identities, seals: seals,
                holdEnds: HoldEndCheck(network: directory.network, verifier: verifier),
                controls: controls))
    }
}
