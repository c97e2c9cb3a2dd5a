import Domain
import Testing

@Suite struct Amounts {
    @Test(arguments: [
        (Int64(0), true), (1, true), (Fen.limit.value, true), (Fen.limit.value + 1, false),
        (-1, false), (.min, false), (.max, false),
    ])
    func anAmountIsFromZeroToTheLimit(_ value: Int64, _ exists: Bool) {
        #expect((Fen(value) != nil) == exists)
        if let fen = Fen(value) { #expect(fen.value == value) }
    }

    @Test func theLimitIsTenBillionYuan() {
        #expect(Fen.limit.value == 10_000_000_000 * 100)
    }

    @Test func sumsGoAboveTheLimitAndDifferencesDownToZero() throws {
        let one = try #require(Fen(1))
        #expect((Fen.limit + one).value == Fen.limit.value + 1)
        #expect(one - one == .zero)
        #expect([Fen.limit, one, one].sum().value == Fen.limit.value + 2)
        #expect([Fen]().sum() == .zero)
        #expect(Fen.zero < one)
    }

    @Test(arguments: [
        (Int64(0), "0.00"), (1, "0.01"), (10, "0.10"), (99, "0.99"), (100, "1.00"),
        (123_456, "1234.56"), (Fen.limit.value, "10000000000.00"),
    ])
    func anAmountReadsAsYuan(_ value: Int64, _ text: String) throws {
        #expect(try #require(Fen(value)).description == text)
    }
}

@Suite struct Hexadecimal {
    @Test func octetsBecomeDigitsAndComeBack() {
        let octets = (0...255).map { UInt8($0) }
        #expect(octets.hex.hasPrefix("000102"))
        #expect(octets.hex.hasSuffix("fdfeff"))
        #expect(Bytes(hex: octets.hex) == octets)
        #expect(Bytes(hex: octets.hex.uppercased()) == octets)
        #expect(Bytes(hex: "") == [])
    }

    @Test(arguments: ["0", "000", "0g", "g0", " 00", "0x00", "０１", "zz", "/:", "@G", "`g"])
    func whatIsNoPairOfDigitsIsNothing(_ text: String) {
        #expect(Bytes(hex: text) == nil)
    }
}

@Suite struct Identifiers {
    @Test func anIdHasSixteenOctetsAndThirtyTwoDigits() throws {
        let text = "0123456789abcdef8899aabbccddeeff"
        let id = try #require(Identifier(text))
        #expect(id.high == 0x0123_4567_89ab_cdef)
        #expect(id.low == 0x8899_aabb_ccdd_eeff)
        #expect(id.description == text)
        #expect(Identifier(id.bytes) == id)
        #expect(id.bytes.hex == text)
        #expect(WalletID(text)?.value == id)
        #expect(Identifier.zero.bytes == Bytes(repeating: 0, count: 16))
    }

    @Test(arguments: [0, 1, 15, 17, 32])
    func otherLengthsAreNoId(_ count: Int) {
        #expect(Identifier(Bytes(repeating: 1, count: count)) == nil)
        #expect(Identifier(String(repeating: "01", count: count)) == nil)
    }

    @Test func idsAreInTheOrderOfTheirTime() {
        let full = (UInt64.max, UInt64.max)
        var before = Identifier(at: Instant(milliseconds: 0), random: full)
        for milliseconds: Int64 in [1, 2, 255, 256, 1_780_000_000_000, (1 << 48) - 1] {
            let after = Identifier(at: Instant(milliseconds: milliseconds), random: (0, 0))
            #expect(before < after)
            #expect(after.high >> 16 == UInt64(milliseconds))
            before = Identifier(at: Instant(milliseconds: milliseconds), random: full)
            #expect(before.high >> 16 == UInt64(milliseconds))
        }
    }
}

@Suite struct Digests {
    @Test func aDigestHasThirtyTwoOctets() throws {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        let digest = try #require(Digest(bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.description == bytes.hex)
        #expect(Digest.zero.bytes == Bytes(repeating: 0, count: 32))
        for count in [0, 31, 33, 64] {
            #expect(Digest(Bytes(repeating: 1, count: count)) == nil)
        }
    }

    @Test func digestsThatDifferInOneBitDiffer() throws {
        let bytes = Bytes(repeating: 0, count: 32)
        for bit in 0..<256 {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try #require(Digest(other)) != .zero)
        }
    }
}

@Suite struct ProvinceCodes {
    /// GB/T 2260-2007, with 660000 for 新疆生产建设兵团 and 100000 for the national node.
    static let known: [UInt32] = [
        110_000, 120_000, 130_000, 140_000, 150_000, 210_000, 220_000, 230_000, 310_000, 320_000,
        330_000, 340_000, 350_000, 360_000, 370_000, 410_000, 420_000, 430_000, 440_000, 450_000,
        460_000, 500_000, 510_000, 520_000, 530_000, 540_000, 610_000, 620_000, 630_000, 640_000,
        650_000, 660_000, 710_000, 810_000, 820_000, 910_000, 100_000,
    ]

    @Test(arguments: known)
    func everyProvinceHasACode(_ number: UInt32) throws {
        let code = try #require(ProvinceCode(number))
        #expect(code.number == number)
        #expect(ProvinceCode(String(number)) == code)
        #expect(code.description == String(number))
    }

    @Test(arguments: [0, 1, 99_999, 100_001, 370_001, 370_100, 915_000, 920_000, .max])
    func otherNumbersAreNoProvince(_ number: UInt32) {
        #expect(ProvinceCode(number) == nil)
    }

    @Test(arguments: ["", "37", "3700000", "+37000", "-37000", " 37000", "37000x", "３７００００"])
    func otherTextsAreNoProvince(_ text: String) {
        #expect(ProvinceCode(text) == nil)
    }

    @Test func theNationalNodeComesFirst() throws {
        #expect(ProvinceCode.national.number == 100_000)
        #expect(ProvinceCode.national < (try #require(ProvinceCode(110_000))))
    }
}

@Suite struct Institutions {
    @Test(arguments: [("A", true), ("H31-000", true), (String(repeating: "9", count: 32), true)])
    func aCodeIsCapitalsDigitsAndHyphens(_ text: String, _ exists: Bool) {
        #expect((InstitutionCode(text)?.text == text) == exists)
    }

    @Test(arguments: [
        "", "a", "A B", "A_B", "Ä", "A\n", "\0", "医", String(repeating: "9", count: 33),
    ])
    func otherTextsAreNoInstitution(_ text: String) { #expect(InstitutionCode(text) == nil) }
}

@Suite struct Regions {
    @Test(arguments: [
        (UInt32(0), false), (99_999, false), (100_000, true), (100_001, false), (109_999, false),
        (110_000, true), (110_101, true), (371_000, true), (919_999, true), (920_000, false),
        (1_100_000, false), (.max, false),
    ])
    func aRegionIsOfAProvinceOrTheNation(_ number: UInt32, _ exists: Bool) {
        let region = RegionCode(number)
        #expect((region != nil) == exists)
        guard let region else { return }
        #expect(region.number == number)
        #expect(region.description == String(number))
        #expect(RegionCode(String(number)) == region)
        #expect(region.province.number == number / 10_000 * 10_000)
    }

    @Test(arguments: ["", "37100", "3710000", "+71000", " 71000", "37100x", "３７１０００", "099999"])
    func otherTextsAreNoRegion(_ text: String) { #expect(RegionCode(text) == nil) }

    static let paths: [[UInt32]] = [
        [371_002, 371_000, 370_000, 100_000], [371_000, 370_000, 100_000], [370_000, 100_000],
        [100_000],
    ]

    @Test(arguments: paths)
    func thePathLeadsFromARegionToTheNation(_ path: [UInt32]) throws {
        let region = try #require(RegionCode(path[0]))
        #expect(region.path.map(\.number) == path)
    }

    @Test(arguments: [
        (UInt32(371_000), UInt32(371_000), UInt32(371_000)), (371_000, 370_300, 370_000),
        (371_000, 370_000, 370_000), (371_000, 371_002, 371_000), (371_000, 440_300, 100_000),
        (370_000, 440_000, 100_000), (371_000, 100_000, 100_000), (100_000, 100_000, 100_000),
    ])
    func theSmallestRegionThatHoldsTwo(_ one: UInt32, _ two: UInt32, _ both: UInt32) throws {
        let (one, two) = (try #require(RegionCode(one)), try #require(RegionCode(two)))
        #expect(one.enclosing(two).number == both)
        #expect(two.enclosing(one).number == both)
        // Whatever holds both is on the path of each.
        #expect(one.path.contains(one.enclosing(two)))
        #expect(two.path.contains(one.enclosing(two)))
    }

    @Test(arguments: ProvinceCodes.known)
    func everyProvinceIsARegion(_ number: UInt32) throws {
        let province = try #require(ProvinceCode(number))
        #expect(RegionCode(province).number == number)
        #expect(RegionCode(province).province == province)
    }

    @Test func theNationIsARegion() throws {
        #expect(RegionCode(ProvinceCode.national) == .national)
        #expect(RegionCode.national.province == .national)
        #expect(RegionCode.national < (try #require(RegionCode(110_000))))
    }
}

@Suite struct Vocabulary {
    @Test func wordsAreDifferentAndNumbersStartAtOne() {
        func isGood<Value: CaseIterable & RawRepresentable>(
            _ word: KeyPath<Value, String>, count: Int
        ) -> Bool where Value.RawValue == UInt8 {
            let words = Value.allCases.map { $0[keyPath: word] }
            return Set(words).count == count
                && words.allSatisfy { $0.utf8.allSatisfy(isLowerCaseOrUnderscore) }
                && Value.allCases.map { Int($0.rawValue) } == Array(1...count)
        }
        #expect(isGood(\Kinship.word, count: 9))
        #expect(isGood(\Domain.Category.word, count: 15))
        #expect(isGood(\Channel.word, count: 5))
        #expect(isGood(\Insurance.word, count: 2))
        #expect(isGood(\Standing.word, count: 4))
        #expect(isGood(\VerificationMethod.word, count: 3))
        #expect(isGood(\InstitutionKind.word, count: 4))
        #expect(isGood(\RelationPhase.word, count: 6))
        #expect(isGood(\WithdrawalReason.word, count: 5))
        #expect(isGood(\WithdrawalState.word, count: 7))
        #expect(isGood(\UsageSide.word, count: 3))
        #expect(Domain.Category.allCases.filter(\.isPremium).map(\.rawValue) == [3, 4])
        #expect(RelationPhase.allCases.filter(\.isAlive).map(\.rawValue) == [1, 2, 3, 4])
    }

    private func isLowerCaseOrUnderscore(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
