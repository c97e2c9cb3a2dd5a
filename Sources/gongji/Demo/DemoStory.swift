import Domain
import Foundation
import Gateway
import Glibc
import Settlement
import Signing
import Wire

/// The story of the demo, step by step. Every step checks what came of it.
struct DemoStory {
    static let provinces = [370_000, 440_000, 330_000, 310_000].compactMap { ProvinceCode($0) }

    private let cluster: Cluster
    private let folder: String
    private let quiet: Bool
    /// Whether the nodes are stopped after the story.
    private let stops: Bool
    private let guangdongNode: ClusterNode
    private let shandong: DemoDesk
    private let guangdong: DemoDesk
    private let zhejiang: DemoDesk
    private let shanghai: DemoDesk

    private let mother = WalletID(Clock.newIdentifier())
    private let son = WalletID(Clock.newIdentifier())
    private let daughter = WalletID(Clock.newIdentifier())
    private var sonsRelation = Identifier.zero
    private var daughtersRelation = Identifier.zero
    private var stepNumber = 0
    private var steps: [JSON] = []
    private var before: Balances?
    private var after: Balances?
    private var audit: ClusterAudit?
    private var treatment = Data()

    init(_ cluster: Cluster, folder: String, quiet: Bool, stops: Bool) throws {
        let nodes = try cluster.nodes()
        guard nodes.count == 4 else { throw CommandFailure.failed("the demo has four provinces") }
        self.cluster = cluster
        self.folder = folder
        self.quiet = quiet
        self.stops = stops
        guangdongNode = nodes[1]
        shandong = DemoDesk(nodes[0])
        guangdong = DemoDesk(nodes[1])
        zhejiang = DemoDesk(nodes[2])
        shanghai = DemoDesk(nodes[3])
    }

    /// Tells it all; returns whether the audit holds. Throws ``CommandFailure`` on anything that is
    /// not as expected.
    mutating func tell() throws -> Bool {
        try openAccounts()
        try grantQuotas()
        before = try balances()
        say("\nThe wallets before:\n" + (before?.table ?? ""))
        try treat()
        try payPremium()
        try refusePremium()
        try refuseCheckup()
        try refund()
        try endRelation()
        try surviveKill()
        try showUsage()
        let last = try balances()
        after = last
        say("\nThe wallets after:\n" + last.table)
        try expect(
            last.total == (before?.total ?? 0) - 5_150_00 - 380_00 - 300_00,
            "the family has exactly what was settled less")
        let audit = try auditAtRest()
        self.audit = audit
        say("\nThe audit, over the stores of all four nodes:\n" + audit.text)
        sayWhereToLook()
        return audit.holds
    }

    var json: JSON {
        [
            "outcome": "done", "cluster": .text(cluster.path), "steps": .array(steps),
            "before": before?.json ?? nil, "after": after?.json ?? nil, "audit": audit?.json ?? nil,
        ]
    }

    // MARK: Steps

    private mutating func openAccounts() throws {
        step("Three people of one family have accounts where they are insured")
        try guangdong.open(son, 8_000_00)
        try zhejiang.open(daughter, 5_000_00)
        try shandong.open(mother, 600_00, identity: try mothersNumber())
        say("   son      \(son) in Guangdong (440000), 8000.00")
        say("   daughter \(daughter) in Zhejiang (330000), 5000.00")
        say("   mother   \(mother) in Shandong (370000), 600.00")
    }

    private mutating func grantQuotas() throws {
        step("Son and daughter each sign a commitment, and set a quota for their mother")
        sonsRelation = try active(
            guangdong.relate(son, to: .wallet(mother), in: shandong.province))
        try guangdong.setQuota(sonsRelation, 3_000_00)
        // She knows her mother's identity number only; it travels sealed to Shandong.
        daughtersRelation = try active(
            zhejiang.relate(daughter, to: .identity(mothersNumber()), in: shandong.province))
        try zhejiang.setQuota(daughtersRelation, 2_000_00)
        say("   son's relation      \(sonsRelation), quota 3000.00")
        say("   daughter's relation \(daughtersRelation), quota 2000.00;")
        say("   she named her mother by identity number, sealed so that only Shandong can open it")
        try waitForQuotas([3_000_00, 2_000_00])
        say("   Shandong has heard of both: her wallet now shows them")
    }

    /// Of nobody: a number made for this story, which stands in memory only.
    private func mothersNumber() throws -> IdentityNumber {
        try IdentityNumber("370102195508120025")
    }

    /// The id of a relation that both provinces have agreed on.
    private func active(_ state: Gongji_V1_RelationState) throws -> Identifier {
        try expect(
            state.phase == .active && state.recipient == mother.data,
            "the relation is active, and the recipient is the mother")
        guard let id = Identifier(state.relation) else { throw unexpectedAnswer() }
        return id
    }

    private mutating func treat() throws {
        step("She is treated in Shanghai (310000); her part of the bill is 5400.00")
        let reservation = try shanghai.reserve(
            mother, of: shandong.province, .medicalCare, at: "H31000000001", 5_400_00)
        treatment = reservation.transaction
        say(indented(reservation.text))
        try expect(reservation.reservedFen == 5_400_00, "5400.00 is reserved")
        try expect(
            Set(reservation.draws.map(\.province)) == [370_000, 440_000, 330_000],
            "the reservation draws on three provinces")
        let held = try balances()
        try expect(
            held.total == (before?.total ?? 0) - 5_400_00, "what is held is out of every wallet")

        step("The bill comes out lower, at 5150.00: committed; the rest goes back")
        let settlement = try shanghai.commit(treatment, 5_150_00)
        say(indented(settlement.text))
        try expect(settlement.outcome == .committed, "the settlement is committed")
        try expect(settlement.finalFen == 5_150_00, "5150.00 is settled")
        let total = (before?.total ?? 0) - 5_150_00
        try waitFor("250.00 is back") { try balances().total == total }
        say("   250.00 that was held is back in the quotas")
    }

    private mutating func payPremium() throws {
        step(
            "The son raises his quota to 1000.00; a premium of 380.00 is paid in Shandong, in full")
        try guangdong.setQuota(sonsRelation, 1_000_00)
        let daughters = try balances().daughtersQuota
        try waitForQuotas([1_000_00, daughters])
        let reservation = try shandong.reserve(
            mother, of: shandong.province, .longTermCarePremium, at: "C37000000001", 380_00)
        try expectRefusal(.premiumInPart, "paying only 100.00 of a premium") {
            _ = try shandong.commit(reservation.transaction, 100_00)
        }
        let settlement = try shandong.commit(reservation.transaction, 380_00)
        say(indented(settlement.text))
        try expect(settlement.finalFen == 380_00, "the whole premium is settled")
    }

    private mutating func refusePremium() throws {
        step("A premium of 5000.00 is refused: the quotas do not reach")
        let held = try balances()
        try expectRefusal(.premiumNotCovered, "a premium of 5000.00") {
            _ = try shandong.reserve(
                mother, of: shandong.province, .longTermCarePremium, at: "C37000000001",
                5_000_00)
        }
        try expect(try balances() == held, "the refusal has changed nothing")
    }

    private mutating func refuseCheckup() throws {
        step("A check-up is refused: across provinces it is not covered")
        let held = try balances()
        try expectRefusal(.categoryNotAllowed, "a check-up of 300.00", byRule: true) {
            _ = try shanghai.reserve(
                mother, of: shandong.province, .healthCheckup, at: "H31000000001", 300_00)
        }
        try waitFor("nothing is held for it") { try balances() == held }
    }

    private mutating func refund() throws {
        step("She buys medicine for 120.00 in Shanghai, brings it back, and is refunded")
        let held = try balances()
        let reservation = try shanghai.reserve(
            mother, of: shandong.province, .pharmacy, at: "P31000000001", 120_00)
        _ = try shanghai.commit(reservation.transaction, 120_00)
        try expect(try balances().total == held.total - 120_00, "120.00 is paid")
        let reversal = try shanghai.reverse(reservation.transaction)
        say(indented(reversal.text))
        try expect(reversal.outcome == .reversed, "the settlement is reversed")
        try waitFor("every wallet is as it was") { try balances() == held }
        say("   every wallet is as it was before")
    }

    private mutating func endRelation() throws {
        step("The daughter ends her relation; what is unused goes back to her account")
        let held = try balances()
        try zhejiang.end(daughtersRelation)
        try waitFor("the quota is back with her") {
            let now = try balances()
            return now.daughtersQuota == 0
                && now.daughter == held.daughter + held.daughtersQuota
        }
        say("   \(YuanAmount.text(held.daughtersQuota)) is back in her account")
        try waitFor("her mother's wallet no longer shows it") {
            try shandong.wallet(mother).received.count { $0.phase == .active } == 1
        }
    }

    private mutating func surviveKill() throws {
        step("300.00 is reserved in Shanghai; then Guangdong's node is killed with SIGKILL")
        let held = try balances()
        let reservation = try shanghai.reserve(
            mother, of: shandong.province, .medicalCare, at: "H31000000001", 300_00)
        guangdongNode.process.killNow()
        say("   reserved in \(reservation.transaction.hexText); the node of 440000 is dead")
        let request = Clock.newIdentifier()
        do {
            _ = try shanghai.commit(
                reservation.transaction, 300_00, id: request, timeoutMilliseconds: 1_500)
            throw CommandFailure.failed(
                "the demo went differently: a settlement was told without its primary")
        } catch CommandFailure.outcomeUnknown {
            say("   committing it: the outcome is unknown, and the client is told just that")
        }
        let list = try shanghai.inDoubt()
        say(indented(list.text(all: false)))
        try expect(
            list.transactions.contains { $0.transaction == reservation.transaction },
            "Shanghai lists the transaction as in doubt")

        step("The node is started again; the same request is asked again under its id \(request)")
        try guangdongNode.process.start()
        try guangdongNode.waitUntilRunning(seconds: 30)
        let settlement = try shanghai.commit(reservation.transaction, 300_00, id: request)
        say(indented(settlement.text))
        try expect(settlement.outcome == .committed, "it is settled")
        try expect(
            try balances().total == held.total - 300_00, "it is settled once, and only once")
        try expect(try shanghai.inDoubt().transactions.isEmpty, "nothing is in doubt any more")
    }

    private mutating func showUsage() throws {
        step("What she used, as Shandong shows it")
        var usage = UsageList(side: .recipient, records: [], cursor: [])
        // The treatment drew on three sources; premium, medicine and the last bill on one each.
        try waitFor("every use is told") {
            usage = try shandong.usage(of: mother)
            return usage.records.count >= 6 && usage.sums.reversed == 120_00
        }
        say(indented(usage.text))
        try expect(
            usage.sums.all - usage.sums.reversed == 5_150_00 + 380_00 + 300_00,
            "what was used and not reversed is what was settled")
    }

    // MARK: Looking

    private func balances() throws -> Balances {
        let mothers = try shandong.wallet(mother)
        let sons = try guangdong.wallet(son)
        let daughters = try zhejiang.wallet(daughter)
        return Balances(
            mother: mothers.own.balanceFen, son: sons.own.balanceFen,
            sonsQuota: sons.given.map(\.availableFen).reduce(0, +),
            daughter: daughters.own.balanceFen,
            daughtersQuota: daughters.given.map(\.availableFen).reduce(0, +))
    }

    /// Until the mother's wallet shows these quotas, oldest first.
    private func waitForQuotas(_ quotas: [Int64]) throws {
        try waitFor("her wallet shows the quotas") {
            try shandong.wallet(mother).received.map(\.availableFen) == quotas
        }
    }

    private func waitFor(_ what: String, _ condition: () throws -> Bool) throws {
        for _ in 0..<500 {
            if try condition() { return }
            usleep(20_000)
        }
        throw CommandFailure.failed("the demo went differently: not within 10 s: \(what)")
    }

    /// Nodes tell each other of quotas after a settlement; the audit is to see them at rest.
    private func auditAtRest() throws -> ClusterAudit {
        try waitFor("the links are quiet") {
            try statuses(of: cluster.nodes()).allSatisfy { status in
                status.inDoubt.count == 0
                    && status.peers.allSatisfy { $0.outbox == 0 && $0.sent == $0.acknowledged }
            }
        }
        return try ClusterAudit(of: cluster)
    }

    // MARK: Telling

    private mutating func step(_ title: String) {
        stepNumber += 1
        steps.append(["number": .int(stepNumber), "title": .text(title)])
        say("\n\(stepNumber). \(title)")
    }

    private func say(_ text: String) {
        if !quiet { Console.out(text) }
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "   \($0)" }.joined(separator: "\n")
    }

    private func expect(_ condition: Bool, _ what: String) throws {
        guard condition else {
            throw CommandFailure.failed("the demo went differently: not so: \(what)")
        }
    }

    private func expectRefusal(
        _ status: Status, _ what: String, byRule: Bool = false, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch CommandFailure.refused(status, let grounds, _) {
            say("   \(what) is refused: \(status.rawValue) \(status.word)")
            if let grounds { say("   \(grounds.sentence)") }
            try expect(grounds != nil || !byRule, "the refusal names its rule")
            return
        }
        throw CommandFailure.failed("the demo went differently: \(what) was not refused")
    }

    private func sayWhereToLook() {
        let last =
            stops
            ? "start the nodes again     gongji cluster up"
            : "stop the nodes            gongji cluster down"
        let shanghai = "--cluster \(folder) --province 310000"
        say(
            """

            Where to look next (gongji is \(CommandLine.arguments[0]))
              peers, queues, refusals   gongji status \(shanghai)
              the treatment             gongji settle show \(shanghai) --transaction \
            \(treatment.hexText)
              what she used             gongji wallet usage --cluster \(folder) --province 370000 \
            --recipient \(mother)
              her wallet                gongji wallet show --cluster \(folder) --province 370000 \
            --wallet \(mother)
              the evidence              gongji journal verify \(shanghai)
              a receipt for a court     gongji journal prove \(shanghai) --transaction \
            \(treatment.hexText) --message decision --out receipt
              \(last) --dir \(folder)
            """)
    }

    /// What the family has at one moment, in fen.
    private struct Balances: Equatable {
        var mother: Int64
        var son: Int64
        var sonsQuota: Int64
        var daughter: Int64
        var daughtersQuota: Int64

        var total: Int64 { mother + son + sonsQuota + daughter + daughtersQuota }

        var table: String {
            var table = TextTable("   who", "insured in", ">own account", ">quota for the mother")
            table.add("   mother", "370000", YuanAmount.text(mother), "-")
            table.add("   son", "440000", YuanAmount.text(son), YuanAmount.text(sonsQuota))
            table.add(
                "   daughter", "330000", YuanAmount.text(daughter),
                YuanAmount.text(daughtersQuota))
            return table.text() + "\n   together \(YuanAmount.text(total))"
        }

        var json: JSON {
            [
                "mother_fen": .int(mother), "son_fen": .int(son), "sons_quota_fen": .int(sonsQuota),
                "daughter_fen": .int(daughter), "daughters_quota_fen": .int(daughtersQuota),
                "total_fen": .int(total),
            ]
        }
    }
}
