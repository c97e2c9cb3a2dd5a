import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji relation`: who may spend whose money (共济关系).
struct RelationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relation",
        abstract: "Make, consent to, end, show and list relations (共济关系).",
        discussion: """
            A relation lives in the node of the giver's province, which asks and tells the \
            recipient's.

            Example: gongji relation show --node nodes/440000 \
            --relation 0190a1b2c3d4e5f60718293a4b5c6d7e
            """,
        subcommands: [
            CreateRelationCommand.self, Consent.self, Proof.self, End.self, Show.self, List.self,
        ])

    struct Consent: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the recipient's consent to a relation, or decline it.",
            discussion: """
                Asked at the node of the recipient's province; waits until the giver's province \
                has taken it. Which relations wait: gongji relation list --recipient WALLET

                Example: gongji relation consent --node nodes/370000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e \
                --wallet 0190a1b2c3d4e5f60718293a4b5c6d7f --verified face \
                --verification-reference F-2026-000117
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier
        @Option(help: "The recipient's wallet id.") var wallet: WalletID
        @Flag(help: "The recipient does not consent.") var decline = false
        @OptionGroup(title: "Verification of the recipient") var proof: VerificationOptions

        func validate() throws {
            guard decline || proof.verified != nil else {
                throw ValidationError(
                    "Consent needs --verified and --verification-reference; or give --decline.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                let (id, answer) = try Asking(service: service, output: output)
                    .change(id: request.id) { id in
                        var body = Gongji_V1_Consent()
                        body.relation = relation.data
                        body.wallet = wallet.data
                        body.accepted = !decline
                        if let proof = try proof.proof(in: id) { body.verification = proof }
                        return .consent(body)
                    }
                guard case .wallet(let state) = answer else { throw unexpectedAnswer() }
                output.show(
                    id: id, receivedTable(state.received, of: wallet.description), "received",
                    .array(state.received.map(\.json)))
            }
        }
    }

    struct Proof: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Supply the kinship proof that a relation waits for (rule G18).",
            discussion: """
                Example: gongji relation proof --node nodes/440000 \
                --relation 0190a1b2c3d4e5f60718293a4b5c6d7e --kinship-proof household.pdf
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The relation's id, 32 hex digits.") var relation: Identifier
        @Option(help: ArgumentHelp("The document; its SM3 digest is kept.", valueName: "file"))
        var kinshipProof: String

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_SupplyProof()
                body.relation = relation.data
                body.kinshipProof = try EvidenceFile.digest(kinshipProof, "--kinship-proof").data
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.supplyProof(body), id: request.id)
                guard case .relation(let state) = answer else { throw unexpectedAnswer() }
                output.show(id: id, state.text, "relation", state.json)
            }
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
        @OptionGroup(title: "Verification of the giver") var proof: VerificationOptions

        func run() throws {
            try telling(json: output.json) {
                let (id, answer) = try Asking(service: service, output: output)
                    .change(id: request.id) { id in
                        var body = Gongji_V1_EndRelation()
                        body.relation = relation.data
                        body.channel = channel.value.proto
                        if let proof = try proof.proof(in: id) { body.verification = proof }
                        return .endRelation(body)
                    }
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

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what a person gives, or receives (rule G14).",
            discussion: """
                The giver's province knows what is given, the recipient's what is received. What \
                ended before it was active is listed as refused, with the reason.

                Example: gongji relation list --node nodes/440000 \
                --giver 0190a1b2c3d4e5f60718293a4b5c6d7e
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Whose given relations.") var giver: WalletID?
        @Option(help: "Whose received relations.") var recipient: WalletID?

        func validate() throws {
            guard (giver == nil) != (recipient == nil) else {
                throw ValidationError("Give --giver or --recipient.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                guard let wallet = giver ?? recipient else { return }
                let state = try walletState(wallet, service, output)
                // Elsewhere there are none of theirs, which must not look like none at all.
                let isKnown = !(giver != nil ? state.given.isEmpty : state.received.isEmpty)
                guard state.hasOwn || isKnown else {
                    throw CommandFailure.refused(.walletUnknown, id: nil)
                }
                if giver != nil {
                    output.show(
                        id: nil, givenTable(state.given), "given",
                        .array(state.given.map(\.json)))
                } else {
                    output.show(
                        id: nil, receivedTable(state.received, of: wallet.description), "received",
                        .array(state.received.map(\.json)))
                }
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

extension Kinship {
    var proto: Gongji_V1_Kinship { Gongji_V1_Kinship(rawValue: Int(rawValue)) ?? .unspecified }
}
