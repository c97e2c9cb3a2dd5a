package import Domain

/// What care asks of the wallet province: may this patient pay this bill here, and from where?
package struct WalletQuery: Hashable, Sendable {
    package let transaction: Identifier
    package let wallet: WalletID
    /// Where the institution is.
    package let careRegion: RegionCode
    package let institution: InstitutionCode
    package let category: Category
    package let amount: Fen
    package let mode: ReserveMode
    /// SM3 of the octets that the plan will have as its bill.
    package let billDigest: Digest
    /// Whose credential was presented; nil: none.
    package let credential: WalletID?
    package let withoutOwnAccount: Bool

    package init(
        transaction: Identifier, wallet: WalletID, careRegion: RegionCode,
        institution: InstitutionCode, category: Category, amount: Fen, mode: ReserveMode,
        billDigest: Digest, credential: WalletID?, withoutOwnAccount: Bool
    ) {
        self.transaction = transaction
        self.wallet = wallet
        self.careRegion = careRegion
        self.institution = institution
        self.category = category
        self.amount = amount
        self.mode = mode
        self.billDigest = billDigest
        self.credential = credential
        self.withoutOwnAccount = withoutOwnAccount
    }
}

/// What the wallet province lets one care province draw for one bill of one patient, for a short time.
package struct Permission: Hashable, Sendable {
    /// In the order of use; they sum to at most what was asked for.
    package let draws: [Draw]
    /// By the clock of the wallet province.
    package let expires: Instant
    /// ``PermissionTerms/digest(_:)``: what it is for, and what it says.
    package let terms: Digest
    /// By which the wallet province knows it again, without having kept anything.
    package let seal: Digest

    package init(draws: [Draw], expires: Instant, terms: Digest, seal: Digest) {
        self.draws = draws
        self.expires = expires
        self.terms = terms
        self.seal = seal
    }
}

package struct WalletReply: Hashable, Sendable {
    package let transaction: Identifier
    package let result: Result<Permission, RefusalReason>

    package init(transaction: Identifier, result: Result<Permission, RefusalReason>) {
        self.transaction = transaction
        self.result = result
    }
}

/// A wallet's answer to another province, with the receipt that proves it. Over the wire the reply is what the
/// receipt holds; whoever receives it must have checked that the wallet province of the plan gave it to its
/// care province before it goes to the engine.
package struct ProvenPermission: Hashable, Sendable {
    package let reply: WalletReply
    package let receipt: Receipt?

    package init(reply: WalletReply, receipt: Receipt?) {
        self.reply = reply
        self.receipt = receipt
    }
}

/// Asks a payer to hold.
package struct Reserve: Hashable, Sendable {
    package let plan: EncodedPlan
    /// For payers that did not give the permission and do not have it from its maker.
    package let permission: ProvenPermission?

    package init(_ plan: EncodedPlan, permission: ProvenPermission? = nil) {
        self.plan = plan
        self.permission = permission
    }
}

/// All that a permission is for and says. Its digest is what the wallet province signs and seals, and
/// everyone else finds it again from the plan (`protocol/messages.md`, Permission).
package struct PermissionTerms: Hashable, Sendable {
    /// What the digest is taken over.
    package let octets: Bytes

    package init(
        _ query: WalletQuery, care: ProvinceCode, walletProvince: ProvinceCode, draws: [Draw],
        expires: Instant
    ) {
        var octets = Bytes("gongji permission 1".utf8)
        octets.reserveCapacity(192 + 28 * draws.count)
        octets += query.transaction.bytes
        octets.append(care.number)
        octets.append(query.careRegion.number)
        octets.append(walletProvince.number)
        octets += query.wallet.value.bytes
        octets += (query.credential?.value ?? .zero).bytes
        octets += query.billDigest.bytes
        octets.append(query.category.rawValue)
        octets.append(query.mode.rawValue)
        octets.append(query.amount.value)
        octets.append(expires.milliseconds)
        octets.append(UInt8(truncatingIfNeeded: query.institution.text.utf8.count))
        octets += query.institution.text.utf8
        for draw in draws {
            octets.append(draw.province.number)
            switch draw.source {
            case .ownAccount: octets += Identifier.zero.bytes
            case .quota(let relation): octets += relation.bytes
            }
            octets.append(draw.limit.value)
        }
        self.octets = octets
    }

    /// Those of the permission that `plan` must have. Whether the patient wanted the own account spared is in
    /// the draws.
    package init(of plan: Plan, hashing: any Hashing) {
        self.init(
            WalletQuery(
                transaction: plan.transaction, wallet: plan.wallet, careRegion: plan.careRegion,
                institution: plan.institution, category: plan.category, amount: plan.amount,
                mode: plan.mode, billDigest: hashing.digest(plan.billOctets),
                credential: plan.bill.credential, withoutOwnAccount: false),
            care: plan.care, walletProvince: plan.walletProvince, draws: plan.draws,
            expires: plan.permittedUntil)
    }

    /// `hashing` is SM3, in every suite.
    package func digest(_ hashing: any Hashing) -> Digest { hashing.digest(octets) }
}

extension Bytes {
    /// Big-endian, as wide as its type.
    fileprivate mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
