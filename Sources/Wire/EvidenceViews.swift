package import Domain
import Foundation
import SwiftProtobuf

extension ServiceReply {
    /// A contradiction that a node has found.
    package struct EvidenceView: Hashable, Sendable {
        package let number: Int64
        package let accused: ProvinceCode
        package let subject: Identifier
        package let reason: String
        package let at: Instant

        package init(
            number: Int64, accused: ProvinceCode, subject: Identifier, reason: String, at: Instant
        ) {
            self.number = number
            self.accused = accused
            self.subject = subject
            self.reason = reason
            self.at = at
        }

        var proto: Gongji_V1_Evidence {
            .with {
                $0.number = number
                $0.accused = accused.number
                $0.subject = subject.data
                $0.reason = reason
                $0.atMs = at.milliseconds
            }
        }
    }

    /// A contradiction with all that a third party needs to see it (`protocol/receipts.md`, Evidence).
    package struct EvidenceFile: Hashable, Sendable {
        package struct Statement: Hashable, Sendable {
            package enum Content: Hashable, Sendable {
                case message(Receipt)
                case octets(Bytes)
            }

            package let content: Content
            /// DER; nil if the directory does not have it any more.
            package let certificate: Bytes?

            package init(_ content: Content, certificate: Bytes?) {
                self.content = content
                self.certificate = certificate
            }
        }

        package let view: EvidenceView
        /// Nil if this node has none.
        package let plan: Bytes?
        package let statements: [Statement]
        /// DER.
        package let roots: [Bytes]

        package init(
            _ view: EvidenceView, plan: Bytes?, statements: [Statement], roots: [Bytes]
        ) {
            self.view = view
            self.plan = plan
            self.statements = statements
            self.roots = roots
        }

        var proto: Gongji_V1_EvidenceFile {
            .with {
                $0.evidence = view.proto
                $0.plan = Data(plan ?? [])
                $0.statements = statements.map(\.proto)
                $0.roots = roots.map { Data($0) }
            }
        }
    }
}

extension ServiceReply.EvidenceFile.Statement {
    fileprivate var proto: Gongji_V1_Statement {
        .with {
            switch content {
            case .message(let receipt): $0.receipt = receipt.proto
            case .octets(let octets): $0.octets = Data(octets)
            }
            $0.certificate = Data(certificate ?? [])
        }
    }
}
