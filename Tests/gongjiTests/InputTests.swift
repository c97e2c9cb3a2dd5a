import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Testing
import Wire

@testable import gongji

@Suite("A number that stands in a file")
struct HiddenInputTests {
    private func input(_ text: String, _ scratch: Scratch) throws -> HiddenInput {
        let path = scratch.path + "/number"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try #require(HiddenInput(argument: path))
    }

    @Test("is read without spaces and line ends, and its digest is made of that")
    func normalised() throws {
        let scratch = try Scratch()
        let spaced = try input(" 6222 0000\u{3000}1111\r\n", scratch)
        #expect(try spaced.text(of: "--number") == "622200001111")
        #expect(try spaced.digest(of: "--number") == sm3(of: Bytes("622200001111".utf8)))
    }

    @Test("is an identity number only if it can be one, and no fault shows a digit of it")
    func identity() throws {
        let scratch = try Scratch()
        let number = try input("110101 19900307 0038\n", scratch)
        #expect(
            try number.identityNumber(of: "--identity").born.description == "1990-03-07")
        for wrong in ["110101199003070039", "11010119900307003", "1101011990030700x8", ""] {
            let failure = #expect(throws: CommandFailure.self) {
                try input(wrong, scratch).identityNumber(of: "--identity")
            }
            #expect(failure?.text.contains("--identity") == true)
            #expect(failure?.text.contains("19900307") == false)
            #expect(failure?.exit == .usage)
        }
    }

    @Test("is refused if the file is not there, or too long to be a number")
    func unreadable() throws {
        let scratch = try Scratch()
        let missing = try #require(HiddenInput(argument: scratch.path + "/none"))
        #expect(throws: CommandFailure.self) { try missing.text(of: "--number") }
        let long = try input(String(repeating: "1", count: 5000), scratch)
        #expect(throws: CommandFailure.self) { try long.text(of: "--number") }
        #expect(HiddenInput(argument: "") == nil)
    }
}

@Suite("The bill of a reservation")
struct BillTests {
    private static let wallet = WalletID("0190a1b2c3d4e5f60718293a4b5c6d7e")

    private func bill(_ amount: Int64, _ words: String...) throws -> Gongji_V1_Bill {
        let wallet = try #require(BillTests.wallet)
        return try BillOptions.parse(words).bill(amount: amount, wallet: wallet)
    }

    private func parts(_ bill: Gongji_V1_Bill) -> [Int64] {
        [bill.totalFen, bill.pooledFen, bill.burdenFen, bill.selfPaidFen]
    }

    @Test("is the amount alone if nothing else is said, with the wallet's own credential")
    func plain() throws {
        let bill = try bill(540_000)
        #expect(parts(bill) == [540_000, 0, 540_000, 0])
        #expect(bill.credential == BillTests.wallet?.data)
        #expect(bill.patient.isEmpty)
        #expect(try bill == .plain(540_000, of: #require(BillTests.wallet)))
    }

    @Test("has the parts that are left out follow from the others")
    func parts() throws {
        #expect(
            try parts(bill(100, "--pooled", "5", "--self-paid", "1")) == [700, 500, 100, 100])
        #expect(
            try parts(bill(100, "--total", "20", "--pooled", "5", "--self-paid", "1"))
                == [2000, 500, 1400, 100])
        #expect(try parts(bill(100, "--burden", "3", "--pooled", "5")) == [800, 500, 300, 0])
        #expect(
            try parts(bill(100, "--total", "9", "--burden", "3", "--pooled", "5"))
                == [900, 500, 300, 0])
        #expect(throws: CommandFailure.self) {
            try bill(Int64.max, "--pooled", "92233720368547758.07")
        }
    }

    @Test("says whose credential was presented, or that none was")
    func credential() throws {
        let other = "0190a1b2c3d4e5f60718293a4b5c6d7f"
        #expect(try bill(1, "--no-credential").credential.isEmpty)
        #expect(try bill(1, "--credential", other).credential.hexText == other)
        #expect(try bill(1, "--patient", other).patient.hexText == other)
        #expect(try bill(1, "--patient", #require(BillTests.wallet).description).patient.isEmpty)
    }
}

@Suite("A verification")
struct VerificationTests {
    @Test("has the time of the request's id, so that a repetition is the same request")
    func time() throws {
        let options = try VerificationOptions.parse([
            "--verified", "in-person", "--verification-reference", "F-1",
        ])
        let id = Clock.newIdentifier()
        let proof = try #require(try options.proof(in: id))
        #expect(proof.method == .inPerson)
        #expect(proof.atMs == id.instant.milliseconds)
        // A reference is a number of a record: folded, however it is typed.
        #expect(proof.reference == sm3(of: Bytes("F1".utf8)).data)
        let typed = try VerificationOptions.parse([
            "--verified", "in-person", "--verification-reference", " f\u{2013}\u{ff11}",
        ])
        #expect(try typed.proof(in: id) == proof)
        let another = try VerificationOptions.parse([
            "--verified", "in-person", "--verification-reference", "F-01",
        ])
        #expect(try another.proof(in: id)?.reference != proof.reference)
        #expect(throws: CommandFailure.self) { try options.proof(in: .zero) }
        let timed = try VerificationOptions.parse([
            "--verified", "face", "--verification-reference", "F-1", "--verified-at",
            "2026-11-23T10:00:00+08:00",
        ])
        #expect(try timed.proof(in: .zero)?.atMs == 1_795_399_200_000)
        #expect(try VerificationOptions.parse([]).proof(in: id) == nil)
    }
}
