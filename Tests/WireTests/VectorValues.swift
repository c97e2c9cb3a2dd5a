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
                "care_region": .region(query.careRegion),
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
                "own_account_first": .bool(reply.ownAccountFirst),
            ])
        case .reserve(let plan): .object(["plan": .octets(plan.bytes)])
        case .vote(let vote): vote.shown
        case .refusal(let refusal):
            .object([
                "transaction": .id(refusal.transaction), "plan_digest": .digest(refusal.planDigest),
                "participant": .province(refusal.participant),
                "status": .count(refusal.reason.status.rawValue),
                "grounds": refusal.reason.grounds?.shown ?? .null,
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
        case .quotaNotice(let notice): notice.shown
        case .relationProposal(let proposal): proposal.shown
        case .relationAnswer(let answer): answer.shown
        case .relationConsent(let consent):
            .object([
                "relation": .id(consent.relation), "accepted": .bool(consent.accepted),
                "verification": consent.verification?.shown ?? .null,
            ])
        case .recipientChange(let change):
            .object([
                "relation": .id(change.relation), "standing": .count(change.standing.rawValue),
            ])
        case .documentClaim(let claim):
            .object([
                "withdrawal": .id(claim.withdrawal), "wallet": .id(claim.wallet.value),
                "document": .digest(claim.document),
            ])
        case .documentAnswer(let answer):
            .object([
                "withdrawal": .id(answer.withdrawal), "document": .digest(answer.document),
                "status": .count(answer.status?.rawValue ?? 0),
            ])
        case .documentRelease(let release):
            .object([
                "withdrawal": .id(release.withdrawal), "document": .digest(release.document),
            ])
        }
    }
}

extension JSON {
    static func region(_ code: RegionCode) -> JSON { .count(code.number) }
    /// Null: the field is absent, which for an optional one is something else than zero.
    static func optional(_ date: BusinessDate?) -> JSON {
        date.map { .count($0.daysSince1970) } ?? .null
    }
    /// Empty: there is none.
    static func optional(_ digest: Digest?) -> JSON { digest.map { .digest($0) } ?? .text("") }
}

extension Grounds {
    var shown: JSON {
        .object(["rule": .text(rule.text), "compared": .text(compared), "limit": .text(limit)])
    }
}

extension Verification {
    var shown: JSON {
        .object([
            "method": .count(method.rawValue), "at_ms": .int(at.milliseconds),
            "reference": .digest(reference),
        ])
    }
}

extension QuotaNotice {
    var shown: JSON {
        .object([
            "relation": .id(relation), "wallet": .id(wallet.value),
            "available_fen": .int(available.value), "phase": .count(phase.rawValue),
            "granted_ms": .int(granted.milliseconds), "version": .count(version),
            "giver": .id(giver.value), "kinship": .count(kinship.rawValue),
            "giver_region": .region(giverRegion), "priority": .count(priority),
            "consent_until_ms": .int(consentUntil?.milliseconds ?? 0),
            "status": .count(status?.rawValue ?? 0),
            "uses": .list(
                uses.map { use in
                    .object([
                        "transaction": .id(use.transaction), "care": .province(use.care),
                        "institution": .text(use.institution.text),
                        "category": .count(use.category.rawValue),
                        "amount_fen": .int(use.amount.value),
                        "business_date": .count(use.date.daysSince1970),
                        "reversal_date": .optional(use.reversalDate),
                    ])
                }),
        ])
    }
}

extension RelationProposal {
    var shown: JSON {
        var fields: [String: JSON] = [
            "relation": .id(relation), "giver": .id(giver.value),
            "giver_region": .region(giverRegion), "kinship": .count(kinship.rawValue),
            "recipient": .text(""), "sealed_identity": .text(""), "asks_age": .bool(asksAge),
            "priority": .count(priority),
        ]
        switch recipient {
        case .wallet(let wallet): fields["recipient"] = .id(wallet.value)
        case .sealed(let box): fields["sealed_identity"] = .octets(box)
        }
        return .object(fields)
    }
}

extension RelationAnswer {
    var shown: JSON {
        var fields: [String: JSON] = [
            "relation": .id(relation), "status": .int(0), "wallet": .text(""),
            "insurance": .int(0), "standing": .int(0), "region": .int(0),
            "violation": .bool(false), "age_years": .null, "givers": .int(0),
            "gives": .bool(false),
        ]
        switch result {
        case .failure(let status): fields["status"] = .count(status.rawValue)
        case .success(let facts):
            fields["wallet"] = .id(facts.wallet.value)
            fields["insurance"] = .count(facts.insurance.rawValue)
            fields["standing"] = .count(facts.standing.rawValue)
            fields["region"] = .region(facts.region)
            fields["violation"] = .bool(facts.violation)
            fields["age_years"] = facts.age.map { .count($0) } ?? .null
            fields["givers"] = .count(facts.givers)
            fields["gives"] = .bool(facts.gives)
        }
        return .object(fields)
    }
}

extension Bill {
    /// As it stands in a plan of `wallet`.
    func shown(wallet: WalletID) -> JSON {
        .object([
            "total_fen": .int(total.value), "pooled_fen": .int(pooled.value),
            "burden_fen": .int(burden.value), "self_paid_fen": .int(selfPaid.value),
            "patient": patient == wallet ? .text("") : .id(patient.value),
            "credential": credential.map { .id($0.value) } ?? .text(""),
            "proxy": proxy.map { proxy in
                .object([
                    "patient_identity": .optional(proxy.patientIdentity),
                    "proxy_identity": .optional(proxy.proxyIdentity),
                ])
            } ?? .null, "identity_record": .optional(identityRecord),
            "card_note": cardNote.map { note in
                .object([
                    "kinship": .count(note.kinship?.rawValue ?? 0),
                    "holder_card": .optional(note.holderCard),
                    "patient_card": .optional(note.patientCard),
                    "contact": .optional(note.contact),
                ])
            } ?? .null, "counts_towards_deductible": .bool(countsTowardsDeductible),
            "asks_for_pooling": .bool(asksForPooling), "pooled_scheme": .bool(pooledScheme),
            "visit": .count(visit?.rawValue ?? 0),
        ])
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
                }), "hold_ms": .int(holdMilliseconds), "bill": bill.shown(wallet: wallet),
            "care_region": .region(careRegion),
            "institution_kind": .count(institutionKind.rawValue),
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
