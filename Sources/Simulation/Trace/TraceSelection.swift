import Domain

/// What of a trace is drawn: the events about one subject, the parties that take part in them, and
/// what befell those parties in that time.
struct TraceSelection {
    /// In the order in which they stand side by side.
    let parties: [TraceEvent.Party]
    let events: [TraceEvent]
    /// Parties that take part and have no room.
    let partiesLeftOut: [TraceEvent.Party]
    /// Events that are concerned and come before the first that is drawn.
    let earlierLeftOut: Int

    /// - Parameter subject: nil takes every event.
    init(
        _ trace: [TraceEvent], about subject: Identifier?, eventsMax: Int, partiesMax: Int
    ) {
        let subjects = subject.map { TraceSelection.subjects(around: $0, in: trace) }
        let isConcerned = { (event: TraceEvent) in
            subjects.map { !$0.isDisjoint(with: event.subjects) } ?? !event.isAboutPartyAlone
        }
        let concerned = trace.indices.filter { isConcerned(trace[$0]) }
        let ranked = TraceSelection.ranked(concerned.suffix(eventsMax).map { trace[$0] })
        let chosen = Set(ranked.prefix(partiesMax))
        parties = chosen.sorted { $0.place < $1.place }
        partiesLeftOut = ranked.dropFirst(partiesMax).sorted { $0.place < $1.place }

        let hasRoom = { (index: Int) in
            chosen.contains(trace[index].from) && chosen.contains(trace[index].to)
        }
        let about = concerned.filter(hasRoom)
        let shown = about.suffix(eventsMax)
        earlierLeftOut = about.count - shown.count
        // What befell the parties takes the room that is left, the latest first.
        let first = shown.first ?? trace.endIndex
        let aside = trace.indices[first...].filter { index in
            trace[index].isAboutPartyAlone && !isConcerned(trace[index]) && hasRoom(index)
        }
        events = (shown + aside.suffix(eventsMax - shown.count)).sorted().map { trace[$0] }
    }

    /// Few events tell little: those about `subject` then bring along what else they are about, as
    /// a request does its transaction.
    private static func subjects(
        around subject: Identifier, in trace: [TraceEvent]
    ) -> Set<Identifier> {
        let direct = trace.lazy.filter { $0.subjects.contains(subject) }.prefix(fewEvents)
        guard direct.count < fewEvents else { return [subject] }
        return Set(direct.flatMap(\.subjects) + [subject]).subtracting([.zero])
    }

    private static let fewEvents = 20

    /// Whoever takes part in most events comes first; of those with as many, who is first to do so.
    private static func ranked(_ events: [TraceEvent]) -> [TraceEvent.Party] {
        var counts: [TraceEvent.Party: (events: Int, first: Int)] = [:]
        for (index, event) in events.enumerated() {
            for party in Set([event.from, event.to]) {
                counts[party, default: (0, index)].events += 1
            }
        }
        return counts.sorted { left, right in
            (right.value.events, left.value.first, left.key.place)
                < (left.value.events, right.value.first, right.key.place)
        }.map(\.key)
    }
}

extension TraceEvent {
    /// What becomes of a party, whatever it works on: it crashes and starts again, a fault begins
    /// or ends.
    var isAboutPartyAlone: Bool {
        mark == .fault || from == to && subjects.isEmpty && !label.contains("commit")
    }

    /// What an event that is no message looks like.
    enum Mark: String {
        case crash
        case restart
        case fault
        case plain
    }

    var mark: Mark {
        switch label {
        case "crash", "stopped": .crash
        case "start", "restart": .restart
        default:
            label.hasSuffix(" begins") || label.hasSuffix(" ends") || label == "old store"
                ? .fault : .plain
        }
    }
}

extension TraceEvent.Party {
    /// Clients stand left of their province.
    fileprivate var place: UInt64 {
        switch self {
        case .clients(let province): 2 * UInt64(province.number)
        case .province(let province): 2 * UInt64(province.number) + 1
        }
    }

    var name: String {
        switch self {
        case .clients(let province): "clients of \(province)"
        case .province(let province): "\(province)"
        }
    }
}
