import ArgumentParser
import Domain
import Foundation
import Wire

/// The bill of a shared payment, as the institution has it (rules N10, N12).
struct BillOptions: ParsableArguments {
    @Option(
        help: "The whole bill, in yuan; if left out, the sum of burden, pooled and self-paid part.")
    var total: YuanAmount?
    @Option(help: "What pooled funds pay (统筹), in yuan.") var pooled = YuanAmount(fen: 0)
    @Option(help: "What is outside the insurance (自费), in yuan.") var selfPaid = YuanAmount(fen: 0)
    @Option(
        help: """
            The personal burden (个人负担), in yuan, if it is larger than the amount asked for; if \
            left out, what the total leaves, or the amount.
            """)
    var burden: YuanAmount?
    @Option(help: "How care was had (就诊类型), where a rule set asks for it.")
    var visit: Word<VisitType>?
    @Option(help: "Who was treated, if not the wallet's person: their wallet id.")
    var patient: WalletID?
    @Option(help: "Whose credential was presented, by wallet id; the wallet's own if left out.")
    var credential: WalletID?
    @Flag(help: "No credential was presented.") var noCredential = false
    @Flag(help: "The bill asks to count towards a deductible.") var countsTowardsDeductible = false
    @Flag(help: "The bill asks for pooled reimbursement.") var asksForPooling = false
    @Flag(help: "The bill is of the pooled outpatient scheme (大共济).") var pooledScheme = false

    func validate() throws {
        guard credential == nil || !noCredential else {
            throw ValidationError("Give --credential or --no-credential, not both.")
        }
    }

    /// The bill for `amount` of `wallet`. Throws ``CommandFailure`` for sums beyond 64 bits.
    func bill(amount: Int64, wallet: WalletID) throws -> Gongji_V1_Bill {
        let (others, isTooMuch) = pooled.fen.addingReportingOverflow(selfPaid.fen)
        let (rest, isTooLittle) = (total?.fen ?? 0).subtractingReportingOverflow(others)
        let burden = burden?.fen ?? (total == nil ? amount : rest)
        let (sum, overflows) = burden.addingReportingOverflow(others)
        guard !isTooMuch, !isTooLittle, !overflows else {
            throw CommandFailure.failed("the amounts of the bill are beyond any bill")
        }
        var bill = Gongji_V1_Bill()
        bill.totalFen = total?.fen ?? sum
        bill.pooledFen = pooled.fen
        bill.burdenFen = burden
        bill.selfPaidFen = selfPaid.fen
        if let visit {
            bill.visit =
                Gongji_V1_VisitType(rawValue: Int(visit.value.rawValue)) ?? .unspecified
        }
        if let patient, patient != wallet { bill.patient = patient.data }
        if !noCredential { bill.credential = (credential ?? wallet).data }
        bill.countsTowardsDeductible = countsTowardsDeductible
        bill.asksForPooling = asksForPooling
        bill.pooledScheme = pooledScheme
        return bill
    }
}

/// What an institution has on record when someone else comes, or a relative's card is used: only SM3
/// digests are sent, of numbers in their one form (`CanonicalText`).
struct BillRecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Someone else buys or collects (rule G10): file with the patient's identity number (-: "
                + "standard input).", valueName: "file"))
    var proxyPatientIdentity: HiddenInput?
    @Option(
        help: ArgumentHelp(
            "File with the identity number of who buys or collects.", valueName: "file"))
    var proxyIdentity: HiddenInput?
    @Option(
        help: ArgumentHelp(
            "The pharmacy's record of the user's identity (备案, rule W5).", valueName: "file"))
    var identityRecord: String?
    @Option(
        help: ArgumentHelp("The same as a text, such as the record's number.", valueName: "text"))
    var identityRecordText: String?
    @Option(help: "A relative's card is used (rule S8): what the patient is to its holder.")
    var cardNoteKinship: Word<Kinship>?
    @Option(help: ArgumentHelp("File with the holder's card number.", valueName: "file"))
    var cardNoteHolderCard: HiddenInput?
    @Option(help: ArgumentHelp("File with the patient's card number.", valueName: "file"))
    var cardNotePatientCard: HiddenInput?
    @Option(help: ArgumentHelp("File with the number for contact.", valueName: "file"))
    var cardNoteContact: HiddenInput?

    func validate() throws {
        guard identityRecord == nil || identityRecordText == nil else {
            throw ValidationError("Give --identity-record or --identity-record-text, not both.")
        }
        guard identityRecordText.map({ CanonicalText.number($0).isEmpty }) != true else {
            throw ValidationError(
                "--identity-record-text says nothing: it is the number of the record.")
        }
        try HiddenInput.refuseSharing([
            proxyPatientIdentity, proxyIdentity, cardNoteHolderCard, cardNotePatientCard,
            cardNoteContact,
        ])
    }

    func add(to bill: inout Gongji_V1_Bill) throws {
        if proxyPatientIdentity != nil || proxyIdentity != nil {
            var proxy = Gongji_V1_Proxy()
            proxy.patientIdentity = try digest(proxyPatientIdentity, "--proxy-patient-identity")
            proxy.proxyIdentity = try digest(proxyIdentity, "--proxy-identity")
            bill.proxy = proxy
        }
        if let identityRecord {
            bill.identityRecord = try EvidenceFile.digest(identityRecord, "--identity-record").data
        } else if let identityRecordText {
            bill.identityRecord = numberDigest(identityRecordText).data
        }
        let cards = [cardNoteHolderCard, cardNotePatientCard, cardNoteContact]
        if cardNoteKinship != nil || cards.contains(where: { $0 != nil }) {
            var note = Gongji_V1_CardNote()
            note.kinship = cardNoteKinship?.value.proto ?? .unspecified
            note.holderCard = try digest(cardNoteHolderCard, "--card-note-holder-card")
            note.patientCard = try digest(cardNotePatientCard, "--card-note-patient-card")
            note.contact = try digest(cardNoteContact, "--card-note-contact")
            bill.cardNote = note
        }
    }

    private func digest(_ input: HiddenInput?, _ option: String) throws -> Data {
        try input?.digest(of: option).data ?? Data()
    }
}

extension Gongji_V1_Bill {
    /// A bill that is burden alone, of a patient with their own credential.
    static func plain(_ fen: Int64, of wallet: WalletID) -> Gongji_V1_Bill {
        var bill = Gongji_V1_Bill()
        bill.totalFen = fen
        bill.burdenFen = fen
        bill.credential = wallet.data
        return bill
    }
}
