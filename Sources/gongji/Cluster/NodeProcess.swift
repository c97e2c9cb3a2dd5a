import Foundation
import Glibc

/// The process of a node that this command starts in the background and finds again by its folder.
struct NodeProcess {
    private let node: LocalNode

    init(_ node: LocalNode) { self.node = node }

    var logPath: String { node.path + "/node.log" }
    private var pidPath: String { node.path + "/node.pid" }
    private var logStartPath: String { node.path + "/node.log.start" }

    /// The running process, or nil. Looks at what the process was started as: the number in the
    /// file may by now belong to something else.
    var pid: pid_t? {
        guard let text = try? String(contentsOfFile: pidPath, encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1
        else { return nil }
        // A child of this very process that has ended stays in the table until it is waited for.
        var status: Int32 = 0
        let ended = waitpid(pid, &status, WNOHANG)
        if ended == pid { return nil }
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
            return nil
        }
        // A child that lives and has no words is just becoming another program.
        if ended == 0 && data.isEmpty { return pid }
        let arguments = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        // What it was started through, such as nsenter, may stand before the program.
        guard arguments.count >= 5,
            arguments.suffix(4) == ["node", "run", "--config", node.configurationPath]
        else {
            return nil
        }
        return pid
    }

    /// Starts the node unless it runs; it lives on when this command ends. Returns its pid.
    ///
    /// - Parameters:
    ///   - entry: a program that turns itself into the one that its arguments name, and the
    ///     arguments before that name.
    ///   - variables: added to the environment.
    @discardableResult
    func start(through entry: [String] = [], variables: [String: String] = [:]) throws -> pid_t {
        if let pid { return pid }
        let words =
            entry + [try thisExecutable()]
            + ["node", "run", "--config", node.configurationPath]
        try markLogStart()
        let pid = try spawnDetached(
            words[0], Array(words.dropFirst()), variables, log: logPath)
        try Data("\(pid)\n".utf8).write(to: URL(fileURLWithPath: pidPath), options: .atomic)
        return pid
    }

    /// False if it does not run.
    @discardableResult
    func signal(_ number: Int32) -> Bool {
        guard let pid else { return false }
        return kill(pid, number) == 0
    }

    /// SIGTERM, and SIGKILL if it is still there after `graceMilliseconds`. True if SIGTERM was
    /// enough, or nothing ran.
    @discardableResult
    func stop(graceMilliseconds: Int = 10_000) -> Bool {
        guard signal(SIGTERM) else { return true }
        if waitUntilGone(milliseconds: graceMilliseconds) { return true }
        signal(SIGKILL)
        _ = waitUntilGone(milliseconds: 5_000)
        return false
    }

    /// SIGKILL, and waits until the process is gone.
    func killNow() {
        signal(SIGKILL)
        _ = waitUntilGone(milliseconds: 5_000)
    }

    func waitUntilGone(milliseconds: Int) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while pid != nil {
            if ContinuousClock.now >= deadline { return false }
            usleep(10_000)
        }
        return true
    }

    /// The last lines that the node has written since its last start: the log goes on from one
    /// start to the next, and the words of an earlier one explain nothing.
    func logTail(lines: Int) -> String {
        guard let log = FileManager.default.contents(atPath: logPath) else { return "" }
        return String(decoding: log.dropFirst(logStart).suffix(16_384), as: UTF8.self)
            .split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// Octets of the log that are of earlier starts.
    private var logStart: Int {
        guard let text = try? String(contentsOfFile: logStartPath, encoding: .utf8) else {
            return 0
        }
        return max(0, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
    }

    private func markLogStart() throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: logPath)
        let size = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
        try Data("\(size)\n".utf8).write(
            to: URL(fileURLWithPath: logStartPath), options: .atomic)
    }
}

/// Starts `executable` as the leader of a session of its own, with no input and with both outputs
/// appended to `log`. None of this process's descriptors or signal settings go along.
private func spawnDetached(
    _ executable: String, _ arguments: [String], _ variables: [String: String], log: String
) throws -> pid_t {
    keepDescriptorsToThisProcess()
    return try spawn(executable, arguments, variables: variables, isSessionLeader: true) {
        posix_spawn_file_actions_addopen(&$0, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &$0, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&$0, STDOUT_FILENO, STDERR_FILENO)
    }
}

/// Sets close-on-exec on everything but the three standard descriptors.
private func keepDescriptorsToThisProcess() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in names.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
}
