package import Domain
import Foundation
import SwiftProtobuf

extension Bill {
    /// The octets that stand in a plan, and that the bill digest is taken over.
    package func encoded(wallet: WalletID) -> Bytes { serialize(proto(wallet: wallet)) }
}

extension Draw {
    static func protos(_ draws: [Draw]) -> [Gongji_V1_Draw] {
        draws.map { draw in
            var field = Gongji_V1_Draw()
            field.province = draw.province.number
            field.relation = draw.source.data
            field.limitFen = draw.limit.value
            return field
        }
    }

    static func values(_ protos: [Gongji_V1_Draw]) throws(DecodingRefusal) -> [Draw] {
        guard protos.count <= Limits.drawsMax else { throw .badField }
        var draws: [Draw] = []
        for proto in protos {
            draws.append(
                Draw(
                    province: try ProvinceCode(field: proto.province),
                    source: try DrawSource(field: proto.relation),
                    limit: try Fen(field: proto.limitFen)))
        }
        return draws
    }
}

extension WalletQuery {
    var proto: Gongji_V1_WalletQuery {
        .with {
            $0.transaction = transaction.data
            $0.wallet = wallet.value.data
            $0.careRegion = careRegion.number
            $0.institution = institution.text
            $0.category = .init(category)
            $0.amountFen = amount.value
            $0.mode = .init(mode)
            $0.billDigest = billDigest.data
            if let credential { $0.credential = credential.value.data }
            $0.withoutOwnAccount = withoutOwnAccount
        }
    }

    init(_ proto: Gongji_V1_WalletQuery) throws(DecodingRefusal) {
        guard let institution = InstitutionCode(proto.institution),
            let category = Category(proto.category), let mode = ReserveMode(proto.mode)
        else { throw .badField }
        self.init(
            transaction: try Identifier(field: proto.transaction),
            wallet: try WalletID(field: proto.wallet),
            careRegion: try RegionCode(field: proto.careRegion), institution: institution,
            category: category, amount: try Fen(field: proto.amountFen), mode: mode,
            billDigest: try Digest(field: proto.billDigest),
            credential: try WalletID.optional(proto.credential),
            withoutOwnAccount: proto.withoutOwnAccount)
    }
}

extension WalletReply {
    var proto: Gongji_V1_WalletReply {
        .with {
            $0.transaction = transaction.data
            switch result {
            case .success(let permission):
                $0.draws = Draw.protos(permission.draws)
                $0.expiresMs = permission.expires.milliseconds
                $0.terms = permission.terms.data
                $0.seal = permission.seal.data
            case .failure(let reason):
                $0.status = reason.status.rawValue
                if let grounds = reason.grounds { $0.grounds = grounds.proto }
            }
        }
    }

    init(_ proto: Gongji_V1_WalletReply) throws(DecodingRefusal) {
        let transaction = try Identifier(field: proto.transaction)
        guard proto.status == 0 else {
            self.init(
                transaction: transaction,
                result: .failure(
                    RefusalReason(
                        try Status(field: proto.status),
                        proto.hasGrounds ? try Grounds(proto.grounds) : nil)))
            return
        }
        guard !proto.draws.isEmpty else { throw .badField }
        self.init(
            transaction: transaction,
            result: .success(
                Permission(
                    draws: try Draw.values(proto.draws),
                    expires: try Instant(field: proto.expiresMs),
                    terms: try Digest(field: proto.terms), seal: try Digest(field: proto.seal))))
    }
}

extension Reserve {
    var proto: Gongji_V1_Reserve {
        .with {
            $0.plan = Data(plan.bytes)
            if let receipt = permission?.receipt { $0.permission = receipt.proto }
        }
    }

    init(_ proto: Gongji_V1_Reserve, hashing: any Hashing) throws(DecodingRefusal) {
        guard proto.plan.count <= Limits.planBytesMax else { throw .tooLong }
        let plan = try EncodedPlan(decoding: Bytes(proto.plan), hashing: hashing)
        guard proto.hasPermission else {
            self.init(plan)
            return
        }
        let receipt = try Receipt(proto.permission)
        guard case .walletReply(let reply) = try receipt.innerMessage(hashing: hashing) else {
            throw .badField
        }
        self.init(plan, permission: ProvenPermission(reply: reply, receipt: receipt))
    }
}
