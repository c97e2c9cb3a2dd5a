package import Domain
import Foundation
import SwiftProtobuf

/// Why octets are not a message of this protocol.
package enum DecodingRefusal: String, Error, Sendable {
    case notProtobuf = "not_protobuf"
    case unknownBody = "unknown_body"
    case badField = "bad_field"
    case tooLong = "too_long"
    /// A certificate of a third province whose receipt does not prove it.
    case unproven = "unproven"
}

// Conversions between the generated Protocol Buffers types, which no other room sees, and values.

extension Identifier {
    var data: Data { withUnsafeBytes { Data($0) } }
    init(field data: Data) throws(DecodingRefusal) {
        guard let id = Identifier(data) else { throw .badField }
        self = id
    }
}

extension Digest {
    var data: Data { withUnsafeBytes { Data($0) } }
    init(field data: Data) throws(DecodingRefusal) {
        guard let digest = Digest(data) else { throw .badField }
        self = digest
    }
}

extension ProvinceCode {
    init(field number: UInt32) throws(DecodingRefusal) {
        guard let code = ProvinceCode(number) else { throw .badField }
        self = code
    }
}

extension Fen {
    init(field value: Int64) throws(DecodingRefusal) {
        guard let fen = Fen(value) else { throw .badField }
        self = fen
    }
}

extension Instant {
    /// Nothing before 1970 or after 9999, so that no arithmetic with it leaves 64 bits.
    init(field milliseconds: Int64) throws(DecodingRefusal) {
        guard (0...Limits.instantMillisecondsMax).contains(milliseconds) else { throw .badField }
        self.init(milliseconds: milliseconds)
    }
}

extension Status {
    init(field number: UInt32) throws(DecodingRefusal) {
        guard let status = Status(rawValue: number) else { throw .badField }
        self = status
    }
}

extension DrawSource {
    var data: Data {
        switch self {
        case .quota(let relation): relation.data
        case .ownAccount: Data()
        }
    }
    init(field data: Data) throws(DecodingRefusal) {
        self = data.isEmpty ? .ownAccount : .quota(relation: try Identifier(field: data))
    }
}

/// Parses one generated message; every failure of the library is one refusal.
func parse<Generated: SwiftProtobuf.Message>(
    _ bytes: Bytes, as type: Generated.Type
) throws(DecodingRefusal) -> Generated {
    do {
        return try Generated(serializedBytes: bytes)
    } catch {
        throw .notProtobuf
    }
}

func serialize(_ message: some SwiftProtobuf.Message) -> Bytes {
    do {
        return try message.serializedBytes()
    } catch {
        // Only a proto2 message without a required field, or one over 2 GiB, can fail.
        preconditionFailure("Protocol Buffers cannot serialise: \(error)")
    }
}

extension Plan {
    /// The octets that the plan digest is taken over.
    package func encoded() -> Bytes {
        var proto = Gongji_V1_Plan()
        proto.transaction = transaction.data
        proto.care = care.number
        proto.wallet = wallet.value.data
        proto.walletProvince = walletProvince.number
        proto.institution = institution.text
        proto.category = .init(category)
        proto.amountFen = amount.value
        proto.mode = .init(mode)
        proto.primary = primary.number
        proto.draws = Draw.protos(draws)
        proto.holdMs = holdMilliseconds
        proto.bill = Data(billOctets)
        proto.careRegion = careRegion.number
        proto.institutionKind = Wire.proto(institutionKind)
        proto.permittedUntilMs = permittedUntil.milliseconds
        proto.permissionSeal = permissionSeal.data
        return serialize(proto)
    }

    init(decoding bytes: Bytes) throws(DecodingRefusal) {
        let proto = try parse(bytes, as: Gongji_V1_Plan.self)
        guard let institution = InstitutionCode(proto.institution),
            let category = Category(proto.category),
            let mode = ReserveMode(proto.mode),
            (0...Limits.instantMillisecondsMax).contains(proto.holdMs)
        else { throw .badField }
        let draws = try Draw.values(proto.draws)
        let wallet = try WalletID(field: proto.wallet)
        let billOctets = Bytes(proto.bill)
        self.init(
            transaction: try Identifier(field: proto.transaction),
            care: try ProvinceCode(field: proto.care), wallet: wallet,
            walletProvince: try ProvinceCode(field: proto.walletProvince),
            institution: institution, institutionKind: try value(proto.institutionKind),
            careRegion: try RegionCode(field: proto.careRegion), category: category,
            bill: try Bill(parse(billOctets, as: Gongji_V1_Bill.self), wallet: wallet),
            billOctets: billOctets,
            amount: try Fen(field: proto.amountFen), mode: mode,
            primary: try ProvinceCode(field: proto.primary), draws: draws,
            holdMilliseconds: proto.holdMs,
            permittedUntil: try Instant(field: proto.permittedUntilMs),
            permissionSeal: try Digest(field: proto.permissionSeal))
    }
}

extension Vote {
    var proto: Gongji_V1_Vote {
        var proto = Gongji_V1_Vote()
        proto.transaction = transaction.data
        proto.planDigest = planDigest.data
        proto.participant = participant.number
        proto.heldFen = held.map(\.value)
        proto.expiresMs = expires?.milliseconds ?? 0
        return proto
    }

    init(_ proto: Gongji_V1_Vote) throws(DecodingRefusal) {
        guard proto.heldFen.count <= Limits.drawsMax else { throw .badField }
        self.init(
            transaction: try Identifier(field: proto.transaction),
            planDigest: try Digest(field: proto.planDigest),
            participant: try ProvinceCode(field: proto.participant),
            held: try amounts(proto.heldFen),
            expires: proto.expiresMs == 0 ? nil : try Instant(field: proto.expiresMs))
    }
}

func amounts(_ values: [Int64]) throws(DecodingRefusal) -> [Fen] {
    var fens: [Fen] = []
    fens.reserveCapacity(values.count)
    for value in values { fens.append(try Fen(field: value)) }
    return fens
}

extension FinalDraw {
    package static func protos(_ finals: [FinalDraw]) -> [Gongji_V1_FinalDraw] {
        finals.map { final in
            var field = Gongji_V1_FinalDraw()
            field.province = final.province.number
            field.relation = final.source.data
            field.amountFen = final.amount.value
            return field
        }
    }

    package static func values(
        _ protos: [Gongji_V1_FinalDraw]
    ) throws(DecodingRefusal) -> [FinalDraw] {
        guard protos.count <= Limits.drawsMax else { throw .badField }
        var finals: [FinalDraw] = []
        for proto in protos {
            finals.append(
                FinalDraw(
                    province: try ProvinceCode(field: proto.province),
                    source: try DrawSource(field: proto.relation),
                    amount: try Fen(field: proto.amountFen)))
        }
        return finals
    }
}

extension Decision {
    var proto: Gongji_V1_Decision {
        var proto = Gongji_V1_Decision()
        proto.transaction = transaction.data
        proto.planDigest = planDigest.data
        proto.care = care.number
        proto.primary = primary.number
        proto.decidedMs = decided.milliseconds
        switch outcome {
        case .committed(let finals, let date):
            proto.outcome = .committed
            proto.finals = FinalDraw.protos(finals)
            proto.businessDate = date.daysSince1970
        case .released(let status):
            proto.outcome = .released
            proto.status = status.rawValue
        case .reversed(let finals, let date, let reversal, let reversalDate):
            proto.outcome = .reversed
            proto.finals = FinalDraw.protos(finals)
            proto.businessDate = date.daysSince1970
            proto.reversal = reversal.data
            proto.reversalDate = reversalDate.daysSince1970
        }
        return proto
    }

    init(_ proto: Gongji_V1_Decision) throws(DecodingRefusal) {
        let outcome: Outcome
        switch proto.outcome {
        case .committed:
            outcome = .committed(
                finals: try FinalDraw.values(proto.finals),
                date: try BusinessDate(field: proto.businessDate))
        case .released:
            outcome = .released(try Status(field: proto.status))
        case .reversed:
            outcome = .reversed(
                finals: try FinalDraw.values(proto.finals),
                date: try BusinessDate(field: proto.businessDate),
                reversal: try Identifier(field: proto.reversal),
                reversalDate: try BusinessDate(field: proto.reversalDate))
        case .unspecified, .UNRECOGNIZED: throw .badField
        }
        self.init(
            transaction: try Identifier(field: proto.transaction),
            planDigest: try Digest(field: proto.planDigest),
            care: try ProvinceCode(field: proto.care),
            primary: try ProvinceCode(field: proto.primary),
            outcome: outcome, decided: try Instant(field: proto.decidedMs))
    }
}

extension Message {
    /// The octets of the frame.
    package func encoded() -> Bytes {
        var proto = Gongji_V1_Message()
        switch self {
        case .walletQuery(let query): proto.walletQuery = query.proto
        case .walletReply(let reply): proto.walletReply = reply.proto
        case .reserve(let reserve): proto.reserve = reserve.proto
        case .vote(let vote):
            proto.vote = vote.proto
        case .refusal(let refusal):
            proto.refusal = .with {
                $0.transaction = refusal.transaction.data
                $0.planDigest = refusal.planDigest.data
                $0.participant = refusal.participant.number
                $0.status = refusal.reason.status.rawValue
                if let grounds = refusal.reason.grounds { $0.grounds = grounds.proto }
            }
        case .commit(let commit):
            proto.commit = .with {
                $0.transaction = commit.transaction.data
                $0.planDigest = commit.planDigest.data
                $0.finalFen = commit.finals.map(\.value)
                $0.votes = commit.votes.compactMap { $0.receipt?.proto }
                if let own = commit.ownVote { $0.ownVote = own.proto }
            }
        case .release(let release):
            proto.release = .with {
                $0.transaction = release.transaction.data
                $0.planDigest = release.planDigest.data
            }
        case .inquire(let inquire):
            proto.inquire = .with {
                $0.transaction = inquire.transaction.data
                $0.planDigest = inquire.planDigest.data
                $0.care = inquire.care.number
                $0.primary = inquire.primary.number
            }
        case .reverse(let reverse):
            proto.reverse = .with {
                $0.transaction = reverse.transaction.data
                $0.planDigest = reverse.planDigest.data
                $0.reversal = reverse.reversal.data
            }
        case .decision(let decision):
            proto.decision = decision.proto
        case .certificate(let certificate):
            proto.certificate = certificate.receipt.proto
        case .quotaNotice(let notice): proto.quotaNotice = notice.proto
        case .relationProposal(let proposal): proto.relationProposal = proposal.proto
        case .relationAnswer(let answer): proto.relationAnswer = answer.proto
        case .relationConsent(let consent): proto.relationConsent = consent.proto
        case .recipientChange(let change): proto.recipientChange = change.proto
        case .documentClaim(let claim): proto.documentClaim = claim.proto
        case .documentAnswer(let answer): proto.documentAnswer = answer.proto
        case .documentRelease(let release): proto.documentRelease = release.proto
        case .holdEnd(let certificate): proto.holdEnd = certificate.proto
        }
        return serialize(proto)
    }

    /// The value of a frame. `hashing` is SM3, which plan digests are taken with in every suite.
    package init(decoding bytes: Bytes, hashing: any Hashing) throws(DecodingRefusal) {
        guard bytes.count <= Limits.messageBytesMax else { throw .tooLong }
        switch try parse(bytes, as: Gongji_V1_Message.self).body {
        case .walletQuery(let proto): self = .walletQuery(try WalletQuery(proto))
        case .walletReply(let proto): self = .walletReply(try WalletReply(proto))
        case .reserve(let proto): self = .reserve(try Reserve(proto, hashing: hashing))
        case .vote(let proto):
            self = .vote(try Vote(proto))
        case .refusal(let proto):
            self = .refusal(
                Refusal(
                    transaction: try Identifier(field: proto.transaction),
                    planDigest: try Digest(field: proto.planDigest),
                    participant: try ProvinceCode(field: proto.participant),
                    reason: RefusalReason(
                        try Status(field: proto.status),
                        proto.hasGrounds ? try Grounds(proto.grounds) : nil)))
        case .commit(let proto):
            self = .commit(try Commit(proto, hashing: hashing))
        case .release(let proto):
            self = .release(
                Release(
                    transaction: try Identifier(field: proto.transaction),
                    planDigest: try Digest(field: proto.planDigest)))
        case .inquire(let proto):
            self = .inquire(
                Inquire(
                    transaction: try Identifier(field: proto.transaction),
                    planDigest: try Digest(field: proto.planDigest),
                    care: try ProvinceCode(field: proto.care),
                    primary: try ProvinceCode(field: proto.primary)))
        case .reverse(let proto):
            self = .reverse(
                Reverse(
                    transaction: try Identifier(field: proto.transaction),
                    planDigest: try Digest(field: proto.planDigest),
                    reversal: try Identifier(field: proto.reversal)))
        case .decision(let proto):
            self = .decision(try Decision(proto))
        case .certificate(let proto):
            let receipt = try Receipt(proto)
            guard case .decision(let decision) = try receipt.innerMessage(hashing: hashing) else {
                throw .badField
            }
            self = .certificate(Certificate(decision: decision, receipt: receipt))
        case .quotaNotice(let proto): self = .quotaNotice(try QuotaNotice(proto))
        case .relationProposal(let proto):
            self = .relationProposal(try RelationProposal(proto))
        case .relationAnswer(let proto): self = .relationAnswer(try RelationAnswer(proto))
        case .relationConsent(let proto): self = .relationConsent(try RelationConsent(proto))
        case .recipientChange(let proto): self = .recipientChange(try RecipientChange(proto))
        case .documentClaim(let proto): self = .documentClaim(try DocumentClaim(proto))
        case .documentAnswer(let proto): self = .documentAnswer(try DocumentAnswer(proto))
        case .documentRelease(let proto):
            self = .documentRelease(try DocumentRelease(proto))
        case .holdEnd(let proto): self = .holdEnd(try HoldEndCertificate(proto))
        case nil: throw .unknownBody
        }
    }
}

extension Message {
    /// The transaction that a decision certificate in `frame` settles, if it is one.
    package static func settledTransaction(in frame: Bytes) -> Identifier? {
        guard let body = try? parse(frame, as: Gongji_V1_Message.self).body else { return nil }
        switch body {
        case .decision(let decision): return decision.settledTransaction
        case .certificate(let receipt):
            guard
                case .decision(let decision)? = try? parse(
                    Bytes(receipt.message), as: Gongji_V1_Message.self
                ).body
            else { return nil }
            return decision.settledTransaction
        default: return nil
        }
    }
}

extension Gongji_V1_Decision {
    fileprivate var settledTransaction: Identifier? {
        outcome == .committed || outcome == .reversed ? Identifier(transaction) : nil
    }
}

extension Commit {
    init(_ proto: Gongji_V1_Commit, hashing: any Hashing) throws(DecodingRefusal) {
        guard proto.finalFen.count <= Limits.drawsMax, proto.votes.count <= Limits.drawsMax else {
            throw .badField
        }
        var votes: [ProvenVote] = []
        for proto in proto.votes {
            let receipt = try Receipt(proto)
            guard case .vote(let vote) = try receipt.innerMessage(hashing: hashing) else {
                throw .badField
            }
            votes.append(ProvenVote(vote: vote, receipt: receipt))
        }
        self.init(
            transaction: try Identifier(field: proto.transaction),
            planDigest: try Digest(field: proto.planDigest),
            finals: try amounts(proto.finalFen), votes: votes,
            ownVote: proto.hasOwnVote ? try Vote(proto.ownVote) : nil)
    }
}

extension Receipt {
    /// The message inside, which may be a vote, a decision or a permission; anything that could nest is
    /// refused.
    func innerMessage(hashing: any Hashing) throws(DecodingRefusal) -> Message {
        guard message.count <= Limits.provenMessageBytesMax,
            envelope.count <= Limits.envelopeBytesMax
        else { throw .tooLong }
        switch try parse(message, as: Gongji_V1_Message.self).body {
        case .vote(let proto): return .vote(try Vote(proto))
        case .decision(let proto): return .decision(try Decision(proto))
        case .walletReply(let proto): return .walletReply(try WalletReply(proto))
        default: throw .badField
        }
    }
}

extension Gongji_V1_Category {
    package init(_ category: Category) { self = Wire.proto(category) }
}

extension Category {
    package init?(_ proto: Gongji_V1_Category) {
        self.init(rawValue: UInt8(clamping: proto.rawValue))
    }
}

extension Gongji_V1_ReserveMode {
    package init(_ mode: ReserveMode) {
        self =
            switch mode {
            case .exact: .exact
            case .upTo: .upTo
            }
    }
}

extension ReserveMode {
    package init?(_ proto: Gongji_V1_ReserveMode) {
        switch proto {
        case .exact: self = .exact
        case .upTo: self = .upTo
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}
