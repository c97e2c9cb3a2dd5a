import Glibc

/// One direction of a connection: octets go from a source to a sink through a buffer that all
/// connections share, and only what the sink does not take at once is kept.
struct Flow {
    enum Outcome {
        /// So many octets went on; perhaps 0, when the source had none.
        case moved(Int)
        /// The source has ended, or one of both failed.
        case ended
    }

    private var rest: [UInt8] = []
    private var begin = 0

    /// The sink did not take all: to be tried again when it can be written, before anything is read.
    var isBlocked: Bool { begin < rest.count }

    /// Reads once and writes what was read.
    mutating func move(
        from source: Int32, to sink: Int32, through buffer: UnsafeMutableRawBufferPointer
    ) -> Outcome {
        let count = recv(source, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            return count < 0 && (errno == EAGAIN || errno == EINTR) ? .moved(0) : .ended
        }
        return give(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: sink)
    }

    /// Writes `octets`; keeps what is not taken.
    mutating func give(_ octets: UnsafeRawBufferPointer, to sink: Int32) -> Outcome {
        guard let sent = Flow.write(octets, to: sink) else { return .ended }
        if sent < octets.count { rest = Array(octets[sent...]) }
        return .moved(octets.count)
    }

    /// Tries again what was kept; false if the sink has failed.
    mutating func flush(to sink: Int32) -> Bool {
        guard isBlocked else { return true }
        guard
            let sent = rest.withUnsafeBytes({
                Flow.write(UnsafeRawBufferPointer(rebasing: $0[begin...]), to: sink)
            })
        else { return false }
        begin += sent
        if begin == rest.count {
            rest = []
            begin = 0
        }
        return true
    }

    /// How many octets the sink took; nil if it has failed.
    private static func write(_ octets: UnsafeRawBufferPointer, to sink: Int32) -> Int? {
        let sent = Glibc.send(
            sink, octets.baseAddress, octets.count,
            Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : nil
    }
}
