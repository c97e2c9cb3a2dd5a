import Domain
import Settlement
import Signing
import Wire

/// What wallet provinces permit, for plans that no coordinator of the program makes.
extension World {
    /// `plan` with the permission that its wallet province would have given for just these draws.
    func permit(_ plan: Plan, until expires: Instant? = nil, of maker: ProvinceCode? = nil)
        -> EncodedPlan
    {
        let expires = expires ?? now.advanced(byMilliseconds: Limits.permissionMilliseconds)
        let bare = plan.drawing(
            Permission(draws: plan.draws, expires: expires, terms: .zero, seal: .zero))
        let terms = PermissionTerms(of: bare, hashing: sm3).digest(sm3)
        let seal = WorldSeals(province: maker ?? plan.walletProvince).seal(terms)
        return EncodedPlan(
            plan.drawing(
                Permission(draws: plan.draws, expires: expires, terms: terms, seal: seal)),
            hashing: sm3)
    }

    /// The order to hold by `plan`, with the wallet province's answer as a payer elsewhere gets it: proven.
    func shown(_ plan: EncodedPlan) -> Reserve {
        Reserve(
            plan,
            permission: ProvenPermission(
                reply: WalletReply(
                    transaction: plan.plan.transaction,
                    result: .success(
                        Permission(
                            draws: plan.plan.draws, expires: plan.plan.permittedUntil,
                            terms: PermissionTerms(of: plan.plan, hashing: sm3).digest(sm3),
                            seal: plan.plan.permissionSeal))), receipt: nil))
    }
}

/// The seals of one province of the world.
struct WorldSeals: PermissionSealing {
    let province: ProvinceCode

    func seal(_ terms: Digest) -> Digest {
        SM3Hashing().digest(Bytes("\(province)".utf8) + terms.bytes)
    }
}

extension Permission {
    /// Of the draws only: nobody gave it.
    static func ofNobody(_ draws: [Draw]) -> Permission {
        Permission(
            draws: draws, expires: Instant(milliseconds: 0), terms: .zero, seal: .zero)
    }
}

extension Plan {
    func drawing(_ permission: Permission) -> Plan {
        Plan(
            transaction: transaction, care: care, wallet: wallet, walletProvince: walletProvince,
            institution: institution, institutionKind: institutionKind, careRegion: careRegion,
            category: category, bill: bill, amount: amount, mode: mode, permission: permission,
            holdMilliseconds: holdMilliseconds)
    }
}
