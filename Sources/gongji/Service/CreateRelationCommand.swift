import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire

/// `gongji relation create`: asks at the giver's province, which asks the recipient's.
struct CreateRelationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a relation between a giver of this province and a recipient anywhere.",
        discussion: """
            The giver signs a commitment letter (rule N6); its digest and day are recorded, the \
            letter itself stays where it is. The id of the request becomes the relation's. Kinship \
            says what the recipient is to the giver. The command waits for the answer of the \
            recipient's province; if that takes too long, ask again with the same --id, or look: \
            gongji relation show. Both say what the relation still waits for, and what to do.

            The recipient is named by wallet id, or by identity number: that is read from a file \
            or standard input, never from the argument list, and leaves this process sealed to \
            the recipient's province only.

            Example: gongji relation create --node nodes/440000 \
            --giver 0190a1b2c3d4e5f60718293a4b5c6d7e \
            --recipient-identity number.txt --recipient-province 370000 \
            --kinship parent --commitment letter.pdf --commitment-date 2026-11-20 \
            --verified face --verification-reference F-2026-000117
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var trust: SealingTrustOptions
    @Option(help: "The giver's wallet id.") var giver: WalletID
    @Option(help: "The recipient's wallet id.") var recipient: WalletID?
    @Option(
        help: ArgumentHelp(
            "File with the recipient's identity number instead (-: standard input).",
            valueName: "file"))
    var recipientIdentity: HiddenInput?
    @Option(help: "Where the recipient is insured, six digits.")
    var recipientProvince: ProvinceCode
    @Option(help: "What the recipient is to the giver.") var kinship: Word<Kinship>
    @OptionGroup var letter: CommitmentOptions
    @Option(
        help: ArgumentHelp(
            "The day on the letter; that in the request's id if left out.", valueName: "day"))
    var commitmentDate: DayArgument?
    @Option(help: "Over which it is made.") var channel = Word(Channel.agencyWindow)
    @Option(
        help: ArgumentHelp(
            "0 to 255; lower is used first, where the rule set orders by it.", valueName: "number"))
    var priority: UInt8 = 0
    @Option(
        help: ArgumentHelp(
            "A document that proves the kinship; its SM3 digest is kept.", valueName: "file"))
    var kinshipProof: String?
    @OptionGroup(title: "Verification of the giver") var proof: VerificationOptions
    @OptionGroup(title: "Agent of the giver") var agent: AgentOptions

    func validate() throws {
        guard (recipient == nil) != (recipientIdentity == nil) else {
            throw ValidationError("Give --recipient or --recipient-identity.")
        }
        try HiddenInput.refuseSharing([recipientIdentity, agent.agentIdentity])
    }

    func run() throws {
        try telling(json: output.json) {
            let number = try recipientIdentity?.identityNumber(of: "--recipient-identity")
            let made = try Asking(service: service, output: output).sealed(
                id: request.id, isSealed: number != nil,
                { .createRelation(try body(number, id: $0)) },
                before: { id in
                    do {
                        return .relation(try relationState(id, service, output))
                    } catch CommandFailure.refused(.relationUnknown, _, _) {
                        return nil
                    }
                })
            guard case .relation(let state) = made.answer else { throw unexpectedAnswer() }
            output.show(id: made.id, state.text, "relation", state.json)
        }
    }

    private func body(_ number: IdentityNumber?, id: Identifier) throws
        -> Gongji_V1_CreateRelation
    {
        var body = Gongji_V1_CreateRelation()
        body.giver = giver.data
        if let recipient { body.recipient = recipient.data }
        if let number {
            body.sealedIdentity = try Sealer(service: service, output: output, trust: trust)
                .seal(number, to: recipientProvince, context: id)
        }
        body.recipientProvince = recipientProvince.number
        body.kinship = kinship.value.proto
        if let digest = try letter.digest() {
            body.commitmentDigest = digest.data
            let date =
                commitmentDate?.date ?? BusinessDate(at: id.plausibleInstant ?? Clock.now())
            body.commitmentDate = date.daysSince1970
        }
        body.channel = channel.value.proto
        body.priority = UInt32(priority)
        if let kinshipProof {
            body.kinshipProof = try EvidenceFile.digest(kinshipProof, "--kinship-proof").data
        }
        if let proof = try proof.proof(in: id) { body.verification = proof }
        body.byAgent = agent.byAgent
        body.agentIdentity = try agent.identity()
        return body
    }
}
