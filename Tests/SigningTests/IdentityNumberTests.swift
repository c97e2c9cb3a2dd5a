import Domain
import Foundation
import Signing
import Testing

@Suite struct IdentityNumberTests {
    @Test(
        "a number tells the day of birth",
        arguments: [
            ("110101199003070038", "1990-03-07"),
            ("11010519491231002X", "1949-12-31"),  // the example of GB 11643
            ("440524188001010014", "1880-01-01"),  // the other one
            ("110101200002290018", "2000-02-29"),
            ("110101202402290016", "2024-02-29"),
        ])
    func born(text: String, date: String) throws {
        #expect(try IdentityNumber(text).born.description == date)
    }

    /// Eleven sequences in a row, which have every value of the check digit but 6 and 8.
    @Test(
        "of eleven check digits one is right",
        arguments: zip(
            1...11, ["4", "2", "0", "9", "7", "5", "3", "1", "X", "2", "0"]))
    func checkDigits(sequence: Int, digit: Character) {
        let body = "37010219851214" + String(format: "%03d", sequence)
        for other in "0123456789X" {
            let isTaken = (try? IdentityNumber("\(body)\(other)")) != nil
            #expect(isTaken == (other == digit), "\(body)\(other)")
        }
    }

    @Test("every digit that is typed wrong, and every two that changed places, are noticed")
    func typingErrors() throws {
        let right = Array("110101199003070038")
        for place in right.indices {
            for other in "0123456789" where other != right[place] {
                var wrong = right
                wrong[place] = other
                #expect(throws: IdentityNumberFault.self) { try IdentityNumber(String(wrong)) }
            }
            guard place > 0, right[place] != right[place - 1] else { continue }
            var wrong = right
            wrong.swapAt(place, place - 1)
            #expect(throws: IdentityNumberFault.self) { try IdentityNumber(String(wrong)) }
        }
    }

    @Test(
        "what is no identity number has a reason",
        arguments: [
            ("", .length),
            ("110101900307003", .length),  // the 15 digits of before 1999
            ("1101011990030700380", .length),
            (" 110101199003070038", .length),
            ("１10101199003070038", .length),
            ("11010519491231002x", .character),
            ("1101051949123100２", .length),
            ("11010519491231002 ", .character),
            ("X10105194912310022", .character),
            ("11010519491231X022", .character),
            ("110105-9491231002X", .character),
            ("010105194912310020", .region),
            ("110101199002300037", .dateOfBirth),
            ("110101199013070032", .dateOfBirth),
            ("110101199000070035", .dateOfBirth),
            ("110101199003000031", .dateOfBirth),
            ("110101199003320031", .dateOfBirth),
            ("110101199902290031", .dateOfBirth),
            ("110101190002290031", .dateOfBirth),
            ("110101179912310031", .dateOfBirth),
            ("110101199003070039", .checkDigit),
        ] as [(String, IdentityNumberFault)])
    func faults(text: String, fault: IdentityNumberFault) {
        #expect(throws: fault) { try IdentityNumber(text) }
    }

    @Test("nothing that prints, dumps or reflects shows the number, or a part of it")
    func hidden() throws {
        let text = "110101199003070038"
        let identity = try IdentityNumber(text)
        struct Holder {
            let identity: IdentityNumber
            let maybe: IdentityNumber?
            let several: [IdentityNumber]
        }
        let holder = Holder(identity: identity, maybe: identity, several: [identity])
        var dumped = ""
        dump(holder, to: &dumped)
        dump(identity, to: &dumped)
        let shown = [
            "\(identity)", String(reflecting: identity), String(describing: identity as Any?),
            "\(holder)", String(reflecting: holder), dumped,
            "\(Mirror(reflecting: identity).children.map { $0 })",
        ]
        for words in shown {
            #expect(words.contains("hidden") || words == "[]", "\(words)")
            for part in ["110101", "1990", "0307", "0038", "7005", "SecretBytes", "born"] {
                #expect(!words.contains(part), "\(words)")
            }
        }
    }

    @Test("numbers are the same if all characters are")
    func equality() throws {
        let one = try IdentityNumber("110101199003070038")
        #expect(one == (try IdentityNumber("110101199003070038")))
        #expect(one != (try IdentityNumber("11010519491231002X")))
    }

    @Test("a date becomes the day that has this date, for every day of 1600 to 2400")
    func civilDates() throws {
        let first = try #require(BusinessDate(year: 1600, month: 1, day: 1)).daysSince1970
        let last = try #require(BusinessDate(year: 2400, month: 12, day: 31)).daysSince1970
        #expect(last - first + 1 == 801 * 365 + 195)
        for days in first...last {
            let date = BusinessDate(daysSince1970: days)
            let (year, month, day) = date.civil
            guard BusinessDate(year: year, month: month, day: day) == date else {
                Issue.record("\(date)")
                return
            }
        }
        for (year, month, day) in [
            (1900, 2, 29), (2023, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1),
            (2024, 1, 0), (2024, 1, 32), (-1, 1, 1), (10_000, 1, 1), (.max, .max, .max),
        ] {
            #expect(BusinessDate(year: year, month: month, day: day) == nil)
        }
        #expect(BusinessDate(year: 1970, month: 1, day: 1)?.daysSince1970 == 0)
    }
}
