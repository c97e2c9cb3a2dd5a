/// The tables of a store whose rows are sealed. The number is part of what a tag covers, so that a
/// row holds in its own table only.
package enum RowTable: UInt8, Sendable, CaseIterable {
    case head = 1
    case account = 2
    /// The account `available` of a relation.
    case available = 3
    case posting = 4
    case person = 5
    case relation = 6
    case grants = 7
    case coordination = 8
    case participation = 9
    case answer = 10
    case identity = 11
    case family = 12
    case document = 13
    case withdrawal = 14
    case usage = 15
    case link = 16
    case outbox = 17
    case note = 18
    case journalInbound = 19
    case journalOutbound = 20
    case evidence = 21
    case personChange = 22
}
