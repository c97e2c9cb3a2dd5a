import Domain
import Ledger
import RuleSets
import Wire

/// The wallet province as the patient's guard: what it lets a care province draw for one bill, and how it
/// knows that again.
extension Engine {
    // MARK: Asked

    mutating func answer(_ query: WalletQuery, to care: ProvinceCode) {
        send(
            .walletReply(
                WalletReply(
                    transaction: query.transaction, result: permission(for: query, of: care))),
            to: care)
    }

    /// Says no more than the plan needs: not what is left above the amount, and of what does not reach, only
    /// that.
    private func permission(
        for query: WalletQuery, of care: ProvinceCode
    ) -> Result<Permission, RefusalReason> {
        // rule N3: the recipient is insured here, under any basic medical insurance.
        guard let person = rows.persons[query.wallet], person.isInsured else {
            return .failure(RefusalReason(.recipientNotInsured))
        }
        guard query.careRegion.province == care, query.amount > .zero else {
            return .failure(RefusalReason(.malformed))
        }
        let own = clamped(rows.books.balance(.personal(query.wallet)))
        let usable = usableGrants(query.wallet)
        let set = settlementRules(person, query.careRegion, usable)
        if let reason = set?.refusal(ofCredential: query.credential, of: query.wallet) {
            return .failure(reason)
        }
        // Rules Z6 S5: as the rules of each quota say; a giver elsewhere does not change those of others.
        let firsts = usable.map { settlementRules(person, query.careRegion, [$0])?.ownAccount }
        let open = zip(usable, firsts).filter { $1 != .onlyWhenEmpty || own == .zero }.map(\.0)
        var rest = query.amount
        var draws: [Draw] = []
        // rule N13: a premium is paid from quota only.
        let ownAccount = !query.withoutOwnAccount || firsts.contains { $0 != nil }
        if ownAccount, !query.category.isPremium, own > .zero {
            guard person.ownHolds < Limits.ownHoldsOfOneWalletMax else {
                return .failure(RefusalReason(.permissionLimit))
            }
            draws.append(
                Draw(province: province, source: .ownAccount, limit: min(rest, own)))
            rest = rest - min(rest, own)
        }
        for grant in inOrder(open, set?.drawOrder ?? .oldestGrantFirst)
        where rest > .zero && draws.count < Limits.drawsMax {
            let limit = min(rest, grant.available)
            draws.append(
                Draw(
                    province: grant.payer, source: .quota(relation: grant.relation),
                    limit: limit))
            rest = rest - limit
        }
        guard !draws.isEmpty, rest == .zero || query.mode == .upTo else {
            let status: Status =
                if draws.count == Limits.drawsMax {
                    .tooManySources
                } else if query.category.isPremium {
                    .premiumNotCovered
                } else {
                    .insufficientQuota
                }
            return .failure(RefusalReason(status))
        }
        let expires = now.advanced(byMilliseconds: Limits.permissionMilliseconds)
        let terms = PermissionTerms(
            query, care: care, walletProvince: province, draws: draws, expires: expires
        ).digest(environment.sm3)
        return .success(
            Permission(
                draws: draws, expires: expires, terms: terms,
                seal: environment.seals.seal(terms)))
    }

    // MARK: Held to it

    /// Whether nothing shows that the wallet province lets care draw what the plan draws; nil: it does.
    func permissionRefusal(_ reserve: Reserve, from care: ProvinceCode) -> RefusalReason? {
        let plan = reserve.plan.plan
        let missing = RefusalReason(.permissionMissing)
        if plan.walletProvince == province {
            let terms = PermissionTerms(of: plan, hashing: environment.sm3)
                .digest(environment.sm3)
            guard now <= plan.permittedUntil, environment.seals.seal(terms) == plan.permissionSeal
            else { return missing }
            return nil
        }
        // By another clock than the wallet province's own.
        let left = plan.permittedUntil.milliseconds(since: now)
        let skew = Limits.clockSkewMillisecondsMax
        guard (-skew...Limits.permissionMilliseconds + skew).contains(left) else {
            return missing
        }
        // The wallet province speaks for itself; and this node, as care, has it from there.
        if care == plan.walletProvince || care == province { return nil }
        guard let reply = reserve.permission?.reply, reply.transaction == plan.transaction,
            case .success(let permission) = reply.result, permission.seal == plan.permissionSeal,
            permission.terms
                == PermissionTerms(of: plan, hashing: environment.sm3).digest(environment.sm3)
        else { return missing }
        return nil
    }

    // MARK: Sources

    /// Those that their payer itself has said to be in force, with something left.
    func usableGrants(_ wallet: WalletID) -> [Grant] {
        (rows.grants[wallet] ?? []).filter {
            $0.phase == .active && $0.available > .zero
                && environment.provinces.contains($0.payer)
        }
    }

    /// The rules of the smallest region that holds the person, the givers and the place of care.
    func settlementRules(
        _ person: Person, _ careRegion: RegionCode, _ grants: [Grant]
    ) -> RuleSet? {
        environment.rules.set(
            for: [person.region, careRegion] + grants.map(\.giverRegion), on: today)
    }

    /// Rule S4 and its settings; what is equal goes by the relation's id.
    private func inOrder(_ grants: [Grant], _ order: DrawOrder) -> [Grant] {
        switch order {
        case .oldestGrantFirst:
            grants.sorted { ($0.granted, $0.relation) < ($1.granted, $1.relation) }
        case .giverPriority:
            grants.sorted { ($0.priority, $0.relation) < ($1.priority, $1.relation) }
        case .balanceDescending:
            grants.map { (grant: $0, balance: giverBalance($0)) }
                .sorted {
                    ($1.balance, $0.grant.relation) < ($0.balance, $1.grant.relation)
                }.map(\.grant)
        }
    }

    /// What the giver of a grant has on the account. Only sets within one province order by it.
    private func giverBalance(_ grant: Grant) -> Int64 {
        grant.payer == province ? rows.books.balance(.personal(grant.giver)) : 0
    }

    /// A balance as one amount of a message: never more than one may be.
    func clamped(_ balance: Int64) -> Fen { Fen(balance) ?? .limit }
}
