import Domain
import Foundation
import FuzzTargets
import Testing

/// Every input that the repository keeps goes through the very functions that the fuzzer calls.
@Suite struct KeptInputs {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzing")

    /// The files of one target in `Corpus` (what reaches much) and `Regressions` (what once broke it).
    static func inputs(of target: FuzzTarget) throws -> [URL] {
        try ["Corpus", "Regressions"].flatMap { kind in
            let files = folder.appendingPathComponent("\(kind)/\(target.rawValue)")
            guard FileManager.default.fileExists(atPath: files.path) else { return [URL]() }
            return try FileManager.default.contentsOfDirectory(
                at: files, includingPropertiesForKeys: nil
            ).sorted { $0.path < $1.path }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func keepTheirPromises(_ target: FuzzTarget) throws {
        let inputs = try KeptInputs.inputs(of: target)
        #expect(!inputs.isEmpty)
        var read = 0
        for input in inputs {
            let octets = Bytes(try Data(contentsOf: input))
            #expect(throws: Never.self, "\(input.lastPathComponent)") {
                if try target.take(octets) { read += 1 }
            }
        }
        #expect(read > 0, "every input of \(target) is refused")
    }

    @Test("what is kept stays small, and holds no private key")
    func areSmall() throws {
        var sum = 0
        for target in FuzzTarget.allCases {
            let inputs = try KeptInputs.inputs(of: target)
            #expect(inputs.count < 60, "\(target)")
            for input in inputs {
                let octets = try Data(contentsOf: input)
                sum += octets.count
                #expect(octets.range(of: Data("PRIVATE KEY".utf8)) == nil, "\(input.path)")
            }
        }
        #expect(sum < 300 * 1024)
    }
}
