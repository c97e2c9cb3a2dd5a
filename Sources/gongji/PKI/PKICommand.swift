import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire
import ZeroMQ

/// `gongji pki`: the national root, certificates, CURVE keys and the signed directory.
struct PKICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Make and check keys, certificates, revocation lists and the directory.",
        discussion: """
            The profile and the order of steps, rotation among them, stand in certs/README.md.

            Example: gongji pki init --pki pki --organization "National centre"
            """,
        subcommands: [
            Init.self, IssueCommand.self, RotateCommand.self, RevokeCommand.self,
            DirectoryCommand.self, Check.self, ClientKeys.self, List.self, OperatorCommand.self,
            HoldEndCommand.self,
        ])

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a national root with an empty revocation list.",
            discussion: """
                Example: gongji pki init --pki pki --organization "National centre" \
                --common-name "Gongji root 2026"
                """)

        @OptionGroup var authority: AuthorityOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "O in the subject of the root.") var organization = "Gongji"
        @Option(help: "CN in the subject; another root of the same network needs another.")
        var commonName = "Gongji root"
        @Option(help: "How many days the root holds.") var days = Lifetimes().rootDays

        func validate() throws {
            guard (1...Lifetimes.rootDaysMax).contains(days) else {
                throw ValidationError("--days is 1 to \(Lifetimes.rootDaysMax).")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                var lifetimes = Lifetimes()
                lifetimes.rootDays = days
                let folder = try AuthorityFolder.create(
                    absolutePath(authority.pki), organization: organization,
                    commonName: commonName, now: Clock.now(), lifetimes: lifetimes)
                output.show(
                    """
                    root         \(folder.certificateFile)
                    fingerprint  \(folder.root.keyID) (SM3)
                    valid until  \(folder.root.validity.notAfter)
                    Give root.pem to every node, and the fingerprint by another channel.
                    """,
                    "root", folder.root.summary)
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check what a node is about to run with: chain, dates, revocation, keys.",
            discussion: """
                Exits 1 if anything is not as it must be, and says what to do about it.

                Example: gongji pki check --node nodes/370000
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Fewer days left than this is a failure.") var daysLeft = 30

        func run() throws {
            try telling(json: output.json) {
                let local = try node.folder()
                guard let province = ProvinceCode(local.configuration.province) else {
                    throw CommandFailure.failed(
                        "\(local.configurationPath) has no province code of six digits")
                }
                var check = CredentialCheck(
                    province: province,
                    folder: NodeFolder(parent(of: local.resolve(local.configuration.signingKey))),
                    rootFile: local.resolve(local.configuration.rootCertificate),
                    directoryFolder: parent(of: local.resolve(local.configuration.directory)))
                check.daysLeftMin = daysLeft
                let report = check.report(now: Clock.now())
                if output.json { Console.out(report.json) } else { Console.out(report.text) }
                if !report.isOK { throw Exit.refused.code }
            }
        }
    }

    struct ClientKeys: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "client",
            abstract: "Make CURVE keys for a client that asks a node over TCP.",
            discussion: """
                Writes NAME.key (mode 0600, for --client-key) and NAME.pub; the public key goes \
                into `clients` of node.json with a name and a role.

                Example: gongji pki client --out hospital-1
                """)

        @OptionGroup var output: OutputOptions
        @Option(help: ArgumentHelp("Path of the files, without their endings.", valueName: "name"))
        var out: String

        func run() throws {
            try telling(json: output.json) {
                let keys = try newCurveKeys()
                let path = absolutePath(out)
                try keys.write(secretFile: "\(path).key", publicFile: "\(path).pub")
                output.show(
                    """
                    secret key  \(path).key
                    public key  \(keys.publicKey.hex)
                    """,
                    "client",
                    [
                        "secret_key_file": .text("\(path).key"),
                        "curve_public_key": .text(keys.publicKey.hex),
                    ])
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the certificates that a root has issued, and which are revoked.",
            discussion: "Example: gongji pki list --pki pki")

        @OptionGroup var authority: AuthorityOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try telling(json: output.json) {
                let folder = try AuthorityFolder(absolutePath(authority.pki))
                let list = try folder.revocationList()
                let revocations = Dictionary(
                    list.entries.map { ($0.serial, $0) }, uniquingKeysWith: { first, _ in first })
                var table = TextTable("province", "key id", "valid until", "revoked")
                var items: [JSON] = []
                for certificate in try folder.issued() {
                    let entry = revocations[certificate.serial]
                    table.add(
                        certificate.province?.description ?? "-", certificate.keyID.description,
                        certificate.validity.notAfter.description,
                        entry.map { "\($0.revokedAt) \($0.reason.name)" } ?? "no")
                    items.append(
                        certificate.summary.merging([
                            "revoked_at": entry.map { .describing($0.revokedAt) } ?? nil,
                            "reason": .optional(entry?.reason.name),
                        ]))
                }
                output.show(
                    table.text() + "\nnext revocation list due \(list.nextUpdate)", "authority",
                    [
                        "certificates": .array(items),
                        "revocation_list_number": .int(Int64(clamping: list.number)),
                        "revocation_list_due": .describing(list.nextUpdate),
                    ])
            }
        }
    }
}

/// Which root.
struct AuthorityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Folder of the root: its key, lists, certificates.", valueName: "dir"))
    var pki = "pki"
}

/// How long a province's certificate holds.
struct LifetimeOptions: ParsableArguments {
    @Option(help: "How many days the certificate holds.") var days = Lifetimes().provinceDays

    func validate() throws {
        guard (1...Lifetimes.provinceDaysMax).contains(days) else {
            throw ValidationError("--days is 1 to \(Lifetimes.provinceDaysMax).")
        }
    }

    var lifetimes: Lifetimes {
        var lifetimes = Lifetimes()
        lifetimes.provinceDays = days
        return lifetimes
    }
}

/// New keys from ZeroMQ, in the form in which `Signing` keeps them.
func newCurveKeys() throws -> CurveKeys {
    let pair = try CurveKeyPair.generate()
    return try CurveKeys(secretHex: pair.secretKey.hex, publicHex: pair.publicKey.hex)
}

/// The folder that a file stands in.
func parent(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
}

extension OutputOptions {
    /// The same for what has no request id.
    func show(_ text: String, _ name: String, _ value: JSON) {
        show(id: nil, text, name, value)
    }
}

extension X509Certificate {
    var summary: JSON {
        [
            "province": .optional(province?.description), "key_id": .describing(keyID),
            "suite": .text(publicKey.suite.name),
            "valid_from": .describing(validity.notBefore),
            "valid_until": .describing(validity.notAfter),
        ]
    }
}

extension CheckReport {
    var text: String {
        var table = TextTable("", "what", "file", "finding")
        for finding in findings {
            table.add(
                finding.isOK ? "ok" : "NOT OK", finding.subject.rawValue, finding.file,
                finding.reason)
        }
        let advice = failures.compactMap(\.advice).map { "to do: \($0)" }
        return ([table.text()] + advice + [isOK ? "all is as it must be" : "not fit to run"])
            .joined(separator: "\n")
    }

    var json: JSON {
        [
            "ok": .bool(isOK),
            "findings": .array(
                findings.map { finding in
                    [
                        "subject": .text(finding.subject.rawValue), "file": .text(finding.file),
                        "ok": .bool(finding.isOK), "reason": .text(finding.reason),
                        "advice": .optional(finding.advice),
                        "days_left": finding.daysLeft.map { .int($0) } ?? nil,
                    ]
                }),
        ]
    }
}
