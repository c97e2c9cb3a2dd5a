import Glibc

/// Where words for people and for programs go.
enum Console {
    /// One line (or several) on standard output.
    static func out(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// What has its own line ends, on standard output.
    static func outExactly(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// On standard error: progress, warnings, refusals.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// A progress line on standard error that the next one overwrites; on something that is no
    /// terminal each is a line of its own.
    static func progress(_ text: String) {
        write(isTerminal ? "\r\u{1b}[K" + text : text + "\n", to: STDERR_FILENO)
    }

    /// Ends a progress line.
    static func endProgress() {
        if isTerminal { write("\r\u{1b}[K", to: STDERR_FILENO) }
    }

    static func out(_ json: JSON) { out(json.pretty) }

    /// Clears the terminal for a page that is drawn again and again.
    static func clear() {
        if isatty(STDOUT_FILENO) == 1 { write("\u{1b}[H\u{1b}[2J", to: STDOUT_FILENO) }
    }

    private static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A reader that went away (`gongji … | head`) ends the command by SIGPIPE, as it should.
    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                offset += count
            } else if errno != EINTR {
                return
            }
        }
    }
}
