import Domain
import Foundation
import Testing
import Wire

@testable import gongji

@Suite("gongji pki hold-end")
struct HoldEndTests {
    let scratch: Scratch
    let pki: String
    let file: String

    init() throws {
        scratch = try Scratch()
        pki = scratch.path + "/pki"
        file = scratch.path + "/end.bin"
        try Program.gongji("pki", "init", "--pki", pki)
        for name in ["zhang", "li", "wang"] {
            try Program.gongji(
                "pki", "operator", "--pki", pki, "--name", name, "--folder", folder(name))
        }
        try Program.gongji(
            "pki", "hold-end", "make", "--network", "cn-test", "--transaction",
            String(repeating: "7", count: 32), "--plan-digest", String(repeating: "5", count: 64),
            "--care", "310000", "--primary", "440000", "--why", "440000 is gone", "--out", file)
    }

    func folder(_ name: String) -> String { scratch.path + "/" + name }

    func sign(_ name: String, expecting exit: Int32 = 0) throws -> Program.Run {
        try Program.gongji(
            "pki", "hold-end", "sign", "--file", file, "--operator", folder(name), "--json",
            expecting: exit)
    }

    @Test("two operators sign one file, each once, and no third")
    func twoSign() throws {
        _ = try sign("zhang")
        _ = try sign("zhang", expecting: 1)
        let signed = try #require(try sign("li").json()["hold_end"] as? [String: Any])
        #expect((signed["signed_by"] as? [String])?.count == 2)
        _ = try sign("wang", expecting: 1)
        let octets = try Data(contentsOf: URL(fileURLWithPath: file))
        let certificate = try HoldEndCertificate(decoding: Bytes(octets))
        #expect(certificate.holdEnd.reason == "440000 is gone")
        #expect(certificate.signatures.count == 2)
    }

    @Test("a node is no operator")
    func noNode() throws {
        try Program.gongji(
            "pki", "issue", "--pki", pki, "--province", "370000", "--node", folder("node"))
        _ = try sign("node", expecting: 1)
    }
}
