import ArgumentParser
import Domain
import Signing
import Storage
import Wire

/// A value that people write as one of a few words.
protocol Worded: CaseIterable {
    var word: String { get }
}

extension Kinship: Worded {}
extension Category: Worded {}
extension Insurance: Worded {}
extension Channel: Worded {}
extension Standing: Worded {}
extension VerificationMethod: Worded {}
extension VisitType: Worded {}
extension WithdrawalReason: Worded {}
extension WithdrawalState: Worded {}
extension JournalDirection: Worded {}

extension ReserveMode: Worded {
    var word: String {
        switch self {
        case .exact: "exact"
        case .upTo: "up_to"
        }
    }
}

extension Suite: Worded {
    var word: String { name }
}

extension RevocationReason: Worded {
    var word: String { name }
}

/// The word of a value on the command line, `-` and `_` alike.
///
/// It is no raw value itself: for those ArgumentParser prints the raw value into the help.
struct Word<Value: Worded>: ExpressibleByArgument {
    let value: Value

    init(_ value: Value) { self.value = value }

    init?(argument: String) {
        let text = argument.replacing("_", with: "-")
        guard
            let value = Value.allCases.first(where: { $0.word.replacing("_", with: "-") == text })
        else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { value.word }

    static var allValueStrings: [String] { Value.allCases.map(\.word) }
}
