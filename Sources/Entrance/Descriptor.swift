import Glibc

/// One file descriptor, closed once: by ``close()`` or when it is released.
final class Descriptor {
    let number: Int32
    private var isOpen = true

    init(_ number: Int32) { self.number = number }

    deinit { close() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        _ = Glibc.close(number)
    }
}
