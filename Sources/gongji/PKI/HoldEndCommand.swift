import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire

/// `gongji pki hold-end`: ends the holds of a plan whose primary is silent, by two operators of the national
/// node.
struct HoldEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-end",
        abstract: "Make and sign the certificate that ends holds whose primary is silent.",
        discussion: """
            First see by other ways (telephone, the primary's store or backup, the journal of the \
            care province) that the primary has not committed: what it has committed stays so, \
            and contradicts. One operator makes the file and signs it, another one signs it too. \
            Then gongji indoubt resolve takes it with --certificate. Transaction, plan digest, care \
            and primary are those that gongji indoubt explain shows.

            Example: gongji pki hold-end sign --file end.bin --operator operators/zhang
            """,
        subcommands: [Make.self, Sign.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what is to be signed, without a signature.",
            discussion: """
                Example: gongji pki hold-end make --network cn-1 \
                --transaction 0190a1b2c3d4e5f60718293a4b5c6d7e --plan-digest \
                5d0f2a7c3be14986a0d1c2e3f40516273849a5b6c7d8e9fa0b1c2d3e4f506172 \
                --care 310000 --primary 440000 --why "440000 is gone" --out end.bin
                """)

        @OptionGroup var output: OutputOptions
        @Option(help: "Name of the network.") var network: String
        @Option(help: "The transaction's id, 32 hex digits.") var transaction: Identifier
        @Option(help: ArgumentHelp("Digest of its plan, 64 hex digits.", valueName: "hex"))
        var planDigest: String
        @Option(help: "The care province, six digits.") var care: ProvinceCode
        @Option(help: "The primary that is silent, six digits.") var primary: ProvinceCode
        @Option(help: "The reason, for people: at most 200 octets, no personal data.") var why:
            String
        @Option(help: ArgumentHelp("The file to write.", valueName: "file")) var out: String

        func validate() throws {
            guard Bytes(hex: planDigest)?.count == Digest.size else {
                throw ValidationError("--plan-digest is 64 hexadecimal digits.")
            }
            guard why.utf8.count <= HoldEnd.reasonBytesMax, !why.isEmpty else {
                throw ValidationError("--why is 1 to \(HoldEnd.reasonBytesMax) octets.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                guard let digest = Bytes(hex: planDigest).flatMap({ Digest($0) }) else { return }
                let made = HoldEndCertificate(
                    HoldEnd(
                        network: network, transaction: transaction, planDigest: digest, care: care,
                        primary: primary, issued: Clock.now(), reason: why))
                // Read as nodes will read it, so that no operator signs what they refuse.
                let certificate = try HoldEndCertificate(decoding: made.encoded())
                try PublicFile.replace(absolutePath(out), certificate.encoded())
                output.show(
                    certificate.text + "\nNow two operators sign it: gongji pki hold-end sign",
                    "hold_end", certificate.summary)
            }
        }
    }

    struct Sign: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add one operator's signature to the file.",
            discussion: """
                Example: gongji pki hold-end sign --file end.bin --operator operators/zhang
                """)

        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("The file that was made.", valueName: "file")) var file: String
        @Option(
            name: .customLong("operator"),
            help: ArgumentHelp(
                "The operator's folder, as gongji pki operator made it.", valueName: "dir"))
        var person: String

        func run() throws {
            try telling(json: output.json) {
                let path = absolutePath(file)
                let certificate = try HoldEndCertificate(
                    decoding: try PublicFile.read(path, bytesMax: Limits.messageBytesMax))
                let folder = NodeFolder(absolutePath(person))
                let signer = try folder.certifiedKey()
                guard signer.certificate.province == .national else {
                    throw CommandFailure.failed(
                        "\(person) is no operator of the national node: its certificate is of "
                            + "\(signer.certificate.province?.description ?? "nobody")")
                }
                guard certificate.signatures.count < HoldEndCertificate.operators else {
                    throw CommandFailure.failed("\(file) has its two signatures already")
                }
                guard !certificate.signatures.contains(where: { $0.keyID == signer.keyID }) else {
                    throw CommandFailure.failed(
                        "\(file) has this operator's signature already: another operator signs next"
                    )
                }
                let signed = try certificate.signed(by: signer)
                try PublicFile.replace(path, signed.encoded())
                output.show(signed.text, "hold_end", signed.summary)
            }
        }
    }
}

/// `gongji pki operator`: a certificate for one who may sign for the national node.
struct OperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Make key and certificate of an operator of the national node.",
        discussion: """
            Two of them sign together what ends a hold whose primary is silent. Nodes believe an \
            operator once a directory with the certificate is signed: gongji pki directory

            Example: gongji pki operator --pki pki --name zhang --folder operators/zhang
            """)

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var lifetime: LifetimeOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Who it is: 1 to 40 of a-z, 0-9 and -.") var name: String
    @Option(help: ArgumentHelp("The operator's own folder: a new one.", valueName: "dir"))
    var folder: String

    func validate() throws {
        guard AuthorityFolder.isOperatorName(name) else {
            throw ValidationError("--name is 1 to 40 of a-z, 0-9 and -.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let certificate = try AuthorityFolder(absolutePath(authority.pki)).issueOperator(
                name, into: NodeFolder(absolutePath(folder)), now: Clock.now(),
                lifetimes: lifetime.lifetimes)
            output.show(
                """
                operator     \(certificate.commonName ?? name)
                key id       \(certificate.keyID)
                valid until  \(certificate.validity.notAfter)
                Nodes accept it once a directory with it is signed: gongji pki directory
                """,
                "certificate", certificate.summary)
        }
    }
}

extension HoldEndCertificate {
    fileprivate var text: String {
        """
        transaction  \(holdEnd.transaction)
        plan digest  \(holdEnd.planDigest)
        care         \(holdEnd.care)
        primary      \(holdEnd.primary)
        network      \(holdEnd.network)
        issued       \(holdEnd.issued)
        reason       \(holdEnd.reason)
        signatures   \(signatures.count) of \(HoldEndCertificate.operators)
        """
    }

    fileprivate var summary: JSON {
        [
            "transaction": .describing(holdEnd.transaction),
            "plan_digest": .describing(holdEnd.planDigest), "care": .describing(holdEnd.care),
            "primary": .describing(holdEnd.primary), "network": .text(holdEnd.network),
            "issued": .describing(holdEnd.issued), "reason": .text(holdEnd.reason),
            "signed_by": .array(signatures.map { .describing($0.keyID) }),
        ]
    }
}
