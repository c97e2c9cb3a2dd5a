import Domain
import Foundation
import Settlement
import Storage
import StorageSQLite
import Testing
import Wire

/// How long pages of usage take out of a million records: `GONGJI_MEASURE=1 swift test --filter
/// UsageMeasurement`. Prints figures and asserts nothing about time.
@Suite(
    "Measurement of usage",
    .enabled(if: ProcessInfo.processInfo.environment["GONGJI_MEASURE"] != nil))
struct UsageMeasurement {
    private static let count = 1_000_000
    private static let days = 730
    private static let hospital = UsageQuestion.Subject.institution(Samples.institution)
    private static let giver = UsageQuestion.Subject.giver(Samples.wallet(1))

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let time = try clock.measure(body)
        return Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1e3
    }

    private func text(_ number: Double) -> String { String(format: "%.3f", number) }

    @Test("pages out of a million records of one institution")
    func pages() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        var store = try SQLiteStore(path: path, key: Samples.storeKey)
        let first: Int32 = 20_000
        let perDay = Self.count / Self.days + 1
        var random = SeededGenerator(seed: 7)
        var sequence: UInt64 = 0
        var written: Double = 0
        for day in 0..<Self.days {
            let usages = (0..<perDay).map { _ -> Usage in
                sequence += 1
                let source = UInt64.random(in: 1...50_000, using: &random)
                // One in 50 000 is of the rare category.
                let category: Domain.Category =
                    sequence % 50_000 == 25_000 ? .bodybuilding : .pharmacy
                return Samples.usage(
                    Self.hospital, date: BusinessDate(daysSince1970: first + Int32(day)), sequence,
                    source: source, category, fen: 12_345)
            }
            written += try milliseconds { try store.add(usages) }
        }
        try store.add(
            (1...20).map {
                Samples.usage(
                    Self.giver, date: BusinessDate(daysSince1970: first + Int32($0) * 36), $0)
            })
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print(
            "\(sequence) records, \(size / 1_000_000) MB, "
                + "\(text(written * 1000 / Double(sequence))) µs each to write (\(perDay) a commit)"
        )
        try store.close()
        store = try SQLiteStore(path: path, key: Samples.storeKey)

        func page(
            _ subject: UsageQuestion.Subject = UsageMeasurement.hospital,
            category: Domain.Category? = nil,
            insured: ProvinceCode? = nil, year: Int? = nil, cursor: Bytes = []
        ) throws -> (records: [Usage], cursor: Bytes) {
            try store.read {
                try $0.usage(
                    UsageQuestion(
                        subject: subject, insured: insured, category: category, year: year,
                        limit: 50, cursor: cursor))
            }
        }
        func measure(_ name: String, _ body: () throws -> (records: [Usage], cursor: Bytes)) throws
        {
            var times: [Double] = []
            var found = 0
            for _ in 0..<21 {
                times.append(try milliseconds { found = try body().records.count })
            }
            let cold = times.removeFirst()
            times.sort()
            print(
                "\(name): first \(text(cold)) ms, median \(text(times[10])) ms, "
                    + "worst \(text(times[19])) ms, \(found) records")
        }
        let deep = UsagePosition(
            date: BusinessDate(daysSince1970: first + 10), transaction: Samples.id(10 * 1000),
            source: Samples.id(1))
        try measure("first page") { try page() }
        try measure("deep page") { try page(cursor: deep.cursor) }
        try measure("a year in the middle") { try page(year: 2025) }
        try measure("rare category, one page") { try page(category: .bodybuilding) }
        try measure("category that is not there, one page") { try page(category: .weightLoss) }
        try measure("giver with 20 records") { try page(Self.giver) }
        var cursor: Bytes = []
        var count = 0
        var found = 0
        let all = try milliseconds {
            repeat {
                let next = try page(category: .bodybuilding, cursor: cursor)
                cursor = next.cursor
                count += 1
                found += next.records.count
            } while !cursor.isEmpty
        }
        print("rare category, all \(found) records: \(count) pages, \(text(all)) ms")
    }
}
