import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire

/// `gongji pki directory`: signs who takes part, where, and with which keys.
struct DirectoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "directory",
        abstract: "Sign the next version of the directory, or show the present one.",
        discussion: """
            Takes the members of the directory that stands in --out, adds or replaces those that \
            --member names, and puts in every certificate that the root has issued to them and the \
            newest revocation list. Nodes load it on SIGHUP and by themselves, without a restart.

            Example: gongji pki directory --pki pki --out . --network cn-1 \
            --member 370000,tcp://10.37.0.1:5570,nodes/370000/curve.pub
            """)

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var output: OutputOptions
    @Option(
        help: ArgumentHelp("Folder of directory.json and directory.json.sig.", valueName: "dir"))
    var out = "."
    @Option(help: "Name of the network; to begin one.") var network: String?
    @Option(
        help: ArgumentHelp(
            "A member to add or replace: code,endpoint,file of its CURVE public key. Repeatable.",
            valueName: "member"),
        transform: Member.init)
    var member: [Member] = []
    @Option(
        help: ArgumentHelp("Members to leave out, with commas between.", valueName: "codes"),
        transform: provinceList)
    var remove: [ProvinceCode] = []
    @Option(
        help: ArgumentHelp(
            "Allowed suites with commas between; those of the present directory if left out.",
            valueName: "suites"),
        transform: suiteList)
    var suites: Set<Suite> = []
    @Flag(help: "Make the revocation list anew first, so that it is due later.")
    var renewList = false
    @Flag(help: "Sign nothing; verify and show what stands in --out.") var show = false

    func run() throws {
        try telling(json: output.json) {
            let folder = try AuthorityFolder(absolutePath(authority.pki))
            let out = absolutePath(out)
            if show {
                let document = try load(out, folder)
                output.show(document.text, "directory", document.summary)
                return
            }
            let now = Clock.now()
            if renewList { _ = try folder.renewRevocationList(now: now) }
            let present =
                PublicFile.exists("\(out)/\(DirectoryDocument.fileName)")
                ? try load(out, folder) : nil
            guard let name = network ?? present?.network else {
                throw ValidationError("The first directory of a network needs --network.")
            }
            let allowed = suites.isEmpty ? present?.suites ?? [.sm2WithSM3] : suites
            let draft = try folder.draft(
                network: name, version: (present?.version ?? 0) + 1, suites: allowed,
                nodes: try members(present), now: now)
            let document = try folder.publish(draft, to: out, now: now)
            output.show(document.text, "directory", document.summary)
        }
    }

    private func load(_ folder: String, _ authority: AuthorityFolder) throws -> DirectoryDocument {
        try DirectoryDocument.load(
            folder: folder, roots: [authority.root], network: network, current: nil,
            now: Clock.now())
    }

    private func members(_ present: DirectoryDocument?) throws -> [NodeAddress] {
        var addresses: [ProvinceCode: NodeAddress] = [:]
        for node in present?.nodes ?? [] {
            addresses[node.province] = NodeAddress(
                province: node.province, endpoint: node.endpoint,
                curvePublicKey: node.curvePublicKey)
        }
        for member in member { addresses[member.province] = try member.address() }
        for province in remove where addresses.removeValue(forKey: province) == nil {
            throw CommandFailure.failed("the directory has no member \(province) to remove")
        }
        return addresses.values.sorted { $0.province < $1.province }
    }

    /// `370000,tcp://10.37.0.1:5570,nodes/370000/curve.pub`
    struct Member {
        let province: ProvinceCode
        let endpoint: String
        let keyFile: String

        @Sendable init(_ text: String) throws {
            let parts = text.split(separator: ",", maxSplits: 2).map(String.init)
            guard parts.count == 3, let province = ProvinceCode(parts[0]) else {
                throw ValidationError(
                    "A member is code,endpoint,file: 370000,tcp://10.37.0.1:5570,curve.pub")
            }
            (self.province, endpoint, keyFile) = (province, parts[1], parts[2])
        }

        func address() throws -> NodeAddress {
            let text = String(
                decoding: try PublicFile.read(keyFile, bytesMax: 256), as: UTF8.self)
            guard let key = Bytes(hex: text.filter { !$0.isWhitespace }) else {
                throw CommandFailure.failed("\(keyFile) is no CURVE public key in hexadecimal")
            }
            return NodeAddress(province: province, endpoint: endpoint, curvePublicKey: key)
        }
    }
}

@Sendable private func suiteList(_ text: String) throws -> Set<Suite> {
    Set(
        try text.split(separator: ",").map { name in
            guard let suite = Suite(name: String(name)) else {
                throw ValidationError(
                    "No suite \(name); there are "
                        + Suite.allCases.map(\.name).joined(separator: ", ") + ".")
            }
            return suite
        })
}

extension DirectoryDocument {
    fileprivate var text: String {
        var table = TextTable("province", "endpoint", ">certificates", "CURVE public key")
        for node in nodes {
            table.add(
                node.province.description, node.endpoint, String(node.certificates.count),
                node.curvePublicKey.hex)
        }
        return """
            network \(network), version \(version), issued \(issuedAt), suites \
            \(suites.map(\.name).sorted().joined(separator: ", "))
            \(table.text())
            """
    }

    fileprivate var summary: JSON {
        [
            "network": .text(network), "version": .int(Int64(clamping: version)),
            "issued": .describing(issuedAt),
            "suites": .array(suites.map(\.name).sorted().map { .text($0) }),
            "nodes": .array(
                nodes.map { node in
                    [
                        "province": .describing(node.province), "endpoint": .text(node.endpoint),
                        "curve_public_key": .text(node.curvePublicKey.hex),
                        "certificates": .array(node.certificates.map(\.summary)),
                    ]
                }),
        ]
    }
}
