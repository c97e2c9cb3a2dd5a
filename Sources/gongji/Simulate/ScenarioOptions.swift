import ArgumentParser
import Simulation

/// What a simulated run is made from, besides its seed.
struct ScenarioOptions: ParsableArguments {
    @Option(help: "How many provinces, 2 to 32.") var provinces = 32
    @Option(help: "Virtual minutes with faults; the time to heal comes after.") var minutes = 60
    @Option(
        help: ArgumentHelp(
            "What may go wrong: all, none, or words with commas; all,-word takes one away.",
            discussion: "Words: "
                + FaultKind.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "kinds"))
    var faults = FaultSelection.all
    @Option(
        help: ArgumentHelp(
            "Planned faults that are left out, by number: 3,7...9.", valueName: "numbers"))
    var withoutFaults = NumberList([])
    @Option(help: "Settlements that clients begin in a virtual minute, in all provinces together.")
    var rate = Scenario(seed: 0).settlementsPerMinute

    func validate() throws {
        guard (2...32).contains(provinces), (1...100_000).contains(minutes) else {
            throw ValidationError("--provinces is 2 to 32, --minutes 1 to 100000.")
        }
        // One a virtual millisecond.
        guard (1...60_000).contains(rate) else {
            throw ValidationError("--rate is 1 to 60000.")
        }
    }

    func scenario(seed: UInt64) -> Scenario {
        var scenario = Scenario(
            seed: seed, provinces: provinces, minutes: minutes, faults: faults.kinds,
            settlementsPerMinute: rate)
        scenario.withoutFaults = withoutFaults.numbers
        return scenario
    }
}

extension Scenario {
    /// The words behind `gongji` that run it: its seed, and what is not as it is by default.
    var words: [String] {
        let usual = Scenario(seed: seed)
        var words = ["simulate", "--seed", String(seed)]
        if provinces != usual.provinces { words += ["--provinces", String(provinces)] }
        if minutes != usual.minutes { words += ["--minutes", String(minutes)] }
        if faults != usual.faults { words += ["--faults", FaultSelection(faults).description] }
        if !withoutFaults.isEmpty {
            words += ["--without-faults", NumberList(withoutFaults).description]
        }
        if settlementsPerMinute != usual.settlementsPerMinute {
            words += ["--rate", String(settlementsPerMinute)]
        }
        return words
    }

    /// What a person types to run it.
    var command: String { (["gongji"] + words).joined(separator: " ") }
}

/// One seed, or a range of them: `7`, `1...1000`.
struct SeedRange: ExpressibleByArgument, Equatable {
    let seeds: ClosedRange<UInt64>

    init?(argument: String) {
        guard let seeds = closedRange(argument, of: UInt64.self) else { return nil }
        self.seeds = seeds
    }
}

/// The value of `--faults`.
struct FaultSelection: ExpressibleByArgument, Equatable, CustomStringConvertible {
    static let all = FaultSelection(Set(FaultKind.allCases))

    let kinds: Set<FaultKind>

    init(_ kinds: Set<FaultKind>) { self.kinds = kinds }

    /// Words from left to right; one with `-` before it takes away, and if the first does, it takes
    /// from all.
    init?(argument: String) {
        var kinds: Set<FaultKind> = argument.hasPrefix("-") ? FaultSelection.all.kinds : []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(word).replacing("_", with: "-")
            if name == "all" {
                kinds = FaultSelection.all.kinds
            } else if name == "none" {
                kinds = []
            } else if let kind = FaultKind(rawValue: name) {
                kinds.insert(kind)
            } else if name.hasPrefix("-"), let kind = FaultKind(rawValue: String(name.dropFirst()))
            {
                kinds.remove(kind)
            } else {
                return nil
            }
        }
        self.kinds = kinds
    }

    /// The shorter of what is in it and what is missing from it.
    var description: String {
        let missing = FaultSelection.all.kinds.subtracting(kinds)
        if kinds.isEmpty { return "none" }
        if missing.count < kinds.count {
            return (["all"] + missing.sorted().map { "-" + $0.rawValue }).joined(separator: ",")
        }
        return kinds.sorted().map(\.rawValue).joined(separator: ",")
    }

    var defaultValueDescription: String { description }
}

/// Numbers and ranges of numbers with commas: `3,7...9`.
struct NumberList: ExpressibleByArgument, Equatable, CustomStringConvertible {
    /// No plan has nearly as many; a longer range is a slip of the hand.
    private static let numberMax = 1_000_000

    let numbers: Set<Int>

    init(_ numbers: Set<Int>) { self.numbers = numbers }

    init?(argument: String) {
        var numbers: Set<Int> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = closedRange(part, of: Int.self), range.lowerBound >= 0,
                range.upperBound <= NumberList.numberMax
            else { return nil }
            numbers.formUnion(range)
        }
        self.numbers = numbers
    }

    var description: String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound == number - 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { range in
            switch range.count {
            case 1: "\(range.lowerBound)"
            case 2: "\(range.lowerBound),\(range.upperBound)"
            default: "\(range.lowerBound)...\(range.upperBound)"
            }
        }.joined(separator: ",")
    }

    var defaultValueDescription: String { numbers.isEmpty ? "none" : description }
}

/// `7` or `7...9`, nil if it is neither.
private func closedRange<Number: FixedWidthInteger>(
    _ text: some StringProtocol, of type: Number.Type
) -> ClosedRange<Number>? {
    let parts = String(text).split(separator: "...", omittingEmptySubsequences: false)
    guard let first = parts.first.flatMap({ decimal($0, of: type) }), parts.count <= 2 else {
        return nil
    }
    guard parts.count == 2 else { return first...first }
    guard let last = decimal(parts[1], of: type), last >= first else { return nil }
    return first...last
}

private func decimal<Number: FixedWidthInteger>(
    _ text: Substring, of type: Number.Type
) -> Number? {
    text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Number(text) : nil
}
