import Simulation

/// The simulator's net of `scripts/check-mutations`: runs seeds until one fails.
///
/// Arguments: provinces, minutes, first seed, last seed. The last line is what came of it.
@main
enum Seeds {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == 4, numbers[2] <= numbers[3] else {
            print("usage: Seeds PROVINCES MINUTES FIRST LAST")
            return
        }
        for seed in numbers[2]...numbers[3] {
            print("seed", seed)
            let result = Simulator.run(
                Scenario(seed: seed, provinces: Int(numbers[0]), minutes: Int(numbers[1])))
            if let failure = result.failure {
                print("failed", seed, failure)
                return
            }
        }
        print("held")
    }
}
