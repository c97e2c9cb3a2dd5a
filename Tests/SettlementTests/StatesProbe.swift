import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// Watches one node while one event happens to it, and says what came of it in the words of
/// `protocol/states.md`.
struct StatesProbe {
    private let world: World
    private let province: ProvinceCode
    private let postings: Int
    private let rejections: Int
    private let replies: [Identifier: Int]
    /// How the page calls a personal account.
    private let personal: String

    init(_ world: World, at province: ProvinceCode, personal: String = "giver") {
        self.world = world
        self.province = province
        self.personal = personal
        world.waiting = []
        rejections = world.rejections.count
        replies = world.replies.mapValues(\.count)
        postings = StatesProbe.postings(world, province).count
    }

    private static func postings(_ world: World, _ province: ProvinceCode) -> [Posting] {
        var found: [Posting] = []
        try? world.store(province).read { store in
            try store.forEachPosting { found.append($0.posting) }
        }
        return found
    }

    /// `request` is the id of the event, if it was a command; `earlier` one that waits.
    func parts(state: String?, request: Identifier?, earlier: Identifier?) -> Set<String> {
        var parts: Set<String> = []
        if let state { parts.insert(state) }
        if let request, let status = world.status(request) {
            parts.insert("\(status.rawValue)")
        }
        if let earlier, let told = told(earlier), earlier != request {
            parts.insert("told \(told)")
        }
        for rejection in world.rejections.dropFirst(rejections) {
            parts.insert("✗ `\(rejection.reason)`")
        }
        for waiting in world.waiting where waiting.from == province {
            if let word = word(of: waiting.message) { parts.insert(word) }
        }
        for posting in StatesProbe.postings(world, province).dropFirst(postings) {
            parts.insert("\(word(of: posting.debit)) → \(word(of: posting.credit))")
        }
        return parts.isEmpty ? ["–"] : parts
    }

    private func told(_ id: Identifier) -> String? {
        guard world.replies[id, default: []].count > replies[id, default: 0] else { return nil }
        if let status = world.status(id) { return "\(status.rawValue)" }
        switch world.reply(id) {
        case .relation: return "the relation"
        case .withdrawal: return "the withdrawal"
        case .wallet: return "the wallet"
        default: return "something else"
        }
    }

    private func word(of message: Message) -> String? {
        switch message {
        case .quotaNotice: return "notice"
        case .vote: return "vote"
        case .refusal(let refusal): return "refusal \(refusal.reason.status.rawValue)"
        case .relationAnswer(let answer):
            if case .failure(let status) = answer.result {
                return "`relation_answer` \(status.rawValue)"
            }
            return "`relation_answer`"
        case .walletReply(let reply):
            if case .success = reply.result { return "a source" }
            return "no source"
        case .decision, .certificate: return nil
        default: return "`\(message.name)`"
        }
    }

    private func word(of account: Account) -> String {
        switch account {
        case .personal: personal
        case .available: "quota"
        case .held: "held"
        case .payable: "payable"
        case .payout: "payout"
        case .fund: "fund"
        case .receivable: "receivable"
        case .institution: "institution"
        }
    }
}
