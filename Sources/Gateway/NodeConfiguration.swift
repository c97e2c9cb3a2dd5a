import Foundation
import Settlement

/// What an operator writes about one node: `node.json` in the node's folder. Paths are relative to
/// that folder unless they begin with `/`; `ipc://` names too.
package struct NodeConfiguration: Codable, Sendable {
    /// Six digits of GB/T 2260.
    package var province: String
    /// The signed directory; its signature is the same path with `.sig` behind it.
    package var directory: String
    package var rootCertificate: String
    package var signingKey: String
    package var signingCertificate: String
    /// File of the CURVE secret key.
    package var curveKey: String
    /// File of the secret under which people are found by identity number. Without it identity
    /// numbers that are sealed to this province find nobody.
    package var identityKey: String?
    /// File of the secret under which the store is sealed.
    package var storeKey: String
    /// Folder of the rule sets, one YAML file each.
    package var rules: String
    /// CSV file of this province's designated institutions; without it none is designated.
    package var register: String?
    /// `tcp://address:port` on which peers are listened for.
    package var listen: String
    /// The SQLite file.
    package var store: String
    /// `ipc://…` (file rights decide who may ask), or `tcp://…` (only with `clients`).
    package var service: String
    /// `ipc://…` of the REP socket that answers `status`.
    package var status: String
    /// `ipc://…` of the PUB socket with events.
    package var events: String
    /// Clients that may come over TCP.
    package var clients: [Client]?
    /// What one member of staff cannot do alone; what is left out has the value of ``Controls``.
    package var controls: ControlSettings?
    /// Octets of SQLite's page cache; 64 MiB unless set.
    package var storeCacheBytes: Int?

    package struct ControlSettings: Codable, Sendable {
        package var depositFenMax: Int64?
        package var openingBalanceFenMax: Int64?
        package var cardCoolingOffHours: Int64?
        package var peerQuestionsFactor: Int?

        package init(
            depositFenMax: Int64? = nil, openingBalanceFenMax: Int64? = nil,
            cardCoolingOffHours: Int64? = nil, peerQuestionsFactor: Int? = nil
        ) {
            self.depositFenMax = depositFenMax
            self.openingBalanceFenMax = openingBalanceFenMax
            self.cardCoolingOffHours = cardCoolingOffHours
            self.peerQuestionsFactor = peerQuestionsFactor
        }

        /// Nil unless all are 0 or more, the hours at most a year, and the factor 1 to 1000.
        var controls: Controls? {
            let standard = Controls()
            let deposit = depositFenMax ?? standard.depositFenMax
            let opening = openingBalanceFenMax ?? standard.openingBalanceFenMax
            guard deposit >= 0, opening >= 0, (0...8784).contains(cardCoolingOffHours ?? 0),
                (1...1000).contains(peerQuestionsFactor ?? 1)
            else {
                return nil
            }
            return Controls(
                depositFenMax: deposit, openingBalanceFenMax: opening,
                cardCoolingOffMilliseconds: cardCoolingOffHours.map { $0 * 3_600_000 }
                    ?? standard.cardCoolingOffMilliseconds,
                peerQuestionsFactor: peerQuestionsFactor ?? standard.peerQuestionsFactor)
        }

        enum CodingKeys: String, CodingKey {
            case depositFenMax = "deposit_fen_max"
            case openingBalanceFenMax = "opening_balance_fen_max"
            case cardCoolingOffHours = "card_cooling_off_hours"
            case peerQuestionsFactor = "peer_questions_factor"
        }
    }

    package struct Client: Codable, Sendable {
        package var name: String
        /// The person who answers for the key, by their staff id. Clients with one owner are one
        /// person, and no second one (`protocol/service.md`).
        package var owner: String
        package var role: Role
        /// 64 hexadecimal digits.
        package var curvePublicKey: String
        /// Of role `institution`: the codes whose settlements it may make, see and undo.
        package var institutions: [String]?

        package init(
            name: String, owner: String, role: Role, curvePublicKey: String,
            institutions: [String]? = nil
        ) {
            self.name = name
            self.owner = owner
            self.role = role
            self.curvePublicKey = curvePublicKey
            self.institutions = institutions
        }

        enum CodingKeys: String, CodingKey {
            case name, owner, role, institutions
            case curvePublicKey = "curve_public_key"
        }
    }

    /// What a client may do (design §7).
    package enum Role: String, Codable, Sendable, CaseIterable {
        /// Accounts, relations, quotas, withdrawals, and whatever can be read.
        case agency
        /// Settlements of the institution.
        case institution
        /// In-doubt transactions, and whatever can be read.
        case `operator`
        /// Whatever can be read.
        case auditor

        var ofPrincipal: Principal.Role {
            switch self {
            case .agency: .agency
            case .institution: .institution
            case .operator: .operator
            case .auditor: .auditor
            }
        }
    }

    enum CodingKeys: String, CodingKey {
        case province, directory, listen, store, service, status, events, clients, controls, rules,
            register
        case rootCertificate = "root_certificate"
        case signingKey = "signing_key"
        case signingCertificate = "signing_certificate"
        case curveKey = "curve_key"
        case identityKey = "identity_key"
        case storeKey = "store_key"
        case storeCacheBytes = "store_cache_bytes"
    }

    package init(
        province: String, directory: String, rootCertificate: String, signingKey: String,
        signingCertificate: String, curveKey: String, identityKey: String?, storeKey: String,
        rules: String, register: String?, listen: String, store: String, service: String,
        status: String,
        events: String, clients: [Client]? = nil, controls: ControlSettings? = nil,
        storeCacheBytes: Int? = nil
    ) {
        self.controls = controls
        self.identityKey = identityKey
        self.storeKey = storeKey
        self.rules = rules
        self.register = register
        self.province = province
        self.directory = directory
        self.rootCertificate = rootCertificate
        self.signingKey = signingKey
        self.signingCertificate = signingCertificate
        self.curveKey = curveKey
        self.listen = listen
        self.store = store
        self.service = service
        self.status = status
        self.events = events
        self.clients = clients
        self.storeCacheBytes = storeCacheBytes
    }
}
