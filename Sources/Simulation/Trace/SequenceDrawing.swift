import Domain

/// Draws rows of a sequence diagram, one below the other; every row is as high as its text.
struct SequenceDrawing {
    private static let gutter = 210
    private static let lane = 170
    /// For the text of what happens on the last lifeline.
    private static let margin = 320
    private static let headHeight = 34
    /// A step of the clock that is worth a row.
    private static let gapMilliseconds: Int64 = 5_000

    private let parties: [TraceEvent.Party]
    private let width: Int
    private let places: [TraceEvent.Party: Int]
    private var y = 8
    private var rows: [String] = []
    private var last: Instant?
    /// Where the lifeline of each party goes on, and whether its node is down from there.
    private var lives: [(from: Int, isDown: Bool)]
    private var lifelines: [String] = []

    init(_ parties: [TraceEvent.Party]) {
        self.parties = parties
        width =
            SequenceDrawing.gutter + SequenceDrawing.lane * parties.count + SequenceDrawing.margin
        places = Dictionary(
            uniqueKeysWithValues: parties.enumerated().map { index, party in
                (
                    party,
                    SequenceDrawing.gutter + SequenceDrawing.lane / 2
                        + SequenceDrawing.lane * index
                )
            })
        lives = parties.map { _ in (0, false) }
    }

    /// An event between parties of the drawing; of others there is nothing to draw.
    mutating func add(_ event: TraceEvent) {
        guard let from = places[event.from], let to = places[event.to] else { return }
        addTime(event.at)
        if from == to {
            addMark(event, at: from)
        } else if event.mark == .fault {
            addMark(event, at: from, towards: event.to)
        } else {
            addMessage(event, from: from, to: to)
        }
    }

    mutating func add(_ failure: Failure, at instant: Instant) {
        addTime(instant)
        let lines = SequenceDrawing.wrapped(
            "\(failure.kind.rawValue), \(failure.invariant): \(failure.sentence)",
            columns: columns(from: SequenceDrawing.gutter + 10))
        let height = 16 * lines.count + 14
        rows.append(
            """
            <rect class="bar" x="\(SequenceDrawing.gutter)" y="\(y)" \
            width="\(width - SequenceDrawing.gutter - 4)" height="\(height)" rx="4"/>
            """)
        for (index, line) in lines.enumerated() {
            rows.append(
                """
                <text class="failure" x="\(SequenceDrawing.gutter + 10)" \
                y="\(y + 19 + 16 * index)">\(escaped(line))</text>
                """)
        }
        y += height + 8
    }

    func svg() -> String {
        let height = y + 8
        let ends = zip(parties, lives).map { party, life in
            SequenceDrawing.lifeline(
                places[party] ?? 0, from: life.from, to: height, isDown: life.isDown)
        }
        return """
            <div class="heads">\(heads)</div>
            <svg width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img">
            \((lifelines + ends + rows).joined(separator: "\n"))
            </svg>
            \(heads)
            """
    }

    private var heads: String {
        let names = parties.map { party in
            """
            <text class="head" x="\(places[party] ?? 0)" y="22">\(escaped(party.name))</text>

            """
        }
        let height = SequenceDrawing.headHeight
        return """
            <svg width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
            \(names.joined())</svg>
            """
    }

    /// The time in the gutter, unless it is that of the row before; a row of its own for a long
    /// step.
    private mutating func addTime(_ instant: Instant) {
        if let last, instant.milliseconds(since: last) >= SequenceDrawing.gapMilliseconds {
            rows.append(
                """
                <line class="gap" x1="0" y1="\(y + 9)" x2="\(width)" y2="\(y + 9)"/>\
                <text class="faint on" x="8" y="\(y + 13)">\
                \(SequenceDrawing.relative(instant.milliseconds(since: last))) later</text>
                """)
            y += 26
        }
        if last != instant {
            rows.append(
                """
                <text class="faint" x="8" y="\(y + 15)">\
                \(SequenceDrawing.relative(instant))\
                <tspan x="112">\(SequenceDrawing.clock(instant))</tspan></text>
                """)
        }
        last = instant
    }

    private mutating func addMessage(_ event: TraceEvent, from: Int, to: Int) {
        let left = min(from, to) + 10
        let line = y + 21
        rows.append("<g>\(SequenceDrawing.title(of: event))")
        rows.append(text(event.label, "on label", x: left, y: y + 15))
        if event.isLost {
            let end = from + (to - from) * 7 / 10
            rows.append(
                """
                <path class="lost" d="M\(from) \(line)H\(end)"/>\
                <path class="cross" d="M\(end - 5) \(line - 5)l10 10m0 -10l-10 10"/>
                """)
        } else {
            let back = to > from ? -8 : 8
            rows.append(
                """
                <path class="message" d="M\(from) \(line)H\(to + back)"/>\
                <path class="tip" d="M\(to) \(line)l\(back) -4v8z"/>
                """)
        }
        if !event.detail.isEmpty {
            rows.append(text(event.detail, "on detail", x: left, y: y + 36))
        }
        rows.append("</g>")
        y += event.detail.isEmpty ? 32 : 46
    }

    private mutating func addMark(
        _ event: TraceEvent, at x: Int, towards peer: TraceEvent.Party? = nil
    ) {
        let mark = event.mark
        let left = x + 12
        let label = event.label + (peer.map { " to \($0.name)" } ?? "")
        let room = columns(from: left)
        let detail = SequenceDrawing.cut(
            event.detail, columns: room - SequenceDrawing.columns(of: label) - 1)
        rows.append(
            """
            <g>\(SequenceDrawing.title(of: event))\
            <circle class="\(mark.rawValue)" cx="\(x)" cy="\(y + 11)" r="5"/>\
            <text class="on" x="\(left)" y="\(y + 15)">\
            <tspan class="label">\(escaped(SequenceDrawing.cut(label, columns: room)))</tspan>\
            <tspan class="detail"> \(escaped(detail))</tspan></text></g>
            """)
        switch mark {
        case .crash: change(x, isDown: true)
        case .restart: change(x, isDown: false)
        case .fault, .plain: break
        }
        y += 26
    }

    /// The lifeline at `x` is drawn down to here, and goes on in the other way.
    private mutating func change(_ x: Int, isDown: Bool) {
        guard let index = parties.firstIndex(where: { places[$0] == x }) else { return }
        let life = lives[index]
        lifelines.append(
            SequenceDrawing.lifeline(x, from: life.from, to: y + 11, isDown: life.isDown))
        lives[index] = (y + 11, isDown)
    }

    private func text(_ text: String, _ style: String, x: Int, y: Int) -> String {
        """
        <text class="\(style)" x="\(x)" y="\(y)">\
        \(escaped(SequenceDrawing.cut(text, columns: columns(from: x))))</text>
        """
    }

    /// How many characters have room between `x` and the right edge. A character of the font is at
    /// most 7.4 pixels wide.
    private func columns(from x: Int) -> Int { (width - 8 - x) * 10 / 74 }

    private static func lifeline(_ x: Int, from: Int, to: Int, isDown: Bool) -> String {
        """
        <line class="\(isDown ? "down" : "life")" x1="\(x)" y1="\(from)" x2="\(x)" y2="\(to)"/>
        """
    }

    private static func title(of event: TraceEvent) -> String {
        let subjects = event.subjects.map(\.description).joined(separator: " ")
        let way =
            event.from == event.to ? event.from.name : "\(event.from.name) to \(event.to.name)"
        let words = [
            event.label, event.detail, way, event.isLost ? "lost" : "", subjects,
            event.at.description,
        ]
        return "<title>"
            + escaped(words.filter { !$0.isEmpty }.joined(separator: "; ")) + "</title>"
    }

    // MARK: Text

    /// `+83.250 s` after the beginning.
    static func relative(_ instant: Instant) -> String {
        let milliseconds = instant.milliseconds(since: Simulator.beginning)
        return (milliseconds < 0 ? "" : "+") + relative(milliseconds)
    }

    static func relative(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds.magnitude % 1000)
        return (milliseconds < 0 ? "−" : "") + String(milliseconds.magnitude / 1000) + "."
            + String(repeating: "0", count: 3 - rest.count) + rest + " s"
    }

    /// The time of day in Asia/Shanghai, of `2026-11-23T08:00:00.000+08:00`.
    static func clock(_ instant: Instant) -> String {
        String(instant.description.drop { $0 != "T" }.dropFirst().prefix(12))
    }

    /// Characters of East Asian writing are as wide as two others.
    static func columns(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 2 : 1) }
    }

    static func cut(_ text: String, columns: Int) -> String {
        if self.columns(of: text) <= columns { return text }
        var kept = ""
        var used = 1
        for character in text {
            used += self.columns(of: String(character))
            if used > columns { break }
            kept.append(character)
        }
        return columns < 1 ? "" : kept + "…"
    }

    /// Lines of at most so many columns, broken at spaces, and within a word that is longer.
    static func wrapped(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if self.columns(of: longer) <= columns {
                line = longer
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = ""
            for character in word {
                if self.columns(of: line + String(character)) > columns {
                    lines.append(line)
                    line = ""
                }
                line.append(character)
            }
        }
        return lines + (line.isEmpty ? [] : [line])
    }
}
