package import Domain
package import Settlement
import Wire

extension Coordination: KeptRecord {
    package static var kind: String { "coordination" }
    package static var table: RowTable { .coordination }

    package func encode(into writer: inout ByteWriter) {
        var flags = FieldFlags()
        flags.set(0, plan != nil)
        flags.set(1, commitRequest != nil)
        flags.set(2, reverseRequest != nil)
        flags.set(3, date != nil)
        flags.set(4, reversalDate != nil)
        flags.set(5, reason != nil)
        flags.set(6, certificate != nil)
        flags.set(7, wake != nil)
        flags.set(8, order.withoutOwnAccount)
        flags.set(9, !votes.isEmpty)
        flags.set(10, !finals.isEmpty)
        flags.set(11, !refusedFinals.isEmpty)
        writer.octet(1)
        writer.octet(state.rawValue)
        writer.number(flags.bits)
        writer.identifier(order.wallet.value)
        writer.province(order.walletProvince)
        writer.text(order.institution.text)
        writer.octet(order.institutionKind.rawValue)
        writer.region(order.region)
        writer.octet(order.category.rawValue)
        writer.fen(order.amount)
        writer.octet(order.mode.rawValue)
        writer.signed(order.holdMilliseconds)
        writer.bill(order.bill, wallet: order.wallet, amount: order.amount)
        writer.instant(created)
        if let plan { writer.plan(plan) }
        if let commitRequest { writer.identifier(commitRequest) }
        if let reverseRequest { writer.identifier(reverseRequest) }
        if let date { writer.date(date) }
        if let reversalDate { writer.date(reversalDate) }
        if let reason { writer.reason(reason) }
        if let certificate { writer.receipt(certificate) }
        if let wake { writer.instant(wake) }
        if !votes.isEmpty {
            writer.count(votes.count)
            for vote in votes { writer.vote(vote, transaction: transaction, plan: plan?.digest) }
        }
        if !finals.isEmpty { writer.fens(finals) }
        if !refusedFinals.isEmpty { writer.fens(refusedFinals) }
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let state = try reader.oneOf(Coordination.State.self)
        let flags = try FieldFlags(&reader)
        try flags.limit(12)
        let wallet = WalletID(try reader.identifier())
        let walletProvince = try reader.province()
        guard let institution = InstitutionCode(try reader.text()) else { throw .field }
        let institutionKind = try reader.oneOf(InstitutionKind.self)
        let region = try reader.region()
        let category = try reader.oneOf(Category.self)
        let amount = try reader.fen()
        let mode = try reader.oneOf(ReserveMode.self)
        let holdMilliseconds = try reader.signed()
        let bill = try reader.bill(wallet: wallet, amount: amount)
        let created = try reader.instant()
        let plan = flags[0] ? try reader.plan() : nil
        let commitRequest = flags[1] ? try reader.identifier() : nil
        let reverseRequest = flags[2] ? try reader.identifier() : nil
        let date = flags[3] ? try reader.date() : nil
        let reversalDate = flags[4] ? try reader.date() : nil
        let reason = flags[5] ? try reader.reason() : nil
        let certificate = flags[6] ? try reader.receipt() : nil
        let wake = flags[7] ? try reader.instant() : nil
        var votes: [ProvenVote] = []
        if flags[9] {
            let count = try reader.count()
            votes.reserveCapacity(min(count, Limits.drawsMax))
            for _ in 0..<count {
                votes.append(try reader.vote(transaction: key, plan: plan?.digest))
            }
        }
        self.init(
            transaction: key, state: state,
            order: Order(
                wallet: wallet, walletProvince: walletProvince, institution: institution,
                institutionKind: institutionKind, region: region, category: category,
                amount: amount, mode: mode, holdMilliseconds: holdMilliseconds,
                withoutOwnAccount: flags[8], bill: bill),
            plan: plan, votes: votes, commitRequest: commitRequest,
            reverseRequest: reverseRequest, finals: flags[10] ? try reader.fens() : [],
            date: date, reversalDate: reversalDate, reason: reason, certificate: certificate,
            created: created, wake: wake)
        if flags[11] { refusedFinals = try reader.fens() }
    }
}

extension Participation: KeptRecord {
    package static var kind: String { "participation" }
    package static var table: RowTable { .participation }

    package func encode(into writer: inout ByteWriter) {
        // The plan's own digest is the plan digest, save in a record that is damaged by a bug.
        let planDigestShared = plan.map { $0.digest == planDigest } ?? false
        var flags = FieldFlags()
        flags.set(0, plan != nil)
        flags.set(1, planDigestShared)
        flags.set(2, date != nil)
        flags.set(3, reversal != nil)
        flags.set(4, reversalDate != nil)
        flags.set(5, reason != nil)
        flags.set(6, decided != nil)
        flags.set(7, expires != nil)
        flags.set(8, wake != nil)
        writer.octet(1)
        writer.octet(state.rawValue)
        writer.number(flags.bits)
        writer.province(care)
        writer.province(primary)
        if !planDigestShared { writer.digest(planDigest) }
        if let plan { writer.plan(plan) }
        writer.fens(held)
        writer.fens(finals)
        if let date { writer.date(date) }
        if let reversal { writer.identifier(reversal) }
        if let reversalDate { writer.date(reversalDate) }
        if let reason { writer.reason(reason) }
        writer.instant(created)
        if let decided { writer.instant(decided) }
        if let expires { writer.instant(expires) }
        if let wake { writer.instant(wake) }
        writer.signed(inquireEveryMilliseconds)
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let state = try reader.oneOf(Participation.State.self)
        let flags = try FieldFlags(&reader)
        try flags.limit(9)
        let care = try reader.province()
        let primary = try reader.province()
        let ownDigest = flags[1] ? nil : try reader.digest()
        let plan = flags[0] ? try reader.plan() : nil
        guard let planDigest = ownDigest ?? plan?.digest else { throw .field }
        let held = try reader.fens()
        let finals = try reader.fens()
        let date = flags[2] ? try reader.date() : nil
        let reversal = flags[3] ? try reader.identifier() : nil
        let reversalDate = flags[4] ? try reader.date() : nil
        let reason = flags[5] ? try reader.reason() : nil
        let created = try reader.instant()
        let decided = flags[6] ? try reader.instant() : nil
        let expires = flags[7] ? try reader.instant() : nil
        let wake = flags[8] ? try reader.instant() : nil
        self.init(
            transaction: key, state: state, care: care, primary: primary,
            planDigest: planDigest, plan: plan, held: held, finals: finals, date: date,
            reversal: reversal, reversalDate: reversalDate, reason: reason, created: created,
            decided: decided, expires: expires, wake: wake,
            inquireEveryMilliseconds: try reader.signed())
    }
}
