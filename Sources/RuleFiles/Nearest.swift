/// Which of `words` a typo was likely meant to be: the one with the fewest letters added, left out,
/// changed or swapped, if they are few for its length. Nil if only one is allowed anyway.
func nearest(to typo: String, in words: [String]) -> String? {
    guard words.count > 1, typo.utf8.count <= 64 else { return nil }
    var best: (word: String, edits: Int)?
    for word in words {
        let edits = editDistance(Array(typo.lowercased().utf8), Array(word.utf8))
        guard edits <= (word.utf8.count < 5 ? 1 : 2), edits < best?.edits ?? .max else { continue }
        best = (word, edits)
    }
    return best?.word
}

/// Damerau-Levenshtein, with swaps of neighbours.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var edits = min(
                above[column + 1] + 1, current[column] + 1,
                above[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                edits = min(edits, before[column - 1] + 1)
            }
            current.append(edits)
        }
        before = above
        above = current
    }
    return above[right.count]
}
