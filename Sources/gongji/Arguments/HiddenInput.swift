import ArgumentParser
import Domain
import Foundation
import Glibc
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

    /// What it holds, without spaces and line ends. Throws ``CommandFailure``.
    func text(of option: String) throws -> String {
        guard let text = String(validating: try bytes(of: option), as: UTF8.self) else {
            throw CommandFailure.badInput("\(name) holds no UTF-8 text; check \(option)")
        }
        let normalised = text.normalisedNumber
        guard !normalised.isEmpty else {
            throw CommandFailure.badInput("\(name) is empty; check \(option)")
        }
        return normalised
    }

    /// SM3 of its text without spaces and line ends.
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

extension String {
    /// A number as digests are made of it: without white space.
    var normalisedNumber: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { !$0.properties.isWhitespace }))
    }

    var withoutSpacesAtEnds: String {
        var scalars = unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }

    /// Letters that are not ASCII stay what they are.
    var inASCIICapitals: String {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return String(decoding: utf8.map { letters.contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }
}

/// SM3 of a document that stays where it is. Throws ``CommandFailure``.
func fileDigest(_ path: String, _ option: String) throws -> Digest {
    guard let document = FileManager.default.contents(atPath: path) else {
        throw CommandFailure.failed("\(path) cannot be read; check \(option).")
    }
    return sm3(of: Bytes(document))
}

extension Digest {
    var data: Data { withUnsafeBytes { Data($0) } }
}
