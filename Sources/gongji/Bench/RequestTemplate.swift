import Domain
import Foundation
import Gateway
import Wire

/// The octets of a request, encoded once; only ids are written into it again and again.
struct RequestTemplate {
    private var bytes: Bytes
    private let idOffset: Int
    private let targetOffset: Int?

    /// - Parameter target: an id within the body that is to be replaced too, such as the transaction
    ///   of a commit. Must be in `request` once.
    init(_ request: Gongji_V1_ServiceRequest, target: Identifier? = nil) {
        let encoded = ServiceClient.encode(request)
        guard let id = Identifier(request.id),
            let offset = RequestTemplate.offset(of: id, in: encoded)
        else { preconditionFailure("a request without an id") }
        bytes = encoded
        idOffset = offset
        targetOffset = target.flatMap { RequestTemplate.offset(of: $0, in: encoded) }
    }

    mutating func encoded(id: Identifier) -> Bytes {
        write(id, at: idOffset)
        return bytes
    }

    mutating func encoded(id: Identifier, target: Identifier) -> Bytes {
        guard let targetOffset else { preconditionFailure("a template without a target") }
        write(id, at: idOffset)
        write(target, at: targetOffset)
        return bytes
    }

    private mutating func write(_ id: Identifier, at offset: Int) {
        id.withUnsafeBytes { source in
            bytes.withUnsafeMutableBytes { $0[offset...].copyBytes(from: source) }
        }
    }

    private static func offset(of id: Identifier, in bytes: Bytes) -> Int? {
        let wanted = id.bytes
        return (0...max(0, bytes.count - wanted.count)).first { start in
            bytes[start...].starts(with: wanted)
        }
    }
}

/// As much of a reply as a load generator needs, read without making a message of it.
enum ReplyGlance: Equatable {
    case refused(Identifier, Status?)
    case pending(Identifier)
    case reserved(Identifier)
    case settled(Identifier)
    /// Any other answer.
    case other(Identifier)

    /// Nil if the octets are no reply. A reply begins with field 1, 16 octets; the tag of the body
    /// comes next (fields are encoded in the order of their numbers).
    init?(_ bytes: Bytes) {
        guard bytes.count > 19, bytes[0] == 0x0a, bytes[1] == 16,
            let id = Identifier(bytes[2..<18])
        else { return nil }
        switch bytes[18] {
        case 0x12:
            guard let reply = try? ServiceClient.decode(bytes) else { return nil }
            self = .refused(id, Status(rawValue: reply.refused.status))
        case 0x1a: self = .pending(id)
        case 0x62: self = .reserved(id)
        case 0x6a: self = .settled(id)
        default: self = .other(id)
        }
    }
}
