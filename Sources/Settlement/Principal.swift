import Domain

/// Who asked something of a node, as the connection proved it: kept with every command.
package struct Principal: Hashable, Sendable {
    /// The name that the node's configuration gives the client's key; ``localClient`` over `ipc://`.
    package let client: String
    /// The person who answers for the key: its owner. Over `ipc://` `local:` and the user of the
    /// system, which is no owner's name, for those have no colon.
    package let person: String
    package let role: Role

    /// What a client may ask is its role (`protocol/service.md`).
    package enum Role: UInt8, Sendable, CaseIterable {
        case agency = 1
        case institution = 2
        case `operator` = 3
        case auditor = 4
        /// Every role: whoever can reach the `ipc://` socket.
        case local = 5

        package var word: String {
            switch self {
            case .agency: "agency"
            case .institution: "institution"
            case .operator: "operator"
            case .auditor: "auditor"
            case .local: "local"
            }
        }
    }

    package init(client: String, person: String, role: Role) {
        self.client = client
        self.person = person
        self.role = role
    }

    package static let localClient = "local"

    /// Whether `one` and `other` are certainly two persons. Whoever came over `ipc://` without a name
    /// may be anyone who did.
    package static func areTwo(_ one: String, _ other: String) -> Bool {
        if [one, other].contains(localClient) {
            return !(isLocal(one) && isLocal(other))
        }
        return StaffID(one) != StaffID(other)
    }

    private static func isLocal(_ person: String) -> Bool {
        person == localClient || person.hasPrefix("\(localClient):")
    }

    /// Someone who reached the `ipc://` socket. With `user` nil the system did not say who.
    package static func local(user: String? = nil) -> Principal {
        Principal(
            client: localClient, person: user.map { "\(localClient):\($0)" } ?? localClient,
            role: .local)
    }
}
