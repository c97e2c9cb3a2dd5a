import COpenSSL

/// A call into OpenSSL that failed: memory, randomness, or octets that it could not read.
///
/// The description holds OpenSSL's reason text only, never data, so it is safe to log.
package struct OpenSSLFailure: Error, CustomStringConvertible {
    package let operation: String
    package let reason: String

    /// Takes the reason from this thread's OpenSSL error queue, and empties the queue.
    init(_ operation: String) {
        self.operation = operation
        var reason = "no reason given"
        let code = ERR_peek_last_error()
        if code != 0, let text = ERR_reason_error_string(code) { reason = String(cString: text) }
        ERR_clear_error()
        self.reason = reason
    }

    package var description: String { "OpenSSL could not \(operation): \(reason)" }
}

/// Throws unless `status` is 1, OpenSSL's word for success.
func succeed(_ status: CInt, _ operation: @autoclosure () -> String) throws(OpenSSLFailure) {
    guard status == 1 else { throw OpenSSLFailure(operation()) }
}

/// Unwraps what OpenSSL made.
func made<Value>(
    _ value: Value?, _ operation: @autoclosure () -> String
) throws(OpenSSLFailure) -> Value {
    guard let value else { throw OpenSSLFailure(operation()) }
    return value
}

/// The DER octets of an object that an `i2d_` function writes.
func encoded(
    _ operation: String, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt
) throws(OpenSSLFailure) -> [UInt8] {
    let count = encode(nil)
    guard count > 0 else { throw OpenSSLFailure(operation) }
    let octets = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
        var cursor = buffer.baseAddress
        initialized = Int(max(0, encode(&cursor)))
    }
    guard octets.count == Int(count) else { throw OpenSSLFailure(operation) }
    return octets
}
