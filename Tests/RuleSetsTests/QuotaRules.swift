import Domain
import RuleSets
import Testing

/// How much may be shared, and in which order it pays.
@Suite struct QuotaRules {
    @Test("N9: received quota is not given on: a raise beyond the own balance is refused")
    func notPassedOn() {
        let national = FiveSets.national
        let beyond = Plain.quota.with {
            $0.raise = fen(1_000_001)
            $0.received = fen(1)
        }
        expect(national, refuses: beyond, .quotaNotPassedOn, by: "N9")
        expect(national, allows: beyond.with { $0.raise = fen(1_000_000) })
        expect(national, allows: beyond.with { $0.received = .zero })
    }

    @Test("G1: what was carried over may be shared, one fen more may not")
    func carriedOver() {
        let guide = FiveSets.guide
        expect(guide, allows: Plain.quota.with { $0.raise = fen(600_000) })
        let more = Plain.quota.with { $0.raise = fen(600_001) }
        expect(guide, refuses: more, .notSharable, by: "G1")
        #expect(guide.verdict(on: more).refusal?.grounds?.compared == "600001 fen")
        #expect(guide.verdict(on: more).refusal?.grounds?.limit == "600000 fen of past years")
    }

    @Test("S1: what is left is the threshold of the day or more")
    func aboveThreshold() {
        let shenzhen = FiveSets.shenzhen
        let lastDay = Plain.quota.with {
            $0.now = moment(day(2012, 6, 30), 23, 59)
            $0.raise = fen(1_000_000 - 420_500)
        }
        expect(shenzhen, allows: lastDay)
        let nextDay = lastDay.with { $0.now = moment(day(2012, 7, 1), 0) }
        expect(shenzhen, refuses: nextDay, .notSharable, by: "S1")
        let grounds = shenzhen.verdict(on: nextDay).refusal?.grounds
        #expect(grounds?.compared == "420500 fen left")
        #expect(grounds?.limit == "459500 fen since 2012-07-01")
        expect(
            shenzhen,
            refuses: lastDay.with { $0.raise = fen(1_000_000 - 420_499) }, .notSharable, by: "S1")
    }

    @Test("S1: before the first threshold nothing is shared; a lowering is never asked")
    func beforeThresholds() {
        let shenzhen = FiveSets.shenzhen
        let early = Plain.quota.with {
            $0.now = moment(day(2011, 6, 30), 23, 59)
            $0.raise = fen(1)
        }
        expect(shenzhen, refuses: early, .notSharable, by: "S1")
        expect(shenzhen, allows: early.with { $0.raise = .zero })
        let findings = shenzhen.verdict(on: early.with { $0.raise = .zero }).findings
        #expect(findings.allSatisfy { $0.said == .notAsked })
    }

    /// The wallets of 2025: 3 a day, 2,000 yuan each, none from 22:00 to 06:00.
    let limited = FiveSets.national.with([
        rule(
            "LOCAL",
            .quotaLimits(
                Check.QuotaLimits(
                    perDay: 3, raiseAtMost: fen(200_000),
                    closed: Check.Closed(from: 22 * 60, to: 6 * 60))))
    ])

    @Test func aRaiseHasALimit() {
        expect(limited, allows: Plain.quota.with { $0.raise = fen(200_000) })
        let more = Plain.quota.with { $0.raise = fen(200_001) }
        expect(limited, refuses: more, .quotaChangeTooLarge, by: "LOCAL")
    }

    @Test func aDayHasALimit() {
        expect(limited, allows: Plain.quota.with { $0.changesToday = 2 })
        let fourth = Plain.quota.with { $0.changesToday = 3 }
        expect(limited, refuses: fourth, .quotaChangedTooOften, by: "LOCAL")
        expect(
            limited, refuses: fourth.with { $0.raise = .zero }, .quotaChangedTooOften, by: "LOCAL")
    }

    @Test(arguments: [
        (22, 0, true), (21, 59, false), (5, 59, true), (6, 0, false), (0, 0, true), (23, 59, true),
    ])
    func someHoursAreClosedAlsoForLowering(_ hour: Int64, _ minute: Int64, _ closed: Bool) {
        for raise in [Fen.zero, fen(1)] {
            let question = Plain.quota.with {
                $0.now = moment(Plain.date, hour, minute)
                $0.raise = raise
            }
            if closed {
                expect(limited, refuses: question, .quotaClosedHours, by: "LOCAL")
            } else {
                expect(limited, allows: question)
            }
        }
    }

    @Test func closedHoursReadAsAClock() {
        let night = Plain.quota.with { $0.now = moment(Plain.date, 5, 9) }
        let grounds = limited.verdict(on: night).refusal?.grounds
        #expect(grounds?.compared == "05:09")
        #expect(grounds?.limit == "closed 22:00 to 06:00")
    }

    @Test("Z6: own account first, then quota, in one settlement")
    func ownFirst() {
        #expect(FiveSets.zibo.ownAccount == .first)
        #expect(FiveSets.zibo.without("Z6").ownAccount == nil)
        expect(FiveSets.zibo, allows: Plain.visit.with { $0.source = .ownAccount })
    }

    @Test("S5: quota only when the own account is empty or absent")
    func onlyWhenEmpty() {
        #expect(FiveSets.shenzhen.ownAccount == .onlyWhenEmpty)
        #expect(FiveSets.shenzhen.without("S5").ownAccount == nil)
    }

    @Test("S4: the largest balance pays first; nationally the oldest grant does")
    func drawOrder() {
        #expect(FiveSets.shenzhen.drawOrder == .balanceDescending)
        #expect(FiveSets.shenzhen.without("S4").drawOrder == .oldestGrantFirst)
        #expect(FiveSets.national.drawOrder == .oldestGrantFirst)
        #expect(FiveSets.zibo.drawOrder == .oldestGrantFirst)
    }
}
