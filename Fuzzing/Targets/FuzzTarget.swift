package import Domain

/// What octets from outside are read by, one case a reader.
///
/// The fuzzer (`Fuzzing/Driver`) and the ordinary tests (`Tests/FuzzingTests`) call the same
/// ``take(_:)``.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case batch, certificate, directory, message, receipt, register, reply, request, rules, sealed

    /// Reads `input`, which may be refused but must not trap, and checks that what was read keeps its
    /// promises. Whether it was read: inputs that are only ever refused show little.
    @discardableResult
    package func take(_ input: Bytes) throws(BrokenPromise) -> Bool {
        switch self {
        case .batch: try takeBatch(input)
        case .certificate: try takeCertificate(input)
        case .directory: try takeDirectory(input)
        case .message: try takeMessage(input)
        case .receipt: try takeReceipt(input)
        case .register: try takeRegister(input)
        case .reply: try takeReply(input)
        case .request: try takeRequest(input)
        case .rules: try takeRules(input)
        case .sealed: try takeSealed(input)
        }
    }
}

/// What should have held for an input and did not.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

func demand(
    _ holds: Bool, _ promise: @autoclosure () -> String
) throws(BrokenPromise) {
    guard holds else { throw BrokenPromise(description: promise()) }
}

/// The value of `body`, which must not refuse what the code itself has written.
func own<Value>(
    _ what: String, _ body: () throws -> Value
) throws(BrokenPromise) -> Value {
    do {
        return try body()
    } catch {
        throw BrokenPromise(description: "\(what): refused with \(error)")
    }
}
