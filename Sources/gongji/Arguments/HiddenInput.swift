import ArgumentParser
import Domain
import Foundation
import Glibc
import RuleFiles
import Signing

/// What must not stand in the argument list, where `ps` shows it to everyone on the machine: the path
/// of a file that holds it, or `-` for standard input.
struct HiddenInput: Hashable, ExpressibleByArgument {
    /// Numbers of people, cards and the like are short.
    static let bytesMax = 4096

    let path: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = argument
    }

    var isStandardInput: Bool { path == "-" }

    /// The number that it holds, as digests are made of it. Throws ``CommandFailure``.
    func text(of option: String) throws -> String {
        let octets: Bytes
        do { octets = try TextOctets.utf8(try bytes(of: option)) } catch let error
            as TextOctets.Unreadable
        {
            throw CommandFailure.badInput("\(name) is \(error.what); check \(option)")
        }
        let number = CanonicalText.number(String(decoding: octets, as: UTF8.self))
        guard !number.isEmpty else {
            throw CommandFailure.badInput("\(name) holds no number; check \(option)")
        }
        return number
    }

    /// One line of words about a person, without spaces around it. Throws ``CommandFailure``.
    func remark(of option: String, bytesMax: Int) throws -> String {
        guard let text = String(validating: try bytes(of: option), as: UTF8.self) else {
            throw CommandFailure.badInput("\(name) holds no UTF-8 text; check \(option)")
        }
        let words = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...bytesMax).contains(words.utf8.count), !words.contains(where: \.isNewline) else {
            throw CommandFailure.badInput(
                "\(name) is to hold one line of 1 to \(bytesMax) octets; check \(option)")
        }
        return words
    }

    /// SM3 of the number that it holds.
    func digest(of option: String) throws -> Digest {
        sm3(of: Bytes(try text(of: option).utf8))
    }

    /// The identity number of 18 characters in it. What is wrong with it is said without a digit of it.
    func identityNumber(of option: String) throws -> IdentityNumber {
        let text = try text(of: option)
        do {
            return try IdentityNumber(text)
        } catch {
            throw CommandFailure.badInput("\(name): \(error.description); check \(option)")
        }
    }

    /// At most one of several can be standard input.
    static func refuseSharing(_ inputs: [HiddenInput?]) throws {
        guard inputs.count(where: { $0?.isStandardInput == true }) <= 1 else {
            throw ValidationError("Only one option can read standard input (-).")
        }
    }

    private var name: String { isStandardInput ? "standard input" : path }

    /// Pipes are taken as well, so that a shell's `<(…)` serves.
    private func bytes(of option: String) throws -> Bytes {
        let file = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandFailure.failed(
                "\(path) cannot be read (\(String(cString: strerror(errno)))); check \(option)")
        }
        defer { if !isStandardInput { close(file) } }
        if isStandardInput, isatty(file) == 1 {
            Console.note("reading \(option) from the terminal; end with Enter and Ctrl-D")
        }
        var bytes: Bytes = []
        var buffer = Bytes(repeating: 0, count: HiddenInput.bytesMax + 1)
        while bytes.count <= HiddenInput.bytesMax {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure.failed(
                    "\(name) cannot be read (\(String(cString: strerror(errno)))); check \(option)")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw CommandFailure.badInput(
            "\(name) is longer than \(HiddenInput.bytesMax) octets; check \(option)")
    }
}

/// A file of evidence (a signed letter, a scanned proof) that stays where it is; its SM3 is sent.
enum EvidenceFile {
    /// Fewer octets are no letter and no picture of one.
    static let bytesMin = 16
    static let bytesMax = 64 << 20

    /// Throws ``CommandFailure`` for what is no evidence: not there, too small, too large, or blank.
    static func digest(_ path: String, _ option: String) throws -> Digest {
        let bytes: Bytes
        do { bytes = try PublicFile.read(path, bytesMax: bytesMax) } catch {
            throw CommandFailure.failed("\(path) cannot be read: \(error); check \(option)")
        }
        guard bytes.count >= bytesMin else {
            throw CommandFailure.badInput(
                "\(path) has \(counted(bytes.count, "octet")): \(option) takes a file of "
                    + "\(bytesMin) to \(bytesMax) octets")
        }
        // A text of spaces, or a file that was never written.
        let isZero = bytes.allSatisfy { $0 == 0 }
        let text = String(validating: bytes, as: UTF8.self)
        guard !isZero, text.map(CanonicalText.isBlank) != true else {
            throw CommandFailure.badInput(
                "\(path) is blank; \(option) takes what was signed or shown")
        }
        return sm3(of: bytes)
    }
}

extension Digest {
    var data: Data { withUnsafeBytes { Data($0) } }
}

/// SM3 of a number in its one form.
func numberDigest(_ number: String) -> Digest {
    sm3(of: Bytes(CanonicalText.number(number).utf8))
}
