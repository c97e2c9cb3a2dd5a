import Domain
import Testing

/// County, prefecture, province, nation (GB/T 2260).
@Suite struct NestedRegions {
    private func region(_ number: UInt32) throws -> RegionCode { try #require(RegionCode(number)) }

    @Test(
        arguments: [
            (440_305, [440_305, 440_300, 440_000, 100_000]),
            (440_300, [440_300, 440_000, 100_000]), (440_000, [440_000, 100_000]),
            (310_101, [310_101, 310_100, 310_000, 100_000]),
            (429_004, [429_004, 429_000, 420_000, 100_000]), (100_000, [100_000]),
        ] as [(UInt32, [UInt32])])
    func aRegionLiesInLargerOnes(_ number: UInt32, _ path: [UInt32]) throws {
        #expect(try region(number).path.map(\.number) == path)
    }

    @Test(
        arguments: [
            (440_305, 440_306, 440_300), (440_305, 440_300, 440_300),
            (440_305, 440_305, 440_305), (440_305, 440_106, 440_000), (370_300, 371_000, 370_000),
            (370_303, 440_305, 100_000), (370_000, 370_303, 370_000), (100_000, 370_303, 100_000),
        ] as [(UInt32, UInt32, UInt32)])
    func theSmallestThatHoldsBothIsFound(_ a: UInt32, _ b: UInt32, _ held: UInt32) throws {
        #expect(try region(a).enclosing(region(b)).number == held)
        #expect(try region(b).enclosing(region(a)).number == held)
    }

    @Test func aRegionHoldsWhatLiesInIt() throws {
        #expect(try region(440_300).holds(region(440_305)))
        #expect(try region(440_300).holds(region(440_300)))
        #expect(try !region(440_305).holds(region(440_300)))
        #expect(try !region(440_300).holds(region(440_106)))
        #expect(RegionCode.national.holds(try region(440_305)))
    }
}
