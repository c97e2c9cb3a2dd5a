import Domain
import Foundation
import Glibc
import Simulation

/// Runs simulations in processes of this same program, so that one that traps or hangs takes
/// nothing else along. May be used by many threads at once.
final class SimulationProcesses: Sendable {
    private struct State {
        var running: Set<pid_t> = []
        var isStopped = false
    }

    private let executable: String
    private let secondsMax: Int
    private let state = Guarded(State())

    /// - Parameter secondsMax: a run that takes longer is ended, and counts as a crash.
    init(secondsMax: Int) throws {
        executable = try thisExecutable()
        self.secondsMax = secondsMax
    }

    /// Kills what runs; nothing is started any more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for pid in state.running { kill(pid, SIGKILL) }
        }
    }

    /// Waits for the end of a run. Nil if it was stopped or interrupted.
    ///
    /// - Parameter options: more words behind those of the scenario.
    func run(_ scenario: Scenario, options: [String] = []) throws -> SimulatedRun? {
        let began = ContinuousClock.now
        let words = scenario.words + options + ["--no-isolate", "--json"]
        guard let child = try start(words) else { return nil }
        defer { child.close() }
        let (output, errors, isInTime) = child.read(until: began + .seconds(secondsMax))
        if !isInTime { kill(child.pid, SIGKILL) }
        // From here on nobody else signals it: once it is waited for, its number may be another's.
        let isStopped = state.withLock { state in
            state.running.remove(child.pid)
            return state.isStopped
        }
        var status: Int32 = 0
        while waitpid(child.pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        if isStopped || [SIGINT, SIGTERM, SIGHUP].contains(signal) { return nil }

        let seconds = began.duration(to: .now) / .seconds(1)
        if isInTime, let run = SimulatedRun(scenario, reading: output) { return run }
        let failure =
            isInTime
            ? Failure(.crash, "trap", SimulationProcesses.sentence(of: status, errors))
            : Failure(.crash, "hang", "the run was not over after \(secondsMax) s")
        return .lost(scenario, failure, seconds: seconds)
    }

    /// One at a time: a process that is started meanwhile would get the open ends of these pipes.
    private func start(_ words: [String]) throws -> Child? {
        try state.withLock { state in
            if state.isStopped { return nil }
            let child = try Child(executable, words)
            state.running.insert(child.pid)
            return child
        }
    }

    /// What a process that ended without a result said last.
    static func sentence(of status: Int32, _ errors: Data) -> String {
        let signal = status & 0x7f
        let end =
            signal != 0
            ? "the process was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
            : "the process ended with exit code \(status >> 8 & 0xff) and no result"
        let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n")
        let fatal = lines.first { $0.contains("Fatal error") || $0.contains("error:") }
        let place = lines.drop { !$0.hasSuffix(" crashed:") }.lazy.compactMap { line in
            line.firstMatch(of: /\/Sources\/([^ ]+\.swift:\d+)/)?.1
        }.first
        return [end, (fatal ?? lines.last).map(String.init), place.map { "in \($0)" }]
            .compactMap { $0 }.joined(separator: "; ")
    }
}

/// A process with a pipe for each of its outputs.
private struct Child {
    /// Of what it says on standard error the beginning counts: there a trap says what it is.
    private static let errorsMax = 1 << 20

    let pid: pid_t
    private let output: Int32
    private let errors: Int32

    init(_ executable: String, _ arguments: [String]) throws {
        let output = try Child.pipe()
        let errors: (read: Int32, write: Int32)
        do {
            errors = try Child.pipe()
        } catch {
            for descriptor in [output.read, output.write] { Glibc.close(descriptor) }
            throw error
        }
        defer { for descriptor in [output.write, errors.write] { Glibc.close(descriptor) } }
        self.output = output.read
        self.errors = errors.read
        do {
            pid = try spawn(executable, arguments) {
                posix_spawn_file_actions_addopen(&$0, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
                posix_spawn_file_actions_adddup2(&$0, output.write, STDOUT_FILENO)
                posix_spawn_file_actions_adddup2(&$0, errors.write, STDERR_FILENO)
            }
        } catch {
            for descriptor in [output.read, errors.read] { Glibc.close(descriptor) }
            throw error
        }
    }

    func close() {
        for descriptor in [output, errors] { Glibc.close(descriptor) }
    }

    /// What it writes until it ends, or until the deadline has passed.
    func read(
        until deadline: ContinuousClock.Instant
    ) -> (output: Data, errors: Data, isInTime: Bool) {
        var texts = [Data(), Data()]
        var open = [output, errors]
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while open != [-1, -1] {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { return (texts[0], texts[1], false) }
            // A negative descriptor is one that poll passes over.
            var watched = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&watched, 2, Int32(min(left, 60_000)) + 1)
            for index in open.indices where open[index] >= 0 && watched[index].revents != 0 {
                let count = Glibc.read(open[index], &buffer, buffer.count)
                if count == 0 || count < 0 && errno != EINTR { open[index] = -1 }
                if count > 0, index == 0 || texts[1].count < Child.errorsMax {
                    texts[index].append(contentsOf: buffer[..<count])
                }
            }
        }
        return (texts[0], texts[1], true)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else {
            throw CommandFailure.failed("no pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
