import COpenSSL

/// Octets that are cleansed when the last reference goes.
package final class SecretBytes: @unchecked Sendable {
    // Written only before the value is handed out.
    private let buffer: UnsafeMutableRawBufferPointer

    /// `fill` writes the octets, and returns how many they are.
    init(capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
        let whole = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, capacity), alignment: 16)
        do {
            let count = try fill(UnsafeMutableRawBufferPointer(rebasing: whole[..<capacity]))
            buffer = whole
            self.count = count
        } catch {
            OPENSSL_cleanse(whole.baseAddress, whole.count)
            whole.deallocate()
            throw error
        }
    }

    package let count: Int

    deinit {
        OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        buffer.deallocate()
    }

    package func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
}
