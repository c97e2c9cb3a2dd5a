package import Domain
import Foundation

// The larger forms of client requests, as values.

extension ServiceRequest {
    package struct AccountOrder: Hashable, Sendable {
        package let wallet: WalletID
        package let insurance: Insurance?
        package let balance: Int64
        /// Nil: the province as a whole.
        package let region: RegionCode?
        /// Sealed to this province with the request's id as context.
        package let sealedIdentity: Bytes?

        package init(
            wallet: WalletID, insurance: Insurance?, balance: Int64, region: RegionCode? = nil,
            sealedIdentity: Bytes? = nil
        ) {
            self.wallet = wallet
            self.insurance = insurance
            self.balance = balance
            self.region = region
            self.sealedIdentity = sealedIdentity
        }
    }

    package struct RelationOrder: Hashable, Sendable {
        package let giver: WalletID
        /// Nil: neither, or both, were named.
        package let recipient: RecipientName?
        package let recipientProvince: ProvinceCode?
        package let kinship: Kinship?
        package let commitmentDigest: Digest?
        package let commitmentDate: BusinessDate
        package let over: Channel?
        /// Of the giver.
        package let verification: Verification?
        package let kinshipProof: Digest?
        package let byAgent: Bool
        package let agentIdentity: Digest?
        package let priority: UInt8

        package init(
            giver: WalletID, recipient: RecipientName?, recipientProvince: ProvinceCode?,
            kinship: Kinship?, commitmentDigest: Digest?, commitmentDate: BusinessDate,
            over: Channel?, verification: Verification? = nil, kinshipProof: Digest? = nil,
            byAgent: Bool = false, agentIdentity: Digest? = nil, priority: UInt8 = 0
        ) {
            self.giver = giver
            self.recipient = recipient
            self.recipientProvince = recipientProvince
            self.kinship = kinship
            self.commitmentDigest = commitmentDigest
            self.commitmentDate = commitmentDate
            self.over = over
            self.verification = verification
            self.kinshipProof = kinshipProof
            self.byAgent = byAgent
            self.agentIdentity = agentIdentity
            self.priority = priority
        }
    }

    /// The withdrawal form (rule W9).
    package struct WithdrawalOrder: Hashable, Sendable {
        package struct Document: Hashable, Sendable {
            package let digest: Digest
            package let amount: Int64
            package let user: WalletID
            package let userProvince: ProvinceCode?
            /// Its national code, or its name as printed.
            package let issuer: String
            package init(
                digest: Digest, amount: Int64, user: WalletID, userProvince: ProvinceCode?,
                issuer: String = ""
            ) {
                self.issuer = issuer
                self.digest = digest
                self.amount = amount
                self.user = user
                self.userProvince = userProvince
            }
        }

        /// The filed record of a resettlement (异地安置), and the day of its filing (备案).
        package struct Resettlement: Hashable, Sendable {
            package let record: Digest
            package let filed: BusinessDate
            package init(record: Digest, filed: BusinessDate) {
                self.record = record
                self.filed = filed
            }
        }

        package let wallet: WalletID
        package let amount: Int64
        package let reason: WithdrawalReason?
        package let document: Document?
        /// Nil: the person who withdraws is the user.
        package let userKinship: Kinship?
        package let commitmentDigest: Digest?
        package let byAgent: Bool
        package let agentIdentity: Digest?
        package let resettlement: Resettlement?

        package init(
            wallet: WalletID, amount: Int64, reason: WithdrawalReason?,
            document: Document? = nil, userKinship: Kinship? = nil,
            commitmentDigest: Digest? = nil, byAgent: Bool = false, agentIdentity: Digest? = nil,
            resettlement: Resettlement? = nil
        ) {
            self.resettlement = resettlement
            self.wallet = wallet
            self.amount = amount
            self.reason = reason
            self.document = document
            self.userKinship = userKinship
            self.commitmentDigest = commitmentDigest
            self.byAgent = byAgent
            self.agentIdentity = agentIdentity
        }
    }
}

/// Which usage records are asked for (rule G15). Nil does not narrow.
package struct UsageQuestion: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case giver(WalletID)
        case recipient(WalletID)
        case institution(InstitutionCode)
    }

    package let subject: Subject
    package let insured: ProvinceCode?
    package let category: Category?
    package let year: Int?
    package let limit: Int
    /// Of the page before, as the node gave it.
    package let cursor: Bytes

    package init(
        subject: Subject, insured: ProvinceCode? = nil, category: Category? = nil,
        year: Int? = nil, limit: Int = 50, cursor: Bytes = []
    ) {
        self.subject = subject
        self.insured = insured
        self.category = category
        self.year = year
        self.limit = limit
        self.cursor = cursor
    }
}

/// A text of a request within its limit, without control characters; empty, or one that says something.
func words(_ text: String, bytesMax: Int) throws(DecodingRefusal) -> String {
    guard text.utf8.count <= bytesMax else { throw .tooLong }
    guard hasNoControls(text) else { throw .badField }
    guard text.isEmpty || !CanonicalText.isBlank(text) else { throw .badField }
    return text
}

/// Without control and format characters and line separators: what comes from elsewhere is shown on
/// terminals and stands in logs, as what it is and in its order.
func hasNoControls(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

/// A free text: without a number so long that it may be somebody's.
func remark(_ text: String) throws(DecodingRefusal) -> String {
    let text = try words(text, bytesMax: 200)
    var digits = 0
    for character in text where !character.isWhitespace {
        digits = character.isNumber ? digits + 1 : 0
        guard digits < 15 else { throw .badField }
    }
    return text
}

extension ServiceRequest.RelationOrder {
    init(_ proto: Gongji_V1_CreateRelation) throws(DecodingRefusal) {
        guard let priority = UInt8(exactly: proto.priority) else { throw .badField }
        self.init(
            giver: try WalletID(field: proto.giver),
            recipient: try RecipientName(proto.recipient, proto.sealedIdentity),
            recipientProvince: ProvinceCode(proto.recipientProvince),
            kinship: Kinship(proto.kinship),
            commitmentDigest: try Digest.optional(proto.commitmentDigest),
            commitmentDate: BusinessDate(daysSince1970: proto.commitmentDate),
            over: Channel(proto.channel),
            verification: proto.hasVerification ? try Verification(proto.verification) : nil,
            kinshipProof: try Digest.optional(proto.kinshipProof), byAgent: proto.byAgent,
            agentIdentity: try Digest.optional(proto.agentIdentity), priority: priority)
    }
}

extension ServiceRequest.WithdrawalOrder {
    init(_ proto: Gongji_V1_Withdraw) throws(DecodingRefusal) {
        self.init(
            wallet: try WalletID(field: proto.wallet), amount: proto.amountFen,
            reason: WithdrawalReason(rawValue: UInt8(clamping: proto.reason.rawValue)),
            document: proto.hasDocument
                ? Document(
                    digest: try Digest(evidence: proto.document.digest),
                    amount: proto.document.amountFen,
                    user: try WalletID(field: proto.document.user),
                    userProvince: ProvinceCode(proto.document.userProvince),
                    issuer: try words(proto.document.issuer, bytesMax: 200)) : nil,
            userKinship: Kinship(proto.userKinship),
            commitmentDigest: try Digest.optional(proto.commitmentDigest),
            byAgent: proto.byAgent,
            agentIdentity: try Digest.optional(proto.agentIdentity),
            resettlement: try Resettlement(proto))
    }
}

extension ServiceRequest.WithdrawalOrder.Resettlement {
    /// Nil: no record was shown.
    fileprivate init?(_ proto: Gongji_V1_Withdraw) throws(DecodingRefusal) {
        guard let record = try Digest.optional(proto.resettlementRecord) else {
            guard proto.resettlementFiled == 0 else { throw .badField }
            return nil
        }
        self.init(record: record, filed: BusinessDate(daysSince1970: proto.resettlementFiled))
    }
}

extension UsageQuestion {
    init(_ proto: Gongji_V1_ListUsage) throws(DecodingRefusal) {
        guard let side = UsageSide(rawValue: UInt8(clamping: proto.side.rawValue)),
            proto.cursor.count <= 64, proto.year <= 9999
        else { throw .badField }
        let subject: Subject
        switch side {
        case .giver: subject = .giver(try WalletID(field: proto.wallet))
        case .recipient: subject = .recipient(try WalletID(field: proto.wallet))
        case .institution:
            guard let code = InstitutionCode(proto.institution) else { throw .badField }
            subject = .institution(code)
        }
        self.init(
            subject: subject,
            insured: proto.insured == 0 ? nil : try ProvinceCode(field: proto.insured),
            category: proto.category == .unspecified ? nil : try value(proto.category),
            year: proto.year == 0 ? nil : Int(proto.year),
            limit: Int(min(proto.limit == 0 ? 50 : proto.limit, 200)),
            cursor: Bytes(proto.cursor))
    }
}
