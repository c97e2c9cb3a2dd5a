import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Signing
import Testing
import Wire

/// A province with real keys that is the primary of a settlement, and tells two provinces two stories, over
/// real sockets: nothing of the lie is applied twice, and an exported file names it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LyingPrimary {
    private static let care = ProvinceNetwork.shandong
    private static let secondary = ProvinceNetwork.guangdong
    private static let liar = ProvinceNetwork.sichuan

    @Test func twoStoriesAreFoundExportedAndProven() throws {
        let network = try ProvinceNetwork(nodes: [Self.care, Self.secondary])
        defer { network.end() }
        let member = try network.add(member: Self.liar)
        try network.start()
        let care = network[Self.care]
        let payer = network[Self.secondary]
        let toCare = try HostilePeer(member, in: network, against: care)
        let toPayer = try HostilePeer(member, in: network, against: payer, listens: false)
        try toCare.isAnswered()

        // The patient receives from a giver of the liar, 300 fen, and from an honest one, 200.
        let desk = try care.desk()
        let patient = try desk.person(fen: 0)
        try grant(patient, fen: 300, by: toCare)
        _ = try payer.desk().relation(to: patient, of: Self.care, account: 1000, quota: 200)
        try eventually("both grants") {
            let wallet = try desk.ask(.showWallet(patient)).wallet
            return wallet.received.filter { $0.availableFen > 0 }.count == 2
        }
        let reserve = Gongji_V1_ServiceRequest.reserve(patient, of: Self.care, fen: 500)
        try desk.send(reserve)
        let plan = try held(reserve.identifier, by: toCare)
        #expect(plan.plan.primary == Self.liar)
        #expect(
            try ServiceClient.decode(try desk.answer(to: reserve.identifier)).isReservation)

        let commit = Gongji_V1_ServiceRequest.commit(reserve.identifier, fen: 450)
        try desk.send(commit)
        let asked = try toCare.hear("a commit") {
            if case .commit(let commit) = $0 {
                commit.transaction == reserve.identifier
            } else {
                false
            }
        }
        guard case .commit(let wanted) = asked else { return }
        func said(_ amounts: [Int64], care: ProvinceCode = Self.care) -> Message {
            let now = Clock.now()
            let finals = zip(plan.plan.draws, amounts).map { draw, fen in
                FinalDraw(province: draw.province, source: draw.source, amount: Fen(fen)!)
            }
            return .decision(
                Decision(
                    transaction: reserve.identifier, planDigest: plan.digest, care: care,
                    primary: Self.liar,
                    outcome: .committed(finals: finals, date: BusinessDate(at: now)),
                    decided: now))
        }
        let truth = wanted.finals.map(\.value)
        #expect(truth.reduce(0, +) == 450)
        // The honest payer's amount is another, within what it holds.
        let lie = zip(plan.plan.draws, truth).map { draw, fen in
            draw.province == Self.secondary ? fen - 1 : fen
        }

        // Care is told of another care first: nothing is claimed.
        try toCare.tell(said(truth, care: Self.secondary))
        try expectEvidence("other_care", 1, at: care)
        #expect(try care.books().balance(.receivable(Self.liar)) == 0)
        // The payer is told one story, care the other; care passes it on.
        try toPayer.tell(said(lie))
        try eventually("the payer to settle") {
            try payer.books().participations[reserve.identifier] == .committed
        }
        try toCare.tell(said(truth))
        #expect(try ServiceClient.decode(try desk.answer(to: commit.identifier)).isSettled)
        try expectEvidence("two_amounts", 1, at: payer)

        for (node, reason, fields) in [
            (care, "other_care", "field care"), (payer, "two_amounts", "field finals"),
        ] {
            let folder = "\(network.path)/evidence-\(node.province)"
            let export = try run(
                ChildProcess.gongji,
                ["evidence", "export", "--node", node.folder, "--entry", "1", "--out", folder],
                in: network)
            #expect(export.exit == .code(0), "\(export.text)")
            let verified = try run(
                "/usr/bin/python3",
                [verifier, folder, "--root", "\(network.path)/pki/root.pem"], in: network)
            #expect(verified.exit == .code(0), "\(verified.text)")
            #expect(verified.text.contains("A contradiction is proven"), "\(verified.text)")
            #expect(verified.text.contains(fields), "\(verified.text)")
            #expect(verified.text.contains("\(reason)"), "\(verified.text)")
            #expect(verified.text.contains("accused       \(Self.liar)"), "\(verified.text)")
            try expectNothingProvenOnceChanged(folder, network)
        }
        let list = try run(
            ChildProcess.gongji, ["evidence", "list", "--node", care.folder], in: network)
        #expect(list.text.contains("other_care"), "\(list.text)")
        #expect(care.log.contains("contradiction_found"))
    }

    /// One changed octet of a statement, or one that is left out, and nothing is proven.
    private func expectNothingProvenOnceChanged(
        _ folder: String, _ network: ProvinceNetwork
    ) throws {
        let path = "\(folder)/evidence.json"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        let document = try JSONSerialization.jsonObject(with: Data(whole.utf8)) as? [String: Any]
        var changed = try #require(document)
        var statements = try #require(changed["statements"] as? [[String: Any]])
        var message = try #require(statements[0]["message"] as? String)
        message.replaceSubrange(
            message.index(before: message.endIndex)..., with: message.hasSuffix("0") ? "1" : "0")
        statements[0]["message"] = message
        changed["statements"] = statements
        for variant in [changed, changed.merging(["statements": [Any]()]) { $1 }] {
            try JSONSerialization.data(withJSONObject: variant)
                .write(to: URL(fileURLWithPath: path))
            let verified = try run(
                "/usr/bin/python3",
                [verifier, folder, "--root", "\(network.path)/pki/root.pem"], in: network)
            #expect(verified.exit == .code(1), "\(verified.text)")
        }
        try Data(whole.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func expectEvidence(_ reason: String, _ count: Int64, at node: TestNode) throws {
        try eventually("evidence of \(reason)", seen: { node.lastWords }) {
            try node.status().evidence.count == count
        }
        let last = try node.status().evidence.last
        #expect(last?.reason == reason)
        #expect(last?.accused == Self.liar.description)
    }

    /// Proposes a relation to `patient` and notices `fen` of quota, as an honest payer would.
    private func grant(_ patient: WalletID, fen: Int64, by peer: HostilePeer) throws {
        let relation = Clock.newIdentifier()
        let giver = WalletID(Clock.newIdentifier())
        let region = RegionCode(Self.liar)
        try peer.tell(
            .relationProposal(
                RelationProposal(
                    relation: relation, giver: giver, giverRegion: region, kinship: .child,
                    recipient: .wallet(patient), asksAge: false, priority: 0,
                    commitment: Commitment(
                        digest: SM3Hashing().digest([1]), date: BusinessDate(at: Clock.now())))))
        _ = try peer.hear("an answer") {
            if case .relationAnswer(let answer) = $0 { answer.relation == relation } else { false }
        }
        try peer.tell(
            .quotaNotice(
                QuotaNotice(
                    relation: relation, wallet: patient, available: Fen(fen)!, phase: .active,
                    granted: Clock.now(), version: 1, giver: giver, giverRegion: region,
                    kinship: .child, priority: 0, consentUntil: nil, status: nil, uses: [])))
    }

    /// Waits for the `Reserve`, and votes for it.
    private func held(_ transaction: Identifier, by peer: HostilePeer) throws -> EncodedPlan {
        let message = try peer.hear("a reserve") {
            if case .reserve(let reserve) = $0 {
                reserve.plan.plan.transaction == transaction
            } else {
                false
            }
        }
        guard case .reserve(let reserve) = message else { throw DecodingRefusal.unknownBody }
        let plan = reserve.plan
        try peer.tell(
            .vote(
                Vote(
                    transaction: transaction, planDigest: plan.digest, participant: Self.liar,
                    held: plan.plan.draws.filter { $0.province == Self.liar }.map(\.limit),
                    expires: Clock.now().advanced(byMilliseconds: 60_000))))
        return plan
    }

    private var verifier: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../protocol/verify_receipt.py").standardizedFileURL.path
    }

    private func run(
        _ executable: String, _ arguments: [String], in network: ProvinceNetwork
    ) throws -> (exit: ChildProcess.Exit?, text: String) {
        let output = "\(network.path)/output"
        try? FileManager.default.removeItem(atPath: output)
        let process = try ChildProcess(executable, arguments, output: output)
        let exit = try process.waitForExit(within: 60_000)
        return (exit, try String(contentsOfFile: output, encoding: .utf8))
    }
}
