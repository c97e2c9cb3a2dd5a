import Domain
import Foundation
import Signing
import Testing

@Suite struct IdentityKeyTests {
    private let folder: TemporaryFolder
    private let node: NodeFolder
    private let identity: IdentityNumber

    init() throws {
        folder = try TemporaryFolder()
        node = NodeFolder(folder.path)
        identity = try IdentityNumber("110101199003070038")
    }

    private func write(_ text: String) throws {
        try folder.write("identity.key", Bytes(text.utf8))
        try folder.setMode("identity.key", 0o600)
    }

    @Test("an index is HMAC-SM3 of the number, as openssl finds it")
    func command() throws {
        let secret = String(repeating: "0f", count: 32)
        try write(secret + "\n")
        let data = try folder.write("number", Bytes("110101199003070038".utf8))
        let made = try OpenSSLCommand.run(
            "mac", "-digest", "SM3", "-macopt", "hexkey:\(secret)", "-in", data, "HMAC")
        try #require(made.status == 0, "\(made.output)")
        #expect(
            try node.identityKey().index(of: identity).description
                == made.output.lowercased().trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test("the same key gives a person the same index, another key another")
    func stable() throws {
        let key = try IdentityKey.generate()
        try key.write(to: node.identityKeyFile)
        let again = try node.identityKey()
        let index = try key.index(of: identity)
        for _ in 0..<10 {
            #expect(try key.index(of: identity) == index)
            #expect(try again.index(of: try IdentityNumber("110101199003070038")) == index)
        }
        #expect(try key.index(of: try IdentityNumber("11010519491231002X")) != index)
        #expect(try IdentityKey.generate().index(of: identity) != index)
    }

    @Test("the file has mode 0600, is not written over, and is not read if others can")
    func file() throws {
        let path = node.identityKeyFile
        try IdentityKey.generate().write(to: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try PublicFile.read(path, bytesMax: 100).count == 65)
        #expect(throws: FileRefusal.exists(path: path)) {
            try IdentityKey.generate().write(to: path)
        }
        try folder.setMode("identity.key", 0o640)
        #expect(throws: FileRefusal.tooOpen(path: path, mode: 0o640)) { try node.identityKey() }
        #expect(throws: FileRefusal.missing(path: folder.file("none"))) {
            try IdentityKey(file: folder.file("none"))
        }
    }

    @Test("64 hexadecimal digits are a key, and nothing else is")
    func form() throws {
        let digits = String(repeating: "a5", count: 32)
        for good in [digits, digits + "\n", digits.uppercased() + "\r\n"] {
            try write(good)
            _ = try node.identityKey()
        }
        for bad in [
            "", "\n", String(digits.dropLast()), digits + "0", digits + digits, "\n" + digits,
            String(digits.dropLast()) + "g",
        ] {
            try write(bad)
            #expect(throws: AuthorityRefusal.badIdentityKey) { try node.identityKey() }
        }
    }

    @Test("a key shows nothing of itself")
    func hidden() throws {
        try write(String(repeating: "5a", count: 32))
        let key = try node.identityKey()
        var dumped = ""
        dump(key, to: &dumped)
        for words in ["\(key)", String(reflecting: key), dumped] {
            #expect(words.contains("identity key (hidden)") && !words.contains("SecretBytes"))
        }
    }
}
