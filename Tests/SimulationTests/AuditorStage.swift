import Domain
import Foundation
import Ledger
import RuleSets
import Simulation
import Storage
import SwiftProtobuf
import Wire

@testable import Rounds
@testable import Settlement

/// Three real stations whose rounds and replies an auditor sees, as they are or as a test falsifies
/// them on the way to it.
final class AuditorStage: StationPort {
    static let care = ProvinceCode(310_000)!
    static let walletProvince = ProvinceCode(330_000)!
    static let payer = ProvinceCode(370_000)!
    static let provinces = [care, walletProvince, payer]
    static let network = "gongji-stage"
    static let hospital = InstitutionCode("H31000000001")!

    let auditor: Auditor
    private(set) var stores: [ProvinceCode: MemoryStore] = [:]
    private var stations: [ProvinceCode: Station] = [:]
    /// Noon of 2026-08-01.
    private(set) var now = Instant(milliseconds: 1_785_556_800_000)
    private var ids: UInt64 = 0
    private var underway: [(from: ProvinceCode, to: ProvinceCode, frames: [Bytes])] = []
    private var working = AuditorStage.care
    private let hashing = StageHashing()

    /// Changes what the auditor sees of a round; true if it has, and need not be asked again.
    var falsify: ((ProvinceCode, inout Engine) -> Bool)?
    /// Changes what the auditor sees that a client is told.
    var forge: ((inout Gongji_V1_ServiceReply) -> Bool)?
    /// Whether the auditor hears of the rounds of a province.
    var isReported: (ProvinceCode) -> Bool = { _ in true }
    private(set) var unreportedCount = 0
    /// The last reply of each request.
    private(set) var replies: [Identifier: Bytes] = [:]

    init(honest: [ProvinceCode] = provinces) throws {
        auditor = Auditor(provinces: honest, sm3: hashing)
        for province in AuditorStage.provinces {
            let store = MemoryStore()
            stores[province] = store
            stations[province] = Station(
                try Recovery(
                    store, network: AuditorStage.network, province: province,
                    members: AuditorStage.provinces, signer: StageSigner(province: province),
                    newEpoch: newID),
                store: store, network: AuditorStage.network, province: province,
                signer: StageSigner(province: province), sm3: hashing)
        }
    }

    func newID() -> Identifier {
        ids += 1
        return Identifier(at: now, random: (0, ids))
    }

    private var moment: Moment { Moment(wall: now, steady: Double(now.milliseconds)) }

    var all: [(ProvinceCode, MemoryStore)] { stores.map { ($0.key, $0.value) } }

    // MARK: Working

    private func work(_ work: Work, at province: ProvinceCode) throws {
        now = now.advanced(byMilliseconds: 1)
        working = province
        try stations[province]?.work(
            work, in: StageRules.environment(of: province, hashing), at: moment, port: self)
    }

    func deliver(while isWanted: () -> Bool = { true }) throws {
        while !underway.isEmpty, isWanted() {
            let next = underway.removeFirst()
            var arrived = Work()
            arrived.arrivals.append(
                Work.Arrival(
                    peer: next.from,
                    batch: try InboundBatch(
                        received: next.frames, from: next.from, at: next.to,
                        network: AuditorStage.network, now: now, sm3: hashing,
                        verifier: StageVerifier())))
            try work(arrived, at: next.to)
        }
    }

    func pass(milliseconds: Int64) throws {
        now = now.advanced(byMilliseconds: milliseconds)
        for province in AuditorStage.provinces {
            stations[province]?.tick()
            try work(Work(), at: province)
        }
        try deliver()
    }

    @discardableResult
    func ask(
        _ body: Gongji_V1_ServiceRequest.OneOf_Body, at province: ProvinceCode,
        id: Identifier? = nil, delivers: Bool = true, isSeen: Bool = true
    ) throws -> Identifier {
        let id = id ?? newID()
        var proto = Gongji_V1_ServiceRequest()
        proto.id = Data(id.bytes)
        proto.body = body
        let request = try ServiceRequest(
            decoding: try proto.serializedBytes(), hashing: hashing)
        if isSeen { auditor.asked(request, at: province) }
        guard case .command(let command) = request.body else { return id }
        var asked = Work()
        asked.calls.append(
            Work.Call(
                caller: Caller(connection: 1, principal: .local()), id: id, digest: request.digest,
                command: command))
        try work(asked, at: province)
        if delivers { try deliver() }
        return id
    }

    // MARK: StationPort

    func hashing(_ suite: Wire.Suite) -> any Hashing { StageHashing() }

    func isConnected(_ peer: ProvinceCode) -> Bool { true }
    /// What keeps peers from believing what is signed here.
    var signingRefusal: SignatureRefusal?
    func signingRefusal(at instant: Instant) -> SignatureRefusal? { signingRefusal }

    func send(_ envelope: Bytes, _ frames: [Bytes], to peer: ProvinceCode) throws -> Bool {
        underway.append((working, peer, [envelope] + frames))
        return true
    }

    func answer(_ answers: [Reply]) throws {
        for answer in answers {
            var reply = try Gongji_V1_ServiceReply(serializedBytes: answer.octets)
            if let id = Identifier(reply.id) { replies[id] = answer.octets }
            if forge?(&reply) == true { forge = nil }
            auditor.told(reply, try reply.serializedBytes(), at: working)
        }
    }

    func note(_ event: StationEvent) {
        guard case .kept(let round) = event else { return }
        guard isReported(working) else {
            unreportedCount += 1
            return
        }
        var engine = round.engine
        if falsify?(working, &engine) == true { falsify = nil }
        auditor.kept(
            KeptRound(
                inputs: round.inputs, engine: engine, evidence: round.evidence,
                received: round.received, sent: round.sent, signatures: round.signatures,
                waiters: round.waiters),
            at: working)
    }
}

// MARK: Requests

extension AuditorStage {
    struct Family {
        let recipient: WalletID
        let giver: WalletID
        let relation: Identifier
    }

    func open(_ insurance: Int, fen: Int64, at province: ProvinceCode) throws -> WalletID {
        let wallet = WalletID(newID())
        try ask(
            .openAccount(
                .with {
                    $0.wallet = Data(wallet.value.bytes)
                    $0.insurance = Gongji_V1_Insurance(rawValue: insurance) ?? .unspecified
                    $0.balanceFen = fen
                }), at: province)
        return wallet
    }

    func family(own: Int64 = 1_000, account: Int64 = 300_000, quota: Int64 = 100_000) throws
        -> Family
    {
        let recipient = try open(2, fen: own, at: AuditorStage.walletProvince)
        let giver = try open(1, fen: account, at: AuditorStage.payer)
        let today = BusinessDate(at: now)
        let relation = try ask(
            .createRelation(
                .with {
                    $0.giver = Data(giver.value.bytes)
                    $0.recipient = Data(recipient.value.bytes)
                    $0.recipientProvince = AuditorStage.walletProvince.number
                    $0.kinship = Gongji_V1_Kinship(rawValue: 2) ?? .unspecified
                    $0.commitmentDigest = Data(repeating: 1, count: 32)
                    $0.commitmentDate = today.daysSince1970
                    $0.channel = .nationalApp
                }), at: AuditorStage.payer)
        try setQuota(relation, quota)
        return Family(recipient: recipient, giver: giver, relation: relation)
    }

    @discardableResult
    func setQuota(_ relation: Identifier, _ fen: Int64) throws -> Identifier {
        try ask(
            .setQuota(
                .with {
                    $0.relation = Data(relation.bytes)
                    $0.availableFen = fen
                }), at: AuditorStage.payer)
    }

    func reserve(
        _ wallet: WalletID, fen: Int64, mode: Gongji_V1_ReserveMode = .exact, delivers: Bool = true
    ) throws -> Identifier {
        try ask(
            .settleReserve(
                .with {
                    $0.wallet = Data(wallet.value.bytes)
                    $0.walletProvince = AuditorStage.walletProvince.number
                    $0.institution = AuditorStage.hospital.text
                    $0.category = Gongji_V1_Category(rawValue: 1) ?? .unspecified
                    $0.amountFen = fen
                    $0.mode = mode
                    $0.holdMs = 60_000
                    $0.bill = .with {
                        $0.totalFen = fen
                        $0.burdenFen = fen
                        $0.credential = Data(wallet.value.bytes)
                    }
                }), at: AuditorStage.care, delivers: delivers)
    }

    @discardableResult
    func commit(_ transaction: Identifier, fen: Int64, delivers: Bool = true) throws -> Identifier {
        try ask(
            .settleCommit(
                .with {
                    $0.transaction = Data(transaction.bytes)
                    $0.finalFen = fen
                }), at: AuditorStage.care, delivers: delivers)
    }

    @discardableResult
    func reverse(_ transaction: Identifier) throws -> Identifier {
        try ask(
            .settleReverse(.with { $0.transaction = Data(transaction.bytes) }),
            at: AuditorStage.care)
    }

    @discardableResult
    func cancel(_ transaction: Identifier) throws -> Identifier {
        try ask(
            .settleCancel(.with { $0.transaction = Data(transaction.bytes) }),
            at: AuditorStage.care)
    }

    @discardableResult
    func deposit(_ wallet: WalletID, fen: Int64) throws -> Identifier {
        try ask(
            .deposit(
                .with {
                    $0.wallet = Data(wallet.value.bytes)
                    $0.amountFen = fen
                }), at: AuditorStage.payer)
    }

    @discardableResult
    func withdraw(_ giver: WalletID, for user: WalletID, fen: Int64, document: UInt8) throws
        -> Identifier
    {
        try ask(
            .setCardAccount(
                .with {
                    $0.wallet = Data(giver.value.bytes)
                    $0.bank = "CMB"
                    $0.account = "6225880100000000"
                }), at: AuditorStage.payer)
        return try ask(
            .withdraw(
                .with {
                    $0.wallet = Data(giver.value.bytes)
                    $0.amountFen = fen
                    $0.reason = .premium
                    $0.document = .with {
                        $0.digest = Data(repeating: document, count: 32)
                        $0.amountFen = fen
                        $0.user = Data(user.value.bytes)
                        $0.userProvince = AuditorStage.walletProvince.number
                    }
                }), at: AuditorStage.payer)
    }

    /// Everything comes to rest, and the auditor looks at all of it.
    func end() throws {
        for _ in 0..<20 { try pass(milliseconds: 60_000) }
        try auditor.end(all, network: AuditorStage.network, verifier: StageVerifier())
    }
}

// MARK: Means

enum StageRules {
    private static let firstDay = BusinessDate(daysSince1970: 0)

    static func environment(
        of province: ProvinceCode, _ hashing: StageHashing,
        identities: any IdentityOpening = NoStageIdentities()
    ) -> Environment {
        Environment(
            province: province, provinces: Set(AuditorStage.provinces), sm3: hashing, rules: rules,
            register: register, identities: identities,
            seals: SimulatedSeals(province: province),
            holdEnds: HoldEndCheck(network: AuditorStage.network, verifier: NoOperators()),
            controls: Controls(cardCoolingOffMilliseconds: 0))
    }

    private static let rules: RuleBook = {
        let checks: [Check] = [
            .categories([.medicalCare]), .ownCredential, .withdrawalReasons([.premium]),
            .document([.premium]),
        ]
        let set = RuleSet(
            name: "stage", title: "", regions: [.national], from: firstDay, until: nil,
            rules: checks.enumerated().map { Rule(id: RuleID("T\($0)")!, check: $1) })
        do throws(RuleBook.Overlap) { return try RuleBook([set]) } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static let register: InstitutionRegister = {
        let hospital = InstitutionRegister.Entry(
            code: AuditorStage.hospital, kind: .medical, region: RegionCode(AuditorStage.care),
            name: "", from: firstDay, until: nil)
        do throws(InstitutionRegister.Overlap) { return try InstitutionRegister([hospital]) } catch
        {
            preconditionFailure("\(error)")
        }
    }()
}

struct NoStageIdentities: IdentityOpening {
    func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? { nil }
}

struct StageHashing: Hashing {
    func digest(_ bytes: Bytes) -> Digest { StageHashing.digest(2, bytes) }
    func leaf(_ data: Bytes) -> Digest { StageHashing.digest(0, data) }
    func node(_ left: Digest, _ right: Digest) -> Digest {
        StageHashing.digest(1, left.bytes + right.bytes)
    }

    /// FNV-1a in four lanes.
    private static func digest(_ tag: UInt64, _ bytes: Bytes) -> Digest {
        var octets: Bytes = []
        for lane in UInt64(0)..<4 {
            var value = 0xcbf2_9ce4_8422_2325 &+ lane &* 0x9e37_79b9_7f4a_7c15 &+ tag
            for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
            withUnsafeBytes(of: value.bigEndian) { octets += $0 }
        }
        return Digest(octets)!
    }
}

struct StageSigner: StationSigning {
    let province: ProvinceCode
    var suite: Wire.Suite { .ed25519WithSHA256 }
    var hashing: any Hashing { StageHashing() }
    var validFrom: Instant { Instant(milliseconds: 0) }
    var keyID: Digest { StageHashing().digest(Array("\(province)".utf8)) }
    func sign(_ bytes: Bytes) -> Bytes { StageHashing().digest(keyID.bytes + bytes).bytes }
}

struct StageVerifier: SignatureVerifying {
    func hashing(_ suite: Wire.Suite) -> (any Hashing)? { StageHashing() }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? {
        StageSigner(province: signer).sign(bytes) == signature ? nil : .badSignature
    }

    func isMade(_ claim: SignatureClaim) -> Bool { refusal(of: claim) == nil }
}
