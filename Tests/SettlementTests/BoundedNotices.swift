import Domain
import Storage
import Testing
import Wire

@testable import Settlement

/// Numbers and dates of a notice that no honest payer can send (`protocol/messages.md`, Numbers and dates
/// of a peer).
@Suite struct BoundedNotices {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
    }

    private func notify(_ version: UInt64, fen: Int64, uses: [Use] = []) {
        world.tell(
            .quotaNotice(
                QuotaNotice(
                    relation: son.relation, wallet: mother, available: Fen(fen)!, phase: .active,
                    granted: world.now, version: version, giver: son.giver,
                    giverRegion: RegionCode(World.guangdong), kinship: .child, priority: 0,
                    consentUntil: nil, status: nil, uses: uses)), from: World.guangdong,
            to: World.shandong)
    }

    private var known: Int64? { world.grant(son.relation, of: mother)?.available.value }

    private func use(_ date: BusinessDate, reversed: BusinessDate? = nil) -> Use {
        Use(
            transaction: world.newID(), care: World.shanghai,
            institution: Book.institution(.medical, in: RegionCode(World.shanghai)),
            category: .medicalCare, amount: Fen(1)!, date: date, reversalDate: reversed)
    }

    @Test(arguments: [UInt64.max, .max - 1, UInt64(Int64.max), 1 << 62] as [UInt64])
    func noVersionSilencesThoseAfterIt(_ version: UInt64) {
        notify(version, fen: 1_00)
        #expect(known == 1_00)
        world.advance(milliseconds: 1_000)
        world.command(.setQuota(relation: son.relation, available: 400_00), at: World.guangdong)
        world.deliver()
        #expect(known == 400_00)
        #expect(world.rejections.isEmpty)
    }

    @Test func theSameVersionIsStillHeardOnce() {
        world.advance(milliseconds: 1_000)
        let version = UInt64(world.now.milliseconds + Limits.clockSkewMillisecondsMax)
        notify(version, fen: 1_00)
        notify(version, fen: 2_00)
        notify(version - 1, fen: 3_00)
        #expect(known == 1_00)
        notify(version + 1, fen: 4_00)
        #expect(known == 4_00)
    }

    @Test func aUseOfADayThatCannotBeIsLeftOut() {
        let today = BusinessDate(at: world.now)
        func day(_ distance: Int32) -> BusinessDate {
            BusinessDate(daysSince1970: today.daysSince1970 + distance)
        }
        let good = [use(today), use(day(-1)), use(day(-1), reversed: today)]
        let bad = [
            use(BusinessDate(daysSince1970: .max)), use(BusinessDate(daysSince1970: .min)),
            use(BusinessDate(daysSince1970: Limits.businessDateDaysMax)), use(day(1)), use(day(-2)),
            use(today, reversed: day(1)), use(today, reversed: day(-1)),
        ]
        notify(UInt64(world.now.milliseconds) + 9, fen: 7_00, uses: bad + good)
        #expect(
            Set(world.usage(.recipient(mother), at: World.shandong).map(\.key.transaction))
                == Set(good.map(\.transaction)))
        #expect(
            world.rejections.map(\.reason)
                == Array(repeating: "use_of_another_time", count: bad.count))
        #expect(known == 7_00)
    }
}
