import Domain

/// The faults of a run, drawn from its seed before it begins. Those that a scenario leaves out are drawn
/// all the same: what is left in stays as it was.
struct FaultPlan {
    let faults: [PlannedFault]
    /// How often, in a million batches, and how long at most, in milliseconds.
    let lossPerMillion: Int
    let duplicationPerMillion: Int
    let reorderingPerMillion: Int
    let reorderingMillisecondsMax: Int64

    init(_ scenario: Scenario, provinces: [ProvinceCode]) {
        var chance = Chance(seed: scenario.seed, for: "faults")
        lossPerMillion = chance.pick([500, 5_000, 30_000])
        duplicationPerMillion = chance.pick([500, 5_000, 30_000])
        reorderingPerMillion = chance.pick([500, 5_000, 50_000])
        reorderingMillisecondsMax = chance.pick([500, 5_000, 60_000])
        let length = Int64(scenario.minutes) * 60_000
        let provinceMinutes = Int64(provinces.count * scenario.minutes)
        var faults: [PlannedFault] = []
        for kind in FaultKind.allCases.sorted() {
            var chance = Chance(seed: scenario.seed, for: "faults \(kind.rawValue)")
            let perProvinceHundredHours = FaultPlan.frequency[kind] ?? 0
            guard perProvinceHundredHours > 0 else { continue }
            let count = max(1, Int(provinceMinutes * perProvinceHundredHours / 6_000))
            for index in 0..<count {
                var begins = chance.number(in: length / 20...length)
                let province = chance.pick(provinces)
                let peer = chance.pick(provinces.filter { $0 != province })
                var lasts = FaultPlan.duration(of: kind, &chance)
                // In a run that is longer than a day a node is gone for one, and comes back.
                if kind == .absence, index == 0, length > FaultPlan.day + 2 * FaultPlan.hour {
                    begins = chance.number(
                        in: FaultPlan.hour...length - FaultPlan.day - FaultPlan.hour)
                    lasts = FaultPlan.day
                }
                faults.append(
                    PlannedFault(
                        number: faults.count + 1, kind: kind, begins: begins,
                        ends: begins + lasts, province: province,
                        peer: kind == .partition ? peer : nil,
                        parameter: Int64(chance.next() >> 16)))
            }
        }
        self.faults = faults
    }

    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    /// How often a kind strikes, per hundred hours of a province.
    private static let frequency: [FaultKind: Int64] = [
        .partition: 150, .absence: 8, .crash: 300, .slowDisk: 40, .fullDisk: 30,
        .doubtfulCommit: 60, .oldStore: 25, .clock: 50, .certificates: 25, .directory: 4,
        .liar: 200, .lyingPayer: 200,
    ]

    private static func duration(of kind: FaultKind, _ chance: inout Chance) -> Int64 {
        switch kind {
        case .absence:
            chance.happens(perMillion: 100_000) ? day : chance.number(in: 60_000...1_200_000)
        case .crash: chance.number(in: 50...60_000)
        case .partition: chance.number(in: 1_000...300_000)
        case .slowDisk, .fullDisk: chance.number(in: 1_000...120_000)
        case .oldStore: chance.number(in: 10_000...120_000)
        case .clock: chance.number(in: 30_000...900_000)
        case .certificates: chance.number(in: 30_000...600_000)
        case .directory: chance.number(in: 10_000...600_000)
        case .doubtfulCommit, .loss, .duplication, .reordering, .liar, .lyingPayer,
            .clients:
            0
        }
    }
}
