import Domain
import Foundation
import Wire

// Who did what, for people and for programs.

extension Gongji_V1_Principal {
    fileprivate var text: String { "\(person) (\(role), \(client))" }

    fileprivate var json: JSON {
        ["person": .text(person), "role": .text(role), "client": .text(client)]
    }
}

extension Gongji_V1_CommandRecord {
    var text: String {
        """
        command  \(request.hexText)
        by       \(by.text)
        at       \(Instant(milliseconds: atMs))
        answer   \(answered ? "given" : "not yet")
        """
    }

    var json: JSON {
        [
            "id": .text(request.hexText), "by": by.json,
            "at": .describing(Instant(milliseconds: atMs)), "answered": .bool(answered),
        ]
    }
}

extension Gongji_V1_PersonHistory {
    var text: String {
        if changes.isEmpty { return "no further change is recorded" }
        var table = TextTable(">number", "at", "what", "before", "after", "by", "command")
        for change in changes {
            table.add(
                String(change.number), Instant(milliseconds: change.atMs).description,
                changeWord(change.kind), change.before.isEmpty ? "-" : change.before,
                change.after, change.by.text, change.request.hexText)
        }
        guard more, let last = changes.last else { return table.text() }
        return table.text() + "\nthere are more: --after \(last.number)"
    }

    var json: JSON {
        let items = changes.map { change -> JSON in
            [
                "number": .int(Int64(clamping: change.number)),
                "at": .describing(Instant(milliseconds: change.atMs)),
                "what": .text(changeWord(change.kind)),
                "before": change.before.isEmpty ? nil : .text(change.before),
                "after": .text(change.after), "by": change.by.json,
                "command": .text(change.request.hexText),
            ]
        }
        return ["changes": .array(items), "more": .bool(more)]
    }
}

private func changeWord(_ kind: Gongji_V1_PersonChangeKind) -> String {
    PersonChangeKind(rawValue: UInt8(clamping: kind.rawValue))?.word ?? "unknown"
}
