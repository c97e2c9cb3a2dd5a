import Domain
import Testing

@Suite struct Bills {
    /// (total, pooled, burden, self-paid), and whether the parts make up the total.
    static let bills: [([Int64], Bool)] = [
        ([0, 0, 0, 0], true), ([100, 0, 100, 0], true), ([100, 30, 60, 10], true),
        ([100, 30, 60, 9], false), ([100, 30, 60, 11], false), ([0, 0, 1, 0], false),
        ([100, 0, 0, 0], false), ([Fen.limit.value, Fen.limit.value, 0, 0], true),
        // The sum is above the largest amount.
        ([Fen.limit.value, Fen.limit.value, Fen.limit.value, Fen.limit.value], false),
    ]

    @Test(arguments: bills)
    func aBillIsCompleteIfItsPartsMakeUpTheTotal(_ fen: [Int64], _ isComplete: Bool) throws {
        let parts = try fen.map { try #require(Fen($0)) }
        let bill = Bill(
            total: parts[0], pooled: parts[1], burden: parts[2], selfPaid: parts[3],
            patient: WalletID(.zero), credential: nil)
        #expect(bill.isComplete == isComplete)
    }

    @Test func aBillAsksForNothingUnlessItSaysSo() {
        let bill = Bill(
            total: .zero, pooled: .zero, burden: .zero, selfPaid: .zero,
            patient: WalletID(.zero), credential: nil)
        #expect(!bill.countsTowardsDeductible && !bill.asksForPooling && !bill.pooledScheme)
        #expect(bill.proxy == nil && bill.identityRecord == nil && bill.cardNote == nil)
    }
}

@Suite struct Rules {
    @Test(arguments: ["N3", "W10", "G18", "LOCAL", "LOCAL-12", "0", "-", "ABCDEFGH"])
    func aRuleIsNamedShortly(_ text: String) throws {
        let rule = try #require(RuleID(text))
        #expect(rule.text == text)
        #expect(rule.description == text)
    }

    @Test(arguments: [
        "", "n3", "N 3", "N3\n", "LOCAL_1", "ABCDEFGHI", "规则", "Ｎ３", "N3.", "\0",
    ])
    func otherTextsNameNoRule(_ text: String) { #expect(RuleID(text) == nil) }

    @Test func rulesAreInTheOrderOfTheirTexts() throws {
        let texts = ["G1", "N10", "N3", "W5"]
        let rules = try texts.reversed().map { try #require(RuleID($0)) }
        #expect(rules.sorted().map(\.text) == texts)
    }
}

@Suite struct GroundsTexts {
    let rule = RuleID("N4")

    func grounds(_ compared: String, _ limit: String = "") throws -> Grounds {
        Grounds(rule: try #require(rule), compared: compared, limit: limit)
    }

    @Test(arguments: [0, 1, 199, 200])
    func whatFitsStays(_ count: Int) throws {
        let text = String(repeating: "x", count: count)
        let grounds = try grounds(text, text)
        #expect(grounds.compared == text)
        #expect(grounds.limit == text)
    }

    @Test(arguments: [201, 202, 10_000])
    func whatIsTooLongIsCut(_ count: Int) throws {
        let text = String(repeating: "x", count: count)
        let grounds = try grounds(text, text)
        #expect(grounds.compared == text.prefix(200))
        #expect(grounds.limit == grounds.compared)
    }

    /// A character is kept as a whole or not at all.
    @Test(arguments: ["七", "é", "𠀀", "👨‍👩‍👧"])
    func noCharacterIsCutInTwo(_ character: String) throws {
        for padding in 190..<201 {
            let text =
                String(repeating: "x", count: padding) + String(repeating: character, count: 70)
            let cut = try grounds(text).compared
            #expect(cut.utf8.count <= Grounds.textBytesMax)
            #expect(text.hasPrefix(cut))
            #expect(!cut.contains("\u{fffd}"))
        }
    }

    @Test func aReasonMayHaveNoGrounds() throws {
        let grounds = try grounds("cousin", "spouse, parent")
        #expect(RefusalReason(.kinshipNotAllowed).grounds == nil)
        #expect(RefusalReason(.kinshipNotAllowed, grounds).grounds == grounds)
        #expect(RefusalReason(.kinshipNotAllowed) != RefusalReason(.kinshipNotAllowed, grounds))
    }
}
