import Testing
import ZMTPFuzzing

/// A short form of `make fuzz-zmtp`.
@Suite(.serialized) struct FuzzTests {
    @Test func twentyThousandConnectionsThatAreAlmostRightBreakNothing() throws {
        let run = try FuzzRun(seed: 20_260_601)
        defer { run.end() }
        while run.count < 20_000 { try run.step() }
    }
}
