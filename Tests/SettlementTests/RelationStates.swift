import Domain
import Testing
import Wire

@testable import Settlement

/// Every event in every state of a relation, against the tables of `protocol/states.md`.
@Suite struct RelationStates {
    typealias Column = RelationStage.Column
    typealias Making = RelationStage.Making

    struct Event {
        let title: String
        /// The states in which it can happen, and what is to be found there.
        let columns: [Column: Making]
        let happens: (RelationStage) -> Identifier?
    }

    static func event(
        _ title: String, in columns: [Column] = Column.allCases, _ making: Making = Making(),
        also: [Column: Making] = [:], happens: @escaping (RelationStage) -> Identifier?
    ) -> Event {
        var makings: [Column: Making] = [:]
        for column in columns { makings[column] = usual(column, making) }
        makings.merge(also) { $1 }
        return Event(title: title, columns: makings, happens: happens)
    }

    /// What a state needs to be reached at all.
    private static func usual(_ column: Column, _ making: Making) -> Making {
        var making = making
        switch column {
        case .answered: making.proof = false
        case .awaitingConsent: making.consent = true
        default: break
        }
        return making
    }

    static let alive: [Column] = [.asked, .answered, .awaitingConsent, .active, .suspended]
    static let known: [Column] = alive + [.ending, .ended]

    static func rows() throws -> [String: [String]] {
        StatesPage.rows(
            of: try StatesPage.tables(under: "## Relation").filter { $0.columns.count == 8 },
            columns: Column.allCases.map(\.word))
    }

    @Test func theTablesHaveEveryStateAndEveryEvent() throws {
        let words = Set(
            Column.allCases.map { $0.word.split(separator: " ").first.map(String.init) ?? "" })
        #expect(words == Set(["none"] + RelationPhase.allCases.map(\.word)))
        #expect(Set(Self.titles).count == Self.titles.count)
        #expect(Set(try Self.rows().keys) == Set(Self.titles))
    }

    static var events: [Event] { answers + made + used + ended }

    static let titles = events.map(\.title)

    @Test(arguments: titles)
    func everyCellIsWhatHappens(_ title: String) throws {
        let event = try #require(Self.events.first { $0.title == title })
        StatesPage.compare(
            try Self.rows(), title, columns: Column.allCases.map(\.word)
        ) { index in
            let column = Column.allCases[index]
            guard let making = event.columns[column] else { return nil }
            let stage = RelationStage(column, making)
            let parts = stage.watch(event.happens)
            stage.world.deliver()
            stage.world.audit()
            return parts
        }
    }
}
