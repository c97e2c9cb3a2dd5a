package import Domain

/// A page that shows what led to a failure: a lifeline for every party concerned, time downwards.
///
/// The page is one file of HTML and SVG, is well-formed XML besides, and needs no script and no
/// network. Drawn are the events about one subject, and the crashes, restarts and faults of the
/// parties that take part in them.
package struct SequenceDiagram {
    private let result: RunResult
    private let command: String
    private let subject: Identifier?
    private let selection: TraceSelection
    private let faults: [PlannedFault]

    /// - Parameters:
    ///   - result: of a run that was traced.
    ///   - command: what a person types to repeat the run.
    ///   - subject: what is drawn; nil takes the subject of the failure, and if there is none, all
    ///     events.
    ///   - eventsMax: the last so many are drawn.
    ///   - partiesMax: those with most events are drawn.
    package init(
        _ result: RunResult, command: String, about subject: Identifier? = nil,
        eventsMax: Int = 300, partiesMax: Int = 12
    ) {
        self.result = result
        self.command = command
        self.subject = subject ?? result.failure?.subject
        selection = TraceSelection(
            result.trace, about: self.subject, eventsMax: eventsMax, partiesMax: partiesMax)
        let end = (result.failedAt ?? result.trace.last?.at)?.milliseconds(
            since: Simulator.beginning)
        faults = result.faultsInPlay.filter { fault in
            end.map { fault.begins <= $0 && $0 <= fault.ends } ?? false
        }
    }

    package func html() -> String {
        let title = "gongji simulate, seed \(result.scenario.seed)"
        return """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width"/>
            <title>\(title)</title>
            <style>\(SequenceDiagram.style)</style>
            </head>
            <body>
            <h1>\(title)</h1>
            \(facts)
            \(faultTable)
            \(diagram)
            </body>
            </html>

            """
    }

    private var facts: String {
        let scenario = result.scenario
        var facts: [(name: String, html: String)] = [
            (
                "scenario",
                "\(scenario.provinces) provinces, \(scenario.minutes) virtual minutes, "
                    + "\(scenario.settlementsPerMinute) settlements a minute"
            ),
            ("faults", escaped(kinds)), ("repeat", "<code>\(escaped(command))</code>"),
        ]
        if let failure = result.failure {
            facts.append(
                (
                    "failure",
                    "<strong class=\"failure\">\(failure.kind.rawValue), "
                        + "\(escaped(failure.invariant))</strong>: \(escaped(failure.sentence))"
                ))
        } else {
            facts.append(("failure", "none: everything held"))
        }
        if let failedAt = result.failedAt {
            facts.append(
                ("failed at", "\(SequenceDrawing.relative(failedAt)), \(failedAt)"))
        }
        facts.append(("begins at", "\(Simulator.beginning)"))
        facts.append(("digest", "<code>\(result.digest)</code>"))
        if let subject { facts.append(("about", "<code>\(subject)</code>")) }
        facts.append(("drawn", drawn))
        return "<dl>\n"
            + facts.map { "<dt>\($0.name)</dt><dd>\($0.html)</dd>\n" }.joined() + "</dl>"
    }

    private var kinds: String {
        let kinds = result.scenario.faults
        if kinds.isEmpty { return "none" }
        if kinds.count == FaultKind.allCases.count { return "all" }
        return kinds.sorted().map(\.rawValue).joined(separator: ", ")
    }

    private var drawn: String {
        var sentences = [
            "\(selection.events.count) of the last \(result.trace.count) events, between "
                + "\(selection.parties.count) parties"
        ]
        if selection.earlierLeftOut > 0 {
            sentences.append("\(selection.earlierLeftOut) earlier ones are left out")
        }
        if !selection.partiesLeftOut.isEmpty {
            sentences.append(
                "left out for room: "
                    + selection.partiesLeftOut.map(\.name).joined(separator: ", "))
        }
        return sentences.joined(separator: "; ")
    }

    private var faultTable: String {
        let when = result.failure == nil ? "at the end" : "at the time of the failure"
        guard !faults.isEmpty else { return "<p>No planned fault was on \(when).</p>" }
        let concerned = Set(
            selection.parties.map { party in
                switch party {
                case .province(let province), .clients(let province): province
                }
            })
        let rows = faults.map { fault in
            let isConcerned =
                concerned.contains(fault.province)
                || fault.peer.map { concerned.contains($0) } == true
            return """
                <tr\(isConcerned ? " class=\"concerned\"" : "")><td>\(fault.number)</td>\
                <td>\(fault.kind.rawValue)</td><td>\(fault.province)</td>\
                <td>\(fault.peer.map(\.description) ?? "")</td>\
                <td>\(SequenceDrawing.relative(fault.begins))</td>\
                <td>\(SequenceDrawing.relative(fault.ends))</td></tr>

                """
        }
        return """
            <table>
            <caption>Planned faults that were on \(when); in bold, those of parties drawn</caption>
            <thead><tr><th>number</th><th>kind</th><th>province</th><th>peer</th><th>from</th>\
            <th>until</th></tr></thead>
            <tbody>
            \(rows.joined())</tbody>
            </table>
            """
    }

    private var diagram: String {
        guard !selection.events.isEmpty else {
            let why =
                result.trace.isEmpty
                ? "The run was not traced." : "None of the last events is about it."
            return "<p>\(why)</p>"
        }
        var drawing = SequenceDrawing(selection.parties)
        let failedAt = result.failure == nil ? nil : result.failedAt ?? selection.events.last?.at
        var isFailureDrawn = false
        for event in selection.events {
            if let failure = result.failure, let failedAt, !isFailureDrawn, failedAt < event.at {
                drawing.add(failure, at: failedAt)
                isFailureDrawn = true
            }
            drawing.add(event)
        }
        if let failure = result.failure, let failedAt, !isFailureDrawn {
            drawing.add(failure, at: failedAt)
        }
        return """
            <p class="legend">Times are true times: after the beginning, and in Asia/Shanghai. A \
            dashed arrow with a cross never arrived; a dashed lifeline is a node that is down. \
            What is cut short shows in full under the pointer.</p>
            \(drawing.svg())
            """
    }

    private static let style = """

        :root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --faint: #6a737d;
          --line: #c5ccd3; --message: #0b5cad; --red: #c62828; --green: #2e7d32; --amber: #a85f00;
          --bar: #fdecea; }
        @media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e4e7ea;
          --faint: #98a2ad; --line: #454d56; --message: #6cb2ff; --red: #ff7b72; --green: #6fcf76;
          --amber: #f0ab45; --bar: #40191a; } }
        body { margin: 1.5rem; background: var(--page); color: var(--ink);
          font: 14px/1.45 system-ui, sans-serif; width: max-content; min-width: 60rem; }
        h1 { font-size: 1.3rem; }
        dl { display: grid; grid-template-columns: max-content minmax(0, 70rem);
          gap: .2rem 1rem; }
        dt { color: var(--faint); }
        dd { margin: 0; overflow-wrap: anywhere; }
        code { font: 12px ui-monospace, monospace; user-select: all; }
        strong.failure { color: var(--red); }
        table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--faint); padding-bottom: .3rem; }
        th, td { text-align: left; padding: .15rem .8rem .15rem 0;
          border-bottom: 1px solid var(--line); font-weight: normal; }
        th { color: var(--faint); }
        tr.concerned td { font-weight: 600; }
        p.legend { color: var(--faint); max-width: 70rem; }
        div.heads { position: sticky; top: 0; background: var(--page); }
        svg { display: block; }
        svg text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--ink); }
        svg text.on { paint-order: stroke; stroke: var(--page); stroke-width: 4px;
          stroke-linejoin: round; }
        svg text.head, svg .label { font-weight: 600; }
        svg text.head { text-anchor: middle; }
        svg text.faint, svg .detail { fill: var(--faint); }
        svg .life { stroke: var(--line); stroke-width: 1.5; }
        svg .down { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: 2 5; }
        svg .gap { stroke: var(--line); stroke-dasharray: 1 4; }
        svg .message { stroke: var(--message); stroke-width: 1.5; fill: none; }
        svg .tip { fill: var(--message); }
        svg .lost { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: 6 4; fill: none; }
        svg .cross { stroke: var(--red); stroke-width: 2; fill: none; }
        svg .plain { fill: var(--message); }
        svg .crash { fill: var(--red); }
        svg .restart { fill: var(--green); }
        svg .fault { fill: var(--amber); }
        svg .bar { fill: var(--bar); stroke: var(--red); }
        svg text.failure { fill: var(--red); font-weight: 600; }

        """
}

/// `text` as it may stand in a page, in an attribute too. What XML has no way to write becomes �.
func escaped(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": safe += "&amp;"
        case "<": safe += "&lt;"
        case ">": safe += "&gt;"
        case "\"": safe += "&quot;"
        case "'": safe += "&#39;"
        case "\t", "\n", "\r": safe += " "
        case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{fffe}", "\u{ffff}": safe += "\u{fffd}"
        default: safe.unicodeScalars.append(scalar)
        }
    }
    return safe
}
