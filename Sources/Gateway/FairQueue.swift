/// A queue with a line for each key: who comes next is the next of the line whose turn it is, so that
/// a long line delays only itself.
struct FairQueue<Key: Hashable, Element> {
    private struct Line {
        var elements: [Element] = []
        var begin = 0
        var count: Int { elements.count - begin }
    }

    private var lines: [Key: Line] = [:]
    /// Keys with a line, from the one whose turn it is.
    private var turns: [Key] = []
    private var turn = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    func count(of key: Key) -> Int { lines[key]?.count ?? 0 }

    mutating func append(_ element: Element, for key: Key) {
        if lines[key] == nil { turns.append(key) }
        lines[key, default: Line()].elements.append(element)
        count += 1
    }

    /// The next one, which stays.
    var first: Element? {
        guard count > 0, let line = lines[turns[turn]] else { return nil }
        return line.elements[line.begin]
    }

    /// Takes the next one, and gives the turn to the next line.
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let key = turns[turn]
        guard var line = lines.removeValue(forKey: key) else { return nil }
        let element = line.elements[line.begin]
        line.begin += 1
        count -= 1
        if line.count == 0 {
            turns.remove(at: turn)
        } else {
            if line.begin >= 64, line.begin * 2 >= line.elements.count {
                line.elements.removeFirst(line.begin)
                line.begin = 0
            }
            lines[key] = line
            turn += 1
        }
        if turn >= turns.count { turn = 0 }
        return element
    }
}
