import Domain
import Storage

/// A line on standard error every five seconds while a journal is walked: some have a million batches, and
/// the signature of each is checked.
struct JournalProgress {
    private var shown = monotonicNanoseconds()

    mutating func checked(_ entry: JournalEntry, of node: ProvinceCode) {
        // Asking for the time of every batch would cost more than it tells.
        guard entry.number.isMultiple(of: 64) else { return }
        let now = monotonicNanoseconds()
        guard now - shown >= 5_000_000_000 else { return }
        shown = now
        Console.progress("\(node): \(entry.number) batches \(entry.direction.word) hold")
    }

    func end() { Console.endProgress() }
}
