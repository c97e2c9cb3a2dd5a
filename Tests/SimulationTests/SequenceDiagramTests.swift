import Domain
import Foundation
import FoundationXML
import Testing

@testable import Simulation

@Suite("A sequence diagram")
struct SequenceDiagramTests {
    private static let id = Identifier(high: 1, low: 2)
    private static let other = Identifier(high: 3, low: 4)

    private static func province(_ number: Int) -> ProvinceCode {
        ProvinceCode(UInt32(110_000 + 10_000 * number))!
    }

    private static func event(
        _ seconds: Int64, _ from: TraceEvent.Party, _ to: TraceEvent.Party, _ label: String,
        _ detail: String = "", about subjects: [Identifier] = [id], isLost: Bool = false
    ) -> TraceEvent {
        TraceEvent(
            at: Simulator.beginning.advanced(byMilliseconds: seconds * 1000), from: from, to: to,
            label: label, detail: detail, subjects: subjects, isLost: isLost)
    }

    private static func result(
        _ trace: [TraceEvent], plan: [PlannedFault] = [], without: Set<Int> = [],
        failure: Failure? = Failure(.safety, "M1", "100 fen are gone", about: id),
        seconds: Int64 = 100
    ) -> RunResult {
        var scenario = Scenario(seed: 42)
        scenario.withoutFaults = without
        return RunResult(
            scenario: scenario, failure: failure,
            failedAt: Simulator.beginning.advanced(byMilliseconds: seconds * 1000),
            digest: .zero, statistics: Statistics(), plan: plan, trace: trace)
    }

    private static let (a, b) = (
        TraceEvent.Party.province(province(0)), TraceEvent.Party.province(province(1))
    )
    private static let clients = TraceEvent.Party.clients(province(0))

    private static let story = [
        event(1, clients, a, "settle_reserve", "120 fen"), event(2, a, b, "reserve", "primary"),
        event(3, b, b, "crash", about: []), event(4, a, b, "reserve", isLost: true),
        event(20, b, b, "start", about: []), event(21, b, a, "vote", "120 fen"),
        event(22, a, a, "partition begins", "#3", about: []), event(23, a, clients, "settlement"),
    ]

    private static func page(_ result: RunResult) throws -> String {
        let html = SequenceDiagram(result, command: result.scenario.description).html()
        let reader = XMLParser(data: Data(html.utf8))
        #expect(reader.parse(), "\(reader.parserError.map { "\($0)" } ?? "")")
        return html
    }

    @Test("names scenario, command, failure and times, and draws every event")
    func story() throws {
        let html = try Self.page(Self.result(Self.story))
        for text in [
            "seed 42", "safety, M1", "100 fen are gone", "+100.000 s", "2026-08-01T",
            "settle_reserve", "120 fen", "clients of 110000", "class=\"lost\"", "class=\"crash\"",
            "class=\"restart\"", "class=\"fault\"", "class=\"down\"", "class=\"bar\"",
            "16.000 s later", "+23.000 s",
        ] {
            #expect(html.contains(text), "\(text)")
        }
        #expect(html.components(separatedBy: "class=\"message\"").count - 1 == 4)
        #expect(!html.contains("<script"))
        #expect(!html.contains("href=") && !html.contains("src="))
    }

    @Test("escapes whatever it is given")
    func escapes() throws {
        let nasty = "<script>alert('1')</script> & \"]]>\u{1}"
        let html = try Self.page(
            Self.result(
                [Self.event(1, Self.a, Self.b, nasty, nasty)],
                failure: Failure(.crash, nasty, nasty, about: Self.id)))
        #expect(!html.contains("<script"))
        #expect(!html.contains("alert('"))
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)"))
    }

    @Test("leaves out what the failure is not about, and parties that take no part in it")
    func about() throws {
        let c = TraceEvent.Party.province(Self.province(2))
        let html = try Self.page(
            Self.result(
                Self.story + [
                    Self.event(24, Self.a, Self.b, "unrelated", about: [Self.other]),
                    Self.event(25, c, c, "crash", about: []),
                    Self.event(26, Self.a, Self.b, "refused batch", about: []),
                ]))
        for text in ["unrelated", "130000", "refused batch"] { #expect(!html.contains(text)) }
    }

    @Test("brings along what a failing request was about")
    func around() throws {
        let html = try Self.page(
            Self.result([
                Self.event(1, Self.clients, Self.a, "settle_commit", about: [Self.id, Self.other]),
                Self.event(2, Self.a, Self.b, "commit", about: [Self.other]),
                Self.event(3, Self.a, Self.b, "vote", about: [Identifier(high: 5, low: 6)]),
            ]))
        #expect(html.contains("<title>commit;"))
        #expect(!html.contains("<title>vote;"))
    }

    @Test("shows everything if the failure is about nothing in particular")
    func general() throws {
        let html = try Self.page(
            Self.result(
                Self.story + [Self.event(24, Self.a, Self.b, "unrelated", about: [Self.other])],
                failure: Failure(.liveness, "drained", "a link is not drained")))
        #expect(html.contains("unrelated"))
    }

    @Test("keeps to its most parties, and says who is left out")
    func parties() throws {
        let trace = (1..<30).flatMap { number in
            let party = TraceEvent.Party.province(Self.province(number))
            return (0..<(number == 29 ? 9 : 1)).map { Self.event($0, Self.a, party, "reserve") }
        }
        let selection = TraceSelection(trace, about: Self.id, eventsMax: 300, partiesMax: 12)
        #expect(selection.parties.count == 12)
        #expect(selection.parties.contains(.province(Self.province(29))))
        #expect(selection.partiesLeftOut.count == 18)
        let html = try Self.page(Self.result(trace))
        #expect(html.contains("left out for room"))
    }

    @Test("keeps to its most events: the last ones, and of those about it before others")
    func events() {
        let many = (0..<500).flatMap { second in
            [
                Self.event(Int64(second), Self.a, Self.b, "vote"),
                Self.event(Int64(second), Self.a, Self.a, "crash", about: []),
            ]
        }
        let selection = TraceSelection(many, about: Self.id, eventsMax: 300, partiesMax: 12)
        #expect(selection.events.count == 300)
        #expect(selection.events.allSatisfy { $0.label == "vote" })
        #expect(selection.earlierLeftOut == 200)
    }

    @Test("lists the planned faults that were on, without those that are left out")
    func faults() throws {
        let plan = [(1, 0, 50), (2, 90, 200), (3, 90, 200), (4, 101, 200)].map {
            PlannedFault(
                number: $0.0, kind: .partition, begins: Int64($0.1) * 1000,
                ends: Int64($0.2) * 1000, province: Self.province($0.0), peer: Self.province(9),
                parameter: 0)
        }
        let html = try Self.page(Self.result(Self.story, plan: plan, without: [3]))
        #expect(html.contains("<tr class=\"concerned\"><td>2</td>") == false)
        #expect(html.contains("<td>2</td><td>partition</td>"))
        for number in [1, 3, 4] { #expect(!html.contains("<td>\(number)</td><td>")) }
    }

    @Test("is a page without events too")
    func empty() throws {
        #expect(try Self.page(Self.result([])).contains("The run was not traced."))
        #expect(try Self.page(Self.result([], failure: nil)).contains("everything held"))
    }

    @Test("is as high as its rows, and no text is wider than its room")
    func sizes() throws {
        let long = String(repeating: "wide 共济 ", count: 80)
        let trace = (0..<50).map { Self.event(Int64($0), Self.a, Self.b, long, long) }
        let html = try Self.page(
            Self.result(
                trace, failure: Failure(.safety, "M1", long + long, about: Self.id)))
        let sizes = html.matches(of: /<svg width="(\d+)" height="(\d+)" viewBox="0 0 (\d+) (\d+)"/)
        #expect(sizes.count == 3)
        for size in sizes { #expect(size.1 == size.3 && size.2 == size.4) }
        let width = try #require(sizes.first.flatMap { Int($0.1) })
        let height = try #require(sizes.dropFirst().first.flatMap { Int($0.2) })
        for text in html.matches(of: /<text class="([a-z ]+)" x="(\d+)" y="(\d+)">([^<]*)</) {
            let x = try #require(Int(text.2))
            let end = x + SequenceDrawing.columns(of: String(text.4)) * 74 / 10
            #expect(text.1 == "head" || end <= width, "\(text.4)")
            #expect(try #require(Int(text.3)) < height)
        }
    }
}

extension Scenario {
    fileprivate var description: String { "gongji simulate --seed \(seed)" }
}

@Suite("Text of a diagram")
struct DiagramTextTests {
    @Test("is cut at its room", arguments: [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…")])
    func cut(text: String, columns: Int, cut: String) {
        #expect(SequenceDrawing.cut(text, columns: columns) == cut)
    }

    @Test("counts characters of East Asian writing as two")
    func wide() {
        #expect(SequenceDrawing.cut("共济账户", columns: 5) == "共济…")
        #expect(SequenceDrawing.cut("a", columns: 0) == "")
    }

    @Test("is broken at spaces, and within long words")
    func wrapped() {
        #expect(SequenceDrawing.wrapped("one two three", columns: 7) == ["one two", "three"])
        #expect(SequenceDrawing.wrapped("abcdefghij", columns: 4) == ["abcd", "efgh", "ij"])
        #expect(SequenceDrawing.wrapped("", columns: 4) == [])
    }

    @Test("tells times from the beginning, and in Asia/Shanghai")
    func times() {
        #expect(SequenceDrawing.relative(83_250) == "83.250 s")
        #expect(SequenceDrawing.relative(-5) == "−0.005 s")
        #expect(SequenceDrawing.clock(Instant(milliseconds: 1500)) == "08:00:01.500")
    }
}
