package import Domain

// What provinces tell each other about relations and documents.

/// What the payer province tells the wallet province about one relation: absolute, with a version.
package struct QuotaNotice: Hashable, Sendable {
    package let relation: Identifier
    package let wallet: WalletID
    package let available: Fen
    package let phase: RelationPhase
    package let granted: Instant
    package let version: UInt64
    package let giver: WalletID
    package let giverRegion: RegionCode
    package let kinship: Kinship
    package let priority: UInt8
    /// While consent is awaited.
    package let consentUntil: Instant?
    /// Why it ended, if not by the giver's wish.
    package let status: Status?
    /// What was settled or reversed since the notice before; at most `Limits.noticeUsesMax`.
    package let uses: [Use]

    package init(
        relation: Identifier, wallet: WalletID, available: Fen, phase: RelationPhase,
        granted: Instant, version: UInt64, giver: WalletID, giverRegion: RegionCode,
        kinship: Kinship, priority: UInt8, consentUntil: Instant?, status: Status?, uses: [Use]
    ) {
        self.relation = relation
        self.wallet = wallet
        self.available = available
        self.phase = phase
        self.granted = granted
        self.version = version
        self.giver = giver
        self.giverRegion = giverRegion
        self.kinship = kinship
        self.priority = priority
        self.consentUntil = consentUntil
        self.status = status
        self.uses = uses
    }
}

/// One settled draw on a quota, or its reversal.
package struct Use: Hashable, Sendable {
    package let transaction: Identifier
    package let care: ProvinceCode
    package let institution: InstitutionCode
    package let category: Category
    package let amount: Fen
    package let date: BusinessDate
    package let reversalDate: BusinessDate?

    package init(
        transaction: Identifier, care: ProvinceCode, institution: InstitutionCode,
        category: Category, amount: Fen, date: BusinessDate, reversalDate: BusinessDate?
    ) {
        self.transaction = transaction
        self.care = care
        self.institution = institution
        self.category = category
        self.amount = amount
        self.date = date
        self.reversalDate = reversalDate
    }
}

/// How the recipient of a relation is named.
package enum RecipientName: Hashable, Sendable {
    case wallet(WalletID)
    /// An identity number, sealed to the recipient's province (`protocol/sealing.md`).
    case sealed(Bytes)
}

/// The letter in which a giver commits themselves (rule N6), as far as other provinces see it.
package struct Commitment: Hashable, Sendable {
    /// SM3 of the signed letter.
    package let digest: Digest
    /// When it was signed.
    package let date: BusinessDate

    package init(digest: Digest, date: BusinessDate) {
        self.digest = digest
        self.date = date
    }
}

/// The payer province asks the recipient's province about the recipient.
package struct RelationProposal: Hashable, Sendable {
    package let relation: Identifier
    package let giver: WalletID
    package let giverRegion: RegionCode
    package let kinship: Kinship
    package let recipient: RecipientName
    package let asksAge: Bool
    package let priority: UInt8
    /// Nil only where the rules of one province ask for none: between provinces nobody is told anything
    /// without.
    package let commitment: Commitment?

    package init(
        relation: Identifier, giver: WalletID, giverRegion: RegionCode, kinship: Kinship,
        recipient: RecipientName, asksAge: Bool, priority: UInt8, commitment: Commitment?
    ) {
        self.relation = relation
        self.giver = giver
        self.giverRegion = giverRegion
        self.kinship = kinship
        self.recipient = recipient
        self.asksAge = asksAge
        self.priority = priority
        self.commitment = commitment
    }
}

/// What the recipient's province says of the recipient.
package struct RelationAnswer: Hashable, Sendable {
    package struct Facts: Hashable, Sendable {
        package let wallet: WalletID
        package let insurance: Insurance
        package let standing: Standing
        package let region: RegionCode
        package let violation: Bool
        /// The age that the rules ask for, or a year less; nil unless asked for and known.
        package let age: Int?
        /// Other relations in which the recipient receives, that have not ended; no more than the rules
        /// allow.
        package let givers: Int
        package let gives: Bool

        package init(
            wallet: WalletID, insurance: Insurance, standing: Standing, region: RegionCode,
            violation: Bool, age: Int?, givers: Int, gives: Bool
        ) {
            self.wallet = wallet
            self.insurance = insurance
            self.standing = standing
            self.region = region
            self.violation = violation
            self.age = age
            self.givers = givers
            self.gives = gives
        }
    }

    package let relation: Identifier
    package let result: Result<Facts, Status>

    package init(relation: Identifier, result: Result<Facts, Status>) {
        self.relation = relation
        self.result = result
    }
}

/// The recipient's word, recorded by the recipient's province.
package struct RelationConsent: Hashable, Sendable {
    package let relation: Identifier
    package let accepted: Bool
    package let verification: Verification?

    package init(relation: Identifier, accepted: Bool, verification: Verification?) {
        self.relation = relation
        self.accepted = accepted
        self.verification = verification
    }
}

/// The insurance of a recipient has moved or ended (rule N14).
package struct RecipientChange: Hashable, Sendable {
    package let relation: Identifier
    package let standing: Standing
    package init(relation: Identifier, standing: Standing) {
        self.relation = relation
        self.standing = standing
    }
}

/// A document is used for a withdrawal; the province of the person for whom it was issued remembers.
package struct DocumentClaim: Hashable, Sendable {
    package let withdrawal: Identifier
    package let wallet: WalletID
    package let document: Digest
    package init(withdrawal: Identifier, wallet: WalletID, document: Digest) {
        self.withdrawal = withdrawal
        self.wallet = wallet
        self.document = document
    }
}

package struct DocumentAnswer: Hashable, Sendable {
    package let withdrawal: Identifier
    package let document: Digest
    /// Nil: it is this withdrawal's now.
    package let status: Status?
    package init(withdrawal: Identifier, document: Digest, status: Status?) {
        self.withdrawal = withdrawal
        self.document = document
        self.status = status
    }
}

/// No money left for the withdrawal after all: the document may serve another.
package struct DocumentRelease: Hashable, Sendable {
    package let withdrawal: Identifier
    package let document: Digest
    package init(withdrawal: Identifier, document: Digest) {
        self.withdrawal = withdrawal
        self.document = document
    }
}
