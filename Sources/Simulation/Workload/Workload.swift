package import Domain
import Foundation
import SwiftProtobuf
package import Wire

/// Everything that people ask of simulated nodes: accounts, relations, quotas, settlements,
/// withdrawals. Honest clients repeat what was not answered, with the same id, until it is.
///
/// What happens is a function of the scenario and of the answers and their times.
package final class Workload {
    let provinces: [ProvinceCode]
    let settlementsPerMinute: Int
    /// Whether clients also do what they should not.
    let misbehaves: Bool
    unowned let desk: any Desk

    /// When settlements and other wishes begin, and the seed of each: the same whatever the nodes do.
    var arrivals: Chance
    /// What follows from answers.
    var choices: Chance
    var mischief: Chance

    var residents: [Resident] = []
    var givers: [Int] = []
    var recipients: [Int] = []
    /// Of whom a large part of all settlements is.
    var hotRecipients: [Int] = []
    /// By index of a province: with whom it has most of its traffic.
    var partners: [[Int]] = []
    var bonds: [Bond] = []
    var bondOfRelation: [Identifier: Int] = [:]
    var visits: [Int: Visit] = [:]
    var visitsBegun = 0
    /// Visits that wait for their client, not for an answer.
    var visitsReserved = 0
    /// Settled of late: what somebody may ask about who has no business to.
    var lately: [(transaction: Identifier, care: ProvinceCode)] = []
    var claims: [Int: Claim] = [:]
    var claimsBegun = 0
    /// By index of a province: what is to be handed to the bank next.
    var approved: [[Int]]

    private var errands: [Identifier: Errand] = [:]
    private var acts: [UInt64: Act] = [:]
    private var lastToken: UInt64 = 0
    private(set) var isHealing = false

    /// Numbers for people and tests.
    package struct Figures: Sendable, Equatable {
        /// Requests that went out for the first time; repetitions are counted apart.
        package var requests = 0
        package var repetitions = 0
        package var settled = 0
        package var reversed = 0
        package var released = 0
        package var abandoned = 0
        /// Settlements by the number of payer provinces that they drew on.
        package var settledByParticipants: [Int: Int] = [:]
        /// Commands that were answered, and not refused.
        package var done: [CommandKind: Int] = [:]
        package var refused: [Refusal: Int] = [:]

        package struct Refusal: Hashable, Sendable {
            package let kind: CommandKind
            package let status: Status
        }

        package init() {}
    }

    package internal(set) var statistics = Figures()

    package init(_ scenario: Scenario, provinces: [ProvinceCode], desk: any Desk) {
        self.provinces = provinces
        self.desk = desk
        settlementsPerMinute = scenario.settlementsPerMinute
        misbehaves = scenario.faults.contains(.clients)
        var chance = Chance(seed: scenario.seed, for: "workload")
        var population = Chance(seed: chance.next())
        arrivals = Chance(seed: chance.next())
        choices = Chance(seed: chance.next())
        mischief = Chance(seed: chance.next())
        approved = Array(repeating: [], count: provinces.count)
        populate(&population)
    }

    /// All that the workload has to do comes from here, from alarms, and from answers.
    package func begin() {
        for number in residents.indices { after(choices.wait(0, 4_000), .open(number)) }
        for number in bonds.indices { after(choices.wait(5_000, 12_000), .bond(number)) }
        after(14_000, .visit)
        after(16_000, .wish)
    }

    /// Takes the answer that `province` gave on `connection`.
    package func told(
        _ reply: Gongji_V1_ServiceReply, at province: ProvinceCode, connection: UInt64
    ) {
        // Answers of strangers and second answers are of no use to anyone.
        guard let id = Identifier(reply.id), let errand = errands[id], errand.province == province,
            errand.connections.contains(connection), let body = reply.body
        else { return }
        var status: Status?
        switch body {
        case .pending: return
        case .refused(let refused):
            status = Status(rawValue: refused.status)
            // Of the moment: the errand is asked again when its time comes.
            switch status {
            case .overloaded, .storageLow, .nodeStopped: return
            default: break
            }
            if let status {
                statistics.refused[
                    Figures.Refusal(kind: errand.kind, status: status), default: 0] += 1
            }
        default: statistics.done[errand.kind, default: 0] += 1
        }
        errands[id] = nil
        if misbehaves, !isHealing { repeatAnswered(errand) }
        let answer = Answered(id: id, kind: errand.kind, body: body, status: status)
        switch errand.matter {
        case .resident(let number): resident(number, heard: answer)
        case .bond(let number): bond(number, heard: answer)
        case .visit(let number): visit(number, heard: answer)
        case .claim(let number): claim(number, heard: answer)
        case .export(let claims): exported(claims, answer)
        case .nobody: break
        }
    }

    /// An alarm of the desk.
    package func wake(_ token: UInt64) {
        guard let act = acts.removeValue(forKey: token) else { return }
        switch act {
        case .ask(let id, let turn): askAgain(id, turn)
        case .visitor(let number, let turn): visitor(number, turn)
        case .open(let number): if !isHealing { open(number) }
        case .bond(let number): if !isHealing { bond(number) }
        case .claim(let number): if !isHealing { claim(number) }
        case .export(let province): if !isHealing { export(province) }
        case .recover(let number): if !isHealing { recover(number) }
        case .visit: if !isHealing { nextVisit() }
        case .wish: if !isHealing { nextWish() }
        case .send(let octets, let province, let connection):
            if !isHealing { desk.ask(octets, at: province, connection: connection) }
        }
    }

    // MARK: The end

    /// Nothing new is begun from now on. What was asked is asked again until it is answered, and what
    /// is reserved is brought to its end.
    package func heal() {
        isHealing = true
        for id in errands.keys.sorted() {
            errands[id]?.tries = 0
            errands[id]?.turn += 1
            guard let turn = errands[id]?.turn else { continue }
            after(choices.wait(0, 2_000), .ask(id, turn: turn))
        }
        for number in visits.keys.sorted() {
            guard var visit = visits[number] else { continue }
            switch visit.step {
            case .reserved:
                visit.turn += 1
                visits[number] = visit
                after(choices.wait(0, 5_000), .visitor(number, turn: visit.turn))
            case .settled: visits[number] = nil
            case .asked, .committing, .cancelling, .reversing: break
            }
        }
    }

    /// Whether everything that was asked has its answer, and nothing is reserved. `mayWait` says of a
    /// request at a province that nobody there can answer it.
    package func isDone(butFor mayWait: (Identifier, ProvinceCode) -> Bool = { _, _ in false })
        -> Bool
    {
        visitsReserved == 0 && errands.allSatisfy { mayWait($0.key, $0.value.province) }
    }

    /// What is not, ten of it at most.
    package func open(butFor mayWait: (Identifier, ProvinceCode) -> Bool = { _, _ in false })
        -> String
    {
        let errands = errands.filter { !mayWait($0.key, $0.value.province) }
        var open = errands.keys.sorted().prefix(10).compactMap { id in
            errands[id].map {
                "\($0.kind.rawValue) \(id) at \($0.province), asked \($0.tries) times"
            }
        }
        for number in visits.keys.sorted() where open.count < 10 {
            guard let visit = visits[number], visit.step == .reserved else { continue }
            open.append("\(visit.transaction) is reserved at \(visit.care)")
        }
        let more = errands.count + visitsReserved - open.count
        return open.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    }

    // MARK: Requests

    /// A request that is under way.
    struct Errand {
        let province: ProvinceCode
        let octets: Bytes
        let kind: CommandKind
        let matter: Matter
        /// Over which it was asked with just these octets.
        var connections: [UInt64]
        var tries = 1
        /// Alarms of an earlier one mean nothing any more.
        var turn = 0
    }

    /// Whom the answer of a request is for.
    enum Matter {
        case resident(Int)
        case bond(Int)
        case visit(Int)
        case claim(Int)
        case export([Int])
        case nobody
    }

    /// What is done when an alarm rings.
    enum Act {
        case ask(Identifier, turn: Int)
        case open(Int)
        case bond(Int)
        case visit
        case visitor(Int, turn: Int)
        case wish
        case claim(Int)
        case export(Int)
        case recover(Int)
        case send(Bytes, ProvinceCode, UInt64)
    }

    /// The answer of a request.
    struct Answered {
        let id: Identifier
        let kind: CommandKind
        let body: Gongji_V1_ServiceReply.OneOf_Body
        /// Nil: it was done.
        let status: Status?
    }

    func after(_ milliseconds: Int64, _ act: Act) {
        lastToken += 1
        acts[lastToken] = act
        desk.alarm(inMilliseconds: milliseconds, token: lastToken)
    }

    func newIdentifier() -> Identifier {
        Identifier(at: desk.now, random: (choices.next(), choices.next()))
    }

    /// Asks for the first time, under a new id unless there is one, over one of four connections unless
    /// one is named.
    @discardableResult
    func ask(
        _ body: Gongji_V1_ServiceRequest.OneOf_Body, at province: ProvinceCode,
        for matter: Matter, id given: Identifier? = nil, over named: UInt64? = nil
    ) -> Identifier {
        let id = given ?? newIdentifier()
        guard let kind = CommandKind(body) else { preconditionFailure("a query") }
        let octets = Workload.octets(body, id)
        let connection = named ?? UInt64(choices.index(below: 4)) + 1
        let errand = Errand(
            province: province, octets: octets, kind: kind, matter: matter,
            connections: [connection])
        errands[id] = errand
        statistics.requests += 1
        if misbehaves, !isHealing, meddles(with: errand, id, body) { return id }
        desk.ask(octets, at: province, connection: connection)
        after(Errand.patience(1, isHealing), .ask(id, turn: 0))
        return id
    }

    private func askAgain(_ id: Identifier, _ turn: Int) {
        guard var errand = errands[id], errand.turn == turn else { return }
        errand.tries += 1
        errands[id] = errand
        statistics.repetitions += 1
        desk.ask(errand.octets, at: errand.province, connection: errand.connections[0])
        after(Errand.patience(errand.tries, isHealing), .ask(id, turn: turn))
    }

    /// Nobody waits for the answer of `id` any more.
    func abandon(_ id: Identifier) { errands[id] = nil }

    /// The same octets went over another connection too.
    func expect(_ id: Identifier, over connection: UInt64) {
        errands[id]?.connections.append(connection)
    }

    static func octets(
        _ body: Gongji_V1_ServiceRequest.OneOf_Body, _ id: Identifier
    ) -> Bytes {
        var request = Gongji_V1_ServiceRequest()
        request.id = Data(id.bytes)
        request.body = body
        guard let octets: Bytes = try? request.serializedBytes() else {
            preconditionFailure("a request that cannot be encoded")
        }
        return octets
    }
}

extension Workload.Errand {
    /// How long a client waits for the answer to its `tries`th question before it repeats it.
    static func patience(_ tries: Int, _ isHealing: Bool) -> Int64 {
        min(isHealing ? 10_000 : 30_000, 4_000 << Int64(min(max(tries - 1, 0), 4)))
    }
}

extension Chance {
    mutating func wait(_ least: Int64, _ most: Int64) -> Int64 { number(in: least...most) }
    mutating func happens(percent: Int) -> Bool { happens(perMillion: percent * 10_000) }

    /// A digest of something that nobody looks into.
    mutating func digestOfSomething() -> Data {
        var data = Data(capacity: Digest.size)
        for _ in 0..<4 { withUnsafeBytes(of: next().bigEndian) { data.append(contentsOf: $0) } }
        return data
    }
}

extension WalletID {
    var octets: Data { Data(value.bytes) }
}
