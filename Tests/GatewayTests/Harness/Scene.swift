import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Signing
import Storage
import Testing
import Wire

/// A person of a scenario, and where they are insured.
struct Citizen {
    let wallet: WalletID
    let region: RegionCode
    var province: ProvinceCode { region.province }
}

/// What one draw of a settlement came to.
struct Drawn: Equatable {
    /// Nil: the recipient's own account.
    let relation: Identifier?
    let fen: Int64

    static func own(_ fen: Int64) -> Drawn { Drawn(relation: nil, fen: fen) }
    static func quota(_ relation: Identifier, _ fen: Int64) -> Drawn {
        Drawn(relation: relation, fen: fen)
    }
}

/// A network that all tests of one scenario share, and what their people do in it. For a serialized
/// suite.
final class Scene: @unchecked Sendable {
    @TaskLocal static var current: Scene!

    let network: ProvinceNetwork
    private struct Seat: Hashable {
        let province: ProvinceCode
        /// Empty: over ipc.
        let person: String
    }
    private var desks: [Seat: ServiceDesk] = [:]

    init(_ network: ProvinceNetwork) throws {
        self.network = network
        try network.start()
    }

    /// The day that it is for the nodes.
    var today: BusinessDate { BusinessDate(at: network.now) }

    /// The desk at which `request` is asked for, by whom its node takes it from if no one is named.
    func desk(
        _ province: ProvinceCode, for request: Gongji_V1_ServiceRequest, by person: String? = nil
    ) throws -> ServiceDesk {
        let clerks = network.clerks[province]
        let seat = Seat(
            province: province, person: person ?? clerks?.usual(for: request) ?? "")
        if let desk = desks[seat] { return desk }
        let node = network[province]
        let desk =
            try clerks?.desk(
                seat.person, at: node.configuration.service,
                serverKey: network.members[province]!.address.curvePublicKey) ?? node.desk()
        desks[seat] = desk
        return desk
    }

    func restart(by clock: ShiftedClock) throws {
        desks = [:]
        try network.restart(by: clock)
    }

    // MARK: Asking

    /// The answer, which must not be a refusal.
    @discardableResult
    func ask(
        _ request: Gongji_V1_ServiceRequest, at province: ProvinceCode, by person: String? = nil
    ) throws -> Gongji_V1_ServiceReply {
        let reply = try desk(province, for: request, by: person).ask(request)
        if let status = reply.refusal {
            throw ServiceDesk.Refused(
                status: status, grounds: reply.refused.hasGrounds ? reply.refused.grounds : nil)
        }
        return reply
    }

    /// Expects a refusal with this status and, if a rule stands behind it, these grounds; what ends
    /// with `…` is compared up to there. Without a rule there must be no grounds.
    func expectRefusal(
        _ request: Gongji_V1_ServiceRequest, at province: ProvinceCode, _ status: Status,
        by rule: String? = nil, _ compared: String = "", limit: String = "",
        person: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try desk(province, for: request, by: person).ask(request)
        #expect(reply.refusal == status, "\(reply)", sourceLocation: sourceLocation)
        expect(
            reply.refused.hasGrounds ? reply.refused.grounds : nil, rule, compared, limit,
            sourceLocation)
    }

    func expect(
        _ grounds: Gongji_V1_Grounds?, _ rule: String?, _ compared: String, _ limit: String,
        _ sourceLocation: SourceLocation
    ) {
        #expect(grounds?.rule == rule, sourceLocation: sourceLocation)
        guard let grounds, rule != nil else { return }
        expect(grounds.compared, is: compared, sourceLocation)
        expect(grounds.limit, is: limit, sourceLocation)
    }

    private func expect(
        _ text: String, is expected: String, _ sourceLocation: SourceLocation
    ) {
        if expected.hasSuffix("…") {
            #expect(
                text.hasPrefix(expected.dropLast()), "\(text)", sourceLocation: sourceLocation)
        } else {
            #expect(text == expected, sourceLocation: sourceLocation)
        }
    }

    // MARK: People

    func citizen(
        of region: RegionCode, _ insurance: Gongji_V1_Insurance = .employee, fen: Int64 = 0,
        identity: String? = nil
    ) throws -> Citizen {
        let citizen = Citizen(wallet: WalletID(Clock.newIdentifier()), region: region)
        var request = Gongji_V1_ServiceRequest.open(
            citizen.wallet, insurance, fen: fen, in: region)
        if let identity {
            request.openAccount.sealedIdentity = try sealed(
                identity, to: citizen.province, request.identifier)
        }
        try ask(request, at: citizen.province)
        return citizen
    }

    /// `identity` for `province` as a client at any node seals it.
    func sealed(
        _ identity: String, to province: ProvinceCode, _ context: Identifier
    ) throws -> Data {
        let certificate = try ask(.showCertificate(of: province), at: province).certificate
        return Data(
            try IdentitySealing.seal(
                IdentityNumber(identity), context: context,
                to: X509Certificate(der: Bytes(certificate))))
    }

    func setCard(_ citizen: Citizen, bank: String) throws {
        try ask(
            .setCardAccount(citizen.wallet, bank: bank, account: "6222021614000000017"),
            at: citizen.province)
    }

    func balance(_ citizen: Citizen) throws -> Int64 {
        try network[citizen.province].read { try $0.balance(.personal(citizen.wallet)) }
    }

    // MARK: Relations

    func proposal(
        _ giver: Citizen, _ recipient: Citizen, _ kinship: Gongji_V1_Kinship = .parent,
        _ change: (inout Gongji_V1_CreateRelation) -> Void = { _ in }
    ) -> Gongji_V1_ServiceRequest {
        .relate(giver.wallet, to: recipient.wallet, of: recipient.province) {
            $0.kinship = kinship
            change(&$0)
        }
    }

    /// A relation that is active at once, with a quota that the recipient's province knows.
    func bind(
        _ giver: Citizen, _ recipient: Citizen, _ kinship: Gongji_V1_Kinship = .parent,
        quota: Int64 = 0, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Gongji_V1_CreateRelation) -> Void = { _ in }
    ) throws -> Identifier {
        let request = proposal(giver, recipient, kinship, change)
        let relation = try ask(request, at: giver.province).relation
        #expect(relation.phase == .active, sourceLocation: sourceLocation)
        if quota > 0 { try setQuota(request.identifier, fen: quota, giver, recipient) }
        return request.identifier
    }

    func setQuota(
        _ relation: Identifier, fen: Int64, _ giver: Citizen, _ recipient: Citizen
    ) throws {
        try ask(.setQuota(relation, fen: fen), at: giver.province)
        try waitUntilKnown(relation, to: recipient, available: fen)
    }

    /// Waits until the recipient's province has heard of the relation as it now is.
    func waitUntilKnown(
        _ relation: Identifier, to recipient: Citizen, available: Int64,
        _ phase: RelationPhase = .active
    ) throws {
        let node = network[recipient.province]
        var seen = ""
        try eventually("the recipient's province to know \(relation)", seen: { seen }) {
            let grant = try node.read { try $0.grants(recipient.wallet) }
                .first { $0.relation == relation }
            seen = String(describing: grant)
            return grant?.available.value == available && grant?.phase == phase
        }
    }

    func relation(_ id: Identifier, of giver: Citizen) throws -> Gongji_V1_RelationState {
        try ask(.showRelation(id), at: giver.province).relation
    }

    // MARK: Care

    /// A bill of `fen`, all of it the patient's burden, at the institution of `place` for such.
    func bill(
        _ citizen: Citizen, at place: RegionCode, fen: Int64,
        _ category: Gongji_V1_Category = .medicalCare, _ mode: Gongji_V1_ReserveMode = .exact,
        _ change: (inout Gongji_V1_SettleReserve) -> Void = { _ in }
    ) -> Gongji_V1_ServiceRequest {
        .reserve(citizen.wallet, of: citizen.province, fen: fen, category, mode) {
            let isCity = place != RegionCode(place.province)
            $0.institution = SampleRegister.institution(for: category, in: isCity ? place : nil)
            change(&$0)
        }
    }

    /// Pays the bill as it was reserved, and returns what each source gave.
    @discardableResult
    func pay(_ bill: Gongji_V1_ServiceRequest, at place: RegionCode) throws -> [Drawn] {
        let reservation = try ask(bill, at: place.province).reservation
        let settled = try ask(
            .commit(bill.identifier, fen: reservation.reservedFen), at: place.province
        ).settlement
        #expect(settled.outcome == .committed)
        #expect(settled.finalFen == reservation.reservedFen)
        return settled.draws.map { Drawn(relation: Identifier($0.relation), fen: $0.amountFen) }
    }

    // MARK: Usage

    /// Waits until there are `count` records, newest first, and returns them.
    func usage(
        _ side: Gongji_V1_UsageSide, of citizen: Citizen, count: Int,
        _ change: (inout Gongji_V1_ListUsage) -> Void = { _ in }
    ) throws -> [Gongji_V1_UsageRecord] {
        let question = Gongji_V1_ServiceRequest.listUsage(side) {
            $0.wallet = citizen.wallet.data
            change(&$0)
        }
        var records: [Gongji_V1_UsageRecord] = []
        try eventually("\(count) usage records", seen: { "\(records)" }) {
            var again = question
            again.id = Clock.newIdentifier().data
            records = try ask(again, at: citizen.province).usage.records
            return records.count == count
        }
        return records
    }
}

extension Scene {
    /// Stops the nodes, and expects all invariants to hold over what they leave.
    func expectGoodBooks() throws {
        try network.waitUntilBooksAgree()
        for node in network.nodes.values { #expect(try node.stop() == .code(0)) }
        guard let directory = network.directory else { return }
        let report = try audit(Array(network.nodes.values)[...], [], directory)
        for invariant in report.invariants {
            #expect(invariant.holds, "\(invariant)")
        }
    }

    /// Holds one store after the other open.
    private func audit(
        _ rest: ArraySlice<TestNode>, _ open: [Audit.Node], _ directory: DirectoryDocument
    ) throws -> AuditReport {
        guard let next = rest.first else {
            return try Audit.run(
                open, network: network.name, verifier: Verifier(directory), sm3: SM3Hashing())
        }
        return try next.read { store in
            try audit(
                rest.dropFirst(), open + [Audit.Node(province: next.province, store: store)],
                directory)
        }
    }
}

/// Gives all tests of a suite one ``Scene``, and ends it after the last, failed or not.
struct OnScene: SuiteTrait, TestScoping {
    let network: @Sendable () throws -> ProvinceNetwork

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: () async throws -> Void
    ) async throws {
        let scene = try Scene(try network())
        defer { scene.network.end() }
        try await Scene.$current.withValue(scene) { try await function() }
        try scene.expectGoodBooks()
    }
}

extension Trait where Self == OnScene {
    /// One network for the suite, as `network` makes it; it is started here.
    static func scene(_ network: @escaping @Sendable () throws -> ProvinceNetwork) -> Self {
        OnScene(network: network)
    }
}
