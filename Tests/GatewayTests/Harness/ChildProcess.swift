import Foundation
import Glibc

struct CannotStart: Error {
    let executable: String
    let code: Int32
}

/// A process that does not outlive the test, whatever becomes of either: a shell at its side waits
/// on a line from this process, and kills the child should the line break.
final class ChildProcess {
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    let pid: pid_t
    private(set) var exit: Exit?
    private let watchman: pid_t
    private let hasShiftedClock: Bool
    private let line: Int32

    /// Both outputs are appended to the file `output`; `variables` are added to the environment.
    init(
        _ executable: String, _ arguments: [String], variables: [String: String] = [:],
        output: String
    ) throws {
        hasShiftedClock = variables["FAKETIME"] != nil
        pid = try spawn(executable, arguments, variables, input: nil, output: output)
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            kill(pid, SIGKILL)
            throw CannotStart(executable: "socketpair", code: errno)
        }
        defer { close(ends[0]) }
        line = ends[1]
        watchman = try spawn(
            "/bin/sh", ["-c", "read -r answer || kill -9 \(pid)"], [:], input: ends[0],
            output: "/dev/null")
    }

    deinit { end() }

    /// The gongji command that was built together with these tests.
    static var gongji: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: own ?? CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("gongji").path
    }

    func signal(_ number: Int32) {
        if !hasEnded { kill(pid, number) }
    }

    var hasEnded: Bool {
        if exit != nil { return true }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return false }
        let signal = status & 0x7f
        exit = signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
        return true
    }

    func waitForExit(within milliseconds: Int = 10_000) throws -> Exit? {
        try eventually("the end of process \(pid)", within: milliseconds) { hasEnded }
        return exit
    }

    /// SIGKILL, if it still runs, and everything cleared away. Again does nothing.
    func end() {
        if !hasEnded {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            exit = .signal(SIGKILL)
        }
        guard !cleared else { return }
        cleared = true
        if hasShiftedClock { ShiftedClock.clearAway(after: pid) }
        _ = Glibc.send(line, "\n", 1, Int32(MSG_NOSIGNAL))
        close(line)
        var status: Int32 = 0
        waitpid(watchman, &status, 0)
    }

    private var cleared = false
}

private func spawn(
    _ executable: String, _ arguments: [String], _ variables: [String: String], input: Int32?,
    output: String
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    let inherited = ProcessInfo.processInfo.environment
    var environment: [UnsafeMutablePointer<CChar>?] =
        inherited.merging(variables) { $1 }.map { strdup("\($0)=\($1)") }
    environment.append(nil)
    defer { for word in environment { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, executable, &actions, &attributes, words, environment)
    guard code == 0 else { throw CannotStart(executable: executable, code: code) }
    return pid
}
