import Domain
import Settlement

// Parts that records of several kinds have.

/// The longest text of a record but an institution's code: no client can say more.
private let textBytesMax = 256

extension ByteWriter {
    mutating func region(_ value: RegionCode) { number(UInt64(value.number)) }

    /// At most ``textBytesMax`` octets of UTF-8, as the wire sees to.
    mutating func shortText(_ value: String) {
        precondition(value.utf8.count <= textBytesMax, "a text of \(value.utf8.count) octets")
        text(value)
    }

    /// The status and whether there are grounds are one number.
    mutating func reason(_ value: RefusalReason) {
        number(UInt64(value.status.rawValue) << 1 | (value.grounds == nil ? 0 : 1))
        guard let grounds = value.grounds else { return }
        shortText(grounds.rule.text)
        shortText(grounds.compared)
        shortText(grounds.limit)
    }

    mutating func principal(_ value: Principal) {
        octet(value.role.rawValue)
        shortText(value.client)
        shortText(value.person)
    }

    mutating func verification(_ value: Verification) {
        octet(value.method.rawValue)
        instant(value.at)
        digest(value.reference)
    }
}

extension ByteReader {
    mutating func region() throws(RecordDamage) -> RegionCode {
        guard let code = RegionCode(UInt32(clamping: try number())) else { throw .field }
        return code
    }

    mutating func shortText() throws(RecordDamage) -> String {
        let octets = try octets(atMost: textBytesMax)
        guard let text = String(validating: octets, as: UTF8.self) else { throw .field }
        return text
    }

    mutating func reason() throws(RecordDamage) -> RefusalReason {
        let bits = try number()
        guard let status = Status(rawValue: UInt32(clamping: bits >> 1)) else { throw .field }
        guard bits & 1 == 1 else { return RefusalReason(status) }
        guard let rule = RuleID(try shortText()) else { throw .field }
        let compared = try shortText()
        let limit = try shortText()
        guard compared.utf8.count <= Grounds.textBytesMax, limit.utf8.count <= Grounds.textBytesMax
        else { throw .field }
        return RefusalReason(status, Grounds(rule: rule, compared: compared, limit: limit))
    }

    mutating func principal() throws(RecordDamage) -> Principal {
        let role = try oneOf(Principal.Role.self)
        let client = try shortText()
        return Principal(client: client, person: try shortText(), role: role)
    }

    mutating func verification() throws(RecordDamage) -> Verification {
        let method = try oneOf(VerificationMethod.self)
        let at = try instant()
        return Verification(method: method, at: at, reference: try digest())
    }
}

// A bill stands in the record of its transaction, and most bills say nothing that the record does
// not say: the patient is the wallet's person, nothing is pooled or outside the insurance, and the
// burden is the amount. Of such a bill only its flags are written: one octet.
private enum BillFlag {
    static let credentialOfWallet = 0
    static let pooled = 1
    static let selfPaid = 2
    /// The burden is not the amount of the order.
    static let burden = 3
    static let otherPatient = 4
    /// The total is not the sum of the parts.
    static let total = 5
    static let otherCredential = 6
    static let identityRecord = 7
    static let proxy = 8
    static let patientIdentity = 9
    static let proxyIdentity = 10
    static let cardNote = 11
    static let kinship = 12
    static let holderCard = 13
    static let patientCard = 14
    static let contact = 15
    static let countsTowardsDeductible = 16
    static let asksForPooling = 17
    static let pooledScheme = 18
    static let visit = 19
    static let count = 20
}

extension ByteWriter {
    /// The bill of a record that has `wallet` and `amount` already.
    mutating func bill(_ bill: Bill, wallet: WalletID, amount: Fen) {
        var flags = FieldFlags()
        flags.set(BillFlag.credentialOfWallet, bill.credential == wallet)
        flags.set(BillFlag.pooled, bill.pooled != .zero)
        flags.set(BillFlag.selfPaid, bill.selfPaid != .zero)
        flags.set(BillFlag.burden, bill.burden != amount)
        flags.set(BillFlag.otherPatient, bill.patient != wallet)
        flags.set(BillFlag.total, !bill.isComplete)
        flags.set(
            BillFlag.otherCredential, bill.credential != nil && bill.credential != wallet)
        flags.set(BillFlag.identityRecord, bill.identityRecord != nil)
        flags.set(BillFlag.proxy, bill.proxy != nil)
        flags.set(BillFlag.patientIdentity, bill.proxy?.patientIdentity != nil)
        flags.set(BillFlag.proxyIdentity, bill.proxy?.proxyIdentity != nil)
        flags.set(BillFlag.cardNote, bill.cardNote != nil)
        flags.set(BillFlag.kinship, bill.cardNote?.kinship != nil)
        flags.set(BillFlag.holderCard, bill.cardNote?.holderCard != nil)
        flags.set(BillFlag.patientCard, bill.cardNote?.patientCard != nil)
        flags.set(BillFlag.contact, bill.cardNote?.contact != nil)
        flags.set(BillFlag.countsTowardsDeductible, bill.countsTowardsDeductible)
        flags.set(BillFlag.asksForPooling, bill.asksForPooling)
        flags.set(BillFlag.pooledScheme, bill.pooledScheme)
        flags.set(BillFlag.visit, bill.visit != nil)
        number(flags.bits)
        if flags[BillFlag.pooled] { fen(bill.pooled) }
        if flags[BillFlag.selfPaid] { fen(bill.selfPaid) }
        if flags[BillFlag.burden] { fen(bill.burden) }
        if flags[BillFlag.otherPatient] { identifier(bill.patient.value) }
        if flags[BillFlag.total] { fen(bill.total) }
        if flags[BillFlag.otherCredential], let credential = bill.credential {
            identifier(credential.value)
        }
        if let record = bill.identityRecord { digest(record) }
        if let identity = bill.proxy?.patientIdentity { digest(identity) }
        if let identity = bill.proxy?.proxyIdentity { digest(identity) }
        if let kinship = bill.cardNote?.kinship { octet(kinship.rawValue) }
        if let card = bill.cardNote?.holderCard { digest(card) }
        if let card = bill.cardNote?.patientCard { digest(card) }
        if let contact = bill.cardNote?.contact { digest(contact) }
        if let visit = bill.visit { octet(visit.rawValue) }
    }
}

extension ByteReader {
    mutating func bill(wallet: WalletID, amount: Fen) throws(RecordDamage) -> Bill {
        let flags = try FieldFlags(&self)
        try flags.limit(BillFlag.count)
        // What is inside a note that is not there, and two credentials, were never written.
        guard
            flags[BillFlag.proxy]
                || !(flags[BillFlag.patientIdentity]
                    || flags[BillFlag.proxyIdentity]),
            flags[BillFlag.cardNote]
                || !(flags[BillFlag.kinship] || flags[BillFlag.holderCard]
                    || flags[BillFlag.patientCard] || flags[BillFlag.contact]),
            !(flags[BillFlag.credentialOfWallet] && flags[BillFlag.otherCredential])
        else { throw .field }
        let pooled = flags[BillFlag.pooled] ? try fen() : .zero
        let selfPaid = flags[BillFlag.selfPaid] ? try fen() : .zero
        let burden = flags[BillFlag.burden] ? try fen() : amount
        let patient = flags[BillFlag.otherPatient] ? WalletID(try identifier()) : wallet
        let ownTotal = flags[BillFlag.total] ? try fen() : nil
        guard let total = ownTotal ?? Fen((pooled + burden + selfPaid).value) else { throw .field }
        var credential = flags[BillFlag.credentialOfWallet] ? wallet : nil
        if flags[BillFlag.otherCredential] { credential = WalletID(try identifier()) }
        let identityRecord = flags[BillFlag.identityRecord] ? try digest() : nil
        let patientIdentity = flags[BillFlag.patientIdentity] ? try digest() : nil
        let proxyIdentity = flags[BillFlag.proxyIdentity] ? try digest() : nil
        let kinship = flags[BillFlag.kinship] ? try oneOf(Kinship.self) : nil
        let holderCard = flags[BillFlag.holderCard] ? try digest() : nil
        let patientCard = flags[BillFlag.patientCard] ? try digest() : nil
        let contact = flags[BillFlag.contact] ? try digest() : nil
        let visit = flags[BillFlag.visit] ? try oneOf(VisitType.self) : nil
        return Bill(
            total: total, pooled: pooled, burden: burden, selfPaid: selfPaid, visit: visit,
            patient: patient,
            credential: credential,
            proxy: flags[BillFlag.proxy]
                ? Bill.Proxy(patientIdentity: patientIdentity, proxyIdentity: proxyIdentity) : nil,
            identityRecord: identityRecord,
            cardNote: flags[BillFlag.cardNote]
                ? Bill.CardNote(
                    kinship: kinship, holderCard: holderCard, patientCard: patientCard,
                    contact: contact) : nil,
            countsTowardsDeductible: flags[BillFlag.countsTowardsDeductible],
            asksForPooling: flags[BillFlag.asksForPooling],
            pooledScheme: flags[BillFlag.pooledScheme])
    }
}
