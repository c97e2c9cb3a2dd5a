import Entrance

extension StatusDocument.Connections {
    init(_ report: GateReport) {
        open = report.open
        unauthenticated = report.unauthenticated
        accepted = UInt64(report.accepted)
        refused = StatusDocument.Connections.words(report.turnedAway)
        sources = report.sources.map {
            Source(
                name: $0.name, connections: $0.connections, bytesLastMinute: $0.bytesLastMinute,
                heldBack: $0.heldBack, refused: StatusDocument.Connections.words($0.turnedAway))
        }
    }

    private static func words(_ counts: [Turning: Int]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }
}
