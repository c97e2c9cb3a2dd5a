package import Domain

/// Where the money of one draw comes from.
package enum DrawSource: Hashable, Sendable {
    /// A quota, by its relation, in the giver's province.
    case quota(relation: Identifier)
    /// The recipient's own personal account, in the wallet province.
    case ownAccount
}

/// One draw of a plan: at most `limit` from `source` in `province`.
package struct Draw: Hashable, Sendable {
    package let province: ProvinceCode
    package let source: DrawSource
    /// Above zero.
    package let limit: Fen

    package init(province: ProvinceCode, source: DrawSource, limit: Fen) {
        self.province = province
        self.source = source
        self.limit = limit
    }
}

/// Whether a reservation must hold the whole of every draw, or what there is of it.
package enum ReserveMode: UInt8, Sendable, CaseIterable {
    case exact = 1
    case upTo = 2
}

/// What a coordinator asks the participants to hold. Votes and certificates bind its digest, so a
/// coordinator that tells two provinces two stories gets no commit from either.
package struct Plan: Hashable, Sendable {
    package let transaction: Identifier
    /// The province where care or goods were received: it coordinates, and is owed the money.
    package let care: ProvinceCode
    package let wallet: WalletID
    package let walletProvince: ProvinceCode
    package let institution: InstitutionCode
    package let institutionKind: InstitutionKind
    /// Where the institution is.
    package let careRegion: RegionCode
    package let category: Category
    package let bill: Bill
    /// The bill as it was encoded first: its SM3 digest is the bill digest.
    package let billOctets: Bytes
    /// The personal burden of the bill as it stands when it is reserved.
    package let amount: Fen
    package let mode: ReserveMode
    /// The participant that decides.
    package let primary: ProvinceCode
    /// In the order in which they are to be used; 1 to `Limits.drawsMax`.
    package let draws: [Draw]
    /// How long the primary holds without a commit, on its own clock.
    package let holdMilliseconds: Int64
    /// Of the permission by which it draws: when that ends, and the seal that its maker knows it by.
    package let permittedUntil: Instant
    package let permissionSeal: Digest

    /// The plan that `permission` lets a coordinator make.
    package init(
        transaction: Identifier, care: ProvinceCode, wallet: WalletID,
        walletProvince: ProvinceCode, institution: InstitutionCode,
        institutionKind: InstitutionKind, careRegion: RegionCode, category: Category, bill: Bill,
        amount: Fen, mode: ReserveMode, permission: Permission, holdMilliseconds: Int64
    ) {
        self.init(
            transaction: transaction, care: care, wallet: wallet, walletProvince: walletProvince,
            institution: institution, institutionKind: institutionKind,
            careRegion: careRegion, category: category, bill: bill,
            billOctets: bill.encoded(wallet: wallet), amount: amount, mode: mode,
            primary: Plan.primary(of: permission.draws), draws: permission.draws,
            holdMilliseconds: holdMilliseconds, permittedUntil: permission.expires,
            permissionSeal: permission.seal)
    }

    /// A plan as it was received: `primary` is what the sender says, and may be wrong.
    init(
        transaction: Identifier, care: ProvinceCode, wallet: WalletID,
        walletProvince: ProvinceCode, institution: InstitutionCode,
        institutionKind: InstitutionKind, careRegion: RegionCode, category: Category, bill: Bill,
        billOctets: Bytes, amount: Fen, mode: ReserveMode, primary: ProvinceCode, draws: [Draw],
        holdMilliseconds: Int64, permittedUntil: Instant, permissionSeal: Digest
    ) {
        self.transaction = transaction
        self.care = care
        self.wallet = wallet
        self.walletProvince = walletProvince
        self.institution = institution
        self.institutionKind = institutionKind
        self.careRegion = careRegion
        self.category = category
        self.bill = bill
        self.billOctets = billOctets
        self.amount = amount
        self.mode = mode
        self.primary = primary
        self.draws = draws
        self.holdMilliseconds = holdMilliseconds
        self.permittedUntil = permittedUntil
        self.permissionSeal = permissionSeal
    }

    /// The provinces that hold money, each once, in the order of their first draw.
    package var participants: [ProvinceCode] {
        var found: [ProvinceCode] = []
        for draw in draws where !found.contains(draw.province) { found.append(draw.province) }
        return found
    }

    /// The province with the largest sum of draws; of equal ones, that with the lowest code.
    package static func primary(of draws: [Draw]) -> ProvinceCode {
        precondition(!draws.isEmpty, "a plan without draws")
        var sums: [(province: ProvinceCode, sum: Fen)] = []
        for draw in draws {
            if let index = sums.firstIndex(where: { $0.province == draw.province }) {
                sums[index].sum = sums[index].sum + draw.limit
            } else {
                sums.append((draw.province, draw.limit))
            }
        }
        var best = sums[0]
        for next in sums.dropFirst() {
            if next.sum > best.sum || (next.sum == best.sum && next.province < best.province) {
                best = next
            }
        }
        return best.province
    }

    /// Whether the plan keeps the form that every participant demands: the primary that the draws
    /// give, draws above zero with no source twice, own account only in the wallet province and
    /// never for a premium (rule N13), a place of care in the care province, a sum of at most the amount, all of it if exact.
    package var isWellFormed: Bool {
        guard (1...Limits.drawsMax).contains(draws.count),
            amount > .zero, careRegion.province == care,
            draws.allSatisfy({ $0.limit > .zero }),
            primary == Plan.primary(of: draws),
            (Limits.holdMillisecondsMin...Limits.holdMillisecondsMax).contains(holdMilliseconds)
        else { return false }
        let sum = draws.map(\.limit).sum()
        guard sum <= amount, mode == .upTo || sum == amount else { return false }
        guard !category.isPremium || mode == .exact else { return false }
        for (index, draw) in draws.enumerated() {
            if draws[..<index].contains(where: { $0.source == draw.source }) { return false }
            if draw.source == .ownAccount {
                guard draw.province == walletProvince, !category.isPremium else { return false }
            }
        }
        return true
    }
}
