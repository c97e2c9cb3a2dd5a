import Domain
import Testing

/// What people type in its one form; each way of typing one paper is in `protocol/vectors/digests.json`.
@Suite struct CanonicalTexts {
    @Test(arguments: [
        ("3700 2026 0017", "370020260017"), ("３７００２０２６００１７", "370020260017"),
        ("3700\u{2009}2026\u{3000}0017", "370020260017"), ("3700-2026-0017", "370020260017"),
        ("3700\u{2010}2026\u{2015}0017", "370020260017"), ("3700\u{2212}2026", "37002026"),
        ("3700.2026·0017\u{30fb}1", "3700202600171"), ("tj/2026／8", "TJ20268"),
        ("\u{feff}37\u{200b}00\u{ad}", "3700"), ("No.7", "7"), ("№7", "7"), ("ＮＯ．７", "7"),
        ("no 7", "7"), ("编号：7", "7"), ("第7号", "7"), ("发票号码: No. 7", "7"), ("NOVA7", "NOVA7"),
        ("No.", "NO"), ("号", "号"), ("编号", "编"), ("ⅷ", "VIII"), ("٧", "7"), ("", ""),
        (" - . ", ""),
    ])
    func aNumberHasOneForm(_ typed: String, _ number: String) {
        #expect(CanonicalText.number(typed) == number)
    }

    @Test func whatIsFoldedIsFoldedAlready() {
        for typed in ["Ｈ３７-№ 7", "国家税务总局（深圳市）税务局", "ﬁ ß ŉ ǆ ㎏ ½ ① ㈱", "e\u{301}"] {
            let once = CanonicalText.folded(typed)
            #expect(CanonicalText.folded(once) == once)
        }
    }

    @Test(arguments: [
        "", " ", "\t\r\n", "\u{a0}", "\u{1680}", "\u{2000}", "\u{200b}", "\u{2028}", "\u{202f}",
        "\u{2800}", "\u{3000}", "\u{3164}", "\u{feff}", "\u{ad}", "\u{180e}", "\u{fe0f}",
        "\u{115f}",
    ])
    func aTextThatShowsNothingIsBlank(_ text: String) {
        #expect(CanonicalText.isBlank(text))
        #expect(!CanonicalText.isBlank(text + "x" + text))
    }

    @Test func aValueIsReadInAnyWidth() {
        #expect(CanonicalText.typed("　３７００．５０ ") == "3700.50")
        #expect(CanonicalText.typed("\u{feff}-1") == "-1")
        #expect(CanonicalText.typed("1 2") == "1 2")
    }

    @Test func onePersonIsOneIdHoweverItIsTyped() {
        for other in ["s-0017", "S 0017", "S0017", "Ｓ－００１７", "S.0017\u{3000}"] {
            #expect(StaffID("S-0017") == StaffID(other))
        }
        #expect(StaffID("S-0017") != StaffID("S-0018"))
    }
}
