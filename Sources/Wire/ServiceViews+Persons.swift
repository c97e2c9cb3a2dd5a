package import Domain
import SwiftProtobuf

// Who did what, as clients see it.

extension ServiceReply {
    /// A client, the person who answers for its key, and the word of its role.
    package struct PrincipalView: Hashable, Sendable {
        package let client: String
        package let person: String
        package let role: String
        package init(client: String, person: String, role: String) {
            self.client = client
            self.person = person
            self.role = role
        }
    }

    package struct CommandView: Hashable, Sendable {
        package let request: Identifier
        package let by: PrincipalView
        package let at: Instant
        package let isAnswered: Bool
        package init(
            request: Identifier, by: PrincipalView, at: Instant, isAnswered: Bool
        ) {
            self.request = request
            self.by = by
            self.at = at
            self.isAnswered = isAnswered
        }
    }

    package struct PersonChangeView: Hashable, Sendable {
        package let number: UInt64
        package let kind: PersonChangeKind
        /// In words; empty: nothing was there.
        package let before: String
        package let after: String
        package let by: PrincipalView
        package let at: Instant
        package let request: Identifier
        package init(
            number: UInt64, kind: PersonChangeKind, before: String, after: String,
            by: PrincipalView, at: Instant, request: Identifier
        ) {
            self.number = number
            self.kind = kind
            self.before = before
            self.after = after
            self.by = by
            self.at = at
            self.request = request
        }
    }
}

extension ServiceReply.PrincipalView {
    var proto: Gongji_V1_Principal {
        .with {
            $0.client = client
            $0.person = person
            $0.role = role
        }
    }
}

extension ServiceReply.CommandView {
    var proto: Gongji_V1_CommandRecord {
        .with {
            $0.request = request.data
            $0.by = by.proto
            $0.atMs = at.milliseconds
            $0.answered = isAnswered
        }
    }
}

extension ServiceReply.PersonChangeView {
    var proto: Gongji_V1_PersonChange {
        .with {
            $0.number = number
            $0.kind = Gongji_V1_PersonChangeKind(rawValue: Int(kind.rawValue)) ?? .unspecified
            $0.before = before
            $0.after = after
            $0.by = by.proto
            $0.atMs = at.milliseconds
            $0.request = request.data
        }
    }
}
