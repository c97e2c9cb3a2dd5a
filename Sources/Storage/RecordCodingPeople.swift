package import Domain
package import Settlement

extension Person: KeptRecord {
    package static var kind: String { "person" }
    package static var table: RowTable { .person }

    package func encode(into writer: inout ByteWriter) {
        var flags = FieldFlags()
        flags.set(0, born != nil)
        flags.set(1, violation != nil)
        flags.set(2, cardAccount != nil)
        flags.set(3, quotaDay != nil)
        flags.set(4, isResettled)
        flags.set(5, group != nil)
        flags.set(6, resettledRest != 0)
        flags.set(7, cardAccount?.confirmedBy != nil)
        flags.set(8, depositDay != nil)
        writer.octet(1)
        writer.octet(insurance.rawValue)
        writer.octet(standing.rawValue)
        writer.number(flags.bits)
        writer.region(region)
        writer.signed(Int64(year))
        writer.signed(carriedOver)
        writer.signed(Int64(quotaChanges))
        writer.count(ownHolds)
        if let born { writer.date(born) }
        if let violation {
            writer.shortText(violation.reason)
            writer.date(violation.until)
        }
        if let cardAccount {
            writer.shortText(cardAccount.bank)
            writer.shortText(cardAccount.number)
            writer.instant(cardAccount.since)
            writer.shortText(cardAccount.setBy)
            if let confirmedBy = cardAccount.confirmedBy { writer.shortText(confirmedBy) }
        }
        if let quotaDay { writer.date(quotaDay) }
        if let group { writer.identifier(group) }
        if resettledRest != 0 { writer.signed(resettledRest) }
        if let depositDay {
            writer.date(depositDay)
            writer.signed(depositedFen)
        }
        writer.number(changes)
    }

    package init(key: WalletID, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let insurance = try reader.oneOf(Insurance.self)
        let standing = try reader.oneOf(Standing.self)
        let flags = try FieldFlags(&reader)
        try flags.limit(9)
        let region = try reader.region()
        let year = Int(try reader.signed())
        let carriedOver = try reader.signed()
        let quotaChanges = Int(try reader.signed())
        guard let ownHolds = Int(exactly: try reader.number()) else { throw .field }
        let born = flags[0] ? try reader.date() : nil
        var violation: Violation?
        if flags[1] {
            let reason = try reader.shortText()
            violation = Violation(reason: reason, until: try reader.date())
        }
        var cardAccount: CardAccount?
        if flags[2] {
            let bank = try reader.shortText()
            let number = try reader.shortText()
            let since = try reader.instant()
            let setBy = try reader.shortText()
            cardAccount = CardAccount(
                bank: bank, number: number, since: since, setBy: setBy,
                confirmedBy: flags[7] ? try reader.shortText() : nil)
        } else if flags[7] {
            throw .field
        }
        let quotaDay = flags[3] ? try reader.date() : nil
        let group = flags[5] ? try reader.identifier() : nil
        let resettledRest = flags[6] ? try reader.signed() : 0
        // Zero was never written.
        guard flags[6] == (resettledRest != 0) else { throw .field }
        let depositDay = flags[8] ? try reader.date() : nil
        let depositedFen = flags[8] ? try reader.signed() : 0
        self.init(
            wallet: key, insurance: insurance, region: region, standing: standing, born: born,
            violation: violation, cardAccount: cardAccount, year: year, carriedOver: carriedOver,
            quotaDay: quotaDay, quotaChanges: quotaChanges, isResettled: flags[4],
            resettledRest: resettledRest, group: group, ownHolds: ownHolds, depositDay: depositDay,
            depositedFen: depositedFen, changes: try reader.number())
    }
}

extension Relation: KeptRecord {
    package static var kind: String { "relation" }
    package static var table: RowTable { .relation }

    package func encode(into writer: inout ByteWriter) {
        var flags = FieldFlags()
        flags.set(0, recipient != nil)
        flags.set(1, recipientRegion != nil)
        flags.set(2, commitmentDigest != nil)
        flags.set(3, verification != nil)
        flags.set(4, endVerification != nil)
        flags.set(5, kinshipProof != nil)
        flags.set(6, agentIdentity != nil)
        flags.set(7, consent != nil)
        flags.set(8, consentUntil != nil)
        flags.set(9, endedOver != nil)
        flags.set(10, ended != nil)
        flags.set(11, wake != nil)
        writer.octet(1)
        writer.number(flags.bits)
        writer.identifier(giver.value)
        writer.region(giverRegion)
        writer.province(recipientProvince)
        writer.octet(kinship.rawValue)
        writer.date(commitmentDate)
        writer.octet(priority)
        writer.octet(madeOver.rawValue)
        writer.instant(granted)
        writer.octet(phase.rawValue)
        writer.count(openHolds)
        writer.number(noticeVersion)
        if let recipient { writer.identifier(recipient.value) }
        if let recipientRegion { writer.region(recipientRegion) }
        if let commitmentDigest { writer.digest(commitmentDigest) }
        if let verification { writer.verification(verification) }
        if let endVerification { writer.verification(endVerification) }
        if let kinshipProof { writer.digest(kinshipProof) }
        if let agentIdentity { writer.digest(agentIdentity) }
        if let consent { writer.verification(consent) }
        if let consentUntil { writer.instant(consentUntil) }
        if let endedOver { writer.octet(endedOver.rawValue) }
        if let ended { writer.reason(ended) }
        if let wake { writer.instant(wake) }
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let flags = try FieldFlags(&reader)
        try flags.limit(12)
        let giver = WalletID(try reader.identifier())
        let giverRegion = try reader.region()
        let recipientProvince = try reader.province()
        let kinship = try reader.oneOf(Kinship.self)
        let commitmentDate = try reader.date()
        let priority = try reader.octet()
        let madeOver = try reader.oneOf(Channel.self)
        let granted = try reader.instant()
        let phase = try reader.oneOf(RelationPhase.self)
        guard let openHolds = Int(exactly: try reader.number()) else { throw .field }
        let noticeVersion = try reader.number()
        let recipient = flags[0] ? WalletID(try reader.identifier()) : nil
        let recipientRegion = flags[1] ? try reader.region() : nil
        let commitmentDigest = flags[2] ? try reader.digest() : nil
        let verification = flags[3] ? try reader.verification() : nil
        let endVerification = flags[4] ? try reader.verification() : nil
        let kinshipProof = flags[5] ? try reader.digest() : nil
        let agentIdentity = flags[6] ? try reader.digest() : nil
        let consent = flags[7] ? try reader.verification() : nil
        let consentUntil = flags[8] ? try reader.instant() : nil
        let endedOver = flags[9] ? try reader.oneOf(Channel.self) : nil
        let ended = flags[10] ? try reader.reason() : nil
        self.init(
            id: key, giver: giver, giverRegion: giverRegion, recipient: recipient,
            recipientProvince: recipientProvince, recipientRegion: recipientRegion,
            kinship: kinship, commitmentDigest: commitmentDigest, commitmentDate: commitmentDate,
            verification: verification, endVerification: endVerification,
            kinshipProof: kinshipProof, agentIdentity: agentIdentity, consent: consent,
            consentUntil: consentUntil, priority: priority, madeOver: madeOver,
            endedOver: endedOver, granted: granted, phase: phase, ended: ended,
            openHolds: openHolds, noticeVersion: noticeVersion,
            wake: flags[11] ? try reader.instant() : nil)
    }
}

/// The grants of one recipient, which are one row.
package struct KeptGrants: KeptRecord, Hashable {
    package static var kind: String { "grants of" }
    package static var table: RowTable { .grants }
    package let grants: [Grant]
    package init(_ grants: [Grant]) { self.grants = grants }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.count(grants.count)
        for grant in grants {
            var flags = FieldFlags()
            flags.set(0, grant.consentUntil != nil)
            flags.set(1, grant.status != nil)
            flags.set(2, grant.consentRequest != nil)
            writer.identifier(grant.relation)
            writer.identifier(grant.giver.value)
            writer.number(flags.bits)
            writer.province(grant.payer)
            writer.region(grant.giverRegion)
            writer.octet(grant.kinship.rawValue)
            writer.octet(grant.priority)
            writer.fen(grant.available)
            writer.octet(grant.phase.rawValue)
            writer.instant(grant.granted)
            writer.number(grant.version)
            if let consentUntil = grant.consentUntil { writer.instant(consentUntil) }
            if let status = grant.status { writer.status(status) }
            if let request = grant.consentRequest { writer.identifier(request) }
        }
    }

    package init(key: WalletID, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let count = try reader.count(of: 2 * Identifier.size)
        var grants: [Grant] = []
        grants.reserveCapacity(count)
        for _ in 0..<count {
            let relation = try reader.identifier()
            let giver = WalletID(try reader.identifier())
            let flags = try FieldFlags(&reader)
            try flags.limit(3)
            let payer = try reader.province()
            let giverRegion = try reader.region()
            let kinship = try reader.oneOf(Kinship.self)
            let priority = try reader.octet()
            let available = try reader.fen()
            let phase = try reader.oneOf(RelationPhase.self)
            let granted = try reader.instant()
            let version = try reader.number()
            let consentUntil = flags[0] ? try reader.instant() : nil
            let status = flags[1] ? try reader.status() : nil
            grants.append(
                Grant(
                    relation: relation, payer: payer, giver: giver, giverRegion: giverRegion,
                    kinship: kinship, priority: priority, available: available, phase: phase,
                    granted: granted, version: version, consentUntil: consentUntil,
                    status: status, consentRequest: flags[2] ? try reader.identifier() : nil))
        }
        self.grants = grants
    }
}

/// Whose identity number has an index; the index is the key, and has a secret of the province in it.
package struct KeptIdentity: KeptRecord, Hashable {
    package static var kind: String { "identity" }
    package static var table: RowTable { .identity }
    package let wallet: WalletID
    package init(_ wallet: WalletID) { self.wallet = wallet }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.identifier(wallet.value)
    }

    package init(key: Digest, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        wallet = WalletID(try reader.identifier())
    }
}

extension Family: KeptRecord {
    package static var kind: String { "family" }
    package static var table: RowTable { .family }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.count(members.count)
        for member in members { writer.identifier(member.value) }
    }

    package init(key: Identifier, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let count = try reader.count(of: Identifier.size)
        var members: [WalletID] = []
        members.reserveCapacity(count)
        for _ in 0..<count { members.append(WalletID(try reader.identifier())) }
        self.init(members: members)
    }
}
