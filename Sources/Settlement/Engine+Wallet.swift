import Domain
import Ledger
import Wire

/// The wallet province's part: it knows who gives to its people, and what there is to spend.
extension Engine {
    /// Marks that the wallet province of `relation` is to be told of its quota, once, at the end
    /// of the batch.
    mutating func notice(_ relation: Identifier) {
        if noticedSet.insert(relation).inserted { noticed.append(relation) }
    }

    mutating func sendNotice(_ id: Identifier) {
        guard var relation = rows.relations[id] else { return }
        relation.noticeVersion += 1
        rows.relations[id] = relation
        send(
            .quotaNotice(
                QuotaNotice(
                    relation: id, wallet: relation.recipient,
                    available: clamped(rows.books.balance(.available(relation: id))),
                    active: relation.phase == .active, granted: relation.granted,
                    version: relation.noticeVersion)),
            to: relation.recipientProvince)
    }

    mutating func take(_ notice: QuotaNotice, from payer: ProvinceCode) {
        var grants = rows.grants[notice.wallet] ?? []
        if let index = grants.firstIndex(where: { $0.relation == notice.relation }) {
            guard grants[index].payer == payer else {
                reject(.quotaNotice(notice), payer, "notice_of_another_province")
                return
            }
            guard grants[index].version < notice.version else { return }
            grants[index].available = notice.available
            grants[index].active = notice.active
            grants[index].version = notice.version
        } else {
            // Of one payer, an ended grant makes room for a new one; no payer crowds out another.
            let own = grants.indices.filter { grants[$0].payer == payer }
            if own.count >= Limits.grantsOfOnePayerMax {
                guard let ended = own.first(where: { !grants[$0].active }) else {
                    reject(.quotaNotice(notice), payer, "too_many_grants")
                    return
                }
                grants.remove(at: ended)
            }
            grants.append(
                Grant(
                    relation: notice.relation, payer: payer, available: notice.available,
                    // By this province's own clock: the order of use is no matter of the payer.
                    active: notice.active, granted: now, version: notice.version))
        }
        rows.grants[notice.wallet] = grants
    }

    mutating func answer(_ query: WalletQuery, to care: ProvinceCode) {
        // rule N3: the recipient is insured here, under any basic medical insurance.
        guard rows.persons[query.wallet] != nil else {
            send(
                .walletReply(
                    WalletReply(
                        transaction: query.transaction, status: .recipientNotInsured, sources: [],
                        ownBalance: .zero)), to: care)
            return
        }
        // The national default of the draw order: oldest grant first.
        let usable = (rows.grants[query.wallet] ?? [])
            .filter { $0.active && $0.available > .zero }
            .sorted { ($0.granted, $0.relation) < ($1.granted, $1.relation) }
        send(
            .walletReply(
                WalletReply(
                    transaction: query.transaction, status: nil,
                    sources: usable.prefix(Limits.drawsMax).map {
                        WalletReply.Source(
                            relation: $0.relation, province: $0.payer, available: $0.available)
                    },
                    ownBalance: clamped(rows.books.balance(.personal(query.wallet))))),
            to: care)
    }

    /// A balance as one amount of a message: never more than one may be.
    func clamped(_ balance: Int64) -> Fen { Fen(balance) ?? .limit }
}
