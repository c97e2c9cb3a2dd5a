package import Domain
import Foundation
import SwiftProtobuf

// Conversions of `RelationMessages.swift`, and of what bills, people and rules add to messages.

extension RegionCode {
    init(field number: UInt32) throws(DecodingRefusal) {
        guard let code = RegionCode(number) else { throw .badField }
        self = code
    }
}

extension BusinessDate {
    init(field days: Int32) throws(DecodingRefusal) {
        guard (0...Limits.businessDateDaysMax).contains(days) else { throw .badField }
        self.init(daysSince1970: days)
    }
}

extension WalletID {
    init(field data: Data) throws(DecodingRefusal) { self.init(try Identifier(field: data)) }
    /// Nil if the field is empty.
    static func optional(_ data: Data) throws(DecodingRefusal) -> WalletID? {
        data.isEmpty ? nil : try WalletID(field: data)
    }
}

extension Digest {
    /// Nil if the field is empty.
    static func optional(_ data: Data) throws(DecodingRefusal) -> Digest? {
        data.isEmpty ? nil : try Digest(evidence: data)
    }
}

/// Enumerations of the protocol have the numbers of those in `Domain`.
func value<Value: RawRepresentable>(
    _ proto: some SwiftProtobuf.Enum
) throws(DecodingRefusal) -> Value where Value.RawValue == UInt8 {
    guard let number = UInt8(exactly: proto.rawValue), let value = Value(rawValue: number) else {
        throw .badField
    }
    return value
}

func proto<Proto: SwiftProtobuf.Enum, Value: RawRepresentable>(
    _ value: Value
) -> Proto where Value.RawValue == UInt8 {
    Proto(rawValue: Int(value.rawValue)) ?? Proto()
}

extension Grounds {
    package var proto: Gongji_V1_Grounds {
        .with {
            $0.rule = rule.text
            $0.compared = compared
            $0.limit = limit
        }
    }

    init(_ proto: Gongji_V1_Grounds) throws(DecodingRefusal) {
        guard let rule = RuleID(proto.rule), proto.compared.utf8.count <= Grounds.textBytesMax,
            proto.limit.utf8.count <= Grounds.textBytesMax, hasNoControls(proto.compared),
            hasNoControls(proto.limit)
        else { throw .badField }
        self.init(rule: rule, compared: proto.compared, limit: proto.limit)
    }
}

extension Verification {
    package var proto: Gongji_V1_Verification {
        .with {
            $0.method = Wire.proto(method)
            $0.atMs = at.milliseconds
            $0.reference = reference.data
        }
    }

    package init(_ proto: Gongji_V1_Verification) throws(DecodingRefusal) {
        self.init(
            method: try value(proto.method), at: try Instant(field: proto.atMs),
            reference: try Digest(evidence: proto.reference))
    }
}

extension Bill {
    /// `wallet` is left out where it is the patient, as most bills are.
    package func proto(wallet: WalletID) -> Gongji_V1_Bill {
        .with {
            $0.totalFen = total.value
            $0.pooledFen = pooled.value
            $0.burdenFen = burden.value
            $0.selfPaidFen = selfPaid.value
            if patient != wallet { $0.patient = patient.value.data }
            if let credential { $0.credential = credential.value.data }
            if let proxy {
                $0.proxy = .with {
                    $0.patientIdentity = proxy.patientIdentity?.data ?? Data()
                    $0.proxyIdentity = proxy.proxyIdentity?.data ?? Data()
                }
            }
            if let identityRecord { $0.identityRecord = identityRecord.data }
            if let cardNote {
                $0.cardNote = .with {
                    if let kinship = cardNote.kinship { $0.kinship = Wire.proto(kinship) }
                    $0.holderCard = cardNote.holderCard?.data ?? Data()
                    $0.patientCard = cardNote.patientCard?.data ?? Data()
                    $0.contact = cardNote.contact?.data ?? Data()
                }
            }
            $0.countsTowardsDeductible = countsTowardsDeductible
            $0.asksForPooling = asksForPooling
            $0.pooledScheme = pooledScheme
            if let visit { $0.visit = Wire.proto(visit) }
        }
    }

    package init(_ proto: Gongji_V1_Bill, wallet: WalletID) throws(DecodingRefusal) {
        self.init(
            total: try Fen(field: proto.totalFen), pooled: try Fen(field: proto.pooledFen),
            burden: try Fen(field: proto.burdenFen), selfPaid: try Fen(field: proto.selfPaidFen),
            visit: proto.visit == .unspecified ? nil : try value(proto.visit),
            patient: try WalletID.optional(proto.patient) ?? wallet,
            credential: try WalletID.optional(proto.credential),
            proxy: proto.hasProxy
                ? Proxy(
                    patientIdentity: try Digest.optional(proto.proxy.patientIdentity),
                    proxyIdentity: try Digest.optional(proto.proxy.proxyIdentity)) : nil,
            identityRecord: try Digest.optional(proto.identityRecord),
            cardNote: proto.hasCardNote ? try CardNote(proto.cardNote) : nil,
            countsTowardsDeductible: proto.countsTowardsDeductible,
            asksForPooling: proto.asksForPooling, pooledScheme: proto.pooledScheme)
    }
}

extension Bill.CardNote {
    fileprivate init(_ proto: Gongji_V1_CardNote) throws(DecodingRefusal) {
        self.init(
            kinship: proto.kinship == .unspecified ? nil : try value(proto.kinship),
            holderCard: try Digest.optional(proto.holderCard),
            patientCard: try Digest.optional(proto.patientCard),
            contact: try Digest.optional(proto.contact))
    }
}

extension QuotaNotice {
    var proto: Gongji_V1_QuotaNotice {
        .with {
            $0.relation = relation.data
            $0.wallet = wallet.value.data
            $0.availableFen = available.value
            $0.phase = Wire.proto(phase)
            $0.grantedMs = granted.milliseconds
            $0.version = version
            $0.giver = giver.value.data
            $0.kinship = Wire.proto(kinship)
            $0.giverRegion = giverRegion.number
            $0.priority = UInt32(priority)
            $0.consentUntilMs = consentUntil?.milliseconds ?? 0
            $0.status = status?.rawValue ?? 0
            $0.uses = uses.map { use in
                .with {
                    $0.transaction = use.transaction.data
                    $0.care = use.care.number
                    $0.institution = use.institution.text
                    $0.category = Wire.proto(use.category)
                    $0.amountFen = use.amount.value
                    $0.businessDate = use.date.daysSince1970
                    if let date = use.reversalDate { $0.reversalDate = date.daysSince1970 }
                }
            }
        }
    }

    init(_ proto: Gongji_V1_QuotaNotice) throws(DecodingRefusal) {
        guard let priority = UInt8(exactly: proto.priority),
            proto.uses.count <= Limits.noticeUsesMax
        else { throw .badField }
        var uses: [Use] = []
        for use in proto.uses { uses.append(try Use(use)) }
        self.init(
            relation: try Identifier(field: proto.relation),
            wallet: try WalletID(field: proto.wallet),
            available: try Fen(field: proto.availableFen), phase: try value(proto.phase),
            granted: try Instant(field: proto.grantedMs), version: proto.version,
            giver: try WalletID(field: proto.giver),
            giverRegion: try RegionCode(field: proto.giverRegion),
            kinship: try value(proto.kinship), priority: priority,
            consentUntil: proto.consentUntilMs == 0
                ? nil : try Instant(field: proto.consentUntilMs),
            status: proto.status == 0 ? nil : try Status(field: proto.status), uses: uses)
    }
}

extension Use {
    fileprivate init(_ proto: Gongji_V1_Use) throws(DecodingRefusal) {
        guard let institution = InstitutionCode(proto.institution) else { throw .badField }
        self.init(
            transaction: try Identifier(field: proto.transaction),
            care: try ProvinceCode(field: proto.care), institution: institution,
            category: try value(proto.category), amount: try Fen(field: proto.amountFen),
            date: try BusinessDate(field: proto.businessDate),
            reversalDate: proto.hasReversalDate
                ? try BusinessDate(field: proto.reversalDate) : nil)
    }
}

extension RelationProposal {
    var proto: Gongji_V1_RelationProposal {
        .with {
            $0.relation = relation.data
            $0.giver = giver.value.data
            $0.giverRegion = giverRegion.number
            $0.kinship = Wire.proto(kinship)
            switch recipient {
            case .wallet(let wallet): $0.recipient = wallet.value.data
            case .sealed(let box): $0.sealedIdentity = Data(box)
            }
            $0.asksAge = asksAge
            $0.priority = UInt32(priority)
            if let commitment {
                $0.commitmentDigest = commitment.digest.data
                $0.commitmentDate = commitment.date.daysSince1970
            }
        }
    }

    init(_ proto: Gongji_V1_RelationProposal) throws(DecodingRefusal) {
        guard let priority = UInt8(exactly: proto.priority),
            let recipient = try RecipientName(proto.recipient, proto.sealedIdentity)
        else { throw .badField }
        self.init(
            relation: try Identifier(field: proto.relation),
            giver: try WalletID(field: proto.giver),
            giverRegion: try RegionCode(field: proto.giverRegion),
            kinship: try value(proto.kinship), recipient: recipient, asksAge: proto.asksAge,
            priority: priority,
            commitment: try Digest.optional(proto.commitmentDigest).map {
                Commitment(
                    digest: $0, date: BusinessDate(daysSince1970: proto.commitmentDate))
            })
    }
}

extension RecipientName {
    /// Nil unless exactly one of the two is there.
    init?(_ wallet: Data, _ box: Data) throws(DecodingRefusal) {
        guard wallet.isEmpty != box.isEmpty else { return nil }
        guard box.count <= Limits.sealedBytesMax else { throw .tooLong }
        self =
            box.isEmpty ? .wallet(try WalletID(field: wallet)) : .sealed(Bytes(box))
    }
}

extension RelationAnswer {
    var proto: Gongji_V1_RelationAnswer {
        .with {
            $0.relation = relation.data
            switch result {
            case .failure(let status): $0.status = status.rawValue
            case .success(let facts):
                $0.wallet = facts.wallet.value.data
                $0.insurance = Wire.proto(facts.insurance)
                $0.standing = Wire.proto(facts.standing)
                $0.region = facts.region.number
                $0.violation = facts.violation
                // Who was born in 1800 has an identity number too.
                if let age = facts.age { $0.ageYears = UInt32(min(max(age, 0), 200)) }
                $0.givers = UInt32(clamping: facts.givers)
                $0.gives = facts.gives
            }
        }
    }

    init(_ proto: Gongji_V1_RelationAnswer) throws(DecodingRefusal) {
        let relation = try Identifier(field: proto.relation)
        guard proto.status == 0 else {
            self.init(relation: relation, result: .failure(try Status(field: proto.status)))
            return
        }
        guard !proto.hasAgeYears || proto.ageYears <= 200 else { throw .badField }
        self.init(
            relation: relation,
            result: .success(
                Facts(
                    wallet: try WalletID(field: proto.wallet),
                    insurance: try value(proto.insurance), standing: try value(proto.standing),
                    region: try RegionCode(field: proto.region), violation: proto.violation,
                    age: proto.hasAgeYears ? Int(proto.ageYears) : nil,
                    givers: Int(proto.givers), gives: proto.gives)))
    }
}

extension RelationConsent {
    var proto: Gongji_V1_RelationConsent {
        .with {
            $0.relation = relation.data
            $0.accepted = accepted
            if let verification { $0.verification = verification.proto }
        }
    }

    init(_ proto: Gongji_V1_RelationConsent) throws(DecodingRefusal) {
        self.init(
            relation: try Identifier(field: proto.relation), accepted: proto.accepted,
            verification: proto.hasVerification ? try Verification(proto.verification) : nil)
    }
}

extension RecipientChange {
    var proto: Gongji_V1_RecipientChange {
        .with {
            $0.relation = relation.data
            $0.standing = Wire.proto(standing)
        }
    }

    init(_ proto: Gongji_V1_RecipientChange) throws(DecodingRefusal) {
        self.init(
            relation: try Identifier(field: proto.relation), standing: try value(proto.standing))
    }
}

extension DocumentClaim {
    var proto: Gongji_V1_DocumentClaim {
        .with {
            $0.withdrawal = withdrawal.data
            $0.wallet = wallet.value.data
            $0.document = document.data
        }
    }

    init(_ proto: Gongji_V1_DocumentClaim) throws(DecodingRefusal) {
        self.init(
            withdrawal: try Identifier(field: proto.withdrawal),
            wallet: try WalletID(field: proto.wallet),
            document: try Digest(field: proto.document))
    }
}

extension DocumentAnswer {
    var proto: Gongji_V1_DocumentAnswer {
        .with {
            $0.withdrawal = withdrawal.data
            $0.document = document.data
            $0.status = status?.rawValue ?? 0
        }
    }

    init(_ proto: Gongji_V1_DocumentAnswer) throws(DecodingRefusal) {
        self.init(
            withdrawal: try Identifier(field: proto.withdrawal),
            document: try Digest(field: proto.document),
            status: proto.status == 0 ? nil : try Status(field: proto.status))
    }
}

extension DocumentRelease {
    var proto: Gongji_V1_DocumentRelease {
        .with {
            $0.withdrawal = withdrawal.data
            $0.document = document.data
        }
    }

    init(_ proto: Gongji_V1_DocumentRelease) throws(DecodingRefusal) {
        self.init(
            withdrawal: try Identifier(field: proto.withdrawal),
            document: try Digest(field: proto.document))
    }
}
