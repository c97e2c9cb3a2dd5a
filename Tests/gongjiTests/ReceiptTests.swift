import Domain
import Foundation
import Testing

@testable import gongji

@Suite("A receipt", .serialized, .timeLimit(.minutes(5)))
struct ReceiptTests {
    @Test("is checked by openssl, and by code that shares nothing with ours")
    func checked() throws {
        let scratch = try Scratch()
        let cluster = scratch.path + "/c"
        try Program.gongji(
            "cluster", "demo", "--dir", cluster, "--rules", Program.rules, "--stop", "--json")
        let lines = try Program.gongji(
            "journal", "export", "--cluster", cluster, "--province", "310000", "--direction",
            "inbound"
        ).output.split(separator: "\n")
        let found = try lines.compactMap { try decided(in: $0) }.first
        let transaction = try #require(found, "no decision in the journal")

        for kind in ["decision", "vote"] {
            let folder = scratch.path + "/" + kind
            let json = try Program.gongji(
                "journal", "prove", "--cluster", cluster, "--province", "310000", "--transaction",
                transaction, "--message", kind, "--out", folder, "--json"
            ).json()
            let receipt = try #require(json["receipt"] as? [String: Any])
            #expect(receipt["kind"] as? String == kind)
            let commands = try #require(receipt["openssl"] as? [String])
            for command in commands {
                let run = try Program.start("sh", ["-ec", command], in: folder)
                #expect(run.exit == 0, "\(command)\n\(run.output)\(run.errors)")
            }
            let run = try python(folder)
            #expect(run.exit == 0, "\(run.errors)")
            try refuseAlterations(of: folder)
        }
    }

    /// One octet elsewhere, and neither takes it.
    private func refuseAlterations(of folder: String) throws {
        let file = URL(fileURLWithPath: folder + "/receipt.json")
        let original = try Data(contentsOf: file)
        let json = try JSONSerialization.jsonObject(with: original)
        let fields = try #require(json as? [String: Any])
        for name in ["message", "header", "root", "signed", "signature", "key_id"] {
            var altered = fields
            let text = try #require(fields[name] as? String)
            var octets = try #require(Bytes(hex: text))
            octets[octets.count / 2] ^= 1
            altered[name] = octets.hex
            try JSONSerialization.data(withJSONObject: altered).write(to: file)
            #expect(try python(folder).exit != 0, "altered \(name)")
        }
        try original.write(to: file)

        let signed = URL(fileURLWithPath: folder + "/signed.bin")
        var octets = try Data(contentsOf: signed)
        octets[octets.count - 1] ^= 1
        try octets.write(to: signed)
        let commands = try #require(fields["openssl"] as? [String])
        let last = try #require(commands.last)
        #expect(try Program.start("sh", ["-ec", last], in: folder).exit != 0)
    }

    private func python(_ folder: String) throws -> Program.Run {
        try Program.start(
            "python3",
            [
                Program.packageFolder + "/protocol/verify_receipt.py", folder, "--root",
                folder + "/root.pem",
            ])
    }

    private func decided(in line: Substring) throws -> String? {
        let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        let messages = entry?["messages"] as? [[String: Any]] ?? []
        return messages.first { $0["kind"] as? String == "decision" }?["transaction"] as? String
    }
}
