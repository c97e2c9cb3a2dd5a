import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji withdraw request`: the form (rule W9).
struct WithdrawRequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Fill the form: who withdraws how much, why, and on which document.",
        discussion: """
            The money is set aside at once. A document is claimed in the province of the person \
            for whom it was issued, for it serves once, ever and anywhere (rules W1, W4): the \
            command waits for the answer. The handler is the owner of the client key. The id of the request becomes the withdrawal's. Of the \
            document only the SM3 digest of kind, issuer and number is sent.

            Example: gongji withdraw request --node nodes/370000 \
            --wallet 0190a1b2c3d4e5f60718293a4b5c6d7e --reason premium --amount 380.00 \
            --document-kind premium --document-issuer C37000000001 \
            --document-number "3700 2026 0017" --user 0190a1b2c3d4e5f60718293a4b5c6d7f \
            --user-province 440000 --user-kinship parent --commitment letter.pdf
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The wallet id of who withdraws, 32 hex digits.") var wallet: WalletID
    @Option(help: "How much, in yuan.") var amount: YuanAmount
    @Option(help: "Why.") var reason: Word<WithdrawalReason>
    @Option(help: "What the user of the document is to who withdraws; that person if left out.")
    var userKinship: Word<Kinship>?
    @OptionGroup var letter: CommitmentOptions
    @Option(
        help: ArgumentHelp(
            "Of a resettlement (省外异地安置): the record of its filing; the SM3 digest is kept.",
            valueName: "file"))
    var resettlementRecord: String?
    @Option(
        help: ArgumentHelp("The day on which it was filed (备案).", valueName: "day"))
    var resettlementFiled: DayArgument?
    @OptionGroup(title: "Document") var document: DocumentOptions
    @OptionGroup(title: "Agent of the person") var agent: AgentOptions

    func validate() throws {
        guard (resettlementRecord == nil) == (resettlementFiled == nil) else {
            throw ValidationError("--resettlement-record and --resettlement-filed go together.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            var body = Gongji_V1_Withdraw()
            body.wallet = wallet.data
            body.amountFen = amount.fen
            body.reason =
                Gongji_V1_WithdrawalReason(rawValue: Int(reason.value.rawValue)) ?? .unspecified
            if let digest = document.digest {
                body.document = try document.form(digest, of: self)
            }
            body.userKinship = userKinship?.value.proto ?? .unspecified
            body.commitmentDigest = try letter.digest()?.data ?? Data()
            if let resettlementRecord, let resettlementFiled {
                body.resettlementRecord = try EvidenceFile.digest(
                    resettlementRecord, "--resettlement-record"
                ).data
                body.resettlementFiled = resettlementFiled.date.daysSince1970
            }
            body.byAgent = agent.byAgent
            body.agentIdentity = try agent.identity()
            let (id, answer) = try Asking(service: service, output: output)
                .change(.withdraw(body), id: request.id)
            guard case .withdrawal(let state) = answer else { throw unexpectedAnswer() }
            output.show(id: id, state.text, "withdrawal", state.json)
        }
    }
}

/// What a paper is, whatever reason the person gives: another word would be another digest, and the
/// paper would serve once more.
enum DocumentKind: String, Worded {
    /// A voucher that a premium was paid.
    case premium
    /// A settlement sheet or bill of care.
    case visit
    /// The bill of a health check-up.
    case checkup
    case other

    var word: String { rawValue }
}

/// The voucher, settlement sheet or bill that is paid for.
struct DocumentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What it is, whatever the reason: the first word that fits.", valueName: "kind"))
    var documentKind: Word<DocumentKind>?
    @Option(
        help: ArgumentHelp(
            "Who issued it: its national code if it has one, else its name as printed.",
            valueName: "text"))
    var documentIssuer: String?
    @Option(
        help: ArgumentHelp(
            "Its number; width, spaces, dashes, dots and case do not count.", valueName: "text"))
    var documentNumber: String?
    @Option(help: "The amount on it, in yuan; that of the withdrawal if left out.")
    var documentAmount: YuanAmount?
    @Option(help: "For whom it was issued, by wallet id; who withdraws if left out.")
    var user: WalletID?
    @Option(help: "Where that person is insured, six digits; this node's province if left out.")
    var userProvince: ProvinceCode?

    private var parts: [String?] { [documentKind?.value.word, documentIssuer, documentNumber] }

    func validate() throws {
        let given = parts.compactMap { $0 }
        guard given.isEmpty || given.count == parts.count else {
            throw ValidationError(
                "--document-kind, --document-issuer and --document-number go together.")
        }
        for (option, text) in [
            ("--document-issuer", documentIssuer), ("--document-number", documentNumber),
        ] {
            guard let text else { continue }
            guard !CanonicalText.number(text).isEmpty, !text.contains(where: \.isNewline) else {
                throw ValidationError("\(option) is one line with a letter or a digit.")
            }
        }
        guard !given.isEmpty || (documentAmount == nil && user == nil && userProvince == nil)
        else {
            throw ValidationError("Amount and user of a document go with the document.")
        }
    }

    /// Nil without a document.
    var digest: Digest? {
        guard let documentKind, let documentIssuer, let documentNumber else { return nil }
        return DocumentOptions.digest(documentKind.value, documentIssuer, documentNumber)
    }

    /// SM3 of kind, issuer and number in their one form: the same in every province (`protocol/messages.md`,
    /// Digests of documents and numbers).
    static func digest(_ kind: DocumentKind, _ issuer: String, _ number: String) -> Digest {
        sm3(of: CanonicalText.document(kind: kind.word, issuer: issuer, number: number))
    }

    fileprivate func form(
        _ digest: Digest, of request: WithdrawRequestCommand
    ) throws -> Gongji_V1_Document {
        var form = Gongji_V1_Document()
        form.digest = digest.data
        form.issuer = documentIssuer ?? ""
        form.amountFen = (documentAmount ?? request.amount).fen
        form.user = (user ?? request.wallet).data
        form.userProvince = try (userProvince ?? ownProvince(request.service)).number
        return form
    }

    private func ownProvince(_ service: ServiceOptions) throws -> ProvinceCode {
        guard service.service == nil else {
            throw CommandFailure.failed(
                "say with --user-province where the person is insured for whom the document was "
                    + "issued")
        }
        return try service.node.folder().province()
    }
}
