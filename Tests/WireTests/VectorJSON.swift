import Domain
import Foundation
import Wire

/// A JSON value, as the vector files have it: octets are hexadecimal text.
enum JSON: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    static func octets(_ bytes: Bytes) -> JSON { .text(bytes.hex) }
    static func digest(_ digest: Digest) -> JSON { .text(digest.description) }
    static func digests(_ digests: [Digest]) -> JSON { .list(digests.map { .digest($0) }) }
    static func id(_ id: Identifier) -> JSON { .text(id.description) }
    static func province(_ code: ProvinceCode?) -> JSON { .int(Int64(code?.number ?? 0)) }
    static func count(_ value: some BinaryInteger) -> JSON { .int(Int64(value)) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    // MARK: Reading

    /// Why a vector file is not as the tests expect.
    struct Missing: Error { let what: String }

    subscript(_ name: String) -> JSON {
        get throws {
            guard case .object(let members) = self, let value = members[name] else {
                throw Missing(what: name)
            }
            return value
        }
    }

    func list() throws -> [JSON] {
        guard case .list(let values) = self else { throw Missing(what: "a list") }
        return values
    }

    func text() throws -> String {
        guard case .text(let value) = self else { throw Missing(what: "a text") }
        return value
    }

    func int() throws -> Int64 {
        guard case .int(let value) = self else { throw Missing(what: "a number") }
        return value
    }

    func octets() throws -> Bytes {
        guard let bytes = Bytes(hex: try text()) else { throw Missing(what: "hexadecimal") }
        return bytes
    }

    func digest() throws -> Digest {
        guard let digest = Digest(try octets()) else { throw Missing(what: "a digest") }
        return digest
    }

    func id() throws -> Identifier {
        guard let id = Identifier(try octets()) else { throw Missing(what: "an id") }
        return id
    }

    func province() throws -> ProvinceCode {
        guard let code = ProvinceCode(UInt32(try int())) else { throw Missing(what: "a code") }
        return code
    }
}

/// The files of `protocol/vectors`.
enum VectorFile: String, CaseIterable {
    case merkle, linkDigest = "link_digest", messages, plans, digests, signatures, batches,
        receipts

    var url: URL {
        Repository.root.appendingPathComponent("protocol/vectors/\(rawValue).json")
    }

    func read() throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(contentsOf: url)) }

    func write(_ value: JSON) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(value) + Data("\n".utf8)).write(to: url)
    }

    /// Set to make the files anew: `GONGJI_WRITE_VECTORS=1 swift test --filter VectorWriting`.
    static var isToBeWritten: Bool {
        ProcessInfo.processInfo.environment["GONGJI_WRITE_VECTORS"] != nil
    }
}
