import Domain
import Settlement
import Wire

/// M8: the journals hold, every client that was told "settled" is settled, and the certificate of a
/// remote primary is there to prove it; and what moved money was asked for.
extension Audit {
    mutating func checkEvidence(of node: Node) throws {
        var certified: Set<Identifier> = []
        for direction in JournalDirection.allCases {
            let result = try JournalVerification.run(
                node.store, direction, at: node.province, network: network, verifier: verifier,
                sm3: sm3
            ) { entry, _ in
                progress(node.province, entry)
                guard direction == .inbound else { return }
                for frame in entry.frames {
                    if let transaction = Message.settledTransaction(in: frame) {
                        certified.insert(transaction)
                    }
                }
            }
            report.m8.add("batches", Int64(result.entries))
            report.m8.add("messages", Int64(result.messages))
            for fault in result.faults {
                report.m8.violated("\(node.province) \(direction.word) journal, \(fault)")
            }
        }
        try node.store.forEachAnswer { request, answer in
            guard let reply = answer.reply,
                let transaction = ServiceReply.settledTransaction(in: reply)
            else { return }
            report.m8.add("told_settled", 1)
            let care = transactions[transaction]?.care
            report.m8.check(
                care?.date != nil,
                "\(node.province): request \(request) was told that \(transaction) is settled")
            report.m8.check(
                care?.primary == node.province || certified.contains(transaction),
                "\(node.province): no certificate of \(transaction) is in the journal")
        }
        let causes = CauseCheck(
            store: node.store, province: node.province, sm3: sm3, tellsMissingRows: false)
        try causes.run { report.m8.violated("\(node.province) \($0)") }
    }
}
