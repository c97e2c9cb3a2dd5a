import Domain
import Foundation
import Gateway
import Signing
import Wire
import ZeroMQ

/// A network of its own for a test: a root, a signed directory, and the folders of nodes, laid out
/// as `gongji cluster up` does it. Nodes still running end with the value.
final class ProvinceNetwork {
    static let guangdong = ProvinceCode(440_000)!
    static let zhejiang = ProvinceCode(330_000)!
    static let shandong = ProvinceCode(370_000)!
    static let shanghai = ProvinceCode(310_000)!
    static let sichuan = ProvinceCode(510_000)!
    static let guizhou = ProvinceCode(520_000)!
    static let xinjiang = ProvinceCode(650_000)!

    /// One that stands in the directory, with or without a process.
    struct Member {
        let address: NodeAddress
        let folder: NodeFolder
    }

    let name: String
    let path: String
    let authority: AuthorityFolder
    private let folder: ShortFolder
    private(set) var members: [ProvinceCode: Member] = [:]
    private(set) var nodes: [ProvinceCode: TestNode] = [:]
    /// Of the directory that was published last.
    private(set) var version: UInt64 = 0
    private(set) var directory: DirectoryDocument?
    var suites: Set<Suite> = [.sm2WithSM3]
    /// In the directory besides those that the authority's folder has.
    var otherCertificates: [ProvinceCode: [X509Certificate]] = [:]
    /// Instead of the list in the authority's folder.
    var revocationList: RevocationList?
    private let controls: NodeConfiguration.ControlSettings?
    /// Of nodes whose service socket listens on TCP.
    private(set) var clerks: [ProvinceCode: Clerks] = [:]
    /// Cities whose institutions stand in the registers too.
    private let cities: [RegionCode]
    /// The clock of all nodes, as they are started, against that of this process.
    private(set) var clock: ShiftedClock?

    /// - Parameter clock: the network is founded, and its nodes run, by this one.
    init(
        nodes provinces: [ProvinceCode], cities: [RegionCode] = [],
        name: String = "gateway-test", clock: ShiftedClock? = nil,
        controls: NodeConfiguration.ControlSettings? = nil
    ) throws {
        self.controls = controls
        self.name = name
        self.cities = cities
        self.clock = clock
        folder = try ShortFolder()
        path = folder.path
        // Not new, so that certificates can be old.
        let now = clock?.now ?? Clock.now()
        let founded = now.advanced(byMilliseconds: -100 * 86_400_000)
        authority = try AuthorityFolder.create(
            "\(path)/pki", organization: "Gongji test", commonName: "\(name) root",
            now: founded)
        try FileManager.default.copyItem(atPath: deployedRuleSets, toPath: "\(path)/rulesets")
        _ = try authority.renewRevocationList(now: now)
        for province in provinces { try add(node: province) }
    }

    deinit { end() }

    func end() { for node in nodes.values { node.end() } }

    subscript(province: ProvinceCode) -> TestNode { nodes[province]! }

    var now: Instant { clock?.now ?? Clock.now() }

    /// Stops all nodes, and starts them anew by another clock.
    func restart(by clock: ShiftedClock) throws {
        for node in nodes.values { _ = try node.stop() }
        self.clock = clock
        for node in nodes.values { node.variables = clock.variables }
        try start()
    }

    /// Writes a rule set beside the deployed ones, or in the place of one of them, in one piece.
    func put(ruleSet name: String, _ text: String) throws {
        try PublicFile.replace("\(path)/rulesets/\(name).yaml", Array(text.utf8))
    }

    func ruleSet(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/rulesets/\(name).yaml", encoding: .utf8)
    }

    /// Keys, a certificate and an address for `province`.
    @discardableResult
    func add(member province: ProvinceCode) throws -> Member {
        let folder = NodeFolder("\(path)/nodes/\(province)")
        let keys = try CurveKeyPair.generate()
        _ = try authority.issue(
            to: province, into: folder,
            curveKeys: try CurveKeys(
                secretHex: keys.secretKey.hex, publicHex: keys.publicKey.hex), now: now)
        let member = Member(
            address: NodeAddress(
                province: province, endpoint: "tcp://127.0.0.1:\(try freePort())",
                curvePublicKey: keys.publicKey), folder: folder)
        members[province] = member
        return member
    }

    /// A member with a configuration that a process can run by.
    @discardableResult
    func add(node province: ProvinceCode) throws -> TestNode {
        let member = try add(member: province)
        try putRegister(SampleRegister.text(of: province, cities), of: province)
        let node = try TestNode(
            folder: member.folder.path,
            NodeConfiguration(
                province: province.description, directory: "../../directory.json",
                rootCertificate: "../../pki/root.pem", signingKey: "signing.key",
                signingCertificate: "signing.pem", curveKey: "curve.key",
                identityKey: "identity.key", storeKey: "store.key", rules: "../../rulesets",
                register: "institutions.csv", listen: member.address.endpoint,
                store: "gongji.sqlite",
                service: "ipc://service.ipc", status: "ipc://status.ipc",
                events: "ipc://events.ipc", controls: controls))
        node.variables = clock?.variables ?? [:]
        nodes[province] = node
        return node
    }

    /// Lets clients of `province` come over TCP only, each with a person's key.
    func employ(_ names: [String], in province: ProvinceCode) throws {
        let employed = try Clerks(names)
        try employed.admit(to: &self[province].configuration, cities: cities)
        clerks[province] = employed
    }

    func putRegister(_ text: String, of province: ProvinceCode) throws {
        guard let member = members[province] else { return }
        try PublicFile.replace("\(member.folder.path)/institutions.csv", Array(text.utf8))
    }

    /// The directory of all members with what they were issued, as the next version.
    @discardableResult
    func publish(without absent: Set<ProvinceCode> = []) throws -> DirectoryDocument {
        version += 1
        let document = try authority.publish(try draft(without: absent), to: path, now: now)
        directory = document
        return document
    }

    func draft(without absent: Set<ProvinceCode> = []) throws -> DirectoryDraft {
        var draft = try authority.draft(
            network: name, version: version, suites: suites,
            nodes: members.values.map(\.address).filter { !absent.contains($0.province) },
            now: now)
        draft.nodes = draft.nodes.map { node in
            DirectoryNode(
                province: node.province, endpoint: node.endpoint,
                curvePublicKey: node.curvePublicKey,
                certificates: node.certificates + (otherCertificates[node.province] ?? []))
        }
        if let revocationList { draft.revocationLists = [revocationList] }
        return draft
    }

    /// Puts the two files there as they are, without asking whether nodes would take them.
    func force(_ directory: Bytes, _ signature: Bytes) throws {
        try PublicFile.replace("\(path)/\(DirectoryDocument.fileName)", directory)
        try PublicFile.replace("\(path)/\(DirectoryDocument.signatureFileName)", signature)
    }

    func replaceAddress(of province: ProvinceCode, curvePublicKey: Bytes) {
        guard let member = members[province] else { return }
        members[province] = Member(
            address: NodeAddress(
                province: province, endpoint: member.address.endpoint,
                curvePublicKey: curvePublicKey), folder: member.folder)
    }

    /// Starts all nodes, and waits until each is connected with every other.
    func start() throws {
        if version == 0 { try publish() }
        for node in nodes.values { try node.start(waiting: false) }
        try waitUntilConnected()
    }

    func waitUntilConnected() throws {
        for (province, node) in nodes {
            try node.waitUntilRunning()
            let others = nodes.keys.filter { $0 != province }
            try eventually("connections of \(province)") {
                let peers = try node.status().peers
                return others.allSatisfy { other in
                    peers.contains { $0.province == other.description && $0.connected }
                }
            }
        }
    }
}

/// The rule sets that are deployed.
let deployedRuleSets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../deploy/rulesets").standardizedFileURL.path

/// The same institutions in every province, so that a test may have care anywhere, and one of each
/// kind in cities that a test names.
enum SampleRegister {
    /// In a province as a whole, or in a city.
    static func institution(
        for category: Gongji_V1_Category, in city: RegionCode? = nil
    ) -> String {
        let kind =
            switch category {
            case .pharmacy, .medicalDevice, .medicalConsumable: "P"
            case .residentInsurancePremium, .longTermCarePremium: "C"
            case .commercialInsurance: "I"
            default: "H"
            }
        return "\(kind)\(city ?? everywhere)00001"
    }

    /// Of all institutions in the registers.
    static func codes(_ cities: [RegionCode]) -> [String] {
        ([everywhere] + cities).flatMap { place in kinds.map { "\($0.0)\(place)00001" } }
            + ["H\(everywhere)00002"]
    }

    private static let everywhere = RegionCode(ProvinceNetwork.shanghai)

    static func text(
        of province: ProvinceCode, _ cities: [RegionCode] = [], and more: String? = nil
    ) -> String {
        var lines = ["code,kind,region,name,from,until"]
        lines += kinds.map { "\($0)\(everywhere)00001,\($1),\(province),\($2),2000-01-01," }
        lines.append("H\(everywhere)00002,medical,\(province),Another hospital,2000-01-01,")
        for city in cities where city.province == province {
            lines += kinds.map { "\($0)\(city)00001,\($1),\(city),\($2),2000-01-01," }
        }
        if let more { lines.append(more) }
        lines.append("end,\(lines.count - 1)")
        return lines.map { $0 + "\n" }.joined()
    }

    private static let kinds = [
        ("H", "medical", "Hospital"), ("P", "pharmacy", "Pharmacy"),
        ("C", "collector", "Collecting agency"), ("I", "insurer", "Insurer"),
    ]
}
