package import Domain
package import Settlement
import Wire

extension DocumentUse: KeptRecord {
    package static var kind: String { "document" }
    package static var table: RowTable { .document }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.identifier(withdrawal)
        writer.province(payer)
        writer.instant(at)
    }

    package init(key: Digest, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let withdrawal = try reader.identifier()
        let payer = try reader.province()
        self.init(withdrawal: withdrawal, payer: payer, at: try reader.instant())
    }
}

extension Withdrawal: KeptRecord {
    package static var kind: String { "withdrawal" }
    package static var table: RowTable { .withdrawal }

    package func encode(into writer: inout ByteWriter) {
        var flags = FieldFlags()
        flags.set(0, document != nil)
        flags.set(1, userKinship != nil)
        flags.set(2, commitmentDigest != nil)
        flags.set(3, agentIdentity != nil)
        flags.set(4, refusal != nil)
        flags.set(5, payout != nil)
        flags.set(6, needsReview)
        flags.set(7, cardAccount != nil)
        flags.set(8, resettlement != nil)
        flags.set(9, isRest)
        writer.octet(1)
        writer.octet(state.rawValue)
        writer.number(flags.bits)
        writer.identifier(wallet.value)
        writer.fen(amount)
        writer.octet(reason.rawValue)
        writer.instant(created)
        writer.shortText(handler)
        writer.shortText(reviewer)
        writer.shortText(exporter)
        writer.shortText(bankReason)
        if let document {
            writer.digest(document.digest)
            writer.fen(document.amount)
            writer.identifier(document.user.value)
            writer.province(document.userProvince)
        }
        if let userKinship { writer.octet(userKinship.rawValue) }
        if let commitmentDigest { writer.digest(commitmentDigest) }
        if let agentIdentity { writer.digest(agentIdentity) }
        if let refusal { writer.reason(refusal) }
        if let payout { writer.identifier(payout) }
        if let cardAccount { writer.digest(cardAccount) }
        if let resettlement {
            writer.digest(resettlement.record)
            writer.date(resettlement.filed)
        }
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let state = try reader.oneOf(WithdrawalState.self)
        let flags = try FieldFlags(&reader)
        try flags.limit(10)
        let wallet = WalletID(try reader.identifier())
        let amount = try reader.fen()
        let reason = try reader.oneOf(WithdrawalReason.self)
        let created = try reader.instant()
        let handler = try reader.shortText()
        let reviewer = try reader.shortText()
        let exporter = try reader.shortText()
        let bankReason = try reader.shortText()
        var document: Document?
        if flags[0] {
            let digest = try reader.digest()
            let amount = try reader.fen()
            let user = WalletID(try reader.identifier())
            document = Document(
                digest: digest, amount: amount, user: user, userProvince: try reader.province())
        }
        let userKinship = flags[1] ? try reader.oneOf(Kinship.self) : nil
        let commitmentDigest = flags[2] ? try reader.digest() : nil
        let agentIdentity = flags[3] ? try reader.digest() : nil
        let refusal = flags[4] ? try reader.reason() : nil
        let payout = flags[5] ? try reader.identifier() : nil
        let cardAccount = flags[7] ? try reader.digest() : nil
        var resettlement: ServiceRequest.WithdrawalOrder.Resettlement?
        if flags[8] {
            let record = try reader.digest()
            resettlement = ServiceRequest.WithdrawalOrder.Resettlement(
                record: record, filed: try reader.date())
        }
        self.init(
            id: key, wallet: wallet, amount: amount, reason: reason, document: document,
            userKinship: userKinship, commitmentDigest: commitmentDigest,
            agentIdentity: agentIdentity, resettlement: resettlement, handler: handler,
            needsReview: flags[6], isRest: flags[9],
            cardAccount: cardAccount, reviewer: reviewer, exporter: exporter, state: state,
            refusal: refusal, bankReason: bankReason, payout: payout, created: created)
    }
}
