import Domain
import Settlement
import Wire

/// What clients asked, and what they were promised: the truth as the world outside has it.
struct AuditedClients {
    struct Request: Hashable {
        let province: ProvinceCode
        let id: Identifier
        init(_ province: ProvinceCode, _ id: Identifier) {
            self.province = province
            self.id = id
        }
    }

    /// One settlement as its clients know it.
    struct Settlement {
        /// What was held, one a draw.
        var reserved: [Share]?
        var settled: [Share]?
        var reversed = false
        /// A client was told that nothing will be taken.
        var released = false
        var asked: Set<Asked> = []
    }

    enum Asked { case commit, cancel, reverse }

    /// One draw, as a client sees it.
    struct Share: Hashable {
        let province: ProvinceCode
        /// Nil: the own account.
        let relation: Identifier?
        let fen: Int64
    }

    /// Different octets under one id are different requests; each was asked in some order.
    private var contents: [Request: [Digest: ServiceRequest.Body]] = [:]
    /// By the request that began it.
    var settlements: [Request: Settlement] = [:]
    /// Fen that people were told to have come to them, by province and wallet.
    var deposited: [Request: Int64] = [:]
    /// All that givers ever put into a relation, at most; by province and relation.
    var quotas: [Request: Int64] = [:]
    /// What was settled and not reversed, by province and source: a relation, or a wallet for its own
    /// account.
    var spent: [Request: Int64] = [:]

    mutating func asked(_ request: ServiceRequest, at province: ProvinceCode) {
        contents[Request(province, request.id), default: [:]][request.digest] = request.body
        guard case .command(let command) = request.body else { return }
        switch command {
        case .settleCommit(let transaction, _):
            settlements[Request(province, transaction), default: Settlement()].asked.insert(.commit)
        case .settleCancel(let transaction):
            settlements[Request(province, transaction), default: Settlement()].asked.insert(.cancel)
        case .settleReverse(let transaction):
            settlements[Request(province, transaction), default: Settlement()].asked.insert(
                .reverse)
        default: break
        }
    }

    /// What was settled from `source` and may have been reversed since: asked for, and not told.
    func underReversal(_ source: Request) -> Int64 {
        var sum: Int64 = 0
        for settlement in settlements.values
        where settlement.asked.contains(.reverse) && !settlement.reversed {
            for share in settlement.settled ?? []
            where share.province == source.province && share.relation == source.id {
                sum += share.fen
            }
        }
        return sum
    }

    /// Of all that was asked under this id, what the node took.
    func command(
        _ id: Identifier, at province: ProvinceCode, _ book: AuditedBook
    ) -> ServiceRequest.Command? {
        guard let digest = book.answers[id]?.requestDigest,
            case .command(let command) = contents[Request(province, id)]?[digest]
        else { return nil }
        return command
    }

    /// All that was asked under this id.
    func commands(_ id: Identifier, at province: ProvinceCode) -> [ServiceRequest.Command] {
        (contents[Request(province, id)] ?? [:]).values.compactMap {
            if case .command(let command) = $0 { command } else { nil }
        }
    }

    func contentsCount(_ id: Identifier, at province: ProvinceCode) -> Int {
        contents[Request(province, id)]?.count ?? 0
    }

    func asksQuestion(_ id: Identifier, at province: ProvinceCode) -> Bool {
        (contents[Request(province, id)] ?? [:]).values.contains {
            if case .query = $0 { true } else { false }
        }
    }
}
