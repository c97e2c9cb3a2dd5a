import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire

/// `gongji pki issue`: keys and a certificate for a province.
struct IssueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Issue a province's certificate, with new keys or for its own request.",
        discussion: """
            With --node it makes signing key, certificate and CURVE keys in that folder, and, \
            unless one is there, identity.key: the secret under which the node's store finds \
            people by identity number. With --request the province has made its key itself \
            (openssl req -new) and gets the certificate only.

            Example: gongji pki issue --pki pki --province 370000 --node nodes/370000
            """)

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var lifetime: LifetimeOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "For which province, six digits.") var province: ProvinceCode
    @Option(help: ArgumentHelp("The node's folder.", valueName: "dir")) var node: String?
    @Option(help: ArgumentHelp("A certificate request (PEM).", valueName: "file"))
    var request: String?
    @Option(help: ArgumentHelp("Where the certificate for --request goes.", valueName: "file"))
    var out: String?
    @Option(help: "Signature suite.") var suite = Word(Suite.sm2WithSM3)

    func validate() throws {
        guard (node == nil) != (request == nil) else {
            throw ValidationError("Give --node, or --request with --out.")
        }
        guard (request == nil) == (out == nil) else {
            throw ValidationError("--request and --out go together.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let folder = try AuthorityFolder(absolutePath(authority.pki))
            let certificate: X509Certificate
            let file: String
            var made: NodeFolder?
            if let request, let out {
                certificate = try folder.issue(
                    to: province, request: CertificateRequest(file: request), now: Clock.now(),
                    lifetimes: lifetime.lifetimes)
                file = absolutePath(out)
                try PublicFile.replace(file, certificate.pem)
            } else {
                let target = NodeFolder(absolutePath(node ?? "."))
                certificate = try folder.issue(
                    to: province, suite: suite.value, into: target, curveKeys: newCurveKeys(),
                    now: Clock.now(),
                    lifetimes: lifetime.lifetimes)
                file = target.certificateFile()
                made = target
            }
            let keyLine = made.map {
                """

                identity key \($0.identityKeyFile): belongs to the node's store; keep a copy, never replace it
                store key    \($0.storeKeyFile): the same, and apart from the store's backups
                """
            }
            output.show(
                """
                certificate  \(file)\(keyLine ?? "")
                key id       \(certificate.keyID)
                valid until  \(certificate.validity.notAfter)
                Nodes accept it once a directory with it is signed: gongji pki directory
                """,
                "certificate",
                certificate.summary.merging([
                    "file": .text(file), "identity_key_file": .optional(made?.identityKeyFile),
                    "store_key_file": .optional(made?.storeKeyFile),
                ]))
        }
    }
}

/// `gongji pki rotate`: a new key beside the old one, then the new one alone.
struct RotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Begin or end the change of a province's signing key, without a gap.",
        discussion: """
            Begin: makes the pair `next` in the node's folder; then sign a directory, which has \
            both certificates. Once every node has it, end with --activate and restart the node. \
            What the old key signed stays verifiable.

            Example: gongji pki rotate --pki pki --province 370000 --node nodes/370000
            """)

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var lifetime: LifetimeOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Whose key, six digits; to begin.") var province: ProvinceCode?
    @Option(help: ArgumentHelp("The node's folder.", valueName: "dir")) var node: String
    @Option(help: "Signature suite of the new key.") var suite = Word(Suite.sm2WithSM3)
    @Flag(help: "End the rotation: use the new pair from the next start on.") var activate = false

    func validate() throws {
        if !activate && province == nil {
            throw ValidationError("Give --province to begin, or --activate to end.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let target = NodeFolder(absolutePath(node))
            let certificate: X509Certificate
            let text: String
            if activate {
                try target.activateNext()
                certificate = try X509Certificate(file: target.certificateFile())
                text = "in use from the next start on; restart the node"
            } else {
                guard let province else { return }
                certificate = try AuthorityFolder(absolutePath(authority.pki)).rotate(
                    province, suite: suite.value, into: target, now: Clock.now(),
                    lifetimes: lifetime.lifetimes)
                text =
                    "sign a directory (gongji pki directory), wait until nodes have it, "
                    + "then: gongji pki rotate --node \(node) --activate"
            }
            output.show(
                """
                key id       \(certificate.keyID)
                valid until  \(certificate.validity.notAfter)
                \(text)
                """,
                "certificate", certificate.summary)
        }
    }
}

/// `gongji pki revoke`: ends a certificate before its time.
struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a certificate, and write the next revocation list.",
        discussion: """
            Takes effect at nodes with the next directory: gongji pki directory. After a theft, \
            --at is the last moment at which the key was certainly safe.

            Example: gongji pki revoke --pki pki --certificate nodes/370000/signing.pem \
            --reason keyCompromise
            """)

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("The certificate (PEM).", valueName: "file"))
    var certificate: String?
    @Option(help: ArgumentHelp("Its key id instead, 64 hex digits.", valueName: "hex"))
    var keyId: String?
    @Option(help: "Why.") var reason = Word(RevocationReason.unspecified)
    @Option(
        help: ArgumentHelp("From when on, RFC 3339; now if left out.", valueName: "time"),
        transform: instantArgument)
    var at: Instant?

    func validate() throws {
        guard (certificate == nil) != (keyId == nil) else {
            throw ValidationError("Give --certificate or --key-id.")
        }
        if let keyId, Bytes(hex: keyId)?.count != Digest.size {
            throw ValidationError("--key-id is 64 hexadecimal digits.")
        }
    }

    func run() throws {
        try telling(json: output.json) {
            let folder = try AuthorityFolder(absolutePath(authority.pki))
            let id: Digest
            if let keyId, let digest = Bytes(hex: keyId).flatMap({ Digest($0) }) {
                id = digest
            } else {
                id = try X509Certificate(file: certificate ?? "").keyID
            }
            let now = Clock.now()
            let list = try folder.revoke(id, reason: reason.value, revokedAt: at ?? now, now: now)
            output.show(
                """
                revoked  \(id)
                from     \(at ?? now)
                list     number \(list.number), next one due \(list.nextUpdate)
                Sign a directory with it now: gongji pki directory
                """,
                "revocation",
                [
                    "key_id": .describing(id), "revoked_at": .describing(at ?? now),
                    "reason": .text(reason.value.word),
                    "revocation_list_number": .int(Int64(clamping: list.number)),
                ])
        }
    }
}
