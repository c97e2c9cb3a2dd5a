import Domain

/// What one check says, before it bears the id of its rule.
struct Judgement {
    let said: Finding.Said
    let compared: String
    let limit: String

    static let notAsked = Judgement(said: .notAsked, compared: "", limit: "")
}

/// Judges one question, check by check. Of several reasons that one check has, it tells the one with
/// the lowest status number, as a whole set does.
protocol Judging {
    /// Whether judgements bear their texts; without them nothing is allocated.
    var explains: Bool { get }

    func judgement(of check: Check) -> Judgement
}

extension Judging {
    @inline(__always)
    func hold(
        _ compared: @autoclosure () -> String = "", limit: @autoclosure () -> String = ""
    ) -> Judgement {
        guard explains else { return Judgement(said: .holds, compared: "", limit: "") }
        return Judgement(said: .holds, compared: compared(), limit: limit())
    }

    @inline(__always)
    func refuse(
        _ status: Status, _ compared: @autoclosure () -> String,
        limit: @autoclosure () -> String
    ) -> Judgement {
        guard explains else {
            return Judgement(said: .refuses(status), compared: "", limit: "")
        }
        return Judgement(said: .refuses(status), compared: compared(), limit: limit())
    }

    @inline(__always)
    func hold(
        if allowed: Bool, else status: Status, _ compared: @autoclosure () -> String,
        limit: @autoclosure () -> String
    ) -> Judgement {
        allowed
            ? hold(compared(), limit: limit()) : refuse(status, compared(), limit: limit())
    }
}

extension RuleSet {
    func verdict(by judge: some Judging, silence: Status?) -> Verdict {
        let findings = rules.map { rule in
            let judgement = judge.judgement(of: rule.check)
            return Finding(
                rule: rule.id, said: judgement.said, compared: judgement.compared,
                limit: judgement.limit)
        }
        return Verdict(set: name, findings: findings, silence: silence)
    }
}

/// Several words as one text.
func list(_ words: [String]) -> String { words.joined(separator: ", ") }

/// `1 giver`, `2 givers`.
func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
}

extension Fen {
    /// The amount with its unit, as it stands in grounds.
    var inWords: String { "\(value) fen" }
}
