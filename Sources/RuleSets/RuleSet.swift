package import Domain

/// One rule of a set: what is checked, and under which id a refusal cites it.
package struct Rule: Hashable, Sendable {
    package let id: RuleID
    package let check: Check
    package init(id: RuleID, check: Check) {
        self.id = id
        self.check = check
    }
}

/// The rules of one document, for the regions and days that it governs: data, never `if province ==`.
package struct RuleSet: Hashable, Sendable {
    /// `zibo-2021`; unique in a book.
    package let name: String
    package let title: String
    /// Where it holds; `[100000]` is the national set.
    package let regions: [RegionCode]
    package let from: BusinessDate
    /// The last day; nil: until further notice.
    package let until: BusinessDate?
    /// In the order of the file.
    package let rules: [Rule]

    // Drawn from `rules` once, as a set is asked for every settlement.
    let settings: Settings
    let silences: Silences
    /// Those that have a say on a use, in the order of the file.
    let rulesOfUse: [Rule]

    package init(
        name: String, title: String, regions: [RegionCode], from: BusinessDate,
        until: BusinessDate?, rules: [Rule]
    ) {
        self.name = name
        self.title = title
        self.regions = regions
        self.from = from
        self.until = until
        self.rules = rules
        settings = Settings(rules)
        silences = Silences(rules)
        rulesOfUse = rules.filter { $0.check.steps.contains(.use) }
    }

    package func isInForce(on date: BusinessDate) -> Bool {
        from <= date && until.map { date <= $0 } ?? true
    }
}

/// All rule sets of a node.
package struct RuleBook: Hashable, Sendable {
    package let sets: [RuleSet]
    private let byRegion: [RegionCode: [RuleSet]]

    /// Two sets for one region on one day.
    package struct Overlap: Error, Hashable {
        package let region: RegionCode
        package let first: String
        package let second: String
    }

    package init(_ sets: [RuleSet]) throws(Overlap) {
        self.sets = sets
        var byRegion: [RegionCode: [RuleSet]] = [:]
        for set in sets {
            for region in set.regions {
                for other in byRegion[region] ?? [] {
                    let apart =
                        other.until.map { $0 < set.from } ?? false
                        || set.until.map { $0 < other.from } ?? false
                    guard apart else {
                        throw Overlap(region: region, first: other.name, second: set.name)
                    }
                }
                byRegion[region, default: []].append(set)
            }
        }
        self.byRegion = byRegion
    }

    /// The set that governs what happens in all of `places` on `date`: that of the smallest region
    /// which holds them all and has one; nil if not even the nation has one on that day.
    package func set(for places: [RegionCode], on date: BusinessDate) -> RuleSet? {
        guard var region = places.first else { return nil }
        for place in places.dropFirst() { region = region.enclosing(place) }
        for candidate in region.path {
            if let found = byRegion[candidate]?.first(where: { $0.isInForce(on: date) }) {
                return found
            }
        }
        return nil
    }
}
