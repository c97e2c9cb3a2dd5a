package import Domain
import Foundation
import SwiftProtobuf

extension HoldEnd {
    /// The octets that operators sign.
    package func encoded() -> Bytes {
        serialize(
            Gongji_V1_HoldEnd.with {
                $0.network = network
                $0.transaction = transaction.data
                $0.planDigest = planDigest.data
                $0.care = care.number
                $0.primary = primary.number
                $0.issuedMs = issued.milliseconds
                $0.reason = reason
            })
    }

    init(decoding bytes: Bytes) throws(DecodingRefusal) {
        guard bytes.count <= Limits.provenMessageBytesMax else { throw .tooLong }
        let proto = try parse(bytes, as: Gongji_V1_HoldEnd.self)
        self.init(
            network: try words(proto.network, bytesMax: 64),
            transaction: try Identifier(field: proto.transaction),
            planDigest: try Digest(field: proto.planDigest),
            care: try ProvinceCode(field: proto.care),
            primary: try ProvinceCode(field: proto.primary),
            issued: try Instant(field: proto.issuedMs),
            reason: try words(proto.reason, bytesMax: HoldEnd.reasonBytesMax))
    }
}

extension HoldEndCertificate {
    /// As it stands in a file, and in a client's request.
    package func encoded() -> Bytes { serialize(proto) }

    package init(decoding bytes: Bytes) throws(DecodingRefusal) {
        try self.init(try parse(bytes, as: Gongji_V1_HoldEndCertificate.self))
    }

    var proto: Gongji_V1_HoldEndCertificate {
        .with {
            $0.holdEnd = Data(octets)
            $0.signatures = signatures.map { signature in
                .with {
                    $0.suite = UInt32(signature.suite.rawValue)
                    $0.keyID = signature.keyID.data
                    $0.signature = Data(signature.signature)
                }
            }
        }
    }

    init(_ proto: Gongji_V1_HoldEndCertificate) throws(DecodingRefusal) {
        guard proto.signatures.count <= HoldEndCertificate.operators else { throw .badField }
        var signatures: [OperatorSignature] = []
        for field in proto.signatures {
            guard let number = UInt8(exactly: field.suite), let suite = Suite(rawValue: number),
                field.signature.count <= 128
            else { throw .badField }
            signatures.append(
                OperatorSignature(
                    suite: suite, keyID: try Digest(field: field.keyID),
                    signature: Bytes(field.signature)))
        }
        try self.init(octets: Bytes(proto.holdEnd), signatures: signatures)
    }
}
