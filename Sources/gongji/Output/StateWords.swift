import Settlement

// What the state of a transaction means for people; `protocol/states.md` has the tables.

extension Coordination.State {
    var sentence: String {
        switch self {
        case .askingWallet: "The care province waits for the wallet province to name the sources."
        case .reserving: "The participants were asked to hold money; not all have answered."
        case .reserved: "All participants hold their part. The client may commit or cancel."
        case .committing:
            "The primary was asked to decide. Until it answers nobody else knows the outcome."
        case .settled: "The money is settled, and stays settled."
        case .reversing: "The primary was asked to undo the settlement, and has not answered yet."
        case .reversed: "The settlement was undone; the money went back."
        case .releasing: "The reservation was given up; the primary has yet to confirm."
        case .released: "Nothing was taken; what was held went back."
        }
    }
}

extension Participation.State {
    var sentence: String {
        switch self {
        case .held: "This province holds money for it until the primary's decision is known here."
        case .committed: "This province has paid its part."
        case .released: "This province holds nothing for it any more."
        case .reversed: "This province has taken its part back."
        }
    }
}

/// The sentence for a state's word as a node tells it; the word itself if a newer node has others.
func coordinatorSentence(_ word: String) -> String {
    Coordination.State.allCases.first { $0.word == word }?.sentence ?? word
}

func participantSentence(_ word: String) -> String {
    Participation.State.allCases.first { $0.word == word }?.sentence ?? word
}
