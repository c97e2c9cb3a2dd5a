import Domain
import Settlement
import Testing
import Wire

@testable import Rounds

/// What a peer may ask about people in a minute and in a day, and the alarms (`protocol/messages.md`,
/// Questions about people).
@Suite struct PeerBudgets {
    private let peer = ProvinceCode(370_000)!
    private let other = ProvinceCode(440_000)!
    /// Noon of 2026-08-01.
    private let noon = Instant(milliseconds: 1_785_556_800_000)

    private func later(_ milliseconds: Int64) -> Instant {
        noon.advanced(byMilliseconds: milliseconds)
    }

    private func id(_ number: Int) -> Identifier { Identifier(high: 9, low: UInt64(number)) }

    private func proposal(_ number: Int, about wallet: WalletID? = nil) -> PeerQuestion {
        .proposal(
            RelationProposal(
                relation: id(number), giver: WalletID(id(1)), giverRegion: RegionCode(peer),
                kinship: .child, recipient: wallet.map { .wallet($0) } ?? .sealed([1]),
                asksAge: false, priority: 0, commitment: nil))
    }

    private func query(_ wallet: Int) -> PeerQuestion {
        .walletQuery(
            WalletQuery(
                transaction: id(1), wallet: WalletID(id(wallet)), careRegion: RegionCode(peer),
                institution: InstitutionCode("H37000000001")!, category: .medicalCare,
                amount: Fen(1)!, mode: .exact, billDigest: .zero, credential: nil,
                withoutOwnAccount: false))
    }

    private func claim(_ wallet: Int) -> PeerQuestion {
        .documentClaim(
            DocumentClaim(withdrawal: id(1), wallet: WalletID(id(wallet)), document: .zero))
    }

    /// How many of `count` questions are allowed at `now`.
    private func allowed(
        _ count: Int, by budget: Counted, at now: Instant,
        _ question: (Int) -> PeerQuestion
    ) -> Int {
        (0..<count).count { budget.allows(question($0), of: peer, at: now) }
    }

    @Test("each kind has a minute and a day of its own", arguments: 0..<3)
    func eachKindHasItsLimits(_ kind: Int) {
        let question: (Int) -> PeerQuestion = [{ proposal($0) }, query, claim][kind]
        let minute = [
            Limits.proposalsOfOnePeerMinuteMax, Limits.walletQueriesOfOnePeerMinuteMax,
            Limits.documentClaimsOfOnePeerMinuteMax,
        ][kind]
        let budget = Counted()
        #expect(allowed(minute + 50, by: budget, at: noon, question) == minute)
        // It fills evenly.
        #expect(allowed(minute, by: budget, at: later(30_000), question) == minute / 2)
        #expect(allowed(minute + 50, by: budget, at: later(120_000), question) == minute)
        // Others have their own, and so do other kinds.
        #expect(budget.allows(question(1), of: other, at: later(120_000)))
        #expect(budget.allows(proposal(1), of: other, at: later(120_000)))
    }

    @Test func aDayHasItsLimitHoweverSlowlyItIsAsked() {
        let budget = Counted()
        var count = 0
        let step = Int64(60_000 / Limits.proposalsOfOnePeerMinuteMax) + 1
        for number in 0..<(Limits.proposalsOfOnePeerDayMax + 500)
        where budget.allows(proposal(number), of: peer, at: later(Int64(number) * step)) {
            count += 1
        }
        #expect(count == Limits.proposalsOfOnePeerDayMax)
        // Noon of the next day.
        #expect(budget.allows(proposal(1), of: peer, at: later(86_400_000)))
    }

    @Test func oneWalletIsNotAskedAboutWithoutEndUnderAnyName() {
        let budget = Counted()
        let wallet = 7
        let most = Limits.questionsOnOneWalletMinuteMax
        #expect(allowed(most, by: budget, at: noon) { _ in query(wallet) } == most)
        #expect(!budget.allows(query(wallet), of: peer, at: noon))
        #expect(!budget.allows(claim(wallet), of: peer, at: noon))
        #expect(!budget.allows(proposal(1, about: WalletID(id(wallet))), of: peer, at: noon))
        #expect(budget.allows(query(wallet + 1), of: peer, at: noon))
        #expect(budget.alarms(at: noon).map(\.what) == [.oneWallet])
        #expect(budget.alarms(at: noon).first?.episode.count == 3)
    }

    @Test func whatWasRefusedForTheWalletCostsNothingOfTheRest() {
        let budget = Counted()
        let most = Limits.documentClaimsOfOnePeerMinuteMax
        _ = allowed(most * 2, by: budget, at: noon) { _ in claim(7) }
        let rest = most - Limits.questionsOnOneWalletMinuteMax
        #expect(allowed(most, by: budget, at: noon) { claim(100 + $0) } == rest)
    }

    @Test func memoryIsBounded() {
        var wallets = RecentWallets(max: 100)
        let rate = Allowance.Rate(minute: 1, day: 9)
        for number in 0..<10_000 {
            _ = wallets.take(WalletID(id(number)), rate, at: noon)
            #expect(wallets.count <= 100)
        }
        let isRecentAllowed = wallets.take(WalletID(id(9_990)), rate, at: noon)
        let isForgottenAllowed = wallets.take(WalletID(id(1)), rate, at: noon)
        #expect(!isRecentAllowed && isForgottenAllowed)
    }

    @Test func whatIsStillAskedAboutIsNotForgotten() {
        var wallets = RecentWallets(max: 100)
        let rate = Allowance.Rate(minute: 1, day: 9)
        var allowed = wallets.take(WalletID(id(0)), rate, at: noon) ? 1 : 0
        for number in 1..<10_000 {
            _ = wallets.take(WalletID(id(number)), rate, at: noon)
            if number % 40 == 0, wallets.take(WalletID(id(0)), rate, at: noon) { allowed += 1 }
        }
        #expect(allowed == 1)
    }

    @Test func aClockThatIsSetBackNeitherGivesAnewNorTakesForLong() {
        let budget = Counted()
        let most = Limits.proposalsOfOnePeerMinuteMax
        #expect(allowed(most, by: budget, at: later(3_600_000)) { proposal($0) } == most)
        #expect(!budget.allows(proposal(1), of: peer, at: noon))
        #expect(allowed(most, by: budget, at: later(60_000)) { proposal($0) } == most)
    }

    @Test func whatIsGivenBackMayBeAskedAgain() {
        let budget = Counted()
        let most = Limits.questionsOnOneWalletMinuteMax
        _ = allowed(most, by: budget, at: noon) { _ in query(7) }
        budget.giveBack(query(7), of: peer)
        #expect(budget.allows(query(7), of: peer, at: noon))
        #expect(!budget.allows(query(7), of: peer, at: noon))
    }

    // MARK: Alarms

    @Test func anAlarmStandsUntilADayAfterItsLastCause() {
        let budget = Counted()
        let most = Limits.proposalsOfOnePeerMinuteMax
        _ = allowed(most + 2, by: budget, at: noon) { proposal($0) }
        let alarm = PeerAlarm(
            peer: peer, what: .proposals,
            episode: PeerAlarm.Episode(count: 2, since: noon, last: noon))
        #expect(budget.alarms(at: later(1)) == [alarm])
        _ = allowed(most + 1, by: budget, at: later(3_600_000)) { proposal($0) }
        let last = later(3_600_000)
        let longer = PeerAlarm(
            peer: peer, what: .proposals,
            episode: PeerAlarm.Episode(count: 3, since: noon, last: last))
        #expect(budget.alarms(at: last.advanced(byMilliseconds: 86_399_999)) == [longer])
        #expect(budget.alarms(at: last.advanced(byMilliseconds: 86_400_000)) == [])
    }

    @Test(arguments: [(60, false), (49, false), (50, false), (51, true), (100, true)])
    func moreThanHalfOfADaysProposalsThatFindNobodyAreAnAlarm(_ nobody: Int, _ isAlarm: Bool) {
        let budget = Counted()
        // 60 of fewer than a hundred say nothing yet.
        let asked = nobody == 60 ? Limits.proposalsJudgedMin - 1 : Limits.proposalsJudgedMin
        for number in 0..<asked { #expect(budget.allows(proposal(number), of: peer, at: noon)) }
        for _ in 0..<nobody { budget.foundNobody(peer, at: noon) }
        #expect(budget.alarms(at: noon).map(\.what) == (isAlarm ? [.foundNobody] : []))
    }

    // MARK: Restarts

    @Test func theCountOfTheDayAndTheAlarmsOutliveARestart() {
        let budget = Counted()
        for number in 0..<Limits.proposalsOfOnePeerDayMax {
            _ = budget.allows(proposal(number), of: peer, at: later(Int64(number) * 200))
        }
        let end = later(Int64(Limits.proposalsOfOnePeerDayMax) * 200)
        for _ in 0..<Limits.proposalsOfOnePeerDayMax { budget.foundNobody(peer, at: end) }
        #expect(!budget.allows(proposal(0), of: peer, at: end))
        _ = budget.allows(query(1), of: other, at: end)
        let again = Counted(PeerBudget(note: budget.noted))
        #expect(again.noted == budget.noted)
        #expect(again.alarms(at: end) == budget.alarms(at: end))
        #expect(again.alarms(at: end).map(\.what) == [.proposals, .foundNobody])
        #expect(!again.allows(proposal(0), of: peer, at: end))
        #expect(again.allows(proposal(0), of: other, at: end))
    }

    @Test func aNoteThatCannotBeReadBeginsAnew() {
        let budget = Counted()
        _ = budget.allows(query(1), of: peer, at: noon)
        let note = budget.noted
        for length in note.indices {
            #expect(PeerBudget(note: Array(note[..<length])).peers.isEmpty)
        }
        #expect(PeerBudget(note: note + [0]).peers.isEmpty)
        #expect(PeerBudget(note: nil).peers.isEmpty)
    }

    @Test func itIsKeptAtMostOnceAMinute() {
        let budget = Counted()
        #expect(!budget.isToBeKept(at: noon))
        _ = budget.allows(query(1), of: peer, at: noon)
        #expect(budget.isToBeKept(at: noon))
        budget.wasKept(at: noon)
        _ = budget.allows(query(1), of: peer, at: later(1))
        #expect(!budget.isToBeKept(at: later(59_999)))
        #expect(budget.isToBeKept(at: later(60_000)))
    }
}

/// A budget that can be asked within an expectation.
private final class Counted {
    private var budget: PeerBudget

    init(_ budget: PeerBudget = PeerBudget()) { self.budget = budget }

    var noted: Bytes { budget.noted }
    func allows(_ question: PeerQuestion, of peer: ProvinceCode, at now: Instant) -> Bool {
        budget.allows(question, of: peer, at: now)
    }
    func giveBack(_ question: PeerQuestion, of peer: ProvinceCode) {
        budget.giveBack(question, of: peer)
    }
    func foundNobody(_ peer: ProvinceCode, at now: Instant) { budget.foundNobody(peer, at: now) }
    func alarms(at now: Instant) -> [PeerAlarm] { budget.alarms(at: now) }
    func isToBeKept(at now: Instant) -> Bool { budget.isToBeKept(at: now) }
    func wasKept(at now: Instant) { budget.wasKept(at: now) }
}
