package import Domain
import Foundation

extension SeededGenerator {
    /// A generator whose seed is printed with the name of the test, or given by `GONGJI_SEED`.
    package static func printed(_ test: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["GONGJI_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0 ... .max)
        print("\(test): GONGJI_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }
}
