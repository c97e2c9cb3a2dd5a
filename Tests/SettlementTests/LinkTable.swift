import Domain
import Foundation
import Signing
import Testing
import Wire

@testable import Settlement

/// The tables of links in `protocol/states.md`, cell by cell.
@Suite struct LinkTable {
    private let sm3 = SM3Hashing()
    private let here = ProvinceCode(310_000)!
    private let there = ProvinceCode(440_000)!
    private let epoch = Identifier(high: 1, low: 1)
    private let peerEpoch = Identifier(high: 2, low: 2)
    private let beginning = Instant(milliseconds: 1_000_000)

    /// The rows of the table under the heading whose first column is `first`.
    private static func rows(_ first: String) throws -> [[String]] {
        let text = try Repository.text("protocol/states.md")
        let lines = text.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: "## Link"))
        let table = try #require(
            lines[start...].firstIndex {
                $0.hasPrefix("| \(first) |") && $0.contains("fits")
                    || $0.hasPrefix("| \(first) | the header")
            })
        return lines[(table + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.dropFirst().dropLast().components(separatedBy: "|")
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func position(_ sequence: UInt64, of epoch: Identifier) -> LinkPosition {
        LinkPosition(
            epoch: epoch, sequence: sequence,
            digest: sequence == 0 ? .zero : sm3.digest([UInt8(sequence)]))
    }

    /// A link that has sent 6 messages in two batches, of which the first, up to 4, is acknowledged, and
    /// has received 8, or nothing. One header was seen since the start.
    private func link(isNew: Bool) -> Link {
        let sent = position(6, of: epoch)
        var link = Link(
            LinkRecord(
                peer: there, sent: sent, acknowledged: 4, assigned: 6,
                received: isNew ? nil : position(8, of: peerEpoch)),
            inFlight: [Link.SentBatch(end: sent, envelope: [0], frames: [[1], [2]])],
            outboxCount: 0)
        let (header, end) = header(isNew: isNew)
        #expect(link.arrive(header, end: end, now: beginning) == .nothingNew)
        return link
    }

    /// A header that fits and brings nothing, `later` than the last one, with what `change` changes.
    private func header(
        isNew: Bool, later: Int64 = 0, _ change: (inout BatchHeader) -> Void = { _ in }
    ) -> (BatchHeader, LinkPosition) {
        let begin = position(isNew ? 0 : 8, of: peerEpoch)
        var header = BatchHeader(
            network: "test", from: there, to: here, epoch: peerEpoch,
            firstSequence: begin.sequence + 1, count: 0, ack: position(4, of: epoch),
            time: beginning.advanced(byMilliseconds: later), linkDigest: begin.digest,
            sentSequence: begin.sequence)
        change(&header)
        return (header, end(of: header))
    }

    private func end(of header: BatchHeader, digest: Digest? = nil) -> LinkPosition {
        guard header.count > 0 else { return header.begin }
        let last = header.firstSequence + UInt64(header.count) - 1
        var end = position(last, of: header.epoch)
        if let digest { end.digest = digest }
        return end
    }

    private struct Case {
        var change: (inout BatchHeader) -> Void = { _ in }
        var proven: ProvenHeader?
        var endDigest: Digest?
    }

    /// What makes the event of a row happen; nil where it cannot.
    private func event(_ row: Int, isNew: Bool) -> [Case]? {
        let other = sm3.digest([99])
        let next: UInt64 = isNew ? 1 : 9
        func acknowledging(_ ack: LinkPosition?) -> Case { Case(change: { $0.ack = ack }) }
        switch row {
        case 1:
            var own = header(isNew: isNew).0
            (own.from, own.to, own.count) = (here, there, 1)
            return [Case(proven: ProvenHeader(header: own, subtree: .zero))]
        case 2:
            return [
                acknowledging(position(7, of: epoch)),
                acknowledging(position(4, of: Identifier(high: 7, low: 7))),
            ]
        case 3: return [acknowledging(position(3, of: epoch)), acknowledging(nil)]
        case 4:
            return [
                acknowledging(LinkPosition(epoch: epoch, sequence: 6, digest: other))
            ]
        case 5: return [acknowledging(position(6, of: epoch))]
        case 6 where !isNew:
            return [Case(change: { $0.epoch = Identifier(high: 9, low: 9) })]
        case 7 where !isNew: return [Case(change: { $0.sentSequence = 7 })]
        case 8:
            return [
                Case(change: {
                    ($0.firstSequence, $0.count, $0.sentSequence) = (next + 1, 1, next + 1)
                })
            ]
        case 9: return [Case(change: { $0.linkDigest = other })]
        case 10: return [Case(change: { ($0.count, $0.sentSequence) = (2, next + 1) })]
        case 11: return [Case()]
        case 12 where !isNew: return [Case(change: { $0.firstSequence = 5 })]
        case 13 where !isNew:
            return [Case(change: { ($0.firstSequence, $0.count, $0.sentSequence) = (7, 3, 9) })]
        case 14 where !isNew:
            return [
                Case(change: { ($0.firstSequence, $0.count) = (7, 2) }, endDigest: other)
            ]
        case 15 where !isNew:
            return [
                Case(change: { ($0.firstSequence, $0.count) = (7, 2) }),
                Case(change: { ($0.firstSequence, $0.count) = (3, 2) }),
            ]
        default: return nil
        }
    }

    private func cell(_ link: Link, _ arrival: Link.Arrival, before: Link) -> String {
        switch arrival {
        case .diverged(let divergence): return "**→ \(divergence.rawValue)**"
        case .accepted: return "taken"
        case .gap: return "gap"
        case .duplicate: return "duplicate"
        case .nothingNew:
            return link.record.acknowledged > before.record.acknowledged ? "done" : "–"
        }
    }

    @Test func everyRowDoesWhatItSays() throws {
        let rows = try LinkTable.rows("#")
        #expect(rows.map(\.[0]) == (1...15).map { "\($0)" })
        var stops: Set<Int> = []
        for (index, row) in rows.enumerated() {
            for (column, isNew) in [true, false].enumerated() {
                let said = row[2 + column]
                guard let cases = event(index + 1, isNew: isNew) else {
                    #expect(said.isEmpty, "row \(index + 1) cannot happen here")
                    continue
                }
                for event in cases {
                    let before = link(isNew: isNew)
                    var link = before
                    let header = header(isNew: isNew, later: 1, event.change).0
                    let arrival = link.arrive(
                        header, end: end(of: header, digest: event.endDigest),
                        provesMore: event.proven, now: beginning)
                    #expect(cell(link, arrival, before: before) == said, "row \(index + 1)")
                    guard case .diverged = arrival else { continue }
                    #expect(link.standstill?.row.rawValue == index + 1)
                    #expect(link.record == before.record && link.inFlight == before.inFlight)
                    stops.insert(index + 1)
                }
            }
        }
        #expect(stops == Set(Link.Row.allCases.map(\.rawValue)))
    }

    /// Rows that only judged headers meet: an overtaken one, and the first since the start, do not.
    @Test func onlyJudgedHeadersGoBack() {
        for row in [3, 7] {
            for event in event(row, isNew: false) ?? [] {
                var link = link(isNew: false)
                let overtaken = header(isNew: false, later: -1, event.change)
                #expect(link.arrive(overtaken.0, end: overtaken.1, now: beginning) == .nothingNew)
                var started = Link(link.record, inFlight: link.inFlight, outboxCount: 0)
                #expect(
                    started.arrive(overtaken.0, end: overtaken.1, now: beginning) == .nothingNew)
            }
        }
    }

    @Test func whatStandsStillGoesOnAsItSays() throws {
        let rows = try LinkTable.rows("state")
        let states = [
            "`peer_store_is_older`": 7, "`unproven_claim`": 2, "`histories_differ`": 9,
        ]
        #expect(Set(rows.map(\.[0])) == Set(states.keys))
        for row in rows {
            let stopped = try #require(states[row[0]])
            let event = try #require(event(stopped, isNew: false)?.first)
            var standing = link(isNew: false)
            let stopping = header(isNew: false, later: 1, event.change).0
            _ = standing.arrive(stopping, end: end(of: stopping), now: beginning)
            #expect(standing.standstill.map { "`\($0.divergence.rawValue)`" } == row[0])
            for (column, later) in [(1, 1), (2, 2)] as [(Int, Int64)] {
                var link = standing
                let fits = header(isNew: false, later: later) { $0.count = 1 }
                let arrival = link.arrive(fits.0, end: fits.1, now: beginning)
                let isRunning = row[column] == "**→ running**"
                #expect(isRunning || row[column] == "–")
                #expect((arrival == .accepted) == isRunning, "\(row[0])")
                #expect((link.standstill == nil) == isRunning)
                #expect(link.record.received?.sequence == (isRunning ? 9 : 8))
            }
            standing.resume(beginning)
            #expect(row[3] == "**→ running**" && standing.standstill == nil)
            #expect(standing.windowIsOpen)
        }
    }
}
