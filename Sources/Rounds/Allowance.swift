import Domain
import Wire

/// What may still be asked in a minute and in a day.
struct Allowance: Sendable, Hashable {
    struct Rate: Sendable, Hashable {
        /// Above 60,000 only the day counts.
        let minute: Int
        let day: Int

        static func * (rate: Rate, factor: Int) -> Rate {
            Rate(minute: rate.minute * factor, day: rate.day * factor)
        }

        /// How long one question weighs.
        fileprivate var milliseconds: Int64 { Allowance.minuteMilliseconds / Int64(minute) }
    }

    fileprivate static let minuteMilliseconds: Int64 = 60_000

    /// Until when what was asked weighs. Each question puts it off by its share of a minute, and it is never
    /// more than a minute ahead: a bucket that fills evenly (the generic cell rate algorithm of ITU-T I.371).
    private var until: Int64 = 0
    private(set) var day = BusinessDate(daysSince1970: 0)
    /// Questions of `day` that were allowed.
    private(set) var today = 0

    init() {}

    /// As it was kept: the minute begins anew.
    init(day: BusinessDate, today: Int) {
        self.day = day
        self.today = today
    }

    /// Whether the day that it counts is not that of `now`.
    func isOver(at now: Instant) -> Bool { day != BusinessDate(at: now) }

    /// Takes one question if it is there. A clock that is set back gives no minute anew.
    mutating func take(_ rate: Rate, at now: Instant) -> Bool {
        if isOver(at: now) {
            day = BusinessDate(at: now)
            today = 0
        }
        let latest = now.milliseconds + Allowance.minuteMilliseconds
        until = min(max(until, now.milliseconds), latest)
        guard today < rate.day, until + rate.milliseconds <= latest else { return false }
        until += rate.milliseconds
        today += 1
        return true
    }

    mutating func giveBack(_ rate: Rate) {
        until -= rate.milliseconds
        today = max(0, today - 1)
    }
}

/// What one peer may still ask about the wallets that it asked about lately. Once there are too many, the
/// half that was not asked about for longest is forgotten.
struct RecentWallets: Sendable {
    private var newer: [WalletID: Allowance] = [:]
    private var older: [WalletID: Allowance] = [:]
    private let half: Int

    init(max: Int = Limits.peerBudgetWalletsMax) { half = max / 2 }

    var count: Int { newer.count + older.count }

    mutating func take(_ wallet: WalletID, _ rate: Allowance.Rate, at now: Instant) -> Bool {
        var allowance = newer[wallet] ?? older.removeValue(forKey: wallet) ?? Allowance()
        if newer[wallet] == nil, newer.count >= half {
            older = newer
            newer = [:]
        }
        defer { newer[wallet] = allowance }
        return allowance.take(rate, at: now)
    }

    mutating func giveBack(_ wallet: WalletID, _ rate: Allowance.Rate) {
        if newer[wallet] == nil {
            older[wallet]?.giveBack(rate)
        } else {
            newer[wallet]?.giveBack(rate)
        }
    }
}
