import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji relation`: who may spend whose money (共济关系).
struct RelationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relation", abstract: "Make, end and show relations (共济关系).",
        discussion: """
            A relation lives in the node of the giver's province, which tells the recipient's.

            Example: gongji relation show --node nodes/440000 \
            --relation 0190a1b2c3d4e5f60718293a4b5c6d7e
            """,
        subcommands: [Create.self, End.self, Show.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a relation between a giver of this province and a recipient anywhere.",
            discussion: """
                The giver signs a commitment letter (rule N6); its digest and day are recorded, \
                the letter itself stays where it is. The id of the request becomes the relation's. \
                Kinship says what the recipient is to the giver.

                Example: gongji relation create --node nodes/440000 \
                --giver 0190a1b2c3d4e5f60718293a4b5c6d7e \
                --recipient 0190a1b2c3d4e5f60718293a4b5c6d7f --recipient-province 370000 \
                --kinship parent --commitment letter.pdf --commitment-date 2026-11-20
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The giver's wallet id.") var giver: WalletID
        @Option(help: "The recipient's wallet id.") var recipient: WalletID
        @Option(help: "Where the recipient is insured, six digits.")
        var recipientProvince: ProvinceCode
        @Option(help: "What the recipient is to the giver.") var kinship: Word<Kinship>
        @Option(help: ArgumentHelp("The signed letter; its SM3 digest is kept.", valueName: "file"))
        var commitment: String?
        @Option(
            help: ArgumentHelp("The letter's SM3 digest instead, 64 hex digits.", valueName: "hex"))
        var commitmentDigest: String?
        @Option(help: ArgumentHelp("The day on the letter; today if left out.", valueName: "day"))
        var commitmentDate: DayArgument?
        @Option(help: "Over which it is made.") var channel = Word(Channel.agencyWindow)

        func validate() throws {
            if commitment != nil && commitmentDigest != nil {
                throw ValidationError("Give --commitment or --commitment-digest, not both.")
            }
            if let commitmentDigest, Bytes(hex: commitmentDigest)?.count != Digest.size {
                throw ValidationError("--commitment-digest is 64 hexadecimal digits.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_CreateRelation()
                body.giver = giver.data
                body.recipient = recipient.data
                body.recipientProvince = recipientProvince.number
                body.kinship =
                    Gongji_V1_Kinship(rawValue: Int(kinship.value.rawValue)) ?? .unspecified
                if let digest = try digest() {
                    body.commitmentDigest = Data(digest)
                    let date = commitmentDate?.date ?? BusinessDate(at: Clock.now())
                    body.commitmentDate = date.daysSince1970
                }
                body.channel = channel.value.proto
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.createRelation(body), id: request.id)
                guard case .relation(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "relation", state.json)
            }
        }

        /// Nil without a letter: the node then refuses with the status for that.
        private func digest() throws -> Bytes? {
            if let commitmentDigest { return Bytes(hex: commitmentDigest) }
            guard let commitment else { return nil }
            guard let letter = FileManager.default.contents(atPath: commitment) else {
                throw CommandFailure.failed("\(commitment) cannot be read; check --commitment.")
            }
            return sm3(of: Bytes(letter)).bytes
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a relation; the unused quota goes back to the giver.",
            discussion: """
                What transactions hold at this moment ends by their own outcome first (rule N11).

                Example: gongji relation end --node nodes/330000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier
        @Option(help: "Over which it is ended.") var channel = Word(Channel.agencyWindow)

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_EndRelation()
                body.relation = relation.data
                body.channel = channel.value.proto
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.endRelation(body), id: request.id)
                guard case .relation(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "relation", state.json)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a relation and what is left of its quota.",
            discussion: """
                Example: gongji relation show --node nodes/440000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier

        func run() throws {
            try telling(json: output.json) {
                let state = try relationState(relation, service, output)
                output.show(id: nil, state.text, "relation", state.json)
            }
        }
    }
}

/// Asks the payer province's node for a relation.
func relationState(
    _ relation: Identifier, _ service: ServiceOptions, _ output: OutputOptions
) throws -> Gongji_V1_RelationState {
    var body = Gongji_V1_ShowRelation()
    body.relation = relation.data
    let answer = try Asking(service: service, output: output).query(.showRelation(body))
    guard case .relation(let state) = answer else { throw unexpectedAnswer() }
    return state
}

extension Channel {
    var proto: Gongji_V1_Channel { Gongji_V1_Channel(rawValue: Int(rawValue)) ?? .unspecified }
}
