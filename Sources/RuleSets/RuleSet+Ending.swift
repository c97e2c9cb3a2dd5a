package import Domain

extension RuleSet {
    /// Rules N5 G9: relations are ended over the channels over which they are made. Nil: this is one.
    package func refusal(toEndIn giver: RegionCode, over channel: Channel) -> RefusalReason? {
        for rule in rules {
            let allowed: [Channel]
            switch rule.check {
            case .channels(let channels): allowed = channels
            case .joined(let entries):
                // A region that takes no part any more may still end what it has.
                guard let entry = Check.entry(for: giver, in: entries) else { continue }
                allowed = entry.channels
            default: continue
            }
            guard !allowed.contains(channel) else { continue }
            return RefusalReason(
                .channelNotAllowed,
                Grounds(
                    rule: rule.id, compared: channel.word, limit: list(allowed.map(\.word))))
        }
        return nil
    }
}

extension Check {
    /// The entry of the smallest region that has one: county, city, province.
    static func entry(for region: RegionCode, in entries: [Joined]) -> Joined? {
        for part in region.path {
            if let entry = entries.first(where: { $0.region == part }) { return entry }
        }
        return nil
    }
}
