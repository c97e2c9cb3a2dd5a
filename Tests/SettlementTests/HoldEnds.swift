import Domain
import Ledger
import Settlement
import Signing
import Storage
import Testing
import Wire

/// Holds whose primary is silent, and the certificate of the national node that ends them.
@Suite struct HoldEnds {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)
    let daughter: (relation: Identifier, giver: WalletID)
    let hours: Int64 = 3_600_000

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
        daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.shandong, account: 1000_00, quota: 300_00)
    }

    /// All hold; then the primary, Guangdong, hears and says nothing more.
    func held() -> Identifier {
        let id = world.reserve(mother, fen: 600_00, hold: 60_000)
        world.deliver()
        #expect(world.coordination(id) == .reserved)
        return id
    }

    func plan(_ id: Identifier) throws -> EncodedPlan {
        try #require(try world.store(World.shanghai).read { try $0.coordination(id)?.plan })
    }

    func certificate(
        _ plan: EncodedPlan, network: String = "test", issued: Instant? = nil,
        digest: Digest? = nil, by operators: [TestOperator] = [.zhang, .li]
    ) throws -> HoldEndCertificate {
        var certificate = HoldEndCertificate(
            HoldEnd(
                network: network, transaction: plan.plan.transaction,
                planDigest: digest ?? plan.digest, care: plan.plan.care,
                primary: plan.plan.primary, issued: issued ?? world.now, reason: "the node is gone")
        )
        for person in operators { certificate = try certificate.signed(by: person) }
        return certificate
    }

    /// As an operator brings it: what it was refused with, if it was.
    func resolve(
        _ certificate: HoldEndCertificate, at province: ProvinceCode
    ) -> Status? {
        world.refusal(
            .resolveInDoubt(
                transaction: certificate.holdEnd.transaction, certificate: certificate),
            at: province)
    }

    func passLongEnough(less milliseconds: Int64 = 0) {
        world.advance(milliseconds: 60_000 + Limits.holdEndAfterMilliseconds - milliseconds)
    }

    var daughtersQuota: Int64 {
        world.balance(.available(relation: daughter.relation), at: World.zhejiang)
    }

    @Test func whatASilentPrimaryHeldUpEndsEverywhere() throws {
        let id = held()
        let plan = try plan(id)
        passLongEnough()
        #expect(resolve(try certificate(plan), at: World.zhejiang) == nil)
        #expect(world.participation(id, at: World.zhejiang) == .released)
        #expect(daughtersQuota == 300_00)
        let told = world.waiting.filter { $0.message.name == "hold_end" }.map(\.to)
        #expect(Set(told) == [World.shanghai, World.guangdong])
        // Care has it from there; the primary, which comes back, too.
        world.deliver()
        #expect(world.coordination(id) == .released)
        #expect(world.participation(id, at: World.guangdong) == .released)
        #expect(world.balance(.available(relation: son.relation), at: World.guangdong) == 500_00)
        let late = world.commit(id, fen: 600_00)
        #expect(world.status(late) == .endedByNationalNode)
        #expect(world.rejections.isEmpty)
        // Brought once more, it changes nothing, and goes on again: somebody may have refused it.
        #expect(resolve(try certificate(plan), at: World.zhejiang) == nil)
        #expect(Set(world.waiting.map(\.to)) == [World.shanghai, World.guangdong])
        world.deliver()
        #expect(world.waiting.isEmpty && world.rejections.isEmpty)
        world.audit()
    }

    @Test func aCommitThatWaitsForTheOutcomeIsTold() throws {
        let id = held()
        let commit = world.commit(id, fen: 600_00)
        world.waiting = []
        passLongEnough()
        #expect(resolve(try certificate(try plan(id)), at: World.shanghai) == nil)
        #expect(world.coordination(id) == .released)
        #expect(world.status(commit) == .endedByNationalNode)
        world.deliver()
        #expect(world.participation(id, at: World.zhejiang) == .released)
        #expect(world.participation(id, at: World.guangdong) == .released)
        world.audit()
    }

    @Test func itEndsNothingTooEarly() throws {
        let id = held()
        passLongEnough(less: 1)
        let certificate = try certificate(try plan(id))
        #expect(resolve(certificate, at: World.zhejiang) == .inProgress)
        world.tell(.holdEnd(certificate), from: World.shanghai, to: World.zhejiang)
        #expect(world.rejections.map(\.reason) == ["too_early"])
        #expect(world.participation(id, at: World.zhejiang) == .held)
        #expect(world.waiting.isEmpty)
    }

    @Test func twoDifferentOperatorsSign() throws {
        let id = held()
        let plan = try plan(id)
        passLongEnough()
        let bad = [
            try certificate(plan, by: []), try certificate(plan, by: [.zhang]),
            try certificate(plan, by: [.zhang, .zhang]),
            try certificate(plan, by: [.zhang, .zhangAgain]),
            try certificate(plan, by: [.zhang, .zhangUnderAnotherName]),
            try certificate(plan, by: [.zhang, .stranger]),
            try certificate(plan, by: [.zhang, .li, .wang]),
            try certificate(plan, network: "another"),
            try certificate(
                plan,
                issued: world.now.advanced(byMilliseconds: Limits.clockSkewMillisecondsMax + 1)),
            try HoldEndCertificate(
                octets: try certificate(plan, network: "another").octets,
                signatures: try certificate(plan).signatures),
        ]
        for (number, certificate) in bad.enumerated() {
            #expect(
                resolve(certificate, at: World.zhejiang) == .notPermitted, "certificate \(number)")
        }
        #expect(world.participation(id, at: World.zhejiang) == .held)
    }

    @Test func itEndsTheOnePlanThatItNames() throws {
        let id = held()
        let plan = try plan(id)
        passLongEnough()
        let other = try certificate(plan, digest: world.digest(9))
        #expect(resolve(other, at: World.zhejiang) == .planInvalid)
        world.tell(.holdEnd(other), from: World.shanghai, to: World.zhejiang)
        #expect(world.rejections.map(\.reason) == ["not_of_this_transaction"])
        #expect(
            world.refusal(
                .resolveInDoubt(transaction: id, certificate: nil), at: World.zhejiang) == nil)
        #expect(world.participation(id, at: World.zhejiang) == .held)
    }

    @Test func whatThePrimaryHasCommittedStays() throws {
        let id = held()
        _ = world.commit(id, fen: 600_00)
        // The primary commits, and nobody hears it.
        world.deliver { $0.from == World.guangdong }
        let decisions = world.waiting
        world.waiting = []
        #expect(world.participation(id, at: World.guangdong) == .committed)
        passLongEnough()
        let certificate = try certificate(try plan(id))
        #expect(resolve(certificate, at: World.guangdong) == .alreadySettled)
        #expect(resolve(certificate, at: World.zhejiang) == nil)
        // It says so again to whoever was told otherwise, and both statements are kept there.
        world.waiting = []
        world.tell(.holdEnd(certificate), from: World.zhejiang, to: World.guangdong)
        #expect(world.rejections.map(\.reason) == ["contradicts_what_is_known"])
        let again = world.waiting.filter { $0.to == World.zhejiang }.map(\.message)
        #expect(again == decisions.filter { $0.to == World.zhejiang }.map(\.message))
        world.deliverProven()
        #expect(world.evidence.map(\.accused) == [World.guangdong])
        #expect(world.evidence.map(\.reason) == [.committedAndEnded])
        #expect(world.participation(id, at: World.guangdong) == .committed)
        #expect(world.participation(id, at: World.zhejiang) == .released)
    }
}

/// One who may sign for the national node of the world, or may not.
struct TestOperator: BatchSigning {
    let name: String
    let key: String
    var isListed = true

    static let zhang = TestOperator(name: "operator zhang", key: "a")
    static let zhangAgain = TestOperator(name: "operator zhang", key: "b")
    static let zhangUnderAnotherName = TestOperator(name: "operator sun", key: "a")
    static let li = TestOperator(name: "operator li", key: "c")
    static let wang = TestOperator(name: "operator wang", key: "d")
    static let stranger = TestOperator(name: "operator qian", key: "e", isListed: false)
    static let all = [zhang, zhangAgain, zhangUnderAnotherName, li, wang, stranger]

    var suite: Wire.Suite { .sm2WithSM3 }
    var keyID: Digest { SM3Hashing().digest(Bytes("\(name) \(key)".utf8)) }
    func sign(_ bytes: Bytes) -> Bytes { SM3Hashing().digest(Bytes(key.utf8) + bytes).bytes }
}

/// Believes the operators of the world by a digest.
struct NationalOperators: SignatureVerifying {
    let sm3: SM3Hashing

    func hashing(_ suite: Wire.Suite) -> (any Hashing)? { sm3 }

    func refusal(
        of signature: Bytes, over bytes: Bytes, suite: Wire.Suite, keyID: Digest,
        signer: ProvinceCode, at instant: Instant
    ) -> SignatureRefusal? { .unknownCertificate }

    func nationalOperator(
        _ claim: SignatureClaim
    ) -> Result<NationalOperator, SignatureRefusal> {
        let known = TestOperator.all.first { $0.isListed && $0.keyID == claim.keyID }
        guard let known else { return .failure(.unknownCertificate) }
        guard claim.signer == .national else { return .failure(.wrongProvince) }
        guard known.sign(claim.bytes) == claim.signature else { return .failure(.badSignature) }
        return .success(NationalOperator(name: known.name, publicKey: Bytes(known.key.utf8)))
    }

    func isMade(_ claim: SignatureClaim) -> Bool { refusal(of: claim) == nil }
}
