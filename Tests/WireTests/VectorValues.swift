import Domain
import Wire

// Values as the vector files show them: the names of the fields are those of `wire.proto`, and
// every field stands there, also if it is zero.

extension Wire.Message {
    /// The member of `body` that is set, and its fields.
    var shown: JSON {
        switch self {
        case .walletQuery(let query):
            .object([
                "transaction": .id(query.transaction), "wallet": .id(query.wallet.value),
            ])
        case .walletReply(let reply):
            .object([
                "transaction": .id(reply.transaction),
                "status": .count(reply.status?.rawValue ?? 0),
                "sources": .list(
                    reply.sources.map { source in
                        .object([
                            "relation": .id(source.relation),
                            "province": .province(source.province),
                            "available_fen": .int(source.available.value),
                        ])
                    }), "own_balance_fen": .int(reply.ownBalance.value),
            ])
        case .reserve(let plan): .object(["plan": .octets(plan.bytes)])
        case .vote(let vote): vote.shown
        case .refusal(let refusal):
            .object([
                "transaction": .id(refusal.transaction), "plan_digest": .digest(refusal.planDigest),
                "participant": .province(refusal.participant),
                "status": .count(refusal.status.rawValue),
            ])
        case .commit(let commit):
            .object([
                "transaction": .id(commit.transaction), "plan_digest": .digest(commit.planDigest),
                "final_fen": .list(commit.finals.map { .int($0.value) }),
                "votes": .list(commit.votes.compactMap { $0.receipt?.shown }),
                "own_vote": commit.ownVote?.shown ?? .null,
            ])
        case .release(let release):
            .object([
                "transaction": .id(release.transaction), "plan_digest": .digest(release.planDigest),
            ])
        case .inquire(let inquire):
            .object([
                "transaction": .id(inquire.transaction), "plan_digest": .digest(inquire.planDigest),
                "care": .province(inquire.care), "primary": .province(inquire.primary),
            ])
        case .reverse(let reverse):
            .object([
                "transaction": .id(reverse.transaction), "plan_digest": .digest(reverse.planDigest),
                "reversal": .id(reverse.reversal),
            ])
        case .decision(let decision): decision.shown
        case .certificate(let certificate): certificate.receipt.shown
        case .quotaNotice(let notice):
            .object([
                "relation": .id(notice.relation), "wallet": .id(notice.wallet.value),
                "available_fen": .int(notice.available.value), "active": .bool(notice.active),
                "granted_ms": .int(notice.granted.milliseconds), "version": .count(notice.version),
            ])
        }
    }
}

extension Vote {
    var shown: JSON {
        .object([
            "transaction": .id(transaction), "plan_digest": .digest(planDigest),
            "participant": .province(participant),
            "held_fen": .list(held.map { .int($0.value) }),
            "expires_ms": .int(expires?.milliseconds ?? 0),
        ])
    }
}

extension DrawSource {
    var shown: JSON {
        switch self {
        case .quota(let relation): .id(relation)
        case .ownAccount: .text("")
        }
    }
}

extension Decision {
    var shown: JSON {
        var fields: [String: JSON] = [
            "transaction": .id(transaction), "plan_digest": .digest(planDigest),
            "care": .province(care), "primary": .province(primary),
            "decided_ms": .int(decided.milliseconds), "finals": .list([]), "business_date": .int(0),
            "status": .int(0), "reversal": .text(""), "reversal_date": .int(0),
        ]
        func show(_ finals: [FinalDraw], _ date: BusinessDate) {
            fields["business_date"] = .count(date.daysSince1970)
            fields["finals"] = .list(
                finals.map { final in
                    .object([
                        "province": .province(final.province), "relation": final.source.shown,
                        "amount_fen": .int(final.amount.value),
                    ])
                })
        }
        switch outcome {
        case .committed(let finals, let date):
            fields["outcome"] = .int(1)
            show(finals, date)
        case .released(let status):
            fields["outcome"] = .int(2)
            fields["status"] = .count(status.rawValue)
        case .reversed(let finals, let date, let reversal, let reversalDate):
            fields["outcome"] = .int(3)
            show(finals, date)
            fields["reversal"] = .id(reversal)
            fields["reversal_date"] = .count(reversalDate.daysSince1970)
        }
        return .object(fields)
    }
}

extension Receipt {
    var shown: JSON {
        .object([
            "envelope": .octets(envelope), "message": .octets(message),
            "leaf_index": .count(leafIndex), "leaf_count": .count(leafCount),
            "leaf_path": .digests(leafPath), "header_path": .digests(headerPath),
        ])
    }
}

extension Plan {
    var shown: JSON {
        .object([
            "transaction": .id(transaction), "care": .province(care), "wallet": .id(wallet.value),
            "wallet_province": .province(walletProvince), "institution": .text(institution.text),
            "category": .count(category.rawValue), "amount_fen": .int(amount.value),
            "mode": .count(mode.rawValue), "primary": .province(primary),
            "draws": .list(
                draws.map { draw in
                    .object([
                        "province": .province(draw.province), "relation": draw.source.shown,
                        "limit_fen": .int(draw.limit.value),
                    ])
                }), "hold_ms": .int(holdMilliseconds),
        ])
    }
}

extension BatchHeader {
    var shown: JSON {
        .object([
            "version": .count(version), "network": .text(network), "from": .province(from),
            "to": .province(to), "epoch": .id(epoch), "first_sequence": .count(firstSequence),
            "count": .count(count), "ack_epoch": ack.map { .id($0.epoch) } ?? .text(""),
            "ack_sequence": .count(ack?.sequence ?? 0),
            "ack_digest": ack.map { .digest($0.digest) } ?? .text(""),
            "time_ms": .int(time.milliseconds), "link_digest": .digest(linkDigest),
            "sent_sequence": .count(sentSequence),
        ])
    }
}

extension BatchEnvelope {
    var shown: JSON {
        .object([
            "header": .octets(header), "tree_index": .count(treeIndex),
            "tree_size": .count(treeSize), "tree_path": .digests(treePath),
            "suite": .count(suite.rawValue), "key_id": .digest(keyID),
            "signature": .octets(signature),
        ])
    }
}
