/// The form of `directory.json`. Octets are base64, keys hexadecimal, times RFC 3339 with offset.
struct DirectoryJSON: Codable {
    struct Node: Codable {
        var province: String
        var endpoint: String
        var curvePublicKey: String
        var certificates: [String]

        enum CodingKeys: String, CodingKey {
            case province, endpoint, certificates
            case curvePublicKey = "curve_public_key"
        }
    }

    var network: String
    var version: UInt64
    var issuedAt: String
    var suites: [String]
    var nodes: [Node]
    var revocationLists: [String]
    /// Certificates of the operators of the national node; nil: there are none.
    var operators: [String]?

    enum CodingKeys: String, CodingKey {
        case network, version, suites, nodes, operators
        case issuedAt = "issued_at"
        case revocationLists = "revocation_lists"
    }
}
